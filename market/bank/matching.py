"""Whose money a line of the statement is: by its reference, its payer and its amount. Pure.

Nothing is guessed. What is not plain waits at the desk with the reason, and two persons decide.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from market.bank.sheet import Line
from market.kernel.money import Money
from market.kernel.text import folded
from market.kernel.words import N_, Labelled


class Found(Labelled):
    """What a line says of whose it is; all but the first three wait at the desk."""

    OBLIGATION = "obligation", N_("Reference and payer agree")
    PAYOUT = "payout", N_("Reference and amount agree with money on its way out")
    RETURN = "return", N_("Reference and amount agree with what was to be sent back")
    NO_REFERENCE = "no-reference", N_("It bears no reference of ours")
    UNKNOWN_REFERENCE = "unknown-reference", N_("Its reference leads to nothing that is known")
    SEVERAL = "several", N_("It bears several references")
    OTHER_PAYER = "other-payer", N_("The payer is not who owes it")
    OTHER_CURRENCY = "other-currency", N_("It is owed in another currency")
    NO_WAY_BACK = "no-way-back", N_("It is more than is due, and no account to send the rest to")
    OTHER_AMOUNT = "other-amount", N_("The amount is not that of the money on its way out")
    PAYOUT_OVER = "payout-over", N_("That money has left, or has come back, before")
    REVERSAL = "reversal", N_("The bank took an entry of its own back")

    @property
    def settled(self) -> bool:
        """Whether it is plain whose the line is."""
        return self in (Found.OBLIGATION, Found.PAYOUT, Found.RETURN)


@dataclass(frozen=True)
class OwedFor:
    """What a reference on a credit line can lead to: an obligation, as it stands."""

    obligation_id: int
    debtor: str
    remaining: Money


@dataclass(frozen=True)
class Leaving:
    """What a reference on a debit line can lead to: a payout, or a line that is sent back."""

    amount: Money
    over: bool
    payout_id: int | None = None
    line_id: int | None = None


@dataclass(frozen=True)
class Match:
    """What was found, and what it leads to."""

    found: Found
    obligation_id: int | None = None
    payout_id: int | None = None
    line_id: int | None = None


_ORNAMENT = re.compile(r"[\W_]+")


def plain_payer(name: str) -> str:
    """A name as banks and people write it apart: width, case, blanks, brackets and dots aside."""
    return _ORNAMENT.sub("", folded(name))


def credit_match(line: Line, references: Sequence[str], owed: Sequence[OwedFor]) -> Match:
    """Whose money came: the one obligation that its reference names, paid by its own debtor."""
    if line.reversal:
        return Match(Found.REVERSAL)
    if not references:
        return Match(Found.NO_REFERENCE)
    if len(references) > 1:
        return Match(Found.SEVERAL)
    if not owed:
        return Match(Found.UNKNOWN_REFERENCE)
    (one,) = owed
    if one.remaining.currency != line.amount.currency:
        return Match(Found.OTHER_CURRENCY, one.obligation_id)
    payer = plain_payer(line.counterparty)
    if not payer or payer != plain_payer(one.debtor):
        return Match(Found.OTHER_PAYER, one.obligation_id)
    if line.amount > one.remaining and not line.counterparty_account:
        return Match(Found.NO_WAY_BACK, one.obligation_id)
    return Match(Found.OBLIGATION, one.obligation_id)


def debit_match(line: Line, references: Sequence[str], leaving: Sequence[Leaving]) -> Match:
    """What left: the one order to pay that its reference names, to the fen."""
    if line.reversal:
        return Match(Found.REVERSAL)
    if not references:
        return Match(Found.NO_REFERENCE)
    if len(references) > 1:
        return Match(Found.SEVERAL)
    if not leaving:
        return Match(Found.UNKNOWN_REFERENCE)
    (one,) = leaving
    if one.over:
        return Match(Found.PAYOUT_OVER)
    if -line.amount != one.amount:
        return Match(Found.OTHER_AMOUNT)
    found = Found.RETURN if one.payout_id is None else Found.PAYOUT
    return Match(found, payout_id=one.payout_id, line_id=one.line_id)
