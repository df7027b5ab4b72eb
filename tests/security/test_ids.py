"""Id tricks (5.2-6, 7 H 111, 113): an id has one spelling, and a request one method."""

from collections.abc import Callable

import pytest

from tests import web
from tests.security import asking, matrix
from tests.security.world import NEVER, World

pytestmark = pytest.mark.sqlite_by_day

ROUTES = {
    (line.method, line.route): line
    for line in reversed(matrix.lines())
    if "<int:" in line.route and line.object not in ("never", "of-another")
}
SPELLINGS = (
    *("0{0}", "+{0}", "{0}.0", "{0}e0", " {0}", "{0} ", "{0}%00", "-{0}", "０{0}", "{0};x"),
    *("{0}%2f", "{0}%252f", "{0},{0}", "{0}%0a", "0x{0}", "[{0}]", "%22{0}%22", "{0}'", "*"),
    *("null", "true", "1" + "0" * 30, "00000000-0000-4000-8000-000000000000", "%ef%bc%91"),
)


def paths(line: matrix.Line, world: World) -> list[str]:
    """The line's address with its id spelled otherwise."""
    target = world.objects[line.object]
    before, _, after = f"{asking.path_of(world, line)}/".partition(f"/{target}/")
    return [f"{before}/{each.format(target)}/{after}"[:-1] for each in SPELLINGS]


def test_an_id_in_a_path_has_one_spelling(world: World, figure: Callable[[str, int], None]) -> None:
    tried, found = 0, []
    for (method, _), line in ROUTES.items():
        identity = next((i for i, said in line.expected.items() if said == "may"), "ra")
        data = asking.body_of(world, line)
        for path in paths(line, world):
            answer = asking.send(world, identity, method, path, data=data)
            tried += 1
            status = answer.response.status_code
            doubled = status == 308 and "%2f" in path  # two slashes lead to the address with one
            if answer.changes or not (doubled or status in (400, 404, 405)):
                found.append(f"{method} {path} {identity}: {status} {answer.changes[:1]}")
    figure("id tricks tried", tried)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "typed", ["１", "1e0", "+1", " 1", "1 ", "01", "-1", "1.0", "1" + "0" * 30, "x"]
)
def test_an_id_in_a_query_or_a_body_has_one_spelling_too(world: World, typed: str) -> None:
    deal = asking.send(world, "ra", "GET", f"/contracts/new?deal={typed.replace('+', '%2B')}")
    assert deal.response.status_code == 404
    party = asking.send(world, "ra", "POST", "/me/party", data={"party_id": typed})
    assert party.response.status_code in (404, 422)
    assert not party.changes


def test_one_foreign_id_among_good_ones_spoils_all(world: World) -> None:
    mine, theirs = world.objects["party-ra"], world.objects["party-rb"]
    for pair in ([mine, theirs], [theirs, mine]):
        answer = asking.send(world, "ra", "POST", "/me/party", data={"party_id": pair})
        assert answer.said in ("404", "400", "422"), pair
        deals = "&".join(f"deal={each}" for each in (world.objects["deal-open"], NEVER))
        assert asking.send(world, "ra", "GET", f"/contracts/new?{deals}").said in ("404", "400")


def test_a_request_has_one_method(world: World, figure: Callable[[str, int], None]) -> None:
    """What only takes POST is not moved by GET or HEAD, nor by a header or a field that says so."""
    tried, found = 0, []
    by_route: dict[str, set[str]] = {}
    for line in matrix.lines():
        by_route.setdefault(line.route, set()).add(line.method)
    for line in matrix.lines():
        if line.object in ("never", "of-another") or "ra" not in line.expected:
            continue
        taken = by_route[line.route]
        path, body = asking.path_of(world, line), asking.body_of(world, line)
        override = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "DELETE"}
        for method in {"GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - taken:
            if method == "HEAD" and "GET" in taken:
                continue
            extra = "&" if "?" in path else "?"
            answer = asking.send(
                world, "ra", method, f"{path}{extra}_method=POST", headers=override
            )
            tried += 1
            if answer.response.status_code != 405 or answer.changes:
                found.append(f"{method} {path}: {answer.response.status}")
        del body
    figure("methods tried that a route does not take", tried)
    assert not found, "\n".join(found)


MARKS_AS_READ = {"/inbox/<int:message_id>"}
"""To open one's own message is to have read it: the one mark that looking leaves."""


def test_looking_changes_nothing(world: World) -> None:
    """GET and HEAD give one status, HEAD no body, and neither leaves a trace (3.5.3)."""
    for line in matrix.lines():
        if line.method != "GET" or line.route.startswith(("/static", "/bootstrap")):
            continue
        for identity in ("ra", "ga", "au", "an"):
            seen = asking.send(world, identity, "GET", asking.path_of(world, line))
            head = asking.send(world, identity, "HEAD", asking.path_of(world, line))
            assert seen.response.status_code == head.response.status_code, line
            assert not head.response.data
            assert not seen.changes or line.route in MARKS_AS_READ, (line, identity, seen.changes)
            assert not head.changes or line.route in MARKS_AS_READ


def test_a_form_is_sent_as_a_form(world: World) -> None:
    """The same values as JSON are not taken; as multipart they are the same form (7 H 115)."""
    for line in (line for line in matrix.lines() if line.method == "POST" and line.writes):
        identity = next(i for i, said in line.expected.items() if said == "may")
        path, body = asking.path_of(world, line), dict(asking.body_of(world, line))
        headers = {"X-CSRFToken": world.tokens[identity]}
        with world.database.undone():
            client = world.client(identity)
            plain = {name: str(value) for name, value in body.items()}
            answer = client.post(path, json=plain, headers=headers)
            assert (answer.status_code, world.database.changes()) == (415, []), line
            for kind in ("text/plain", "application/xml", ""):
                answer = client.post(path, data=b"a=b", content_type=kind, headers=headers)
                assert answer.status_code in (400, 409, 415, 422) or not body, (line, kind)
        whole = asking.send(
            world, identity, "POST", path, data=body, content_type="multipart/form-data"
        )
        assert whole.said == "may", line
        assert whole.changes


def test_an_id_that_is_not_mine_is_like_one_that_never_was(world: World) -> None:
    """Sabotage of the eye: two different pages are told apart."""
    mine = asking.send(world, "ra", "GET", f"/deals/{world.objects['deal']}").response
    never = asking.send(world, "ra", "GET", f"/deals/{NEVER}").response
    assert not web.same(mine, never)
