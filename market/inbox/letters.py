"""Letters about messages, at once or in one digest a day, as each person chose.

A letter is written in the transaction that marks its messages as lettered, and its key names the
first of them (or the day): nobody gets one message in two letters.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from itertools import groupby

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.rules import MailChoice
from market.inbox.models import Message
from market.inbox.news import Urgency
from market.inbox.queries import Line, lines
from market.inbox.rules import waiting_first
from market.kernel.authority import Actor
from market.kernel.clock import MARKET_ZONE, day_of
from market.kernel.i18n import label
from market.kernel.mail import Item, Words, speaking, write
from market.parties.queries import find_actor

DIGEST_AT = time(8, 0, tzinfo=MARKET_ZONE)
MOST = 30
"""Messages told in one letter; of more, their number."""


def write_at_once(session: Session, made: Sequence[int], *, at: datetime) -> None:
    """One letter to each person about their messages of this tick, if they hear at once."""
    _write(session, _of(session, MailChoice.AT_ONCE, Message.id.in_(made)), at)


def write_digests(session: Session, *, at: datetime) -> None:
    """From eight in the morning: one letter a day about what came before and is still unread."""
    eight = datetime.combine(day_of(at), DIGEST_AT)
    if at < eight:
        return
    fresh = Message.at < eight, Message.read_at.is_(None), Message.lettered_at.is_(None)
    _write(session, _of(session, MailChoice.DAILY, *fresh), at)


def _of(session: Session, choice: MailChoice, *which: object) -> list[Message]:
    found = select(Message).join(User, User.id == Message.user_id)
    wanted = found.where(
        User.mail_choice == choice,
        User.suspended_at.is_(None),
        User.erased_at.is_(None),
        *which,  # type: ignore[arg-type]
    )
    return list(session.scalars(wanted.order_by(Message.user_id, Message.id)))


def _write(session: Session, messages: Iterable[Message], at: datetime) -> None:
    for user_id, group in groupby(messages, key=lambda message: message.user_id):
        by = find_actor(session, user_id, None)
        own = [each for each in group if each.party_id in (None, *by.parties)]
        if own:  # what was told to a seat that is lost meanwhile stays unsaid
            _write_to(session, session.get_one(User, user_id), own, by, at)


def _write_to(
    session: Session, person: User, messages: Sequence[Message], by: Actor, at: datetime
) -> None:
    with speaking(person.language):
        told = lines(session, messages, by, at)
        in_order = [told[n] for n in waiting_first([m.urgency for m in messages])]
        words = words_for(person.name, in_order, daily=person.mail_choice is MailChoice.DAILY)
    write(
        session,
        words,
        key=f"inbox-{messages[0].id}",
        to=person.email,
        language=person.language,
        at=at,
    )
    ids = [message.id for message in messages]
    session.execute(update(Message).where(Message.id.in_(ids)).values(lettered_at=at))


def words_for(name: str, told: Sequence[Line], *, daily: bool) -> Words:
    """What a letter about these messages says, in the language that is spoken just now."""
    waits = sum(line.message.urgency is Urgency.WAITS for line in told)
    greeting = gettext("Dear %(name)s,", name=name)
    many = len(told) > 1
    only = told[0]
    return Words(
        subject=_subject(told, waits),
        lines=(greeting, _opening(len(told), waits)) if many else (greeting, only.sentence),
        facts=() if many else _facts(only),
        items=tuple(map(_item, told[:MOST])) if many else (),
        link=address("inbox") if many else address(f"inbox/{only.message.id}"),
        link_words=gettext("Open the inbox") if many else gettext("Open in the market"),
        small=_why(daily),
    )


def _subject(told: Sequence[Line], waits: int) -> str:
    if len(told) == 1:
        why, title = label(told[0].message.urgency), told[0].title
        return f"{why} · {title}" if title else f"{why} · {told[0].sentence}"
    if waits:
        return str(gettext("Waiting for you: %(number)s", number=waits))
    return str(gettext("New messages: %(number)s", number=len(told)))


def _opening(many: int, waits: int) -> str:
    new = gettext("New messages: %(number)s", number=many)
    waiting = gettext("Waiting for you: %(number)s", number=waits)
    return f"{new} · {waiting}" if waits else new


def _facts(line: Line) -> tuple[tuple[str, str], ...]:
    facts = (
        (gettext("About"), line.title),
        (gettext("Your party"), line.party),
        (gettext("What it asks"), label(line.message.urgency)),
    )
    return tuple((name, value) for name, value in facts if value)


def _item(line: Line) -> Item:
    return Item(
        why=label(line.message.urgency),
        said=line.sentence,
        about=line.title,
        link=address(f"inbox/{line.message.id}"),
        pressing=line.message.urgency is Urgency.WAITS,
    )


def _why(daily: bool) -> str:
    page = address("me")
    if daily:
        return str(gettext("You get one letter a day. You can change that: %(page)s", page=page))
    return str(gettext("You get letters at once. You can change that: %(page)s", page=page))


def address(path: str) -> str:
    """A page of the market by its full address, as the settings say it is reached."""
    return f"{current_app.extensions['market.settings'].base_url}/{path}"
