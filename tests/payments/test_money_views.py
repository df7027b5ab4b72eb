"""My money: what a party owes, is owed, holds and was paid; who sees how it divides."""

import csv
import io
from datetime import datetime, timedelta

from flask import Flask
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from config import PLAY_ACCOUNT
from market.accounts.queries import confirmed
from market.kernel.authority import Role
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.payments import payout_commands
from market.payments.models import Obligation
from market.payments.payout_models import Payout
from tests import make, web
from tests.payments.scene import Scene, staff, visitor

NEVER = 987_654


def test_each_side_sees_where_it_stands(town: Flask, scene: Scene) -> None:
    buyer = visitor(town, scene.buyer).get("/money").text
    for said in (
        "¥700,000.00",
        "¥50,000.00 of it is overdue",
        "¥100,000.00 of it is held",
        "¥50,000.00 more is on",
    ):
        assert said in buyer
    seller = visitor(town, scene.seller).get("/money").text
    for said in ("¥558,000.00", "Received ¥558,000.00 in all", "Nothing is overdue"):
        assert said in seller
    assert "挂牌服务费" in seller
    assert "挂牌服务费" not in buyer


def test_a_list_is_narrowed_by_side_and_state(town: Flask, scene: Scene) -> None:
    client = visitor(town, scene.seller)
    owing = client.get("/money?side=owing").text
    assert "挂牌服务费" in owing
    assert scene.part.title not in owing
    open_only = client.get("/money?side=owed&state=open").text
    assert scene.part.reference in open_only
    assert scene.paid.reference not in open_only
    broker = visitor(town, scene.broker).get("/money?side=owed").text
    assert scene.part.reference in broker
    assert scene.late.reference not in broker
    assert client.get("/money?side=both").status_code == 422
    assert client.get("/money?page=0").status_code == 404


def test_a_party_without_money_is_told_what_will_come(
    town: Flask, books: Database, at: datetime
) -> None:
    with books.transaction() as s:
        newcomer = make.party(s, at=at)[1]
    client = visitor(town, newcomer)
    assert "Nothing is owed either way yet" in client.get("/money").text
    assert "Nothing has gone in or out yet" in client.get("/money/accounts/credit").text
    assert "No account is named yet" in client.get("/money/payouts").text


def test_who_acts_for_no_party_has_no_money(town: Flask, books: Database, at: datetime) -> None:
    client = staff(town, Role.RESEARCHER, at)
    assert "Money belongs to parties" in client.get("/money").text
    for path in ("/money/accounts/credit", "/money/payouts", "/money/payout-account"):
        assert client.get(path).status_code == 404


def test_an_obligation_is_its_sides_business_and_the_staffs_that_reads_it(
    town: Flask, books: Database, scene: Scene, at: datetime
) -> None:
    path = f"/money/obligations/{scene.part.id}"
    for by in (scene.buyer, scene.seller, scene.broker):
        assert visitor(town, by).get(path).status_code == 200
    for role in (Role.OPERATOR, Role.AUDITOR):
        assert "How each receipt divides" in staff(town, role, at).get(path).text
    with books.transaction() as s:
        stranger = make.party(s, at=at)[1]
    client = visitor(town, stranger)
    for end in ("", "/instructions.pdf"):
        seen = client.get(path + end)
        assert seen.status_code == 404
        assert web.same(seen, client.get(f"/money/obligations/{NEVER}{end}"))


def test_how_a_price_divides_is_told_to_who_is_paid_only(town: Flask, scene: Scene) -> None:
    path = f"/money/obligations/{scene.part.id}"
    buyer, seller, broker = (
        visitor(town, by).get(path).text for by in (scene.buyer, scene.seller, scene.broker)
    )
    for part in ("¥1,500.00", "¥4,500.00", "¥144,000.00"):
        assert part in seller
        assert part not in buyer
    assert scene.names[2] not in buyer
    assert "¥4,500.00" in broker
    assert "¥145,500.00" in broker  # all that is not its own, drawn together
    assert "¥144,000.00" not in broker


def test_the_payer_reads_how_to_pay_and_the_payee_that_it_waits(town: Flask, scene: Scene) -> None:
    path = f"/money/obligations/{scene.part.id}"
    buyer = visitor(town, scene.buyer).get(path).text
    for said in (scene.part.reference, PLAY_ACCOUNT.number, "Pay ¥250,000.00", "instructions.pdf"):
        assert said in buyer
    seller = visitor(town, scene.seller).get(path).text
    assert "The payer pays this" in seller
    assert PLAY_ACCOUNT.number not in seller
    paid = visitor(town, scene.buyer).get(f"/money/obligations/{scene.paid.id}").text
    assert "This is paid or cancelled" in paid
    assert "/pay/" not in paid


