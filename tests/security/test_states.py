"""State fuzz (5.2-8): each state machine × act × role; what is not declared changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.security import asking, matrix
from tests.security.world import World

pytestmark = pytest.mark.sqlite_by_day

ROLES = ("ra", "ed", "ca", "cb", "ga", "gc", "gb", "op", "au", "ad", "mh", "an")
"""Everybody who may do something anywhere, and some who may not; the matrix asks all."""


@dataclass(frozen=True)
class Machine:
    """States by the object that stands in each; acts by route, with the states they are open in."""

    states: tuple[str, ...]
    acts: dict[str, tuple[str, ...]]


LISTING, TALKS, CONTRACT, FILE = (
    "/listings/<int:listing_id>",
    "/negotiation/<int:negotiation_id>",
    "/contracts/<int:contract_id>",
    "/registry/applications/<int:application_id>",
)
PARTS = "<any(rights, owners, makers, associates, encumbrances):part>"
MACHINES = {
    "listing": Machine(
        ("draft", "submitted", "live", "listing-dealt", "withdrawn"),
        {
            f"{LISTING}/edit": ("draft",),
            f"{LISTING}/{PARTS}": ("draft",),
            f"{LISTING}/{PARTS}/<int:place>/remove": ("draft",),
            f"{LISTING}/submit": ("draft",),
            f"{LISTING}/publish": ("submitted",),
            f"{LISTING}/send-back": ("submitted",),
            f"{LISTING}/withdraw": ("submitted", "live"),
            f"{LISTING}/redraft": ("withdrawn",),
            "/negotiation/listings/<int:listing_id>": ("live",),
        },
    ),
    "talks": Machine(
        ("talks", "talks-countered", "talks-ended", "talks-agreed"),
        {
            f"{TALKS}/accept": ("talks", "talks-countered"),
            f"{TALKS}/offers": ("talks", "talks-countered"),
            f"{TALKS}/refuse": ("talks", "talks-countered"),
            f"{TALKS}/take-back": ("talks", "talks-countered"),
            f"{TALKS}/end": ("talks", "talks-countered"),
        },
    ),
    "contract": Machine(
        (
            "contract",
            "contract-signing",
            "contract-assigned",
            "contract-signed",
            "contract-dropped",
            "contract-replaced",
        ),
        {
            f"{CONTRACT}/edit": ("contract",),
            f"{CONTRACT}/offer-text": ("contract",),
            f"{CONTRACT}/reopen": ("contract-signing",),
            f"{CONTRACT}/sign": ("contract-signing",),
            f"{CONTRACT}/drop": ("contract", "contract-signing"),
            f"{CONTRACT}/recordal": ("contract-assigned",),
            "/registry/contracts/<int:contract_id>/applications": ("contract-signed",),
        },
    ),
    "application": Machine(
        (
            *("file", "file-accepted", "file-correction", "file-overdue", "file-passed"),
            *("file-refused", "file-registered", "file-revised", "file-cancelled"),
            *("file-not-accepted", "file-withdrawn"),
        ),
        {
            f"{FILE}/accept": ("file",),
            f"{FILE}/turn-away": ("file",),
            f"{FILE}/correction": ("file", "file-accepted"),
            f"{FILE}/lapse": ("file-overdue",),
            f"{FILE}/resubmit": ("file-correction",),
            f"{FILE}/review": ("file-accepted",),
            f"{FILE}/send-back": ("file-passed",),
            f"{FILE}/certify": ("file-passed",),
            f"{FILE}/refuse": ("file-accepted", "file-passed"),
            f"{FILE}/withdraw": ("file", "file-accepted", "file-correction", "file-overdue"),
            f"{FILE}/revision": ("file-registered",),
            f"{FILE}/cancellation": ("file-registered",),
            f"{FILE}/revision/confirm": ("file-revised",),
            f"{FILE}/revision/reject": ("file-revised",),
            f"{FILE}/replacement": ("file-refused", "file-not-accepted"),
        },
    ),
}


def undeclared(world: World, machine: Machine) -> tuple[int, list[str]]:
    """How many requests were sent, and where one did what no table declares."""
    tried, found = 0, []
    for route, open_in in machine.acts.items():
        known = next(
            line for line in matrix.lines() if (line.method, line.route) == ("POST", route)
        )
        for state in machine.states:
            line, passed = replace(known, object=state), []
            for identity in ROLES:
                answer = asking.ask(world, line, identity)
                tried += 1
                if answer.said == "may":
                    passed.append(identity)
                elif answer.changes or answer.said not in ("409", "403", "404", "in"):
                    found.append(f"{line} {identity}: {answer.said}, {answer.changes[:2]}")
            if bool(passed) is not (state in open_in):
                found.append(f"{line}: {passed or 'nobody'} passed")
    return tried, found


@pytest.mark.parametrize("name", MACHINES)
def test_a_step_that_is_not_declared_is_refused_and_changes_nothing(
    world: World, name: str, figure: Callable[[str, int], None]
) -> None:
    tried, found = undeclared(world, MACHINES[name])
    figure("state fuzz requests", tried)
    assert not found, "\n".join(found)


def test_a_state_left_out_of_the_table_is_noticed(world: World) -> None:
    """Sabotage: the table says that a listing on the market cannot be withdrawn."""
    route = f"{LISTING}/withdraw"
    tried, found = undeclared(world, Machine(("live",), {route: ()}))
    assert tried == len(ROLES)
    assert len(found) == 1
