"""Pages on which a party shows its papers, and staff verify, suspend and restore it."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.queries import confirmed, user_names
from market.accounts.sessions import confirmed_by
from market.kernel.authority import Actor, asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.i18n import sentence
from market.kernel.refusal import insist
from market.parties import commands
from market.parties.forms import PaperForm, SureForm, SuspendForm, WhyForm
from market.parties.pages import bp, frame
from market.parties.queries import get_visible_party
from market.parties.rules import (
    SEE_PARTY,
    SHOW_PAPERS,
    SUSPEND,
    VERIFY,
    Known,
    restore_refusal,
    send_back_refusal,
    show_refusal,
    suspend_refusal,
    verify_refusal,
)


@bp.get("/parties/<int:party_id>/papers")
@asks(SEE_PARTY)
def papers(party_id: int) -> ResponseReturnValue:
    """The papers of a party: what was shown, what was seen, what is still needed."""
    return _papers(party_id, PaperForm(formdata=None), WhyForm(formdata=None))


@bp.post("/parties/<int:party_id>/papers")
@asks(SHOW_PAPERS, creates=True)
def show_paper(party_id: int) -> ResponseReturnValue:
    """Note a paper."""
    form, by = PaperForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_visible_party(s, party_id, by)
                commands.show_paper(
                    s,
                    party_id,
                    form.kind.data,
                    str(form.reference.data),
                    issued_by=str(form.issued_by.data),
                    issued_on=form.issued_on.data,
                    by=by,
                    at=now(),
                )
            flash(gettext("The paper is noted. Staff will ask to see it."))
            return redirect(url_for(".papers", party_id=party_id))
    return _papers(party_id, form, WhyForm(formdata=None))


def _papers(party_id: int, form: PaperForm, why: WhyForm) -> ResponseReturnValue:
    at, by = now(), current_user.actor
    with reading() as s:
        found = get_visible_party(s, party_id, by)
        known = found.known
        page = render_template(
            "parties/papers.html",
            form=form,
            why=why,
            people=user_names(s, {paper.seen_by or 0 for paper in found.papers}),
            **_steps(known, by, at),
            **frame(found, by),
        )
        return page, why.answer if why.errors else form.answer


def _steps(known: Known, by: Actor, at: datetime) -> dict[str, object]:
    """Whether this person may take each step, asked of the rules that the commands ask."""
    verify = verify_refusal(by, known, at)
    lacking = known.lacking(known.seen)
    return {
        "lacking": known.lacking(known.shown),
        "may_show": show_refusal(by, known, at),
        "may_verify": verify,
        "verify_reason": sentence(verify, papers=lacking) if verify else "",
        "may_return": send_back_refusal(by, known, at, why="-"),
    }


@bp.post("/parties/<int:party_id>/papers/<int:paper_id>/take-back")
@asks(SHOW_PAPERS)
def take_back_paper(party_id: int, paper_id: int) -> ResponseReturnValue:
    """Take a paper back that nobody has seen yet."""
    return _step(party_id, commands.take_back_paper, gettext("The paper is taken back."), paper_id)


@bp.post("/parties/<int:party_id>/papers/<int:paper_id>/seen")
@asks(VERIFY)
def see_paper(party_id: int, paper_id: int) -> ResponseReturnValue:
    """Mark a paper seen."""
    return _step(party_id, commands.see_paper, gettext("The paper is marked seen."), paper_id)


@bp.post("/parties/<int:party_id>/verify")
@asks(VERIFY)
def verify(party_id: int) -> ResponseReturnValue:
    """Verify a party."""
    return _step(party_id, commands.verify_party, gettext("The party is verified."))


def _step(
    party_id: int, command: Callable[..., object], done: str, *arguments: object
) -> ResponseReturnValue:
    by = current_user.actor
    with transaction() as s:
        get_visible_party(s, party_id, by)
        command(s, party_id, *arguments, by=by, at=now())
    flash(done)
    return redirect(url_for(".papers", party_id=party_id))


@bp.post("/parties/<int:party_id>/papers/return")
@asks(VERIFY)
def send_papers_back(party_id: int) -> ResponseReturnValue:
    """Send the papers back with the reason."""
    form, by = WhyForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_visible_party(s, party_id, by)
                commands.send_papers_back(s, party_id, str(form.why.data), by=by, at=now())
            flash(gettext("The papers are sent back with your reason."))
            return redirect(url_for(".papers", party_id=party_id))
    return _papers(party_id, PaperForm(formdata=None), form)


@bp.route("/parties/<int:party_id>/suspend", methods=["GET", "POST"])
@asks(SUSPEND)
def suspend(party_id: int) -> ResponseReturnValue:
    """Suspend a party with a reason."""
    at, form, by = now(), SuspendForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                get_visible_party(s, party_id, by)
                commands.suspend_party(s, party_id, str(form.why.data), by=sure, at=at)
            flash(gettext("The party is suspended: it reads, but acts on nothing."))
            return redirect(url_for(".party", party_id=party_id))
    with reading() as s:
        found = get_visible_party(s, party_id, by)
        if not form.errors:
            insist(suspend_refusal(confirmed(by, at), found.known, at, why="-"))
        return render_template("parties/suspend.html", form=form, **frame(found, by)), form.answer


@bp.route("/parties/<int:party_id>/restore", methods=["GET", "POST"])
@asks(SUSPEND)
def restore(party_id: int) -> ResponseReturnValue:
    """Lift a suspension."""
    at, form, by = now(), SureForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                get_visible_party(s, party_id, by)
                commands.restore_party(s, party_id, by=sure, at=at)
            flash(gettext("The suspension is lifted."))
            return redirect(url_for(".party", party_id=party_id))
    with reading() as s:
        found = get_visible_party(s, party_id, by)
        if not form.errors:
            insist(restore_refusal(confirmed(by, at), found.known, at))
        return render_template("parties/restore.html", form=form, **frame(found, by)), form.answer
