"""Pages on which a contract moves: fix the text, reopen it, drop it, sign it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.queries import confirmed
from market.accounts.sessions import confirmed_by
from market.contracts import commands
from market.contracts.forms import SignForm, StepForm
from market.contracts.pages import bp
from market.contracts.queries import get_contract
from market.contracts.rules import (
    OFFER_TEXT,
    SIGN,
    gaps,
    move_refusal,
    offer_text_refusal,
    side_of,
    sign_refusal,
)
from market.contracts.wording import contract_text, text_hash
from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.refusal import insist
from market.rulebook.queries import law
from market.rulebook.rules import VERIFIED_FIRST


@bp.route("/<int:contract_id>/offer-text", methods=["GET", "POST"])
@asks(OFFER_TEXT)
def offer_text(contract_id: int) -> ResponseReturnValue:
    """Fix the text that both sides will sign, after a look at it."""
    at, form, by = now(), StepForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_contract(s, contract_id, by, at)
                commands.offer_text(s, contract_id, by=by, at=at)
            flash(gettext("The text is fixed. Both sides can sign it now."))
            return redirect(url_for(".show", contract_id=contract_id))
    with reading() as s:
        contract = get_contract(s, contract_id, by, at)
        terms = contract.terms
        if not form.errors:
            refusal = offer_text_refusal(by, contract.paper, day_of(at), at)
            insist(refusal, gaps=gaps(terms), clause=sorted(terms.monopoly))
        text = contract.text or contract_text(contract)
        return render_template(
            "contracts/offer_text.html",
            contract=contract,
            form=form,
            text=text,
            text_hash=text_hash(text),
        ), form.answer


@bp.route("/<int:contract_id>/reopen", methods=["GET", "POST"])
@asks(OFFER_TEXT)
def reopen(contract_id: int) -> ResponseReturnValue:
    """Go back to drafting; signatures given so far fall."""
    at, form, by = now(), StepForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_contract(s, contract_id, by, at)
                commands.reopen(s, contract_id, by=by, at=at)
            flash(gettext("The contract is a draft again."))
            return redirect(url_for(".show", contract_id=contract_id))
    return _confirm(contract_id, "reopen", form)


@bp.route("/<int:contract_id>/drop", methods=["GET", "POST"])
@asks(OFFER_TEXT)
def drop(contract_id: int) -> ResponseReturnValue:
    """Give the contract up."""
    at, form, by = now(), StepForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_contract(s, contract_id, by, at)
                commands.drop(s, contract_id, by=by, at=at)
            flash(gettext("The contract was dropped."))
            return redirect(url_for(".show", contract_id=contract_id))
    return _confirm(contract_id, "drop", form)


def _confirm(contract_id: int, move: str, form: StepForm) -> ResponseReturnValue:
    at, by = now(), current_user.actor
    with reading() as s:
        contract = get_contract(s, contract_id, by, at)
        if not form.errors:
            insist(move_refusal(by, contract.paper, move, at))
        return render_template("contracts/step.html", contract=contract, form=form, move=move), (
            form.answer
        )


@bp.route("/<int:contract_id>/sign", methods=["GET", "POST"])
@asks(SIGN)
def sign(contract_id: int) -> ResponseReturnValue:
    """Sign exactly the text on this page, with the password again."""
    at, form, by = now(), SignForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                get_contract(s, contract_id, by, at)
                commands.sign(s, contract_id, form.text_hash.data or "", by=sure, at=at)
            flash(gettext("You have signed."))
            return redirect(url_for(".show", contract_id=contract_id))
    with reading() as s:
        contract = get_contract(s, contract_id, by, at)
        first = law(s, day_of(at)).flag(VERIFIED_FIRST)
        insist(sign_refusal(confirmed(by, at), contract.paper, at, verified_first=first))
        form.text_hash.data, form.text_hash.raw_data = contract.text_hash, None
        return render_template(
            "contracts/sign.html",
            contract=contract,
            form=form,
            side=side_of(by, contract.paper),
        ), form.answer
