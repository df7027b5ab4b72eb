from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.deals.commands import strike
from market.deals.models import Deal, DealRight
from market.deals.queries import deals_page, get_deal, grants_on
from market.deals.rules import DealRefusal
from market.kernel.authority import Actor, Role
from market.kernel.db import Missing
from market.kernel.journal import Entry
from market.kernel.money import Money
from market.kernel.refusal import Refused
from market.listings import commands as listings
from market.listings.models import Listing
from market.listings.rules import ListingRefusal, Status
from market.listings.sheet import LicenceType, Mode, Way
from tests import make

MILLION = make.yuan(1_000_000)


@pytest.fixture
def seller(session: Session, at: datetime) -> Actor:
    return make.party(session, at=at)[1]


@pytest.fixture
def buyer(session: Session, at: datetime) -> Actor:
    return make.party(session, at=at)[1]


def struck(s: Session, listing: Listing, by: Actor, buyer: Actor, at: datetime) -> Deal:
    assert buyer.party_id is not None
    return strike(s, listing, buyer_id=buyer.party_id, price=MILLION, by=by, at=at)


def refused(s: Session, listing: Listing, by: Actor, buyer: Actor, at: datetime) -> object:
    with pytest.raises(Refused) as no, s.begin_nested():
        struck(s, listing, by, buyer, at)
    return no.value.refusal


