"""What an operator does about letters that could not be sent."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.inbox.rules import again_refusal
from market.kernel.authority import Actor
from market.kernel.db import lock
from market.kernel.journal import record
from market.kernel.mail import Letter
from market.kernel.outbox import WIPED, try_again
from market.kernel.refusal import insist


def send_again(session: Session, letter_id: int, *, by: Actor, at: datetime) -> Letter:
    """Have a letter sent again that was given up or waits for its next try."""
    letter = lock(session, Letter, letter_id)
    insist(again_refusal(by, at, sent=letter.sent_at is not None, wiped=letter.plain == WIPED))
    try_again(letter, at)
    record(session, "letter.sent-again", by=by, at=at, thread=("letter", letter.id))
    return letter
