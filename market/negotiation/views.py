"""Pages of talks: a listing's way in, the table, and the one acceptance that binds."""

from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.accounts.sessions import confirmed_by
from market.kernel.authority import SEE_PUBLIC, Actor, asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.paging import page_number
from market.listings.models import Listing
from market.listings.queries import get_listing
from market.listings.rules import Status
from market.listings.sheet import Mode
from market.negotiation.commands import (
    accept_offer,
    end_talks,
    make_offer,
    open_talks,
    refuse_offer,
    take_back_offer,
)
from market.negotiation.forms import AcceptForm, OfferForm, last_day_for
from market.negotiation.models import Negotiation
from market.negotiation.queries import (
    find_open,
    get_negotiation,
    own_talks_on,
    talks_on,
    talks_page,
)
from market.negotiation.rules import (
    ACCEPT,
    ANSWER,
    OFFER,
    OPEN,
    SEE,
    Waiting,
    accept_refusal,
    class_refusal,
    end_refusal,
    offer_refusal,
    open_refusal,
    refuse_refusal,
    side_of,
    take_back_refusal,
    turn,
)
from market.rulebook.queries import law

bp = Blueprint("negotiation", __name__, template_folder="templates", url_prefix="/negotiation")


@bp.get("/")
@asks(SEE)
def index() -> ResponseReturnValue:
    """The acting party's talks on either side, what waits for it first."""
    at, number = now(), page_number(request.args.get("page"))
    with reading() as s:
        page = talks_page(s, current_user.actor.party_id, number, at)
        groups = [
            (waiting, [talks for talks, word in page.rows if word == waiting.value])
            for waiting in Waiting
        ]
        return render_template("negotiation/index.html", page=page, groups=groups, at=at)


@bp.get("/listings/<int:listing_id>")
@asks(SEE_PUBLIC)
def show(listing_id: int) -> ResponseReturnValue:
    """How this listing's price is found: the way in for a company, all talks for the seller."""
    at = now()
    with reading() as s:
        listing = get_listing(s, listing_id, current_user.actor)
        return _listing_page(s, listing, OfferForm(), at)


@bp.post("/listings/<int:listing_id>")
@asks(OPEN)
def open(listing_id: int) -> ResponseReturnValue:
    """Open talks with a first offer."""
    at, form, by = now(), OfferForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_listing(s, listing_id, by)
                talks = open_talks(s, listing_id, *form.terms, by=by, at=at, message=form.words)
                negotiation_id = talks.id
            flash(gettext("Your offer is on the table."))
            return redirect(url_for(".table", negotiation_id=negotiation_id))
    with reading() as s:
        return _listing_page(s, get_listing(s, listing_id, by), form, at)


@bp.get("/<int:negotiation_id>")
@asks(SEE)
def table(negotiation_id: int) -> ResponseReturnValue:
    """The table as the people at it see it."""
    at = now()
    with reading() as s:
        talks = get_negotiation(s, negotiation_id, current_user.actor, at)
        return _table_page(s, talks, OfferForm(), at)


@bp.post("/<int:negotiation_id>/offers")
@asks(OFFER)
def offer(negotiation_id: int) -> ResponseReturnValue:
    """Put an offer or a counter-offer on the table."""
    at, form, by = now(), OfferForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_negotiation(s, negotiation_id, by, at)
                make_offer(s, negotiation_id, *form.terms, by=by, at=at, message=form.words)
            flash(gettext("Your offer is on the table."))
            return redirect(url_for(".table", negotiation_id=negotiation_id))
    with reading() as s:
        return _table_page(s, get_negotiation(s, negotiation_id, by, at), form, at)


@bp.route("/<int:negotiation_id>/accept", methods=["GET", "POST"])
@asks(ACCEPT)
def accept(negotiation_id: int) -> ResponseReturnValue:
    """Show exactly what an acceptance binds to, and accept it with the password."""
    at, form, by = now(), AcceptForm(), current_user.actor
    if form.validate_on_submit():
        offer_id, price = form.seen
        with reading() as s:  # outsiders learn nothing, not even by a wrong password
            get_negotiation(s, negotiation_id, by, at)
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                deal_id = accept_offer(
                    s, negotiation_id, offer_id=offer_id, price=price, by=sure, at=at
                ).id
            flash(gettext("The deal is struck."))
            return redirect(url_for("deals.show", deal_id=deal_id))
    with reading() as s:
        talks = get_negotiation(s, negotiation_id, by, at)
        return _accept_page(talks, form, at)


