"""What the market holds of a person: what ties them to it, and a copy of all of it."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import func, inspect, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import User, UserRole
from market.accounts.queries import get_user
from market.contracts.models import Contract
from market.contracts.rules import GONE, Status
from market.deals.models import Deal
from market.kernel.authority import Role, Seat
from market.kernel.db import Base
from market.kernel.journal import Entry
from market.parties.models import Membership, Party
from market.parties.rules import PartyKind
from market.record.models import LegalHold
from market.record.rules import Bonds
from market.registry.models import Application
from market.registry.rules import OPEN


def live_hold(session: Session, user_id: int) -> LegalHold | None:
    """The legal hold that lies on an account now."""
    found = select(LegalHold).where(LegalHold.user_id == user_id, LegalHold.lifted_at.is_(None))
    return session.scalars(found).first()


def bonds(session: Session, user_id: int) -> Bonds:
    """What ties this person to the market: in their parties' name, or in their own."""
    user = get_user(session, user_id)
    mine = select(Membership.party_id).where(Membership.user_id == user_id)
    near = or_(Deal.seller_id.in_(mine), Deal.buyer_id.in_(mine))
    signed = select(Contract.deal_id).where(
        Contract.deal_id.is_not(None), Contract.status == Status.SIGNED
    )
    sides = or_(Contract.seller_id.in_(mine), Contract.buyer_id.in_(mine))
    unsigned = Contract.status.not_in({*GONE, Status.SIGNED})
    filed = select(Application.id).join(Contract, Contract.id == Application.contract_id)
    filed = filed.where(
        or_(Application.status.in_(OPEN), Application.proposer_id.is_not(None)),
        or_(sides, Application.reviewer_id == user_id, Application.proposer_id == user_id),
    )
    return Bonds(
        erased=user.erased_at is not None,
        held=live_hold(session, user_id) is not None,
        deals=_count(session, select(Deal.id).where(near, Deal.id.not_in(signed))),
        contracts=_count(session, select(Contract.id).where(sides, unsigned)),
        applications=_count(session, filed),
        last_signatory=any(True for _ in _alone_in(session, user_id, PartyKind.ORGANISATION)),
        last_administrator=_last_administrator(session, user),
    )


def own_parties(session: Session, user_id: int) -> list[Party]:
    """The persons as parties (自然人) whom nobody but this person acts for."""
    return list(_alone_in(session, user_id, PartyKind.PERSON))


def _count(session: Session, found: Any) -> int:
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _alone_in(session: Session, user_id: int, kind: PartyKind) -> Iterator[Party]:
    """Parties of a kind whose only signatory who can act is this person."""
    seats = session.scalars(select(Membership).where(Membership.user_id == user_id)).all()
    for seat in seats:
        others = select(Membership.id).where(
            Membership.party_id == seat.party_id,
            Membership.user_id != user_id,
            Membership.seat == Seat.SIGNATORY,
            Membership.suspended_at.is_(None),
        )
        binds = seat.seat is Seat.SIGNATORY or kind is PartyKind.PERSON
        if binds and seat.party.kind is kind and not _count(session, others):
            yield seat.party


def _last_administrator(session: Session, user: User) -> bool:
    if not any(held.role is Role.ADMINISTRATOR for held in user.roles):
        return False
    others = select(UserRole.user_id).where(
        UserRole.role == Role.ADMINISTRATOR, UserRole.user_id != user.id
    )
    return not _count(session, others)


# ── a copy ───────────────────────────────────────────────────────────────────────────────────────


def rows_of(session: Session, user_id: int) -> dict[str, list[Base]]:
    """All rows that are this person's own, by table: every model says so itself (``of_person``)."""
    found: dict[str, list[Base]] = {}
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__tablename__):
        model: type[Base] = mapper.class_
        if model.of_person:
            whose = getattr(model, model.of_person) == user_id
            found[model.__tablename__] = list(
                session.scalars(select(model).where(whose).order_by(*mapper.primary_key))
            )
    return found


def own_copy(session: Session, user_id: int) -> dict[str, Any]:
    """All that the market holds of a person, for them to take along (个保法 45); no secrets."""
    user = get_user(session, user_id)
    did = select(Entry).where(Entry.user_id == user_id).order_by(Entry.id)
    return {
        "account": _plain(user),
        "roles": [held.role.value for held in user.roles],
        "parties": [_plain(party) for party in own_parties(session, user_id)],
        **{
            table: [_plain(row) for row in rows]
            for table, rows in rows_of(session, user_id).items()
        },
        "acts": [
            {"at": e.at.isoformat(), "act": e.act, "thread": e.thread, "hash": e.hash}
            for e in session.scalars(did)
        ],
    }


SECRET = ("password_hash", "totp_secret", "totp_step", "token_hash", "code_hash")


def _plain(row: Base) -> dict[str, Any]:
    names = [each.key for each in inspect(type(row)).column_attrs]
    return {name: _value(getattr(row, name)) for name in names if name not in SECRET}


def _value(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime | date) else value
