"""What every gateway speaks: when a card is held, and what contradicts our own record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from market.kernel.money import Money
from market.payments.gateways import Capture, Fact, Mismatch, Stage, capture_for, mismatch

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOTHING = Money(0)
PAID = Fact(
    external_id="pi_1",
    key="payment-1",
    stage=Stage.SUCCEEDED,
    amount=Money(500_00),
    capturable=NOTHING,
    received=Money(500_00),
    refunded=NOTHING,
    disputed=NOTHING,
    live=False,
    account="acct_1",
    client_secret="pi_1_secret_canary",
)
RECORD = {"key": "payment-1", "amount": Money(500_00), "live": False, "account": "acct_1"}


@pytest.mark.parametrize(
    ("settles", "capture"),
    [
        (timedelta(days=4), Capture.LATER),
        (timedelta(minutes=1), Capture.LATER),
        (timedelta(days=4, seconds=1), Capture.AT_ONCE),
        (timedelta(0), Capture.AT_ONCE),
        (timedelta(days=-1), Capture.AT_ONCE),
        (None, Capture.AT_ONCE),
    ],
)
def test_a_card_is_held_only_where_the_sale_settles_within_four_days(
    settles: timedelta | None, capture: Capture
) -> None:
    assert capture_for(None if settles is None else AT + settles, AT) is capture


@pytest.mark.parametrize(
    "fact",
    [
        PAID,
        replace(PAID, stage=Stage.AUTHORISED, received=NOTHING, capturable=Money(500_00)),
        replace(PAID, received=Money(300_00)),
        replace(PAID, refunded=Money(500_00)),
        replace(PAID, refunded=Money(500_00), disputed=Money(500_00)),
    ],
    ids=["paid", "held", "charged in part", "refunded", "refunded and disputed"],
)
def test_a_fact_about_our_own_payment_is_believed(fact: Fact) -> None:
    assert mismatch(fact, **RECORD) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (replace(PAID, live=True), Mismatch.MODE),
        (replace(PAID, account="acct_2"), Mismatch.ACCOUNT),
        (replace(PAID, account=""), Mismatch.ACCOUNT),
        (replace(PAID, key="payment-2"), Mismatch.KEY),
        (replace(PAID, key=""), Mismatch.KEY),
        (replace(PAID, amount=Money(500_00, "JPY")), Mismatch.CURRENCY),
        (replace(PAID, received=Money(500_00, "USD")), Mismatch.CURRENCY),
        (replace(PAID, amount=Money(500_01)), Mismatch.AMOUNT),
        (replace(PAID, received=Money(500_01)), Mismatch.AMOUNT),
        (replace(PAID, capturable=Money(1)), Mismatch.AMOUNT),
        (replace(PAID, refunded=Money(500_01)), Mismatch.AMOUNT),
        (replace(PAID, disputed=Money(-1)), Mismatch.AMOUNT),
    ],
)
def test_a_fact_that_contradicts_the_record_is_named(fact: Fact, reason: Mismatch) -> None:
    assert mismatch(fact, **RECORD) is reason  # type: ignore[arg-type]


def test_the_secret_of_a_payment_is_never_printed() -> None:
    assert "canary" not in repr(PAID)
