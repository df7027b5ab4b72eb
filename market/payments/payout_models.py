"""How money on its way out is stored, and the accounts to which it is sent."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.ledger.rules import Place, Purpose
from market.parties.models import Party
from market.payments.gateways import Channel
from market.payments.models import Deposit, Obligation, Receipt
from market.payments.references import ReferenceKind, reference
from market.payments.sheet import (
    PayoutKind,
    PayoutReason,
    PayoutStatus,
)


class PayoutAccount(Base):
    """Where a party's proceeds are sent; a new one waits before it is used (promises 5, row 35)."""

    __tablename__ = "payout_accounts"
    __table_args__ = (
        Index(
            "uq_payout_accounts_one_standing",
            "party_id",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
        CheckConstraint("usable_at >= set_at", name="waits_before_use"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    holder: Mapped[str] = mapped_column(String(120), info={"secret": True})
    bank: Mapped[str] = mapped_column(String(120), info={"secret": True})
    number: Mapped[str] = mapped_column(String(40), info={"secret": True})
    set_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime] = mapped_column(Instant)
    usable_at: Mapped[datetime] = mapped_column(Instant)
    replaced_at: Mapped[datetime | None] = mapped_column(Instant)

    party: Mapped[Party] = relationship()

    @property
    def masked(self) -> str:
        """The number as pages show it: its last four digits."""
        return f"···· {self.number[-4:]}"


class Payout(Base):
    """Money on its way out: back to who paid it, or to who earned it.

    It is reserved while it is ordered and leaves the ledger with its proof. A refund of an online
    payment goes back the way it came; by bank it goes to the account written here. ``replaces_id``
    is the payout that came back and is ordered by this one once more.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(
            "(status IN ('done', 'failed')) = (ended_at IS NOT NULL)", name="ended_has_its_instant"
        ),
        CheckConstraint("(status = 'done') = (proof <> '')", name="done_with_proof"),
        CheckConstraint("(receipt_id IS NOT NULL) = (kind = 'refund')", name="refunds_go_back"),
        Index("ix_payouts_status", "status", "due_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[PayoutKind] = mapped_column(words(PayoutKind))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    source: Mapped[Purpose] = mapped_column(words(Purpose))
    channel: Mapped[Channel] = mapped_column(words(Channel))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipts.id"), index=True)
    deposit_id: Mapped[int | None] = mapped_column(ForeignKey("deposits.id"), index=True)
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligations.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("payouts.id"), unique=True)
    holder: Mapped[str] = mapped_column(String(120), default="", info={"secret": True})
    bank: Mapped[str] = mapped_column(String(120), default="", info={"secret": True})
    number: Mapped[str] = mapped_column(String(40), default="", info={"secret": True})
    status: Mapped[PayoutStatus] = mapped_column(words(PayoutStatus))
    hold_id: Mapped[int] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)
    external_id: Mapped[str | None] = mapped_column(String(120))
    why: Mapped[PayoutReason] = mapped_column(words(PayoutReason))
    ordered_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    proof: Mapped[str] = mapped_column(String(120), default="")

    party: Mapped[Party] = relationship()
    receipt: Mapped[Receipt | None] = relationship()
    deposit: Mapped[Deposit | None] = relationship()
    obligation: Mapped[Obligation | None] = relationship()

    @property
    def amount(self) -> Money:
        """What leaves."""
        return Money(self.amount_minor, self.currency)

    @property
    def from_place(self) -> Place:
        """Where it leaves from."""
        return Place(self.source, self.party_id)

    @property
    def reference(self) -> str:
        """What the operator writes beside the bank transfer, by which its proof is found."""
        return reference(ReferenceKind.PAYOUT, self.id)

    @property
    def ended(self) -> bool:
        """Whether it is done or came back."""
        return self.status in (PayoutStatus.DONE, PayoutStatus.FAILED)

    @property
    def masked(self) -> str:
        """The number as pages show it: its last four digits; nothing where it names none."""
        return f"···· {self.number[-4:]}" if self.number else ""

    def late(self, at: datetime) -> bool:
        """Whether it left after its time, or has not left though its time is over."""
        done = self.ended_at if self.status is PayoutStatus.DONE else None
        return (done or at) > self.due_at
