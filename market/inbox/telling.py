"""Tidings become messages: one for each person who should know, however often they are told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from market.accounts.models import User, UserRole
from market.accounts.queries import registrars
from market.inbox.models import Message
from market.inbox.rules import Tidings, urgency_for
from market.kernel.authority import Actor, Role
from market.kernel.clock import end_of
from market.kernel.journal import canonical
from market.parties.models import Membership

INSERT: dict[str, Callable[[type[Message]], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


@dataclass(frozen=True)
class Hearer:
    """Somebody who is to hear: for a party, which they may bind or not, or by their office."""

    user_id: int
    party_id: int | None = None
    binds: bool = True


Look = Callable[[Session, int], list[Hearer]]


@dataclass
class Room:
    """Who can be told anything at one instant; each circle is looked up once.

    Suspended and erased people hear nothing, and nobody hears for a seat that they lost.
    """

    session: Session
    at: datetime
    known: dict[tuple[str, int], list[Hearer]] = field(default_factory=dict)

    def hearers(self, tidings: Tidings) -> list[Hearer]:
        """All who should hear these tidings."""
        found = [each for party in sorted(tidings.parties) for each in self._party(party)]
        if tidings.person_id is not None:
            found += self._once("person", tidings.person_id, _person)
        if tidings.office_id is not None:
            office = self._once("office", tidings.office_id, _office)
            found += [each for each in office if not self._belongs(each, tidings.related)]
        if tidings.staff is not None:
            staff = self._once(tidings.staff.value, 0, partial(_staff, role=tidings.staff))
            found += [each for each in staff if not self._belongs(each, tidings.related)]
        return [each for each in found if each.user_id not in tidings.without]

    def _party(self, party_id: int) -> list[Hearer]:
        return self._once("party", party_id, partial(_members, at=self.at))

    def _belongs(self, hearer: Hearer, parties: frozenset[int]) -> bool:
        return any(
            hearer.user_id == member.user_id for party in parties for member in self._party(party)
        )

    def _once(self, kind: str, key: int, look: Look) -> list[Hearer]:
        if (kind, key) not in self.known:
            self.known[kind, key] = look(self.session, key)
        return self.known[kind, key]


def tell(session: Session, all_tidings: Iterable[Tidings], *, at: datetime) -> list[int]:
    """Put each tidings into the inbox of each who should hear it, once; gives the new messages."""
    room, made = Room(session, at), []
    for tidings in all_tidings:
        made += [
            message_id
            for hearer in room.hearers(tidings)
            if (message_id := _put(session, hearer, tidings)) is not None
        ]
    return made


def _put(session: Session, hearer: Hearer, tidings: Tidings) -> int | None:
    """The database is the witness that nobody is told twice, whoever else tells just now."""
    insert = INSERT[session.get_bind().dialect.name]
    wanted = insert(Message).values(
        user_id=hearer.user_id,
        party_id=hearer.party_id,
        key=tidings.key,
        news=tidings.news,
        entry_id=tidings.entry_id,
        subject_kind=tidings.subject[0],
        subject_id=tidings.subject[1],
        urgency=urgency_for(tidings, binds=hearer.binds),
        facts=canonical(dict(tidings.facts)).decode(),
        at=tidings.at,
    )
    return session.scalar(wanted.on_conflict_do_nothing().returning(Message.id))


def _active(found: Select[User]) -> Select[User]:
    return found.where(User.suspended_at.is_(None), User.erased_at.is_(None)).order_by(User.id)


def _members(session: Session, party_id: int, at: datetime) -> list[Hearer]:
    seats = session.scalars(
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.party_id == party_id,
            Membership.suspended_at.is_(None),
            User.suspended_at.is_(None),
            User.erased_at.is_(None),
        )
        .order_by(Membership.id)
    )
    return [Hearer(seat.user_id, party_id, _binds(seat, at)) for seat in seats]


def _binds(seat: Membership, at: datetime) -> bool:
    until = end_of(seat.authority_until) if seat.authority_until else None
    return Actor(seat.user_id, seat=seat.seat, bound_before=until).binds(at)


def _person(session: Session, user_id: int) -> list[Hearer]:
    return [Hearer(u.id) for u in session.scalars(_active(select(User).where(User.id == user_id)))]


def _office(session: Session, registry_id: int) -> list[Hearer]:
    return [
        Hearer(person.id)
        for person in registrars(session, registry_id)
        if person.suspended_at is None and person.erased_at is None
    ]


def _staff(session: Session, _any: int, role: Role) -> list[Hearer]:
    held = select(User).join(UserRole, UserRole.user_id == User.id)
    return [
        Hearer(person.id) for person in session.scalars(_active(held.where(UserRole.role == role)))
    ]
