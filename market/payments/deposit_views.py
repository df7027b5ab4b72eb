"""Deposits as the staff see them: all of them, one of them, and what two operators decide."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed, user_names
from market.accounts.sessions import confirmed_by
from market.kernel.authority import Act, Actor, asks
from market.kernel.clock import now
from market.kernel.db import get, reading, transaction
from market.kernel.forms import ConfirmedForm
from market.kernel.paging import page_number, paged
from market.kernel.proposals import HOLDS, get_proposal, waiting
from market.parties.queries import party_names
from market.payments import deposit_commands as commands
from market.payments.backoffice import deposits_found, get_deposit, proposed_on, sent_of
from market.payments.desk_forms import DepositsForm, ReasonForm
from market.payments.forfeiting import Outcome, outcome
from market.payments.models import Deposit
from market.payments.pages import bp
from market.payments.queries import payments_of, transfers_of
from market.payments.rules import FORFEIT, REFUND, SEE, SEE_DESK, decide_refusal
from market.payments.splitting import forfeit_terms
from market.payments.telling import Told, told


@bp.get("/deposits")
@asks(SEE_DESK)
def deposits() -> ResponseReturnValue:
    """All deposits, those first that still stand."""
    form, number = DepositsForm(request.args), page_number(request.args.get("page"))
    good = form.validate()
    with reading() as s:
        return render_template(
            "payments/deposits.html",
            form=form,
            page=paged(s, deposits_found(form.state.data), number) if good else None,
            proposed=_proposed(s) if current_user.actor.has(*REFUND.roles) else [],
        ), form.answer


def _proposed(s: Session) -> list[tuple[str, int, Deposit]]:
    """What waits for a second operator: the page that decides it, its number, the deposit."""
    return [
        (f".{name}_proposal", each.id, get(s, Deposit, int(each.subject_id)))
        for name, act in (("refund", REFUND), ("forfeit", FORFEIT))
        for each in waiting(s, act)
    ]


@bp.get("/deposits/<int:deposit_id>")
@asks(SEE)
def deposit(deposit_id: int) -> ResponseReturnValue:
    """One deposit: its states, its refund's clock and proof, the way of its money."""
    by, at = current_user.actor, now()
    with reading() as s:
        found = get_deposit(s, deposit_id, by, at)
        steps = _steps(s, found, by)
        return render_template(
            "payments/deposit.html",
            deposit=found,
            payouts=sent_of(s, found),
            steps=steps,
            names=_names(s, steps),
            at=at,
            may=[(name, _may(act, found, by, at)) for name, act in _DECIDED],
            waits=[
                (name, each)
                for name, act in _DECIDED
                if by.has(*act.roles)
                for each in proposed_on(s, act, "deposit", found.id)
            ],
        )


_DECIDED = (("refund", REFUND), ("forfeit", FORFEIT))


def _may(act: Act, found: Deposit, by: Actor, at: datetime) -> object:
    move = "refund" if act is REFUND else "forfeit"
    return decide_refusal(confirmed(by, at), act, found.status, move, at)


def _steps(s: Session, found: Deposit, by: Actor) -> list[Told]:
    obligation = found.obligation
    return told(obligation, transfers_of(s, obligation), payments_of(s, obligation.id), (), by)


def _names(s: Session, steps: list[Told]) -> dict[int, str]:
    flows = [flow for step in steps for flow in (*step.sources, *step.targets)]
    return party_names(s, {f.place.party_id for f in flows if f.place and f.place.party_id})


# ── proposing a refund ───────────────────────────────────────────────────────────────────────────


@bp.route("/deposits/<int:deposit_id>/refund", methods=["GET", "POST"])
@asks(REFUND)
def refund(deposit_id: int) -> ResponseReturnValue:
    """Propose, with a reason and the password again, that a deposit goes back."""
    form, by, at = ReasonForm(), current_user.actor, now()
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                commands.propose_refund(s, deposit_id, str(form.why.data), by=sure, at=at)
            flash(gettext("The refund is proposed; another operator confirms it."))
            return redirect(url_for(".deposit", deposit_id=deposit_id))
    with reading() as s:
        found = get_deposit(s, deposit_id, by, at)
        why_not = _may(REFUND, found, by, at)
        page = render_template("payments/refund.html", form=form, deposit=found, why_not=why_not)
        return page, form.answer


# ── the second person ────────────────────────────────────────────────────────────────────────────


@bp.get("/refunds/<int:proposal_id>")
@asks(REFUND)
def refund_proposal(proposal_id: int) -> ResponseReturnValue:
    """A proposed refund, exactly as it would be ordered."""
    return _proposal_page(REFUND, proposal_id, ConfirmedForm(formdata=None))


@bp.post("/refunds/<int:proposal_id>/confirm")
@asks(REFUND)
def confirm_refund(proposal_id: int) -> ResponseReturnValue:
    """Confirm a proposed refund."""
    done = gettext("Confirmed. The refund is ordered.")
    return _decide(REFUND, proposal_id, commands.confirm_refund, done)


@bp.post("/refunds/<int:proposal_id>/decline")
@asks(REFUND)
def decline_refund(proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal of a refund back, or reject another's."""
    return _decide(REFUND, proposal_id, commands.decline_deposit_proposal, _declined())


@bp.get("/forfeits/<int:proposal_id>")
@asks(FORFEIT)
def forfeit_proposal(proposal_id: int) -> ResponseReturnValue:
    """A proposed forfeiture: who would get what."""
    return _proposal_page(FORFEIT, proposal_id, ConfirmedForm(formdata=None))


@bp.post("/forfeits/<int:proposal_id>/confirm")
@asks(FORFEIT)
def confirm_forfeit(proposal_id: int) -> ResponseReturnValue:
    """Confirm a proposed forfeiture."""
    done = gettext("Confirmed. The deposit is forfeited and divided.")
    return _decide(FORFEIT, proposal_id, commands.confirm_forfeit, done)


@bp.post("/forfeits/<int:proposal_id>/decline")
@asks(FORFEIT)
def decline_forfeit(proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal of a forfeiture back, or reject another's."""
    return _decide(FORFEIT, proposal_id, commands.decline_deposit_proposal, _declined())


def _declined() -> str:
    return str(gettext("The proposal is declined; nothing was changed."))


def _decide(
    act: Act, proposal_id: int, command: Callable[..., Deposit], done: str
) -> ResponseReturnValue:
    form, at = ConfirmedForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                get_proposal(s, proposal_id, act)
                deposit_id = command(s, proposal_id, by=by, at=at).id
            flash(done)
            return redirect(url_for(".deposit", deposit_id=deposit_id))
    return _proposal_page(act, proposal_id, form)


def _proposal_page(act: Act, proposal_id: int, form: ConfirmedForm) -> ResponseReturnValue:
    with reading() as s:
        found = get_proposal(s, proposal_id, act)
        about = get(s, Deposit, int(found.subject_id))
        page = render_template(
            "payments/deposit_proposal.html",
            form=form,
            proposal=found,
            deposit=about,
            outcome=_outcome(s, about, found.told) if act is FORFEIT else None,
            names=user_names(s, {found.proposed_by}),
            until=found.proposed_at + HOLDS,
        )
        return page, form.answer


def _outcome(s: Session, about: Deposit, proposed: dict[str, object]) -> Outcome:
    return outcome(s, about, *forfeit_terms(proposed, about.obligation.currency))
