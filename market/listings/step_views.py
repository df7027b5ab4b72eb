"""The page of one result, and the steps it takes: submit, publish, send back, withdraw, redraft."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.kernel.authority import Actor, asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.refusal import Refusal
from market.listings import commands
from market.listings.forms import ReasonForm
from market.listings.models import Listing
from market.listings.pages import bp
from market.listings.queries import also_in, get_listing, submitted
from market.listings.rules import (
    DRAFT,
    PUBLISH,
    SUBMIT,
    WITHDRAW,
    publish_refusal,
    redraft_refusal,
    return_refusal,
    save_refusal,
    secrecy_mark,
    submit_refusal,
    withdraw_refusal,
)


def step_refusals(listing: Listing, by: Actor, at: datetime) -> dict[str, Refusal | None]:
    """Each step's answer for this person now: the buttons ask the rules that the commands ask."""
    seller, status, sheet, on = listing.seller_id, listing.status, listing.sheet, day_of(at)
    name, dealt = listing.seller.name, listing.dealt_at is not None
    return {
        "edit": save_refusal(by, seller, status, at),
        "submit": submit_refusal(by, seller, status, sheet, on, at, seller_name=name),
        "publish": publish_refusal(by, seller, status, sheet, on, at, seller_name=name),
        "send_back": return_refusal(by, status, "?", at),
        "withdraw": withdraw_refusal(by, seller, status, at),
        "redraft": redraft_refusal(by, seller, status, at, dealt=dealt),
    }


def show_page(listing_id: int, form: ReasonForm) -> ResponseReturnValue:
    """The page of a result with this person's buttons; strangers to a draft learn nothing."""
    at = now()
    with reading() as s:
        listing = get_listing(s, listing_id, current_user.actor)
        page = render_template(
            "listings/show.html",
            listing=listing,
            sheet=listing.sheet,
            refusals=step_refusals(listing, current_user.actor, at),
            mark=secrecy_mark(listing.sheet),
            also_in=also_in(s, listing, current_user.actor),
            form=form,
        )
    return page, form.answer


@bp.post("/<int:listing_id>/submit")
@asks(SUBMIT)
def submit(listing_id: int) -> ResponseReturnValue:
    """Hand a draft to the operator."""
    return _step(listing_id, commands.submit, gettext("Submitted. The operator will look at it."))


@bp.post("/<int:listing_id>/publish")
@asks(PUBLISH)
def publish(listing_id: int) -> ResponseReturnValue:
    """Put a submitted listing on the market."""
    return _step(listing_id, commands.publish, gettext("Published."))


@bp.post("/<int:listing_id>/withdraw")
@asks(WITHDRAW)
def withdraw(listing_id: int) -> ResponseReturnValue:
    """Take a listing off the market."""
    return _step(listing_id, commands.withdraw, gettext("Withdrawn. It can be drafted again."))


@bp.post("/<int:listing_id>/redraft")
@asks(DRAFT)
def redraft(listing_id: int) -> ResponseReturnValue:
    """Turn a withdrawn listing into a draft again."""
    return _step(listing_id, commands.redraft, gettext("It is a draft again."))


@bp.post("/<int:listing_id>/send-back")
@asks(PUBLISH)
def send_back(listing_id: int) -> ResponseReturnValue:
    """Send a submitted listing back with a reason."""
    at, form = now(), ReasonForm()
    if form.validate_on_submit():
        with form.keeping():
            reason = form.reason.data or ""
            with transaction() as s:
                get_listing(s, listing_id, current_user.actor)
                commands.return_to_draft(s, listing_id, reason, by=current_user.actor, at=at)
            flash(gettext("Sent back to the seller with your reason."))
            return redirect(url_for(".submitted"))
    return show_page(listing_id, form)


@bp.get("/submitted", endpoint="submitted")
@asks(PUBLISH)
def submitted_queue() -> ResponseReturnValue:
    """What waits for the operator, the longest first."""
    with reading() as s:
        return render_template("listings/submitted.html", waiting=submitted(s))


def _step(listing_id: int, command: Callable[..., Listing], done: str) -> ResponseReturnValue:
    """Take one step of a listing that this person may see; a refusal becomes its own page."""
    by, at = current_user.actor, now()
    with transaction() as s:
        get_listing(s, listing_id, by)  # a stranger learns nothing of a draft
        command(s, listing_id, by=by, at=at)
    flash(done)
    return redirect(url_for(".show", listing_id=listing_id))
