"""Pages of the bank: a file is looked into, brought in, and what waits is explained by two."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config import PLAY_ACCOUNT
from market.kernel.authority import Role
from market.kernel.clock import set_clock
from market.payments.models import Obligation
from market.payments.sheet import ObligationStatus
from tests import make, web
from tests.bank.slips import text
from tests.bank.town import HEAD, NAME, row

IMPORT = "/bank/statements/import"


@pytest.fixture
def market(app: Flask, at: datetime) -> Iterator[Flask]:
    """The market with a bank account, at the hour of the tests."""
    settings = app.extensions["market.settings"]
    object.__setattr__(settings, "bank", PLAY_ACCOUNT)
    set_clock(lambda: at)
    yield app
    set_clock(None)


def staff(app: Flask, at: datetime, role: Role = Role.OPERATOR) -> FlaskClient:
    with app.extensions["market.database"].transaction() as s:
        user_id = make.user(s, role, at=at).id
    return web.sign_in(app, user_id)


def owed(app: Flask, at: datetime) -> tuple[int, str]:
    with app.extensions["market.database"].transaction() as s:
        seller, _ = make.party(s, at=at)
        debtor, _ = make.party(s, Role.COMPANY, at=at, name=NAME)
        made = make.owed(s, debtor, seller, 1_000, at)
        return made.id, made.reference


def send(client: FlaskClient, raw: bytes, path: str = IMPORT, **over: str) -> TestResponse:
    unseen = web.carried(client, IMPORT)
    password = make.PASSWORD if path == IMPORT else ""
    file = {"file": (BytesIO(raw), "明细.csv"), "mapping": "", "password": password}
    return client.post(path, data={**unseen, **file, **over})


def test_a_look_changes_nothing_and_an_import_settles_what_is_owed(
    market: Flask, at: datetime
) -> None:
    key, note = owed(market, at)
    client = staff(market, at)
    raw = text([HEAD, row("1000", note=note), row("5", name="某人"), row("x")]).encode("gb18030")
    seen = send(client, raw, "/bank/statements/look")
    assert seen.status_code == 200
    for told in ("nothing was changed", NAME, "¥1,005.00", "Line 4: the amount x"):
        assert told in seen.text
    answer = send(client, raw)
    assert answer.status_code == 302, answer.text
    page = client.get(answer.location).text
    assert "New lines: 2." in page
    assert "Line 4: the amount x" in page
    with market.extensions["market.database"].reading() as s:
        assert s.get_one(Obligation, key).status is ObligationStatus.SETTLED
    again = send(client, raw)
    assert again.location == answer.location
    assert "brought in before" in client.get(again.location).text
    assert "某人" in client.get("/bank/").text
    assert "明细.csv" in client.get("/bank/statements").text


@pytest.mark.parametrize("over", [{"password": "wrong"}, {"mapping": "en-amount"}, {"extra": "1"}])
def test_what_cannot_be_taken_is_said_and_nothing_is_lost(
    market: Flask, at: datetime, over: dict[str, str]
) -> None:
    client = staff(market, at)
    raw = text([HEAD, row("1000")]).encode()
    assert send(client, raw, **over).status_code == 422
    assert "No statement has been brought in yet." in client.get("/bank/statements").text


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\x01", b"<a/>", b"PK\x03\x04", b"\xff\xfe\xff", b"id,x\n1,2\n"]
)
def test_a_bad_file_gets_a_report_and_imports_nothing(
    market: Flask, at: datetime, raw: bytes
) -> None:
    client = staff(market, at)
    for path in (IMPORT, "/bank/statements/look"):
        answer = send(client, raw, path)
        assert answer.status_code == 422
        assert 'class="error"' in answer.text
    assert "No statement" in client.get("/bank/statements").text


def test_a_file_beyond_a_mebibyte_is_too_large(market: Flask, at: datetime) -> None:
    answer = send(staff(market, at), b"x" * 2**21)
    assert answer.status_code == 413
    answer.request.environ["wsgi.input"].close()


def test_another_file_under_the_same_key_is_not_the_same_form(market: Flask, at: datetime) -> None:
    client = staff(market, at)
    first, second = (text([HEAD, row(amount)]).encode() for amount in ("1", "2"))
    same = web.carried(client, IMPORT)
    assert send(client, first, **same).status_code == 302
    assert send(client, second, **same).status_code == 422


def test_one_says_what_a_line_is_and_another_releases_it(market: Flask, at: datetime) -> None:
    key, note = owed(market, at)
    one, two = staff(market, at), staff(market, at)
    send(one, text([HEAD, row("1000", name="母公司")]).encode())
    line = "/bank/lines/1"
    page = one.get(line).text
    assert note in page
    said = {
        "use": "obligation",
        "target": note.lower(),
        "why": "母公司代付",
        "password": make.PASSWORD,
    }
    for wrong in ({"target": "JS1"}, {"target": ""}, {"why": ""}, {"password": "no"}):
        assert web.post(one, line, said | wrong).status_code in (409, 422)
    assert web.post(one, line, said).status_code == 302
    path = "/bank/proposals/1"
    assert path in two.get("/bank/").text
    sure = {"password": make.PASSWORD}
    assert web.post(one, f"{path}/release", sure, page=path).status_code == 409
    assert "母公司代付" in two.get(path).text
    assert web.post(two, f"{path}/release", sure, page=path).status_code == 302
    with market.extensions["market.database"].reading() as s:
        assert s.get_one(Obligation, key).status is ObligationStatus.SETTLED
    assert "Nothing waits" in one.get("/bank/").text
    assert web.post(two, f"{path}/decline", sure, page=IMPORT).status_code == 409


def test_without_a_bank_account_there_is_nothing_to_bring_in(app: Flask, at: datetime) -> None:
    client = staff(app, at)
    answer = client.get(IMPORT)
    assert answer.status_code == 409
    assert "No bank account is set up" in answer.text


def test_an_auditor_reads_and_is_not_offered_to_act(market: Flask, at: datetime) -> None:
    send(staff(market, at), text([HEAD, row("1")]).encode())
    auditor = staff(market, at, Role.AUDITOR)
    for path in ("/bank/", "/bank/statements", "/bank/statements/1", "/bank/lines/1"):
        answer = auditor.get(path)
        assert answer.status_code == 200
        assert 'name="use"' not in answer.text
        assert IMPORT not in answer.text
    assert auditor.get("/bank/lines/2").status_code == 404
    assert auditor.get(IMPORT).status_code == 403
