"""How obligations, deposits, payments through gateways and money on its way out are stored."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.ledger.models import Transfer
from market.parties.models import Party
from market.payments.gateways import Channel
from market.payments.references import ReferenceKind, reference
from market.payments.rules import Due
from market.payments.sheet import (
    DepositStatus,
    ObligationKind,
    ObligationStatus,
    Share,
    ShareKind,
)

LIVE_DEPOSIT = "status IN ('due', 'received', 'held')"


class Obligation(Base):
    """Who owes whom how much, for what, by when; ``creditor_id`` None is the market itself.

    ``paid_minor`` is the sum of its settlements, kept for lists and proven by ``payments verify``.
    """

    __tablename__ = "obligations"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("paid_minor >= 0 AND paid_minor <= amount_minor", name="paid_in_bounds"),
        CheckConstraint("debtor_id <> creditor_id", name="two_parties"),
        CheckConstraint(
            "(status = 'settled') = (paid_minor = amount_minor)", name="settled_is_paid"
        ),
        CheckConstraint("(status = 'settled') = (settled_at IS NOT NULL)", name="settled_at"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_at"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_why = '')", name="cancelled_why"),
        CheckConstraint("place BETWEEN 1 AND of_places", name="place_in_row"),
        Index("ix_obligations_subject", "subject_kind", "subject_id"),
        Index("ix_obligations_debtor", "debtor_id", "status", "due_on"),
        Index("ix_obligations_creditor", "creditor_id", "status", "due_on"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[ObligationKind] = mapped_column(words(ObligationKind))
    debtor_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    creditor_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(Id)
    title: Mapped[str] = mapped_column(String(300))
    place: Mapped[int] = mapped_column(default=1)
    of_places: Mapped[int] = mapped_column(default=1)
    due_on: Mapped[date] = mapped_column(Date)
    settles_at: Mapped[datetime | None] = mapped_column(Instant)
    status: Mapped[ObligationStatus] = mapped_column(words(ObligationStatus))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_why: Mapped[str] = mapped_column(String(300), default="")

    debtor: Mapped[Party] = relationship(foreign_keys=[debtor_id])
    creditor: Mapped[Party | None] = relationship(foreign_keys=[creditor_id])
    shares: Mapped[list["ObligationShare"]] = relationship(
        order_by="ObligationShare.place", lazy="selectin"
    )
    settlements: Mapped[list["Settlement"]] = relationship(
        order_by="Settlement.id", back_populates="obligation"
    )
    receipts: Mapped[list["Receipt"]] = relationship(
        order_by="Receipt.id", back_populates="obligation"
    )

    @property
    def amount(self) -> Money:
        """What is owed in all."""
        return Money(self.amount_minor, self.currency)

    @property
    def paid(self) -> Money:
        """What has been paid of it."""
        return Money(self.paid_minor, self.currency)

    @property
    def remaining(self) -> Money:
        """What is still to be paid; nothing where it was cancelled."""
        if self.status is ObligationStatus.CANCELLED:
            return Money(0, self.currency)
        return self.amount - self.paid

    @property
    def subject(self) -> Ref:
        """What it is owed for."""
        return self.subject_kind, self.subject_id

    @property
    def reference(self) -> str:
        """What the payer writes beside a bank transfer."""
        return reference(ReferenceKind.OBLIGATION, self.id)

    @property
    def terms(self) -> tuple[Share, ...]:
        """How each receipt divides, frozen when it was opened."""
        return tuple(Share(each.kind, each.weight_bp, each.party_id) for each in self.shares)

    @property
    def due(self) -> Due:
        """The obligation as the rules see it."""
        return Due(
            self.kind,
            self.status,
            self.debtor_id,
            self.creditor_id,
            self.remaining,
            self.paid,
            frozenset(each.party_id for each in self.shares if each.party_id),
        )

    def overdue(self, today: date) -> bool:
        """Whether its last day has passed and something is still to be paid."""
        return self.status is ObligationStatus.OPEN and today > self.due_on


class ObligationShare(Base):
    """One part of the frozen terms by which each receipt divides."""

    __tablename__ = "obligation_shares"
    __table_args__ = (CheckConstraint("weight_bp > 0 AND weight_bp <= 10000", name="weight"),)

    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligations.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ShareKind] = mapped_column(words(ShareKind))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"), index=True)
    weight_bp: Mapped[int]

    party: Mapped[Party | None] = relationship(lazy="joined")


class Settlement(Base):
    """That a transfer paid some of an obligation; below zero where a transfer took it back.

    Never changed, never deleted (a trigger refuses both).
    """

    __tablename__ = "settlements"
    __table_args__ = (CheckConstraint("amount_minor <> 0", name="amount_moves"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligations.id"), index=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    settled_at: Mapped[datetime] = mapped_column(Instant)

    obligation: Mapped[Obligation] = relationship(back_populates="settlements")
    transfer: Mapped[Transfer] = relationship()


class Receipt(Base):
    """Money that came for an obligation, and the way it came, by which it can go back.

    All of it is the debtor's; what the obligation did not want is sent back. Never changed, never
    deleted (a trigger refuses both).
    """

    __tablename__ = "receipts"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligations.id"), index=True)
    channel: Mapped[Channel] = mapped_column(words(Channel))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), unique=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    holder: Mapped[str] = mapped_column(String(120), default="", info={"secret": True})
    bank: Mapped[str] = mapped_column(String(120), default="", info={"secret": True})
    number: Mapped[str] = mapped_column(String(40), default="", info={"secret": True})
    received_at: Mapped[datetime] = mapped_column(Instant)

    obligation: Mapped[Obligation] = relationship(back_populates="receipts")

    @property
    def amount(self) -> Money:
        """What came."""
        return Money(self.amount_minor, self.currency)


class Deposit(Base):
    """A deposit (竞买保证金) for one subject; ends in exactly one way (AUC-25).

    ``hold_id`` is the pending transfer that freezes it. ``ended_why`` is what was decided, for the
    party to read.
    """

    __tablename__ = "deposits"
    __table_args__ = (
        CheckConstraint(
            "(status IN ('due', 'lapsed')) = (received_at IS NULL)", name="received_has_its_instant"
        ),
        CheckConstraint("status <> 'held' OR hold_id IS NOT NULL", name="held_by_a_transfer"),
        CheckConstraint(
            "status NOT IN ('applied', 'forfeited') OR hold_id IS NOT NULL", name="taken_when_held"
        ),
        CheckConstraint(f"({LIVE_DEPOSIT}) = (ended_at IS NULL)", name="ended_has_its_instant"),
        Index(
            "uq_deposits_one_live",
            "party_id",
            "subject_kind",
            "subject_id",
            unique=True,
            sqlite_where=text(LIVE_DEPOSIT),
            postgresql_where=text(LIVE_DEPOSIT),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligations.id"), unique=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(Id)
    status: Mapped[DepositStatus] = mapped_column(words(DepositStatus))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)
    received_at: Mapped[datetime | None] = mapped_column(Instant)
    held_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_why: Mapped[str] = mapped_column(String(300), default="")

    obligation: Mapped[Obligation] = relationship()
    party: Mapped[Party] = relationship()

    @property
    def amount(self) -> Money:
        """What it covers."""
        return self.obligation.amount
