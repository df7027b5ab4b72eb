"""Entries of the ledger by their number, reversed by two administrators."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from market.accounts.queries import confirmed
from market.kernel.authority import NOBODY, Role
from market.kernel.refusal import Refused
from market.ledger.models import Transfer
from market.ledger.rules import LedgerRefusal
from market.ledger.verifying import differences
from market.payments.correction_commands import confirm_correction, propose_correction
from market.payments.deposit_commands import ask_deposit, hold_deposit
from market.payments.models import Obligation
from market.payments.rules import PaymentRefusal
from market.payments.sheet import ObligationStatus
from tests import make
from tests.payments.office import Office, open_office


@pytest.fixture
def office(app: Flask, at: datetime) -> Iterator[Office]:
    with open_office(app, at) as found:
        yield found


def test_an_entry_is_opened_by_its_number_and_told_in_plain_words(office: Office) -> None:
    number = office.ids["settled"]
    client = office.who("administrator")
    answer = client.get("/money/entries", query_string={"number": number})
    assert answer.location.endswith(f"/money/entries/{number}")
    page = office.page("administrator", f"/money/entries/{number}")
    assert "free money of 麓谷新能源有限公司" in page
    assert "proceeds of 湘江材料研究院" in page
    assert "一种锂电池正极材料的制备方法" in page
    none = client.get("/money/entries", query_string={"number": "987654"})
    assert none.status_code == 422
    assert "There is no entry with this number." in none.text
    assert client.get("/money/entries", query_string={"number": "x"}).status_code == 422
    assert client.get("/money/entries/987654").status_code == 404
    assert "Propose to reverse" not in office.page("auditor", f"/money/entries/{number}")
    assert office.who("buyer").get(f"/money/entries/{number}").status_code == 403


def test_one_administrator_proposes_a_reversal_and_another_books_it(office: Office) -> None:
    path = f"/money/entries/{office.ids['settled']}"
    assert office.post("administrator", f"{path}/reverse", why="").status_code == 422
    answer = office.post("administrator", f"{path}/reverse", why="记错了合同。")
    assert answer.status_code == 302, answer.text
    page = "/money/corrections/1"
    for where in (path, "/money/entries", "/home"):
        assert page in office.page("another", where)
    own = office.post("administrator", f"{page}/confirm", page=page)
    assert own.status_code == 409
    assert office.post("another", f"{page}/confirm", page=page, password="no").status_code == 422
    assert office.post("another", f"{page}/confirm", page=page).status_code == 302
    with office.books() as s:
        assert s.get_one(Obligation, office.scene.paid.id).status is ObligationStatus.OPEN
        assert list(differences(s)) == []
    assert "It was reversed by entry" in office.page("another", path)
    again = office.post("another", f"{path}/reverse", page="/money/entries", why="再来一次。")
    assert again.status_code == 409
    assert LedgerRefusal.REVERSED.sentence in again.text


def test_a_proposed_reversal_is_taken_back(office: Office) -> None:
    path = f"/money/entries/{office.ids['settled']}"
    office.post("administrator", f"{path}/reverse", why="误。")
    declined = office.post("administrator", "/money/corrections/1/decline", page=path)
    assert declined.status_code == 302
    assert "Decided: withdrawn." in office.page("another", "/money/corrections/1")


def test_what_moved_outside_is_not_reversed_by_hand(app: Flask, office: Office) -> None:
    with office.books() as s:
        came = s.query(Transfer).filter(Transfer.key.like("line-%-in")).first()
        assert came is not None
        path = f"/money/entries/{came.id}"
    assert PaymentRefusal.NOT_BY_HAND.sentence in office.page("administrator", path)
    sent = office.post("administrator", f"{path}/reverse", page="/money/entries", why="撤销。")
    assert sent.status_code == 409


def test_a_deposit_that_went_on_is_not_undone_behind_its_back(app: Flask, at: datetime) -> None:
    """Another deposit's money of the same party would otherwise have paid for it."""
    with app.extensions["market.database"].transaction() as s:
        party, _ = make.party(s, at=at)
        first, second = (make.user(s, Role.ADMINISTRATOR, at=at) for _ in range(2))
        deposits = [
            ask_deposit(
                s, party.id, ("auction", n), make.yuan(100), "保证金", at.date(), by=NOBODY, at=at
            )
            for n in (1, 2)
        ]
        for each in deposits:
            make.paid_by_bank(s, each.obligation, 100, at)
        held, free = (each.obligation.settlements[0].transfer_id for each in deposits)
        hold_deposit(s, deposits[0].id, by=NOBODY, at=at)
        one, two = (confirmed(make.actor(s, each, at), at) for each in (first, second))
        with pytest.raises(Refused) as refused:
            propose_correction(s, held, "错账。", by=one, at=at)
        assert refused.value.refusal is PaymentRefusal.NOT_BY_HAND
        proposal = propose_correction(s, free, "错账。", by=one, at=at)
        confirm_correction(s, proposal.id, by=two, at=at)
        assert deposits[1].received_at is None
