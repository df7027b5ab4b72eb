"""Sending what lies in the post: each letter is claimed by lease, sent, and marked as sent.

A claim is committed before the letter leaves, so two senders never hold the same letter. A sender
that dies after handing it over and before marking it is the one case in which a letter goes twice:
after the lease it is sent again, under the same Message-ID, by which mail programs know it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.kernel.db import Database, lock
from market.kernel.mail import Letter
from market.kernel.mailers import Mailer, Rejected, Unreachable, Unsent, message_of

LEASE = timedelta(minutes=10)
MOST_TRIES = 14
LONGEST_WAIT = timedelta(hours=6)
WIPED = "—"


@dataclass(frozen=True)
class Sent:
    """What a run of the post did."""

    sent: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Post:
    """Where letters leave: the mailer, and the address that they come from."""

    mailer: Mailer
    sender: str


def send_due(database: Database, post: Post, clock: Callable[[], datetime]) -> Sent:
    """Send what is due, one letter after the other, until nothing is or the server is away."""
    sent = kept = 0
    while True:
        with database.transaction() as session:
            letter = _claim(session, clock())
        if letter is None:
            return Sent(sent, kept)
        why = _send(letter, post)
        with database.transaction() as session:
            _settle(session, letter, why, clock())
        sent, kept = sent + (why is None), kept + (why is not None)
        if isinstance(why, Unreachable):
            return Sent(sent, kept)


def undelivered(session: Session) -> list[Letter]:
    """Letters that could not be sent so far: those given up first, then the latest."""
    failed = select(Letter).where(Letter.sent_at.is_(None), Letter.failed_why != "")
    return list(session.scalars(failed.order_by(Letter.tries.desc(), Letter.id.desc()).limit(200)))


def try_again(letter: Letter, at: datetime) -> None:
    """Send this letter as if it had never been tried."""
    letter.tries, letter.due_at, letter.claimed_until = 0, at, None


def _claim(session: Session, at: datetime) -> Letter | None:
    """The longest due letter that nobody holds, held from now on; other senders skip it."""
    due = select(Letter).where(
        Letter.sent_at.is_(None),
        Letter.due_at <= at,
        Letter.tries < MOST_TRIES,
        or_(Letter.claimed_until.is_(None), Letter.claimed_until <= at),
    )
    first = due.order_by(Letter.due_at, Letter.id).limit(1).with_for_update(skip_locked=True)
    letter = session.scalars(first).first()
    if letter is None:
        return None
    letter.claimed_until = at + LEASE
    letter.tries += 1
    session.flush()
    session.expunge(letter)
    return letter


def _send(letter: Letter, post: Post) -> Exception | None:
    """None once the letter is the receiver's; else why it is not."""
    try:
        post.mailer.send(message_of(letter, post.sender))
    except (Unsent, Rejected) as error:
        return error
    except ValueError as error:  # an address or a header that no mail can have
        return Rejected(str(error))
    return None


def _settle(session: Session, claimed: Letter, why: Exception | None, at: datetime) -> None:
    letter = lock(session, Letter, claimed.id)
    if letter.sent_at is not None or (why is not None and letter.tries != claimed.tries):
        return  # the lease ran out, and somebody else has taken the letter over
    letter.claimed_until = None
    if why is None:
        letter.sent_at, letter.failed_why = at, ""
    else:
        letter.failed_why = str(why)[:500]
        letter.due_at = at + wait_after(letter.tries)
        if isinstance(why, Rejected):
            letter.tries = MOST_TRIES
    if letter.secret and (letter.sent_at or letter.tries >= MOST_TRIES):
        letter.plain = letter.html = WIPED  # its link opens something: it is not kept


def wait_after(tries: int) -> timedelta:
    """A minute after the first try, then twice as long each time, six hours at most."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_WAIT)
