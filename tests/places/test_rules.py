from datetime import datetime

import pytest

from market.accounts.rules import (
    AccountRefusal,
)
from market.kernel.authority import Actor, Role, WhoRefusal
from market.places.rules import (
    PlaceRefusal,
    VenueKind,
    venue_refusal,
)

OPERATOR = Actor(2, "李四", frozenset({Role.OPERATOR}))


ADMINISTRATOR = Actor(3, "王五", frozenset({Role.ADMINISTRATOR}))


@pytest.mark.parametrize(
    ("kind", "parent", "said"),
    [
        (VenueKind.MARKET, None, None),
        (VenueKind.SUB_MARKET, VenueKind.MARKET, None),
        (VenueKind.WORKSTATION, VenueKind.SUB_MARKET, None),
        (VenueKind.MARKET, VenueKind.MARKET, PlaceRefusal.VENUE_MISFIT),
        (VenueKind.SUB_MARKET, None, PlaceRefusal.VENUE_MISFIT),
        (VenueKind.WORKSTATION, VenueKind.MARKET, PlaceRefusal.VENUE_MISFIT),
        (VenueKind.WORKSTATION, VenueKind.WORKSTATION, PlaceRefusal.VENUE_MISFIT),
    ],
)
def test_the_venue_tree_has_three_levels(
    kind: VenueKind, parent: VenueKind | None, said: AccountRefusal | None, at: datetime
) -> None:
    assert venue_refusal(ADMINISTRATOR, kind, parent, at) is said


def test_only_an_administrator_opens_a_venue(at: datetime) -> None:
    assert venue_refusal(OPERATOR, VenueKind.MARKET, None, at) is WhoRefusal.NOT_YOUR_ROLE
