from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from market.kernel.authority import Actor, Role
from market.kernel.db import Database
from tests import make, web

NEVER = 987_654


@pytest.fixture
def database(app: Flask) -> Database:
    found = app.extensions["market.database"]
    assert isinstance(found, Database)
    return found


def struck(database: Database, at: datetime) -> tuple[str, Actor, Actor]:
    with database.transaction() as s:
        seller, buyer = (make.party(s, at=at)[1] for _ in range(2))
        deal = make.deal(s, make.listing(s, seller, at=at), seller, buyer, at=at)
        return f"/deals/{deal.id}", seller, buyer


def signed_in(app: Flask, by: Actor, language: str = "en") -> FlaskClient:
    assert by.user_id is not None
    return web.sign_in(app, by.user_id, language=language)


def test_both_parties_see_the_deal_and_its_next_step(
    app: Flask, database: Database, at: datetime
) -> None:
    path, seller, buyer = struck(database, at)
    for by in (seller, buyer):
        client = signed_in(app, by)
        page = client.get(path)
        assert page.status_code == 200
        assert "¥1,000,000.00" in page.text
        assert "/contracts/new?deal=" in page.text
        assert path in client.get("/deals/").text


def test_the_auditor_sees_a_deal_and_drafts_nothing(
    app: Flask, database: Database, at: datetime
) -> None:
    path, _, _ = struck(database, at)
    with database.transaction() as s:
        auditor = make.user(s, Role.AUDITOR, at=at).id
    page = web.sign_in(app, auditor).get(path)
    assert page.status_code == 200
    assert "/contracts/new" not in page.text


def test_outsiders_cannot_tell_a_deal_from_one_that_never_was(
    app: Flask, database: Database, at: datetime
) -> None:
    path, _, _ = struck(database, at)
    with database.transaction() as s:
        stranger = make.party(s, at=at)[1]
    client = signed_in(app, stranger)
    seen, never = client.get(path), client.get(f"/deals/{NEVER}")
    assert never.status_code == 404
    assert web.same(seen, never)
    assert "No deals yet" in client.get("/deals/").text


def test_strangers_are_sent_to_sign_in(
    app: Flask, database: Database, client: FlaskClient, at: datetime
) -> None:
    path, _, _ = struck(database, at)
    for asked in (path, "/deals/"):
        answer = client.get(asked)
        assert answer.status_code == 302
        assert "/sign-in" in answer.location


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize("page", ["0", "-1", "abc", "100001"])
def test_a_page_that_is_none_is_not_found(
    app: Flask, database: Database, at: datetime, page: str
) -> None:
    _, seller, _ = struck(database, at)
    assert signed_in(app, seller).get(f"/deals/?page={page}").status_code == 404
