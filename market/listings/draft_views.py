"""Writing a draft: its main form, and a small form for each part."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.forms import Form
from market.kernel.refusal import insist
from market.listings import commands
from market.listings.forms import PART_FORMS, ListingForm, OwnerForm, PartForm, RemoveForm
from market.listings.models import Listing
from market.listings.pages import bp
from market.listings.queries import also_in, get_listing
from market.listings.rules import (
    DRAFT,
    WHOLE_BP,
    ListingRefusal,
    gaps,
    part_mark,
    remove_refusal,
    save_refusal,
    secrecy_mark,
    submit_refusal,
)
from market.listings.sheet import Sheet

MEANWHILE = ListingRefusal.EDITED_MEANWHILE
PARTS = {form.part: form for form in PART_FORMS}


@bp.route("/new", methods=["GET", "POST"])
@asks(DRAFT, creates=True)
def new() -> ResponseReturnValue:
    """Begin a draft: a title is enough."""
    at, by, form = now(), current_user.actor, ListingForm()
    if by.party_id is None:
        flash(gettext("Found the party that you act for first; then list its results."), "warning")
        return redirect(url_for("parties.new_party"))
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                made_id = commands.draft(s, by.party_id, form.over(Sheet()), by=by, at=at).id
            flash(gettext("The draft is kept. Now add its rights, owners and people."))
            return redirect(url_for(".edit", listing_id=made_id))
    return render_template("listings/new.html", form=form), form.answer


@bp.route("/<int:listing_id>/edit", methods=["GET", "POST"])
@asks(DRAFT)
def edit(listing_id: int) -> ResponseReturnValue:
    """The draft's page: the main form, the parts, what is still missing."""
    form = ListingForm()
    if form.validate_on_submit():
        with form.keeping():
            return _save(listing_id, form.over_as_seen, gettext("Saved."))
    return _page(listing_id, form if form.is_submitted() else None)


@bp.post("/<int:listing_id>/<any(rights, owners, makers, associates, encumbrances):part>")
@asks(DRAFT)
def add(listing_id: int, part: str) -> ResponseReturnValue:
    """Add one part to a draft."""
    form = PARTS[part]()
    if form.validate_on_submit():
        with form.keeping():
            return _save(listing_id, form.grown, gettext("Added."), part)
    return _page(listing_id, form)


@bp.post(
    "/<int:listing_id>/<any(rights, owners, makers, associates, encumbrances):part>"
    "/<int:place>/remove"
)
@asks(DRAFT)
def remove(listing_id: int, part: str, place: int) -> ResponseReturnValue:
    """Take one part out of a draft."""
    form = RemoveForm()
    if not form.validate_on_submit():
        abort(422)

    def shrunk(sheet: Sheet) -> Sheet:
        insist(remove_refusal(sheet, part, place, form.mark.data or ""))
        kept = list(getattr(sheet, part))
        del kept[place]
        changed: dict[str, Any] = {part: tuple(kept)}
        return replace(sheet, **changed)

    return _save(listing_id, shrunk, gettext("Removed."), part)


def _save(
    listing_id: int, change: Callable[[Sheet], Sheet], done: str, part: str | None = None
) -> ResponseReturnValue:
    by, at = current_user.actor, now()
    with transaction() as s:
        get_listing(s, listing_id, by)  # a stranger learns nothing of a draft
        commands.save_draft(s, listing_id, change, by=by, at=at)
    flash(done)
    return redirect(url_for(".edit", listing_id=listing_id, _anchor=part))


def _page(listing_id: int, posted: Form | None) -> ResponseReturnValue:
    """The draft's page around the form that was just posted; its other forms are fresh."""
    by, at = current_user.actor, now()
    with reading() as s:
        listing = get_listing(s, listing_id, by)
        insist(save_refusal(by, listing.seller_id, listing.status, at))
        sheet = listing.sheet
        main = ListingForm.of(sheet)
        if isinstance(posted, ListingForm) and posted.refusal is MEANWHILE:
            posted.compare(sheet)
        parts = {
            form.part: form(formdata=None, data=_offered(form, listing)) for form in PART_FORMS
        }
        if isinstance(posted, PartForm):
            parts[posted.part] = posted
        page = render_template(
            "listings/edit.html",
            listing=listing,
            sheet=sheet,
            form=posted if isinstance(posted, ListingForm) else main,
            parts=parts,
            gaps=gaps(sheet),
            mark_of=part_mark,
            refusal=submit_refusal(
                by,
                listing.seller_id,
                listing.status,
                sheet,
                day_of(at),
                at,
                seller_name=listing.seller.name,
            ),
            mark=secrecy_mark(sheet),
            also_in=also_in(s, listing, by),
        )
    return page, posted.answer if posted else 200


def _offered(form: type[PartForm], listing: Listing) -> dict[str, object]:
    """What a fresh form offers: the seller as the first owner, and the share that is left."""
    if form is not OwnerForm:
        return {}
    left = WHOLE_BP - sum(owner.share_bp for owner in listing.sheet.owners)
    return {
        "name": "" if listing.owners else listing.seller.name,
        "share": left if left > 0 else None,
    }
