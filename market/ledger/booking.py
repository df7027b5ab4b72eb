"""Booking: the only hand that writes transfers. Called by commands that hold their own row's lock.

Order of locks: the caller's row (listing, obligation, deposit …) first, then the accounts by id;
whoever books, books under the accounts' locks, so that balances are read and written by one at a
time. The accounts' dense ``seq`` and the checks beside it are the last witness.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import and_, or_, select, text
from sqlalchemy.orm import Session

from market.kernel.db import get
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.kernel.refusal import insist
from market.ledger.models import Account, Leg, Transfer
from market.ledger.queries import heads
from market.ledger.rules import (
    Head,
    Hold,
    Phase,
    Place,
    Why,
    legs,
    resolve_refusal,
    reverse_refusal,
    short_refusal,
)

Moved = Mapping[Place, Money] | Iterable[tuple[Place, Money]]

_NEW_LEGS = Leg.__table__.insert()  # type: ignore[attr-defined]  # past the unit of work: quicker
_OPEN = text(
    "INSERT INTO ledger_accounts (party_id, purpose, currency) "
    "VALUES (:party_id, :purpose, :currency) ON CONFLICT DO NOTHING"
)


def move(session: Session, moved: Moved, *, key: str, why: Why, on: Ref, at: datetime) -> Transfer:
    """Move money in one step; refuses (``SHORT``) what is not there."""
    return _begin(session, Phase.DIRECT, moved, key=key, why=why, on=on, at=at)


def hold(
    session: Session,
    moved: Moved,
    *,
    key: str,
    why: Why,
    on: Ref,
    at: datetime,
    expires_at: datetime | None = None,
) -> Transfer:
    """Reserve money for a transfer that is booked, released or run out later: once, by its id."""
    return _begin(
        session, Phase.PENDING, moved, key=key, why=why, on=on, at=at, expires_at=expires_at
    )


def post(session: Session, hold_id: int, *, at: datetime) -> Transfer:
    """Book what was reserved."""
    return _resolve(session, hold_id, Phase.POSTED, at)


def void(session: Session, hold_id: int, *, at: datetime) -> Transfer:
    """Release what was reserved."""
    return _resolve(session, hold_id, Phase.VOIDED, at)


def expire(session: Session, hold_id: int, *, at: datetime) -> Transfer:
    """Release what was reserved up to an instant that has come."""
    return _resolve(session, hold_id, Phase.EXPIRED, at)


def reverse(session: Session, transfer_id: int, *, at: datetime) -> Transfer:
    """Correct a booked transfer by the same legs the other way round."""
    booked = get(session, Transfer, transfer_id)
    where = _accounts_of(session, booked)
    heads = _lock(session, where.values())
    undone = session.scalar(select(Transfer.id).where(Transfer.reverses_id == booked.id))
    insist(reverse_refusal(Hold(booked.phase, reversed=undone is not None)))
    reversing = Transfer(
        key=f"reversal-of-{booked.id}",
        phase=Phase.DIRECT,
        why=Why.CORRECTION,
        currency=booked.currency,
        subject_kind=booked.subject_kind,
        subject_id=booked.subject_id,
        at=at,
        reverses_id=booked.id,
    )
    amounts = {where[leg.account_id]: -leg.amount_minor for leg in booked.legs}
    return _write(session, reversing, amounts, heads)


def _begin(
    session: Session,
    phase: Phase,
    moved: Moved,
    *,
    key: str,
    why: Why,
    on: Ref,
    at: datetime,
    expires_at: datetime | None = None,
) -> Transfer:
    currency, amounts = legs(moved)
    found = _find(session, amounts, currency)
    heads = _lock(session, found.values())
    transfer = Transfer(
        key=key,
        phase=phase,
        why=why,
        currency=currency,
        subject_kind=on[0],
        subject_id=on[1],
        at=at,
        expires_at=expires_at,
    )
    return _write(session, transfer, {found[p]: n for p, n in amounts.items()}, heads)


def _resolve(session: Session, hold_id: int, phase: Phase, at: datetime) -> Transfer:
    first = get(session, Transfer, hold_id)
    where = _accounts_of(session, first)
    heads = _lock(session, where.values())
    done = session.scalar(select(Transfer.id).where(Transfer.resolves_id == first.id))
    state = Hold(first.phase, first.expires_at, resolved=done is not None)
    insist(resolve_refusal(state, phase, at))
    second = Transfer(
        key=f"{phase.value}-{first.id}",
        phase=phase,
        why=first.why,
        currency=first.currency,
        subject_kind=first.subject_kind,
        subject_id=first.subject_id,
        at=at,
        resolves_id=first.id,
    )
    amounts = {where[leg.account_id]: leg.amount_minor for leg in first.legs}
    return _write(session, second, amounts, heads)


def _write(
    session: Session, transfer: Transfer, amounts: dict[Account, int], heads: dict[int, Head]
) -> Transfer:
    rows = []
    for account, amount in amounts.items():
        place = account.place
        head = heads[account.id].after(transfer.phase, place.purpose.sign * amount)
        insist(short_refusal(place, head))
        rows.append((account.id, head.seq, amount, head.posted, head.held, place.purpose.outside))
    transfer.digest = transfer.digest_with(row[:5] for row in rows)
    session.add(transfer)
    session.flush()
    names = ("account_id", "seq", "amount_minor", "posted_minor", "held_minor", "outside")
    session.execute(
        _NEW_LEGS,
        [{"transfer_id": transfer.id, **dict(zip(names, row, strict=True))} for row in rows],
    )
    return transfer


# ── accounts and their heads ─────────────────────────────────────────────────────────────────────


def _find(session: Session, places: Collection[Place], currency: str) -> dict[Place, Account]:
    """The accounts of these places, opened where they are not yet."""
    found = _known(session, places, currency)
    missing = [place for place in places if place not in found]
    if missing:
        session.execute(
            _OPEN,
            [
                {"party_id": p.party_id, "purpose": p.purpose.value, "currency": currency}
                for p in sorted(missing, key=_written)
            ],
        )
        found = _known(session, places, currency)
    return found


def _written(place: Place) -> tuple[int, str]:
    return place.party_id or 0, place.purpose.value


def _known(session: Session, places: Collection[Place], currency: str) -> dict[Place, Account]:
    at_one_of = or_(
        *(
            and_(Account.purpose == p.purpose, Account.party_id == p.party_id)
            if p.party_id is not None
            else and_(Account.purpose == p.purpose, Account.party_id.is_(None))
            for p in places
        )
    )
    rows = session.scalars(select(Account).where(Account.currency == currency, at_one_of))
    return {row.place: row for row in rows}


def _accounts_of(session: Session, transfer: Transfer) -> dict[int, Account]:
    ids = select(Leg.account_id).where(Leg.transfer_id == transfer.id)
    return {row.id: row for row in session.scalars(select(Account).where(Account.id.in_(ids)))}


def _lock(session: Session, accounts: Collection[Account]) -> dict[int, Head]:
    """Lock the accounts in the order of their ids; then read where each stands."""
    ids = sorted(account.id for account in accounts)
    wanted = select(Account.id).where(Account.id.in_(ids)).order_by(Account.id)
    session.execute(wanted.with_for_update())
    return heads(session, ids)
