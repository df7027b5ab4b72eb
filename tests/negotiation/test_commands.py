from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.deals.models import Deal
from market.deals.rules import DealRefusal
from market.kernel.authority import Actor, Role, Seat, WhoRefusal
from market.kernel.clock import MARKET_ZONE
from market.kernel.db import Missing
from market.kernel.journal import Entry
from market.kernel.money import Money
from market.kernel.refusal import Refused
from market.listings import commands as listings
from market.listings.identifiers import check_character
from market.listings.models import Listing
from market.listings.rules import Status
from market.listings.sheet import Sheet
from market.negotiation import commands as table
from market.negotiation.models import Negotiation
from market.negotiation.queries import get_negotiation, talks_page
from market.negotiation.rules import OfferStatus, Side, TalksRefusal, TalksStatus, Waiting
from market.parties.rules import SellerClass
from tests import make

WEEK = timedelta(days=7)


@pytest.fixture
def seller(session: Session, at: datetime) -> Actor:
    return make.party(session, at=at)[1]


@pytest.fixture
def buyer(session: Session, at: datetime) -> Actor:
    return make.party(session, at=at)[1]


@pytest.fixture
def listing(session: Session, seller: Actor, at: datetime) -> Listing:
    return make.listing(session, seller, at=at)


@pytest.fixture
def talks(session: Session, listing: Listing, buyer: Actor, at: datetime) -> Negotiation:
    return session.get_one(Negotiation, make.talks(session, listing, buyer, at=at))


def acts(session: Session) -> list[str]:
    found = select(Entry.act).where(Entry.act.startswith("negotiation.")).order_by(Entry.id)
    return list(session.scalars(found))


def answer_at(by: Actor, at: datetime) -> Actor:
    return replace(by, confirmed_at=at)


def accept(
    s: Session, talks: Negotiation, by: Actor, at: datetime, price: Money | None = None
) -> Deal:
    standing = talks.standing
    assert standing is not None
    return table.accept_offer(
        s,
        talks.id,
        offer_id=standing.id,
        price=price or standing.price,
        by=answer_at(by, at),
        at=at,
    )


def test_talks_open_with_the_buyers_standing_offer(talks: Negotiation, at: datetime) -> None:
    assert talks.status is TalksStatus.OPEN
    assert talks.standing is not None
    assert talks.standing.side is Side.BUYER
    assert talks.standing.price == make.yuan(1_000_000)
    assert talks.standing.expires_at == at + WEEK


def test_a_company_has_one_table_on_a_listing(
    session: Session, talks: Negotiation, buyer: Actor, at: datetime
) -> None:
    with pytest.raises(Refused) as no:
        make.talks(session, talks.listing, buyer, at=at)
    assert no.value.refusal is TalksRefusal.TALKS_EXIST


def test_after_the_end_a_company_may_open_new_talks(
    session: Session, talks: Negotiation, buyer: Actor, at: datetime
) -> None:
    table.end_talks(session, talks.id, by=buyer, at=at)
    assert make.talks(session, talks.listing, buyer, at=at) != talks.id


@pytest.mark.parametrize(
    ("seller_class", "refusal"),
    [
        (SellerClass.STATE_INSTITUTE, TalksRefusal.NOTICE_FIRST),
        (SellerClass.STATE_ENTERPRISE, TalksRefusal.OPEN_SALE_FIRST),
    ],
)
def test_state_sellers_are_refused_with_their_sentence(
    session: Session,
    buyer: Actor,
    at: datetime,
    seller_class: SellerClass,
    refusal: TalksRefusal,
) -> None:
    _, seller = make.party(session, at=at, seller_class=seller_class)
    listing = make.listing(session, seller, at=at)
    with pytest.raises(Refused) as no:
        make.talks(session, listing, buyer, at=at)
    assert no.value.refusal is refusal


def test_nobody_opens_talks_on_a_draft_or_on_their_own_listing(
    session: Session, seller: Actor, buyer: Actor, listing: Listing, at: datetime
) -> None:
    with pytest.raises(Refused) as no:
        make.talks(session, listing, seller, at=at)
    assert no.value.refusal is TalksRefusal.OWN_LISTING
    listings.withdraw(session, listing.id, by=seller, at=at)
    with pytest.raises(Refused) as no:
        make.talks(session, listing, buyer, at=at)
    assert no.value.refusal is TalksRefusal.OFF_MARKET


