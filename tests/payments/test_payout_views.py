"""Paid out: to the account that has stood for a day, by who binds the party, never too much."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from market.kernel.authority import Seat
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.payments.payout_models import Payout, PayoutAccount
from market.payments.rules import PaymentRefusal
from tests import make, web
from tests.payments.scene import Scene, visitor

ACCOUNT = {
    "holder": "湘江材料研究院",
    "bank": "某银行株洲分行",
    "number": "6222 0200-0000 9999",
    "password": make.PASSWORD,
}
DAY = timedelta(days=1)


def orders(books: Database) -> int:
    with books.reading() as s:
        wanted = select(func.count()).where(Payout.receipt_id.is_(None))
        return s.scalar(wanted) or 0


def order(client: FlaskClient, amount: str, password: str = make.PASSWORD) -> int:
    typed = {"amount": amount, "password": password}
    return web.post(client, "/money/payouts", typed).status_code


def test_a_new_account_waits_a_day_and_its_people_are_told_so(
    town: Flask, books: Database, scene: Scene, at: datetime
) -> None:
    client = visitor(town, scene.seller)
    page = client.get("/money/payouts").text
    assert "¥558,000.00" in page
    assert "···· 1234" in page
    assert "6222020000001234" not in page
    assert "A new payout account is used from 2026-03-11 17:00" in page
    assert "New: it is used from 2026-03-11 17:00." in page
    assert PaymentRefusal.ACCOUNT_NEW.status == order(client, "100.00") == 409
    assert orders(books) == 0
    set_clock(lambda: at + timedelta(hours=31, seconds=1))
    client = visitor(town, scene.seller)
    assert "Have it paid out</button>" in client.get("/money/payouts").text
    assert order(client, "100.00") == 302
    assert orders(books) == 1
    assert "JF00" in client.get("/money/payouts").text


def test_an_account_changed_and_a_payout_at_once_are_kept_apart(
    town: Flask, books: Database, scene: Scene, at: datetime
) -> None:
    """Bad input 52: who takes a session over cannot send the money elsewhere at once."""
    set_clock(lambda: at + 2 * DAY)
    client = visitor(town, scene.seller)
    assert web.post(client, "/money/payout-account", ACCOUNT).status_code == 302
    with books.reading() as s:
        standing = s.scalars(select(PayoutAccount).where(PayoutAccount.replaced_at.is_(None)))
        assert standing.one().number == "6222020000009999"
    assert order(client, "100.00") == 409
    assert orders(books) == 0


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("field", "typed", "status"),
    [
        *(
            ("number", n, 422)
            for n in ("", "1234567", "1" * 35, "12345678x!", "账号一二三四五六七")
        ),
        ("number", "６２２２０２００００００９９９９", 302),
        ("holder", " ", 422),
        ("holder", "湘" * 121, 422),
        ("bank", "", 422),
        ("password", "wrong", 422),
        ("password", "", 422),
    ],
)
def test_an_account_that_is_none_is_refused_and_what_was_typed_stays(
    town: Flask, scene: Scene, field: str, typed: str, status: int
) -> None:
    client = visitor(town, scene.seller)
    answer = web.post(client, "/money/payout-account", {**ACCOUNT, field: typed})
    assert answer.status_code == status
    if status != 302 and field != "bank":
        assert ACCOUNT["bank"] in answer.text


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("amount", "status"),
    [
        ("558000.01", 409),
        ("0", 422),
        ("-1", 422),
        ("1e3", 422),
        ("", 422),
        ("100.001", 422),
        ("558000.00", 302),
    ],
)
def test_only_what_is_there_is_paid_out(
    town: Flask, books: Database, scene: Scene, at: datetime, amount: str, status: int
) -> None:
    set_clock(lambda: at + 2 * DAY)
    client = visitor(town, scene.seller)
    assert order(client, amount) == status
    assert orders(books) == (status == 302)
    if status == 302:
        assert order(client, "0.01") == PaymentRefusal.TOO_MUCH.status


def test_only_who_binds_the_party_moves_its_money_by_password(
    town: Flask, books: Database, scene: Scene, at: datetime
) -> None:
    set_clock(lambda: at + 2 * DAY)
    with books.transaction() as s:
        editor = make.member(s, scene.seller, Seat.EDITOR, at=at)
    client, account = visitor(town, editor), "/money/payout-account"
    page = client.get("/money/payouts").text
    assert "Have it paid out" not in page
    assert "Change the account" not in page
    assert order(client, "100.00") == 403
    assert web.post(client, account, ACCOUNT, page="/money/payouts").status_code == 403
    signatory = visitor(town, scene.seller)
    assert order(signatory, "100.00", password="wrong") == 422
    assert orders(books) == 0


def test_without_an_account_nothing_is_sent(town: Flask, scene: Scene) -> None:
    client = visitor(town, scene.broker)
    page = client.get("/money/payouts").text
    assert "Say first to which account proceeds are to be sent." in page
    assert "Name an account" in page
    assert order(client, "1.00") == PaymentRefusal.NO_ACCOUNT.status
