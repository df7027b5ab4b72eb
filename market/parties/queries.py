"""What pages and upper slices read of parties."""

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import (
    User,
)
from market.kernel.authority import NEEDS_FACTOR, NOBODY, STAFF, Actor
from market.kernel.clock import end_of
from market.kernel.db import Missing, get
from market.kernel.paging import Page, paged
from market.kernel.refusal import Refused
from market.parties.models import (
    Membership,
    Party,
)
from market.parties.rules import PartyRefusal
from market.places.models import (
    Registry,
    Territory,
    Venue,
)
from market.places.queries import venues
from market.places.rules import VenueKind


def find_actor(
    session: Session,
    user_id: int,
    party_id: int | None,
    *,
    factor: bool = True,
    case_no: str = "",
) -> Actor:
    """The person of this request, read anew; an unknown or foreign party falls back to their first.

    Suspended people are nobody, suspended seats are no seats. Without a second ``factor`` the roles
    that need one do not count.
    """
    user = session.get(User, user_id)
    if user is None or user.suspended_at is not None or user.erased_at is not None:
        return NOBODY
    held = {seat.party_id: seat for seat in seats_of(session, user_id) if not seat.suspended_at}
    seat = held.get(party_id or 0) or held.get(min(held, default=0))
    roles = frozenset(each.role for each in user.roles)
    return Actor(
        user_id=user.id,
        name=user.name,
        roles=roles if factor else roles - NEEDS_FACTOR,
        party_id=seat.party_id if seat else None,
        seat=seat.seat if seat else None,
        bound_before=end_of(seat.authority_until) if seat and seat.authority_until else None,
        suspended_party=seat is not None and seat.party.suspended_at is not None,
        parties=frozenset(held),
        registry_id=user.registry_id,
        case_no=case_no,
    )


def get_party(session: Session, party_id: int) -> Party:
    """The party with this id."""
    return get(session, Party, party_id)


def seats_of(session: Session, user_id: int) -> list[Membership]:
    """The seats of a person, oldest first."""
    held = select(Membership).where(Membership.user_id == user_id).order_by(Membership.id)
    return list(session.scalars(held))


def find_party(session: Session, named: str) -> Party | None:
    """The party with this credit code, this id or, where no other bears it, this exact name.

    Names are free to repeat: a name of several parties is refused, never guessed.
    """
    known = Party.uscc == named.upper()
    if named.isascii() and named.isdigit() and len(named) < 10:
        known = or_(known, Party.id == int(named))
    exact = session.scalars(select(Party).where(known)).first()
    if exact is not None:
        return exact
    namesakes = session.scalars(select(Party).where(Party.name == named).limit(2)).all()
    if len(namesakes) > 1:
        raise Refused(PartyRefusal.NAME_SHARED)
    return namesakes[0] if namesakes else None


def get_visible_party(session: Session, party_id: int, by: Actor) -> Party:
    """The party for a member or for staff; else ``Missing``, as if it had never been."""
    if party_id not in by.parties and not by.has(*STAFF):
        raise Missing("party", party_id)
    return get(session, Party, party_id)


def parties_page(session: Session, number: int) -> Page[Party]:
    """All parties: doubtful codes first (IDN-08), then the newest."""
    doubtful = and_(Party.uscc_check_ok.is_(False), Party.uscc_confirmed_by.is_(None))
    first = case((doubtful, 0), else_=1)
    return paged(session, select(Party).order_by(first, Party.id.desc()), number)


def members(session: Session, party_id: int) -> list[Membership]:
    """The people of a party."""
    found = select(Membership).where(Membership.party_id == party_id).order_by(Membership.id)
    return list(session.scalars(found))


def find_venue_for(session: Session, party: Party) -> Venue | None:
    """The venue nearest to a party: of its district, of its city, or the market itself."""
    near = {party.region_code: 0, party.city_code: 1}
    known = venues(session)
    fitting = [v for v in known if v.region_code in near]
    if fitting:
        return min(fitting, key=lambda v: (near[v.region_code], v.id))
    return next((v for v in known if v.kind is VenueKind.MARKET), None)


def find_registry_for(session: Session, party: Party) -> Registry | None:
    """The registry of the territory in which a party is (REG-11); district before city."""
    for code in (party.region_code, party.city_code):
        place = session.get(Territory, code)
        if place is not None:
            return session.get(Registry, place.registry_id)
    return None


def doubtful_parties(session: Session) -> list[Party]:
    """Parties whose credit code fails its check digit and waits for a person's word (IDN-08)."""
    waiting = select(Party).where(Party.uscc_check_ok.is_(False), Party.uscc_confirmed_by.is_(None))
    return list(session.scalars(waiting.order_by(Party.id)))


def party_names(session: Session, ids: set[int]) -> dict[int, str]:
    """Names of parties by id."""
    found = select(Party.id, Party.name).where(Party.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}
