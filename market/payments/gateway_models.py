"""How payments through gateways are stored, and what gateways themselves have told."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.payments.gateways import Capture, Channel, Stage
from market.payments.models import Obligation
from market.payments.sheet import (
    Wanted,
)

WAITING = "stage IN ('requested', 'action', 'authorised')"


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
