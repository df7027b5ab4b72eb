"""Pages of accounts: parties, seen by their members and by staff."""

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.accounts.commands import confirm_uscc as confirm_uscc_command
from market.accounts.commands import found_party
from market.accounts.forms import PartyForm
from market.accounts.pages import bp, place_name, region_choices
from market.accounts.queries import get_visible_party, members, parks, parties_page, regions
from market.accounts.rules import (
    CONFIRM_USCC,
    FOUND_PARTY,
    SEE_OWN,
    SEE_PARTIES,
    PartyFacts,
    uscc_refusal,
)
from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.forms import option
from market.kernel.paging import page_number


@bp.route("/parties/new", methods=["GET", "POST"])
@asks(FOUND_PARTY)
def new_party() -> ResponseReturnValue:
    """Found a party; its founder becomes its first signatory and acts for it."""
    form = PartyForm()
    with reading() as s:
        form.region_code.choices = region_choices(s)
        form.park_code.choices = _park_choices(s)
    if form.validate_on_submit():
        with form.keeping():
            party_id = _found(form)
            session["party"] = party_id
            flash(gettext("The party is founded. You act for it now."))
            return redirect(url_for(".party", party_id=party_id))
    return render_template("accounts/new_party.html", form=form), form.answer


def _park_choices(s: Session) -> list[Any]:
    city = {region.code: place_name(region) for region in regions(s, day_of(now()))}
    known = [option(p.code, place_name(p), group=city[p.city_code]) for p in parks(s)]
    return [option("", gettext("in none")), *known]


def _found(form: PartyForm) -> int:
    typed = {**form.data, "uscc": form.uscc.data or None, "park_code": form.park_code.data or None}
    typed.pop("csrf_token", None)
    facts = PartyFacts(**typed, uscc_check_ok=form.uscc.check_ok)
    with transaction() as s:
        return found_party(s, facts, by=current_user.actor, at=now()).id


@bp.get("/parties/<int:party_id>")
@asks(SEE_OWN)
def party(party_id: int) -> ResponseReturnValue:
    """A party, for its members and for staff; for others it does not exist."""
    by, at = current_user.actor, now()
    with reading() as s:
        found = get_visible_party(s, party_id, by)
        refusal = uscc_refusal(by, check_ok=not found.uscc_doubtful, at=at)
        return render_template(
            "accounts/party.html", party=found, members=members(s, found.id), refusal=refusal
        )


@bp.get("/parties")
@asks(SEE_PARTIES)
def parties() -> ResponseReturnValue:
    """All parties; those whose credit code waits for a person's word come first."""
    number = page_number(request.args.get("page"))
    with reading() as s:
        return render_template("accounts/parties.html", page=parties_page(s, number))


@bp.post("/parties/<int:party_id>/uscc")
@asks(CONFIRM_USCC)
def confirm_uscc(party_id: int) -> ResponseReturnValue:
    """Confirm a credit code whose check digit fails, having seen the licence (IDN-08)."""
    with transaction() as s:
        confirm_uscc_command(s, party_id, by=current_user.actor, at=now())
    flash(gettext("The code is confirmed."))
    return redirect(url_for(".party", party_id=party_id))
