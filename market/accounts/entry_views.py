"""Pages before the door: signing up and setting a new password, both by letter.

Nobody learns here whether an address has an account: the answer is the same, the letter is not.
"""

from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user

from market.accounts.forms import AddressForm, JoinForm, NewPasswordForm
from market.accounts.key_commands import answer_by_letter, reset_password
from market.accounts.key_commands import join as join_command
from market.accounts.pages import bp
from market.accounts.queries import get_user
from market.accounts.rules import SIGN_UP, AccountRefusal, Purpose
from market.accounts.sessions import (
    SignedIn,
    begin,
    come_near,
    doors_of_letters,
    enter,
    new_hash,
    settings,
)
from market.accounts.tickets import good_ticket
from market.kernel.authority import NOBODY, asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.refusal import Refused


@bp.route("/sign-up", methods=["GET", "POST"])
@asks(SIGN_UP)
def sign_up() -> ResponseReturnValue:
    """Ask for the letter that opens an account."""
    if current_user.is_authenticated:
        return redirect(url_for("desk.home"))
    return _ask_for_letter(Purpose.SIGN_UP, "accounts/sign_up.html")


@bp.route("/reset", methods=["GET", "POST"])
@asks(SIGN_UP)
def forgot() -> ResponseReturnValue:
    """Ask for the letter that lets a new password be set."""
    return _ask_for_letter(Purpose.PASSWORD, "accounts/forgot.html")


def _ask_for_letter(wanted: Purpose, page: str) -> ResponseReturnValue:
    form, at = AddressForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            email = str(form.email.data)
            come_near(doors_of_letters(email), at, AccountRefusal.TOO_MANY_LETTERS)
            said = {"language": str(get_locale()), "base_url": settings().base_url}
            with transaction() as s:
                answer_by_letter(s, wanted, email, by=current_user.actor, at=at, **said)
            return redirect(url_for(".letter_sent"))
    return render_template(page, form=form), form.answer


@bp.get("/letter-sent")
@asks(SIGN_UP)
def letter_sent() -> ResponseReturnValue:
    """Look into your mailbox."""
    return render_template("accounts/letter_sent.html")


@bp.route("/sign-up/<secret>", methods=["GET", "POST"])
@asks(SIGN_UP)
def join(secret: str) -> ResponseReturnValue:
    """Make the account to which a letter led, and sign in; who trades founds a party next."""
    if current_user.is_authenticated:
        return redirect(url_for("desk.home"))
    form, at = JoinForm(), now()
    with reading() as s:
        email = good_ticket(s, secret, Purpose.SIGN_UP, at).email
    if form.validate_on_submit():
        with form.keeping():
            name = str(form.name.data)
            hashed = new_hash(str(form.password.data), email=email, name=name)
            enter(_joined(secret, form, hashed, at), language=str(get_locale()))
            flash(gettext("Welcome. Your account is ready."))
            return redirect(url_for("parties.new_party" if form.roles.data else "desk.home"))
    return render_template("accounts/join.html", form=form, email=email), form.answer


def _joined(secret: str, form: JoinForm, hashed: str, at: datetime) -> SignedIn:
    with transaction() as s:
        user = join_command(
            s,
            secret,
            name=str(form.name.data),
            password_hash=hashed,
            roles=frozenset(form.roles.data or ()),
            language=str(get_locale()),
            by=NOBODY,
            at=at,
        )
        return begin(s, user, factor=False, at=at)


@bp.route("/reset/<secret>", methods=["GET", "POST"])
@asks(SIGN_UP)
def reset(secret: str) -> ResponseReturnValue:
    """Set a new password by a letter; then sign in with it, second factor and all."""
    form, at, by = NewPasswordForm(), now(), current_user.actor
    with reading() as s:
        ticket = good_ticket(s, secret, Purpose.PASSWORD, at)
        user = get_user(s, ticket.user_id or 0)
        if ticket.email != user.email or by.user_id not in (None, user.id):
            raise Refused(AccountRefusal.TICKET_SPENT)
        email, name = user.email, user.name
    if form.validate_on_submit():
        with form.keeping():
            hashed = new_hash(str(form.password.data), email=email, name=name)
            with transaction() as s:
                reset_password(s, secret, password_hash=hashed, by=by, at=at)
            flash(gettext("The new password is set. Sign in with it."))
            return redirect(url_for("desk.home"))  # by way of signing in
    return render_template("accounts/reset.html", form=form, email=email), form.answer
