"""Letters: written in the transaction of the act they tell of, sent afterwards, once.

A letter that is in the table will be sent; a letter whose transaction was rolled back never was.
"""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.db import Base, Id, Instant


class Letter(Base):
    """One mail to one address, in plain text and HTML; ``key`` says what it is about, once."""

    __tablename__ = "letters"
    __table_args__ = (Index("ix_letters_unsent", "sent_at", "due_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    to_address: Mapped[str] = mapped_column(String(254), index=True)
    language: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(200))
    plain: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_why: Mapped[str] = mapped_column(String(500), default="")
