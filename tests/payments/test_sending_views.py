"""What is on its way out: handed to the bank, taken as a file, come back, ordered once more."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from market.kernel.authority import NOBODY
from market.kernel.clock import set_clock
from market.payments.gateway_commands import begin_payment, note_fact
from market.payments.gateway_models import Payment
from market.payments.gateways import Channel, Stage
from market.payments.payout_models import Payout
from market.payments.rules import PaymentRefusal
from market.payments.sheet import PayoutStatus
from tests import make
from tests.payments.office import Office, open_office
from tests.payments.test_gateway_commands import Cards, fact

ACCOUNT = "6222 0000 1111 2222"
OTHER = {"way": "other", "holder": "麓谷新能源", "bank": "某银行", "number": "6217 0000 9999 8888"}
PAGE = "/money/sending"


@pytest.fixture
def office(app: Flask, at: datetime) -> Iterator[Office]:
    with open_office(app, at) as found:
        yield found


def payout(office: Office, number: int = 1) -> Payout:
    with office.books() as s:
        return s.get_one(Payout, number)


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_under_way_stands_by_its_clock_with_its_account_masked(office: Office) -> None:
    page = office.page("operator", PAGE)
    assert payout(office).reference in page
    assert "21 hours left" in page
    assert "2222" in page
    assert ACCOUNT not in page
    assert "Note as handed" not in office.page("auditor", PAGE)
    set_clock(lambda: office.at + timedelta(hours=30))
    assert "overdue since" in office.page("second", PAGE)
    assert office.who("buyer").get(PAGE).status_code == 403
    assert "Nothing is in this state." in office.page("second", f"{PAGE}?state=done")


def test_what_is_ticked_is_handed_to_the_bank(office: Office) -> None:
    assert office.post("operator", PAGE, payouts=1).status_code == 302
    assert payout(office).status is PayoutStatus.SENT
    assert payout(office).sent_at == office.at
    none = office.post("operator", PAGE)
    assert none.status_code == 422
    assert "Tick at least one payout." in none.text
    assert office.post("operator", PAGE, payouts=1, password="no").status_code == 422
    assert office.post("operator", PAGE, payouts=987_654).status_code == 404


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize("typed", ["0x1", "９", "-1", "9" * 30, "1.0", ""])
def test_what_is_no_number_of_a_payout_is_refused(office: Office, typed: str) -> None:
    assert office.post("operator", PAGE, payouts=typed).status_code == 422


def test_the_transfer_file_names_payee_account_amount_and_reference_and_is_noted(
    office: Office,
) -> None:
    taken = office.post("operator", f"{PAGE}.xlsx", page=PAGE, payouts=1)
    assert taken.status_code == 302, taken.text
    answer = office.who("operator").get(taken.location)
    (sheet,) = load_workbook(BytesIO(answer.data)).worksheets
    row = [cell.value for cell in next(sheet.iter_rows(min_row=2))]
    expected = ["麓谷新能源有限公司", ACCOUNT, "中国银行", "CNY", 50_000, payout(office).reference]
    assert row == expected
    assert payout(office).status is PayoutStatus.ORDERED, "a file hands nothing over"
    assert office.who("second").get(taken.location).status_code == 404, "another's file"
    csv = office.post("operator", f"{PAGE}.csv", page=PAGE, payouts=1)
    assert ACCOUNT in office.who("operator").get(csv.location).get_data(as_text=True)
    set_clock(lambda: office.at + timedelta(minutes=6))
    assert office.who("operator").get(taken.location).status_code == 404, "later it is noted anew"
    wrong = office.post("operator", f"{PAGE}.csv", page=PAGE, payouts=1, password="no")
    assert wrong.status_code == 422


# ── one of them ──────────────────────────────────────────────────────────────────────────────────


def test_the_account_is_read_in_full_only_by_the_operator_who_sends(office: Office) -> None:
    assert ACCOUNT in office.page("operator", f"{PAGE}/1")
    assert ACCOUNT not in office.page("auditor", f"{PAGE}/1")
    assert office.who("administrator").get(f"{PAGE}/1").status_code == 403
    assert office.who("operator").get(f"{PAGE}/987654").status_code == 404


def test_two_forms_on_a_page_share_no_id(office: Office) -> None:
    ids = re.findall(r'\bid="([^"]+)"', office.page("operator", f"{PAGE}/1"))
    assert {"send-password", "return-password"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_what_came_back_is_ordered_once_more_to_another_account(office: Office) -> None:
    page = f"{PAGE}/1"
    assert office.post("operator", f"{page}/return", page=page, why="").status_code == 422
    back = office.post("operator", f"{page}/return", page=page, why="账户已销户。")
    assert back.status_code == 302, back.text
    assert payout(office).status is PayoutStatus.FAILED
    assert ACCOUNT not in office.page("operator", page)
    assert payout(office).reference in office.page("operator", f"{PAGE}?state=failed")
    half = office.post("operator", f"{page}/again", page=page, **{**OTHER, "number": "12"})
    assert half.status_code == 422
    assert "8 to 34 digits" in half.text
    again = office.post("operator", f"{page}/again", page=page, **OTHER)
    assert again.status_code == 302, again.text
    with office.books() as s:
        anew = s.query(Payout).filter_by(replaces_id=1).one()
        assert (anew.number, anew.holder) == ("6217000099998888", "麓谷新能源")
    twice = office.post("second", f"{page}/again", page=page, way="same")
    assert twice.status_code == 409
    assert PaymentRefusal.ORDERED_AGAIN.sentence in twice.text
    assert payout(office).reference not in office.page("operator", f"{PAGE}?state=failed")


def test_what_a_gateway_sends_back_is_left_to_it(app: Flask, office: Office) -> None:
    with app.extensions["market.database"].transaction() as s:
        s.get_one(Payout, 1).channel = Channel.STRIPE
        make.unwatched(s)
    sent = office.post("operator", PAGE, payouts=1)
    assert sent.status_code == 409
    back = office.post("operator", f"{PAGE}/1/return", page=PAGE, why="退回。")
    assert back.status_code == 409
    assert PaymentRefusal.BY_GATEWAY.sentence in back.text
    assert 'name="payouts" value="1"' not in office.page("operator", PAGE)


# ── only authorised ──────────────────────────────────────────────────────────────────────────────


def authorise(s: Session, office: Office, ends: datetime) -> Payment:
    """The buyer's card is held for what is still due of the second instalment."""
    scene = office.scene
    payment = begin_payment(s, scene.part.id, Cards(), by=scene.buyer, at=office.at)
    told = replace(fact(payment, Stage.AUTHORISED), capture_before=ends)
    return note_fact(s, payment.id, told, by=NOBODY, at=office.at)


def test_money_that_is_only_authorised_stands_there_with_its_end(
    app: Flask, office: Office
) -> None:
    with app.extensions["market.database"].transaction() as s:
        authorise(s, office, office.at + timedelta(hours=40))
    page = office.page("operator", PAGE)
    assert "Only authorised" in page
    assert "1 day, 16 hours left" in page
