"""What a party earned and has sent to its bank account: the account, the orders, their state."""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.queries import confirmed
from market.accounts.sessions import confirmed_by
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.downloads import table_kept
from market.kernel.money import Money
from market.kernel.paging import page_number
from market.kernel.refusal import Refusal
from market.kernel.spreadsheets import TableKind
from market.ledger.queries import Balance, balance
from market.ledger.rules import Place, Purpose
from market.payments import payout_commands as commands
from market.payments.forms import AccountForm, PayoutForm
from market.payments.overview import every_payout
from market.payments.pages import KIND, acting_party, bp
from market.payments.payout_models import PayoutAccount
from market.payments.queries import find_account, payouts_of
from market.payments.rules import (
    PAY_OUT,
    SEE,
    SET_ACCOUNT,
    account_refusal,
    pay_out_refusal,
    who_pays_out_refusal,
)
from market.payments.tables import payout_table


@bp.get("/payouts")
@asks(SEE)
def payouts() -> ResponseReturnValue:
    """What lies ready, where it is sent, and what was sent."""
    return _page(PayoutForm(formdata=None))


@bp.post("/payouts")
@asks(PAY_OUT, creates=True)
def request_payout() -> ResponseReturnValue:
    """Order that so much is sent to the party's account, with the password again."""
    form, by, at = PayoutForm(), current_user.actor, now()
    if form.validate_on_submit():
        amount = form.amount.data
        assert amount is not None, "the form asked for it"
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                commands.request_payout(s, amount, by=sure, at=at)
            flash(gettext("Ordered. The money is reserved and will be sent to your account."))
            return redirect(url_for(".payouts"))
    return _page(form)


@bp.route("/payout-account", methods=["GET", "POST"])
@asks(SET_ACCOUNT)
def payout_account() -> ResponseReturnValue:
    """Say where proceeds go, with the password again; used from a day later."""
    form, by, at = AccountForm(), current_user.actor, now()
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            given = (str(each.data) for each in (form.holder, form.bank, form.number))
            with transaction() as s:
                commands.set_payout_account(s, *given, by=sure, at=at)
            flash(
                gettext("Kept. The account is used from 24 hours from now; your people hear of it.")
            )
            return redirect(url_for(".payouts"))
    with reading() as s:
        return render_template(
            "payments/payout_account.html",
            form=form,
            account=find_account(s, acting_party(current_user.actor)),
            refusal=account_refusal(confirmed(by, at), at),
            at=at,
        ), form.answer


@bp.get(f"/payouts.{KIND}")
@asks(SEE)
def payouts_file(kind: str) -> ResponseReturnValue:
    """The same list as a table for a spreadsheet."""
    with reading() as s:
        table = payout_table(every_payout(s, acting_party(current_user.actor)))
    return table_kept(table, TableKind.of(kind), dated=now())


def _page(form: PayoutForm) -> ResponseReturnValue:
    by, at, party_id = current_user.actor, now(), acting_party(current_user.actor)
    number = page_number(request.args.get("page"))
    with reading() as s:
        account = find_account(s, party_id)
        ready = balance(s, Place(Purpose.PROCEEDS, party_id))
        return render_template(
            "payments/payouts.html",
            form=form,
            account=account,
            ready=ready,
            who=who_pays_out_refusal(confirmed(by, at), at),
            why_not=_why_not(ready, account, at),
            usable_at=account.usable_at if account else None,
            page=payouts_of(s, party_id, number),
            at=at,
        ), form.answer


def _why_not(ready: Balance, account: PayoutAccount | None, at: datetime) -> Refusal | None:
    """Why nothing can be ordered now, whatever the amount."""
    least = Money(1, ready.available.currency)
    return pay_out_refusal(least, ready.available, account.usable_at if account else None, at)