def test_a_person_without_a_party_is_asked_for_one(
    session: Session, listing: Listing, at: datetime
) -> None:
    alone = make.actor(session, make.user(session, Role.COMPANY, at=at), at)
    with pytest.raises(Refused) as no:
        make.talks(session, listing, alone, at=at)
    assert no.value.refusal is WhoRefusal.NO_PARTY


@pytest.mark.parametrize("stands", [timedelta(0), timedelta(minutes=59), timedelta(days=91)])
def test_an_offer_with_an_unusable_end_is_refused_with_the_most_days(
    session: Session, listing: Listing, buyer: Actor, at: datetime, stands: timedelta
) -> None:
    with pytest.raises(Refused) as no:
        table.open_talks(session, listing.id, make.yuan(1), at + stands, by=buyer, at=at)
    assert no.value.refusal is TalksRefusal.EXPIRY_RANGE
    assert (no.value.field, no.value.detail) == ("expires_on", {"days": 90})


def test_a_counter_offer_answers_the_one_before_and_turns_the_table(
    session: Session, talks: Negotiation, seller: Actor, buyer: Actor, at: datetime
) -> None:
    with pytest.raises(Refused) as no:
        table.make_offer(session, talks.id, make.yuan(2), at + WEEK, by=buyer, at=at)
    assert no.value.refusal is TalksRefusal.NOT_YOUR_TURN
    table.make_offer(session, talks.id, make.yuan(1_100_000), at + WEEK, by=seller, at=at)
    assert [offer.status for offer in talks.offers] == [
        OfferStatus.COUNTERED,
        OfferStatus.STANDING,
    ]
    with pytest.raises(Refused) as no:
        table.make_offer(session, talks.id, make.yuan(3), at + WEEK, by=seller, at=at)
    assert no.value.refusal is TalksRefusal.NOT_YOUR_TURN
    table.make_offer(session, talks.id, make.yuan(1_050_000), at + WEEK, by=buyer, at=at)
    assert [offer.side for offer in talks.offers] == [Side.BUYER, Side.SELLER, Side.BUYER]


def test_an_offer_is_accepted_until_just_before_its_end_and_not_at_it(
    session: Session, talks: Negotiation, seller: Actor, at: datetime
) -> None:
    with pytest.raises(Refused) as no:
        accept(session, talks, seller, at + WEEK)
    assert no.value.refusal is TalksRefusal.OFFER_EXPIRED
    deal = accept(session, talks, seller, at + WEEK - timedelta(microseconds=1))
    assert deal.price == make.yuan(1_000_000)
    assert talks.status is TalksStatus.AGREED
    assert talks.deal_id == deal.id
    assert talks.offers[-1].status is OfferStatus.ACCEPTED


def test_after_its_end_either_side_may_follow_and_the_old_offer_is_marked_expired(
    session: Session, talks: Negotiation, buyer: Actor, at: datetime
) -> None:
    late = at + WEEK
    assert talks.offers[0].shown(late - timedelta(microseconds=1)) is OfferStatus.STANDING
    assert talks.offers[0].shown(late) is OfferStatus.EXPIRED
    table.make_offer(session, talks.id, make.yuan(1_100_000), late + WEEK, by=buyer, at=late)
    assert [offer.status for offer in talks.offers] == [OfferStatus.EXPIRED, OfferStatus.STANDING]


@pytest.mark.parametrize("fen", [99_999_999, 100_000_001, 1])
def test_an_acceptance_names_the_exact_price_seen(
    session: Session, talks: Negotiation, seller: Actor, at: datetime, fen: int
) -> None:
    with pytest.raises(Refused) as no:
        accept(session, talks, seller, at, Money(fen, "CNY"))
    assert no.value.refusal is TalksRefusal.PRICE_MOVED
    assert talks.status is TalksStatus.OPEN


