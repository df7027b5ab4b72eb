from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from market.kernel.authority import Role
from market.kernel.clock import day_of, now
from market.rulebook.queries import parameters
from market.rulebook.rules import Parameter
from tests import make, web


def known(app: Flask) -> list[Parameter]:
    """All parameters, as stored."""
    with app.extensions["market.database"].reading() as s:
        return parameters(s)


def person(app: Flask, at: datetime, *roles: Role) -> FlaskClient:
    """Somebody with these roles, signed in."""
    with app.extensions["market.database"].transaction() as s:
        user_id = make.user(s, *roles, at=at).id
    return web.sign_in(app, user_id)


def amendment(**over: str) -> dict[str, str]:
    """A lawful amendment."""
    first_day = day_of(now()) + timedelta(days=30)
    return {
        "key": "prc.publicity_days",
        "value": "30",
        "valid_from": first_day.isoformat(),
        "article": "某条例 9",
        "password": make.PASSWORD,
        **over,
    }


def test_everybody_reads_every_parameter_with_article_day_and_certainty(
    app: Flask, client: FlaskClient
) -> None:
    with client.session_transaction() as kept:
        kept["language"] = "en"
    page = client.get("/rulebook/").text
    for each in known(app):
        assert each.key in page
        assert each.article in page
    for words in ("from a consultation draft", "the market&#39;s own choice", "to be checked"):
        assert words in page
    assert "¥5,000,000.00" in page
    assert "15 working days" in page
    assert "/rulebook/amend" not in page


def test_an_operator_proposes_and_another_sets_exactly_that(app: Flask, at: datetime) -> None:
    one, two = (person(app, at, Role.OPERATOR) for _ in range(2))
    before = len(known(app))
    wrong = web.post(one, "/rulebook/amend", amendment(password="not my password"))
    assert wrong.status_code == 422
    answer = web.post(one, "/rulebook/amend", amendment())
    assert answer.status_code == 302, answer.text
    path = "/rulebook/proposals/1"
    assert path in one.get(answer.location).text
    assert path in two.get("/home").text
    assert path not in one.get("/home").text
    assert len(known(app)) == before
    sure = {"password": make.PASSWORD}
    assert "/confirm" not in one.get(path).text
    assert web.post(one, f"{path}/confirm", sure, page=path).status_code == 409
    page = two.get(path).text
    for told in ("30 calendar days", "15 calendar days", "某条例 9"):
        assert told in page
    assert web.post(two, f"{path}/confirm", {"password": "no"}, page=path).status_code == 422
    assert web.post(two, f"{path}/confirm", sure, page=path).status_code == 302
    page = two.get("/rulebook/").text
    assert "某条例 9" in page
    assert "will hold" in page
    assert web.post(two, f"{path}/decline", sure, page="/rulebook/amend").status_code == 409
    assert person(app, at, Role.ADMINISTRATOR).get(path).status_code == 403
    assert two.get("/rulebook/proposals/987654321").status_code == 404


def test_a_declined_proposal_leaves_the_law(app: Flask, at: datetime) -> None:
    one, two = (person(app, at, Role.OPERATOR) for _ in range(2))
    before, sure = known(app), {"password": make.PASSWORD}
    for number, who in ((1, one), (2, two)):
        web.post(one, "/rulebook/amend", amendment(value=str(30 + number)))
        path = f"/rulebook/proposals/{number}"
        assert web.post(who, f"{path}/decline", sure, page=path).status_code == 302
        assert "Decided" in two.get(path).text
    assert known(app) == before


BAD = [
    ("value", "", "This field is required"),
    ("value", " ", "This field is required"),
    ("value", "-1", "whole number from 0 to"),
    ("value", "1.5", "whole number from 0 to"),
    ("value", "1e6", "whole number from 0 to"),
    ("value", "１５", "whole number from 0 to"),
    ("value", "0", "between 1 and 3650"),
    ("value", "100000000000000", "between 1 and 3650"),
    ("value", "9" * 40, "whole number from 0 to"),
    ("valid_from", "2026-02-30", "Write the day as YYYY-MM-DD"),
    ("valid_from", "二〇二六年", "Write the day as YYYY-MM-DD"),
    ("valid_from", "0001-01-01", "between 1950 and 2100"),
    ("valid_from", "9999-01-01", "between 1950 and 2100"),
    ("valid_from", " ", "This field is required"),
    ("valid_from", "2020-01-01", "from tomorrow at the earliest"),
    ("key", "no.such_key", "Not a valid choice"),
    ("article", "", "This field is required"),
    ("article", "a" * 121, "too long: at most 120"),
    ("password", "", "This field is required"),
    ("certainty", "firm", "Unknown field: certainty"),
]


@pytest.mark.parametrize(("field", "typed", "said"), BAD)
def test_a_bad_amendment_is_kept_as_typed_and_changes_nothing(
    app: Flask, at: datetime, field: str, typed: str, said: str
) -> None:
    operator, before = person(app, at, Role.OPERATOR), known(app)
    answer = web.post(operator, "/rulebook/amend", amendment(**{field: typed}))
    assert answer.status_code in (409, 422)
    assert said.casefold() in answer.text.casefold()
    if field in ("value", "valid_from"):
        assert f'value="{typed.strip()}"' in answer.text
    assert known(app) == before


def test_others_do_not_amend(app: Flask, client: FlaskClient, at: datetime) -> None:
    assert client.get("/rulebook/amend").status_code == 302
    for role in (Role.DIRECTOR, Role.ADMINISTRATOR):
        assert person(app, at, role).get("/rulebook/amend").status_code == 403
