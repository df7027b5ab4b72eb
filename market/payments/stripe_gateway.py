"""Stripe, by its own library: what the market asks of it, and what came of what was asked.

An answer that Stripe only repeats (``Idempotent-Replayed``) shows how things stood then, so it is
followed by a look. A fault of Stripe's is repeated under its key for a day, so it is too.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import requests
import stripe

from config import Stripe
from market.kernel.money import Money
from market.payments.gateways import (
    Capture,
    Channel,
    Declined,
    Fact,
    Intent,
    Movement,
    RefundFact,
    Stage,
    Unsure,
)
from market.payments.stripe_line import (
    StripeLine,
    closed_line,
    instead,
    quoted,
    readable,
    replayed,
)
from market.payments.stripe_reading import charge_of, read_movement, read_payment, read_refund

LEAST = {"CNY": 400, "EUR": 50, "HKD": 400, "JPY": 50, "SGD": 50, "USD": 50}
"""The currencies taken, each with Stripe's smallest charge; in all of them both count alike."""
MOST = 99_999_999
MOST_WORDS = 500


class StripeGateway:
    """The account of the settings. ``market`` is our own name: a test account may serve several."""

    channel = Channel.STRIPE

    def __init__(self, settings: Stripe, market: str, line: requests.Session | None = None) -> None:
        self._market, self.live, self.account = market, settings.live, settings.account
        self._line = StripeLine(settings, line or closed_line())

    def takes(self, amount: Money) -> bool:
        """Whether Stripe charges so much in one go, in a currency that both count alike."""
        return amount.currency in LEAST and LEAST[amount.currency] <= amount.minor <= MOST

    def open(self, intent: Intent) -> Fact:
        """Create the payment; the payer's page confirms it."""
        if not self.takes(intent.amount):
            raise Declined("amount")
        try:
            created = self._create(intent)
        except Unsure as unsure:
            return instead(unsure, lambda: self.find(intent.key))
        return self.look(created.id) if replayed(created) else self._fact(created)

    def _create(self, intent: Intent) -> stripe.PaymentIntent:
        return self._line.ask(
            lambda v1: v1.payment_intents.create(
                {
                    "amount": intent.amount.minor,
                    "currency": intent.amount.currency.lower(),
                    "automatic_payment_methods": {"enabled": True},
                    "capture_method": "manual" if intent.capture is Capture.LATER else "automatic",
                    "description": f"{intent.words} ({intent.reference})"[:MOST_WORDS],
                    "metadata": {
                        "key": intent.key,
                        "market": self._market,
                        "reference": intent.reference,
                    },
                    "expand": ["latest_charge"],
                },
                {"idempotency_key": self._step(intent.key, "open")},
            )
        )

    def look(self, external_id: str) -> Fact:
        """The payment as it is now."""
        return self._fact(
            self._line.ask(
                lambda v1: v1.payment_intents.retrieve(external_id, {"expand": ["latest_charge"]})
            )
        )

    def find(self, key: str) -> Fact | None:
        """The payment that carries our own id; what was begun just now may not be found yet."""
        query = f"metadata['key']:{quoted(key)} AND metadata['market']:{quoted(self._market)}"
        found = self._line.ask(lambda v1: v1.payment_intents.search({"query": query}))
        return self.look(found.data[0].id) if found.data else None

    def capture(self, external_id: str, amount: Money, key: str) -> Fact:
        """Charge what is held, or a part of it."""
        return self._end(
            external_id,
            lambda v1: v1.payment_intents.capture(
                external_id,
                {"amount_to_capture": amount.minor, "expand": ["latest_charge"]},
                {"idempotency_key": self._step(key, "capture")},
            ),
        )

    def cancel(self, external_id: str, key: str) -> Fact:
        """Give the payment up; what was held is free again."""
        return self._end(
            external_id,
            lambda v1: v1.payment_intents.cancel(
                external_id,
                {"expand": ["latest_charge"]},
                {"idempotency_key": self._step(key, "cancel")},
            ),
        )

    def _end(
        self, external_id: str, step: Callable[[stripe.V1Services], stripe.PaymentIntent]
    ) -> Fact:
        """Take the step that ends a payment, or see that it has ended."""
        try:
            ended = self._line.ask(step)
        except Unsure as unsure:
            return instead(unsure, lambda: self._ended(external_id))
        return self.look(external_id) if replayed(ended) else self._fact(ended)

    def _ended(self, external_id: str) -> Fact | None:
        fact = self.look(external_id)
        return fact if fact.stage in (Stage.SUCCEEDED, Stage.CANCELLED) else None

    def refund(self, external_id: str, amount: Money, key: str) -> RefundFact:
        """Send money back to the card or wallet from which it came."""
        try:
            refund = self._send_back(external_id, amount, key)
        except Unsure as unsure:
            return instead(unsure, lambda: self._find_refund(external_id, key))
        return self.look_refund(refund.id) if replayed(refund) else self._refund_fact(refund)

    def _send_back(self, external_id: str, amount: Money, key: str) -> stripe.Refund:
        return self._line.ask(
            lambda v1: v1.refunds.create(
                {
                    "payment_intent": external_id,
                    "amount": amount.minor,
                    "metadata": {"key": key, "market": self._market},
                },
                {"idempotency_key": self._step(key, "refund")},
            )
        )

    def _find_refund(self, external_id: str, key: str) -> RefundFact | None:
        return next((each for each in self.refunds(external_id) if each.key == key), None)

    def look_refund(self, external_id: str) -> RefundFact:
        """The refund as it is now."""
        return self._refund_fact(self._line.ask(lambda v1: v1.refunds.retrieve(external_id)))

    def refunds(self, payment: str) -> Sequence[RefundFact]:
        """All refunds of a payment by which money moved, or that we asked for."""
        facts = [(each, self._refund_fact(each)) for each in self._refunds_of(payment)]
        return [fact for each, fact in facts if fact.key or each.balance_transaction]

    def movements(self, since: datetime) -> Iterator[Movement]:
        """The account's balance transactions from an instant on, oldest first."""
        newest_first = self._line.ask(
            lambda v1: [
                read_movement(each)
                for each in v1.balance_transactions.list(
                    {
                        "created": {"gte": int(since.timestamp())},
                        "limit": 100,
                        "expand": ["data.source"],
                    }
                ).auto_paging_iter()
            ]
        )
        return reversed(newest_first)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def _fact(self, intent: stripe.PaymentIntent) -> Fact:
        return readable(lambda: self._whole(intent))

    def _whole(self, intent: stripe.PaymentIntent) -> Fact:
        """The payment with what went back of it, asked for only where something did."""
        charge = charge_of(intent)
        refunds = self._refunds_of(intent.id) if charge and charge.amount_refunded else []
        disputes = self._disputes_of(intent.id) if charge and charge.disputed else []
        return read_payment(intent, refunds, disputes, account=self.account, market=self._market)

    def _refund_fact(self, refund: stripe.Refund) -> RefundFact:
        return readable(lambda: read_refund(refund, market=self._market))

    def _refunds_of(self, payment: str) -> list[stripe.Refund]:
        return self._line.ask(
            lambda v1: list(
                v1.refunds.list({"payment_intent": payment, "limit": 100}).auto_paging_iter()
            )
        )

    def _disputes_of(self, payment: str) -> list[stripe.Dispute]:
        return self._line.ask(
            lambda v1: list(
                v1.disputes.list({"payment_intent": payment, "limit": 100}).auto_paging_iter()
            )
        )

    def _step(self, key: str, step: str) -> str:
        return f"{self._market}:{key}:{step}"