def test_a_deal_takes_an_exclusive_listing_off_the_market(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    listing = make.listing(session, seller, at=at)
    deal = struck(session, listing, seller, buyer, at)
    assert (listing.status, listing.taken_by_id) == (Status.TRANSFERRED, buyer.party_id)
    assert [right.holds for right in deal.rights] == [True]
    assert deal.exclusive


@pytest.mark.parametrize("kind", [LicenceType.EXCLUSIVE, LicenceType.SOLE])
def test_an_exclusive_or_sole_licence_is_granted_once(
    session: Session, seller: Actor, buyer: Actor, at: datetime, kind: LicenceType
) -> None:
    listing = make.listing(session, seller, at=at, way=Way.LICENSE, licence_type=kind)
    struck(session, listing, seller, buyer, at)
    third = make.party(session, at=at)[1]
    assert refused(session, listing, seller, third, at) is DealRefusal.ALREADY_GRANTED


def test_ordinary_licences_are_taken_up_to_the_stated_number(
    session: Session, seller: Actor, at: datetime
) -> None:
    listing = make.ordinary(session, seller, at=at, licences_offered=3)
    for taken in range(3):
        assert listing.status is Status.PUBLISHED, taken
        deal = struck(session, listing, seller, make.party(session, at=at)[1], at)
        assert [right.holds for right in deal.rights] == [False]
    assert listing.status is Status.TRANSFERRED
    fourth = make.party(session, at=at)[1]
    assert refused(session, listing, seller, fourth, at) is DealRefusal.SOLD_OUT


def test_a_withdrawn_listing_cannot_be_taken(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    listing = make.listing(session, seller, at=at)
    listings.withdraw(session, listing.id, by=seller, at=at)
    assert refused(session, listing, seller, buyer, at) is DealRefusal.OFF_MARKET


def test_a_seller_does_not_buy_from_itself_and_nothing_is_free(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    listing = make.listing(session, seller, at=at)
    assert refused(session, listing, seller, seller, at) is DealRefusal.OWN_LISTING
    assert buyer.party_id is not None
    with pytest.raises(Refused) as no:
        strike(session, listing, buyer_id=buyer.party_id, price=Money(0, "CNY"), by=seller, at=at)
    assert no.value.refusal is DealRefusal.NO_PRICE


def test_a_right_granted_through_one_listing_is_gone_in_every_other(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    patent = make.right()
    exclusive = make.listing(session, seller, at=at, rights=(make.right(), patent))
    ordinary = make.ordinary(session, seller, at=at, rights=(patent,), licences_offered=5)
    struck(session, exclusive, seller, buyer, at)
    third = make.party(session, at=at)[1]
    assert refused(session, ordinary, seller, third, at) is DealRefusal.ALREADY_GRANTED


def test_an_assignee_sells_on_and_the_first_owner_does_not(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    patent = make.right()
    first = struck(
        session, make.listing(session, seller, at=at, rights=(patent,)), seller, buyer, at
    )
    again = make.listing(session, buyer, at=at, rights=(patent,))
    third = make.party(session, at=at)[1]
    second = struck(session, again, buyer, third, at)
    assert [right.holds for right in first.rights] == [False]
    assert [right.holds for right in second.rights] == [True]
    with pytest.raises(Refused):
        make.listing(session, seller, at=at, rights=(patent,))


def test_an_assignee_licenses_ordinarily_and_keeps_its_title(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    patent = make.right()
    stale = make.ordinary(session, seller, at=at, rights=(patent,), licences_offered=5)
    first = struck(
        session, make.listing(session, seller, at=at, rights=(patent,)), seller, buyer, at
    )
    licence = make.ordinary(session, buyer, at=at, rights=(patent,), licences_offered=2)
    third = make.party(session, at=at)[1]
    struck(session, licence, buyer, third, at)
    assert [right.holds for right in first.rights] == [True]
    assert refused(session, stale, seller, third, at) is DealRefusal.ALREADY_GRANTED


def held(listing: Listing) -> list[bool]:
    return [right.holds for right in listing.rights]


def test_an_assignees_offer_frees_only_the_right_that_it_offers_exclusively(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    one, other = make.right(), make.right()
    sold = make.listing(session, seller, at=at, rights=(one, other))
    struck(session, sold, seller, buyer, at)
    assert held(sold) == [True, True]
    make.ordinary(session, buyer, at=at, rights=(one,))
    assert held(sold) == [True, True], "an ordinary licence gives nothing away"
    again = make.listing(session, buyer, at=at, rights=(one,))
    assert (held(sold), held(again)) == ([False, True], [True])
    with pytest.raises(Refused) as no:
        make.listing(session, seller, at=at, rights=(other,))
    assert no.value.refusal is ListingRefusal.GRANTED_ELSEWHERE


def test_a_listing_with_a_deal_is_never_drafted_again(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    listing = make.ordinary(session, seller, at=at, licences_offered=3)
    struck(session, listing, seller, buyer, at)
    assert (listing.status, listing.dealt_at) == (Status.PUBLISHED, at)
    listings.withdraw(session, listing.id, by=seller, at=at)
    with pytest.raises(Refused) as no:
        listings.redraft(session, listing.id, by=seller, at=at)
    assert no.value.refusal is ListingRefusal.DEALT
    listing.status = Status.DRAFT
    with pytest.raises(IntegrityError):
        session.flush()


def test_an_exclusive_licensee_has_no_title_to_sell_on(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    patent = make.right()
    licence = make.listing(
        session,
        seller,
        at=at,
        rights=(patent,),
        way=Way.LICENSE,
        licence_type=LicenceType.EXCLUSIVE,
    )
    posing = make.ordinary(session, buyer, at=at, rights=(patent,), licences_offered=5)
    struck(session, licence, seller, buyer, at)
    third = make.party(session, at=at)[1]
    assert refused(session, posing, buyer, third, at) is DealRefusal.ALREADY_GRANTED


def test_the_terms_of_a_deal_never_change(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    listing = make.listing(session, seller, at=at)
    deal = struck(session, listing, seller, buyer, at)
    listing.title, listing.price_minor = "改了的名称", 1
    listing.way, listing.licence_type = Way.LICENSE, LicenceType.ORDINARY
    session.flush()
    session.expire(deal)
    assert deal.title == make.sheet().title
    assert deal.price == MILLION
    assert (deal.mode, deal.way, deal.licence_type) == (Mode.NEGOTIATION, Way.ASSIGN, None)
    assert (deal.seller_id, deal.buyer_id) == (seller.party_id, buyer.party_id)
    assert (deal.exclusive, deal.struck_at) == (True, at)


def test_the_database_is_the_last_to_refuse_a_second_grant(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    patent = make.right()
    deal = struck(
        session, make.listing(session, seller, at=at, rights=(patent,)), seller, buyer, at
    )
    ordinary = make.listing(session, make.party(session, at=at)[1], at=at)
    second = struck(session, ordinary, seller, buyer, at)
    again = DealRight(deal_id=second.id, right_id=deal.rights[0].right_id, holds=True)
    session.add(again)
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_deal_is_recorded_on_the_listings_thread(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    listing = make.listing(session, seller, at=at)
    struck(session, listing, seller, buyer, at)
    found = select(Entry.act).where(Entry.thread_kind == "listing", Entry.thread_id == listing.id)
    acts = list(session.scalars(found.order_by(Entry.seq)))
    assert acts[-2:] == ["deal.struck", "listing.transferred"]


def test_a_refused_strike_leaves_nothing_behind(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    listing = make.listing(session, seller, at=at)
    deal = struck(session, listing, seller, buyer, at)
    counted = select(func.count()).select_from(Deal)
    before = session.scalar(counted)
    refused(session, listing, seller, make.party(session, at=at)[1], at)
    assert session.scalar(counted) == before
    assert len(grants_on(session, [deal.rights[0].right_id])) == 1


def test_a_deal_is_seen_by_its_parties_and_the_auditor_only(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    deal = struck(session, make.listing(session, seller, at=at), seller, buyer, at)
    auditor = make.actor(session, make.user(session, Role.AUDITOR, at=at), at)
    for by in (seller, buyer, auditor):
        assert get_deal(session, deal.id, by, at + timedelta(days=1)) is deal
    for nobody in (make.party(session, at=at)[1], make.operator(session, at)):
        with pytest.raises(Missing):
            get_deal(session, deal.id, nobody, at)
    with pytest.raises(Missing):
        get_deal(session, 10**6, seller, at)


def test_my_deals_are_those_of_both_sides_and_nobody_elses(
    session: Session, seller: Actor, buyer: Actor, at: datetime
) -> None:
    sold = struck(session, make.listing(session, seller, at=at), seller, buyer, at)
    bought = struck(session, make.listing(session, buyer, at=at), buyer, seller, at)
    page = deals_page(session, seller.party_id, 1)
    assert ([deal.id for deal in page.rows], page.total) == ([bought.id, sold.id], 2)
    stranger = make.party(session, at=at)[1]
    assert deals_page(session, stranger.party_id, 1).total == 0
    assert deals_page(session, None, 1).total == 0
