"""Letters about messages: at once or once a day, in the reader's language, each message in one."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.rules import MailChoice
from market.inbox.delivery import Delivered, catch_up, deliver
from market.inbox.following import locked_follower
from market.inbox.letters import write_at_once, write_digests
from market.inbox.models import Message
from market.kernel.authority import Actor
from market.kernel.clock import day_of
from market.kernel.db import Database, get
from market.kernel.mail import Letter
from market.kernel.outbox import Sent
from market.parties.models import Membership
from tests import make
from tests.inbox.town import messages, tell_all

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_the_market(app: Flask) -> object:
    """Letters are written from the market's templates, outside of any request."""
    with app.app_context():
        yield


def offered(s: Session, at: datetime, **over: object) -> tuple[Actor, Actor]:
    """A seller with two offers, not told yet, and the buyer of both; ``over`` is of the seller."""
    locked_follower(s, at)
    (_, seller), (_, buyer) = make.party(s, at=at), make.party(s, at=at)
    assert seller.user_id is not None
    for name, value in over.items():
        setattr(get(s, User, seller.user_id), name, value)
    for _ in range(2):
        make.talks(s, make.listing(s, seller, at=at), buyer, at=at)
    return seller, buyer


def letters_to(s: Session, person: Actor) -> list[Letter]:
    assert person.user_id is not None
    address = get(s, User, person.user_id).email
    return list(s.scalars(select(Letter).where(Letter.to_address == address).order_by(Letter.id)))


def test_what_came_in_one_tick_goes_in_one_letter(session: Session, at: datetime) -> None:
    seller, buyer = offered(session, at)
    write_at_once(session, tell_all(session, at), at=at)
    (letter,) = letters_to(session, seller)
    assert letter.language == "zh_Hans"
    assert letter.subject == "待您处理：2项"
    assert letter.plain.count("报价¥1,000,000.00") == 2
    assert "http://127.0.0.1:8000/inbox/" in letter.plain
    assert all(m.lettered_at == at for m in messages(session, seller))
    assert letters_to(session, buyer) == []


def test_a_letter_speaks_its_readers_language_whoever_is_at_work(
    session: Session, at: datetime
) -> None:
    seller, _ = offered(session, at, language="en")
    write_at_once(session, tell_all(session, at), at=at)
    (letter,) = letters_to(session, seller)
    assert letter.subject == "Waiting for you: 2"
    assert "offers ¥1,000,000.00" in letter.plain
    assert "http" in letter.html
    assert '<html lang="en">' in letter.html


def test_one_message_makes_a_letter_of_its_own_shape(session: Session, at: datetime) -> None:
    locked_follower(session, at)
    (_, seller), (party, buyer) = make.party(session, at=at), make.party(session, at=at)
    on = make.listing(session, seller, at=at)
    write_at_once(session, tell_all(session, at), at=at)
    make.talks(session, on, buyer, at=at)
    write_at_once(session, tell_all(session, at), at=at)
    first, letter = letters_to(session, seller)
    assert first.subject == f"供您知悉 · {on.title}"
    assert letter.subject == f"等待您处理 · {on.title}"
    assert f"{party.name}报价¥1,000,000.00" in letter.plain
    (message,) = [m for m in messages(session, seller) if m.news == "offer-made"]
    assert letter.plain.count(f"/inbox/{message.id}\n") == 1


@pytest.mark.parametrize("choice", [MailChoice.DAILY, MailChoice.NEVER])
def test_who_did_not_choose_so_gets_no_letter_at_once(
    session: Session, at: datetime, choice: MailChoice
) -> None:
    seller, _ = offered(session, at, mail_choice=choice)
    made = tell_all(session, at)
    write_at_once(session, made, at=at)
    assert letters_to(session, seller) == []
    assert len(messages(session, seller)) == 4, "the inbox holds everything in any case"


def test_a_digest_comes_once_a_day_from_eight_about_what_is_unread(
    session: Session, at: datetime
) -> None:
    seller, _ = offered(session, at, mail_choice=MailChoice.DAILY)
    tell_all(session, at)  # 10:00 in Shanghai
    messages(session, seller)[0].read_at = at
    before_eight = at + DAY - timedelta(hours=2, seconds=1)
    for moment in (at, at + timedelta(hours=12), before_eight):
        write_digests(session, at=moment)
    assert letters_to(session, seller) == []
    eight = at + DAY - timedelta(hours=2)
    for moment in (eight, eight, eight + timedelta(hours=5), eight + DAY):
        write_digests(session, at=moment)
    (letter,) = letters_to(session, seller)
    assert day_of(letter.written_at) == day_of(eight)
    assert letter.plain.count("\n3. ") == 1
    assert "\n4. " not in letter.plain, "what was read needs no letter"
    assert "每日一封" in letter.plain


def test_a_digest_leaves_what_came_after_eight_for_the_next_day(
    session: Session, at: datetime
) -> None:
    seller, _ = offered(session, at, mail_choice=MailChoice.DAILY)
    tell_all(session, at)
    write_digests(session, at=at + timedelta(hours=1))
    assert letters_to(session, seller) == []


def test_who_hears_never_gets_no_digest(session: Session, at: datetime) -> None:
    seller, _ = offered(session, at, mail_choice=MailChoice.NEVER)
    tell_all(session, at)
    write_digests(session, at=at + DAY)
    assert letters_to(session, seller) == []


def test_no_letter_tells_what_was_told_to_a_seat_lost_since(session: Session, at: datetime) -> None:
    seller, _ = offered(session, at, mail_choice=MailChoice.DAILY)
    tell_all(session, at)
    session.execute(delete(Membership).where(Membership.user_id == seller.user_id))
    write_digests(session, at=at + DAY)
    assert letters_to(session, seller) == []


def test_who_is_suspended_meanwhile_gets_no_digest(session: Session, at: datetime) -> None:
    seller, _ = offered(session, at, mail_choice=MailChoice.DAILY)
    tell_all(session, at)
    assert seller.user_id is not None
    get(session, User, seller.user_id).suspended_at = at
    write_digests(session, at=at + DAY)
    assert letters_to(session, seller) == []


def test_a_tick_goes_from_the_journal_to_the_post(
    app: Flask, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        offered(s, at)
    post = app.extensions["market.post"]
    done = deliver(database, post, lambda: at)
    assert (done.messages, done.sent.kept) == (10, 0), (
        "two operators with three each, a seller with four"
    )
    assert done.sent.sent == 3
    assert deliver(database, post, lambda: at) == Delivered(0, 0, Sent(0, 0))


def test_a_failing_letter_takes_its_messages_back_with_it(
    app: Flask, database: Database, at: datetime
) -> None:
    """Messages and letters commit together: none is told without its letter."""
    with database.transaction() as s:
        offered(s, at)
    kept, app.jinja_env.loader = app.jinja_env.loader, None
    app.jinja_env.cache = None
    with pytest.raises(TypeError):
        catch_up(database, at)
    with database.reading() as s:
        assert s.scalars(select(Message)).all() == []
    app.jinja_env.loader = kept
    assert catch_up(database, at)[1] == 10