def test_an_acceptance_of_an_offer_that_was_replaced_by_an_equal_one_is_refused(
    session: Session, talks: Negotiation, seller: Actor, buyer: Actor, at: datetime
) -> None:
    first = talks.offers[0]
    table.take_back_offer(session, talks.id, by=buyer, at=at)
    table.make_offer(session, talks.id, first.price, at + WEEK, by=buyer, at=at)
    with pytest.raises(Refused) as no:
        table.accept_offer(
            session, talks.id, offer_id=first.id, price=first.price, by=seller, at=at
        )
    assert no.value.refusal is TalksRefusal.PRICE_MOVED


def test_nobody_accepts_their_own_offer(
    session: Session, talks: Negotiation, buyer: Actor, at: datetime
) -> None:
    with pytest.raises(Refused) as no:
        accept(session, talks, buyer, at)
    assert no.value.refusal is TalksRefusal.OWN_OFFER


def test_an_acceptance_needs_a_signatory_and_the_password(
    session: Session, talks: Negotiation, seller: Actor, at: datetime
) -> None:
    standing = talks.standing
    assert standing is not None
    for by, refusal in (
        (replace(seller, seat=Seat.EDITOR), WhoRefusal.NOT_SIGNATORY),
        (replace(seller, confirmed_at=None), WhoRefusal.PASSWORD_AGAIN),
        (confirmed(seller, at - timedelta(minutes=6)), WhoRefusal.PASSWORD_AGAIN),
    ):
        with pytest.raises(Refused) as no:
            table.accept_offer(
                session, talks.id, offer_id=standing.id, price=standing.price, by=by, at=at
            )
        assert no.value.refusal is refusal


def test_a_refused_offer_stands_no_more_and_the_talks_go_on(
    session: Session, talks: Negotiation, seller: Actor, buyer: Actor, at: datetime
) -> None:
    with pytest.raises(Refused) as no:
        table.refuse_offer(session, talks.id, by=buyer, at=at)
    assert no.value.refusal is TalksRefusal.OWN_OFFER
    table.refuse_offer(session, talks.id, by=seller, at=at)
    assert talks.offers[0].status is OfferStatus.REFUSED
    with pytest.raises(Refused) as no:
        table.refuse_offer(session, talks.id, by=seller, at=at)
    assert no.value.refusal is TalksRefusal.NO_OFFER
    table.make_offer(session, talks.id, make.yuan(1_200_000), at + WEEK, by=seller, at=at)
    assert talks.standing is not None


def test_an_offer_is_taken_back_by_its_maker_until_it_is_answered(
    session: Session, talks: Negotiation, seller: Actor, buyer: Actor, at: datetime
) -> None:
    with pytest.raises(Refused) as no:
        table.take_back_offer(session, talks.id, by=seller, at=at)
    assert no.value.refusal is TalksRefusal.NOT_YOUR_OFFER
    table.take_back_offer(session, talks.id, by=buyer, at=at)
    assert talks.offers[0].status is OfferStatus.WITHDRAWN
    with pytest.raises(Refused) as no:
        table.accept_offer(
            session,
            talks.id,
            offer_id=talks.offers[0].id,
            price=talks.offers[0].price,
            by=seller,
            at=at,
        )
    assert no.value.refusal is TalksRefusal.NO_OFFER


@pytest.mark.parametrize(
    ("ender", "falls"), [("buyer", OfferStatus.WITHDRAWN), ("seller", OfferStatus.REFUSED)]
)
def test_the_end_of_talks_is_final_and_the_standing_offer_falls(
    session: Session,
    talks: Negotiation,
    seller: Actor,
    buyer: Actor,
    at: datetime,
    ender: str,
    falls: OfferStatus,
) -> None:
    by = {"buyer": buyer, "seller": seller}[ender]
    table.end_talks(session, talks.id, by=by, at=at)
    assert talks.status is TalksStatus.ENDED
    assert talks.offers[0].status is falls
    attempts: list[Callable[[], object]] = [
        lambda: table.end_talks(session, talks.id, by=by, at=at),
        lambda: table.refuse_offer(session, talks.id, by=seller, at=at),
        lambda: table.take_back_offer(session, talks.id, by=buyer, at=at),
        lambda: table.make_offer(session, talks.id, make.yuan(1), at + WEEK, by=seller, at=at),
    ]
    for attempt in attempts:
        with pytest.raises(Refused) as no:
            attempt()
        assert no.value.refusal is TalksRefusal.TALKS_OVER


