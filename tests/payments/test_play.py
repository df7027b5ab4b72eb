"""Play money: paid at a click, and nothing but its own ids to know it by."""

import pytest

from market.kernel.money import Money
from market.payments.gateways import (
    Capture,
    Declined,
    Gateway,
    Intent,
    RefundStage,
    Stage,
    mismatch,
)
from market.payments.play import PlayGateway

ASKED = Intent(
    key="payment-1",
    amount=Money(500_00),
    reference="CZX-1",
    capture=Capture.LATER,
    words="Deposit",
    return_url="https://market.example/",
)


@pytest.fixture
def play() -> Gateway:
    return PlayGateway()


def test_who_clicks_has_paid(play: Gateway) -> None:
    fact = play.open(ASKED)
    assert (fact.stage, fact.received) == (Stage.SUCCEEDED, Money(500_00))
    assert play.open(ASKED) == play.look(fact.external_id) == fact
    assert mismatch(fact, key="payment-1", amount=ASKED.amount, live=False, account="play") is None


def test_a_refund_goes_back_at_once_and_is_known_again(play: Gateway) -> None:
    paid = play.open(ASKED)
    refund = play.refund(paid.external_id, Money(200_00), "refund-1")
    assert refund.stage is RefundStage.SUCCEEDED
    assert (refund.key, refund.amount, refund.payment) == (
        "refund-1",
        Money(200_00),
        paid.external_id,
    )
    assert play.look_refund(refund.external_id) == refund


def test_no_more_goes_back_than_was_paid(play: Gateway) -> None:
    with pytest.raises(Declined):
        play.refund(play.open(ASKED).external_id, Money(500_01), "refund-1")


def test_what_is_paid_is_not_cancelled(play: Gateway) -> None:
    with pytest.raises(Declined):
        play.cancel(play.open(ASKED).external_id, "payment-1")


@pytest.mark.parametrize("foreign", ["", "pi_1", "play:payment-1", "bank:a:1:CNY", "play:a:x:CNY"])
def test_no_payment_of_another_gateway_is_known(play: Gateway, foreign: str) -> None:
    with pytest.raises(Declined):
        play.look(foreign)
