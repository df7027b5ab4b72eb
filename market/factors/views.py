"""Pages of second factors: the second step of signing in, and keeping one's own factor."""

from datetime import datetime

from flask import current_app, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.doors import forgive
from market.accounts.models import SignIn
from market.accounts.queries import get_user
from market.accounts.rules import SEE_OWN, SIGN_UP
from market.accounts.session_commands import end_other_sessions
from market.accounts.sessions import (
    SignedIn,
    begin,
    come_near,
    confirmed_by,
    doors_of_factor,
)
from market.accounts.steps import admit, half_way
from market.factors import staff_views
from market.factors.codes import address, code_at, new_secret, picture, step_of
from market.factors.commands import (
    drop_factor,
    enrol_factor,
    give_code,
    renew_codes,
    use_recovery_code,
)
from market.factors.forms import CodeForm, EnrolForm, RecoveryForm
from market.factors.letters import Tidings, tell
from market.factors.pages import bp
from market.factors.queries import factor_of, secret_of
from market.factors.rules import DROP, ENROL, RENEW_CODES, offer_refusal
from market.kernel.authority import Actor, asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.forms import ConfirmedForm
from market.kernel.refusal import insist
from market.kernel.sealing import Unsealable, sealer

__all__ = ["bp", "staff_views"]
OFFER, SHOWN = "factor-offer", "recovery-codes"
"""For what a secret is sealed in the page that offers it, and new codes in the cookie."""


# ── signing in ───────────────────────────────────────────────────────────────────────────────────


@bp.route("/sign-in/second-factor", methods=["GET", "POST"])
@asks(SIGN_UP)
def give() -> ResponseReturnValue:
    """The second step of signing in: the app's code. Nothing of the person's is shown before it."""
    at, form = now(), CodeForm()
    half = half_way(at)
    if half is None:
        return _begin_anew()
    if form.validate_on_submit():
        with form.keeping():
            doors = doors_of_factor(half.user_id)
            come_near(doors, at)
            with transaction() as s:
                user = give_code(s, half.user_id, str(form.code.data), sealer(), by=half.by, at=at)
                forgive(s, doors)
                person = begin(s, user, factor=True, at=at)
            return redirect(admit(person, then=half.then))
    shown = _demo_code(half.user_id, at)
    page = render_template("factors/give.html", form=form, lost=RecoveryForm(), demo_code=shown)
    return page, form.answer


@bp.route("/sign-in/recovery-code", methods=["GET", "POST"])
@asks(SIGN_UP)
def recover() -> ResponseReturnValue:
    """The second step without the app: one of the recovery codes, and a letter to the owner."""
    at, form = now(), RecoveryForm()
    half = half_way(at)
    if half is None:
        return _begin_anew()
    if form.validate_on_submit():
        with form.keeping():
            doors = doors_of_factor(half.user_id)
            come_near(doors, at)
            with transaction() as s:
                user = use_recovery_code(s, half.user_id, str(form.code.data), by=half.by, at=at)
                forgive(s, doors)
                tell(s, user, Tidings.RECOVERY_USED, at=at)
                left = factor_of(s, user.id).codes_left
                person = begin(s, user, factor=True, at=at)
            there = admit(person, then=half.then)
            flash(
                gettext("That recovery code is spent. Recovery codes left: %(left)s.", left=left),
                "warning",
            )
            return redirect(there)
    return render_template("factors/recover.html", form=form), form.answer


def _begin_anew() -> ResponseReturnValue:
    flash(gettext("Please sign in with your password first."), "warning")
    return redirect(url_for("accounts.sign_in"))


def _demo_code(user_id: int, at: datetime) -> str:
    """The code that the app would show, in the demo world only: its secrets are everybody's."""
    if not current_app.extensions["market.settings"].demo:
        return ""
    with reading() as s:
        user = get_user(s, user_id)
        secret = secret_of(user, sealer())
    step = max(step_of(at), (user.totp_step or 0) + 1)  # two sign-ins in one half minute
    return code_at(secret, step) if secret else ""


# ── one's own factor ─────────────────────────────────────────────────────────────────────────────