def test_an_offer_made_before_the_listing_was_published_anew_binds_nobody(
    session: Session, talks: Negotiation, seller: Actor, buyer: Actor, at: datetime
) -> None:
    def changed(sheet: Sheet) -> Sheet:
        return replace(
            sheet, abstract="改过的摘要：本成果的技术方案与先前公布的已经不同，请仔细阅读。"
        )

    listing, later = talks.listing, at + timedelta(hours=1)
    seller = answer_at(seller, later)
    listings.withdraw(session, listing.id, by=seller, at=later)
    listings.redraft(session, listing.id, by=seller, at=later)
    listings.save_draft(session, listing.id, changed, by=seller, at=later)
    listings.submit(session, listing.id, by=seller, at=later)
    listings.publish(session, listing.id, by=make.operator(session, later), at=later)
    with pytest.raises(Refused) as no:
        accept(session, talks, seller, later)
    assert no.value.refusal is TalksRefusal.OFFER_LAPSED
    assert talks.offers[0].shown(later) is OfferStatus.LAPSED
    (row,) = talks_page(session, buyer.party_id, 1, later).rows
    assert row == (talks, Waiting.MINE.value), "either side may make a new offer"
    table.make_offer(session, talks.id, make.yuan(2), later + WEEK, by=buyer, at=later)
    assert [offer.status for offer in talks.offers] == [OfferStatus.LAPSED, OfferStatus.STANDING]
    assert accept(session, talks, seller, later).price == make.yuan(2)


def test_an_editor_binds_the_party_by_no_offer(
    session: Session, talks: Negotiation, seller: Actor, buyer: Actor, at: datetime
) -> None:
    editor = replace(seller, seat=Seat.EDITOR)
    with pytest.raises(Refused) as no:
        table.make_offer(session, talks.id, make.yuan(2), at + WEEK, by=editor, at=at)
    assert no.value.refusal is WhoRefusal.NOT_SIGNATORY
    other = make.listing(session, seller, at=at)
    with pytest.raises(Refused) as no:
        make.talks(session, other, replace(buyer, seat=Seat.EDITOR), at=at)
    assert no.value.refusal is WhoRefusal.NOT_SIGNATORY


