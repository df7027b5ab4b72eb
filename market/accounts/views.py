"""Pages of accounts: signing up, in and out, the language, one's own account."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user, login_user, logout_user
from werkzeug.exceptions import UnprocessableEntity

from market.accounts import staff_views
from market.accounts.commands import choose_language
from market.accounts.commands import sign_up as sign_up_command
from market.accounts.forms import (
    SignInForm,
    SignUpForm,
)
from market.accounts.pages import bp
from market.accounts.queries import (
    find_user_by_email,
    get_user,
)
from market.accounts.rules import (
    SEE_OWN,
    SIGN_UP,
    AccountRefusal,
    local_path,
)
from market.accounts.sessions import (
    SignedIn,
    new_hash,
    passwords,
)
from market.kernel.authority import NOBODY, SEE_PUBLIC, Actor, asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.i18n import LANGUAGES

__all__ = ["bp", "staff_views"]


@bp.route("/sign-up", methods=["GET", "POST"])
@asks(SIGN_UP)
def sign_up() -> ResponseReturnValue:
    """Make an account and sign in to it; who trades founds a party next."""
    if current_user.is_authenticated:
        return redirect(url_for("desk.home"))
    form = SignUpForm()
    if form.validate_on_submit():
        with form.keeping():
            user_id = _join(form)
            _enter(user_id, str(get_locale()))
            flash(gettext("Welcome. Your account is ready."))
            trades = bool(form.roles.data)
            return redirect(url_for("parties.new_party" if trades else "desk.home"))
    return render_template("accounts/sign_up.html", form=form), form.answer


def _join(form: SignUpForm) -> int:
    email, name = str(form.email.data), str(form.name.data)
    hashed = new_hash(str(form.password.data), email=email, name=name)
    with transaction() as s:
        user = sign_up_command(
            s,
            email=email,
            name=name,
            password_hash=hashed,
            roles=frozenset(form.roles.data or ()),
            language=str(get_locale()),
            by=NOBODY,
            at=now(),
        )
        return user.id


def _enter(user_id: int, language: str) -> None:
    """Sign in into a session of its own: what was planted before is gone (promises 7 C 47)."""
    session.clear()
    session.permanent = True
    session["language"] = language
    login_user(SignedIn(Actor(user_id)))


@bp.route("/sign-in", methods=["GET", "POST"])
@asks(SIGN_UP)
def sign_in() -> ResponseReturnValue:
    """Sign in; an unknown address and a wrong password get the same answer in the same time."""
    if current_user.is_authenticated:
        return redirect(url_for("desk.home"))
    form = SignInForm()
    if not form.is_submitted():
        form.next.data = local_path(request.args.get("next")) or ""
    if form.validate_on_submit():
        with reading() as s:
            user = find_user_by_email(s, str(form.email.data))
            known = (user.id, user.password_hash, user.language) if user else (0, None, "")
        if passwords().check(str(form.password.data), known[1]):
            _enter(known[0], session.get("language") or known[2])
            return redirect(local_path(form.next.data) or url_for("desk.home"))
        form.form_errors.append(gettext(AccountRefusal.WRONG_PASSWORD.sentence))
    return render_template("accounts/sign_in.html", form=form), form.answer


@bp.post("/sign-out")
@asks(SIGN_UP)
def sign_out() -> ResponseReturnValue:
    """Sign out; only the language stays."""
    language = str(get_locale())
    logout_user()
    session.clear()
    session["language"] = language
    return redirect(url_for("desk.front"))


@bp.post("/language")
@asks(SEE_PUBLIC)
def language() -> ResponseReturnValue:
    """Switch the language and go back to the page; never to another site (promises 7 G 104)."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise UnprocessableEntity
    session["language"] = chosen
    if current_user.is_authenticated:
        with transaction() as s:
            by = current_user.actor
            choose_language(s, by.user_id, chosen, by=by, at=now())
    return redirect(local_path(request.form.get("next")) or url_for("desk.front"))


@bp.get("/me")
@asks(SEE_OWN)
def me() -> ResponseReturnValue:
    """One's own account and roles."""
    with reading() as s:
        user = get_user(s, current_user.actor.user_id)
        return render_template("accounts/me.html", user=user)
