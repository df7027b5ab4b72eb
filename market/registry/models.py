"""Applications, the number counter, and the append-only register."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.contracts.models import Contract
from market.contracts.terms import IpKind, Kind
from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.listings.sheet import Funding, Mode, TechnologyField
from market.places.models import Registry
from market.registry.rules import EntryKind, File, Reason, Status


class Application(Base):
    """One contract's way through a registry."""

    __tablename__ = "registry_applications"
    __table_args__ = (
        CheckConstraint(
            "(status IN ('registered', 'cancelled')) = (number IS NOT NULL)",
            name="registered_has_its_number",
        ),
        CheckConstraint(
            "status NOT IN ('passed', 'registered') OR reviewer_id IS NOT NULL",
            name="passed_has_its_reviewer",
        ),
        CheckConstraint("number IS NULL OR confirmer_id IS NOT NULL", name="certified_by_a_second"),
        CheckConstraint(
            "confirmer_id IS NULL OR confirmer_id <> reviewer_id", name="two_different_registrars"
        ),
        CheckConstraint(
            "technology_minor IS NULL OR "
            "(technology_minor >= 0 AND technology_minor <= turnover_minor)",
            name="value_within_turnover",
        ),
        Index(
            "uq_registry_applications_one_live_per_contract",
            "contract_id",
            unique=True,
            sqlite_where=text(
                "status IN ('submitted', 'accepted', 'correction', 'passed', 'registered')"
            ),
            postgresql_where=text(
                "status IN ('submitted', 'accepted', 'correction', 'passed', 'registered')"
            ),
        ),
        Index(
            "uq_registry_applications_one_number_per_contract",
            "contract_id",
            unique=True,
            sqlite_where=text("number IS NOT NULL"),
            postgresql_where=text("number IS NOT NULL"),
        ),
        Index("ix_registry_applications_queue", "registry_id", "status"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registries.id"))
    applicant_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    status: Mapped[Status] = mapped_column(words(Status))
    duplicate_key: Mapped[str] = mapped_column(String(64), index=True)
    submitted_at: Mapped[datetime] = mapped_column(Instant)
    accepted_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    due_provisional: Mapped[bool] = mapped_column(default=False)
    correction_note: Mapped[str] = mapped_column(String(1000), default="")
    correction_due_on: Mapped[date | None] = mapped_column(Date)
    turnover_minor: Mapped[int | None] = mapped_column(BigInteger)
    technology_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    review_note: Mapped[str] = mapped_column(String(1000), default="")
    reasons: Mapped[str] = mapped_column(String(60), default="")
    reason_note: Mapped[str] = mapped_column(String(1000), default="")
    number: Mapped[str | None] = mapped_column(String(16), unique=True)
    check_code: Mapped[str | None] = mapped_column(
        String(32),
        unique=True,
        info={"secret": True},  # who has the certificate has the code
    )
    registered_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    proposer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_kind: Mapped[EntryKind | None] = mapped_column(words(EntryKind))
    proposed_turnover_minor: Mapped[int | None] = mapped_column(BigInteger)
    proposed_technology_minor: Mapped[int | None] = mapped_column(BigInteger)
    proposed_note: Mapped[str] = mapped_column(String(1000), default="")

    contract: Mapped[Contract] = relationship(lazy="joined")
    office: Mapped[Registry] = relationship(lazy="joined")
    entries: Mapped[list["RegisterEntry"]] = relationship(
        order_by="RegisterEntry.id", back_populates="application"
    )

    @property
    def file(self) -> File:
        """The application as the rules see it."""
        return File(
            registry_id=self.registry_id,
            seller_id=self.contract.seller_id,
            buyer_id=self.contract.buyer_id,
            applicant_id=self.applicant_id,
            status=self.status,
            reviewer_id=self.reviewer_id,
            proposer_id=self.proposer_id,
            correction_due_on=self.correction_due_on,
            signers=frozenset(s.user_id for s in self.contract.signatures),
            ends_on=self.contract.ends_on,
        )

    @property
    def turnover(self) -> Money | None:
        """合同成交额 as verified; as changed since."""
        return None if self.turnover_minor is None else Money(self.turnover_minor, self.currency)

    @property
    def technology_value(self) -> Money | None:
        """技术交易额 as verified; as changed since."""
        if self.technology_minor is None:
            return None
        return Money(self.technology_minor, self.currency)

    @property
    def proposed(self) -> tuple[Money, Money] | None:
        """Turnover and technology value that a change proposes; none for a cancellation."""
        if self.proposed_turnover_minor is None or self.proposed_technology_minor is None:
            return None
        return (
            Money(self.proposed_turnover_minor, self.currency),
            Money(self.proposed_technology_minor, self.currency),
        )

    @property
    def changed(self) -> bool:
        """Whether the registered amounts were changed since."""
        return any(entry.kind is EntryKind.CHANGE for entry in self.entries)

    @property
    def reason_codes(self) -> list[Reason]:
        """Why registration was refused."""
        return [Reason.of(code) for code in self.reasons.split()]

    def overdue(self, today: date) -> bool:
        """Whether the review runs past its last day; a flag, never an approval."""
        running = self.status in (Status.SUBMITTED, Status.ACCEPTED, Status.PASSED)
        return running and self.due_on is not None and today > self.due_on


class NumberCounter(Base):
    """The last serial that a registry has issued in a year; locked while one is issued."""

    __tablename__ = "registry_counters"
    journaled = False

    registry_id: Mapped[int] = mapped_column(ForeignKey("registries.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class RegisterEntry(Base):
    """A row of the register: amounts as deltas, dimensions as they were. Append-only (trigger)."""

    __tablename__ = "register_entries"
    __table_args__ = (
        UniqueConstraint("application_id", "version"),
        CheckConstraint(
            "kind <> 'registration' OR "
            "(turnover_minor > 0 AND technology_minor >= 0 AND technology_minor <= turnover_minor)",
            name="registered_amounts",
        ),
        Index("ix_register_entries_day", "registered_on"),
        Index(
            "uq_register_entries_one_registration",
            "application_id",
            unique=True,
            sqlite_where=text("kind = 'registration'"),
            postgresql_where=text("kind = 'registration'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("registry_applications.id"))
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[EntryKind] = mapped_column(words(EntryKind))
    number: Mapped[str] = mapped_column(String(16), index=True)
    registered_on: Mapped[date] = mapped_column(Date)
    registered_at: Mapped[datetime] = mapped_column(Instant)
    turnover_minor: Mapped[int] = mapped_column(BigInteger)
    technology_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    contract_kind: Mapped[Kind] = mapped_column(words(Kind))
    technology_field: Mapped[TechnologyField | None] = mapped_column(words(TechnologyField))
    ip_kind: Mapped[IpKind | None] = mapped_column(words(IpKind))
    plan_source: Mapped[Funding | None] = mapped_column(words(Funding))
    mode: Mapped[Mode | None] = mapped_column(words(Mode))
    city_code: Mapped[str] = mapped_column(String(6))
    park_code: Mapped[str | None] = mapped_column(String(12))
    seller_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    buyer_city_code: Mapped[str] = mapped_column(String(6))

    application: Mapped[Application] = relationship(back_populates="entries")

    @property
    def turnover(self) -> Money:
        """合同成交额 of this row alone: a difference, negative where a contract shrank or ended."""
        return Money(self.turnover_minor, self.currency)

    @property
    def technology_value(self) -> Money:
        """技术交易额 of this row alone."""
        return Money(self.technology_minor, self.currency)
