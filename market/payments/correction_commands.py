"""Reversing entries (row 36): two administrators, and the books tell what was and what is."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.db import get, lock
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.proposals import Proposal, confirm, decline, get_proposal, propose
from market.kernel.refusal import insist
from market.ledger.booking import reverse
from market.ledger.models import Transfer
from market.payments.correcting import find_settlement, reversal_refusal_of
from market.payments.models import Obligation
from market.payments.rules import CORRECT, correct_refusal
from market.payments.settling import note_settlement


def propose_correction(
    session: Session, transfer_id: int, why: str, *, by: Actor, at: datetime
) -> Proposal:
    """Propose that a booked transfer is reversed."""
    transfer = get(session, Transfer, transfer_id)
    insist(reversal_refusal_of(session, transfer, by, at))
    subject = ("transfer", str(transfer.id))
    proposal = propose(session, CORRECT, subject, {"why": why}, stood=transfer.digest, by=by, at=at)
    _record(session, "ledger.correction-proposed", transfer, by, at, why=why)
    return proposal


def confirm_correction(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Transfer:
    """Reverse a transfer as another person proposed; what it had paid is owed again."""
    proposal = get_proposal(session, proposal_id, CORRECT)
    transfer = get(session, Transfer, int(proposal.subject_id))
    settled = find_settlement(session, transfer.id)
    obligation = lock(session, Obligation, settled.obligation_id) if settled else None
    insist(reversal_refusal_of(session, transfer, by, at))
    told = confirm(session, proposal, stood=transfer.digest, by=by, at=at)
    reversing = reverse(session, transfer.id, at=at)
    if settled is not None and obligation is not None:
        taken_back = Money(-settled.amount_minor, obligation.currency)
        note_settlement(session, obligation, reversing, taken_back, at=at)
    facts = {"by_id": reversing.id, "proposed_by": proposal.proposed_by}
    _record(session, "ledger.corrected", transfer, by, at, why=str(told["why"]), **facts)
    return reversing


def decline_correction(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Proposal:
    """Take one's own proposal of a correction back, or reject another's."""
    proposal = get_proposal(session, proposal_id, CORRECT)
    transfer = get(session, Transfer, int(proposal.subject_id))
    insist(correct_refusal(by, None, at))
    outcome = decline(session, proposal, by=by, at=at)
    facts = {"outcome": outcome.value, "proposed_by": proposal.proposed_by}
    _record(session, "ledger.correction-declined", transfer, by, at, **facts)
    return proposal


def _record(
    session: Session, act: str, transfer: Transfer, by: Actor, at: datetime, **facts: object
) -> None:
    thread = on = ("transfer", transfer.id)
    record(session, act, by=by, at=at, thread=thread, on=on, **facts)
