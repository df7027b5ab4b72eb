"""What nears is told once, in time, and only while it still stands."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from market.contracts import commands as contracts
from market.inbox.ahead import look_ahead
from market.inbox.news import News, Urgency
from market.kernel.authority import Actor
from market.kernel.db import get
from market.listings import commands as listings
from market.negotiation import commands as negotiation
from market.registry import commands as registry
from market.registry.models import Application
from tests import make
from tests.inbox.town import asked, heard, messages

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def table(s: Session, at: datetime) -> tuple[Actor, Actor, int]:
    """A seller, a buyer, and talks whose offer expires after seven days."""
    (_, seller), (_, buyer) = make.party(s, at=at), make.party(s, at=at)
    look_ahead(s, at=at)
    return seller, buyer, make.talks(s, make.listing(s, seller, at=at), buyer, at=at)


def test_an_offers_end_is_told_a_day_ahead_once_to_whom_it_waits_for(
    session: Session, at: datetime
) -> None:
    seller, buyer, _ = table(session, at)
    look_ahead(session, at=at + 6 * DAY - HOUR)
    assert heard(session, seller) == []
    look_ahead(session, at=at + 6 * DAY)
    look_ahead(session, at=at + 6 * DAY + HOUR)
    assert asked(session, seller) == {News.OFFER_ENDS: Urgency.WAITS}
    assert len(messages(session, seller)) == 1
    assert heard(session, buyer) == []


def test_an_offer_that_expired_is_told_to_both_sides_once(session: Session, at: datetime) -> None:
    seller, buyer, _ = table(session, at)
    for hours in (1, 2, 30):
        look_ahead(session, at=at + 7 * DAY + hours * HOUR)
    assert heard(session, seller) == heard(session, buyer) == [News.OFFER_EXPIRED]
    assert messages(session, buyer)[0].at == at + 7 * DAY


def test_an_answered_or_lapsed_offer_expires_for_nobody(session: Session, at: datetime) -> None:
    seller, buyer, talks_id = table(session, at)
    negotiation.refuse_offer(session, talks_id, by=seller, at=at)
    other_seller, other_buyer, _ = table(session, at)
    on = make.listing(session, other_seller, at=at)
    make.talks(session, on, other_buyer, at=at)
    listings.withdraw(session, on.id, by=other_seller, at=at)
    look_ahead(session, at=at + 8 * DAY)
    assert heard(session, seller) == heard(session, buyer) == []
    assert len(heard(session, other_buyer)) == 1, "of the two, the one that still stands"


def test_a_signature_is_asked_for_again_after_three_days(session: Session, at: datetime) -> None:
    (_, seller), (_, buyer) = make.party(session, at=at), make.party(session, at=at)
    assert seller.party_id is not None
    assert buyer.party_id is not None
    look_ahead(session, at=at)
    made = contracts.draft(session, seller.party_id, buyer.party_id, make.terms(), by=seller, at=at)
    contracts.offer_text(session, made.id, by=seller, at=at)
    assert made.text_hash is not None
    contracts.sign(session, made.id, made.text_hash, by=seller, at=at)
    look_ahead(session, at=at + 3 * DAY - HOUR)
    assert heard(session, buyer) == []
    look_ahead(session, at=at + 3 * DAY)
    look_ahead(session, at=at + 4 * DAY)
    assert heard(session, buyer) == [News.SIGNATURE_DUE]
    assert heard(session, seller) == [], "this side has signed"
    contracts.reopen(session, made.id, by=seller, at=at + 4 * DAY)
    contracts.offer_text(session, made.id, by=seller, at=at + 5 * DAY)
    look_ahead(session, at=at + 9 * DAY)
    assert heard(session, buyer) == [News.SIGNATURE_DUE] * 2, "another text, another reminder"
    assert heard(session, seller) == [News.SIGNATURE_DUE]


def test_last_days_near_for_the_applicant_and_for_the_office(
    session: Session, at: datetime
) -> None:
    (_, seller), (_, buyer) = make.party(session, at=at), make.party(session, at=at)
    office = make.office(session, at)
    registrar = make.registrar(session, office, at)
    look_ahead(session, at=at)
    asked_again, running = (
        registry.apply(session, make.contract(session, seller, buyer, at=at).id, by=seller, at=at)
        for _ in range(2)
    )
    registry.ask_correction(session, asked_again.id, "请补正", by=registrar, at=at)
    registry.accept(session, running.id, by=registrar, at=at)
    corrected_by = get(session, Application, asked_again.id).correction_due_on
    reviewed_by = get(session, Application, running.id).due_on
    assert corrected_by is not None
    assert reviewed_by is not None
    look_ahead(session, at=at + (corrected_by - at.date() - 4 * DAY))
    assert News.CORRECTION_ENDS not in heard(session, seller)
    look_ahead(session, at=at + (corrected_by - at.date() - 3 * DAY))
    look_ahead(session, at=at + (corrected_by - at.date()))
    assert heard(session, seller) == [News.CORRECTION_ENDS]
    assert messages(session, seller)[0].told["due_on"] == corrected_by.isoformat()
    look_ahead(session, at=at + (reviewed_by - at.date()))
    assert heard(session, registrar) == [News.REVIEW_ENDS]
    assert heard(session, buyer) == []


def test_what_passed_long_before_the_first_look_is_not_told(session: Session, at: datetime) -> None:
    (_, seller), (_, buyer) = make.party(session, at=at), make.party(session, at=at)
    make.talks(session, make.listing(session, seller, at=at), buyer, at=at)
    look_ahead(session, at=at + 20 * DAY)
    assert heard(session, seller) == heard(session, buyer) == []
