"""The one suite that asks Stripe itself, in test mode. Nothing runs it by itself:

    MARKET_TEST_STRIPE_KEY=sk_test_… make test TESTS=tests/stripe/live.py

It pays with Stripe's test cards into the account of that key and leaves test payments behind.
"""

import os
import secrets
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from config import Stripe
from market.kernel.money import Money
from market.payments.gateways import (
    Capture,
    Intent,
    MovementKind,
    RefundStage,
    Stage,
    mismatch,
)
from market.payments.stripe_gateway import StripeGateway
from market.payments.stripe_line import VERSION

MARKET = "suite.market.example"


@pytest.fixture(scope="module")
def key() -> str:
    found = os.environ.get("MARKET_TEST_STRIPE_KEY", "")
    if not found.startswith(("sk_test_", "rk_test_")):
        pytest.fail("set MARKET_TEST_STRIPE_KEY to a key of test mode", pytrace=False)
    return found


@pytest.fixture(scope="module")
def client(key: str) -> stripe.V1Services:
    return stripe.StripeClient(key, stripe_version=VERSION).v1


@pytest.fixture(scope="module")
def gateway(key: str, client: stripe.V1Services) -> StripeGateway:
    account = client.accounts.retrieve_current().id
    return StripeGateway(Stripe(key=key, publishable_key="pk_test_x", account=account), MARKET)


def asked(capture: Capture) -> Intent:
    unique = f"suite-{secrets.token_hex(8)}"
    return Intent(unique, Money(50_00, "USD"), "CZX-1", capture, "保证金", "https://x.example/")


def pay(client: stripe.V1Services, payment: str) -> None:
    client.payment_intents.confirm(
        payment, {"payment_method": "pm_card_visa", "return_url": "https://x.example/"}
    )


def test_a_payment_is_opened_once_paid_refunded_and_stands_in_the_book(
    gateway: StripeGateway, client: stripe.V1Services
) -> None:
    begin, intent = datetime.now(UTC) - timedelta(minutes=1), asked(Capture.AT_ONCE)
    opened = gateway.open(intent)
    assert gateway.open(intent).external_id == opened.external_id
    pay(client, opened.external_id)
    paid = gateway.open(intent)
    assert (paid.stage, paid.received) == (Stage.SUCCEEDED, intent.amount)
    account = gateway.account
    assert mismatch(paid, key=intent.key, amount=intent.amount, live=False, account=account) is None
    refund = gateway.refund(opened.external_id, Money(20_00, "USD"), f"{intent.key}-back")
    assert refund.stage in (RefundStage.SUCCEEDED, RefundStage.PENDING)
    assert gateway.look(opened.external_id).refunded == Money(20_00, "USD")
    mine = [line for line in gateway.movements(begin) if line.payment == opened.external_id]
    assert [line.kind for line in mine] == [MovementKind.PAYMENT, MovementKind.REFUND]


def test_what_is_not_captured_is_no_refund(
    gateway: StripeGateway, client: stripe.V1Services
) -> None:
    intent = asked(Capture.LATER)
    held = gateway.open(intent)
    pay(client, held.external_id)
    authorised = gateway.look(held.external_id)
    assert (authorised.stage, authorised.capturable) == (Stage.AUTHORISED, intent.amount)
    assert authorised.capture_before is not None
    charged = gateway.capture(held.external_id, Money(30_00, "USD"), intent.key)
    assert (charged.received, charged.refunded) == (Money(30_00, "USD"), Money(0, "USD"))


def test_a_hold_is_set_free(gateway: StripeGateway, client: stripe.V1Services) -> None:
    intent = asked(Capture.LATER)
    held = gateway.open(intent)
    pay(client, held.external_id)
    freed = gateway.cancel(held.external_id, intent.key)
    assert (freed.stage, freed.received, freed.refunded) == (
        Stage.CANCELLED,
        Money(0, "USD"),
        Money(0, "USD"),
    )
