"""Whether an entry of the ledger may be reversed by hand, and what it would undo."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.refusal import Refusal
from market.ledger.booking import reversal_refusal
from market.ledger.models import Transfer
from market.payments.models import Deposit, Settlement
from market.payments.rules import Booked, correct_refusal


def reversal_refusal_of(
    session: Session, transfer: Transfer, by: Actor, at: datetime
) -> Refusal | None:
    """Who may, then whether the entry is the market's own to correct, then whether it still can."""
    refusal = correct_refusal(by, _booked(session, transfer), at)
    return refusal or reversal_refusal(session, transfer)


def find_reversal(session: Session, transfer_id: int) -> Transfer | None:
    """The entry by which this one was reversed."""
    return session.scalars(select(Transfer).where(Transfer.reverses_id == transfer_id)).first()


def find_settlement(session: Session, transfer_id: int) -> Settlement | None:
    """What the entry paid of what is owed, or took back."""
    found = select(Settlement).where(Settlement.transfer_id == transfer_id)
    return session.scalars(found).first()


def _booked(session: Session, transfer: Transfer) -> Booked:
    """What the rules ask about an entry: what for, between which accounts, for which deposit."""
    purposes = frozenset(leg.account.purpose for leg in transfer.legs)
    settled = find_settlement(session, transfer.id)
    if settled is None:
        return Booked(transfer.why, purposes)
    deposit = select(Deposit.status).where(Deposit.obligation_id == settled.obligation_id)
    return Booked(transfer.why, purposes, session.scalar(deposit))
