"""Owing, paying by bank, giving up what is owed. Each locks the obligation first, then accounts."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.db import lock
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.refusal import insist
from market.ledger.booking import move
from market.ledger.queries import balance
from market.ledger.rules import Place, Purpose, Why
from market.payments.models import Obligation, ObligationShare, Receipt
from market.payments.rules import cancel_refusal, open_refusal, use_credit_refusal
from market.payments.settling import Route, receive, settle
from market.payments.sheet import ObligationStatus, Owed


def owe(session: Session, owed: Owed, *, by: Actor, at: datetime) -> Obligation:
    """Open an obligation that an upper slice has found: its terms are frozen from here on.

    Refuses (``ValueError``) shares that do not add to the whole: a fault of the program.
    """
    terms = owed.terms
    if sum(share.weight_bp for share in terms) != 10_000:
        raise ValueError("the shares of an obligation add to 10,000 parts")
    obligation = Obligation(
        kind=owed.kind,
        debtor_id=owed.debtor_id,
        creditor_id=owed.creditor_id,
        amount_minor=owed.amount.minor,
        paid_minor=0,
        currency=owed.amount.currency,
        subject_kind=owed.subject[0],
        subject_id=owed.subject[1],
        title=owed.title,
        place=owed.place,
        of_places=owed.of,
        due_on=owed.due_on,
        settles_at=owed.settles_at,
        status=ObligationStatus.OPEN,
        opened_at=at,
        shares=[
            ObligationShare(
                place=n, kind=share.kind, party_id=share.party_id, weight_bp=share.weight_bp
            )
            for n, share in enumerate(terms)
        ],
    )
    session.add(obligation)
    session.flush()
    record(
        session,
        "payment.owed",
        by=by,
        at=at,
        thread=("obligation", obligation.id),
        kind=owed.kind.value,
        debtor=owed.debtor_id,
        creditor=owed.creditor_id,
        amount=owed.amount.minor,
        currency=owed.amount.currency,
        due_on=owed.due_on.isoformat(),
    )
    return obligation


def cancel_obligation(
    session: Session, obligation_id: int, why: str, *, by: Actor, at: datetime
) -> Obligation:
    """Cancel what nobody has paid anything of; money that comes later goes back (P-26)."""
    obligation = lock(session, Obligation, obligation_id)
    insist(cancel_refusal(obligation.due))
    obligation.status = ObligationStatus.CANCELLED
    obligation.cancelled_at, obligation.cancelled_why = at, why
    record(
        session,
        "payment.cancelled",
        by=by,
        at=at,
        thread=("obligation", obligation.id),
        why=why,
    )
    return obligation


def cancel_rest(
    session: Session, obligation_id: int, why: str, *, by: Actor, at: datetime
) -> Obligation:
    """Ask no more for what is still unpaid; what was paid stays paid, what comes yet goes back."""
    obligation = lock(session, Obligation, obligation_id)
    insist(open_refusal(obligation.due))
    rest = obligation.remaining
    obligation.status = ObligationStatus.CANCELLED
    obligation.cancelled_at, obligation.cancelled_why = at, why
    record(
        session,
        "payment.rest-cancelled",
        by=by,
        at=at,
        thread=("obligation", obligation.id),
        why=why,
        amount=rest.minor,
        currency=rest.currency,
    )
    return obligation


def receive_transfer(
    session: Session,
    obligation_id: int,
    amount: Money,
    route: Route,
    *,
    key: str,
    by: Actor,
    at: datetime,
) -> Receipt:
    """Give money that lies unmatched in the bank to whom it was sent for, and settle with it.

    The statement's import has booked it as received; ``key`` names its line for ever.
    """
    obligation = lock(session, Obligation, obligation_id)
    credit = Place(Purpose.CREDIT, obligation.debtor_id)
    transfer = move(
        session,
        {Place(Purpose.UNMATCHED): -amount, credit: amount},
        key=key,
        why=Why.MATCH,
        on=("obligation", obligation.id),
        at=at,
    )
    receipt = receive(session, obligation, transfer, amount, route, at=at)
    record(
        session,
        "payment.received",
        by=by,
        at=at,
        thread=("obligation", obligation.id),
        channel=route.channel.value,
        amount=amount.minor,
        currency=amount.currency,
        remaining=obligation.remaining.minor,
    )
    return receipt


def use_credit(session: Session, obligation_id: int, *, by: Actor, at: datetime) -> Obligation:
    """Pay with what lies free on the debtor's account at the market."""
    obligation = lock(session, Obligation, obligation_id)
    place = Place(Purpose.CREDIT, obligation.debtor_id)
    free = balance(session, place, obligation.currency).available
    insist(use_credit_refusal(by, obligation.due, free, at))
    key = f"credit-for-obligation-{obligation.id}-{len(obligation.settlements)}"
    paid = settle(session, obligation, free, key=key, at=at)
    record(
        session,
        "payment.credit-used",
        by=by,
        at=at,
        thread=("obligation", obligation.id),
        amount=paid.minor,
        currency=paid.currency,
    )
    return obligation
