"""The matching desk: one person says what a waiting line is, another releases it."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.bank.booking import BANK, UNEXPLAINED, UNMATCHED, on_line, proof_of, receive_line
from market.bank.models import StatementLine
from market.bank.rules import MATCH, BankRefusal, LineStatus, Use, explain_refusal
from market.kernel import proposals
from market.kernel.authority import Actor, who_refusal
from market.kernel.db import lock
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.proposals import Proposal, get_proposal
from market.kernel.refusal import Refusal, insist
from market.ledger.booking import hold, move, reverse
from market.ledger.rules import Place, Purpose, Why
from market.parties.models import Party
from market.payments.models import Obligation
from market.payments.payout_commands import prove_payout
from market.payments.payout_models import Payout


def propose_match(
    session: Session,
    line_id: int,
    use: Use,
    target: int | None,
    why: str,
    *,
    by: Actor,
    at: datetime,
) -> Proposal:
    """Propose what a waiting line is; ``target`` numbers what it is for."""
    line = lock(session, StatementLine, line_id)
    _insist(session, line, use, target, by, at)
    proposal = proposals.propose(
        session,
        MATCH,
        ("bank-line", str(line.id)),
        {"use": use.value, "target": target if use.named else None, "why": why},
        stood=line.stands,
        by=by,
        at=at,
    )
    _record(session, "bank.match-proposed", line, by, at, use=use.value)
    return proposal


def release_match(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> StatementLine:
    """Release, as another person, exactly what was proposed: the line is explained by it."""
    insist(who_refusal(MATCH, by, at))
    proposal = get_proposal(session, proposal_id, MATCH)
    line = lock(session, StatementLine, int(proposal.subject_id))
    proposal = lock(session, Proposal, proposal.id)
    told = proposals.confirm(session, proposal, stood=line.stands, by=by, at=at)
    use, target = Use.of(str(told["use"])), proposals.number(told["target"])
    _insist(session, line, use, target, by, at)
    _explain(session, line, use, target, by, at)
    line.status = LineStatus.RETURNING if use is Use.RETURN else LineStatus.DONE
    line.use, line.explained_at = use, at
    _record(session, "bank.match-released", line, by, at, use=use.value)
    return line


def decline_match(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Proposal:
    """Take one's own proposal back, or reject another's: the line waits on."""
    insist(who_refusal(MATCH, by, at))
    proposal = get_proposal(session, proposal_id, MATCH)
    line = lock(session, StatementLine, int(proposal.subject_id))
    proposal = lock(session, Proposal, proposal.id)
    outcome = proposals.decline(session, proposal, by=by, at=at)
    _record(session, "bank.match-declined", line, by, at, outcome=outcome.value)
    return proposal


def _insist(
    session: Session, line: StatementLine, use: Use, target: int | None, by: Actor, at: datetime
) -> None:
    refusal = explain_refusal(
        by, line.status, use, target, at, came=line.came, account=line.counterparty_account
    )
    insist(refusal, "target" if refusal is BankRefusal.NO_TARGET else "use")
    insist(_target_refusal(session, line, use, target), "target")


def _target_refusal(
    session: Session, line: StatementLine, use: Use, target: int | None
) -> Refusal | None:
    """What the number leads to must be there, in the line's currency and, going out, its amount."""
    if use is Use.OBLIGATION:
        obligation = session.get(Obligation, target)
        fits = obligation is not None and obligation.currency == line.currency
        return None if fits else BankRefusal.NO_SUCH
    if use is Use.CREDIT:
        return None if session.get(Party, target) is not None else BankRefusal.NO_SUCH
    if use is Use.PAYOUT:
        payout = session.get(Payout, target)
        if payout is None:
            return BankRefusal.NO_SUCH
        return None if payout.amount == -line.amount and not payout.ended else BankRefusal.OTHER_SUM
    return None


def _explain(
    session: Session, line: StatementLine, use: Use, target: int | None, by: Actor, at: datetime
) -> None:
    """Book what the line is."""
    if use is Use.OBLIGATION:
        line.obligation_id = lock(session, Obligation, target).id
        receive_line(session, line, line.obligation_id, by=by, at=at)
    elif use is Use.PAYOUT:
        line.payout_id = lock(session, Payout, target).id
        assert line.transfer_id is not None, "a waiting line is booked"
        reverse(session, line.transfer_id, at=at)
        prove_payout(session, line.payout_id, proof_of(line), by=by, at=at)
    elif use is Use.RETURN:
        legs = {UNMATCHED: -line.amount, BANK: line.amount}
        key = f"return-of-bank-line-{line.id}"
        line.hold_id = hold(session, legs, key=key, why=Why.REFUND, on=on_line(line), at=at).id
    else:
        line.party_id = target if use is Use.CREDIT else None
        key = f"{use.value}-of-bank-line-{line.id}"
        why = Why.CHARGE if use is Use.CHARGE else Why.MATCH
        move(session, _legs(line.amount, use, target), key=key, why=why, on=on_line(line), at=at)


def _legs(amount: Money, use: Use, target: int | None) -> dict[Place, Money]:
    """From where it waits to what it is."""
    if use is Use.CHARGE:
        return {UNEXPLAINED: -amount, Place(Purpose.COSTS): amount}
    if use is Use.CREDIT:
        to = Place(Purpose.CREDIT, target)
    else:
        to = UNEXPLAINED if use is Use.ANSWERS else Place(Purpose.FEES)
    return {UNMATCHED: -amount, to: amount}


def _record(
    session: Session, act: str, line: StatementLine, by: Actor, at: datetime, **facts: str
) -> None:
    record(
        session,
        act,
        by=by,
        at=at,
        thread=on_line(line),
        on=None,
        amount=line.amount_minor,
        currency=line.currency,
        **facts,
    )
