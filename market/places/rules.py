"""Where the market is: regions, parks, venues, registries and their territories."""

from datetime import datetime

from market.kernel.authority import Act, Actor, Role, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled


class VenueKind(Labelled):
    """The venue tree: market > sub-market of a city > workstation (domain 4.3)."""

    MARKET = "market", N_("Technology market")
    SUB_MARKET = "sub-market", N_("Sub-market")
    WORKSTATION = "workstation", N_("Workstation")


BELOW = {VenueKind.SUB_MARKET: VenueKind.MARKET, VenueKind.WORKSTATION: VenueKind.SUB_MARKET}


class PlaceRefusal(Refusal):
    """Why a place is not as asked."""

    VENUE_MISFIT = (
        "venue-misfit",
        N_("A sub-market stands below a market, a workstation below a sub-market."),
    )
    CODE_TAKEN = "code-taken", N_("This code is in use already.")
    TERRITORY_TAKEN = (
        "territory-taken",
        N_("Another registry already serves a region of this territory."),
    )


OPEN_VENUE = Act("venue.open", N_("Open a venue"), frozenset({Role.ADMINISTRATOR}))
OPEN_REGISTRY = Act(
    "registry.open", N_("Open a registry"), frozenset({Role.ADMINISTRATOR}), article="REG-11"
)
ACTS = (OPEN_VENUE, OPEN_REGISTRY)


def venue_refusal(
    by: Actor, kind: VenueKind, parent: VenueKind | None, at: datetime
) -> Refusal | None:
    """The tree has three levels and one kind on each."""
    who = who_refusal(OPEN_VENUE, by, at)
    if who is not None:
        return who
    if BELOW.get(kind) is not parent:
        return PlaceRefusal.VENUE_MISFIT
    return None
