"""Letters: written in the transaction of the act they tell of, sent afterwards, once.

A letter that is in the table will be sent; a letter whose transaction was rolled back never was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.db import Base, Id, Instant


class Letter(Base):
    """One mail to one address, in plain text and HTML; ``key`` says what it is about, once.

    A ``secret`` letter carries a link that opens something: its text is wiped once it was sent.
    """

    __tablename__ = "letters"
    journaled = False
    __table_args__ = (Index("ix_letters_unsent", "sent_at", "due_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    to_address: Mapped[str] = mapped_column(String(254), index=True)
    language: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(200))
    plain: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    secret: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_why: Mapped[str] = mapped_column(String(500), default="")


@dataclass(frozen=True)
class Item:
    """One of several things that a letter tells: why, what happened, about what, and where.

    ``pressing`` ones stand out.
    """

    why: str
    said: str
    about: str = ""
    link: str = ""
    pressing: bool = False


@dataclass(frozen=True)
class Words:
    """What a letter says, in its reader's language: one shape for all letters of the market.

    ``lines`` are paragraphs, ``facts`` a small table of names and values, ``items`` a list of
    things told, ``link`` a full address (of the configured base) with the words of its button,
    ``small`` what stands in small print: why the reader gets this letter.
    """

    subject: str
    lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    link: str = ""
    link_words: str = ""
    items: tuple[Item, ...] = ()
    small: str = ""


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Translate into the reader's language inside the block, whoever asks for the page."""
    with force_locale(language):
        yield


def write(
    session: Session,
    words: Words,
    *,
    key: str,
    to: str,
    language: str,
    at: datetime,
    due_at: datetime | None = None,
    secret: bool = False,
) -> Letter | None:
    """Put a letter into the post of this transaction; None where one with its key was written."""
    if session.scalar(select(Letter.id).where(Letter.key == key)) is not None:
        return None
    with speaking(language):
        letter = Letter(
            key=key,
            to_address=to,
            language=language,
            subject=" ".join(words.subject.split())[:200],
            plain=_rendered("mail.txt", words, language),
            html=_rendered("mail.html", words, language),
            secret=secret,
            written_at=at,
            due_at=due_at or at,
        )
    session.add(letter)
    session.flush()
    return letter


def _rendered(template: str, words: Words, language: str) -> str:
    """A letter knows nothing of a request: it is written by ticks and commands as well."""
    written = current_app.jinja_env.get_template(template)
    return written.render(words=words, language=language)