def test_the_instructions_are_printed_while_something_is_due(town: Flask, scene: Scene) -> None:
    client = visitor(town, scene.buyer)
    answer = client.get(f"/money/obligations/{scene.part.id}/instructions.pdf")
    assert answer.mimetype == "application/pdf"
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert scene.part.reference in words
    assert "250,000.00" in words
    again = client.get(f"/money/obligations/{scene.part.id}/instructions.pdf")
    assert again.data == answer.data
    assert client.get(f"/money/obligations/{scene.paid.id}/instructions.pdf").status_code == 404


def test_a_deposit_tells_that_it_is_held_or_went_back(town: Flask, scene: Scene) -> None:
    client = visitor(town, scene.buyer)
    held = client.get(f"/money/obligations/{scene.held.id}").text
    assert "state-held" in held
    back = client.get(f"/money/obligations/{scene.back.id}").text
    assert "state-refunded" in back
    assert "Money goes back: ¥50,000.00 is reserved." in back


def test_the_story_of_a_yuan_ends_where_it_was_paid_out(
    town: Flask, books: Database, scene: Scene, at: datetime
) -> None:
    later = at + timedelta(days=2)
    with books.transaction() as s:
        sure = confirmed(scene.seller, later)
        ordered = payout_commands.request_payout(s, make.yuan(400_000), by=sure, at=later)
        payout_commands.prove_payout(s, ordered.id, "bank-1", by=make.ADMIN, at=later)
        reference = ordered.reference
    set_clock(lambda: later)
    client = visitor(town, scene.seller)
    first = client.get(f"/money/obligations/{scene.paid.id}").text
    assert f"Of your part, ¥384,000.00 was paid out: {reference}." in first
    second = client.get(f"/money/obligations/{scene.part.id}").text
    assert f"Of your part, ¥16,000.00 was paid out: {reference}." in second
    buyer = visitor(town, scene.buyer).get(f"/money/obligations/{scene.paid.id}").text
    assert reference not in buyer


def test_money_that_could_not_be_sent_back_pays_what_is_due(
    town: Flask, books: Database, scene: Scene, at: datetime
) -> None:
    client, path = visitor(town, scene.buyer), f"/money/obligations/{scene.part.id}"
    assert "Use it" not in client.get(path).text
    assert web.post(client, f"{path}/credit", page=path).status_code == 409
    with books.transaction() as s:
        operator = confirmed(make.operator(s, at), at)
        make.paid_by_bank(s, s.get_one(Obligation, scene.late.id), 60_000, at)
        too_much = s.scalars(select(Payout).order_by(Payout.id.desc())).first()
        assert too_much is not None
        payout_commands.return_payout(s, too_much.id, "account-closed", by=operator, at=at)
    assert "¥10,000.00 of yours lies free" in client.get(path).text
    used = web.post(client, f"{path}/credit", page=path)
    assert used.status_code == 302
    after = client.get(path).text
    assert "Paid in part." in after
    assert "Pay ¥240,000.00" in after
    seller = visitor(town, scene.seller)
    assert web.post(seller, f"{path}/credit", page="/money/payouts").status_code == 403


def test_lists_are_taken_along_with_the_figures_of_the_page(town: Flask, scene: Scene) -> None:
    client = visitor(town, scene.seller)
    answer = client.get("/money/obligations.xlsx?side=owed&state=open")
    assert "attachment" in answer.headers["Content-Disposition"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    head, *rows = sheet.to_python()
    assert head[0] == "Payment reference"
    assert {row[0] for row in rows} >= {scene.part.reference, scene.late.reference}
    part = next(row for row in rows if row[0] == scene.part.reference)
    assert part[6:9] == [400_000.0, 150_000.0, 250_000.0]
    text = client.get("/money/accounts/proceeds.csv").get_data(as_text=True)
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert lines[0]["There after it"] == "558000.00"
    assert sum(float(line["Moved"]) for line in lines) == 558_000
    assert client.get("/money/payouts.csv").status_code == 200
    for wrong in (
        "/money/obligations.pdf",
        "/money/obligations.csv?side=x",
        "/money/accounts/bank",
    ):
        assert client.get(wrong).status_code == 404
    for odd in ("XXX", "XAU", "", "cny"):
        assert client.get(f"/money/accounts/credit?currency={odd}").status_code == 404
