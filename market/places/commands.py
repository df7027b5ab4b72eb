"""Acts on venues and registries."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.kernel.authority import Actor, who_refusal
from market.kernel.db import lock, witness
from market.kernel.journal import record
from market.kernel.refusal import insist
from market.places.models import (
    Registry,
    Territory,
    Venue,
)
from market.places.rules import (
    OPEN_REGISTRY,
    PlaceRefusal,
    VenueKind,
    venue_refusal,
)


def open_venue(
    session: Session,
    *,
    kind: VenueKind,
    name: str,
    region_code: str,
    parent_id: int | None,
    by: Actor,
    at: datetime,
) -> Venue:
    """Add a node to the venue tree."""
    parent = lock(session, Venue, parent_id) if parent_id is not None else None
    insist(venue_refusal(by, kind, parent.kind if parent else None, at))
    venue = Venue(kind=kind, name=name, region_code=region_code, parent_id=parent_id)
    session.add(venue)
    session.flush()
    record(session, "venue.opened", by=by, at=at, thread=("venue", venue.id), kind=kind.value)
    return venue


def open_registry(
    session: Session,
    *,
    code: str,
    name: str,
    authority: str,
    regions: list[str],
    by: Actor,
    at: datetime,
) -> Registry:
    """Open a registry over a territory that no other registry serves (REG-11)."""
    insist(who_refusal(OPEN_REGISTRY, by, at))
    registry = Registry(code=code, name=name, authority=authority)
    with witness(session, PlaceRefusal.CODE_TAKEN):
        session.add(registry)
    with witness(session, PlaceRefusal.TERRITORY_TAKEN):
        session.add_all(Territory(region_code=r, registry_id=registry.id) for r in regions)
    record(
        session,
        "registry.opened",
        by=by,
        at=at,
        thread=("registry", registry.id),
        code=code,
        regions=sorted(regions),
    )
    return registry
