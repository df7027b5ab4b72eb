"""How statements and their lines are stored: each line once, whatever files bring it."""

import json
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.bank.matching import Found
from market.bank.rules import LineStatus, Use
from market.bank.sheet import BadRow, Form
from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.payments.references import ReferenceKind, reference


class BankAccount(Base):
    """The market's account at a bank: the root under whose lock its statements come in."""

    __tablename__ = "bank_accounts"
    __table_args__ = (UniqueConstraint("number", "currency"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(34))
    currency: Mapped[str] = mapped_column(String(3))


class Statement(Base):
    """One file that was brought in; ``refused`` are its rows that are no lines, as JSON."""

    __tablename__ = "bank_statements"
    __table_args__ = (
        UniqueConstraint("account_id", "sha256"),
        CheckConstraint("until >= since", name="days_in_order"),
        CheckConstraint(
            "(opening_minor IS NULL) = (closing_minor IS NULL)", name="both_balances_or_none"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(120))
    form: Mapped[Form] = mapped_column(words(Form))
    kind: Mapped[str] = mapped_column(String(32))
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    opening_minor: Mapped[int | None] = mapped_column(BigInteger)
    closing_minor: Mapped[int | None] = mapped_column(BigInteger)
    complete: Mapped[bool | None]
    known: Mapped[int]
    refused: Mapped[str] = mapped_column(Text, default="[]")
    imported_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    imported_at: Mapped[datetime] = mapped_column(Instant)

    account: Mapped[BankAccount] = relationship(lazy="joined")

    @property
    def opening(self) -> Money | None:
        """What the account held before its first line, as far as it tells."""
        return _told(self.opening_minor, self.account.currency)

    @property
    def closing(self) -> Money | None:
        """What the account held after its last line, as far as it tells."""
        return _told(self.closing_minor, self.account.currency)

    @property
    def bad_rows(self) -> list[BadRow]:
        """The rows that were not taken, each with its reason."""
        return [BadRow.read(told) for told in json.loads(self.refused)]


def _told(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


class StatementLine(Base):
    """A line of the market's bank account: what the bank told, and what became of it.

    ``transfer_id`` books that the money came or went. ``found`` is what the matching said, ``use``
    what two persons said. ``hold_id`` reserves what is to be sent back, ``returns_id`` names the
    line that this one sent back.
    """

    __tablename__ = "bank_lines"
    __table_args__ = (
        UniqueConstraint("account_id", "print"),
        CheckConstraint("amount_minor <> 0", name="amount_moves"),
        CheckConstraint("status <> 'returning' OR hold_id IS NOT NULL", name="returning_is_held"),
        CheckConstraint(
            "status <> 'waits' OR (explained_at IS NULL AND use IS NULL)", name="waiting_is_open"
        ),
        Index("ix_bank_lines_statement", "statement_id", "place"),
        Index(
            "ix_bank_lines_waiting",
            "booked_on",
            "id",
            sqlite_where=text("status = 'waits'"),
            postgresql_where=text("status = 'waits'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statements.id"))
    print: Mapped[str] = mapped_column(String(64))
    place: Mapped[int]
    booked_on: Mapped[date] = mapped_column(Date)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    counterparty: Mapped[str] = mapped_column(String(120), info={"secret": True})
    counterparty_account: Mapped[str] = mapped_column(String(40), info={"secret": True})
    note: Mapped[str] = mapped_column(Text, info={"secret": True})
    bank_ref: Mapped[str] = mapped_column(String(80))
    reversal: Mapped[bool]
    status: Mapped[LineStatus] = mapped_column(words(LineStatus))
    found: Mapped[Found] = mapped_column(words(Found))
    use: Mapped[Use | None] = mapped_column(words(Use))
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligations.id"), index=True)
    payout_id: Mapped[int | None] = mapped_column(ForeignKey("payouts.id"), index=True)
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    returns_id: Mapped[int | None] = mapped_column(ForeignKey("bank_lines.id"), unique=True)
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)
    explained_at: Mapped[datetime | None] = mapped_column(Instant)

    statement: Mapped[Statement] = relationship(lazy="joined")

    @property
    def amount(self) -> Money:
        """What came (plus) or went (minus)."""
        return Money(self.amount_minor, self.currency)

    @property
    def came(self) -> bool:
        """Whether money came in by it."""
        return self.amount_minor > 0

    @property
    def masked(self) -> str:
        """The counterparty's account as pages show it: its last four digits."""
        return f"···· {self.counterparty_account[-4:]}" if self.counterparty_account else "–"

    @property
    def reference(self) -> str:
        """What the operator writes beside the transfer that sends it back."""
        return reference(ReferenceKind.RETURN, self.id)

    @property
    def stands(self) -> list[object]:
        """What a proposal about it rests on."""
        return [self.status.value, self.amount_minor]
