"""Staff pages of accounts: people, their roles, sessions and suspension."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.accounts import role_commands
from market.accounts.commands import grant_role, restore_user, suspend_user, take_role
from market.accounts.forms import RoleForm
from market.accounts.pages import bp
from market.accounts.queries import (
    get_user,
    user_names,
    users_page,
)
from market.accounts.role_commands import propose_role
from market.accounts.rules import (
    BY_TWO,
    END_SESSIONS,
    GRANT_POWER,
    GRANT_ROLE,
    SEE_USERS,
    SUSPEND,
)
from market.accounts.session_commands import end_all_sessions
from market.accounts.sessions import confirmed_by
from market.kernel.authority import Role, asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.forms import ConfirmedForm
from market.kernel.paging import page_number
from market.kernel.proposals import HOLDS, Proposal, get_proposal, waiting
from market.places.queries import registries as all_registries


@bp.get("/users")
@asks(SEE_USERS)
def users() -> ResponseReturnValue:
    """All people, newest first."""
    number = page_number(request.args.get("page"))
    with reading() as s:
        proposed = _proposed(s, waiting(s, GRANT_POWER))
        return render_template("accounts/users.html", page=users_page(s, number), **proposed)


@bp.route("/users/<int:user_id>/roles", methods=["GET", "POST"])
@asks(GRANT_ROLE)
def grant(user_id: int) -> ResponseReturnValue:
    """Give a staff role, or propose one that takes two administrators."""
    at, form = now(), _role_form()
    if form.validate_on_submit():
        with form.keeping():
            flash(_give(form, user_id, at))
            return redirect(url_for(".grant", user_id=user_id))
    return _role_page(form, user_id)


def _give(form: RoleForm, user_id: int, at: datetime) -> str:
    """Give the role, or propose it where it takes two; gives what to say."""
    by, role = confirmed_by(current_user.actor, form, at), Role.of(form.role.data)
    registry_id = int(form.registry_id.data) if form.registry_id.data else None
    with transaction() as s:
        if role in BY_TWO:
            propose_role(s, user_id, role, by=by, at=at, registry_id=registry_id)
            return str(gettext("The role is proposed; another administrator confirms it."))
        grant_role(s, user_id, role, by=by, at=at, registry_id=registry_id)
    return str(gettext("The role is given."))


@bp.post("/users/<int:user_id>/roles/take")
@asks(GRANT_ROLE)
def take(user_id: int) -> ResponseReturnValue:
    """Take a staff role away."""
    at, form = now(), _role_form()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                take_role(s, user_id, Role.of(form.role.data), by=by, at=at)
            flash(gettext("The role is taken away."))
            return redirect(url_for(".grant", user_id=user_id))
    return _role_page(form, user_id)


@bp.post("/users/<int:user_id>/sessions/end")
@asks(END_SESSIONS)
def end_sessions(user_id: int) -> ResponseReturnValue:
    """End all sessions of a person: a lost telephone, a doubt."""
    with transaction() as s:
        ended = end_all_sessions(s, user_id, by=current_user.actor, at=now())
    flash(ngettext("%(num)s session is ended.", "%(num)s sessions are ended.", ended))
    return redirect(url_for(".grant", user_id=user_id))


@bp.get("/users/<int:user_id>/suspension")
@asks(SUSPEND)
def suspension(user_id: int) -> ResponseReturnValue:
    """Whether an account is suspended, and the way to change that."""
    return _suspension_page(ConfirmedForm(), user_id)


@bp.post("/users/<int:user_id>/suspend")
@asks(SUSPEND)
def suspend(user_id: int) -> ResponseReturnValue:
    """Shut an account at once."""
    at, form = now(), ConfirmedForm()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                suspend_user(s, user_id, by=by, at=at)
            flash(gettext("The account is suspended."))
            return redirect(url_for(".suspension", user_id=user_id))
    return _suspension_page(form, user_id)


@bp.post("/users/<int:user_id>/restore")
@asks(SUSPEND)
def restore(user_id: int) -> ResponseReturnValue:
    """Let a suspended account in again."""
    at, form = now(), ConfirmedForm()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                restore_user(s, user_id, by=by, at=at)
            flash(gettext("The account is open again."))
            return redirect(url_for(".suspension", user_id=user_id))
    return _suspension_page(form, user_id)


def _suspension_page(form: ConfirmedForm, user_id: int) -> ResponseReturnValue:
    with reading() as s:
        user = get_user(s, user_id)
        return render_template("accounts/suspension.html", form=form, user=user), form.answer


@bp.get("/users/proposals/<int:proposal_id>")
@asks(GRANT_POWER)
def proposal(proposal_id: int) -> ResponseReturnValue:
    """A proposed role, exactly as it would be given."""
    return _proposal_page(proposal_id, ConfirmedForm(formdata=None))


@bp.post("/users/proposals/<int:proposal_id>/confirm")
@asks(GRANT_POWER)
def confirm_role(proposal_id: int) -> ResponseReturnValue:
    """Confirm a proposed role."""
    done = gettext("The role is given.")
    return _decide(proposal_id, role_commands.confirm_role, done)


@bp.post("/users/proposals/<int:proposal_id>/decline")
@asks(GRANT_POWER)
def decline_role(proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal back, or reject another's."""
    done = gettext("The proposal is declined; nothing was changed.")
    return _decide(proposal_id, role_commands.decline_role, done)


def _decide(proposal_id: int, command: Callable[..., object], done: str) -> ResponseReturnValue:
    at, form = now(), ConfirmedForm()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                command(s, proposal_id, by=by, at=at)
            flash(done)
            return redirect(url_for(".users"))
    return _proposal_page(proposal_id, form)


def _proposal_page(proposal_id: int, form: ConfirmedForm) -> ResponseReturnValue:
    with reading() as s:
        found = get_proposal(s, proposal_id, GRANT_POWER)
        page = render_template(
            "accounts/proposal.html",
            form=form,
            proposal=found,
            until=found.proposed_at + HOLDS,
            **_proposed(s, [found]),
        )
        return page, form.answer


def _proposed(s: Session, proposals: Sequence[Proposal]) -> dict[str, object]:
    """Proposed roles with the names that a reader needs."""
    ids = {int(each.subject_id) for each in proposals} | {each.proposed_by for each in proposals}
    return {
        "proposals": proposals,
        "names": user_names(s, ids),
        "offices": {each.id: each.name for each in all_registries(s)},
        "role_of": Role.of,
    }


def _role_form() -> RoleForm:
    form = RoleForm()
    with reading() as s:
        known = {str(each.id): f"{each.code} {each.name}" for each in all_registries(s)}
    form.registry_id.choices = {"": "–", **known}
    return form


def _role_page(form: RoleForm, user_id: int) -> ResponseReturnValue:
    with reading() as s:
        user = get_user(s, user_id)
        offices = {each.id: each.name for each in all_registries(s)}
        page = render_template("accounts/grant.html", form=form, user=user, offices=offices)
    return page, form.answer
