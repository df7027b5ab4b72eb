"""Entries of the ledger by their number, and what two administrators reverse (row 36)."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed, user_names
from market.accounts.sessions import confirmed_by
from market.kernel.authority import Actor, asks
from market.kernel.clock import now
from market.kernel.db import get, reading, transaction
from market.kernel.forms import ConfirmedForm
from market.kernel.proposals import HOLDS, get_proposal, waiting
from market.ledger.models import Transfer
from market.parties.queries import party_names
from market.payments import correction_commands as commands
from market.payments.backoffice import proposed_on
from market.payments.correcting import find_reversal, find_settlement, reversal_refusal_of
from market.payments.desk_forms import EntryForm, ReasonForm
from market.payments.pages import bp
from market.payments.rules import CORRECT, SEE_ENTRY
from market.payments.telling import booked, why


@bp.get("/entries")
@asks(SEE_ENTRY)
def entries() -> ResponseReturnValue:
    """Ask for an entry by its number; what is proposed to be reversed stands below."""
    form = EntryForm(request.args if request.args else None)
    with reading() as s:
        if request.args and form.validate():
            if s.get(Transfer, form.number.data) is not None:
                return redirect(url_for(".entry", transfer_id=form.number.data))
            form.number.errors = [gettext("There is no entry with this number.")]
        proposed = waiting(s, CORRECT) if current_user.actor.has(*CORRECT.roles) else []
        return render_template("payments/entries.html", form=form, proposed=proposed), form.answer


@bp.get("/entries/<int:transfer_id>")
@asks(SEE_ENTRY)
def entry(transfer_id: int) -> ResponseReturnValue:
    """One entry: from which account to which, for what, and whether it was reversed."""
    by, at = current_user.actor, now()
    with reading() as s:
        return render_template(
            "payments/entry.html",
            why_not=reversal_refusal_of(s, get(s, Transfer, transfer_id), confirmed(by, at), at),
            waits=proposed_on(s, CORRECT, "transfer", transfer_id),
            decides=by.has(*CORRECT.roles),
            **_told(s, transfer_id),
        )


def _told(s: Session, transfer_id: int) -> dict[str, object]:
    """What the pages of an entry say of it."""
    transfer = get(s, Transfer, transfer_id)
    settled = find_settlement(s, transfer_id)
    return {
        "transfer": transfer,
        "step": booked(transfer),
        "why": why(transfer),
        "names": party_names(
            s, {leg.account.party_id for leg in transfer.legs if leg.account.party_id}
        ),
        "reversal": find_reversal(s, transfer_id),
        "obligation": settled.obligation if settled else None,
    }


@bp.route("/entries/<int:transfer_id>/reverse", methods=["GET", "POST"])
@asks(CORRECT)
def reverse(transfer_id: int) -> ResponseReturnValue:
    """Propose, with a reason and the password again, that an entry is reversed."""
    form, by, at = ReasonForm(), current_user.actor, now()
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                commands.propose_correction(s, transfer_id, str(form.why.data), by=sure, at=at)
            flash(gettext("The reversal is proposed; another administrator confirms it."))
            return redirect(url_for(".entry", transfer_id=transfer_id))
    with reading() as s:
        page = render_template(
            "payments/reverse.html",
            form=form,
            why_not=_why_not(s, transfer_id, by, at),
            **_told(s, transfer_id),
        )
        return page, form.answer


def _why_not(s: Session, transfer_id: int, by: Actor, at: datetime) -> object:
    return reversal_refusal_of(s, get(s, Transfer, transfer_id), confirmed(by, at), at)


@bp.get("/corrections/<int:proposal_id>")
@asks(CORRECT)
def correction(proposal_id: int) -> ResponseReturnValue:
    """A proposed reversal, exactly as it would be booked."""
    return _proposal_page(proposal_id, ConfirmedForm(formdata=None))


@bp.post("/corrections/<int:proposal_id>/confirm")
@asks(CORRECT)
def confirm_correction(proposal_id: int) -> ResponseReturnValue:
    """Confirm a proposed reversal."""
    done = gettext("The entry is reversed; what it had paid is owed again.")
    return _decide(proposal_id, commands.confirm_correction, done)


@bp.post("/corrections/<int:proposal_id>/decline")
@asks(CORRECT)
def decline_correction(proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal of a reversal back, or reject another's."""
    done = gettext("The proposal is declined; nothing was changed.")
    return _decide(proposal_id, commands.decline_correction, done)


def _decide(proposal_id: int, command: Callable[..., object], done: str) -> ResponseReturnValue:
    form, at = ConfirmedForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                about = int(get_proposal(s, proposal_id, CORRECT).subject_id)
                command(s, proposal_id, by=by, at=at)
            flash(done)
            return redirect(url_for(".entry", transfer_id=about))
    return _proposal_page(proposal_id, form)


def _proposal_page(proposal_id: int, form: ConfirmedForm) -> ResponseReturnValue:
    with reading() as s:
        found = get_proposal(s, proposal_id, CORRECT)
        page = render_template(
            "payments/correction.html",
            form=form,
            proposal=found,
            people=user_names(s, {found.proposed_by}),
            until=found.proposed_at + HOLDS,
            **_told(s, int(found.subject_id)),
        )
        return page, form.answer
