"""Asking gateways: read what is to be asked, call outside any transaction, note the answer.

The writer's lock is never held during a call (promises 3.6). Where the line breaks nothing is
known (``Unsure``): the row keeps waiting, and the reconciler asks again under the same key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import ColumnElement, select

from market.kernel.authority import NOBODY
from market.kernel.db import Database, breaks_uniqueness, get
from market.payments.gateway_commands import decline_payment, note_fact
from market.payments.gateway_models import GatewayEvent, Payment
from market.payments.gateways import (
    KEYS_LAST,
    Channel,
    Declined,
    Fact,
    Gateway,
    Intent,
    Mismatch,
    RefundFact,
    Stage,
)
from market.payments.payout_commands import fail_payout, note_refund
from market.payments.payout_models import Payout
from market.payments.sheet import Wanted
from market.payments.webhooks import Notice

Gateways = Mapping[Channel, Gateway]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Counter:
    """The desk at which gateways are asked: them, the way back for payers, the clock."""

    database: Database
    gateways: Gateways
    back: str
    clock: Clock

    def gateway(self, channel: Channel) -> Gateway | None:
        """The gateway of a channel, where it is offered here."""
        return self.gateways.get(channel)


def ask_payment(counter: Counter, payment_id: int) -> Fact | None:
    """Ask for the next step of a payment and note the answer; ``Unsure`` where there is none."""
    with counter.database.reading() as s:
        payment = get(s, Payment, payment_id)
        gateway = counter.gateway(payment.channel)
        intent = intent_of(payment, counter.back)
        stage, external_id, wanted = payment.stage, payment.external_id, payment.wanted
        asked_at = payment.requested_at
    if gateway is None:
        return None
    try:
        fact = _step(gateway, intent, external_id, stage, wanted, counter.clock() - asked_at)
    except Declined as no:
        if external_id is not None:
            raise
        code = no.code
        _note(counter, lambda s, at: decline_payment(s, payment_id, code, by=NOBODY, at=at))
        return None
    if fact is None:
        _note(counter, lambda s, at: decline_payment(s, payment_id, "unknown", by=NOBODY, at=at))
        return None
    _note(counter, lambda s, at: note_fact(s, payment_id, fact, by=NOBODY, at=at))
    return fact


def _step(
    gateway: Gateway,
    intent: Intent,
    external_id: str | None,
    stage: Stage,
    wanted: Wanted | None,
    age: timedelta,
) -> Fact | None:
    """What the gateway says after the next step; None where it never heard of the payment."""
    if external_id is None:
        fact = gateway.open(intent) if age < KEYS_LAST else gateway.find(intent.key)
        if fact is None or wanted is None:
            return fact
        external_id, stage = fact.external_id, fact.stage
    if wanted is Wanted.CAPTURE and stage is Stage.AUTHORISED:
        return gateway.capture(external_id, intent.amount, intent.key)
    if wanted is Wanted.CANCEL and stage is not Stage.SUCCEEDED:
        try:
            return gateway.cancel(external_id, intent.key)
        except Declined:  # it was charged meanwhile, or given up: that is what it says now
            return gateway.look(external_id)
    return gateway.look(external_id)


def intent_of(payment: Payment, back: str) -> Intent:
    """What is asked of a gateway: all of it from our own books (P-27)."""
    return Intent(
        key=payment.key,
        amount=payment.amount,
        reference=payment.obligation.reference,
        capture=payment.capture,
        words=payment.obligation.title,
        return_url=f"{back}/money/obligations/{payment.obligation_id}",
    )


def ask_refund(counter: Counter, payout_id: int) -> RefundFact | None:
    """Ask for a refund, or how it stands, and note the answer."""
    with counter.database.reading() as s:
        payout = get(s, Payout, payout_id)
        assert payout.receipt is not None, "a gateway only sends back"
        assert payout.receipt.payment_id is not None, "what came through a gateway has its payment"
        gateway = counter.gateway(payout.channel)
        key, amount, own_id = payout.key, payout.amount, payout.external_id
        payment_id = get(s, Payment, payout.receipt.payment_id).external_id
        ordered_at = payout.ordered_at
    if gateway is None or payment_id is None:
        return None
    fact: RefundFact | None
    try:
        if own_id is not None:
            fact = gateway.look_refund(own_id)
        elif counter.clock() - ordered_at < KEYS_LAST:
            fact = gateway.refund(payment_id, amount, key)
        else:
            fact = next((each for each in gateway.refunds(payment_id) if each.key == key), None)
    except Declined as no:
        why = no.code
        fact = next((each for each in gateway.refunds(payment_id) if each.key == key), None)
        if fact is None:
            _note(counter, lambda s, at: fail_payout(s, payout_id, why, by=NOBODY, at=at))
            return None
    if fact is not None:
        found = fact
        _note(counter, lambda s, at: note_refund(s, payout_id, found, by=NOBODY, at=at))
    return fact


def _note(counter: Counter, write: Callable[..., object]) -> None:
    with counter.database.transaction() as session:
        write(session, counter.clock())


# ── notices ──────────────────────────────────────────────────────────────────────────────────────


class Heard(Enum):
    """What became of a notice."""

    NOTED = "noted"
    SEEN = "seen-before"
    IGNORED = "ignored"
    MISMATCH = "mismatch"


def hear(counter: Counter, notice: Notice, wrong: Mismatch | None) -> str:
    """Take a signed notice as a bell: ask how things stand now, note that, remember the bell.

    One of another account or mode is kept for somebody to look at, and nothing is booked from it.
    """
    with counter.database.reading() as s:
        if s.scalar(select(GatewayEvent.id).where(*_same(notice))) is not None:
            return Heard.SEEN.value
    heard = Heard.MISMATCH if wrong else Heard.IGNORED
    if wrong is None and (notice.payment or notice.refund):
        heard = _ask_about(counter, notice.payment, notice.refund)
    with counter.database.transaction() as s:
        event = GatewayEvent(
            channel=Channel.STRIPE,
            external_id=notice.event_id,
            kind=notice.kind[:64],
            outcome=heard.value,
            received_at=counter.clock(),
        )
        with breaks_uniqueness(s):
            s.add(event)
    return heard.value


def _same(notice: Notice) -> tuple[ColumnElement[bool], ...]:
    return GatewayEvent.channel == Channel.STRIPE, GatewayEvent.external_id == notice.event_id


def _ask_about(counter: Counter, payment: str, refund: str) -> Heard:
    gateway = counter.gateways[Channel.STRIPE]
    if payment and look_again(counter, gateway, payment) is None:
        return Heard.IGNORED
    if refund:
        look_again_refund(counter, gateway, refund)
    return Heard.NOTED


def look_again(counter: Counter, gateway: Gateway, external_id: str) -> Fact | None:
    """Ask how a payment stands and note it; None where it is none of ours."""
    fact = gateway.look(external_id)
    with counter.database.transaction() as s:
        payment = s.scalars(select(Payment).where(Payment.key == fact.key)).first()
        if payment is None:
            return None
        note_fact(s, payment.id, fact, by=NOBODY, at=counter.clock())
    return fact


def look_again_refund(counter: Counter, gateway: Gateway, external_id: str) -> RefundFact | None:
    """Ask how a refund stands and note it; None where it is none of ours."""
    fact = gateway.look_refund(external_id)
    with counter.database.transaction() as s:
        payout = s.scalars(select(Payout).where(Payout.key == fact.key)).first()
        if payout is None:
            return None
        note_refund(s, payout.id, fact, by=NOBODY, at=counter.clock())
    return fact
