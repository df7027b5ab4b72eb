"""Pages of accounts: signing up, in and out, the language, one's own account."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user
from werkzeug.exceptions import UnprocessableEntity

from market.accounts import mail_views, staff_views
from market.accounts.commands import choose_language, end_session
from market.accounts.commands import sign_up as sign_up_command
from market.accounts.forms import (
    MailForm,
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
    begin,
    enter,
    leave,
    new_hash,
    passwords,
)
from market.kernel.authority import NOBODY, SEE_PUBLIC, asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.i18n import LANGUAGES

__all__ = ["bp", "mail_views", "staff_views"]


@bp.route("/sign-up", methods=["GET", "POST"])
@asks(SIGN_UP)
def sign_up() -> ResponseReturnValue:
    """Make an account and sign in to it; who trades founds a party next."""
    if current_user.is_authenticated:
        return redirect(url_for("desk.home"))
    form = SignUpForm()
    if form.validate_on_submit():
        with form.keeping():
            enter(_join(form), language=str(get_locale()))
            flash(gettext("Welcome. Your account is ready."))
            trades = bool(form.roles.data)
            return redirect(url_for("parties.new_party" if trades else "desk.home"))
    return render_template("accounts/sign_up.html", form=form), form.answer


def _join(form: SignUpForm) -> SignedIn:
    email, name = str(form.email.data), str(form.name.data)
    hashed = new_hash(str(form.password.data), email=email, name=name)
    at = now()
    with transaction() as s:
        user = sign_up_command(
            s,
            email=email,
            name=name,
            password_hash=hashed,
            roles=frozenset(form.roles.data or ()),
            language=str(get_locale()),
            by=NOBODY,
            at=at,
        )
        return begin(s, user, factor=False, at=at)


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
            with transaction() as s:
                person = begin(s, get_user(s, known[0]), factor=False, at=now())
            enter(person, language=session.get("language") or known[2])
            return redirect(local_path(form.next.data) or url_for("desk.home"))
        form.form_errors.append(gettext(AccountRefusal.WRONG_PASSWORD.sentence))
    return render_template("accounts/sign_in.html", form=form), form.answer


@bp.post("/sign-out")
@asks(SIGN_UP)
def sign_out() -> ResponseReturnValue:
    """Sign out: the session ends on the server, the browser forgets all but the language."""
    if current_user.is_authenticated:
        with transaction() as s:
            end_session(s, current_user.sign_in_id, by=current_user.actor, at=now())
    leave(language=str(get_locale()))
    answer = redirect(url_for("desk.front"))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


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
        mail = MailForm(choice=user.mail_choice.value)
        return render_template("accounts/me.html", user=user, mail=mail)
