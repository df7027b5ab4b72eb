"""The same intent is carried out once, however often it is sent (P-03).

A form carries a key. The first time it is sent, what it did and what it was answered commit
together; sent again with the same body it gets the same answer, with another body it is refused.
"""

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.db import Base, Id, Instant


class Answer(Base):
    """What one person was answered to one key at one address."""

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("who", "key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    who: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(255))
    path: Mapped[str] = mapped_column(String(500))
    body_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    status: Mapped[int] = mapped_column()
    location: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")
    flashes: Mapped[str] = mapped_column(Text, default="[]")
