"""The table of bad input by number (promises 7 A, C, G, H), and the numbers no other test held."""

from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from flask.testing import FlaskClient

from market.app import create_app
from tests import web
from tests.security import asking, ledger
from tests.security.bad_input import NUMBERS, TABLE
from tests.security.test_asvs import one_engine, production
from tests.security.world import World

pytestmark = pytest.mark.sqlite_by_day


def test_every_number_is_answered_for(record_property: Callable[[str, object], None]) -> None:
    assert ledger.faults(TABLE, NUMBERS) == []
    for state in ledger.STATES:
        number = sum(row.state == state for row in TABLE.values())
        record_property(f"figure:bad-input numbers of {len(NUMBERS)}: {state}", number)


@pytest.mark.parametrize(
    "cookie",
    [
        "market=" + "x" * 8_192,
        "market=a; market=b",
        "market=" + "." * 100,
        "market=ï»¿",
        "=; ;;=;market",
        "market=" + "eyJ" + "A" * 300 + ".aa.bb",
    ],
)
@one_engine
def test_h_48_an_odd_cookie_is_a_stranger_or_refused(client: FlaskClient, cookie: str) -> None:
    answer = client.get("/home", headers={"Cookie": cookie})
    assert answer.status_code in (302, 400), answer.status


JSON = (
    *(
        b'{"a": 1,}',
        b'{"a":1,"a":2}',
        b"[" * 10_000 + b"]" * 10_000,
        b"\xef\xbb\xbf{}",
        b"[]",
        b"1",
    ),
    *(b'"' + b"x" * 1_000_000 + b'"', '{"a":"é"}'.encode("latin-1"), b"", b"null", b"{"),
)


@pytest.mark.parametrize("body", JSON, ids=lambda body: repr(body[:12]))
def test_h_114_json_of_any_shape_is_not_taken(world: World, body: bytes) -> None:
    headers = {"X-CSRFToken": world.tokens["ra"]}
    for kind in ("application/json", "application/json; charset=latin-1", "application/x+json"):
        begun = process_time()
        with world.database.undone():
            answer = world.client("ra").post(
                "/listings/new", data=body, content_type=kind, headers=headers
            )
            assert answer.status_code in (413, 415), answer.status
            assert not world.database.changes()
        assert process_time() - begun < 0.5


@one_engine
def test_h_116_another_host_is_refused_in_production(engine_url: str, tmp_path: Path) -> None:
    app = create_app(production(tmp_path, engine_url))
    ours, theirs = "https://market.example", "https://evil.example"
    assert app.test_client().get("/", base_url=ours).status_code == 200
    answer = app.test_client().get("/home", base_url=theirs)
    app.extensions["market.database"].dispose()
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert "evil" not in (answer.location or "")


@one_engine
def test_h_116_a_page_names_no_host(world: World) -> None:
    """Links stay within the market whatever it is called; letters and papers use its base."""
    for path in ("/", "/home", "/listings/", f"/contracts/{world.objects['contract-signed']}"):
        answer = asking.send(world, "ra", "GET", path, headers={"Host": "evil.example"}).response
        assert "evil.example" not in answer.text


@one_engine
def test_h_118_many_and_large_headers_are_no_harm(client: FlaskClient) -> None:
    many = {f"X-{n}": "x" for n in range(500)}
    large = {"X-Large": "x" * 65_536, "User-Agent": "x" * 65_536, "Referer": "/" * 65_536}
    for headers in (many, large):
        assert client.get("/listings/", headers=headers).status_code == 200


ODD = (
    *(
        "/%00",
        "/listings/%00",
        "/listings/1%00",
        "/%2e%2e/config.py",
        "/listings/%2e%2e/%2e%2e/etc",
    ),
    *("/listings/..;/users", "/%c0%ae%c0%ae/x", "/%ff", "/listings/%e0%80%af", "/" + "a" * 8_192),
    *(
        "/listings/" + "9" * 8_192,
        "/users;a=b",
        "/Users",
        "/home/.",
        "/home%20",
        "/home%0a",
    ),
    *("/verify/" + "%F0%9F%AA%A8" * 500, "/verify/%0d%0aSet-Cookie:%20a=b", "/static/%00"),
)


@pytest.mark.parametrize("path", ODD, ids=lambda path: path[:20])
@one_engine
def test_h_119_an_odd_path_leads_nowhere(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (302, 308, 400, 404), answer.status
    if answer.status_code in (302, 308):
        assert answer.location.startswith(("/sign-in", "http://localhost/", "/")), answer.location
        assert "//" not in answer.location.removeprefix("http://")
    assert "\r" not in str(answer.headers).replace("\r\n", "")


TASTES = (
    *({"Accept": "../../x"}, {"Accept": "text/html;q=NaN, */*;q=-1"}, {"Accept": ""}),
    *(
        {"Accept-Language": "en;q=NaN"},
        {"Accept-Language": "zh," * 5_000},
        {"Accept-Language": "../x"},
    ),
    *(
        {"Accept-Encoding": "gzip;q=x"},
        {"If-None-Match": '"' * 500},
        {"If-Modified-Since": "never"},
    ),
    *({"Range": "bytes=0-0,-1"}, {"Content-Length": "0"}, {"Cache-Control": "x" * 500}),
)


@pytest.mark.parametrize("headers", TASTES, ids="".join)
@one_engine
def test_h_122_nonsense_about_taste_gets_the_usual_page(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    usual, begun = client.get("/listings/"), process_time()
    answer = client.get("/listings/", headers=headers)
    assert process_time() - begun < 0.5
    assert web.same(answer, usual)
