"""The same intent is carried out once, however often it is sent (P-03).

Each form carries a key. What it did and what it was answered commit together; sent again with the
same words it gets the same answer and does nothing, with other words it is refused. A form that
*creates* something is known by its words too: sent again from another tab, or after going back, it
is the same thing for ten minutes.

Nothing is kept of what was refused: the same key may then be sent with better words.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, Text, UniqueConstraint, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.db import Base, Id, Instant, breaks_uniqueness
from market.kernel.refusal import Refusal, Refused
from market.kernel.words import N_

FIELD = "once"
"""The name of the form field that carries the key."""
KEY_MOST = 64
PATH_MOST = 500
UNSEEN = frozenset({FIELD, "csrf_token", "submit"})
"""Fields that are no part of what a person means to do."""
ALIKE = timedelta(minutes=10)
KEPT = timedelta(days=7)
"""How long an answer is kept: well over the 72 hours that were promised (P-03)."""


class OnceRefusal(Refusal):
    """Why a form cannot be taken by its key."""

    KEY_MISSING = (
        "key-missing",
        N_("This form came without its key. Reload the page and send it again."),
    )
    KEY_MALFORMED = "key-malformed", N_("The key of this form is not one of ours.")
    KEY_REUSED = (
        "key-reused",
        N_(
            "This form was already sent once with other words. What was sent first stands; "
            "reload the page to send something else."
        ),
    )

    @property
    def status(self) -> int:
        """422: the form as it came can never be taken."""
        return 422


class Answer(Base):
    """What one person was answered to one key."""

    __tablename__ = "answers"
    journaled = False
    __table_args__ = (UniqueConstraint("who", "key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    who: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(255))
    path: Mapped[str] = mapped_column(String(PATH_MOST))
    body_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    status: Mapped[int] = mapped_column(default=0)
    location: Mapped[str] = mapped_column(Text, default="")
    flashes: Mapped[str] = mapped_column(Text, default="[]")

    @property
    def said(self) -> list[tuple[str, str]]:
        """The sentences that were shown with the answer, each with its kind."""
        return [(str(kind), str(words)) for kind, words in json.loads(self.flashes)]


@dataclass(frozen=True)
class Intent:
    """One form as it was sent: by whom, under which key, to which address, with which words."""

    who: str
    key: str
    path: str
    body_hash: str
    creates: bool = False


class Repeated(Exception):
    """The intent was carried out before; what was answered then is answered again."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.key)
        self.status, self.location, self.said = answer.status, answer.location, answer.said


def fingerprint(sent: Iterable[tuple[str, str]], key: str) -> str:
    """An HMAC-SHA256 of what a person typed, by the market's own key; the order of fields counts.

    Keyed, since what is typed may be a password: who reads the table learns nothing from it.
    """
    meant = [[name, value] for name, value in sent if name not in UNSEEN]
    secret = b"ttm/once/v1\x00" + key.encode()
    return hmac.new(secret, json.dumps(meant, ensure_ascii=False).encode(), "sha256").hexdigest()


def address(path: str) -> str:
    """The address as it is kept: a longer one than a column holds, by its SHA-256."""
    return path if len(path) <= PATH_MOST else hashlib.sha256(path.encode()).hexdigest()


def key_refusal(key: str | None, *, needed: bool) -> OnceRefusal | None:
    """A key is 8 to 64 visible ASCII characters; an act that binds is not taken without one."""
    if key is None:
        return OnceRefusal.KEY_MISSING if needed else None
    if not 8 <= len(key) <= KEY_MOST or not (
        key.isascii() and key.isprintable() and " " not in key
    ):
        return OnceRefusal.KEY_MALFORMED
    return None


def look(session: Session, intent: Intent, *, at: datetime) -> None:
    """``Repeated`` where the intent was carried out before: asked first, before anything is judged.

    A password that has just been changed, or a code that has been spent, is wrong the second time;
    who only sent it twice hears what was said the first time.
    """
    known = _known(session, intent, at)
    if known is not None:
        raise Repeated(known)


def claim(session: Session, intent: Intent, *, at: datetime) -> Answer:
    """Take the key for this transaction; ``Repeated`` where it was carried out before.

    On PostgreSQL a second sender waits at the unique key until the first has committed; on SQLite
    there is one writer at a time.
    """
    _repeats(session, intent, at)
    made = Answer(
        who=intent.who, key=intent.key, path=intent.path, body_hash=intent.body_hash, at=at
    )
    with breaks_uniqueness(session) as known:
        session.add(made)
    if known:
        _repeats(session, intent, at)
        raise AssertionError("the key is taken, so its answer is there")
    return made


def _repeats(session: Session, intent: Intent, at: datetime) -> None:
    if intent.creates and session.get_bind().dialect.name == "postgresql":
        words = f"{intent.who} {intent.path} {intent.body_hash}"
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:words))"), {"words": words})
    look(session, intent, at=at)


def _known(session: Session, intent: Intent, at: datetime) -> Answer | None:
    same_key = Answer.who == intent.who, Answer.key == intent.key
    known = session.scalars(select(Answer).where(*same_key)).first()
    if known is not None and (known.path, known.body_hash) != (intent.path, intent.body_hash):
        raise Refused(OnceRefusal.KEY_REUSED)
    if known is not None or not intent.creates:
        return known
    alike = (
        *(Answer.who == intent.who, Answer.path == intent.path),
        *(Answer.body_hash == intent.body_hash, Answer.at > at - ALIKE),
    )
    return session.scalars(select(Answer).where(*alike).order_by(Answer.id)).first()


def keep(
    session: Session, answer: Answer, *, status: int, location: str, said: list[tuple[str, str]]
) -> None:
    """Write down what the person is answered, in the transaction of what it did."""
    answer.status, answer.location = status, location
    answer.flashes = json.dumps(said, ensure_ascii=False)
    session.flush()


def let_go(session: Session, answer: Answer) -> None:
    """The request was refused after all: the key is free for better words."""
    session.delete(answer)
    session.flush()


def forget(session: Session, *, at: datetime) -> int:
    """Drop answers that nobody will ask for again; gives how many."""
    return session.execute(delete(Answer).where(Answer.at < at - KEPT)).rowcount  # type: ignore[attr-defined,no-any-return]
