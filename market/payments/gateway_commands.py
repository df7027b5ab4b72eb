"""Paying through a gateway: asked for, noted as the gateway tells it, booked once.

An answer, a webhook and the reconciler's look are three notices of one fact (promises 3.6); each
comes here, in any order and any number, and leaves the same money in the same place.
"""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.db import get, lock, witness
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.refusal import insist
from market.ledger.booking import hold, move, post, void
from market.ledger.models import Transfer
from market.ledger.rules import Place, Purpose, Why
from market.payments.gateway_models import Payment
from market.payments.gateways import (
    Fact,
    Gateway,
    Stage,
    capture_for,
    mismatch,
)
from market.payments.models import Obligation
from market.payments.queries import find_waiting
from market.payments.rules import PaymentRefusal, give_up_refusal, pay_refusal
from market.payments.settling import Route, receive
from market.payments.sheet import Wanted, outside


def begin_payment(
    session: Session,
    obligation_id: int,
    gateway: Gateway | None,
    *,
    by: Actor,
    at: datetime,
) -> Payment:
    """Store what the gateway is to be asked: all that is due, from our own books (P-27).

    A payment of the same obligation by the same channel that still waits is gone on with. A card is
    held and not charged only for a deposit that is decided soon (promises 0.10).
    """
    obligation = lock(session, Obligation, obligation_id)
    takes = gateway is not None and gateway.takes(obligation.remaining)
    refusal = pay_refusal(by, obligation.due, at, offered=gateway is not None, takes=takes)
    insist(refusal)
    assert gateway is not None, "the rule saw one"
    waiting = find_waiting(session, obligation.id)
    if waiting is not None and waiting.channel is gateway.channel and waiting.wanted is None:
        return waiting
    payment = Payment(
        key=f"payment-{secrets.token_hex(12)}",
        obligation_id=obligation.id,
        channel=gateway.channel,
        live=gateway.live,
        account=gateway.account,
        capture=capture_for(obligation.settles_at, at),
        amount_minor=obligation.remaining.minor,
        currency=obligation.currency,
        stage=Stage.REQUESTED,
        requested_at=at,
        known_at=at,
        disputed_minor=0,
        why="",
    )
    with witness(session, PaymentRefusal.PAYMENT_WAITS):
        session.add(payment)
    _record(session, "payment.requested", payment, by, at, amount=payment.amount_minor)
    return payment


def give_up_payment(session: Session, payment_id: int, *, by: Actor, at: datetime) -> Payment:
    """Decide, as the debtor, that a payment under way is not wanted; the gateway is told next."""
    payment = _locked(session, payment_id)
    insist(give_up_refusal(by, payment.obligation.due, payment.stage, at))
    payment.wanted = Wanted.CANCEL
    _record(session, "payment.given-up", payment, by, at)
    return payment


def want_capture(session: Session, payment_id: int, *, by: Actor, at: datetime) -> Payment:
    """Decide that money which is only authorised is to be charged; the gateway is told next."""
    payment = _locked(session, payment_id)
    insist(None if payment.stage is Stage.AUTHORISED else PaymentRefusal.PAYMENT_OVER)
    payment.wanted = Wanted.CAPTURE
    _record(session, "payment.capture-wanted", payment, by, at)
    return payment


def want_release(session: Session, payment_id: int, *, by: Actor, at: datetime) -> Payment:
    """Decide that money which is only authorised is set free; the gateway is told next."""
    payment = _locked(session, payment_id)
    insist(None if payment.waits else PaymentRefusal.PAYMENT_OVER)
    payment.wanted = Wanted.CANCEL
    _record(session, "payment.release-wanted", payment, by, at)
    return payment


def note_fact(session: Session, payment_id: int, fact: Fact, *, by: Actor, at: datetime) -> Payment:
    """Take notice of what a gateway says of a payment, and book what of it is new.

    What contradicts our own record (another amount, currency, account or mode) is noted for
    somebody to look at, and nothing is booked from it.
    """
    payment = _locked(session, payment_id)
    wrong = mismatch(
        fact,
        key=payment.key,
        amount=payment.amount,
        live=payment.live,
        account=payment.account,
    )
    if wrong is not None:
        return _doubted(session, payment, wrong.value, by, at)
    if payment.external_id is None:
        payment.external_id = fact.external_id
    before = (payment.stage, payment.disputed_minor)
    _advance(session, payment, fact, at)
    _dispute(session, payment, fact, at)
    if before != (payment.stage, payment.disputed_minor):
        payment.known_at = at
        stage, amount, currency = payment.stage.value, payment.amount_minor, payment.currency
        said = {"stage": stage, "amount": amount, "currency": currency}
        _record(session, "payment.noted", payment, by, at, **said)
    elif session.is_modified(payment):
        _record(session, "payment.known", payment, by, at)
    return payment


