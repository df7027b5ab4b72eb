"""What bad input gets where money is asked for (promises 7 A): a plain no, and nothing is lost."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.kernel.once import FIELD
from market.payments.payout_models import Payout
from tests import make, web
from tests.payments.scene import Scene, visitor

pytestmark = pytest.mark.sqlite_by_day
PATH = "/money/payouts"
BAD = (
    "", "0", "-1", "-0", "0.001", "1e6", "0x10", "1_000", "+5", "NaN", "Infinity", "1.000,00",
    "1 000", "１０００", "壹佰", "1000000000000000", "9007199254740993", "9223372036854775808",
    "1" + "0" * 40, "9" * 10_000,
)  # fmt: skip


@pytest.fixture
def client(town: Flask, scene: Scene, at: datetime) -> FlaskClient:
    """A seller whose account has stood for a day."""
    set_clock(lambda: at + timedelta(days=2))
    return visitor(town, scene.seller)


def asked(client: FlaskClient, *amounts: str, **over: str) -> int:
    form = web.carried(client, PATH) | {"password": make.PASSWORD} | over
    return client.post(PATH, data={**form, "amount": list(amounts)}).status_code


def orders(books: Database) -> int:
    with books.reading() as s:
        return s.scalar(select(func.count()).where(Payout.receipt_id.is_(None))) or 0


@pytest.mark.parametrize("amount", BAD, ids=lambda amount: amount[:12] or "nothing")
def test_a_1_to_10_an_odd_amount_is_no_amount(
    client: FlaskClient, books: Database, amount: str
) -> None:
    assert asked(client, amount) == 422
    assert orders(books) == 0


def test_a_16_17_one_key_orders_once_and_never_another_amount(
    client: FlaskClient, books: Database
) -> None:
    key = {FIELD: web.key()}
    assert asked(client, "1", **key) == 302
    assert asked(client, "1", **key) == 302
    assert asked(client, "2", **key) == 422
    assert orders(books) == 1


def test_a_18_two_amounts_are_none(client: FlaskClient, books: Database) -> None:
    assert asked(client, "1", "2") == 422
    assert orders(books) == 0


def test_a_21_no_hidden_field_says_whose_money_or_how_much(
    client: FlaskClient, books: Database
) -> None:
    hidden = {"party_id": "2", "amount_minor": "999", "fee": "0", "currency": "USD", "price": "1"}
    asked(client, "1", **hidden)
    with books.reading() as s:
        for payout in s.scalars(select(Payout).where(Payout.receipt_id.is_(None))):
            assert payout.amount == make.yuan(1)
            assert payout.party.name == "湘江材料研究院"
