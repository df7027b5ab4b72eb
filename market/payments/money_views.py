"""What a party owes, is owed and holds, and every step of what went in and out."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import Missing, reading
from market.kernel.downloads import table_kept
from market.kernel.i18n import label
from market.kernel.money import Money, MoneyError
from market.kernel.paging import page_number, paged
from market.kernel.spreadsheets import TableKind
from market.ledger.queries import balance, legs_at
from market.ledger.rules import Place, Purpose
from market.payments.forms import LookForm
from market.payments.overview import HOME, every_leg, rows, standings
from market.payments.pages import KIND, acting_party, bp
from market.payments.rules import SEE
from market.payments.tables import leg_table, obligation_table
from market.payments.telling import why

OWN = "<any(credit, deposit, proceeds):purpose>"


@bp.get("")
@asks(SEE)
def index() -> ResponseReturnValue:
    """Where the acting party stands, and all that it owes or is owed."""
    form, party_id, at = LookForm(request.args), current_user.actor.party_id, now()
    number = page_number(request.args.get("page"))
    if party_id is None:
        return render_template("payments/no_party.html")
    with reading() as s:
        return render_template(
            "payments/index.html",
            form=form,
            standings=standings(s, party_id, day_of(at)),
            page=paged(s, form.found(party_id), number) if form.validate() else None,
            party_id=party_id,
            purposes=Purpose,
            today=day_of(at),
        ), form.answer


@bp.get(f"/obligations.{KIND}")
@asks(SEE)
def obligations_file(kind: str) -> ResponseReturnValue:
    """The same list as a table for a spreadsheet."""
    form = LookForm(request.args)
    if not form.validate():
        raise Missing("list", kind)
    with reading() as s:
        table = obligation_table(rows(s, form.found(acting_party(current_user.actor))))
    return table_kept(table, TableKind.of(kind), dated=now())


@bp.get(f"/accounts/{OWN}")
@asks(SEE)
def account(purpose: str) -> ResponseReturnValue:
    """What went in and out of one of the acting party's accounts, the latest first."""
    number, place, currency = page_number(request.args.get("page")), _place(purpose), _currency()
    with reading() as s:
        return render_template(
            "payments/account.html",
            place=place,
            currency=currency,
            balance=balance(s, place, currency),
            page=legs_at(s, place, currency, number),
            why=why,
            money_of=lambda minor: Money(minor, currency),
        )


@bp.get(f"/accounts/{OWN}.{KIND}")
@asks(SEE)
def account_file(purpose: str, kind: str) -> ResponseReturnValue:
    """The same account as a table for a spreadsheet."""
    place, currency = _place(purpose), _currency()
    with reading() as s:
        table = leg_table(label(place.purpose), every_leg(s, place, currency))
    return table_kept(table, TableKind.of(kind), dated=now())


def _place(purpose: str) -> Place:
    return Place(Purpose.of(purpose), acting_party(current_user.actor))


def _currency() -> str:
    asked = request.args.get("currency", HOME)
    try:
        return Money(0, asked).currency
    except MoneyError as error:
        raise Missing("currency", asked) from error
