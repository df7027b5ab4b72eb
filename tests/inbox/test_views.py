"""The inbox as pages: what one reads, opens, marks; and nothing of anybody else's."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from market.accounts.models import User
from market.accounts.rules import MailChoice
from market.inbox.models import Message
from market.inbox.news import News
from market.kernel.authority import Actor, Role, Seat
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.kernel.journal import Entry
from market.kernel.mail import Letter
from market.kernel.outbox import MOST_TRIES, WIPED
from market.kernel.paging import PAGE
from market.parties.models import Membership
from tests import make, web
from tests.inbox.town import messages
from tests.pages import Visitor


@pytest.fixture(autouse=True)
def _now(at: datetime) -> object:
    set_clock(lambda: at)
    yield
    set_clock(None)


def offered(app: Flask, at: datetime) -> tuple[Actor, Actor]:
    """A seller with an offer of this buyer."""
    with database_of(app).transaction() as s:
        (_, seller), (_, buyer) = make.party(s, at=at), make.party(s, at=at)
        make.talks(s, make.listing(s, seller, at=at), buyer, at=at)
        return seller, buyer


def database_of(app: Flask) -> Database:
    found = app.extensions["market.database"]
    assert isinstance(found, Database)
    return found


def visitor(app: Flask, person: Actor, language: str = "en") -> Visitor:
    assert person.user_id is not None
    made = Visitor(app)
    made.client = web.sign_in(app, person.user_id, language=language)
    return made.go("/home")


def test_an_offer_stands_in_the_inbox_and_leads_to_its_table(app: Flask, at: datetime) -> None:
    seller, buyer = offered(app, at)
    reader = visitor(app, seller)
    reader.follow("Inbox").reads(
        "offers ¥1,000,000.00, standing until 2026-03-17 10:00.",
        "Waits for you",
        "一种锂硫电池正极材料的制备方法",
        "Your result is on the market.",
    )
    reader.follow("offers ¥1,000,000.00")
    assert reader.path.startswith("/negotiation/")
    reader.go("/inbox").reads("Inbox 1"), "the publication is still unread"
    visitor(app, buyer).go("/inbox").reads("No messages yet.")


def test_messages_are_read_in_the_language_of_the_page(app: Flask, at: datetime) -> None:
    seller, _ = offered(app, at)
    reader = visitor(app, seller, "zh_Hans").go("/inbox")
    reader.reads("报价¥1,000,000.00，有效期至2026-03-17 10:00。", "等待您处理", "您的成果已发布。")
    reader.speak("en").go("/inbox").reads("offers ¥1,000,000.00")


def test_unread_ones_stand_first_and_the_count_stands_on_every_page(
    app: Flask, at: datetime
) -> None:
    seller, _ = offered(app, at)
    reader = visitor(app, seller).go("/inbox")
    assert reader.html.count('class="dot"') == 2
    reader.go("/listings/").reads("Inbox 2")
    reader.go("/inbox").follow("Your result is on the market.")
    reader.go("/inbox").reads("Inbox 1")
    assert reader.text.index("offers ¥") < reader.text.index("Your result is on")
    reader.go("/inbox?show=waiting").reads("offers ¥").lacks("Your result is on")


def test_all_are_marked_as_read_but_none_that_came_since(app: Flask, at: datetime) -> None:
    seller, buyer = offered(app, at)
    reader = visitor(app, seller).go("/inbox")
    with database_of(app).transaction() as s:
        made = make.listing(s, seller, at=at)
        make.talks(s, made, buyer, at=at)
    visitor(app, seller).go("/inbox").reads("Inbox 4")
    reader.fill("/inbox/read").reads("Inbox 2")
    reader.fill("/inbox/read").lacks("Mark all as read")
    with database_of(app).reading() as s:
        assert all(m.read_at for m in messages(s, seller))


def test_a_strangers_message_is_missing_like_one_that_never_was(app: Flask, at: datetime) -> None:
    seller, buyer = offered(app, at)
    visitor(app, seller).go("/inbox")
    with database_of(app).reading() as s:
        message_id = messages(s, seller)[0].id
    client = visitor(app, buyer).client
    one, never = client.get(f"/inbox/{message_id}"), client.get("/inbox/999999")
    assert one.status_code == 404
    assert web.same(one, never)
    with database_of(app).reading() as s:
        assert s.get_one(Message, message_id).read_at is None
    assert app.test_client().get("/inbox").status_code == 302


def test_marking_all_touches_nobody_elses(app: Flask, at: datetime) -> None:
    seller, buyer = offered(app, at)
    visitor(app, seller).go("/inbox")
    web.post(visitor(app, buyer).client, "/inbox/read", {"upto": "999999"}, page="/me")
    with database_of(app).reading() as s:
        assert not any(m.read_at for m in messages(s, seller))


@pytest.mark.parametrize(
    ("upto", "left"),
    [
        *[("", "Inbox 2"), ("x", "Inbox 2"), ("-1", "Inbox 2"), ("1" * 400, "Inbox")],
        ("-" + "1" * 400, "Inbox 2"),
    ],
)
def test_an_odd_number_is_no_fault(app: Flask, at: datetime, upto: str, left: str) -> None:
    seller, _ = offered(app, at)
    reader = visitor(app, seller).go("/inbox")
    answer = web.post(reader.client, "/inbox/read", {"upto": upto}, page="/me")
    assert answer.status_code == 302
    reader.go("/inbox").reads(left)


def test_a_lost_seat_takes_its_messages_along(app: Flask, at: datetime) -> None:
    seller, _ = offered(app, at)
    reader = visitor(app, seller).go("/inbox").reads("offers ¥")
    with database_of(app).transaction() as s:
        seat = s.scalars(select(Membership).where(Membership.user_id == seller.user_id)).one()
        seat.suspended_at = at
        make.unwatched(s)
        message_id = messages(s, seller)[-1].id
    reader.go("/inbox").lacks("offers ¥", "Inbox 2")
    assert reader.client.get(f"/inbox/{message_id}").status_code == 404
    with database_of(app).transaction() as s:
        s.execute(update(Membership).values(suspended_at=None))
        make.unwatched(s)
    reader.go("/inbox").reads("offers ¥")


def test_a_message_for_another_of_ones_parties_asks_to_act_for_it_first(
    app: Flask, at: datetime
) -> None:
    seller, _ = offered(app, at)
    with database_of(app).transaction() as s:
        second, founder = make.party(s, at=at)
        s.add(Membership(user_id=founder.user_id, party_id=seller.party_id, seat=Seat.SIGNATORY))
        assert seller.party_id is not None
        make.unwatched(s)
        second_id = second.id
        assert second_id > seller.party_id, "who names no party acts for their first"
    reader = visitor(app, founder)
    reader.go("/me/parties").fill("/me/party", party_id=second_id)
    reader.go("/inbox").follow("offers ¥1,000,000.00")
    reader.reads("You act for another party just now.")
    reader.fill("/me/party")
    assert reader.path.startswith("/negotiation/"), reader.path


def test_what_one_may_not_see_any_more_is_told_without_its_name(app: Flask, at: datetime) -> None:
    with database_of(app).transaction() as s:
        operator = make.operator(s, at)
        _, seller = make.party(s, at=at)
        make.listing(s, seller, at=at)
    reader = visitor(app, operator).go("/inbox").reads("You hold the role Operator now.")
    with database_of(app).transaction() as s:
        s.add(
            Message(
                user_id=operator.user_id,
                key="x",
                news=News.FILE_CAME,
                subject_kind="application",
                subject_id=999,
                urgency="waits",
                facts="{}",
                at=at,
            )
        )
    reader.go("/inbox").follow("An application waits to be accepted.")
    reader.reads("What this was about is not yours to see any more.")


def test_a_long_inbox_is_turned_page_by_page(app: Flask, at: datetime) -> None:
    seller, _ = offered(app, at)
    with database_of(app).transaction() as s:
        for nth in range(PAGE):
            s.add(
                Message(
                    user_id=seller.user_id,
                    party_id=seller.party_id,
                    key=f"x{nth}",
                    news=News.CODE_CONFIRMED,
                    subject_kind="party",
                    subject_id=seller.party_id,
                    urgency="told",
                    facts="{}",
                    at=at - timedelta(days=1),
                )
            )
    reader = visitor(app, seller).go("/inbox").reads("Page 1 of 2")
    reader.follow("Next").reads("Page 2 of 2")
    assert reader.client.get("/inbox?page=x").status_code == 404


def test_a_person_chooses_when_letters_come(app: Flask, at: datetime) -> None:
    seller, _ = offered(app, at)
    reader = visitor(app, seller).go("/me")
    assert reader.form("/me/mail").sent({})["choice"] == "at-once"
    reader.fill("/me/mail", choice="daily").reads("Your choice is kept.")
    assert reader.form("/me/mail").sent({})["choice"] == "daily"
    reader.fill("/me/mail", choice="daily")
    with database_of(app).reading() as s:
        assert s.get_one(User, seller.user_id).mail_choice is MailChoice.DAILY
        chosen = s.scalars(select(Entry).where(Entry.act == "account.mail-chosen")).all()
    assert [entry.told for entry in chosen] == [{"choice": "daily"}]
    answer = web.post(reader.client, "/me/mail", {"choice": "hourly"}, page="/me")
    assert answer.status_code == 422


def unsent(app: Flask, at: datetime, **over: object) -> int:
    with database_of(app).transaction() as s:
        written = {
            "key": "k",
            "to_address": "gone@x.example",
            "language": "en",
            "subject": "Hello",
            "plain": "Hello",
            "html": "Hello",
            "written_at": at,
            "due_at": at,
            "tries": MOST_TRIES,
            "failed_why": "550 no such mailbox",
            **over,
        }
        letter = Letter(**written)
        s.add(letter)
        s.flush()
        return letter.id


def test_the_operator_sees_what_could_not_be_sent_and_has_it_sent_again(
    app: Flask, at: datetime
) -> None:
    with database_of(app).transaction() as s:
        operator = make.operator(s, at)
    letter_id = unsent(app, at)
    page = visitor(app, operator).go("/inbox").follow("Letters not sent")
    page.reads("gone@x.example", "550 no such mailbox", "given up")
    page.fill("/again").reads("The letter is on its way again.")
    with database_of(app).transaction() as s:
        letter = s.get_one(Letter, letter_id)
        assert (letter.tries, letter.due_at) == (0, at)
        letter.sent_at, letter.failed_why = at, ""
    page.go("/inbox/letters").reads("Every letter that was due has been sent.")
    again = f"/inbox/letters/{letter_id}/again"
    assert web.post(page.client, again, page="/me").status_code == 409


def test_a_destroyed_letter_is_not_sent_again(app: Flask, at: datetime) -> None:
    with database_of(app).transaction() as s:
        operator = make.operator(s, at)
    letter_id = unsent(app, at, secret=True, plain=WIPED)
    page = visitor(app, operator).go("/inbox/letters")
    page.reads("This letter held a secret link and was destroyed.")
    again = f"/inbox/letters/{letter_id}/again"
    assert web.post(page.client, again, page="/me").status_code == 409


def test_nobody_else_sees_letters(app: Flask, at: datetime) -> None:
    unsent(app, at)
    with database_of(app).transaction() as s:
        auditor = make.actor(s, make.user(s, Role.AUDITOR, at=at), at)
    for person in (auditor, offered(app, at)[0]):
        assert visitor(app, person).client.get("/inbox/letters").status_code == 403


def test_the_command_line_delivers_one_tick(app: Flask, at: datetime) -> None:
    offered(app, at)
    done = app.test_cli_runner().invoke(args=["inbox", "deliver"])
    assert done.exception is None, done.exception
    assert "4 messages told, 2 letters sent, 0 kept" in done.output
    again = app.test_cli_runner().invoke(args=["inbox", "deliver"])
    assert again.output.startswith("0 entries read, 0 messages told, 0 letters sent")
    assert "Delivered" not in again.output


def test_an_act_rings_the_bell_and_a_look_does_not(app: Flask, at: datetime) -> None:
    seller, _ = offered(app, at)
    bell = app.extensions["market.bell"]
    reader = visitor(app, seller)
    bell.clear()
    reader.go("/inbox")
    assert not bell.is_set()
    reader.fill("/inbox/read")
    assert bell.is_set()
