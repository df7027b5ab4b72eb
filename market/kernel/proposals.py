"""Two persons for one act: the first proposes, another confirms (2p in the table of authority).

A proposal keeps the terms exactly as proposed, so that the second person confirms what the first
one meant. One proposal at a time stands open for an act on a subject.
"""

from datetime import datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.db import Base, Id, Instant, words
from market.kernel.words import N_, Labelled


class Outcome(Labelled):
    """What became of a proposal."""

    CONFIRMED = "confirmed", N_("confirmed")
    REJECTED = "rejected", N_("rejected")
    WITHDRAWN = "withdrawn", N_("withdrawn")
    LAPSED = "lapsed", N_("lapsed")


class Proposal(Base):
    """An act on a subject that waits for its second person; decided once."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index(
            "uq_proposals_one_open",
            "act",
            "subject_kind",
            "subject_id",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    act: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    terms: Mapped[str] = mapped_column(Text)
    stood: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[int] = mapped_column(Id)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[Outcome | None] = mapped_column(words(Outcome))
    decided_by: Mapped[int | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
