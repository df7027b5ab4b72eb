"""Pages of places: venues, registries."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.kernel.authority import SEE_PUBLIC, asks, who_refusal
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.places.commands import open_registry as open_registry_command
from market.places.commands import open_venue as open_venue_command
from market.places.forms import (
    RegistryForm,
    VenueForm,
)
from market.places.pages import bp
from market.places.queries import (
    district_choices,
    region_choices,
    registries_with_territory,
    venue_tree,
)
from market.places.queries import venues as all_venues
from market.places.rules import (
    OPEN_REGISTRY,
    OPEN_VENUE,
)

__all__ = ["bp"]


@bp.get("/venues")
@asks(SEE_PUBLIC)
def venues() -> ResponseReturnValue:
    """The tree of venues, for everybody."""
    with reading() as s:
        may = who_refusal(OPEN_VENUE, current_user.actor, now()) is None
        return render_template("places/venues.html", tree=venue_tree(s), may=may)


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
    return render_template("places/open_venue.html", form=form), form.answer


def _parents(s: Session) -> dict[str, str]:
    return {"": gettext("nothing: it is a market"), **{str(v.id): v.name for v in all_venues(s)}}


@bp.get("/registries")
@asks(SEE_PUBLIC)
def registries() -> ResponseReturnValue:
    """The registries and what each serves, for everybody."""
    with reading() as s:
        may = who_refusal(OPEN_REGISTRY, current_user.actor, now()) is None
        return render_template(
            "places/registries.html", registries=registries_with_territory(s), may=may
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
    return render_template("places/open_registry.html", form=form), form.answer
