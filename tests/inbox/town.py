"""What the tests of the inbox share: telling everything, and reading what somebody was told."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.inbox.following import follow
from market.inbox.models import Message
from market.inbox.news import News, Urgency
from market.kernel.authority import Actor


def tell_all(s: Session, at: datetime) -> list[int]:
    """Follow the journal to its end; gives the messages that want a letter."""
    made: list[int] = []
    while True:
        read, more = follow(s, at=at)
        made += more
        if not read:
            return made


def heard(s: Session, person: Actor | int) -> list[News]:
    """What this person was told, in the order in which they were told."""
    return [message.news for message in messages(s, person)]


def messages(s: Session, person: Actor | int) -> list[Message]:
    """This person's messages, the oldest first."""
    user_id = person if isinstance(person, int) else person.user_id
    found = select(Message).where(Message.user_id == user_id).order_by(Message.id)
    return list(s.scalars(found))


def asked(s: Session, person: Actor | int) -> dict[News, Urgency]:
    """What each of this person's messages asks of them."""
    return {message.news: message.urgency for message in messages(s, person)}
