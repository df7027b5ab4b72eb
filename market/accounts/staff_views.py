"""Pages of accounts: people and their roles, venues, registries."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.accounts.commands import grant_role, take_role
from market.accounts.commands import open_registry as open_registry_command
from market.accounts.commands import open_venue as open_venue_command
from market.accounts.forms import RegistryForm, RoleForm, VenueForm
from market.accounts.pages import bp, district_choices, region_choices
from market.accounts.queries import (
    get_user,
    registries_with_territory,
    users_page,
    venue_tree,
)
from market.accounts.queries import registries as all_registries
from market.accounts.queries import venues as all_venues
from market.accounts.rules import (
    GRANT_ROLE,
    OPEN_REGISTRY,
    OPEN_VENUE,
    SEE_PUBLIC,
    SEE_USERS,
)
from market.accounts.sessions import confirmed_by
from market.kernel.authority import Role, asks, who_refusal
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.paging import page_number


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


@bp.get("/venues")
@asks(SEE_PUBLIC)
def venues() -> ResponseReturnValue:
    """The tree of venues, for everybody."""
    with reading() as s:
        may = who_refusal(OPEN_VENUE, current_user.actor, now()) is None
        return render_template("accounts/venues.html", tree=venue_tree(s), may=may)


@bp.route("/venues/new", methods=["GET", "POST"])
@asks(OPEN_VENUE)
def open_venue() -> ResponseReturnValue:
    """Add a node to the tree."""
    form = VenueForm()
    with reading() as s:
        form.region_code.choices = region_choices(s)
        form.parent_id.choices = _parents(s)
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                open_venue_command(
                    s,
                    kind=form.kind.data,
                    name=str(form.name.data),
                    region_code=form.region_code.data,
                    parent_id=int(form.parent_id.data) if form.parent_id.data else None,
                    by=current_user.actor,
                    at=now(),
                )
            flash(gettext("The venue is open."))
            return redirect(url_for(".venues"))
    return render_template("accounts/open_venue.html", form=form), form.answer


def _parents(s: Session) -> dict[str, str]:
    return {"": gettext("nothing: it is a market"), **{str(v.id): v.name for v in all_venues(s)}}


@bp.get("/registries")
@asks(SEE_PUBLIC)
def registries() -> ResponseReturnValue:
    """The registries and what each serves, for everybody."""
    with reading() as s:
        may = who_refusal(OPEN_REGISTRY, current_user.actor, now()) is None
        return render_template(
            "accounts/registries.html", registries=registries_with_territory(s), may=may
        )


@bp.route("/registries/new", methods=["GET", "POST"])
@asks(OPEN_REGISTRY)
def open_registry() -> ResponseReturnValue:
    """Open a registry over a territory."""
    form = RegistryForm()
    with reading() as s:
        form.regions.choices = district_choices(s)
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                open_registry_command(
                    s,
                    code=str(form.code.data),
                    name=str(form.name.data),
                    authority=str(form.authority.data),
                    regions=list(form.regions.data or ()),
                    by=current_user.actor,
                    at=now(),
                )
            flash(gettext("The registry is open."))
            return redirect(url_for(".registries"))
    return render_template("accounts/open_registry.html", form=form), form.answer
