"""Giving the password again, for acts that bind."""

from datetime import datetime

from flask import current_app

from market.accounts.passwords import Passwords
from market.accounts.queries import confirmed, get_user
from market.accounts.rules import AccountRefusal
from market.kernel.authority import Actor
from market.kernel.db import reading
from market.kernel.forms import ConfirmedForm
from market.kernel.refusal import Refused


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
