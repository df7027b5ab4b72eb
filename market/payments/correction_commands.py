"""Reversing entries (row 36): two administrators, and the books tell what was and what is."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.db import get, lock
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.proposals import Proposal, confirm, decline, get_proposal, propose
from market.kernel.refusal import insist
from market.ledger.booking import reversal_refusal, reverse
from market.ledger.models import Leg, Transfer
from market.payments.models import Obligation, Settlement
from market.payments.rules import CORRECT, Booked, correct_refusal
from market.payments.settling import deposit_of, note_settlement
from market.payments.sheet import ObligationKind


def propose_correction(
    session: Session, transfer_id: int, why: str, *, by: Actor, at: datetime
) -> Proposal:
    """Propose that a booked transfer is reversed."""
    transfer = get(session, Transfer, transfer_id)
    insist(correct_refusal(by, _booked(session, transfer, _settled(session, transfer)), at))
    insist(reversal_refusal(session, transfer))
    subject = ("transfer", str(transfer.id))
    proposal = propose(session, CORRECT, subject, {"why": why}, stood=transfer.digest, by=by, at=at)
    _record(session, "ledger.correction-proposed", transfer, by, at, why=why)
    return proposal


def confirm_correction(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Transfer:
    """Reverse a transfer as another person proposed; what it had paid is owed again."""
    proposal = get_proposal(session, proposal_id, CORRECT)
    transfer = get(session, Transfer, int(proposal.subject_id))
    settled = _settled(session, transfer)
    obligation = lock(session, Obligation, settled.obligation_id) if settled else None
    insist(correct_refusal(by, _booked(session, transfer, settled), at))
    told = confirm(session, proposal, stood=transfer.digest, by=by, at=at)
    reversing = reverse(session, transfer.id, at=at)
    if settled is not None and obligation is not None:
        taken_back = Money(-settled.amount_minor, obligation.currency)
        note_settlement(session, obligation, reversing, taken_back, at=at)
    _record(session, "ledger.corrected", transfer, by, at, why=str(told["why"]), by_id=reversing.id)
    return reversing


def decline_correction(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Proposal:
    """Take one's own proposal of a correction back, or reject another's."""
    proposal = get_proposal(session, proposal_id, CORRECT)
    transfer = get(session, Transfer, int(proposal.subject_id))
    insist(correct_refusal(by, None, at))
    outcome = decline(session, proposal, by=by, at=at)
    _record(session, "ledger.correction-declined", transfer, by, at, outcome=outcome.value)
    return proposal


def _settled(session: Session, transfer: Transfer) -> Settlement | None:
    found = select(Settlement).where(Settlement.transfer_id == transfer.id)
    return session.scalars(found).first()


def _booked(session: Session, transfer: Transfer, settled: Settlement | None) -> Booked:
    """What the rules ask about a transfer, its deposit read afresh."""
    legs = session.scalars(select(Leg).where(Leg.transfer_id == transfer.id))
    purposes = frozenset(leg.account.purpose for leg in legs)
    if settled is None or settled.obligation.kind is not ObligationKind.DEPOSIT:
        return Booked(transfer.why, purposes)
    return Booked(transfer.why, purposes, deposit_of(session, settled.obligation).status)


def _record(
    session: Session, act: str, transfer: Transfer, by: Actor, at: datetime, **facts: object
) -> None:
    thread = on = ("transfer", transfer.id)
    record(session, act, by=by, at=at, thread=thread, on=on, **facts)
