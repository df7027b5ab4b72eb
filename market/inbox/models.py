"""How messages and the place of the follower in the journal are stored."""

import json
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.inbox.news import News, Urgency
from market.kernel.db import Base, Id, Instant, words


class Message(Base):
    """One thing that one person should know; ``key`` says which, so that it is never told twice.

    ``facts`` are what its sentence needs; the sentence itself is written where it is read, in the
    reader's language. ``lettered_at`` is when it went into a letter, if it was to go into one.
    """

    __tablename__ = "inbox_messages"
    journaled = False
    of_person = "user_id"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_inbox_messages_user_read", "user_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    party_id: Mapped[int | None] = mapped_column(Id)
    key: Mapped[str] = mapped_column(String(120))
    news: Mapped[News] = mapped_column(words(News))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entries.id"))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(Id)
    urgency: Mapped[Urgency] = mapped_column(words(Urgency))
    facts: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    lettered_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def told(self) -> dict[str, object]:
        """The facts of its sentence."""
        told = json.loads(self.facts)
        assert isinstance(told, dict)
        return told


class Follower(Base):
    """How far a follower has read the journal; ``seen`` are the ids of its trailing window.

    ``begun_at`` is its first look: what was recorded long before is history and told to nobody.
    """

    __tablename__ = "followers"
    journaled = False

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    upto: Mapped[int] = mapped_column(Id)
    seen: Mapped[str] = mapped_column(Text, default="[]")
    begun_at: Mapped[datetime] = mapped_column(Instant)
