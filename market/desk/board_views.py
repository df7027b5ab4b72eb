"""The board that must read zero, and the ledger behind it as a file."""

from datetime import datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from market.desk.board import board, ledger_rows
from market.desk.forms import DaysForm
from market.desk.pages import bp
from market.desk.rules import ledger_refusal
from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading
from market.kernel.downloads import table_kept
from market.kernel.money import Money
from market.kernel.refusal import insist
from market.kernel.spreadsheets import TableKind
from market.parties.queries import party_names
from market.payments.rules import SEE_BOARD, SEE_LEDGER
from market.payments.tables import ledger_table


@bp.get("/money/board", endpoint="board")
@asks(SEE_BOARD)
def show_board() -> ResponseReturnValue:
    """Whether the market's money adds up, and if not, what somebody must look at."""
    at = now()
    with reading() as s:
        return _page(s, DaysForm(formdata=None, **_this_month(at)), at)


@bp.get("/money/board/ledger")
@asks(SEE_LEDGER)
def ledger() -> ResponseReturnValue:
    """Every row of the ledger of some days, as a table for a spreadsheet."""
    at, form = now(), DaysForm(request.args)
    if form.validate():
        assert form.first.data is not None, "the form asked for it"
        assert form.last.data is not None, "the form asked for it"
        with form.keeping(), reading() as s:
            legs = ledger_rows(s, form.first.data, form.last.data)
            insist(ledger_refusal(len(legs)), field="first")
            names = party_names(s, {leg.account.party_id for leg in legs if leg.account.party_id})
            return table_kept(ledger_table(legs, names), form.file.data, dated=at)
    with reading() as s:
        return _page(s, form, at)


def _page(session: Session, form: DaysForm, at: datetime) -> ResponseReturnValue:
    return render_template(
        "desk/board.html", board=board(session, at), at=at, form=form, money_of=Money
    ), form.answer


def _this_month(at: datetime) -> dict[str, Any]:
    today = day_of(at)
    return {"first": today.replace(day=1), "last": today, "file": TableKind.XLSX}
