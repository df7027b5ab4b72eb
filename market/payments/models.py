"""How obligations, deposits, payments through gateways and money on its way out are stored."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.ledger.models import Transfer
from market.ledger.rules import Place, Purpose
from market.parties.models import Party
from market.payments.gateways import Capture, Channel, Stage
from market.payments.references import ReferenceKind, reference
from market.payments.rules import Due
from market.payments.sheet import (
    DepositStatus,
    ObligationKind,
    ObligationStatus,
    PayoutKind,
    PayoutReason,
    PayoutStatus,
    Share,
    ShareKind,
    Wanted,
)

WAITING = "stage IN ('requested', 'action', 'authorised')"
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
    payment: Mapped["Payment | None"] = relationship()

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


class Payment(Base):
    """One attempt to pay an obligation through an online gateway; stored before it is asked.

    ``key`` is our own id at the gateway, never given twice. ``hold_id`` is the pending transfer of
    money that is only authorised. ``wanted`` is what the market has decided to ask for next; the
    reconciler asks until the gateway has answered.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("stage <> 'authorised' OR hold_id IS NOT NULL", name="authorised_is_held"),
        CheckConstraint("disputed_minor >= 0", name="disputed_not_negative"),
        UniqueConstraint("channel", "external_id"),
        Index(
            "uq_payments_one_waiting",
            "obligation_id",
            unique=True,
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligations.id"), index=True)
    channel: Mapped[Channel] = mapped_column(words(Channel))
    live: Mapped[bool]
    account: Mapped[str] = mapped_column(String(64))
    capture: Mapped[Capture] = mapped_column(words(Capture))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    stage: Mapped[Stage] = mapped_column(words(Stage))
    external_id: Mapped[str | None] = mapped_column(String(120))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    known_at: Mapped[datetime] = mapped_column(Instant)
    capture_before: Mapped[datetime | None] = mapped_column(Instant)
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)
    wanted: Mapped[Wanted | None] = mapped_column(words(Wanted))
    disputed_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    why: Mapped[str] = mapped_column(String(300), default="")

    obligation: Mapped[Obligation] = relationship()

    @property
    def amount(self) -> Money:
        """What was asked of the payer."""
        return Money(self.amount_minor, self.currency)

    @property
    def waits(self) -> bool:
        """Whether it may still bring money."""
        return self.stage in (Stage.REQUESTED, Stage.ACTION, Stage.AUTHORISED)


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
    def to_place(self) -> Place:
        """Through which outside account it leaves."""
        return Place(Purpose.of(self.channel.value))

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


class GatewayMovement(Base):
    """One line of a gateway's own account book, and the one transfer that answers it (P-24).

    Without a transfer it is money that nobody ordered: somebody must look.
    """

    __tablename__ = "gateway_movements"
    journaled = False  # a copy of what the gateway says; its transfer is told
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[Channel] = mapped_column(words(Channel))
    external_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(120))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)


class GatewayEvent(Base):
    """A webhook that was taken; a second one of the same id changes nothing (P-25)."""

    __tablename__ = "gateway_events"
    journaled = False
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[Channel] = mapped_column(words(Channel))
    external_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(32))
    received_at: Mapped[datetime] = mapped_column(Instant)
