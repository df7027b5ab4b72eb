"""Pages of outside identities: signing in by the provider, linking and undoing it.

A flow belongs to the browser that began it and, where it links, to the session too: what comes back
with another state, too late or in another session is nothing (pretix, CVE-2023-27891).
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.models import User
from market.accounts.queries import confirmed, get_user
from market.accounts.rules import SEE_OWN, SIGN_UP, entry_refusal, local_path
from market.accounts.sessions import confirmed_by
from market.accounts.steps import admit, prove
from market.identities.commands import link_identity, unlink_identity
from market.identities.gateway import Gateway, Keys
from market.identities.letters import Tidings, tell
from market.identities.pages import bp
from market.identities.queries import find_identity, identities_of
from market.identities.rules import LINK, UNLINK, IdentityRefusal, flow_refusal
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import Missing, lock, reading, transaction
from market.kernel.forms import ConfirmedForm
from market.kernel.refusal import Refused, insist

__all__ = ["WAY_BACK", "bp"]
WAY_BACK = "/sign-in/openid/return"
COOKIE = "openid"


@dataclass(frozen=True)
class Flow:
    """What this browser began: its keys, when, in which session to link, where to go then."""

    state: str
    nonce: str
    verifier: str
    begun_at: str
    linking: int | None
    then: str

    @property
    def keys(self) -> Keys:
        """What the provider's answer is held against."""
        return Keys(self.state, self.nonce, self.verifier)

    @property
    def since(self) -> datetime:
        """When it was begun."""
        return datetime.fromisoformat(self.begun_at)


@bp.post("/sign-in/openid")
@asks(SIGN_UP)
def begin() -> ResponseReturnValue:
    """Go to the provider to sign in."""
    if current_user.is_authenticated:
        return redirect(url_for("desk.home"))
    return _send_off(now(), then=local_path(request.form.get("next")) or "")


@bp.get(WAY_BACK)
@asks(SIGN_UP)
def come_back() -> ResponseReturnValue:
    """Back from the provider: to sign in, or to link, as the flow was begun."""
    at, gateway = now(), _gateway()
    flow = _flow(at)
    if "code" not in request.args:
        raise Refused(IdentityRefusal.NOT_PROVED, provider=gateway.openid.name)
    subject = gateway.finish(request.args["code"], flow.keys, at)
    return _sign_in(subject, flow, at) if flow.linking is None else _link(subject, flow, at)


def _sign_in(subject: str, flow: Flow, at: datetime) -> ResponseReturnValue:
    provider = _gateway().openid
    with transaction() as s:
        known = find_identity(s, provider.issuer, subject)
        user = lock(s, User, known.user_id) if known else None
        if user is not None:
            insist(entry_refusal(stale=False, suspended=bool(user.suspended_at)))
        person = prove(s, user, then=flow.then, at=at) if user and not user.erased_at else None
    if person is not None:
        return redirect(admit(person, then=flow.then))
    flash(
        gettext(
            "No account here is linked to this one at %(provider)s. Sign in with your password, or "
            "sign up, and link the two on the page you come to.",
            provider=provider.name,
        ),
        "warning",
    )
    return redirect(url_for("accounts.sign_in", next=url_for(".show")))


def _link(subject: str, flow: Flow, at: datetime) -> ResponseReturnValue:
    provider = _gateway().openid
    by = confirmed(current_user.actor, flow.since)
    with transaction() as s:
        link_identity(s, provider.issuer, subject, provider.name, by=by, at=at)
        tell(s, get_user(s, by.user_id or 0), Tidings.LINKED, provider.name, at=at)
    flash(gettext("You may sign in by %(provider)s from now on.", provider=provider.name))
    return redirect(url_for(".show"))


@bp.get("/me/identities")
@asks(SEE_OWN)
def show() -> ResponseReturnValue:
    """The outside identities that open one's own account."""
    with reading() as s:
        mine = identities_of(s, current_user.actor.user_id)
        return render_template("identities/show.html", identities=mine)


@bp.route("/me/identities/new", methods=["GET", "POST"])
@asks(LINK)
def link() -> ResponseReturnValue:
    """Link one's own account to the provider: the password here, then a proof there."""
    at, form, gateway = now(), ConfirmedForm(), _gateway()
    if form.validate_on_submit():
        with form.keeping():
            confirmed_by(current_user.actor, form, at)
            return _send_off(at, linking=current_user.sign_in_id)
    return render_template("identities/link.html", form=form, name=gateway.openid.name), form.answer


@bp.route("/me/identities/<int:identity_id>/undo", methods=["GET", "POST"])
@asks(UNLINK)
def unlink(identity_id: int) -> ResponseReturnValue:
    """Undo a link of one's own."""
    at, form, mine = now(), ConfirmedForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(mine, form, at)
            with transaction() as s:
                unlink_identity(s, identity_id, by=by, at=at)
                tell(s, get_user(s, mine.user_id), Tidings.UNLINKED, _name(), at=at)
            flash(gettext("The link is undone."))
            return redirect(url_for(".show"))
    with reading() as s:
        known = [each.id for each in identities_of(s, mine.user_id)]
    if identity_id not in known:
        raise Missing("identity", identity_id)
    return render_template("identities/unlink.html", form=form, name=_name()), form.answer


# ── the flow ─────────────────────────────────────────────────────────────────────────────────────


def _gateway() -> Gateway:
    """The provider of the settings; without one, these pages do not exist."""
    found: Gateway | None = current_app.extensions["market.provider"]
    if found is None:
        raise Missing("provider", 0)
    return found


def _name() -> str:
    found: Gateway | None = current_app.extensions["market.provider"]
    return found.openid.name if found else str(gettext("the provider"))


def _send_off(at: datetime, *, linking: int | None = None, then: str = "") -> ResponseReturnValue:
    """Begin a flow; a newer one takes the place of an older."""
    address, keys = _gateway().begin()
    flow = Flow(**asdict(keys), begun_at=at.isoformat(), linking=linking, then=then)
    session[COOKIE] = asdict(flow)
    return redirect(address)


def _flow(at: datetime) -> Flow:
    """The flow that this answer belongs to; it is over with the first answer, right or wrong."""
    kept = session.pop(COOKIE, None)
    if kept is None:
        raise Refused(IdentityRefusal.FLOW_LOST)
    flow = Flow(**kept)
    if not secrets.compare_digest(flow.state.encode(), request.args.get("state", "").encode()):
        raise Refused(IdentityRefusal.FLOW_LOST)
    insist(flow_refusal(flow.since, at))
    here = current_user.sign_in_id if current_user.is_authenticated else None
    if flow.linking != here:
        raise Refused(IdentityRefusal.FLOW_LOST)
    return flow