def decline_payment(
    session: Session, payment_id: int, code: str, *, by: Actor, at: datetime
) -> Payment:
    """Note that the gateway would not begin a payment: it is over, and nothing was taken."""
    payment = _locked(session, payment_id)
    insist(None if payment.stage is Stage.REQUESTED else PaymentRefusal.PAYMENT_OVER)
    payment.stage, payment.why, payment.known_at, payment.wanted = Stage.FAILED, code, at, None
    _record(session, "payment.declined", payment, by, at, code=code)
    return payment


def _doubted(session: Session, payment: Payment, why: str, by: Actor, at: datetime) -> Payment:
    marked = f"mismatch: {why}"
    if payment.why != marked:
        payment.why = marked
        _record(session, "payment.mismatched", payment, by, at, why=why)
    return payment


# What is over begins to wait again for nothing but money: another payment may wait in its place.
_RANK = {
    Stage.REQUESTED: 0,
    Stage.ACTION: 1,
    Stage.AUTHORISED: 2,
    Stage.FAILED: 3,
    Stage.CANCELLED: 3,
    Stage.SUCCEEDED: 4,
}


def _advance(session: Session, payment: Payment, fact: Fact, at: datetime) -> None:
    """Go on to what the fact says; what is older than what is known says nothing new."""
    if _RANK[fact.stage] < _RANK[payment.stage] or fact.stage is payment.stage:
        return
    if fact.stage is Stage.AUTHORISED:
        payment.hold_id = hold(
            session,
            _legs(payment, fact.capturable),
            key=f"{payment.key}-hold",
            why=Why.RECEIPT,
            on=("obligation", payment.obligation_id),
            at=at,
        ).id
        payment.capture_before = fact.capture_before
    elif fact.stage is Stage.SUCCEEDED:
        _book(session, payment, fact.received, at)
    elif payment.hold_id is not None and payment.stage is Stage.AUTHORISED:
        void(session, payment.hold_id, at=at)
    payment.stage, payment.why = fact.stage, fact.why
    if not payment.waits:
        payment.wanted = None
    session.flush()


def _book(session: Session, payment: Payment, received: Money, at: datetime) -> None:
    """Money came: what was authorised is booked, or what was charged of it."""
    transfer: Transfer | None = None
    if payment.hold_id is not None and payment.stage is Stage.AUTHORISED:
        whole = received == payment.amount
        end = post if whole else void
        ended = end(session, payment.hold_id, at=at)
        transfer = ended if whole else None
    if transfer is None:
        transfer = move(
            session,
            _legs(payment, received),
            key=f"{payment.key}-receipt",
            why=Why.RECEIPT,
            on=("obligation", payment.obligation_id),
            at=at,
        )
    receive(
        session,
        payment.obligation,
        transfer,
        received,
        Route(payment.channel),
        at=at,
        payment=payment,
    )


def _dispute(session: Session, payment: Payment, fact: Fact, at: datetime) -> None:
    """What the payer's bank took back is claimed from the payer; what it gave back is not."""
    change = fact.disputed.minor - payment.disputed_minor
    if change == 0 or payment.stage is not Stage.SUCCEEDED:
        return
    taken = Money(change, payment.currency)
    claim = Place(Purpose.CLAIM, payment.obligation.debtor_id)
    key = f"{payment.key}-dispute-{payment.disputed_minor}-{fact.disputed.minor}"
    move(
        session,
        {outside(payment.channel): taken, claim: -taken},
        key=f"{key}-{at.timestamp():.6f}",
        why=Why.DISPUTE,
        on=("obligation", payment.obligation_id),
        at=at,
    )
    payment.disputed_minor = fact.disputed.minor


def _legs(payment: Payment, amount: Money) -> dict[Place, Money]:
    credit = Place(Purpose.CREDIT, payment.obligation.debtor_id)
    return {outside(payment.channel): -amount, credit: amount}


def _locked(session: Session, payment_id: int) -> Payment:
    lock(session, Obligation, get(session, Payment, payment_id).obligation_id)
    return lock(session, Payment, payment_id)


def _record(
    session: Session, act: str, payment: Payment, by: Actor, at: datetime, **facts: object
) -> None:
    on, thread = ("payment", payment.id), ("obligation", payment.obligation_id)
    record(session, act, by=by, at=at, thread=thread, on=on, **facts)
