"""P-36: every route × method × identity × relation, against the table written by hand from 5.1."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import legs
from tests.security import asking, matrix
from tests.security.mutants import stale_passwords
from tests.security.world import IDENTITIES, OUTSIDE, World

LINES = matrix.lines()
CHAPTERS = ("contracts", "listings", "negotiation", "parties", "registry", "")
Figure = Callable[[str, int], None]


def chapter(name: str) -> list[matrix.Line]:
    """The lines of one part of the market, so that two workers share the table."""
    others = tuple(f"/{each}/" for each in CHAPTERS if each)
    if name:
        return [line for line in LINES if line.route.startswith(f"/{name}/")]
    return [line for line in LINES if not line.route.startswith(others)]


def deviations(world: World, line: matrix.Line, identity: str) -> list[str]:
    """Where the market answers otherwise than the table, or changes what it should not."""
    expected, answer = line.expected[identity], asking.ask(world, line, identity)
    found = []
    if answer.said != expected:
        found.append(f"{line} {identity}: {answer.said} instead of {expected}")
    if expected != "may" and answer.changes:
        found.append(f"{line} {identity}: denied, yet changed {answer.changes[:3]}")
    if expected == "may" and line.writes and not answer.changes:
        found.append(f"{line} {identity}: allowed, yet changed nothing")
    return found


def asked(world: World, line: matrix.Line) -> list[str]:
    """Who is asked: everybody; by day on PostgreSQL one for each answer that a line gives.

    The two engines differ in what a database does, not in who may have it done.
    """
    if legs.nightly() or world.database.engine.dialect.name == "sqlite":
        return list(IDENTITIES)
    return list({said: identity for identity, said in reversed(line.expected.items())}.values())


@pytest.mark.parametrize("name", CHAPTERS, ids=lambda name: name or "the-rest")
def test_the_market_answers_as_the_table_says(world: World, name: str, figure: Figure) -> None:
    found, tried = [], 0
    for line in chapter(name):
        for identity in asked(world, line):
            tried += 1
            found += deviations(world, line, identity)
    figure("matrix requests", tried)
    figure("matrix deviations", len(found))
    assert not found, "\n".join(found)


def routes(world: World) -> set[tuple[str, str]]:
    """Every route with each of its own methods; HEAD goes with GET, OPTIONS says what there is."""
    return {
        (method, rule.rule)
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_stands_in_the_table_and_every_line_is_a_route(world: World) -> None:
    told = {(line.method, line.route) for line in LINES}
    assert told == routes(world)


def test_every_object_has_a_line_for_one_that_never_was() -> None:
    told: dict[tuple[str, str], set[str]] = {}
    for line in LINES:
        told.setdefault((line.method, line.route), set()).add(line.object)
    assert [key for key, objects in told.items() if "<" in key[1] and "never" not in objects] == []


@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_identity_is_the_shadow_of_another(identity: str) -> None:
    """Two columns that never differ would try nothing but the patience of the machine."""
    column = [line.expected[identity] for line in LINES]
    same = [e for e in IDENTITIES if [line.expected[e] for line in LINES] == column]
    assert set(same) - {identity} <= TWINS.get(identity, set())


TWINS: dict[str, set[str]] = {
    **{each: set(OUTSIDE) for each in OUTSIDE},
    "ba": {"bb"},
    "bb": {"ba"},
    "ed": {"to"},
    "to": {"ed"},
    "ra": {"tl"},
    "tl": {"ra"},
}
"""Who is alike on purpose: nobody is nobody; a seat is worth what it may bind."""


# ── the password again ───────────────────────────────────────────────────────────────────────────

SU = [line for line in LINES if line.su and line.writes]


def test_an_act_of_weight_wants_a_password_that_is_fresh(world: World, figure: Figure) -> None:
    """Six minutes after the password nobody may do what 5.1 marks su (ASVS 7.5.3)."""
    found = []
    for line in SU:
        for identity in (each for each in IDENTITIES if line.expected[each] == "may"):
            with stale_passwords():
                answer = asking.ask(world, line, identity)
            if answer.said != "403" or answer.changes:
                found.append(f"{line} {identity}: {answer.said}")
    figure("acts tried with a password six minutes old", len(SU))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("typed", ["", "not my password at all"])
def test_without_the_right_password_nothing_of_weight_happens(world: World, typed: str) -> None:
    found = []
    for line in SU:
        for identity in (each for each in IDENTITIES if line.expected[each] == "may"):
            answer = asking.ask(world, line, identity, password=typed)
            if answer.said != "422" or answer.changes:
                found.append(f"{line} {identity}: {answer.said}")
    assert not found, "\n".join(found)


# ── the market held wrongly: what the table must notice ──────────────────────────────────────────


def test_every_line_says_once_what_each_identity_gets(tmp_path: Path) -> None:
    head = ",".join(("method", "route", "object", "row", "writes", *matrix.ANSWERS)) + "\n"
    for bad in ("GET,/,-,1,,ra,,ra *,,,\n", "GET,/,-,1,,ra,,,,,\n", "GET,/,-,1,,*,,*,,,\n"):
        table = tmp_path / "table.csv"
        table.write_text(head + bad)
        with pytest.raises(matrix.Unreadable):
            matrix.lines(table)
