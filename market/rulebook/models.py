"""Amendments to the shipped parameters."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.db import Base, Id, Instant


class Amendment(Base):
    """A value that an administrator set for a parameter from a day on; never changed."""

    __tablename__ = "rulebook_amendments"
    __table_args__ = (
        UniqueConstraint("key", "valid_from"),
        CheckConstraint("value >= 0", name="value_not_negative"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[int] = mapped_column(Id)
    valid_from: Mapped[date] = mapped_column(Date)
    article: Mapped[str] = mapped_column(String(120))
    amended_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    amended_at: Mapped[datetime] = mapped_column(Instant)
