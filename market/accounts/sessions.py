"""Who is signed in, and giving the password again for acts that bind."""

from datetime import datetime

from flask import current_app

from market.accounts.passwords import Passwords
from market.accounts.queries import (
    confirmed,
    get_user,
)
from market.accounts.rules import (
    PASSWORD_LEAST,
    PASSWORD_MOST,
    AccountRefusal,
    password_refusal,
)
from market.kernel.authority import Actor
from market.kernel.db import reading
from market.kernel.forms import ConfirmedForm
from market.kernel.refusal import Refused, insist


class SignedIn:
    """The person of this request, read anew each time: a role taken is gone at once."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        """What the session keeps of them."""
        return str(self.actor.user_id)


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
