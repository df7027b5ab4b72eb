"""How royalties, their statements and the inspections of their books are stored."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.parties.models import Party
from market.payments.models import Obligation
from market.payments.royalties import Period, Royalty, RoyaltyBase, nth_period
from market.payments.sheet import Share, ShareKind


class RoyaltyAgreement(Base):
    """A royalty that one party owes another: base, rate and periods, and how receipts divide.

    ``ended_at``: another agreement on the same subject took its place.
    """

    __tablename__ = "royalty_agreements"
    __table_args__ = (
        CheckConstraint("licensor_id <> licensee_id", name="two_parties"),
        CheckConstraint("rate_bp BETWEEN 1 AND 10000", name="rate_within_the_whole"),
        CheckConstraint("every_months BETWEEN 1 AND 120", name="periods_within_ten_years"),
        CheckConstraint("days_to_declare BETWEEN 1 AND 365", name="declared_within_a_year"),
        CheckConstraint("last_on >= first_on", name="ends_after_it_begins"),
        Index(
            "uq_royalty_agreements_one_running",
            "subject_kind",
            "subject_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(Id)
    title: Mapped[str] = mapped_column(String(300))
    licensor_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    licensee_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    base: Mapped[RoyaltyBase] = mapped_column(words(RoyaltyBase))
    rate_bp: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    every_months: Mapped[int]
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    days_to_declare: Mapped[int]
    agreed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    licensor: Mapped[Party] = relationship(foreign_keys=[licensor_id])
    licensee: Mapped[Party] = relationship(foreign_keys=[licensee_id])
    shares: Mapped[list["RoyaltyShare"]] = relationship(
        order_by="RoyaltyShare.place", lazy="selectin"
    )
    statements: Mapped[list["RoyaltyStatement"]] = relationship(
        order_by="RoyaltyStatement.id", back_populates="agreement"
    )

    @property
    def subject(self) -> Ref:
        """What it is owed for."""
        return self.subject_kind, self.subject_id

    @property
    def terms(self) -> tuple[Share, ...]:
        """How each receipt divides, frozen when it was agreed."""
        return tuple(Share(each.kind, each.weight_bp, each.party_id) for each in self.shares)

    @property
    def standing(self) -> list["RoyaltyStatement"]:
        """The statement that now counts for each declared period."""
        found = [each for each in self.statements if each.superseded_at is None]
        return sorted(found, key=lambda each: each.place)

    @property
    def upcoming(self) -> Period | None:
        """The period that is declared next; none after the last, or where it has ended."""
        if self.ended_at is not None:
            return None
        return nth_period(self.first_on, self.last_on, self.every_months, len(self.standing) + 1)

    @property
    def due_on(self) -> date | None:
        """By when the next period is to be declared."""
        return self.upcoming.declared_by(self.days_to_declare) if self.upcoming else None

    @property
    def royalty(self) -> Royalty:
        """The agreement as the rules see it."""
        return Royalty(self.licensor_id, self.licensee_id, self.upcoming)


class RoyaltyShare(Base):
    """One part of the frozen terms by which a royalty divides."""

    __tablename__ = "royalty_shares"
    __table_args__ = (CheckConstraint("weight_bp > 0 AND weight_bp <= 10000", name="weight"),)

    agreement_id: Mapped[int] = mapped_column(ForeignKey("royalty_agreements.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ShareKind] = mapped_column(words(ShareKind))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    weight_bp: Mapped[int]


class RoyaltyStatement(Base):
    """What a royalty earned in one period, declared by who owes it; one counts for a period.

    ``evidence`` is what the figure was taken from. ``obligation_id`` is what was asked for with
    it: none where nothing was due, or where more than that had been paid before.
    """

    __tablename__ = "royalty_statements"
    __table_args__ = (
        CheckConstraint("base_minor >= 0 AND amount_minor >= 0", name="nothing_below_zero"),
        CheckConstraint("amount_minor <= base_minor", name="part_of_its_base"),
        CheckConstraint("last_on >= first_on", name="ends_after_it_begins"),
        CheckConstraint("place > 0", name="place_counts"),
        CheckConstraint("evidence <> ''", name="with_evidence"),
        Index(
            "uq_royalty_statements_one_stands",
            "agreement_id",
            "place",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("royalty_agreements.id"))
    place: Mapped[int]
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    base_minor: Mapped[int] = mapped_column(BigInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    evidence: Mapped[str] = mapped_column(Text)
    declared_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    declared_at: Mapped[datetime] = mapped_column(Instant)
    corrects_id: Mapped[int | None] = mapped_column(
        ForeignKey("royalty_statements.id"), unique=True
    )
    superseded_at: Mapped[datetime | None] = mapped_column(Instant)
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligations.id"), unique=True)

    agreement: Mapped[RoyaltyAgreement] = relationship(back_populates="statements")
    obligation: Mapped[Obligation | None] = relationship()
    inspections: Mapped[list["RoyaltyInspection"]] = relationship(
        order_by="RoyaltyInspection.id", back_populates="statement"
    )

    @property
    def base(self) -> Money:
        """What it is reckoned from."""
        return Money(self.base_minor, self.agreement.currency)

    @property
    def amount(self) -> Money:
        """What it earned."""
        return Money(self.amount_minor, self.agreement.currency)

    @property
    def waiting(self) -> "RoyaltyInspection | None":
        """The inspection that was asked for and not answered."""
        open_ones = (each for each in self.inspections if each.answered_at is None)
        return next(open_ones, None)


class RoyaltyInspection(Base):
    """That who is paid wants to see the books behind a statement, and what was answered."""

    __tablename__ = "royalty_inspections"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_in_words"),
        CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="answered_by_whom"),
        Index(
            "uq_royalty_inspections_one_waits",
            "statement_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("royalty_statements.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    why: Mapped[str] = mapped_column(String(1000))
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(String(1000), default="")

    statement: Mapped[RoyaltyStatement] = relationship(back_populates="inspections")
