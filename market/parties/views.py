"""Pages of parties, seen by their members and by staff."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.accounts.rules import SEE_OWN, local_path
from market.accounts.sessions import act_for
from market.kernel.authority import asks, who_refusal
from market.kernel.clock import day_of, now
from market.kernel.db import Missing, reading, transaction
from market.kernel.forms import option
from market.kernel.paging import page_number
from market.kernel.text import typed_id
from market.parties import invitation_views, member_views, paper_views, tie_views
from market.parties.commands import confirm_uscc as confirm_uscc_command
from market.parties.commands import found_party
from market.parties.forms import PartyForm
from market.parties.pages import bp, frame
from market.parties.queries import (
    get_visible_party,
    members,
    parties_page,
    seats_of,
    ties_of,
)
from market.parties.rules import (
    CONFIRM_USCC,
    FOUND_PARTY,
    SEE_PARTIES,
    SEE_PARTY,
    PartyFacts,
    restore_refusal,
    suspend_refusal,
    uscc_refusal,
)
from market.places.queries import (
    parks,
    place_name,
    region_choices,
    regions,
)

__all__ = ["bp", "invitation_views", "member_views", "paper_views", "tie_views"]


@bp.route("/parties/new", methods=["GET", "POST"])
@asks(FOUND_PARTY, creates=True)
def new_party() -> ResponseReturnValue:
    """Found a party; its founder becomes its first signatory and acts for it."""
    form = PartyForm()
    with reading() as s:
        form.region_code.choices = region_choices(s)
        form.park_code.choices = _park_choices(s)
    if form.validate_on_submit():
        with form.keeping():
            party_id = _found(form)
            flash(gettext("The party is founded. You act for it now."))
            return redirect(url_for(".party", party_id=party_id))
    return render_template("parties/new_party.html", form=form), form.answer


def _park_choices(s: Session) -> list[Any]:
    city = {region.code: place_name(region) for region in regions(s, day_of(now()))}
    known = [option(p.code, place_name(p), group=city[p.city_code]) for p in parks(s)]
    return [option("", gettext("in none")), *known]


def _found(form: PartyForm) -> int:
    typed = {**form.data, "uscc": form.uscc.data or None, "park_code": form.park_code.data or None}
    typed.pop("csrf_token", None)
    facts = PartyFacts(**typed, uscc_check_ok=form.uscc.check_ok)
    with transaction() as s:
        party_id = found_party(s, facts, by=current_user.actor, at=now()).id
        act_for(s, party_id)
        return party_id


@bp.get("/parties/<int:party_id>")
@asks(SEE_PARTY)
def party(party_id: int) -> ResponseReturnValue:
    """A party, for its members and for staff; for others it does not exist."""
    by, at = current_user.actor, now()
    with reading() as s:
        found = get_visible_party(s, party_id, by)
        refusal = uscc_refusal(by, check_ok=not found.uscc_doubtful, at=at)
        sure = confirmed(by, at)
        return render_template(
            "parties/party.html",
            members=members(s, found.id),
            ties=[tie for tie in ties_of(s, found.id) if tie.ended_on is None],
            refusal=refusal,
            may_suspend=suspend_refusal(sure, found.known, at, why="-"),
            may_restore=restore_refusal(sure, found.known, at),
            **frame(found, by),
        )


@bp.get("/parties")
@asks(SEE_PARTIES)
def parties() -> ResponseReturnValue:
    """All parties, or those that wait for verification or a word on their credit code."""
    number, waiting = page_number(request.args.get("page")), request.args.get("waiting") == "1"
    with reading() as s:
        page = parties_page(s, number, waiting=waiting)
        return render_template("parties/parties.html", page=page, waiting=waiting)


@bp.post("/parties/<int:party_id>/uscc")
@asks(CONFIRM_USCC)
def confirm_uscc(party_id: int) -> ResponseReturnValue:
    """Confirm a credit code whose check digit fails, having seen the licence (IDN-08)."""
    with transaction() as s:
        confirm_uscc_command(s, party_id, by=current_user.actor, at=now())
    flash(gettext("The code is confirmed."))
    return redirect(url_for(".party", party_id=party_id))


@bp.get("/me/parties")
@asks(SEE_OWN)
def mine() -> ResponseReturnValue:
    """The parties one sits in, with the seat in each, and the one acted for."""
    by = current_user.actor
    with reading() as s:
        seats = seats_of(s, by.user_id)
        may_found = who_refusal(FOUND_PARTY, by, now()) is None
        return render_template("parties/mine.html", seats=seats, may_found=may_found)


@bp.post("/me/party")
@asks(SEE_OWN)
def choose_party() -> ResponseReturnValue:
    """Act for another of one's parties from now on."""
    wanted = typed_id(request.form.getlist("party_id"))
    if wanted is None or wanted not in current_user.actor.parties:
        raise Missing("party", wanted)
    with transaction() as s:
        act_for(s, wanted)
    flash(gettext("You act for another party now."))
    return redirect(local_path(request.form.get("next")) or url_for(".mine"))
