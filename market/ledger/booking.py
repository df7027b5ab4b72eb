"""Booking: the only hand that writes transfers. Called by commands that hold their own row's lock.

Order of locks: the caller's row (listing, obligation, deposit …) first, then the accounts by id;
whoever books, books under the accounts' locks, so that balances are read and written by one at a
time. The accounts' dense ``seq`` and the checks beside it are the last witness.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, or_, select, text, type_coerce
from sqlalchemy.orm import Session

from market.kernel.db import get
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.kernel.refusal import Refusal, insist
from market.ledger.models import Account, Leg, Transfer
from market.ledger.queries import heads
from market.ledger.rules import (
    Hold,
    Phase,
    Place,
    Purpose,
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
    amounts = _legs_of(session, booked)
    accounts = _lock(session, amounts, booked.currency)
    insist(reversal_refusal(session, booked))
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
    back = {place: -amount for place, amount in amounts.items()}
    return _write(session, reversing, back, accounts)


def reversal_refusal(session: Session, booked: Transfer) -> Refusal | None:
    """Why a transfer cannot be corrected, as its button asks; ``reverse`` asks under the locks."""
    undone = session.scalar(select(Transfer.id).where(Transfer.reverses_id == booked.id))
    reversal = booked.reverses_id is not None
    return reverse_refusal(Hold(booked.phase, reversed=undone is not None, reversal=reversal))


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
    accounts = _lock(session, amounts, currency)
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
    return _write(session, transfer, amounts, accounts)


def _resolve(session: Session, hold_id: int, phase: Phase, at: datetime) -> Transfer:
    first = get(session, Transfer, hold_id)
    amounts = _legs_of(session, first)
    accounts = _lock(session, amounts, first.currency)
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
    return _write(session, second, amounts, accounts)


def _legs_of(session: Session, transfer: Transfer) -> dict[Place, int]:
    found = (
        select(Account.purpose, Account.party_id, Leg.amount_minor)
        .join(Leg, Leg.account_id == Account.id)
        .where(Leg.transfer_id == transfer.id)
    )
    return {Place(row[0], row[1]): row[2] for row in session.execute(found)}


def _write(
    session: Session, transfer: Transfer, amounts: dict[Place, int], accounts: dict[Place, int]
) -> Transfer:
    standing = heads(session, accounts.values())
    rows = []
    for place, amount in amounts.items():
        account_id = accounts[place]
        head = standing[account_id].after(transfer.phase, place.purpose.sign * amount)
        insist(short_refusal(place, head))
        rows.append((account_id, head.seq, amount, head.posted, head.held, place.purpose.outside))
    transfer.digest = transfer.digest_with(row[:5] for row in rows)
    session.add(transfer)
    session.flush()
    names = ("account_id", "seq", "amount_minor", "posted_minor", "held_minor", "outside")
    session.connection().execute(
        _NEW_LEGS,
        [{"transfer_id": transfer.id, **dict(zip(names, row, strict=True))} for row in rows],
    )
    return transfer


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────


def _lock(session: Session, places: Collection[Place], currency: str) -> dict[Place, int]:
    """The accounts of these places, locked in the order of their ids; opened where they are not."""
    ordered = sorted(places, key=_written)
    found = _locked(session, ordered, currency)
    missing = [place for place in ordered if place not in found]
    if missing:
        session.execute(
            _OPEN,
            [
                {"party_id": p.party_id, "purpose": p.purpose.value, "currency": currency}
                for p in missing
            ],
        )
        found = _locked(session, ordered, currency)
    return found


def _written(place: Place) -> tuple[int, str]:
    return place.party_id or 0, place.purpose.value


def _locked(session: Session, places: Sequence[Place], currency: str) -> dict[Place, int]:
    said: dict[str, object] = {"currency": currency}
    for n, place in enumerate(places):
        said |= {f"purpose_{n}": place.purpose.value, f"party_{n}": place.party_id}
    wanted = _at(tuple(place.party_id is not None for place in places))
    return {
        Place(Purpose.of(purpose), party_id): account_id
        for account_id, purpose, party_id in session.connection().execute(wanted, said)
    }


@cache
def _at(of_parties: tuple[bool, ...]) -> Select[Any]:
    """The statement that locks accounts by id: built once for each pattern of places."""
    table = Account.__table__.c
    one_of = (
        and_(
            type_coerce(table.purpose, String) == bindparam(f"purpose_{n}", type_=String),
            table.party_id == bindparam(f"party_{n}") if of_party else table.party_id.is_(None),
        )
        for n, of_party in enumerate(of_parties)
    )
    same = table.currency == bindparam("currency")
    wanted = select(table.id, type_coerce(table.purpose, String), table.party_id)
    return wanted.where(same, or_(*one_of)).order_by(table.id).with_for_update()
