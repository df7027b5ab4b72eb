"""How the ledger is stored: accounts, immutable transfers, and legs that carry their balance."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.kernel.db import Base, Id, Instant, words
from market.kernel.journal import canonical
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.ledger.rules import Phase, Place, Purpose, Why

DOMAIN = b"ttm/ledger/v1\x00"


class Account(Base):
    """An account: what is on it stands in its last leg, nowhere else."""

    __tablename__ = "ledger_accounts"
    journaled = False  # says nothing that its transfers do not say
    __table_args__ = (
        CheckConstraint(
            "(purpose IN ('credit', 'deposit', 'proceeds', 'claim')) = (party_id IS NOT NULL)",
            name="parties_have_their_own",
        ),
        Index("uq_ledger_accounts_of_party", "party_id", "purpose", "currency", unique=True),
        Index(
            "uq_ledger_accounts_of_market",
            "purpose",
            "currency",
            unique=True,
            sqlite_where=text("party_id IS NULL"),
            postgresql_where=text("party_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    currency: Mapped[str] = mapped_column(String(3))

    @property
    def place(self) -> Place:
        """Where its money is."""
        return Place(self.purpose, self.party_id)


class Transfer(Base):
    """Money moved, reserved or released; never changed, never deleted (a trigger refuses both).

    ``key`` names it for ever: the same step cannot be booked twice. ``digest`` covers the transfer
    and its legs; the journal tells it, so that neither can be altered unseen (P-21, P-30).
    """

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        CheckConstraint(
            "(phase IN ('posted', 'voided', 'expired')) = (resolves_id IS NOT NULL)",
            name="second_steps_have_a_first",
        ),
        CheckConstraint("expires_at IS NULL OR phase = 'pending'", name="only_holds_run_out"),
        CheckConstraint("reverses_id IS NULL OR phase = 'direct'", name="reversed_in_one_step"),
        Index("ix_ledger_transfers_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    phase: Mapped[Phase] = mapped_column(words(Phase))
    why: Mapped[Why] = mapped_column(words(Why))
    currency: Mapped[str] = mapped_column(String(3))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    resolves_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfers.id"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))

    legs: Mapped[list["Leg"]] = relationship(order_by="Leg.amount_minor", viewonly=True)

    @property
    def subject(self) -> Ref:
        """What it was booked for."""
        return self.subject_kind, self.subject_id

    def digest_with(self, legs: Iterable[tuple[int, int, int, int, int]]) -> str:
        """The digest that it must carry with these legs: account, seq, amount, posted, held."""
        body = canonical(
            {
                "key": self.key,
                "phase": self.phase.value,
                "why": self.why.value,
                "currency": self.currency,
                "subject": [self.subject_kind, self.subject_id],
                "at": self.at.isoformat(timespec="microseconds"),
                "expires": self.expires_at and self.expires_at.isoformat(timespec="microseconds"),
                "resolves": self.resolves_id,
                "reverses": self.reverses_id,
                "legs": sorted(map(list, legs)),
            }
        )
        return hashlib.sha256(DOMAIN + body).hexdigest()


class Leg(Base):
    """One side of a transfer, and what its account holds after it; as immutable as its transfer.

    ``seq`` is dense per account, so that two writers who read the same balance cannot both write.
    """

    __tablename__ = "ledger_legs"
    journaled = False  # its transfer's digest tells it
    __table_args__ = (
        UniqueConstraint("transfer_id", "account_id"),
        CheckConstraint("amount_minor <> 0", name="amount_moves"),
        CheckConstraint("seq > 0", name="seq_counts"),
        CheckConstraint("held_minor >= 0", name="holds_are_not_negative"),
        CheckConstraint("outside OR posted_minor >= held_minor", name="nothing_below_zero"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("ledger_transfers.id"))
    outside: Mapped[bool]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    posted_minor: Mapped[int] = mapped_column(BigInteger)
    held_minor: Mapped[int] = mapped_column(BigInteger)

    account: Mapped[Account] = relationship(lazy="joined")
    transfer: Mapped[Transfer] = relationship()

    @property
    def gain(self) -> int:
        """What the leg adds to its account in its natural sign, in minor units."""
        return self.account.purpose.sign * self.amount_minor

    def amount_in(self, currency: str) -> Money:
        """What the leg adds to its account, as money."""
        return Money(self.gain, currency)
