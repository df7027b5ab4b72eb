"""The lists of money as tables for a spreadsheet, their titles in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext

from market.kernel.clock import day_of
from market.kernel.i18n import label
from market.kernel.money import Money
from market.kernel.spreadsheets import Cell, Table
from market.ledger.models import Leg
from market.payments.models import Obligation
from market.payments.payout_models import Payout
from market.payments.telling import why


def obligation_table(obligations: Iterable[Obligation]) -> Table:
    """What is owed, one row each."""
    columns = [
        *(gettext("Payment reference"), gettext("Kind"), gettext("What for")),
        *(gettext("Payer"), gettext("Payee"), gettext("Currency"), gettext("Amount")),
        *(gettext("Paid"), gettext("Still to pay"), gettext("Due by"), gettext("State")),
        *(gettext("Opened"), gettext("Paid in full")),
    ]
    return Table(gettext("Amounts due"), columns, [_obligation(each) for each in obligations])


def _obligation(each: Obligation) -> Sequence[Cell]:
    return (
        *(each.reference, label(each.kind), each.title, each.debtor.name),
        each.creditor.name if each.creditor else gettext("The market"),
        *(each.currency, each.amount, each.paid, each.remaining, each.due_on, label(each.status)),
        *(each.opened_at, each.settled_at),
    )


def leg_table(name: str, legs: Iterable[Leg]) -> Table:
    """What went in and out of an account, one row each, with what was there after it."""
    columns = [
        *(gettext("Entry"), gettext("When"), gettext("What"), gettext("Step")),
        *(gettext("For"), gettext("Currency"), gettext("Moved"), gettext("There after it")),
        gettext("Of that reserved"),
    ]
    return Table(name, columns, [_leg(each) for each in legs])


def _leg(each: Leg) -> Sequence[Cell]:
    transfer, currency = each.transfer, each.account.currency
    moved = each.gain if transfer.phase.moves else 0
    return (
        *(transfer.id, transfer.at, label(why(transfer)), label(transfer.phase)),
        f"{transfer.subject_kind} {transfer.subject_id}",
        *(currency, Money(moved, currency), Money(each.posted_minor, currency)),
        Money(each.held_minor, currency),
    )


def ledger_table(legs: Iterable[Leg], names: Mapping[int, str]) -> Table:
    """Legs of all accounts, one row each; the rows of one entry add up to nothing."""
    columns = [
        *(gettext("Entry"), gettext("When"), gettext("What"), gettext("Step"), gettext("For")),
        *(gettext("Account"), gettext("Party"), gettext("Currency"), gettext("Credit, less debit")),
        *(gettext("There after it"), gettext("Of that reserved")),
    ]
    return Table(gettext("Ledger"), columns, [_ledger(each, names) for each in legs])


def _ledger(each: Leg, names: Mapping[int, str]) -> Sequence[Cell]:
    transfer, account = each.transfer, each.account
    return (
        *(transfer.id, transfer.at, label(why(transfer)), label(transfer.phase)),
        f"{transfer.subject_kind} {transfer.subject_id}",
        *(label(account.purpose), names.get(account.party_id or 0, ""), account.currency),
        Money(each.amount_minor, account.currency),
        Money(each.posted_minor, account.currency),
        Money(each.held_minor, account.currency),
    )


def payout_table(payouts: Iterable[Payout]) -> Table:
    """Money that left or is on its way, one row each."""
    columns = [
        *(gettext("Reference"), gettext("Kind"), gettext("Currency"), gettext("Amount")),
        *(gettext("State"), gettext("Ordered"), gettext("Due by"), gettext("Ended")),
        gettext("Proof"),
    ]
    return Table(gettext("Paid out"), columns, [_payout(each) for each in payouts])


def _payout(each: Payout) -> Sequence[Cell]:
    return (
        *(each.reference, label(each.kind), each.currency, each.amount, label(each.status)),
        *(each.ordered_at, day_of(each.due_at), each.ended_at, each.proof),
    )


def transfer_table(payouts: Iterable[Payout]) -> Table:
    """What the operator takes to the bank: whom to pay how much, and what to write beside it."""
    columns = [
        *(gettext("Payee"), gettext("Account number"), gettext("Bank and branch")),
        *(gettext("Currency"), gettext("Amount"), gettext("Reference")),
    ]
    return Table(gettext("Transfers"), columns, [_transfer(each) for each in payouts])


def _transfer(each: Payout) -> Sequence[Cell]:
    return (
        *(each.holder or each.party.name, each.number, each.bank),
        *(each.currency, each.amount, each.reference),
    )
