"""What pages and upper slices read of people, parties and places."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import (
    Membership,
    Park,
    Party,
    Region,
    Registry,
    Territory,
    User,
    UserRole,
    Venue,
)
from market.accounts.rules import AccountRefusal, VenueKind
from market.kernel.authority import NOBODY, STAFF, Actor, Role
from market.kernel.db import Missing, get
from market.kernel.paging import Page, paged
from market.kernel.refusal import Refused


def find_actor(session: Session, user_id: int, party_id: int | None) -> Actor:
    """The person of this request; an unknown or foreign party falls back to their first."""
    user = session.get(User, user_id)
    if user is None:
        return NOBODY
    seats = {seat.party_id: seat.seat for seat in user.seats}
    if party_id not in seats:
        party_id = min(seats, default=None)
    return Actor(
        user_id=user.id,
        name=user.name,
        roles=frozenset(held.role for held in user.roles),
        party_id=party_id,
        seat=seats.get(party_id) if party_id is not None else None,
        parties=frozenset(seats),
        registry_id=user.registry_id,
    )


def confirmed(actor: Actor, at: datetime) -> Actor:
    """The same person, having just given the password again."""
    return replace(actor, confirmed_at=at)


def find_user_by_email(session: Session, email: str) -> User | None:
    """The user with this canonical address."""
    return session.scalars(select(User).where(User.email == email)).first()


def get_party(session: Session, party_id: int) -> Party:
    """The party with this id."""
    return get(session, Party, party_id)


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
        raise Refused(AccountRefusal.NAME_SHARED)
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


def users_page(session: Session, number: int) -> Page[User]:
    """All people, newest first."""
    return paged(session, select(User).order_by(User.id.desc()), number)


def members(session: Session, party_id: int) -> list[Membership]:
    """The people of a party."""
    found = select(Membership).where(Membership.party_id == party_id).order_by(Membership.id)
    return list(session.scalars(found))


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


def find_venue_for(session: Session, party: Party) -> Venue | None:
    """The venue nearest to a party: of its district, of its city, or the market itself."""
    near = {party.region_code: 0, party.city_code: 1}
    known = venues(session)
    fitting = [v for v in known if v.region_code in near]
    if fitting:
        return min(fitting, key=lambda v: (near[v.region_code], v.id))
    return next((v for v in known if v.kind is VenueKind.MARKET), None)


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


def find_registry_for(session: Session, party: Party) -> Registry | None:
    """The registry of the territory in which a party is (REG-11); district before city."""
    for code in (party.region_code, party.city_code):
        place = session.get(Territory, code)
        if place is not None:
            return session.get(Registry, place.registry_id)
    return None


def registrars(session: Session, registry_id: int) -> list[User]:
    """The registrars of a registry."""
    holders = (
        select(User)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == Role.REGISTRAR, User.registry_id == registry_id)
    )
    return list(session.scalars(holders.order_by(User.id)))


def users(session: Session) -> list[User]:
    """All users, newest last."""
    return list(session.scalars(select(User).order_by(User.id)))


def doubtful_parties(session: Session) -> list[Party]:
    """Parties whose credit code fails its check digit and waits for a person's word (IDN-08)."""
    waiting = select(Party).where(Party.uscc_check_ok.is_(False), Party.uscc_confirmed_by.is_(None))
    return list(session.scalars(waiting.order_by(Party.id)))


def find_administrator(session: Session) -> User | None:
    """An administrator, if the market has one."""
    held = select(User).join(UserRole).where(UserRole.role == Role.ADMINISTRATOR)
    return session.scalars(held).first()


def user_names(session: Session, ids: set[int]) -> dict[int, str]:
    """Names of people by id, for timelines."""
    found = select(User.id, User.name).where(User.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def party_names(session: Session, ids: set[int]) -> dict[int, str]:
    """Names of parties by id."""
    found = select(Party.id, Party.name).where(Party.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def get_user(session: Session, user_id: int) -> User:
    """The user with this id, or ``Missing``."""
    user = session.get(User, user_id)
    if user is None:
        raise Missing("user", user_id)
    return user
