"""What a person has read. Reading is no act of the market, so the journal does not hold it."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from market.inbox.models import Message
from market.inbox.queries import get_message, newest
from market.kernel.authority import Actor


def mark_read(session: Session, message_id: int, *, by: Actor, at: datetime) -> Message:
    """Mark one message as read; the first reading counts."""
    message = get_message(session, message_id, by)
    message.read_at = message.read_at or at
    return message


def mark_all_read(session: Session, upto: int, *, by: Actor, at: datetime) -> None:
    """Mark as read what the person has seen: messages up to this one, none that came since."""
    last = min(upto, newest(session, by))
    seen = Message.user_id == by.user_id, Message.read_at.is_(None), Message.id <= last
    session.execute(update(Message).where(*seen).values(read_at=at))
