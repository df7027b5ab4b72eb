"""Deposits on the staff's pages: seen, refunded and forfeited by two."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from market.ledger.queries import balance
from market.ledger.rules import Place, Purpose
from market.payments.models import Deposit
from market.payments.rules import PaymentRefusal
from market.payments.sheet import DepositStatus
from tests import make, web
from tests.payments.office import Office, open_office


@pytest.fixture
def office(app: Flask, at: datetime) -> Iterator[Office]:
    with open_office(app, at) as found:
        yield found


def status(office: Office, name: str) -> DepositStatus:
    with office.books() as s:
        return s.get_one(Deposit, office.ids[name]).status


def claims(office: Office, **over: str) -> dict[str, str]:
    """Claims beyond nothing: costs, one commission to the broker, the shortfall, the rest."""
    return {
        "costs": "1,000",
        "buyer_commission": "500",
        "buyer_broker": "岳麓技术经纪有限公司",
        "seller_commission": "",
        "seller_broker": "",
        "shortfall": "20,000",
        "rest": "seller",
        "seller": "湘江材料研究院",
        **over,
    }


# ── seeing ───────────────────────────────────────────────────────────────────────────────────────


def test_all_deposits_are_listed_by_state_for_staff_that_reads(office: Office) -> None:
    for who in ("operator", "auditor"):
        page = office.page(who, "/money/deposits")
        assert "光伏逆变器专利包竞买保证金" in page
        assert "电机密封专利竞买保证金" in page
    held = office.page("operator", "/money/deposits?state=held")
    assert "光伏逆变器" in held
    assert "电机密封" not in held
    assert "No deposit is in this state." in office.page(
        "operator", "/money/deposits?state=forfeited"
    )
    assert office.who("operator").get("/money/deposits?state=nonsense").status_code == 422
    for who in ("buyer", "administrator"):
        assert office.who(who).get("/money/deposits").status_code == 403


def test_a_refunds_clock_runs_on_the_deposits_page_until_there_is_proof(office: Office) -> None:
    path = f"/money/deposits/{office.ids['back']}"
    assert "21 hours left" in office.page("operator", path)
    assert "21 hours left" in office.page("buyer", path)
    assert "not-the-winner" in office.page("buyer", path)
    assert "Propose the refund" not in office.page("buyer", path)
    stranger = office.who("seller").get(path)
    assert stranger.status_code == 404
    never = office.who("seller").get("/money/deposits/987654")
    assert web.same(stranger, never)


# ── refunding ────────────────────────────────────────────────────────────────────────────────────


def test_one_operator_proposes_a_refund_and_another_orders_it(office: Office) -> None:
    path = f"/money/deposits/{office.ids['held']}"
    answer = office.post("operator", f"{path}/refund", why="拍卖因故取消。")
    assert answer.status_code == 302, answer.text
    page = "/money/refunds/1"
    assert page in office.page("second", path)
    assert page in office.page("second", "/money/deposits")
    assert page in office.page("second", "/home")
    assert page not in office.page("operator", "/home")
    assert "拍卖因故取消。" in office.page("second", page)
    own = office.post("operator", f"{page}/confirm", page=page)
    assert own.status_code == 409
    wrong = office.post("second", f"{page}/confirm", page=page, password="no")
    assert wrong.status_code == 422
    assert status(office, "held") is DepositStatus.HELD
    assert office.post("second", f"{page}/confirm", page=page).status_code == 302
    assert status(office, "held") is DepositStatus.REFUNDED
    assert "拍卖因故取消。" in office.page("buyer", path)


def test_a_proposal_is_taken_back_and_a_deposit_that_went_back_is_not_refunded(
    office: Office,
) -> None:
    held, back = (f"/money/deposits/{office.ids[name]}/refund" for name in ("held", "back"))
    assert office.post("operator", held, why="误操作。").status_code == 302
    twice = office.post("second", held, why="同上。")
    assert twice.status_code == 409
    assert office.post("operator", "/money/refunds/1/decline", page=held).status_code == 302
    assert status(office, "held") is DepositStatus.HELD
    wrong = office.post("operator", back, page=held, why="再退。")
    assert wrong.status_code == 409
    assert PaymentRefusal.WRONG_STATE.sentence in wrong.text
    assert office.post("operator", held, why="").status_code == 422
    forfeit = office.post("second", "/money/forfeits/1/decline", page=held)
    assert forfeit.status_code == 404, "a refund is not declined as a forfeiture"


# ── forfeiting ───────────────────────────────────────────────────────────────────────────────────


def test_who_would_get_what_is_seen_before_it_is_proposed_and_is_what_happens(
    office: Office,
) -> None:
    path = f"/money/deposits/{office.ids['held']}/forfeit"
    assert "Nothing is proposed yet" in office.page("operator", path)
    client = office.who("operator")
    looked = client.get(path, query_string=claims(office))
    assert looked.status_code == 200
    for told in ("¥1,000.00", "¥500.00", "¥20,000.00", "¥28,500.00", "¥50,000.00"):
        assert told in looked.text
    assert office.page("second", "/money/deposits").count("/money/forfeits/") == 0
    answer = office.post("operator", path, **claims(office), why="竞得后悔约，未付价款。")
    assert answer.status_code == 302, answer.text
    page = "/money/forfeits/1"
    assert "¥28,500.00" in office.page("second", page)
    assert office.post("second", f"{page}/confirm", page=page).status_code == 302
    assert status(office, "held") is DepositStatus.FORFEITED
    broker = Place(Purpose.PROCEEDS, office.scene.broker.party_id)
    with office.books() as s:
        received = balance(s, broker).posted, balance(s, Place(Purpose.FEES)).posted
    assert received == (make.yuan(17_000), make.yuan(6_500)), "their shares so far, and these"
    assert "竞得后悔约" in office.page("buyer", f"/money/deposits/{office.ids['held']}")


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("over", "code", "said"),
    [
        ({"seller": ""}, 409, PaymentRefusal.SELLER_UNNAMED.sentence),
        ({"buyer_broker": "无此公司"}, 409, PaymentRefusal.UNKNOWN_TAKER.sentence),
        ({"seller": "麓谷新能源有限公司"}, 409, PaymentRefusal.TO_ITSELF.sentence),
        ({"rest": ""}, 422, "This field is required."),
        ({"rest": "heaven"}, 422, "marked fields"),
        ({"costs": "-1"}, 422, "marked fields"),
        ({"costs": "1e9"}, 422, "marked fields"),
        ({"colour": "red"}, 422, "Unknown field"),
    ],
)
def test_claims_that_cannot_stand_are_told_at_their_field_and_nothing_is_lost(
    office: Office, over: dict[str, str], code: int, said: str
) -> None:
    path = f"/money/deposits/{office.ids['held']}/forfeit"
    looked = office.who("operator").get(path, query_string=claims(office, **over))
    assert looked.status_code == code
    assert said in looked.text
    assert "20,000" in looked.text
    assert "Propose exactly this" not in looked.text
    sent = office.post("operator", path, **claims(office, **over), why="悔约。")
    assert sent.status_code == code
    assert status(office, "held") is DepositStatus.HELD


def test_claims_beyond_the_deposit_are_met_in_the_laws_order(office: Office) -> None:
    path = f"/money/deposits/{office.ids['held']}/forfeit"
    looked = office.who("operator").get(
        path, query_string=claims(office, costs="40,000", shortfall="100,000")
    )
    assert "Claims of ¥140,500.00 are more than the deposit; ¥90,500.00" in looked.text
    assert "¥9,500.00" in looked.text


def test_only_a_held_deposit_is_forfeited(office: Office) -> None:
    path = f"/money/deposits/{office.ids['back']}/forfeit"
    page = office.page("operator", path)
    assert PaymentRefusal.WRONG_STATE.sentence in page
    sent = office.post("operator", path, page="/money/deposits", **claims(office), why="悔约。")
    assert sent.status_code == 409
    assert status(office, "back") is DepositStatus.REFUNDED
