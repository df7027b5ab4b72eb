from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from market.accounts.models import SignIn
from market.kernel.authority import Role
from market.parties.models import Party
from tests import make, web

FIRM = {
    "kind": "organisation",
    "name": "湘江某公司",
    "uscc": "91430100MA7XY9990Y",
    "seller_class": "private-firm",
    "nature": "150",
    "region_code": "430104",
    "park_code": "",
    "phone": "0731-88880000",
}


def made(app: Flask, at: datetime, *roles: Role) -> int:
    """A person with these roles, committed."""
    with app.extensions["market.database"].transaction() as s:
        return make.user(s, *roles, at=at).id


def count(app: Flask, model: type) -> int:
    """How many rows a table holds."""
    with app.extensions["market.database"].reading() as s:
        return s.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def seller(app: Flask, at: datetime) -> FlaskClient:
    """Somebody who has just signed up to sell."""
    return web.sign_in(app, made(app, at, Role.RESEARCHER))


def test_a_party_is_founded_and_acted_for(app: Flask, seller: FlaskClient) -> None:
    answer = web.post(seller, "/parties/new", FIRM)
    assert answer.status_code == 302, answer.text
    page = seller.get(answer.location).text
    assert "91430100MA7XY9990Y" in page
    assert "+8673188880000" in page
    assert "Signatory" in page
    assert "check digit" not in page


def test_a_person_is_a_party_without_a_code(app: Flask, seller: FlaskClient) -> None:
    person = {"kind": "person", "uscc": "", "seller_class": "person", "nature": "900"}
    assert web.post(seller, "/parties/new", {**FIRM, **person}).status_code == 302
    assert count(app, Party) == 1


BAD_PARTIES = [
    ("uscc", "91430100MA7XY9990", "has 18 characters; this one has 17"),
    ("uscc", "91430100MA7XY9990YY", "has 18 characters; this one has 19"),
    ("uscc", "91430100MAIXY9990Y", "never contains I, O, S, V or Z"),
    ("uscc", "91430100MAOXY9990Y", "never contains I, O, S, V or Z"),
    ("uscc", "91430100MAZXY9990Y", "never contains I, O, S, V or Z"),
    ("uscc", "", "needs its unified social credit code"),
    ("kind", "person", "A person has no unified social credit code"),
    ("kind", "cartel", "Invalid Choice"),
    ("seller_class", "person", "class does not fit"),
    ("nature", "900", "nature does not fit"),
    ("region_code", "999999", "Not a valid choice"),
    ("region_code", "", "This field is required"),
    ("nature", "", "This field is required"),
    ("park_code", "P43020001", "lies in another city"),
    ("park_code", "P99", "Not a valid choice"),
    ("phone", "1" * 40, "at most 15 digits"),
    ("phone", "88880000", "with its area code"),
    ("name", "", "This field is required"),
    ("name", "a" + "\u0301" * 10_000, "The text"),
    ("name", "n" * 1_000_000, "too long: at most 120"),
    ("name", "官方", "This name is reserved"),
    ("address", "n" * 201, "too long: at most 200"),
    ("uscc_check_ok", "1", "Unknown field: uscc_check_ok"),
]


@pytest.mark.parametrize(("field", "typed", "said"), BAD_PARTIES)
def test_a_bad_party_is_kept_as_typed_and_changes_nothing(
    app: Flask, seller: FlaskClient, field: str, typed: str, said: str
) -> None:
    answer = web.post(seller, "/parties/new", {**FIRM, field: typed})
    assert answer.status_code == 422
    assert said.casefold() in answer.text.casefold()
    if field != "name":
        assert 'value="湘江某公司"' in answer.text
    assert count(app, Party) == 0


def test_a_failed_check_digit_warns_and_waits_for_an_operator(
    app: Flask, seller: FlaskClient, at: datetime
) -> None:
    answer = web.post(seller, "/parties/new", {**FIRM, "uscc": "91430100MA7XY9991Y"})
    assert answer.status_code == 302
    assert "does not fit" in seller.get(answer.location).text
    refused = web.post(seller, answer.location + "/uscc", page="/me")
    assert refused.status_code == 403
    operator = web.sign_in(app, made(app, at, Role.OPERATOR))
    assert "check digit fails" in operator.get("/parties").text
    confirmed = web.post(operator, answer.location + "/uscc", page=answer.location)
    assert confirmed.status_code == 302
    assert "check digit fails" not in operator.get("/parties").text
    assert web.post(operator, answer.location + "/uscc", page="/me").status_code == 409


def test_a_party_of_others_is_as_one_that_never_was(
    app: Flask, seller: FlaskClient, at: datetime
) -> None:
    path = web.post(seller, "/parties/new", FIRM).location
    stranger = web.sign_in(app, made(app, at, Role.RESEARCHER))
    theirs, nobodys = stranger.get(path), stranger.get("/parties/987654321")
    assert theirs.status_code == nobodys.status_code == 404
    # Only the way back of the language switch names the address that was asked for.
    assert web.masked(theirs.text).replace(path, "") == web.masked(nobodys.text).replace(
        "/parties/987654321", ""
    )
    assert app.test_client().get(path).status_code == 302


def test_one_acts_for_one_of_ones_own_parties(app: Flask, seller: FlaskClient) -> None:
    first = web.post(seller, "/parties/new", FIRM).location.rpartition("/")[2]
    second = {**FIRM, "name": "株洲某公司", "uscc": "91430200MA0AB1236F"}
    web.post(seller, "/parties/new", second)
    assert acting_for(app) == int(first) + 1
    assert web.post(seller, "/me/party", {"party_id": first}, page="/me").status_code == 302
    assert acting_for(app) == int(first)
    for foreign in ("987654321", "x", ""):
        body = {"party_id": foreign}
        assert web.post(seller, "/me/party", body, page="/me").status_code == 404


def acting_for(app: Flask) -> int | None:
    """The party that the latest session acts for."""
    with app.extensions["market.database"].reading() as s:
        latest: int | None = s.scalar(select(SignIn.party_id).order_by(SignIn.id.desc()).limit(1))
        return latest


def test_who_does_not_trade_founds_no_party(app: Flask, at: datetime) -> None:
    operator = web.sign_in(app, made(app, at, Role.OPERATOR))
    assert operator.get("/parties/new").status_code == 403
