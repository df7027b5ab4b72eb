"""The vocabulary of bank statements: a line, what a file says of one account, and faults of both.

Pure. A line is known again by its fingerprint, so that the same statement twice, or two statements
of overlapping days, bring each line once.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from market.kernel.delimited import RowFault
from market.kernel.money import Money, MoneyFault
from market.kernel.refusal import Refusal
from market.kernel.text import Misread, TextFault
from market.kernel.words import N_, Labelled

DOMAIN = b"ttm/bank-line/v1\x00"


class StatementFault(Refusal):
    """Why a statement file is not imported at all."""

    NO_HEADER = (
        "statement-no-header",
        N_(
            "None of the first %(most)s rows names the columns of a kind that is known: a day, "
            "an amount and whom it came from. The kinds are %(known)s."
        ),
    )
    OTHER_ACCOUNT = (
        "statement-other-account",
        N_("The file is of account %(given)s, not of %(expected)s."),
    )
    OTHER_CURRENCY = (
        "statement-other-currency",
        N_("The file is in %(given)s; the account is kept in %(expected)s."),
    )
    NO_LINES = "statement-no-lines", N_("The file names its columns, and no row follows.")
    BROKEN_XML = "statement-broken-xml", N_("The file is no well-formed XML (line %(line)s).")
    ENTITIES = (
        "statement-entities",
        N_("The file declares entities or a document type; no bank writes such a statement."),
    )
    NOT_CAMT = (
        "statement-not-camt",
        N_("The file is XML, but no statement camt.053.001.02 to .12: %(why)s"),
    )
    UNBALANCED = (
        "statement-unbalanced",
        N_(
            "The opening balance %(opening)s and the entries do not give the closing balance "
            "%(closing)s: entries are missing, so nothing was taken."
        ),
    )
    NOT_A_WORKBOOK = "statement-not-a-workbook", N_("The file is no workbook that can be read.")
    UNPACKS_TOO_LARGE = (
        "statement-unpacks-too-large",
        N_("The workbook unpacks to more than %(most)s MiB."),
    )


class LineFault(Refusal):
    """Why a row is no line."""

    NOT_A_DAY = "line-not-a-day", N_("the day %(given)s is of no known form")
    IN_FUTURE = "line-in-future", N_("the day %(given)s has not come yet")
    AMOUNT = "line-amount", N_("the amount %(given)s: %(why)s")
    NO_AMOUNT = "line-no-amount", N_("it says neither that money came nor that it went")
    BOTH_WAYS = "line-both-ways", N_("it says both that money came and that it went")
    NO_SIDE = "line-no-side", N_("%(given)s does not say whether money came or went")
    CURRENCY = "line-currency", N_("it is in %(given)s; the account is kept in %(expected)s")
    TWICE = "line-twice", N_("the same serial number, day and amount as line %(line)s")
    TEXT = "line-text", N_("a text of it cannot be kept: %(why)s")


class Form(Labelled):
    """How a statement came."""

    CSV = "csv", N_("Rows of text (CSV)")
    CAMT = "camt053", N_("ISO 20022 camt.053")
    XLSX = "xlsx", N_("Workbook (XLSX)")


@dataclass(frozen=True)
class Line:
    """One line of a bank account: plus came in, minus went out.

    ``place`` is where it stands in its file; ``counterparty`` who paid or was paid; ``words`` what
    was written beside it (附言); ``bank_ref`` the bank's own number; a ``reversal`` takes back what
    the bank had booked before; ``balance`` is what the account holds after it, where that is told.
    """

    place: int
    booked_on: date
    amount: Money
    counterparty: str = ""
    counterparty_account: str = ""
    words: str = ""
    bank_ref: str = ""
    reversal: bool = False
    balance: Money | None = None


@dataclass(frozen=True)
class BadRow:
    """A row that is not taken: its line in the file and why."""

    line: int
    why: Misread

    @property
    def told(self) -> list[object]:
        """The row as it is kept: plain values, in no language."""
        return [self.line, *_told(self.why)]

    @classmethod
    def read(cls, told: Sequence[Any]) -> "BadRow":
        """The row out of what was kept."""
        return cls(told[0], _read(*told[1:]))


_REASONS: dict[str, Refusal] = {
    reason.code: reason
    for reasons in (LineFault, RowFault, MoneyFault, TextFault)
    for reason in reasons
}


def _told(why: Misread) -> list[object]:
    detail = {
        name: _told(value) if isinstance(value, Misread) else value
        for name, value in why.detail.items()
    }
    return [why.reason.code, detail]


def _read(code: str, detail: dict[str, Any]) -> Misread:
    values = {
        name: _read(*value) if isinstance(value, list) else value for name, value in detail.items()
    }
    return Misread(_REASONS[code], **values)


@dataclass(frozen=True)
class Extract:
    """What a file says of one account; ``kind`` is the mapping or version by which it was read."""

    account: str
    form: Form
    kind: str
    currency: str
    lines: tuple[Line, ...]
    refused: tuple[BadRow, ...] = ()
    opening: Money | None = None
    closing: Money | None = None

    @property
    def from_on(self) -> date | None:
        """The first day that a line speaks of."""
        return min((line.booked_on for line in self.lines), default=None)

    @property
    def to_on(self) -> date | None:
        """The last day that a line speaks of."""
        return max((line.booked_on for line in self.lines), default=None)

    @property
    def moved(self) -> Money:
        """What all lines add to."""
        return sum((line.amount for line in self.lines), Money(0, self.currency))

    @property
    def complete(self) -> bool | None:
        """Whether the balances prove that no line is missing; None where the file tells none."""
        if self.opening is None or self.closing is None:
            return None
        return self.opening + self.moved == self.closing


def fingerprints(extract: Extract) -> Iterator[tuple[Line, str]]:
    """Each line with the print by which it is known again.

    By the bank's own number where there is one; otherwise by day, amount, counterparty, words, and
    which of the equal ones of that day it is.
    """
    seen: Counter[str] = Counter()
    for line in extract.lines:
        told: list[object] = [extract.account, line.amount.currency, line.booked_on.isoformat()]
        told.append(line.amount.minor)
        if line.bank_ref:
            told += ["ref", line.bank_ref]
        else:
            told += ["words", line.counterparty_account, line.words]
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        seen[body] += 1
        numbered = f"{body}#{seen[body]}".encode()
        yield line, hashlib.sha256(DOMAIN + numbered).hexdigest()
