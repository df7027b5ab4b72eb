"""What pages and upper slices read of places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import get_locale, gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.kernel.clock import day_of, now
from market.places.models import (
    Park,
    Region,
    Registry,
    Territory,
    Venue,
)
from market.places.rules import VenueKind


def regions(session: Session, on: date) -> list[Region]:
    """The divisions in force on a day, in the order of their codes."""
    in_force = (
        select(Region)
        .where(or_(Region.valid_from.is_(None), Region.valid_from <= on))
        .where(or_(Region.valid_to.is_(None), Region.valid_to >= on))
    )
    return list(session.scalars(in_force.order_by(Region.code)))


def cities(session: Session) -> list[Region]:
    """The three cities of the zone."""
    zone = select(Region).where(Region.code.in_(("430100", "430200", "430300")))
    return list(session.scalars(zone.order_by(Region.code)))


def parks(session: Session) -> list[Park]:
    """All parks, by city."""
    return list(session.scalars(select(Park).order_by(Park.city_code, Park.code)))


def venues(session: Session) -> list[Venue]:
    """All venues, parents before their children."""
    order = {kind: place for place, kind in enumerate(VenueKind)}
    return sorted(session.scalars(select(Venue)), key=lambda v: (order[v.kind], v.id))


@dataclass(frozen=True)
class Branch:
    """A venue and what stands below it."""

    venue: Venue
    below: Sequence["Branch"]


def venue_tree(session: Session) -> list[Branch]:
    """The markets, each with its sub-markets, each with its workstations."""
    return _branches(venues(session), None)


def _branches(known: Sequence[Venue], parent_id: int | None) -> list[Branch]:
    return [Branch(v, _branches(known, v.id)) for v in known if v.parent_id == parent_id]


def registries(session: Session) -> list[Registry]:
    """All registries."""
    return list(session.scalars(select(Registry).order_by(Registry.code)))


def territory(session: Session, registry_id: int) -> list[Region]:
    """The regions that a registry serves."""
    served = select(Region).join(Territory, Territory.region_code == Region.code)
    return list(session.scalars(served.where(Territory.registry_id == registry_id)))


def registries_with_territory(session: Session) -> list[tuple[Registry, list[Region]]]:
    """All registries, each with the regions it serves."""
    return [(each, territory(session, each.id)) for each in registries(session)]


def place_name(place: Region | Park) -> str:
    """A region or park in the reader's language."""
    return place.name if str(get_locale()) == "zh_Hans" else place.name_en


def region_choices(session: Session) -> dict[str, str]:
    """The regions in force today: cities and their districts first, then the rest of the world."""
    known = regions(session, day_of(now()))
    far = {region.code: place_name(region) for region in known if region.city_code is None}
    return {"": gettext("Please choose"), **district_choices(session), **far}


def district_choices(session: Session) -> dict[str, str]:
    """The cities and districts of the zone, a district behind its city's name."""
    known = [r for r in regions(session, day_of(now())) if r.city_code is not None]
    city = {region.code: place_name(region) for region in known}
    return {
        r.code: city[r.code] if r.code == r.city_code else f"{city[r.city_code]} · {place_name(r)}"
        for r in known
        if r.city_code is not None
    }
