"""Pages on which a contract is drafted: from a deal, from outside the market, and further on."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.contracts.commands import draft, save_draft
from market.contracts.forms import ContractForm, StartForm
from market.contracts.models import Contract
from market.contracts.pages import bp
from market.contracts.queries import (
    counterparties,
    find_for_deal,
    get_contract,
    terms_for,
)
from market.contracts.rules import (
    DRAFT,
    ContractRefusal,
    Side,
    begin_refusal,
    draft_refusal,
)
from market.contracts.terms import Terms
from market.deals.queries import get_deal
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import Missing, reading, transaction
from market.kernel.refusal import Refused, insist
from market.kernel.text import typed_id
from market.parties.queries import find_counterparty, get_party, named_as

LINES = ("deductions", "instalments")


@bp.route("/new", methods=["GET", "POST"])
@asks(DRAFT, creates=True)
def new() -> ResponseReturnValue:
    """Begin a contract: from a deal of the market, or agreed outside it."""
    if "deal" not in request.args:
        return _from_outside()
    deal_id = typed_id(request.args.getlist("deal"))
    if deal_id is None:
        raise Missing("deal", request.args["deal"])
    return _from_deal(deal_id)


def _from_outside() -> ResponseReturnValue:
    form, by = StartForm(), current_user.actor
    if by.party_id is None:
        return render_template("contracts/no_party.html")
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                made = _begin(s, form, by.party_id).id
            flash(gettext("The draft is saved. Fill in the rest; you can stop at any time."))
            return redirect(url_for(".edit", contract_id=made))
    with reading() as s:
        return render_template(
            "contracts/new.html",
            form=form,
            known=counterparties(s, by.party_id),
            named_as=named_as,
            mine=get_party(s, by.party_id),
        ), form.answer


def _begin(s: Session, form: StartForm, mine: int) -> Contract:
    other = find_counterparty(s, form.other.data or "")
    if other is None:
        raise Refused(ContractRefusal.NO_COUNTERPARTY, "other")
    sides = (mine, other.id) if form.side.data == Side.SELLER.value else (other.id, mine)
    assert form.turnover.data is not None, "the form asked for it"
    terms = Terms(form.kind.data, form.title.data or "", form.turnover.data)
    return draft(s, *sides, terms, by=current_user.actor, at=now())


def _from_deal(deal_id: int) -> ResponseReturnValue:
    at, form, by = now(), ContractForm(), current_user.actor
    if not form.more.data and form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                deal = get_deal(s, deal_id, by, at)
                sides = deal.seller_id, deal.buyer_id
                made = draft(s, *sides, form.terms, by=by, at=at, deal=deal).id
            flash(gettext("The draft is saved."))
            return redirect(url_for(".show", contract_id=made))
    with reading() as s:
        deal = get_deal(s, deal_id, by, at)
        insist(begin_refusal(by, (deal.seller_id, deal.buyer_id), at))
        there = find_for_deal(s, deal.id)
        if there is not None and not form.is_submitted():
            return redirect(url_for(".show", contract_id=there.id))
        if not form.is_submitted():
            form.fill(terms_for(deal))
        _spare(form)
        return render_template(
            "contracts/edit.html", form=form, deal=deal, contract=None, there=there
        ), form.answer


@bp.route("/<int:contract_id>/edit", methods=["GET", "POST"])
@asks(DRAFT)
def edit(contract_id: int) -> ResponseReturnValue:
    """Work on a draft; either party may."""
    at, form, by = now(), ContractForm(), current_user.actor
    if not form.more.data and form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_contract(s, contract_id, by, at)
                save_draft(s, contract_id, form.terms, by=by, at=at, seen=form.seen.data or "")
            flash(gettext("The draft is saved."))
            return redirect(url_for(".show", contract_id=contract_id))
    with reading() as s:
        contract = get_contract(s, contract_id, by, at)
        insist(draft_refusal(by, contract.paper, at))
        if not form.is_submitted():
            form.fill(contract.terms)
        elif form.refusal is ContractRefusal.EDITED_MEANWHILE:
            form.compare(contract.terms)
        _spare(form)
        return render_template(
            "contracts/edit.html", form=form, deal=contract.deal, contract=contract, there=None
        ), form.answer


def _spare(form: ContractForm) -> None:
    """Empty lines at first, and where more were asked for."""
    for name in LINES:
        if form.more.data == name or (not form.is_submitted() and not form.more.data):
            form.add_spare_lines(name)
