from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from market.kernel.authority import Role
from market.places.models import (
    Registry,
    Venue,
)
from tests import make, web


def made(app: Flask, at: datetime, *roles: Role) -> int:
    """A person with these roles, committed."""
    with app.extensions["market.database"].transaction() as s:
        return make.user(s, *roles, at=at).id


def count(app: Flask, model: type) -> int:
    """How many rows a table holds."""
    with app.extensions["market.database"].reading() as s:
        return s.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def administrator(app: Flask, at: datetime) -> FlaskClient:
    """The administrator, signed in."""
    return web.sign_in(app, made(app, at, Role.ADMINISTRATOR))


def test_the_venue_tree_is_public_and_grows_by_the_administrator(
    app: Flask, administrator: FlaskClient
) -> None:
    market = {
        "kind": "market",
        "parent_id": "",
        "name": "潇湘科技要素大市场",
        "region_code": "430100",
    }
    assert web.post(administrator, "/venues/new", market).status_code == 302
    assert "潇湘科技要素大市场" in app.test_client().get("/venues").text
    station = {**market, "kind": "workstation", "name": "某工作站"}
    answer = web.post(administrator, "/venues/new", station)
    assert answer.status_code == 409
    assert 'value="某工作站"' in answer.text
    blank = web.post(administrator, "/venues/new", {**station, "parent_id": "\u3000"})
    assert blank.status_code == 422
    assert count(app, Venue) == 1


def test_registries_are_public_and_opened_by_the_administrator(
    app: Flask, administrator: FlaskClient
) -> None:
    changsha = {
        "code": "430100",
        "name": "长沙技术合同登记处",
        "authority": "长沙市科学技术局",
        "regions": ["430100", "430104"],
    }
    assert web.post(administrator, "/registries/new", changsha).status_code == 302
    assert "长沙技术合同登记处" in app.test_client().get("/registries").text
    again = web.post(administrator, "/registries/new", {**changsha, "code": "430101"})
    assert again.status_code == 409
    assert "already serves" in again.text
    for field, typed in (("code", "43010"), ("code", "４３０１００"), ("regions", [])):
        answer = web.post(administrator, "/registries/new", {**changsha, field: typed})
        assert answer.status_code == 422
    assert count(app, Registry) == 1
