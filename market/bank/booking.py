"""How a line of the statement is booked. Steps of commands, not commands: the caller has locked the
line and records.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from market.bank.matching import Found
from market.bank.models import StatementLine
from market.kernel.authority import Actor
from market.kernel.personal import Ref
from market.ledger.booking import move
from market.ledger.rules import Place, Purpose, Why
from market.payments.commands import receive_transfer
from market.payments.gateways import Channel
from market.payments.settling import Route

BANK, UNMATCHED = Place(Purpose.BANK), Place(Purpose.UNMATCHED)
UNEXPLAINED = Place(Purpose.UNEXPLAINED)


def book(session: Session, row: StatementLine, at: datetime) -> None:
    """Book at once what the bank has booked: whose it is comes after.

    Where it proves an order to pay, that order's own reservation is booked instead.
    """
    if row.found in (Found.PAYOUT, Found.RETURN):
        return
    legs = {BANK: -row.amount, UNMATCHED if row.came else UNEXPLAINED: row.amount}
    why = Why.RECEIPT if row.came else Why.UNEXPLAINED
    key = f"bank-line-{row.id}"
    row.transfer_id = move(session, legs, key=key, why=why, on=on_line(row), at=at).id


def on_line(row: StatementLine) -> Ref:
    """The line as what is booked names it."""
    return "bank-line", row.id


def receive_line(
    session: Session, row: StatementLine, obligation_id: int, *, by: Actor, at: datetime
) -> None:
    """Give what a line brought to an obligation; what it does not want goes back by the line."""
    route = Route(Channel.BANK, row.counterparty, "", row.counterparty_account)
    key = f"match-of-bank-line-{row.id}"
    receive_transfer(session, obligation_id, row.amount, route, key=key, by=by, at=at)


def proof_of(row: StatementLine) -> str:
    """How a line of the statement is named as a proof."""
    return f"bank-line-{row.id} {row.bank_ref}".strip()