@bp.get("/me/second-factor")
@asks(SEE_OWN)
def show() -> ResponseReturnValue:
    """Whether one's account has a second factor, and how many recovery codes are left."""
    with reading() as s:
        factor = factor_of(s, current_user.actor.user_id)
    return render_template("factors/show.html", factor=factor)


@bp.route("/me/second-factor/new", methods=["GET", "POST"])
@asks(ENROL)
def enrol() -> ResponseReturnValue:
    """Set a factor up, or move it: a QR code for the app, kept only after its first right code."""
    at, form, mine = now(), EnrolForm(), current_user.actor
    secret, offered_at = _offered(form.offer.data, mine)
    if form.validate_on_submit():
        with form.keeping():
            insist(offer_refusal(offered_at, at), field="code")
            by = confirmed_by(mine, form, at)
            codes, person = _enrol(secret, str(form.code.data), by, at)
            admit(person)
            return _keep_for_once(codes, by)
    if offer_refusal(offered_at, at) is not None:
        secret = new_secret()
        form.offer.data = sealer().seal(
            f"{at.isoformat()} {secret}", purpose=OFFER, owner=_me(mine)
        )
    with reading() as s:
        account = get_user(s, mine.user_id).email
    qr = picture(address(secret, account=account, market=gettext("Technology market")))
    return render_template("factors/enrol.html", form=form, qr=qr, secret=secret), form.answer


def _offered(offer: str | None, mine: Actor) -> tuple[str, datetime | None]:
    """The secret in a page that was sent back, and when it was offered: to this person only."""
    try:
        opened = sealer().open(offer or "", purpose=OFFER, owner=_me(mine))
    except Unsealable:
        return "", None
    offered_at, secret = opened.split(" ")
    return secret, datetime.fromisoformat(offered_at)


def _enrol(secret: str, code: str, by: Actor, at: datetime) -> tuple[list[str], SignedIn]:
    """The factor, and a new session that carries it; all others end."""
    with transaction() as s:
        codes = enrol_factor(s, secret, code, sealer(), by=by, at=at)
        end_other_sessions(s, None, by=by, at=at)
        user = get_user(s, by.user_id or 0)
        person = begin(s, user, factor=True, at=at)
        s.get_one(SignIn, person.sign_in_id).party_id = by.party_id
        tell(s, user, Tidings.ENROLLED, at=at)
    return codes, person


@bp.route("/me/second-factor/recovery-codes/new", methods=["GET", "POST"])
@asks(RENEW_CODES)
def renew() -> ResponseReturnValue:
    """Make new recovery codes; the old ones are void."""
    at, form = now(), ConfirmedForm()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                codes = renew_codes(s, by=by, at=at)
                tell(s, get_user(s, by.user_id or 0), Tidings.RENEWED, at=at)
            return _keep_for_once(codes, by)
    return render_template("factors/renew.html", form=form), form.answer


def _keep_for_once(codes: list[str], by: Actor) -> ResponseReturnValue:
    session[SHOWN] = sealer().seal(" ".join(codes), purpose=SHOWN, owner=_me(by))
    return redirect(url_for(".codes"))


@bp.get("/me/second-factor/recovery-codes")
@asks(SEE_OWN)
def codes() -> ResponseReturnValue:
    """New recovery codes, once: to print or to copy."""
    try:
        kept = sealer().open(session.pop(SHOWN, ""), purpose=SHOWN, owner=_me(current_user.actor))
    except Unsealable:
        return redirect(url_for(".show"))
    return render_template("factors/codes.html", codes=kept.split(" "), at=now())


@bp.route("/me/second-factor/off", methods=["GET", "POST"])
@asks(DROP)
def drop() -> ResponseReturnValue:
    """Turn one's own factor off."""
    at, form = now(), ConfirmedForm()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                tell(s, drop_factor(s, by=by, at=at), Tidings.DROPPED, at=at)
            flash(gettext("The second factor is turned off."))
            return redirect(url_for(".show"))
    return render_template("factors/drop.html", form=form), form.answer


def _me(actor: Actor) -> str:
    return str(actor.user_id)
