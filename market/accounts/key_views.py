"""Pages of what opens one's own account: sessions, password, address."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.devices import named
from market.accounts.forms import ChangeAddressForm, PasswordForm
from market.accounts.key_commands import ask_for_address, change_address, change_password
from market.accounts.pages import bp
from market.accounts.queries import get_user, sessions_of
from market.accounts.rules import CHANGE_KEYS, SEE_OWN, AccountRefusal, Purpose, change_refusal
from market.accounts.session_commands import end_other_sessions, end_session
from market.accounts.sessions import (
    come_near,
    confirmed_by,
    doors_of_letters,
    new_hash,
    settings,
)
from market.accounts.tickets import good_ticket
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.refusal import Refused, insist


@bp.get("/me/sessions")
@asks(SEE_OWN)
def sessions() -> ResponseReturnValue:
    """Where one is signed in, the latest seen first."""
    with reading() as s:
        kept = sessions_of(s, current_user.actor.user_id, now())
        here = current_user.sign_in_id
        return render_template("accounts/sessions.html", sessions=kept, here=here, named=named)


@bp.post("/me/sessions/<int:sign_in_id>/end")
@asks(SEE_OWN)
def end(sign_in_id: int) -> ResponseReturnValue:
    """End one of one's own sessions from afar."""
    with transaction() as s:
        end_session(s, sign_in_id, by=current_user.actor, at=now())
    flash(gettext("That session is ended."))
    return redirect(url_for(".sessions"))


@bp.post("/me/sessions/end-others")
@asks(SEE_OWN)
def end_others() -> ResponseReturnValue:
    """End all of one's own sessions but this one."""
    with transaction() as s:
        end_other_sessions(s, current_user.sign_in_id, by=current_user.actor, at=now())
    flash(gettext("You are signed in here only."))
    return redirect(url_for(".sessions"))


@bp.route("/me/password", methods=["GET", "POST"])
@asks(CHANGE_KEYS)
def password() -> ResponseReturnValue:
    """Change the password, and sign out everywhere else unless that is not wanted."""
    form, at = PasswordForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            by, hashed = confirmed_by(current_user.actor, form, at), _another_hash(form)
            with transaction() as s:
                change_password(s, password_hash=hashed, by=by, at=at)
                if form.others.data:
                    end_other_sessions(s, current_user.sign_in_id, by=by, at=at)
            flash(gettext("The password is changed."))
            return redirect(url_for(".me"))
    page = render_template("accounts/password.html", form=form, overdue=current_user.overdue)
    return page, form.answer


def _another_hash(form: PasswordForm) -> str:
    chosen = str(form.new_password.data)
    insist(change_refusal(str(form.password.data), chosen), field="new_password")
    with reading() as s:
        user = get_user(s, current_user.actor.user_id)
    return new_hash(chosen, email=user.email, name=user.name, field="new_password")


@bp.route("/me/address", methods=["GET", "POST"])
@asks(CHANGE_KEYS)
def address() -> ResponseReturnValue:
    """Ask for the letter that confirms another address."""
    form, at, by = ChangeAddressForm(), now(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            email = str(form.email.data)
            by = confirmed_by(by, form, at)
            come_near(doors_of_letters(email), at, AccountRefusal.TOO_MANY_LETTERS)
            with transaction() as s:
                ask_for_address(s, email, base_url=settings().base_url, by=by, at=at)
            return redirect(url_for(".letter_sent"))
    with reading() as s:
        user = get_user(s, by.user_id)
    return render_template("accounts/address.html", form=form, user=user), form.answer


@bp.get("/me/address/<secret>")
@asks(SEE_OWN)
def show_address(secret: str) -> ResponseReturnValue:
    """What following the letter will do."""
    with reading() as s:
        ticket = good_ticket(s, secret, Purpose.ADDRESS, now())
        if ticket.user_id != current_user.actor.user_id:
            raise Refused(AccountRefusal.TICKET_SPENT)
        return render_template("accounts/confirm_address.html", email=ticket.email)


@bp.post("/me/address/<secret>")
@asks(SEE_OWN)
def confirm_address(secret: str) -> ResponseReturnValue:
    """Sign in with the new address from now on."""
    with transaction() as s:
        change_address(s, secret, by=current_user.actor, at=now())
    flash(gettext("Your address is changed. Sign in with it from now on."))
    return redirect(url_for(".me"))
