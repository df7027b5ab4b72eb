from dataclasses import replace
from datetime import UTC, datetime

import pytest

from market.deals.rules import DealRefusal, Supply, exhausted, see_refusal, strike_refusal
from market.kernel.authority import NOBODY, Actor, WhoRefusal
from market.kernel.money import Money
from market.kernel.refusal import Refusal

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
EXCLUSIVE = Supply(live=True, exclusive=True, granted=False, offered=None, taken=0)
THREE = Supply(live=True, exclusive=False, granted=False, offered=3, taken=0)
YUAN = Money(100, "CNY")


@pytest.mark.parametrize(
    ("supply", "refusal"),
    [
        (EXCLUSIVE, None),
        (replace(EXCLUSIVE, granted=True), DealRefusal.ALREADY_GRANTED),
        (replace(EXCLUSIVE, live=False), DealRefusal.OFF_MARKET),
        (replace(EXCLUSIVE, live=False, granted=True), DealRefusal.ALREADY_GRANTED),
        (THREE, None),
        (replace(THREE, taken=2), None),
        (replace(THREE, taken=3), DealRefusal.SOLD_OUT),
        (replace(THREE, taken=3, live=False), DealRefusal.SOLD_OUT),
        (replace(THREE, granted=True), DealRefusal.ALREADY_GRANTED),
        (replace(THREE, live=False), DealRefusal.OFF_MARKET),
        (replace(THREE, offered=None, taken=99), None),
    ],
)
def test_no_more_is_dealt_than_there_is(supply: Supply, refusal: Refusal | None) -> None:
    assert strike_refusal(supply, seller_id=1, buyer_id=2, price=YUAN) is refusal


def test_a_seller_does_not_buy_from_itself() -> None:
    asked = strike_refusal(EXCLUSIVE, seller_id=1, buyer_id=1, price=YUAN)
    assert asked is DealRefusal.OWN_LISTING


@pytest.mark.parametrize("fen", [0, -1])
def test_a_deal_has_a_price(fen: int) -> None:
    asked = strike_refusal(EXCLUSIVE, seller_id=1, buyer_id=2, price=Money(fen, "CNY"))
    assert asked is DealRefusal.NO_PRICE


@pytest.mark.parametrize(
    ("supply", "last"),
    [
        (EXCLUSIVE, True),
        (THREE, False),
        (replace(THREE, taken=1), False),
        (replace(THREE, taken=2), True),
        (replace(THREE, offered=None, taken=99), False),
    ],
)
def test_the_last_one_takes_the_listing_off_the_market(supply: Supply, last: bool) -> None:
    assert exhausted(supply) is last


@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        (NOBODY, WhoRefusal.SIGN_IN),
        (Actor(7), WhoRefusal.NOT_YOURS),
        (Actor(7, party_id=3), WhoRefusal.NOT_YOURS),
        (Actor(7, party_id=1), None),
        (Actor(7, party_id=2), None),
    ],
)
def test_a_deal_is_its_parties_business(by: Actor, refusal: Refusal | None) -> None:
    assert see_refusal(by, 1, 2, AT) is refusal
