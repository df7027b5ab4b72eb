"""Signing in by the provider, linking and undoing it: by HTTP, against a provider on loopback."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import BytecodeCache
from sqlalchemy import select
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from config import Settings
from market.accounts.models import Identity, SignIn, User
from market.accounts.queries import get_user
from market.accounts.rules import AccountRefusal
from market.app import create_app
from market.identities.rules import IdentityRefusal
from market.kernel import clock
from market.kernel.authority import Role
from market.kernel.db import lock
from market.kernel.mail import Letter
from tests import make, web
from tests.provider import Provider, providing

BACK, BEGIN = "/sign-in/openid/return", "/sign-in/openid"
MINE, NEW = "/me/identities", "/me/identities/new"
NAME = "一网通办"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture
def open_app(
    provider: Provider, engine_url: str, tmp_path: Path, templates: BytecodeCache
) -> Iterator[Flask]:
    """A market whose people may sign in by the provider."""
    settings = Settings.for_tests(tmp_path, database_url=engine_url, openid=provider.openid)
    made = create_app(settings)
    made.jinja_env.bytecode_cache = templates
    yield made
    made.extensions["market.database"].dispose()


def person(app: Flask, *roles: Role, linked: str = "") -> User:
    """Somebody, whose account that subject opens."""
    with app.extensions["market.database"].transaction() as s:
        made = make.user(s, *roles, at=clock.now())
        if linked:
            issuer = app.extensions["market.settings"].openid.issuer
            s.add(Identity(user_id=made.id, issuer=issuer, subject=linked, linked_at=clock.now()))
        make.unwatched(s)
        s.expunge_all()
        return made


def browser(app: Flask) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["language"] = "en"
    return client


def begin(client: FlaskClient, **body: str) -> str:
    """Set off; gives the address at the provider."""
    answer = web.post(client, BEGIN, body, page="/sign-in")
    assert answer.status_code == 302, answer.text
    return answer.location


def come_back(client: FlaskClient, provider: Provider, address: str, **over: str) -> TestResponse:
    """What the browser does at the provider, and the way back."""
    parts = urlsplit(provider.send_back(address))
    asked = {**dict(parse_qsl(parts.query)), **over}
    return client.get(urlunsplit(("", "", parts.path, urlencode(asked), "")))


def sign_in(client: FlaskClient, provider: Provider, **body: str) -> TestResponse:
    return come_back(client, provider, begin(client, **body))


def refused(answer: TestResponse, refusal: IdentityRefusal, client: FlaskClient) -> None:
    sentence = refusal.sentence % {"provider": NAME}
    assert (answer.status_code, sentence in answer.text) == (refusal.status, True), answer.text
    assert client.get("/me").status_code == 302


def live(app: Flask, user: User) -> list[SignIn]:
    with app.extensions["market.database"].reading() as s:
        mine = select(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
        return list(s.scalars(mine))


# ── signing in ───────────────────────────────────────────────────────────────────────────────────


def test_who_sets_a_factor_up_while_signing_in_here_owes_it(
    open_app: Flask, provider: Provider
) -> None:
    """The factor ends all sessions: none without it begins behind its back."""
    user = person(open_app, linked="person-1")
    client = browser(open_app)
    address, answers = begin(client), []
    asker = Thread(target=lambda: answers.append(come_back(client, provider, address)))
    with open_app.extensions["market.database"].transaction() as s:
        make.factor(s, lock(s, User, user.id), clock.now())
        make.unwatched(s)
        asker.start()
        asker.join(timeout=1)  # as far as it comes
    asker.join()
    assert answers[0].location == "/sign-in/second-factor"
    assert live(open_app, user) == []


def test_a_linked_person_signs_in_and_lands_where_they_wanted(
    open_app: Flask, provider: Provider
) -> None:
    person(open_app, linked="person-1")
    client = browser(open_app)
    assert NAME in client.get("/sign-in").text
    assert sign_in(client, provider, next="/parties/new").location == "/parties/new"
    assert client.get("/me").status_code == 200


def test_the_way_back_leads_to_no_other_site(open_app: Flask, provider: Provider) -> None:
    person(open_app, linked="person-1")
    for wanted in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert sign_in(browser(open_app), provider, next=wanted).location == "/home"


def test_the_provider_does_not_stand_in_for_the_second_factor(
    open_app: Flask, provider: Provider
) -> None:
    user = person(open_app, Role.OPERATOR, linked="person-1")
    provider.spoil = lambda claims: {**claims, "acr": "3", "amr": ["otp", "hwk", "mfa"]}
    client = browser(open_app)
    assert sign_in(client, provider).location == "/me/second-factor/new"
    assert client.get("/parties").status_code == 403
    with open_app.extensions["market.database"].transaction() as s:
        make.factor(s, get_user(s, user.id), clock.now())
    client = browser(open_app)
    assert sign_in(client, provider).location == "/sign-in/second-factor"
    assert client.get("/me").status_code == 302
    code = {"code": make.code(clock.now())}
    assert web.post(client, "/sign-in/second-factor", code).location == "/home"
    assert client.get("/parties").status_code == 200


def test_an_unknown_identity_opens_nothing_and_is_shown_the_way_to_link(
    open_app: Flask, provider: Provider
) -> None:
    user = person(open_app)
    provider.spoil = lambda claims: {**claims, "email": user.email, "email_verified": True}
    client = browser(open_app)
    answer = sign_in(client, provider)
    assert answer.location == "/sign-in?next=/me/identities"
    page = client.get(answer.location).text
    assert f"No account here is linked to this one at {NAME}" in page
    assert client.get("/me").status_code == 302
    with open_app.extensions["market.database"].reading() as s:
        assert s.scalars(select(Identity)).all() == []


def test_an_account_that_was_closed_is_not_opened(open_app: Flask, provider: Provider) -> None:
    user = person(open_app, linked="person-1")
    client = browser(open_app)
    for column, status, said in (
        ("erased_at", 302, ""),
        ("suspended_at", 403, AccountRefusal.ACCOUNT_SUSPENDED.sentence),
    ):
        with open_app.extensions["market.database"].transaction() as s:
            setattr(get_user(s, user.id), column, clock.now())
            make.unwatched(s)
        answer = sign_in(client, provider)
        assert (answer.status_code, said in answer.text) == (status, True)
        assert live(open_app, user) == []


# ── a flow belongs to its browser ────────────────────────────────────────────────────────────────


def test_an_answer_with_another_state_is_nothing(open_app: Flask, provider: Provider) -> None:
    person(open_app, linked="person-1")
    for state in ("another", "", "状态"):
        client = browser(open_app)
        answer = come_back(client, provider, begin(client), state=state)
        refused(answer, IdentityRefusal.FLOW_LOST, client)


def test_an_answer_that_was_begun_in_another_browser_is_nothing(
    open_app: Flask, provider: Provider
) -> None:
    person(open_app, linked="person-1")
    attacker, victim = browser(open_app), browser(open_app)
    address = begin(attacker)
    refused(come_back(victim, provider, address), IdentityRefusal.FLOW_LOST, victim)
    begin(victim)
    refused(come_back(victim, provider, address), IdentityRefusal.FLOW_LOST, victim)


def test_an_answer_counts_once(open_app: Flask, provider: Provider) -> None:
    person(open_app, linked="person-1")
    client = browser(open_app)
    address = begin(client)
    with client.session_transaction() as kept:
        flow = kept["openid"]
    back = provider.send_back(address)
    path = back.partition("8000")[2]
    assert client.get(path).location == "/home"
    web.post(client, "/sign-out", {}, page="/me")
    refused(client.get(path), IdentityRefusal.FLOW_LOST, client)
    with client.session_transaction() as kept:
        kept["openid"] = flow  # even with its cookie back, the code is spent
    refused(client.get(path), IdentityRefusal.NOT_PROVED, client)


def test_a_wrong_answer_ends_the_flow(open_app: Flask, provider: Provider) -> None:
    person(open_app, linked="person-1")
    client = browser(open_app)
    address = begin(client)
    refused(come_back(client, provider, address, state="x"), IdentityRefusal.FLOW_LOST, client)
    refused(come_back(client, provider, address), IdentityRefusal.FLOW_LOST, client)


def test_who_takes_too_long_begins_anew(open_app: Flask, provider: Provider) -> None:
    person(open_app, linked="person-1")
    client = browser(open_app)
    address = begin(client)
    later = clock.now() + timedelta(minutes=11)
    clock.set_clock(lambda: later)
    try:
        refused(come_back(client, provider, address), IdentityRefusal.FLOW_LOST, client)
    finally:
        clock.set_clock(None)


def test_no_session_planted_before_outlives_the_sign_in(
    open_app: Flask, provider: Provider
) -> None:
    person(open_app, linked="person-1")
    client = browser(open_app)
    with client.session_transaction() as kept:
        kept["planted"] = "yes"
    token = web.token(client, "/sign-in")
    sign_in(client, provider)
    with client.session_transaction() as kept:
        assert "planted" not in kept
        assert "openid" not in kept
    assert web.token(client, "/me") != token


def test_a_person_who_said_no_at_the_provider_hears_it(open_app: Flask, provider: Provider) -> None:
    client = browser(open_app)
    asked = dict(parse_qsl(urlsplit(begin(client)).query))
    answer = client.get(BACK, query_string={"error": "access_denied", "state": asked["state"]})
    refused(answer, IdentityRefusal.NOT_PROVED, client)


@pytest.mark.parametrize("name", ["nonce", "aud", "iss", "exp"])
def test_a_token_that_was_not_made_for_this_flow_opens_nothing(
    open_app: Flask, provider: Provider, name: str
) -> None:
    person(open_app, linked="person-1")
    provider.spoil = lambda claims: {**claims, name: 1 if name == "exp" else "another"}
    client = browser(open_app)
    refused(sign_in(client, provider), IdentityRefusal.NOT_PROVED, client)


def test_a_provider_that_is_down_leaves_the_password(open_app: Flask, provider: Provider) -> None:
    client = browser(open_app)
    provider.answers = {"/.well-known/openid-configuration": Response("", 502)}
    answer = web.post(client, BEGIN, {}, page="/sign-in")
    refused(answer, IdentityRefusal.PROVIDER_SILENT, client)
    assert client.get("/sign-in").status_code == 200


# ── linking ──────────────────────────────────────────────────────────────────────────────────────


def link(client: FlaskClient) -> str:
    answer = web.post(client, NEW, {"password": make.PASSWORD})
    assert answer.status_code == 302, answer.text
    return answer.location


def test_a_person_links_signs_in_by_it_and_undoes_it(open_app: Flask, provider: Provider) -> None:
    user = person(open_app)
    client = web.sign_in(open_app, user)
    assert web.post(client, NEW, {"password": "wrong, but long"}).status_code == 422
    assert come_back(client, provider, link(client)).location == MINE
    assert "linked since" in client.get(MINE).text
    other = browser(open_app)
    assert sign_in(other, provider).location == "/home"
    undo = client.get(MINE).text.partition(f'href="{MINE}/')[2].partition('"')[0]
    assert undo.endswith("/undo")
    page = f"{MINE}/{undo}"
    assert web.post(client, page, {"password": "wrong, but long"}).status_code == 422
    assert web.post(client, page, {"password": make.PASSWORD}).location == MINE
    assert client.get(page).status_code == 404
    assert sign_in(browser(open_app), provider).location.startswith("/sign-in")
    with open_app.extensions["market.database"].reading() as s:
        written = s.scalars(select(Letter).where(Letter.to_address == user.email)).all()
    assert len(written) == 2
    assert all(NAME in letter.subject for letter in written)


def test_an_identity_of_somebody_else_is_not_linked_twice(
    open_app: Flask, provider: Provider
) -> None:
    person(open_app, linked="person-1")
    client = web.sign_in(open_app, person(open_app))
    answer = come_back(client, provider, link(client))
    assert answer.status_code == IdentityRefusal.TAKEN.status
    assert IdentityRefusal.TAKEN.sentence % {"provider": NAME} in answer.text


def test_a_link_begun_in_one_session_is_not_finished_in_another(
    open_app: Flask, provider: Provider
) -> None:
    li, wang = person(open_app), person(open_app)
    client = web.sign_in(open_app, li)
    address = link(client)
    with client.session_transaction() as kept:
        flow = kept["openid"]
    other = web.sign_in(open_app, wang)
    again = web.sign_in(open_app, li)
    for each in (other, again, browser(open_app)):
        with each.session_transaction() as kept:
            kept["openid"] = flow
        answer = come_back(each, provider, address)
        assert answer.status_code == IdentityRefusal.FLOW_LOST.status
    with open_app.extensions["market.database"].reading() as s:
        assert s.scalars(select(Identity)).all() == []


def test_a_sign_in_begun_as_a_stranger_links_nothing_to_who_signed_in_meanwhile(
    open_app: Flask, provider: Provider
) -> None:
    client = browser(open_app)
    address = begin(client)
    with client.session_transaction() as kept:
        flow = kept["openid"]
    mine = web.sign_in(open_app, person(open_app))
    with mine.session_transaction() as kept:
        kept["openid"] = flow
    assert come_back(mine, provider, address).status_code == IdentityRefusal.FLOW_LOST.status


def test_a_link_is_confirmed_with_the_password_of_the_last_minutes(
    open_app: Flask, provider: Provider
) -> None:
    client = web.sign_in(open_app, person(open_app))
    address = link(client)
    later = clock.now() + timedelta(minutes=6)
    clock.set_clock(lambda: later)
    try:
        assert come_back(client, provider, address).status_code == 403
    finally:
        clock.set_clock(None)


# ── without a provider ───────────────────────────────────────────────────────────────────────────


def test_a_market_without_a_provider_has_none_of_these_pages(app: Flask) -> None:
    with app.extensions["market.database"].transaction() as s:
        user = make.user(s, at=clock.now())
        s.expunge_all()
    client = web.sign_in(app, user)
    assert "openid" not in browser(app).get("/sign-in").text
    assert client.get(NEW).status_code == 404
    assert client.get(BACK).status_code == 404
    assert client.get(MINE).status_code == 200  # what was linked before can still be undone
    stranger = browser(app)
    assert web.post(stranger, BEGIN, {}, page="/sign-in").status_code == 404


def test_forms_may_lead_to_the_provider_and_nowhere_else(
    open_app: Flask, app: Flask, provider: Provider
) -> None:
    allowed = f"form-action 'self' {provider.address};"
    assert allowed in open_app.test_client().get("/").headers["Content-Security-Policy"]
    assert "form-action 'self';" in app.test_client().get("/").headers["Content-Security-Policy"]
