"""Stripe, by its own library: what the market asks, and what it makes of the answers.

The version of the interface is pinned to the one from which the library's types were generated. The
library never asks twice by itself: whoever called knows the key and decides. An answer that Stripe
only repeats (``Idempotent-Replayed``) shows how things stood then, so it is followed by a look.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

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
    Unsure,
)
from market.payments.stripe_reading import (
    UNREADABLE,
    charge_of,
    read_movement,
    read_payment,
    read_refund,
    text_of,
)

VERSION = "2026-10-28.endive"
WAIT_SECONDS = (3.05, 20.0)  # for the line, and for an answer: a capture may ask the card's bank
LEAST = {"CNY": 400, "EUR": 50, "HKD": 400, "JPY": 50, "SGD": 50, "USD": 50}
"""The currencies taken, each with Stripe's smallest charge; in all of them both count alike."""
MOST = 99_999_999
MOST_WORDS = 500
NOT_DONE = (stripe.InvalidRequestError, stripe.CardError)
stripe.enable_telemetry = False  # nothing about this machine goes out
log = logging.getLogger(__name__)
T = TypeVar("T")


class StripeGateway:
    """The account of the settings. ``market`` is our own name: a test account may serve several."""

    channel = Channel.STRIPE

    def __init__(self, settings: Stripe, market: str, line: requests.Session | None = None) -> None:
        self._market, self.live, self.account = market, settings.live, settings.account
        self._client = stripe.StripeClient(
            settings.key,
            stripe_version=VERSION,
            base_addresses={"api": settings.api},
            http_client=stripe.RequestsClient(timeout=WAIT_SECONDS, session=line or closed_line()),
            max_network_retries=0,
        )
        self._account_seen = False

    def takes(self, amount: Money) -> bool:
        """Whether Stripe charges so much in one go, in a currency that both count alike."""
        return amount.currency in LEAST and LEAST[amount.currency] <= amount.minor <= MOST

    def open(self, intent: Intent) -> Fact:
        """Create the payment; the payer's page confirms it."""
        if not self.takes(intent.amount):
            raise Declined("amount")
        created = self._ask(
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
        return self.look(created.id) if _replayed(created) else self._fact(created)

    def look(self, external_id: str) -> Fact:
        """The payment as it is now."""
        return self._fact(
            self._ask(
                lambda v1: v1.payment_intents.retrieve(external_id, {"expand": ["latest_charge"]})
            )
        )

    def find(self, key: str) -> Fact | None:
        """The payment that carries our own id; what was begun just now may not be found yet."""
        query = f"metadata['key']:{_quoted(key)} AND metadata['market']:{_quoted(self._market)}"
        found = self._ask(lambda v1: v1.payment_intents.search({"query": query}))
        return self.look(found.data[0].id) if found.data else None

    def capture(self, external_id: str, amount: Money, key: str) -> Fact:
        """Charge what is held, or a part of it."""
        captured = self._ask(
            lambda v1: v1.payment_intents.capture(
                external_id,
                {"amount_to_capture": amount.minor, "expand": ["latest_charge"]},
                {"idempotency_key": self._step(key, "capture")},
            )
        )
        return self.look(external_id) if _replayed(captured) else self._fact(captured)

    def cancel(self, external_id: str, key: str) -> Fact:
        """Give the payment up; what was held is free again."""
        given_up = self._ask(
            lambda v1: v1.payment_intents.cancel(
                external_id,
                {"expand": ["latest_charge"]},
                {"idempotency_key": self._step(key, "cancel")},
            )
        )
        return self.look(external_id) if _replayed(given_up) else self._fact(given_up)

    def refund(self, external_id: str, amount: Money, key: str) -> RefundFact:
        """Send money back to the card or wallet from which it came."""
        refund = self._ask(
            lambda v1: v1.refunds.create(
                {
                    "payment_intent": external_id,
                    "amount": amount.minor,
                    "metadata": {"key": key, "market": self._market},
                },
                {"idempotency_key": self._step(key, "refund")},
            )
        )
        return self.look_refund(refund.id) if _replayed(refund) else self._refund_fact(refund)

    def look_refund(self, external_id: str) -> RefundFact:
        """The refund as it is now."""
        return self._refund_fact(self._ask(lambda v1: v1.refunds.retrieve(external_id)))

    def refunds(self, payment: str) -> Sequence[RefundFact]:
        """All refunds of a payment by which money moved, or that we asked for."""
        facts = [(each, self._refund_fact(each)) for each in self._refunds_of(payment)]
        return [fact for each, fact in facts if fact.key or each.balance_transaction]

    def movements(self, since: datetime) -> Iterator[Movement]:
        """The account's balance transactions from an instant on, oldest first."""
        newest_first = self._ask(
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

    def _ask(self, call: Callable[[stripe.V1Services], T]) -> T:
        """One call of the account; what it may raise becomes ``Declined`` or ``Unsure``."""

        def asked() -> T:
            if not self._account_seen:
                self._insist_on_account()
            return call(self._client.v1)

        try:
            return self._read(asked)
        except NOT_DONE as error:
            raise Declined(_code(error), error.user_message or "") from error
        except (stripe.StripeError, requests.RequestException) as error:
            log.warning("stripe: %s: %s", type(error).__name__, error)
            raise Unsure(type(error).__name__) from error

    def _read(self, answer: Callable[[], T]) -> T:
        """An answer of an unknown shape says nothing, though the step may have been taken."""
        try:
            return answer()
        except UNREADABLE as error:
            log.exception("stripe: an answer that cannot be read")
            raise Unsure("unreadable") from error

    def _insist_on_account(self) -> None:
        """Once: the key opens the account of the settings, and no other."""
        found = self._client.v1.accounts.retrieve_current().id
        if found != self.account:
            log.error("stripe: the key opens %s, the settings name %s", found, self.account)
            raise Declined("foreign-account", found)
        self._account_seen = True

    def _fact(self, intent: stripe.PaymentIntent) -> Fact:
        return self._read(lambda: self._whole(intent))

    def _whole(self, intent: stripe.PaymentIntent) -> Fact:
        """The payment with what went back of it, asked for only where something did."""
        charge = charge_of(intent)
        refunds = self._refunds_of(intent.id) if charge and charge.amount_refunded else []
        disputes = self._disputes_of(intent.id) if charge and charge.disputed else []
        return read_payment(intent, refunds, disputes, account=self.account, market=self._market)

    def _refund_fact(self, refund: stripe.Refund) -> RefundFact:
        return self._read(lambda: read_refund(refund, market=self._market))

    def _refunds_of(self, payment: str) -> list[stripe.Refund]:
        return self._ask(
            lambda v1: list(
                v1.refunds.list({"payment_intent": payment, "limit": 100}).auto_paging_iter()
            )
        )

    def _disputes_of(self, payment: str) -> list[stripe.Dispute]:
        return self._ask(
            lambda v1: list(
                v1.disputes.list({"payment_intent": payment, "limit": 100}).auto_paging_iter()
            )
        )

    def _step(self, key: str, step: str) -> str:
        return f"{self._market}:{key}:{step}"


def closed_line() -> requests.Session:
    """A line that takes neither proxy nor password from its surroundings and is not sent on."""
    line = requests.Session()
    line.trust_env = False
    line.max_redirects = 0
    return line


def _code(error: stripe.StripeError) -> str:
    return text_of(error.error, "decline_code") or error.code or type(error).__name__


def _quoted(text: str) -> str:
    """A text of Stripe's search language."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _replayed(thing: stripe.StripeObject) -> bool:
    answer = thing.last_response
    return answer is not None and (answer.headers or {}).get("Idempotent-Replayed") == "true"
