"""Pages of accounts: signing in and out, the language, one's own account."""

from datetime import datetime

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import current_user
from werkzeug.exceptions import UnprocessableEntity

from market.accounts import entry_views, key_views, mail_views, staff_views
from market.accounts.commands import choose_language
from market.accounts.doors import forgive
from market.accounts.forms import MailForm, SignInForm
from market.accounts.models import User
from market.accounts.pages import bp
from market.accounts.queries import get_user, known_by
from market.accounts.rules import SEE_OWN, SIGN_UP, AccountRefusal, entry_refusal, local_path
from market.accounts.session_commands import end_session
from market.accounts.sessions import SignedIn, come_near, doors_of, leave, passwords
from market.accounts.steps import Half, admit, prove
from market.kernel.authority import SEE_PUBLIC, asks
from market.kernel.clock import now
from market.kernel.db import lock, reading, transaction
from market.kernel.i18n import LANGUAGES
from market.kernel.refusal import Refused, insist

__all__ = ["bp", "entry_views", "key_views", "mail_views", "staff_views"]


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
        with form.keeping():
            then = local_path(form.next.data) or ""
            person, language = _proved(form, then, now())
            language = session.get("language") or language
            return redirect(admit(person, then=then, language=language))
    return render_template("accounts/sign_in.html", form=form), form.answer


def _proved(form: SignInForm, then: str, at: datetime) -> tuple[SignedIn | Half, str]:
    """The session of whoever gave the right password, or half of it, and their language.

    The attempt counts before anything is hashed, and an unknown address costs as much as a known.
    """
    email = str(form.email.data)
    with reading() as s:
        known = known_by(s, email)
    doors = doors_of(email, known.user_id)
    come_near(doors, at)
    if not passwords().check(str(form.password.data), known.password_hash):
        raise Refused(AccountRefusal.WRONG_PASSWORD)
    with transaction() as s:
        user = lock(s, User, known.user_id)
        stale = user.password_hash != known.password_hash
        insist(entry_refusal(stale=stale, suspended=user.suspended_at is not None))
        forgive(s, doors)
        return prove(s, user, then=then, at=at), user.language


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
