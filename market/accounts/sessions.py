"""Who is signed in, and giving the password again for acts that bind.

The browser's cookie keeps a secret of 256 bits, the CSRF token, flashes and the language; who that
is, since when, with which proof and for which party stands in the table (``SignIn``). This is the
only place beneath the views that knows the request: it is the other end of the cookie.
"""

import hashlib
import secrets
from datetime import datetime

from flask import current_app, request
from flask import session as cookie
from flask_login import current_user, login_user, logout_user
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.accounts.commands import begin_session
from market.accounts.limits import NOTICED_EVERY
from market.accounts.models import SignIn, User
from market.accounts.passwords import Passwords
from market.accounts.queries import confirmed, get_user
from market.accounts.rules import (
    PASSWORD_LEAST,
    PASSWORD_MOST,
    AccountRefusal,
    password_refusal,
)
from market.kernel.authority import Actor
from market.kernel.db import reading, transaction
from market.kernel.forms import ConfirmedForm
from market.kernel.refusal import Refused, insist

SECRET_BYTES = 32
MOST_AGENT = 200


class SignedIn:
    """The person of this request, read anew each time: a role taken is gone at once."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, actor: Actor, sign_in: SignIn, secret: str) -> None:
        self.actor = actor
        self.sign_in_id, self.factor, self.seen_at = sign_in.id, sign_in.factor, sign_in.seen_at
        self._secret = secret

    def get_id(self) -> str:
        """What the cookie keeps of them: nothing but the session's secret."""
        return self._secret


def digest(secret: str) -> str:
    """What the table keeps of a secret: its SHA-256, from which nobody gets back to it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(session: Session, user: User, *, factor: bool, at: datetime) -> SignedIn:
    """A new session of this person, in the transaction in which they proved who they are.

    Give it to ``enter`` once the transaction is through.
    """
    secret, by = secrets.token_urlsafe(SECRET_BYTES), Actor(user.id, user.name)
    begun = begin_session(
        session,
        user.id,
        token_hash=digest(secret),
        factor=factor,
        address=request.remote_addr or "",
        agent=request.user_agent.string[:MOST_AGENT],
        by=by,
        at=at,
    )
    return SignedIn(by, begun, secret)


def enter(person: SignedIn, *, language: str) -> None:
    """Hand the browser its new secret; what was planted before is gone (promises 7 C 47)."""
    cookie.clear()
    cookie.permanent = True
    cookie["language"] = language
    login_user(person)


def leave(*, language: str) -> None:
    """Forget everything in the browser but the language."""
    logout_user()
    cookie.clear()
    cookie["language"] = language


def notice(at: datetime) -> None:
    """Look who asks, before the view begins; note once a minute that they were here."""
    person = current_user._get_current_object()
    if isinstance(person, SignedIn) and at - person.seen_at >= NOTICED_EVERY:
        with transaction() as session:
            mine = update(SignIn).where(SignIn.id == person.sign_in_id)
            session.execute(mine.values(seen_at=at))


def act_for(session: Session, party_id: int) -> None:
    """Act for this party from now on, in this session."""
    mine = update(SignIn).where(SignIn.id == current_user.sign_in_id)
    session.execute(mine.values(party_id=party_id))


def passwords() -> Passwords:
    """The hasher of the current application."""
    found = current_app.extensions["market.passwords"]
    assert isinstance(found, Passwords)
    return found


def confirmed_by(by: Actor, form: ConfirmedForm, at: datetime) -> Actor:
    """The person of this request, once the password in the form has proved to be theirs.

    Hashing takes tens of milliseconds: it happens before the writing transaction begins.
    """
    with reading() as session:
        stored = get_user(session, by.user_id or 0).password_hash
    if not passwords().check(form.password.data or "", stored):
        raise Refused(AccountRefusal.WRONG_PASSWORD, field="password")
    return confirmed(by, at)


def new_hash(password: str, *, email: str, name: str) -> str:
    """The hash of a password that its rule accepts, taken exactly as typed.

    The rule comes before the hash, so that a megabyte costs nothing; the hash comes before the
    writing transaction.
    """
    own = (email, email.partition("@")[0], name)
    insist(
        password_refusal(password, context=own),
        field="password",
        least=PASSWORD_LEAST,
        most=PASSWORD_MOST,
    )
    return passwords().make(password)
