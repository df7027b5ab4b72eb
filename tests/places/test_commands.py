from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from market.kernel.authority import Actor, Role
from market.kernel.refusal import Refusal, Refused
from market.places.commands import (
    open_registry,
    open_venue,
)
from market.places.models import Venue
from market.places.queries import (
    venue_tree,
)
from market.places.rules import PlaceRefusal, VenueKind
from tests import make


def administrator(s: Session, at: datetime) -> Actor:
    return make.actor(s, make.user(s, Role.ADMINISTRATOR, at=at), at)


def refused(said: Refusal, field: str | None = None) -> "pytest.RaisesExc[Refused]":
    def fits(error: Refused) -> bool:
        return error.refusal is said and field in (None, error.field)

    return pytest.RaisesExc(Refused, check=fits)


def test_the_venue_tree_grows_from_the_market(session: Session, at: datetime) -> None:
    by = administrator(session, at)

    def opened(kind: VenueKind, parent: Venue | None) -> Venue:
        return open_venue(
            session,
            kind=kind,
            name=kind.value,
            region_code="430100",
            parent_id=parent.id if parent else None,
            by=by,
            at=at,
        )

    market = opened(VenueKind.MARKET, None)
    city = opened(VenueKind.SUB_MARKET, market)
    station = opened(VenueKind.WORKSTATION, city)
    root = next(branch for branch in venue_tree(session) if branch.venue is market)
    assert [b.venue for b in root.below] == [city]
    assert [b.venue for b in root.below[0].below] == [station]
    with refused(PlaceRefusal.VENUE_MISFIT):
        opened(VenueKind.WORKSTATION, market)


def test_a_region_is_served_by_one_registry(session: Session, at: datetime) -> None:
    make.office(session, at, "430100", "430100", "430104")
    with refused(PlaceRefusal.TERRITORY_TAKEN):
        make.office(session, at, "430104", "430104")


def test_a_registry_code_is_used_once(session: Session, at: datetime) -> None:
    by = administrator(session, at)
    make.office(session, at, "430100")
    with refused(PlaceRefusal.CODE_TAKEN):
        open_registry(
            session, code="430100", name="乙", authority="丙", regions=["430200"], by=by, at=at
        )
