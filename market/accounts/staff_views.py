"""Pages of accounts: people and their roles, venues, registries."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from market.accounts.commands import grant_role, restore_user, suspend_user, take_role
from market.accounts.forms import RoleForm
from market.accounts.pages import bp
from market.accounts.queries import (
    get_user,
    users_page,
)
from market.accounts.rules import (
    END_SESSIONS,
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
from market.places.queries import registries as all_registries


@bp.get("/users")
@asks(SEE_USERS)
def users() -> ResponseReturnValue:
    """All people, newest first."""
    number = page_number(request.args.get("page"))
    with reading() as s:
        return render_template("accounts/users.html", page=users_page(s, number))


@bp.route("/users/<int:user_id>/roles", methods=["GET", "POST"])
@asks(GRANT_ROLE)
def grant(user_id: int) -> ResponseReturnValue:
    """Give a staff role."""
    at, form = now(), _role_form()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            registry_id = int(form.registry_id.data) if form.registry_id.data else None
            with transaction() as s:
                grant_role(
                    s, user_id, Role.of(form.role.data), by=by, at=at, registry_id=registry_id
                )
            flash(gettext("The role is given."))
            return redirect(url_for(".grant", user_id=user_id))
    return _role_page(form, user_id)


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
