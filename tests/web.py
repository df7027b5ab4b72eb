"""A visitor for tests: signs in, reads a page's token, posts its form."""

import re
from collections.abc import Mapping
from html import unescape
from itertools import count

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from market.accounts.models import User
from market.accounts.queries import get_user
from market.factors.codes import step_of
from market.kernel.authority import NEEDS_FACTOR
from market.kernel.clock import now
from market.kernel.db import Database
from market.kernel.mail import Letter
from market.kernel.once import FIELD
from tests import make

SECOND_STEP = "/sign-in/second-factor"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SEEN = re.compile(r'name="seen" type="hidden" value="([^"]*)"')
KEY = re.compile(r'name="once" value="([^"]+)"')
LINK = re.compile(r"https?://[^/\s]+(/\S+)")
_serial = count(1)


def sign_in(app: Flask, person: User | int, *, language: str = "en") -> FlaskClient:
    """A client in which this person is signed in, with ``make.PASSWORD`` as their password."""
    user_id = person if isinstance(person, int) else person.id
    database = app.extensions["market.database"]
    with database.transaction() as s:
        hashed = app.extensions["market.passwords"].make(make.PASSWORD)
        email = get_user(s, user_id).email
        behind = update(User).where(User.id == user_id).values(password_hash=hashed)
        s.connection().execute(behind)  # behind the record's back, as only a test may
        ready_factor(s, get_user(s, user_id))
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["language"] = language
    answer = post(client, "/sign-in", {"email": email, "password": make.PASSWORD})
    assert answer.status_code == 302, answer.text
    if answer.location == SECOND_STEP:
        answer = post(client, SECOND_STEP, {"code": make.code(now())})
        assert answer.status_code == 302, answer.text
    return client


def join(client: FlaskClient, typed: Mapping[str, object]) -> TestResponse:
    """Sign up as a person does: ask for the letter, follow it, open the account."""
    post(client, "/sign-up", {"email": typed["email"]})
    link = letter_link(client.application.extensions["market.database"])
    return post(client, link, {name: typed[name] for name in typed if name != "email"})


def letter_link(database: Database, email: str = "") -> str:
    """Where the latest letter (to this address) leads, within the market."""
    written = select(Letter).order_by(Letter.id.desc()).limit(1)
    with database.reading() as s:
        letter = s.scalars(written.where(Letter.to_address == email) if email else written).one()
        found = LINK.search(letter.plain)
    assert found is not None, letter.plain
    return found.group(1)


def ready_factor(s: Session, user: User) -> None:
    """Whose role needs a second factor has one; its present code was not given yet."""
    needs = not NEEDS_FACTOR.isdisjoint(held.role for held in user.roles)
    if needs and user.totp_since is None:
        make.factor(s, user, now())
    if user.totp_since is not None:
        behind = update(User).where(User.id == user.id).values(totp_step=step_of(now()) - 2)
        s.connection().execute(behind)


def token(client: FlaskClient, path: str) -> str:
    """The CSRF token in the page at this path."""
    answer = client.get(path)
    found = TOKEN.search(answer.text)
    assert found is not None, f"no form at {path}: {answer.status}"
    return found.group(1)


def same(one: TestResponse, other: TestResponse) -> bool:
    """Whether two answers are alike to the byte, but for what each page draws anew."""
    return (one.status, masked(one.text)) == (other.status, masked(other.text))


def masked(text: str) -> str:
    """A page without the tokens and keys that are drawn anew each time."""
    return KEY.sub("", TOKEN.sub("", text))


def key() -> str:
    """A key that no form of this test run carried yet."""
    return f"test-key-{next(_serial)}"


def carried(client: FlaskClient, page: str) -> dict[str, str]:
    """What each form of this page carries unseen: the token of the session and a fresh key."""
    return {"csrf_token": token(client, page), FIELD: key()}


def shown(client: FlaskClient, page: str) -> dict[str, str]:
    """What the page's own form remembers of what it showed, where it does."""
    seen = SEEN.search(client.get(page).text)
    return {"seen": unescape(seen.group(1))} if seen else {}


def post(
    client: FlaskClient, path: str, data: Mapping[str, object] | None = None, *, page: str = ""
) -> TestResponse:
    """Post a form with what it carries on the page it stands on (``page``, or the path itself)."""
    remembered = shown(client, path) if page in ("", path) and "seen" not in (data or {}) else {}
    return client.post(path, data={**carried(client, page or path), **remembered, **(data or {})})
