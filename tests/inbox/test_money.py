"""What people hear of money: what they owe, what came, what is due soon or late, royalties."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from market.inbox.ahead import look_ahead
from market.inbox.news import News, Urgency
from market.inbox.queries import lines, messages_page
from market.kernel.authority import NOBODY, Actor
from market.parties.models import Party
from market.payments import commands, royalty_commands
from market.payments.gateway_commands import begin_payment, note_fact
from market.payments.gateways import Intent
from market.payments.models import Obligation
from market.payments.payout_commands import set_payout_account
from market.payments.play import PlayGateway
from tests import make
from tests.inbox.town import asked, heard, tell_all
from tests.make import yuan

DAY = timedelta(days=1)


@dataclass
class Two:
    """Who owes, who is owed, and a thousand yuan due in ten days."""

    debtor: Actor
    creditor: Actor
    parties: tuple[Party, Party]
    owed: Obligation


@pytest.fixture
def two(session: Session, at: datetime) -> Two:
    one, debtor = make.party(session, at=at)
    other, creditor = make.party(session, at=at)
    tell_all(session, at)
    look_ahead(session, at=at)
    owed = make.owed(session, one, other, 1_000, at, due_on=(at + 10 * DAY).date())
    return Two(debtor, creditor, (one, other), owed)


@pytest.fixture(autouse=True)
def _english(app: Flask) -> Iterator[None]:
    with app.test_request_context(), force_locale("en"):
        yield


def since(s: Session, at: datetime, person: Actor) -> list[News]:
    tell_all(s, at)
    return heard(s, person)


def test_who_owes_is_told_and_it_waits_for_them(session: Session, two: Two, at: datetime) -> None:
    tell_all(session, at)
    assert asked(session, two.debtor) == {News.OWED: Urgency.WAITS}
    assert heard(session, two.creditor) == []
    (line,) = lines(
        session, messages_page(session, two.debtor, 1, waiting=True).rows, two.debtor, at
    )
    assert line.place == ("payments.show", {"obligation_id": two.owed.id})


def test_both_hear_of_money_that_came(session: Session, two: Two, at: datetime) -> None:
    make.paid_by_bank(session, two.owed, 400, at)
    for person in (two.debtor, two.creditor):
        assert since(session, at, person)[-1] is News.MONEY_CAME


def test_both_hear_of_money_that_came_online(session: Session, two: Two, at: datetime) -> None:
    play = PlayGateway()
    payment = begin_payment(session, two.owed.id, play, by=two.debtor, at=at)
    fact = play.open(Intent(payment.key, payment.amount, "JS", payment.capture, "", ""))
    note_fact(session, payment.id, fact, by=NOBODY, at=at)
    assert since(session, at, two.creditor) == [News.MONEY_CAME]
    (line,) = lines(
        session, messages_page(session, two.creditor, 1, waiting=False).rows, two.creditor, at
    )
    assert (line.title, "1,000.00" in line.sentence) == ("一种电池", True)


def test_both_hear_of_what_is_asked_for_no_more(session: Session, two: Two, at: datetime) -> None:
    commands.cancel_rest(session, two.owed.id, "no", by=NOBODY, at=at)
    for person in (two.debtor, two.creditor):
        assert since(session, at, person)[-1] is News.OWED_NO_MORE


def test_what_is_due_soon_is_told_once_and_what_is_late_to_both_sides(
    session: Session, two: Two, at: datetime
) -> None:
    look_ahead(session, at=at + 6 * DAY)
    assert heard(session, two.debtor) == []
    for days in (7, 8, 10):
        look_ahead(session, at=at + days * DAY)
    assert heard(session, two.debtor) == [News.OWED_SOON]
    assert heard(session, two.creditor) == []
    for days in (11, 12):
        look_ahead(session, at=at + days * DAY)
    assert heard(session, two.debtor) == [News.OWED_SOON, News.OWED_LATE]
    assert asked(session, two.debtor)[News.OWED_LATE] is Urgency.WAITS
    assert asked(session, two.creditor) == {News.OWED_LATE: Urgency.TOLD}


def test_nobody_is_reminded_of_what_is_paid_or_was_asked_for_today(
    session: Session, two: Two, at: datetime
) -> None:
    make.owed(session, *two.parties, 5, at + 7 * DAY, due_on=(at + 8 * DAY).date())
    make.paid_by_bank(session, two.owed, 1_000, at)
    look_ahead(session, at=at + 7 * DAY)
    assert heard(session, two.debtor) == []
    look_ahead(session, at=at + 8 * DAY)
    assert heard(session, two.debtor) == [News.OWED_SOON]


def test_another_account_for_proceeds_is_told_to_all_of_the_party(
    session: Session, two: Two, at: datetime
) -> None:
    set_payout_account(session, "某公司", "某银行", "6222020000001234", by=two.creditor, at=at)
    assert since(session, at, two.creditor) == [News.ACCOUNT_SET]
    (line,) = lines(
        session, messages_page(session, two.creditor, 1, waiting=False).rows, two.creditor, at
    )
    assert "1234" in line.sentence


def test_a_royalty_is_told_as_it_goes(session: Session, two: Two, at: datetime) -> None:
    agreed = make.royalty(session, two.parties[1], two.parties[0], at=at)
    declaring, then = make.at_desk(two.debtor, "2026-04-10")
    statement = royalty_commands.declare_royalty(
        session, agreed.id, 1, yuan(1_000_000), "账簿", by=declaring, at=then
    )
    asking, then = make.at_desk(two.creditor, "2026-04-11")
    royalty_commands.request_inspection(session, statement.id, "核对", by=asking, at=then)
    royalty_commands.answer_inspection(session, statement.id, "可以", by=declaring, at=then)
    again, then = make.at_desk(two.debtor, "2026-04-12")
    royalty_commands.correct_statement(
        session, statement.id, yuan(2_000_000), "账簿", by=again, at=then
    )
    tell_all(session, then)
    assert heard(session, two.creditor) == [
        News.ROYALTY_BEGINS,
        News.ROYALTY_TOLD,
        News.BOOKS_ANSWERED,
        News.ROYALTY_CORRECTED,
    ]
    assert News.BOOKS_ASKED in heard(session, two.debtor)
    assert asked(session, two.debtor)[News.BOOKS_ASKED] is Urgency.WAITS


def test_a_period_to_be_declared_is_told_before_and_after_its_last_day(
    session: Session, two: Two, at: datetime
) -> None:
    licensee, licensor = two.parties
    agreed = make.royalty(session, licensor, licensee, at=at)
    assert agreed.due_on == make.day("2026-04-30")
    commands.cancel_obligation(session, two.owed.id, "no", by=NOBODY, at=at)
    for on, owes, is_owed in (
        ("2026-03-30", [], []),
        ("2026-04-26", [], []),
        ("2026-04-27", [News.ROYALTY_SOON], []),
        ("2026-04-30", [News.ROYALTY_SOON], []),
        ("2026-05-01", [News.ROYALTY_SOON, News.ROYALTY_LATE], [News.ROYALTY_LATE]),
        ("2026-05-02", [News.ROYALTY_SOON, News.ROYALTY_LATE], [News.ROYALTY_LATE]),
    ):
        look_ahead(session, at=make.at_desk(two.debtor, on)[1])
        assert (heard(session, two.debtor), heard(session, two.creditor)) == (owes, is_owed), on
