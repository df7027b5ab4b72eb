"""Pages of contracts: the list, the contract itself, its paper, the recordal."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.queries import (
    confirmed,
    user_names,
)
from market.contracts import draft_views, step_views
from market.contracts.commands import note_recordal
from market.contracts.forms import RecordalForm
from market.contracts.models import Contract
from market.contracts.owing import money_of
from market.contracts.pages import bp
from market.contracts.papers import contract_pdf, file_name
from market.contracts.queries import (
    application_of,
    awaiting_signature,
    concluded,
    find_successor,
    get_contract,
    in_work,
)
from market.contracts.rules import (
    RECORD,
    SEE,
    draft_refusal,
    gaps,
    move_refusal,
    offer_text_refusal,
    recordal_refusal,
    side_of,
    sign_refusal,
)
from market.contracts.wording import contract_text
from market.kernel.authority import Actor, asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.downloads import opened
from market.kernel.i18n import sentence
from market.kernel.paging import page_number
from market.kernel.refusal import insist
from market.rulebook.queries import law
from market.rulebook.rules import VERIFIED_FIRST

__all__ = ["bp", "draft_views", "step_views"]


@bp.get("/")
@asks(SEE)
def index() -> ResponseReturnValue:
    """The acting party's contracts: to sign, in work, concluded."""
    number, party_id = page_number(request.args.get("page")), current_user.actor.party_id
    with reading() as s:
        return render_template(
            "contracts/index.html",
            awaiting=awaiting_signature(s, party_id) if party_id and number == 1 else [],
            working=in_work(s, party_id) if party_id and number == 1 else [],
            page=concluded(s, party_id or 0, number),
        )


@bp.get("/<int:contract_id>")
@asks(SEE)
def show(contract_id: int) -> ResponseReturnValue:
    """One contract: where it stands, what it says, who signed, what comes next."""
    at, by = now(), current_user.actor
    with reading() as s:
        contract = get_contract(s, contract_id, by, at)
        return render_template(
            "contracts/show.html",
            contract=contract,
            terms=contract.terms,
            text=contract.text or contract_text(contract),
            side=side_of(by, contract.paper),
            missing=gaps(contract.terms),
            signed={each.side.value: each for each in contract.signatures},
            names=user_names(s, {each.user_id for each in contract.signatures}),
            application=application_of(s, contract.id),
            successor=find_successor(s, contract.id),
            **money_of(s, contract),
            **_steps(contract, by, law(s, day_of(at)).flag(VERIFIED_FIRST)),
        )


def _steps(contract: Contract, by: Actor, verified_first: bool) -> dict[str, object]:
    """Whether this person may take each step, asked of the rules that the commands ask."""
    at = now()
    paper, sure = contract.paper, confirmed(by, at)
    offer = offer_text_refusal(by, paper, day_of(at), at)
    why = {"gaps": gaps(paper.terms), "clause": sorted(paper.terms.monopoly)}
    return {
        "may_edit": draft_refusal(by, paper, at),
        "may_offer": offer,
        "offer_reason": sentence(offer, **why) if offer else "",
        "may_reopen": move_refusal(by, paper, "reopen", at),
        "may_drop": move_refusal(by, paper, "drop", at),
        "may_sign": sign_refusal(sure, paper, at, verified_first=verified_first),
        "may_record": recordal_refusal(by, paper, day_of(at), day_of(at), at),
    }


@bp.get("/<int:contract_id>/pdf")
@asks(SEE)
def pdf(contract_id: int) -> ResponseReturnValue:
    """The contract on paper, made anew each time: the same facts, the same bytes."""
    with reading() as s:
        contract = get_contract(s, contract_id, current_user.actor, now())
        names = user_names(s, {each.user_id for each in contract.signatures})
        return opened(contract_pdf(contract, names), file_name(contract), "application/pdf")


@bp.route("/<int:contract_id>/recordal", methods=["GET", "POST"])
@asks(RECORD)
def recordal(contract_id: int) -> ResponseReturnValue:
    """Note the patent office's recordal, without which an assignment is not registered."""
    at, form = now(), RecordalForm()
    if form.validate_on_submit():
        number, on = form.number.data or "", form.recorded_on.data
        assert on is not None, "the form asked for it"
        with form.keeping():
            with transaction() as s:
                get_contract(s, contract_id, current_user.actor, at)
                note_recordal(s, contract_id, number, on, by=current_user.actor, at=at)
            flash(gettext("The recordal is noted. The contract can be filed for registration."))
            return redirect(url_for(".show", contract_id=contract_id))
    with reading() as s:
        contract = get_contract(s, contract_id, current_user.actor, at)
        insist(recordal_refusal(current_user.actor, contract.paper, day_of(at), day_of(at), at))
        return render_template("contracts/recordal.html", contract=contract, form=form), form.answer
