"""What Stripe's objects say, as facts: pure reading, of values that the library typed.

What does not apply Stripe leaves out, so a part that may be missing is read by ``_part``; a part
that must be there and is not raises one of ``UNREADABLE``.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import stripe

from market.kernel.money import Money
from market.payments.gateways import Fact, Movement, MovementKind, RefundFact, RefundStage, Stage

UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
STAGES = {
    "requires_payment_method": Stage.ACTION,
    "requires_confirmation": Stage.ACTION,
    "requires_action": Stage.ACTION,
    "processing": Stage.REQUESTED,
    "requires_capture": Stage.AUTHORISED,
    "succeeded": Stage.SUCCEEDED,
    "canceled": Stage.CANCELLED,
}
REFUND_STAGES = {
    "pending": RefundStage.PENDING,
    "requires_action": RefundStage.PENDING,
    "succeeded": RefundStage.SUCCEEDED,
    "failed": RefundStage.FAILED,
    "canceled": RefundStage.FAILED,
}
KINDS = {
    "charge": MovementKind.PAYMENT,
    "payment": MovementKind.PAYMENT,
    "refund": MovementKind.REFUND,
    "payment_refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND_BACK,
    "dispute": MovementKind.DISPUTE,
    "dispute_reversal": MovementKind.DISPUTE_BACK,
    "stripe_fee": MovementKind.FEE,
    "payout": MovementKind.PAYOUT,
    "payout_cancel": MovementKind.PAYOUT,
    "payout_failure": MovementKind.PAYOUT,
}


def read_payment(
    intent: stripe.PaymentIntent,
    refunds: Sequence[stripe.Refund],
    disputes: Sequence[stripe.Dispute],
    *,
    account: str,
    market: str,
) -> Fact:
    """A payment with its newest charge in it, its refunds and its disputes, as one fact."""
    currency = intent.currency.upper()
    return Fact(
        external_id=intent.id,
        key=_own_key(intent.metadata, market),
        stage=STAGES[intent.status],
        amount=Money(intent.amount, currency),
        capturable=Money(intent.amount_capturable, currency),
        received=Money(intent.amount_received, currency),
        refunded=Money(sum(each.amount for each in refunds if _went_back(each)), currency),
        disputed=Money(sum(each.amount for each in disputes if _taken_back(each)), currency),
        live=intent.livemode,
        account=account,
        capture_before=_capture_before(intent),
        client_secret=intent.client_secret or "",
        why=_why(intent),
    )


def read_refund(refund: stripe.Refund, *, market: str) -> RefundFact:
    """A refund as a fact."""
    return RefundFact(
        external_id=refund.id,
        key=_own_key(refund.metadata, market),
        amount=Money(refund.amount, refund.currency.upper()),
        stage=REFUND_STAGES[str(refund.status)],
        payment=id_of(refund.payment_intent),
        why=text_of(refund, "failure_reason"),
    )


def read_movement(line: stripe.BalanceTransaction) -> Movement:
    """A balance transaction, with its source in it, as a movement."""
    currency, source = line.currency.upper(), line.source
    payment = id_of(_part(source, "payment_intent"))
    told = line.reporting_category if line.type == "adjustment" else line.type
    return Movement(
        external_id=line.id,
        kind=KINDS.get(told, MovementKind.OTHER),
        amount=Money(line.amount, currency),
        fee=Money(line.fee, currency),
        source=payment if payment and isinstance(source, stripe.Charge) else id_of(source),
        payment=payment,
        at=datetime.fromtimestamp(line.created, UTC),
    )


def charge_of(intent: stripe.PaymentIntent) -> stripe.Charge | None:
    """The newest charge, where it was asked for with the payment."""
    return intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None


def id_of(thing: Any) -> str:
    """The id of what is named by it, or lies there whole."""
    whole = isinstance(thing, stripe.StripeObject)
    return text_of(thing, "id") if whole else str(thing or "")


def text_of(thing: Any, name: str) -> str:
    """A text that may be missing."""
    return str(_part(thing, name) or "")


def _part(thing: Any, name: str) -> Any:
    return getattr(thing, name, None)


def _own_key(metadata: Any, market: str) -> str:
    """Our own id, where it was this market that asked."""
    said: Mapping[str, str] = metadata.to_dict() if metadata else {}
    return said.get("key", "") if said.get("market") == market else ""


def _went_back(refund: stripe.Refund) -> bool:
    """Stripe counts a hold that was set free as a refund too, but no money moved then."""
    failed = REFUND_STAGES[str(refund.status)] is RefundStage.FAILED
    return bool(refund.balance_transaction) and not failed


def _taken_back(dispute: stripe.Dispute) -> bool:
    """An inquiry takes nothing; a dispute that was won has given it back."""
    return sum(line.amount for line in dispute.balance_transactions) < 0


def _capture_before(intent: stripe.PaymentIntent) -> datetime | None:
    card = _part(_part(charge_of(intent), "payment_method_details"), "card")
    until = _part(card, "capture_before")
    return datetime.fromtimestamp(until, UTC) if until and intent.amount_capturable else None


def _why(intent: stripe.PaymentIntent) -> str:
    if intent.status == "canceled":
        return text_of(intent, "cancellation_reason")
    error = _part(intent, "last_payment_error")
    return text_of(error, "decline_code") or text_of(error, "code")
