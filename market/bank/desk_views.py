"""The matching desk: what waits, what it may be, and the word of a second person."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.queries import user_names
from market.accounts.sessions import confirmed_by
from market.bank import desk_commands
from market.bank.desk_commands import propose_match
from market.bank.forms import MatchForm
from market.bank.models import StatementLine
from market.bank.pages import bp
from market.bank.queries import returning_lines, standing, suggestions, waiting_lines
from market.bank.rules import MATCH, SEE, LineStatus, Use
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import get, reading, transaction
from market.kernel.forms import ConfirmedForm
from market.kernel.paging import page_number
from market.kernel.proposals import HOLDS, get_proposal, waiting


@bp.get("/")
@asks(SEE)
def index() -> ResponseReturnValue:
    """What waits to be explained, the oldest first, and what is to be sent back."""
    with reading() as s:
        proposed = {int(each.subject_id): each for each in waiting(s, MATCH)}
        return render_template(
            "bank/index.html",
            page=waiting_lines(s, page_number(request.args.get("page"))),
            returning=returning_lines(s),
            proposed=proposed,
            told=standing(s),
            may=current_user.actor.has(*MATCH.roles),
        )


@bp.get("/lines/<int:line_id>")
@asks(SEE)
def line(line_id: int) -> ResponseReturnValue:
    """One line: what the bank told, what became of it, what it may be."""
    form = MatchForm(formdata=None, use=Use.OBLIGATION)
    return _line_page(line_id, form)


@bp.post("/lines/<int:line_id>")
@asks(MATCH)
def propose(line_id: int) -> ResponseReturnValue:
    """Propose what a waiting line is."""
    form, at = MatchForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            why = str(form.why.data)
            with transaction() as s:
                propose_match(s, line_id, form.use.data, form.key, why, by=by, at=at)
            flash(gettext("Proposed; another operator releases it."))
            return redirect(url_for(".index"))
    return _line_page(line_id, form)


def _line_page(line_id: int, form: MatchForm) -> ResponseReturnValue:
    with reading() as s:
        found = get(s, StatementLine, line_id)
        open_ = found.status is LineStatus.WAITS
        proposed = [each for each in waiting(s, MATCH) if each.subject_id == str(found.id)]
        page = render_template(
            "bank/line.html",
            line=found,
            form=form,
            may=current_user.actor.has(*MATCH.roles) and open_ and not proposed,
            proposed=proposed,
            suggested=suggestions(s, found) if open_ and found.came else [],
        )
        return page, form.answer


@bp.get("/proposals/<int:proposal_id>")
@asks(MATCH)
def proposal(proposal_id: int) -> ResponseReturnValue:
    """What was proposed, exactly as it would be booked."""
    return _proposal_page(proposal_id, ConfirmedForm(formdata=None))


@bp.post("/proposals/<int:proposal_id>/release")
@asks(MATCH)
def release(proposal_id: int) -> ResponseReturnValue:
    """Release what another person proposed."""
    return _decide(proposal_id, desk_commands.release_match, gettext("Released and booked."))


@bp.post("/proposals/<int:proposal_id>/decline")
@asks(MATCH)
def decline(proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal back, or reject another's."""
    done = gettext("The proposal is declined; the line waits on.")
    return _decide(proposal_id, desk_commands.decline_match, done)


def _decide(proposal_id: int, command: Callable[..., object], done: str) -> ResponseReturnValue:
    form, at = ConfirmedForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                command(s, proposal_id, by=by, at=at)
            flash(done)
            return redirect(url_for(".index"))
    return _proposal_page(proposal_id, form)


def _proposal_page(proposal_id: int, form: ConfirmedForm) -> ResponseReturnValue:
    with reading() as s:
        found = get_proposal(s, proposal_id, MATCH)
        told = found.told
        page = render_template(
            "bank/proposal.html",
            form=form,
            proposal=found,
            line=get(s, StatementLine, int(found.subject_id)),
            use=Use.of(str(told["use"])),
            told=told,
            names=user_names(s, {found.proposed_by}),
            until=found.proposed_at + HOLDS,
        )
        return page, form.answer
