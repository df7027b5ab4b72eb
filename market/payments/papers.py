"""Payment instructions on paper: what a payer takes to their bank, and the PDF.

Everything a transfer needs stands there in Chinese with English beside it; the reference is what
finds the payment again, so it is the largest thing on the page. The same facts, the same bytes.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from babel.support import Translations

from config import BankAccount
from market.kernel.documents import document, qr_matrix
from market.kernel.i18n import catalogue
from market.kernel.money import Money, plain
from market.kernel.numerals import capital_yuan
from market.payments.models import Obligation

TEMPLATE = Path(__file__).parent / "templates" / "payments" / "instructions.typ"


@dataclass(frozen=True)
class Instructions:
    """One amount due and where it goes; ``amount`` is what is left of ``whole``."""

    reference: str
    payer: str
    purpose: tuple[str, str]  # what kind of money it is, in Chinese and in English
    title: str
    amount: Money
    whole: Money
    due_on: date
    into: BankAccount
    page: str
    dated: datetime


def instructions_of(obligation: Obligation, into: BankAccount, page: str) -> Instructions:
    """What is left of an obligation, to be paid into the market's account; ``page`` is its own.

    Dated by its latest fact: when it was opened, or last paid in part.
    """
    payer, kind = obligation.debtor, obligation.kind.label
    return Instructions(
        reference=obligation.reference,
        payer=f"{payer.name}（{payer.uscc}）" if payer.uscc else payer.name,
        purpose=(str(_words().gettext(kind)), kind),
        title=obligation.title,
        amount=obligation.remaining,
        whole=obligation.amount,
        due_on=obligation.due_on,
        into=into,
        page=page,
        dated=max([obligation.opened_at, *(s.settled_at for s in obligation.settlements)]),
    )


def instructions_pdf(due: Instructions) -> bytes:
    """The instructions in PDF/A."""
    return document(TEMPLATE, values(due), dated=due.dated)


def file_name(due: Instructions) -> str:
    """What the file is called when it is kept."""
    return f"付款通知书_{due.reference}.pdf"


def values(due: Instructions) -> dict[str, object]:
    """All that the template reads, in JSON types."""
    return {
        "reference": due.reference,
        "amount": _figures(due.amount),
        "capital": capital_yuan(due.amount.minor) if due.amount.currency == "CNY" else "",
        "parts": [_figures(due.whole), _figures(due.whole - due.amount)]
        if due.whole != due.amount
        else [],
        "fields": [
            ["付款人", "Payer", due.payer],
            ["款项", "Purpose", f"{due.purpose[0]}  {due.purpose[1]}\n{due.title}"],
            ["最迟到账日", "Due by", f"{due.due_on:%Y-%m-%d}"],
        ],
        "account": [
            ["户名", "Account holder", due.into.holder],
            ["开户银行", "Bank", due.into.bank],
            ["账号", "Account number", _grouped(due.into.number)],
        ],
        "page": due.page,
        "qr": qr_matrix(due.page),
    }


def _figures(money: Money) -> str:
    """``CNY 1,200,000.00``: the code says in any language which money it is."""
    whole, point, cents = plain(money).partition(".")
    return f"{money.currency} {int(whole):,}{point}{cents}"


def _grouped(number: str) -> str:
    """A number in groups of four from its beginning, as it stands on a card."""
    return " ".join(number[n : n + 4] for n in range(0, len(number), 4))


@cache
def _words() -> Translations:
    return catalogue("zh_Hans")
