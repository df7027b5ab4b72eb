"""Amendments to the shipped parameters."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.db import Base, Id, Instant, words
from market.rulebook.rules import Unit


class Amendment(Base):
    """A value that an administrator set for a parameter from a day on; never changed."""

    __tablename__ = "rulebook_amendments"
    __table_args__ = (
        UniqueConstraint("key", "valid_from"),
        CheckConstraint("value BETWEEN 0 AND 1000000000000000", name="value_within_bounds"),
        CheckConstraint(
            "unit NOT IN ('calendar-days', 'working-days') OR value BETWEEN 1 AND 3650",
            name="days_within_ten_years",
        ),
        CheckConstraint("unit <> 'flag' OR value IN (0, 1)", name="flag_on_or_off"),
        CheckConstraint(
            "unit <> 'basis-points' OR value BETWEEN 0 AND 10000", name="share_within_the_whole"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[int] = mapped_column(Id)
    unit: Mapped[Unit] = mapped_column(words(Unit))
    valid_from: Mapped[date] = mapped_column(Date)
    article: Mapped[str] = mapped_column(String(120))
    amended_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    amended_at: Mapped[datetime] = mapped_column(Instant)