@bp.post("/<int:negotiation_id>/refuse")
@asks(ANSWER)
def refuse(negotiation_id: int) -> ResponseReturnValue:
    """Refuse the other side's standing offer; the talks go on."""
    at, by = now(), current_user.actor
    with transaction() as s:
        get_negotiation(s, negotiation_id, by, at)
        refuse_offer(s, negotiation_id, by=by, at=at)
    flash(gettext("The offer is refused. The talks go on."))
    return redirect(url_for(".table", negotiation_id=negotiation_id))


@bp.post("/<int:negotiation_id>/take-back")
@asks(ANSWER)
def take_back(negotiation_id: int) -> ResponseReturnValue:
    """Take one's own standing offer back."""
    at, by = now(), current_user.actor
    with transaction() as s:
        get_negotiation(s, negotiation_id, by, at)
        take_back_offer(s, negotiation_id, by=by, at=at)
    flash(gettext("Your offer is taken back."))
    return redirect(url_for(".table", negotiation_id=negotiation_id))


@bp.post("/<int:negotiation_id>/end")
@asks(ANSWER)
def end(negotiation_id: int) -> ResponseReturnValue:
    """End the talks without agreement."""
    at, by = now(), current_user.actor
    with transaction() as s:
        get_negotiation(s, negotiation_id, by, at)
        end_talks(s, negotiation_id, by=by, at=at)
    flash(gettext("The talks are ended."))
    return redirect(url_for(".table", negotiation_id=negotiation_id))


def _listing_page(
    s: Session, listing: Listing, form: OfferForm, at: datetime
) -> ResponseReturnValue:
    by: Actor = current_user.actor
    number = page_number(request.args.get("page"))
    form.say_until(_last_day(s, at))
    selling = by.party_id is not None and by.party_id == listing.seller_id
    live = listing.status is Status.PUBLISHED and listing.mode is Mode.NEGOTIATION
    refusal = open_refusal(
        by,
        seller_id=listing.seller_id,
        seller_class=listing.seller.seller_class,
        live=live,
        at=at,
        term_ends_at=listing.term_ends_at,
    )
    return render_template(
        "negotiation/show.html",
        listing=listing,
        form=form,
        refusal=refusal,
        forbidden=class_refusal(listing.seller.seller_class),
        selling=selling,
        page=talks_on(s, listing.id, number) if selling else None,
        present=find_open(s, listing.id, by.party_id) if by.party_id and not selling else None,
        past=own_talks_on(s, listing.id, by.party_id) if not selling else [],
        at=at,
    ), form.answer


def _table_page(
    s: Session, talks: Negotiation, form: OfferForm, at: datetime
) -> ResponseReturnValue:
    by: Actor = current_user.actor
    sure, seen = confirmed(by, at), talks.table
    form.say_until(_last_day(s, at))
    return render_template(
        "negotiation/table.html",
        talks=talks,
        seen=seen,
        side=side_of(by, seen),
        turn=turn(seen, at),
        refusals={
            "offer": offer_refusal(by, seen, at),
            "accept": accept_refusal(sure, seen, at),
            "refuse": refuse_refusal(by, seen, at),
            "take_back": take_back_refusal(by, seen, at),
            "end": end_refusal(by, seen, at),
        },
        form=form,
        at=at,
    ), form.answer


def _accept_page(talks: Negotiation, form: AcceptForm, at: datetime) -> ResponseReturnValue:
    refusal = accept_refusal(confirmed(current_user.actor, at), talks.table, at)
    answer = form.answer if form.errors or refusal is None else refusal.status
    return render_template(
        "negotiation/accept.html",
        talks=talks,
        form=form,
        refusal=refusal,
        at=at,
    ), answer


def _last_day(s: Session, at: datetime) -> date:
    return last_day_for(at, law(s, day_of(at)).number("neg.offer_days_most"))