def test_nothing_is_sold_by_talk_after_the_term_of_its_patent(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    number = "20061" + "0000001"
    number = f"{number}.{check_character(number)}"
    patent = make.right(number, filed_on=make.day("2006-03-12"))
    old = make.listing(session, seller, at=at, rights=(patent,))
    talks = session.get_one(Negotiation, make.talks(session, old, buyer, at=at))
    midnight = datetime(2026, 3, 12, tzinfo=MARKET_ZONE)
    with pytest.raises(Refused) as no:
        accept(session, talks, seller, midnight)
    assert no.value.refusal is TalksRefusal.TERM_ENDED
    assert accept(session, talks, seller, midnight - timedelta(microseconds=1)).buyer_id


def test_talks_on_a_listing_that_left_the_market_lead_nowhere(
    session: Session, talks: Negotiation, seller: Actor, at: datetime
) -> None:
    other = make.party(session, at=at)[1]
    late = session.get_one(Negotiation, make.talks(session, talks.listing, other, at=at))
    accept(session, talks, seller, at)
    assert talks.listing.status is Status.TRANSFERRED
    with pytest.raises(Refused) as no:
        accept(session, late, seller, at)
    assert no.value.refusal is TalksRefusal.OFF_MARKET
    table.end_talks(session, late.id, by=other, at=at)
    assert late.status is TalksStatus.ENDED


def test_a_seller_that_became_a_state_enterprise_can_no_longer_agree_by_talk(
    session: Session, talks: Negotiation, seller: Actor, at: datetime
) -> None:
    talks.listing.seller.seller_class = SellerClass.STATE_ENTERPRISE
    session.flush()
    with pytest.raises(Refused) as no:
        accept(session, talks, seller, at)
    assert no.value.refusal is TalksRefusal.OPEN_SALE_FIRST


def test_every_act_at_the_table_is_recorded(
    session: Session, talks: Negotiation, seller: Actor, buyer: Actor, at: datetime
) -> None:
    table.refuse_offer(session, talks.id, by=seller, at=at)
    table.make_offer(session, talks.id, make.yuan(2), at + WEEK, by=buyer, at=at)
    table.take_back_offer(session, talks.id, by=buyer, at=at)
    table.make_offer(session, talks.id, make.yuan(3), at + WEEK, by=buyer, at=at)
    accept(session, talks, seller, at)
    assert acts(session)[-7:] == [
        "negotiation.opened",
        "negotiation.offer-made",
        "negotiation.offer-refused",
        "negotiation.offer-made",
        "negotiation.offer-taken-back",
        "negotiation.offer-made",
        "negotiation.offer-accepted",
    ]


def test_outsiders_do_not_find_talks_and_the_auditor_does(
    session: Session, talks: Negotiation, seller: Actor, buyer: Actor, at: datetime
) -> None:
    stranger = make.party(session, at=at)[1]
    auditor = make.actor(session, make.user(session, Role.AUDITOR, at=at), at)
    for by in (seller, buyer, replace(auditor, case_no="审2026-7")):
        assert get_negotiation(session, talks.id, by, at) is talks
    with pytest.raises(Refused) as error:
        get_negotiation(session, talks.id, auditor, at)
    assert error.value.refusal is WhoRefusal.CASE_NEEDED
    with pytest.raises(Missing):
        get_negotiation(session, talks.id, stranger, at)
    with pytest.raises(Missing):
        get_negotiation(session, 10**6, seller, at)


def test_my_talks_come_in_the_order_of_whom_they_wait_for(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    opened = [make.listing(session, seller, at=at, rights=(make.right(),)) for _ in range(5)]
    answered, waiting, ended, gone, quiet = (
        session.get_one(Negotiation, make.talks(session, one, buyer, at=at)) for one in opened
    )
    table.make_offer(session, answered.id, make.yuan(2), at + WEEK, by=seller, at=at)
    table.end_talks(session, ended.id, by=buyer, at=at)
    listings.withdraw(session, gone.listing_id, by=seller, at=at)
    table.take_back_offer(session, quiet.id, by=buyer, at=at)
    seen = {
        party_id: [(t.id, word) for t, word in talks_page(session, party_id, 1, at).rows]
        for party_id in (seller.party_id, buyer.party_id)
    }
    assert seen[buyer.party_id] == [
        (quiet.id, Waiting.MINE.value),
        (answered.id, Waiting.MINE.value),
        (waiting.id, Waiting.THEIRS.value),
        (gone.id, Waiting.CLOSED.value),
        (ended.id, Waiting.CLOSED.value),
    ]
    assert seen[seller.party_id] == [
        (quiet.id, Waiting.MINE.value),
        (waiting.id, Waiting.MINE.value),
        (answered.id, Waiting.THEIRS.value),
        (gone.id, Waiting.CLOSED.value),
        (ended.id, Waiting.CLOSED.value),
    ]
    expired = talks_page(session, buyer.party_id, 1, at + WEEK)
    assert (waiting.id, Waiting.MINE.value) in [(t.id, w) for t, w in expired.rows]


def test_the_same_right_granted_through_another_listing_refuses_the_acceptance(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    patent = make.right()
    sold = make.listing(session, seller, at=at, rights=(patent,))
    licensed = make.ordinary(session, seller, at=at, rights=(patent,), licences_offered=3)
    other = make.party(session, at=at)[1]
    late = session.get_one(Negotiation, make.talks(session, licensed, other, at=at))
    make.deal(session, sold, seller, buyer, at=at)
    with pytest.raises(Refused) as no:
        accept(session, late, seller, at)
    assert no.value.refusal is DealRefusal.ALREADY_GRANTED
