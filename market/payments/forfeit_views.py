"""Proposing that a deposit is forfeited: claim, look who would get what, then propose exactly that.

Looking is a reading page whose claims stand in the address; what it showed is what is proposed.
"""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.accounts.queries import confirmed
from market.accounts.sessions import confirmed_by
from market.kernel.authority import Actor, asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.refusal import insist
from market.payments.backoffice import get_deposit
from market.payments.deposit_commands import propose_forfeit
from market.payments.desk_forms import CLAIMED, ClaimsForm, ForfeitForm, LookAtForfeitForm
from market.payments.forfeiting import Outcome, claims_of, outcome, rest_share
from market.payments.models import Deposit
from market.payments.pages import bp
from market.payments.rules import FORFEIT, decide_refusal, forfeit_refusal


@bp.get("/deposits/<int:deposit_id>/forfeit")
@asks(FORFEIT)
def forfeit(deposit_id: int) -> ResponseReturnValue:
    """Claim parts of a deposit; then see who would get what, and propose it from there."""
    by, at = current_user.actor, now()
    with reading() as s:
        found = get_deposit(s, deposit_id, by, at)
        currency = found.obligation.currency
        looking = LookAtForfeitForm(currency, request.args if request.args else None)
        return _page(s, found, looking, ForfeitForm(currency, None), at)


@bp.post("/deposits/<int:deposit_id>/forfeit")
@asks(FORFEIT)
def propose_to_forfeit(deposit_id: int) -> ResponseReturnValue:
    """Propose exactly the claims that were looked at, with a reason and the password again."""
    by, at = current_user.actor, now()
    with reading() as s:
        currency = get_deposit(s, deposit_id, by, at).obligation.currency
    form = ForfeitForm(currency)
    if form.validate_on_submit():
        with form.keeping():
            sure, why = confirmed_by(by, form, at), str(form.why.data)
            with transaction() as s:
                propose_forfeit(s, deposit_id, *claims_of(s, form), why, by=sure, at=at)
            flash(gettext("The forfeiture is proposed; another operator confirms it."))
            return redirect(url_for(".deposit", deposit_id=deposit_id))
    claims = MultiDict((name, form.claimed[name]) for name in CLAIMED)
    with reading() as s:
        found = get_deposit(s, deposit_id, by, at)
        return _page(s, found, LookAtForfeitForm(currency, claims), form, at)


def _page(
    s: Session, found: Deposit, looking: ClaimsForm, form: ForfeitForm, at: datetime
) -> ResponseReturnValue:
    """The claims; beside them, where they were sent and can stand, who would get what."""
    by = confirmed(current_user.actor, at)
    told = None
    if looking.is_asked and looking.validate():
        with looking.keeping():
            told = _looked_at(s, found, looking, by, at)
    page = render_template(
        "payments/forfeit.html",
        deposit=found,
        looking=looking,
        form=form,
        outcome=told,
        why_not=decide_refusal(by, FORFEIT, found.status, "forfeit", at),
    )
    return page, max(looking.answer, form.answer)


def _looked_at(s: Session, found: Deposit, looking: ClaimsForm, by: Actor, at: datetime) -> Outcome:
    """Who would get what, where the very rule of the command lets it be."""
    claims, rest_to = claims_of(s, looking)
    takers = {rest_to, *(claim.party_id for claim in claims)}
    insist(forfeit_refusal(by, found.status, found.party_id, takers, at))
    return outcome(s, found, claims, rest_share(rest_to))
