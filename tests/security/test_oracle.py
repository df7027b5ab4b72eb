"""No existence oracle (5.2-5): what is hidden and what never was are one answer, as fast."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import erfc, sqrt

import pytest

from tests import web
from tests.security import asking, matrix
from tests.security.asking import Answer
from tests.security.world import IDENTITIES, World

pytestmark = pytest.mark.sqlite_by_day

DRAWN_ANEW = {"Set-Cookie", "Content-Length", "Date"}
"""Cookies are signed with the second; a length is compared on the masked text."""
HIDDEN = [
    line
    for line in matrix.lines()
    if "<int:" in line.route and line.object != "never" and "404" in line.expected.values()
]
Figure = Callable[[str, int], None]


def never(line: matrix.Line) -> matrix.Line:
    """The same request for something that never existed."""
    return replace(line, object="never")


def seen(answer: Answer, path: str) -> tuple[object, ...]:
    """All that a stranger can tell of an answer, but for the address that they asked for."""
    response = answer.response
    headers = sorted((k, v) for k, v in response.headers.items() if k not in DRAWN_ANEW)
    text = web.masked(response.text).replace(path, "#")
    return response.status, headers, len(text), text


def told_apart(world: World, line: matrix.Line, identity: str) -> bool:
    """Whether this person could tell the hidden object from one that never was."""
    hidden, gone = (
        seen(asking.ask(world, each, identity), asking.path_of(world, each))
        for each in (line, never(line))
    )
    return hidden != gone


def test_what_is_hidden_is_byte_for_byte_what_never_was(world: World, figure: Figure) -> None:
    found, tried = [], 0
    for line in HIDDEN:
        for identity in IDENTITIES:
            if line.expected[identity] == "404" and identity not in ("nu", "ex", "us", "bb"):
                tried += 1
                if told_apart(world, line, identity):
                    found.append(f"{line} {identity}")
    figure("hidden things compared with none, byte by byte", tried)
    assert not found, "\n".join(found)


def test_two_pages_are_told_apart(world: World) -> None:
    """Sabotage: an owner sees the thing, so the comparison must see a difference."""
    line = next(line for line in HIDDEN if line.route == "/deals/<int:deal_id>")
    assert told_apart(world, line, "ra")
    assert not told_apart(world, line, "rb")


# ── by work ──────────────────────────────────────────────────────────────────────────────────────


def work(world: World, line: matrix.Line, identity: str) -> int:
    """How many statements a request runs; what its form had shown before is no part of it."""
    asking.body_of(world, line)
    before = world.database.statements
    asking.ask(world, line, identity)
    return world.database.statements - before


def test_what_is_hidden_costs_the_statements_of_what_never_was(
    world: World, figure: Figure
) -> None:
    """A row more that is read could be heard as a moment more."""
    found, tried = [], 0
    for line in HIDDEN:
        identity = next(
            i for i in ("rb", "cb", "gb", "ba", "op", "ad") if line.expected[i] == "404"
        )
        tried += 1
        hidden, gone = work(world, line, identity), work(world, never(line), identity)
        if hidden != gone:
            found.append(f"{line} {identity}: {hidden} instead of {gone}")
    figure("hidden things compared with none, by work", tried)
    assert not found, "\n".join(found)


# ── by time ──────────────────────────────────────────────────────────────────────────────────────


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """The p of the Mann-Whitney U test, two-sided, by its normal approximation: how easily two
    samples of one and the same thing would lie as far apart as these."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    first = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(one), len(other)
    middle, spread = n * (n + m + 1) / 2, sqrt(n * m * (n + m + 1) / 12)
    return erfc(abs(first - middle) / spread / sqrt(2))


def test_the_statistic_tells_two_samples_apart_and_lets_one_be() -> None:
    """Sabotage of the measure: three per cent slower is seen, the same is not."""
    chance = random.Random(20260310)
    one, same = ([chance.gauss(1, 0.1) for _ in range(2000)] for _ in range(2))
    slower = [chance.gauss(1.03, 0.1) for _ in range(2000)]
    assert likeness(one, same) > 0.01
    assert likeness(one, slower) < 0.001


def timed(world: World, line: matrix.Line, identity: str) -> float:
    """How long one request takes."""
    begun = time.perf_counter()
    asking.ask(world, line, identity)
    return time.perf_counter() - begun


def alike_in_time(pair: Sequence[Callable[[], float]], samples: int) -> float:
    """The likeness of two things timed by turns; a bad draw gets one more chance."""
    best = 0.0
    for _ in range(2):
        times: list[list[float]] = [[], []]
        for _ in range(samples):
            for place, measure in enumerate(pair):
                times[place].append(measure())
        best = max(best, likeness(*times))
        if best > 0.01:
            break
    return best


ROUTES = (
    ("/contracts/<int:contract_id>", "rb"),
    ("/negotiation/<int:negotiation_id>", "cb"),
    ("/registry/applications/<int:application_id>", "gb"),
    ("/deals/<int:deal_id>", "rb"),
    ("/listings/<int:listing_id>", "an"),
)


@pytest.mark.nightly
@pytest.mark.parametrize(("route", "identity"), ROUTES)
def test_nobody_hears_by_time_that_something_is_there(
    world: World, route: str, identity: str
) -> None:
    line = next(e for e in HIDDEN if e.route == route and e.expected[identity] == "404")
    pair = [lambda each=each: timed(world, each, identity) for each in (line, never(line))]
    assert alike_in_time(pair, 2000) > 0.01


@pytest.mark.nightly
def test_nobody_hears_by_time_that_an_address_has_an_account(world: World) -> None:
    line = next(e for e in matrix.lines() if (e.method, e.route) == ("POST", "/sign-in"))

    def guess(email: str) -> float:
        begun = time.perf_counter()
        asking.ask(world, line, "an", email=email, password="not my password at all")
        return time.perf_counter() - begun

    pair = [lambda: guess("newcomer@x.example"), lambda: guess("stranger@x.example")]
    assert alike_in_time(pair, 2000) > 0.01
