"""Pages of a party's ties: who controls whom, who holds what."""

from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import Missing, reading, transaction
from market.kernel.refusal import Refused, insist
from market.parties import tie_commands as commands
from market.parties.forms import EndTieForm, TieForm
from market.parties.pages import bp, frame
from market.parties.queries import find_counterparty, get_tie, get_visible_party, ties_of
from market.parties.rules import SEE_PARTY
from market.parties.ties import NOTE_ANY_TIE, NOTE_TIE, Bond, TieRefusal, tie_refusal


@bp.get("/parties/<int:party_id>/ties")
@asks(SEE_PARTY)
def party_ties(party_id: int) -> ResponseReturnValue:
    """The ties of a party, also ended ones."""
    return _ties(party_id, TieForm(formdata=None))


@bp.post("/parties/<int:party_id>/ties")
@asks(NOTE_TIE, creates=True)
def note_tie(party_id: int) -> ResponseReturnValue:
    """Note how one's own party stands to another."""
    return _noted(party_id)


@bp.post("/parties/<int:party_id>/ties/found")
@asks(NOTE_ANY_TIE, creates=True)
def found_tie(party_id: int) -> ResponseReturnValue:
    """Note, as the operator, how two parties were found to stand to each other."""
    return _noted(party_id)


def _noted(party_id: int) -> ResponseReturnValue:
    at, form, by = now(), TieForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_visible_party(s, party_id, by)
                _note(s, party_id, form, at)
            flash(gettext("The tie is noted. Contracts between related parties say so."))
            return redirect(url_for(".party_ties", party_id=party_id))
    return _ties(party_id, form)


def _note(s: Session, party_id: int, form: TieForm, at: datetime) -> None:
    insist(tie_refusal(current_user.actor, {party_id}, at))
    other = find_counterparty(s, str(form.other.data))
    if other is None:
        raise Refused(TieRefusal.UNKNOWN, field="other")
    assert form.since_on.data is not None, "the form asked for it"
    ends = (party_id, other.id) if form.holds else (other.id, party_id)
    bond = Bond(*ends, form.kind, form.share_bp.data)
    source = str(form.source.data)
    commands.note_tie(s, bond, form.since_on.data, source=source, by=current_user.actor, at=at)


def _ties(party_id: int, form: TieForm) -> ResponseReturnValue:
    at, by = now(), current_user.actor
    with reading() as s:
        found = get_visible_party(s, party_id, by)
        page = render_template(
            "parties/ties.html",
            form=form,
            ties=ties_of(s, party_id),
            may_note=tie_refusal(by, {party_id}, at),
            **frame(found, by),
        )
        return page, form.answer


@bp.route("/parties/<int:party_id>/ties/<int:tie_id>/end", methods=["GET", "POST"])
@asks(NOTE_TIE)
def end_tie(party_id: int, tie_id: int) -> ResponseReturnValue:
    """Note that a tie ended."""
    at, form, by = now(), EndTieForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            assert form.ended_on.data is not None, "the form asked for it"
            with transaction() as s:
                get_visible_party(s, party_id, by)
                get_tie(s, party_id, tie_id)
                commands.end_tie(s, tie_id, form.ended_on.data, by=by, at=at)
            flash(gettext("The tie is ended; what held until then stays on record."))
            return redirect(url_for(".party_ties", party_id=party_id))
    with reading() as s:
        found, tie = get_visible_party(s, party_id, by), get_tie(s, party_id, tie_id)
        if tie.ended_on is not None:
            raise Missing("tie", tie_id)
        insist(tie_refusal(by, {tie.holder_id, tie.held_id}, at))
        if not form.is_submitted():
            form.ended_on.data = day_of(at)
        page = render_template("parties/end_tie.html", form=form, tie=tie, **frame(found, by))
        return page, form.answer
