"""Deposits (竞买保证金): asked for, held, and ended in exactly one way (AUC-25)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.db import get, lock, witness
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.kernel.proposals import (
    Proposal,
    confirm,
    decline,
    get_proposal,
    propose,
)
from market.kernel.refusal import insist
from market.ledger.booking import hold, post, void
from market.ledger.rules import Place, Purpose, Why
from market.payments.commands import owe
from market.payments.models import Deposit, Obligation
from market.payments.rules import (
    FORFEIT,
    MOVES,
    REFUND,
    PaymentRefusal,
    apply_refusal,
    decide_refusal,
    forfeit_refusal,
    move_refusal,
)
from market.payments.settling import send_all_back, settle, spend
from market.payments.sheet import (
    DepositStatus,
    ObligationKind,
    ObligationStatus,
    Owed,
    PayoutReason,
    Share,
    ShareKind,
)
from market.payments.splitting import WHOLE, Claim, forfeit_terms, forfeited


def ask_deposit(
    session: Session,
    party_id: int,
    subject: Ref,
    amount: Money,
    title: str,
    due_on: date,
    *,
    by: Actor,
    at: datetime,
    settles_at: datetime | None = None,
) -> Deposit:
    """Ask a party for a deposit for one subject, decided at ``settles_at``; one at a time."""
    own = Share(ShareKind.DEPOSIT, WHOLE, party_id)
    owed = Owed(
        ObligationKind.DEPOSIT,
        party_id,
        None,
        amount,
        subject,
        title,
        due_on,
        shares=(own,),
        settles_at=settles_at,
    )
    obligation = owe(session, owed, by=by, at=at)
    deposit = Deposit(
        obligation_id=obligation.id,
        party_id=party_id,
        subject_kind=subject[0],
        subject_id=subject[1],
        status=DepositStatus.DUE,
    )
    with witness(session, PaymentRefusal.DEPOSIT_EXISTS):
        session.add(deposit)
    _record(session, "deposit.asked", deposit, by, at)
    return deposit


def hold_deposit(session: Session, deposit_id: int, *, by: Actor, at: datetime) -> Deposit:
    """Freeze a received deposit for its subject (冻结)."""
    deposit = _locked(session, deposit_id)
    insist(move_refusal(deposit.status, "hold"))
    own, credit = _places(deposit)
    frozen = hold(
        session,
        {own: -deposit.amount, credit: deposit.amount},
        key=f"hold-of-deposit-{deposit.id}",
        why=Why.HOLD,
        on=("deposit", deposit.id),
        at=at,
    )
    deposit.status, deposit.hold_id, deposit.held_at = DepositStatus.HELD, frozen.id, at
    _record(session, "deposit.held", deposit, by, at)
    return deposit


def apply_deposit(
    session: Session, deposit_id: int, obligation_id: int, *, by: Actor, at: datetime
) -> Deposit:
    """Pay what its party owes out of a held deposit (抵作价款); what is over goes back."""
    due = lock(session, Obligation, obligation_id)
    deposit = _locked(session, deposit_id)
    insist(apply_refusal(deposit.status, deposit.party_id, deposit.amount, due.due))
    paid = _release(session, deposit, due, at)
    _end(deposit, "apply", "applied", at)
    _record(session, "deposit.applied", deposit, by, at, obligation=due.id, paid=paid.minor)
    return deposit


def _release(session: Session, deposit: Deposit, due: Obligation, at: datetime) -> Money:
    assert deposit.hold_id is not None, "the rule saw it held"
    post(session, deposit.hold_id, at=at)
    key = f"settlement-of-deposit-{deposit.id}"
    paid = settle(session, due, deposit.amount, key=key, at=at)
    if deposit.amount > paid:
        rest = deposit.amount - paid
        _, credit = _places(deposit)
        send_all_back(
            session,
            deposit.obligation,
            credit,
            rest,
            PayoutReason.MORE_THAN_DUE,
            at=at,
            deposit=deposit,
        )
    return paid


def refund_deposit(
    session: Session, deposit_id: int, why: str, *, by: Actor, at: datetime
) -> Deposit:
    """Send a deposit back, by the rules of what it was for: within a day, with proof (3.2)."""
    deposit = _locked(session, deposit_id)
    insist(move_refusal(deposit.status, "refund"))
    return _refunded(session, deposit, why, by=by, at=at)


def _refunded(
    session: Session, deposit: Deposit, why: str, *, by: Actor, at: datetime, **facts: object
) -> Deposit:
    if deposit.status is DepositStatus.HELD:
        assert deposit.hold_id is not None, "held by a transfer"
        void(session, deposit.hold_id, at=at)
    own, _ = _places(deposit)
    send_all_back(
        session,
        deposit.obligation,
        own,
        deposit.amount,
        PayoutReason.DEPOSIT_BACK,
        at=at,
        deposit=deposit,
    )
    _end(deposit, "refund", why, at)
    _record(session, "deposit.refunded", deposit, by, at, why=why, **facts)
    return deposit


def lapse_deposit(
    session: Session, deposit_id: int, why: str, *, by: Actor, at: datetime
) -> Deposit:
    """Ask no more for a deposit that was not paid; what came of it, or comes yet, goes back."""
    deposit = _locked(session, deposit_id)
    insist(move_refusal(deposit.status, "lapse"))
    obligation = deposit.obligation
    if obligation.paid.minor:
        own, _ = _places(deposit)
        send_all_back(
            session,
            obligation,
            own,
            obligation.paid,
            PayoutReason.DEPOSIT_BACK,
            at=at,
            deposit=deposit,
        )
    obligation.status = ObligationStatus.CANCELLED
    obligation.cancelled_at, obligation.cancelled_why = at, why
    _end(deposit, "lapse", why, at)
    _record(session, "deposit.lapsed", deposit, by, at, why=why)
    return deposit


# ── two persons (rows 32 and 33) ─────────────────────────────────────────────────────────────────


def propose_refund(
    session: Session, deposit_id: int, why: str, *, by: Actor, at: datetime
) -> Proposal:
    """Propose, by hand, that a deposit goes back."""
    deposit = _locked(session, deposit_id)
    insist(decide_refusal(by, REFUND, deposit.status, "refund", at))
    proposal = propose(
        session, REFUND, _subject(deposit), {"why": why}, stood=_stood(deposit), by=by, at=at
    )
    _record(session, "deposit.refund-proposed", deposit, by, at, why=why)
    return proposal


def confirm_refund(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Deposit:
    """Send a deposit back as another person proposed."""
    proposal = get_proposal(session, proposal_id, REFUND)
    deposit = _locked(session, int(proposal.subject_id))
    insist(decide_refusal(by, REFUND, deposit.status, "refund", at))
    told = confirm(session, proposal, stood=_stood(deposit), by=by, at=at)
    return _refunded(
        session, deposit, str(told["why"]), by=by, at=at, proposed_by=proposal.proposed_by
    )


def propose_forfeit(
    session: Session,
    deposit_id: int,
    claims: Sequence[Claim],
    rest_to: int | None,
    why: str,
    *,
    by: Actor,
    at: datetime,
) -> Proposal:
    """Propose that a held deposit is forfeited: claims in the law's order, then the rest (AUC-26).

    ``rest_to`` is the party that gets what remains; None is the market.
    """
    deposit = _locked(session, deposit_id)
    takers = {rest_to, *(claim.party_id for claim in claims)}
    insist(forfeit_refusal(by, deposit.status, deposit.party_id, takers, at))
    terms = {
        "why": why,
        "rest_to": rest_to,
        "claims": [[c.kind.value, c.party_id, c.amount.minor] for c in claims],
    }
    proposal = propose(
        session, FORFEIT, _subject(deposit), terms, stood=_stood(deposit), by=by, at=at
    )
    _record(session, "deposit.forfeit-proposed", deposit, by, at, why=why)
    return proposal


def confirm_forfeit(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Deposit:
    """Divide a forfeited deposit as another person proposed (没收)."""
    proposal = get_proposal(session, proposal_id, FORFEIT)
    deposit = _locked(session, int(proposal.subject_id))
    insist(decide_refusal(by, FORFEIT, deposit.status, "forfeit", at))
    told = confirm(session, proposal, stood=_stood(deposit), by=by, at=at)
    assert deposit.hold_id is not None, "the rule saw it held"
    post(session, deposit.hold_id, at=at)
    parts = forfeited(deposit.amount, *forfeit_terms(told, deposit.obligation.currency))
    key, on = f"forfeit-of-deposit-{deposit.id}", ("deposit", deposit.id)
    spend(session, deposit.party_id, parts, key, Why.FORFEIT, on, at)
    why = str(told["why"])
    _end(deposit, "forfeit", why, at)
    first = proposal.proposed_by
    _record(session, "deposit.forfeited", deposit, by, at, why=why, proposed_by=first)
    return deposit


def decline_deposit_proposal(
    session: Session, proposal_id: int, *, by: Actor, at: datetime
) -> Deposit:
    """Take one's own proposal about a deposit back, or reject another's."""
    proposal = get(session, Proposal, proposal_id)
    act = FORFEIT if proposal.act == FORFEIT.name else REFUND
    proposal = get_proposal(session, proposal_id, act)
    deposit = _locked(session, int(proposal.subject_id))
    insist(decide_refusal(by, act, None, "", at))
    outcome = decline(session, proposal, by=by, at=at)
    facts = {"outcome": outcome.value, "proposed_by": proposal.proposed_by}
    _record(session, "deposit.proposal-declined", deposit, by, at, **facts)
    return deposit


# ── steps ────────────────────────────────────────────────────────────────────────────────────────


def _locked(session: Session, deposit_id: int) -> Deposit:
    """The obligation first, then its deposit: the order of locks of all that moves money."""
    lock(session, Obligation, get(session, Deposit, deposit_id).obligation_id)
    return lock(session, Deposit, deposit_id)


def _places(deposit: Deposit) -> tuple[Place, Place]:
    return Place(Purpose.DEPOSIT, deposit.party_id), Place(Purpose.CREDIT, deposit.party_id)


def _end(deposit: Deposit, move: str, why: str, at: datetime) -> None:
    deposit.status = MOVES[deposit.status, move]
    deposit.ended_at, deposit.ended_why = at, why


def _subject(deposit: Deposit) -> tuple[str, str]:
    return "deposit", str(deposit.id)


def _stood(deposit: Deposit) -> object:
    return [deposit.status.value, deposit.amount.minor]


def _record(
    session: Session, act: str, deposit: Deposit, by: Actor, at: datetime, **facts: object
) -> None:
    on, thread = ("deposit", deposit.id), ("obligation", deposit.obligation_id)
    told = {"amount": deposit.amount.minor, "currency": deposit.obligation.currency, **facts}
    record(session, act, by=by, at=at, thread=thread, on=on, **told)
