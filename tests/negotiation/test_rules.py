from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from market.kernel.authority import NOBODY, Actor, Role, Seat, WhoRefusal
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.negotiation.rules import (
    Side,
    Standing,
    Table,
    TalksRefusal,
    TalksStatus,
    accept_refusal,
    class_refusal,
    end_refusal,
    expiry_refusal,
    offer_refusal,
    open_refusal,
    refuse_refusal,
    take_back_refusal,
    turn,
)
from market.parties.rules import SellerClass

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SELLING, BUYING, STRANGE = 1, 2, 3
MILLION = Money(100_000_000, "CNY")
LATER = AT + timedelta(days=7)


def person(party_id: int | None, *roles: Role, seat: Seat = Seat.SIGNATORY) -> Actor:
    held = frozenset(roles or (Role.RESEARCHER, Role.COMPANY))
    return Actor(7, roles=held, party_id=party_id, seat=seat, confirmed_at=AT)


SELLER, BUYER, STRANGER = person(SELLING), person(BUYING), person(STRANGE)
BUYERS_OFFER = Standing(11, Side.BUYER, MILLION, AT, LATER)
SELLERS_OFFER = Standing(12, Side.SELLER, MILLION, AT, LATER)
TABLE = Table(
    SELLING,
    BUYING,
    SellerClass.PRIVATE_FIRM,
    True,
    TalksStatus.OPEN,
    standing=BUYERS_OFFER,
    published_at=AT,
)
SELLER_SPOKE = replace(TABLE, standing=SELLERS_OFFER)
QUIET = replace(TABLE, standing=None)
OVER = replace(TABLE, status=TalksStatus.ENDED)
AGREED = replace(TABLE, status=TalksStatus.AGREED, standing=None)
GONE = replace(TABLE, listing_live=False)
ANEW = replace(TABLE, published_at=AT + timedelta(microseconds=1))
REDRAFTED = replace(TABLE, published_at=None)
ENDED_TERM = replace(TABLE, term_ends_at=AT)
LAST_INSTANT = replace(TABLE, term_ends_at=AT + timedelta(microseconds=1))
EDITOR = person(SELLING, seat=Seat.EDITOR)
OF_INSTITUTE = replace(TABLE, seller_class=SellerClass.STATE_INSTITUTE)
OF_ENTERPRISE = replace(TABLE, seller_class=SellerClass.STATE_ENTERPRISE)


@pytest.mark.parametrize(
    ("seller_class", "refusal"),
    [
        (SellerClass.STATE_INSTITUTE, TalksRefusal.NOTICE_FIRST),
        (SellerClass.STATE_ENTERPRISE, TalksRefusal.OPEN_SALE_FIRST),
        (SellerClass.PRIVATE_FIRM, None),
        (SellerClass.PERSON, None),
    ],
)
def test_only_private_sellers_sell_by_talk_alone(
    seller_class: SellerClass, refusal: Refusal | None
) -> None:
    assert class_refusal(seller_class) is refusal


@pytest.mark.parametrize(
    ("by", "seller_class", "live", "refusal"),
    [
        (NOBODY, SellerClass.PRIVATE_FIRM, True, WhoRefusal.SIGN_IN),
        (person(BUYING, Role.RESEARCHER), SellerClass.PERSON, True, WhoRefusal.NOT_YOUR_ROLE),
        (person(BUYING, Role.BROKER), SellerClass.PERSON, True, WhoRefusal.NOT_YOUR_ROLE),
        (person(None), SellerClass.PERSON, True, WhoRefusal.NO_PARTY),
        (SELLER, SellerClass.PRIVATE_FIRM, True, TalksRefusal.OWN_LISTING),
        (BUYER, SellerClass.PRIVATE_FIRM, False, TalksRefusal.OFF_MARKET),
        (BUYER, SellerClass.STATE_INSTITUTE, True, TalksRefusal.NOTICE_FIRST),
        (BUYER, SellerClass.STATE_ENTERPRISE, True, TalksRefusal.OPEN_SALE_FIRST),
        (BUYER, SellerClass.PRIVATE_FIRM, True, None),
        (person(BUYING, seat=Seat.EDITOR), SellerClass.PERSON, True, WhoRefusal.NOT_SIGNATORY),
    ],
)
def test_who_may_open_talks(
    by: Actor, seller_class: SellerClass, live: bool, refusal: Refusal | None
) -> None:
    asked = open_refusal(by, seller_id=SELLING, seller_class=seller_class, live=live, at=AT)
    assert asked is refusal


@pytest.mark.parametrize(
    ("stands", "refusal"),
    [
        (timedelta(0), TalksRefusal.EXPIRY_RANGE),
        (timedelta(seconds=-1), TalksRefusal.EXPIRY_RANGE),
        (timedelta(hours=1, microseconds=-1), TalksRefusal.EXPIRY_RANGE),
        (timedelta(hours=1), None),
        (timedelta(days=90), None),
        (timedelta(days=90, microseconds=1), TalksRefusal.EXPIRY_RANGE),
        (timedelta(days=36_500), TalksRefusal.EXPIRY_RANGE),
    ],
)
def test_an_offer_stands_an_hour_to_ninety_days(stands: timedelta, refusal: Refusal | None) -> None:
    assert expiry_refusal(AT, AT + stands, 90) is refusal


@pytest.mark.parametrize(
    ("by", "table", "at", "refusal"),
    [
        (NOBODY, TABLE, AT, WhoRefusal.SIGN_IN),
        (STRANGER, TABLE, AT, WhoRefusal.NOT_YOURS),
        (person(None), TABLE, AT, WhoRefusal.NOT_YOURS),
        (person(SELLING, Role.BROKER), TABLE, AT, WhoRefusal.NOT_YOUR_ROLE),
        (SELLER, OVER, AT, TalksRefusal.TALKS_OVER),
        (SELLER, AGREED, AT, TalksRefusal.TALKS_OVER),
        (SELLER, GONE, AT, TalksRefusal.OFF_MARKET),
        (SELLER, OF_INSTITUTE, AT, TalksRefusal.NOTICE_FIRST),
        (SELLER, OF_ENTERPRISE, AT, TalksRefusal.OPEN_SALE_FIRST),
        (BUYER, TABLE, AT, TalksRefusal.NOT_YOUR_TURN),
        (BUYER, TABLE, LATER - timedelta(microseconds=1), TalksRefusal.NOT_YOUR_TURN),
        (BUYER, TABLE, LATER, None),
        (SELLER, TABLE, AT, None),
        (SELLER, TABLE, LATER, None),
        (SELLER, SELLER_SPOKE, AT, TalksRefusal.NOT_YOUR_TURN),
        (BUYER, SELLER_SPOKE, AT, None),
        (BUYER, QUIET, AT, None),
        (SELLER, QUIET, AT, None),
        (EDITOR, TABLE, AT, WhoRefusal.NOT_SIGNATORY),
        (BUYER, ANEW, AT, None),
        (SELLER, ENDED_TERM, AT, TalksRefusal.TERM_ENDED),
        (SELLER, LAST_INSTANT, AT, None),
    ],
)
def test_offers_go_by_turns(by: Actor, table: Table, at: datetime, refusal: Refusal | None) -> None:
    assert offer_refusal(by, table, at) is refusal


@pytest.mark.parametrize(
    ("by", "table", "at", "seen", "refusal"),
    [
        (NOBODY, TABLE, AT, None, WhoRefusal.SIGN_IN),
        (STRANGER, TABLE, AT, None, WhoRefusal.NOT_YOURS),
        (person(SELLING, seat=Seat.EDITOR), TABLE, AT, None, WhoRefusal.NOT_SIGNATORY),
        (replace(SELLER, confirmed_at=None), TABLE, AT, None, WhoRefusal.PASSWORD_AGAIN),
        (SELLER, TABLE, AT + timedelta(minutes=6), None, WhoRefusal.PASSWORD_AGAIN),
        (SELLER, OVER, AT, None, TalksRefusal.TALKS_OVER),
        (SELLER, AGREED, AT, None, TalksRefusal.TALKS_OVER),
        (SELLER, GONE, AT, None, TalksRefusal.OFF_MARKET),
        (SELLER, OF_INSTITUTE, AT, None, TalksRefusal.NOTICE_FIRST),
        (SELLER, OF_ENTERPRISE, AT, None, TalksRefusal.OPEN_SALE_FIRST),
        (SELLER, QUIET, AT, None, TalksRefusal.NO_OFFER),
        (SELLER, ANEW, AT, None, TalksRefusal.OFFER_LAPSED),
        (SELLER, REDRAFTED, AT, None, TalksRefusal.OFFER_LAPSED),
        (SELLER, ENDED_TERM, AT, None, TalksRefusal.TERM_ENDED),
        (SELLER, LAST_INSTANT, AT, None, None),
        (BUYER, TABLE, AT, None, TalksRefusal.OWN_OFFER),
        (SELLER, SELLER_SPOKE, AT, None, TalksRefusal.OWN_OFFER),
        (SELLER, TABLE, AT, (12, MILLION), TalksRefusal.PRICE_MOVED),
        (SELLER, TABLE, AT, (11, Money(99_999_999, "CNY")), TalksRefusal.PRICE_MOVED),
        (SELLER, TABLE, AT, (11, Money(100_000_001, "CNY")), TalksRefusal.PRICE_MOVED),
        (SELLER, TABLE, AT, (11, Money(100_000_000, "USD")), TalksRefusal.PRICE_MOVED),
        (SELLER, TABLE, AT, (11, MILLION), None),
        (SELLER, TABLE, AT, None, None),
        (BUYER, SELLER_SPOKE, AT, (12, MILLION), None),
    ],
)
def test_only_the_other_sides_standing_offer_is_accepted_at_the_price_seen(
    by: Actor,
    table: Table,
    at: datetime,
    seen: tuple[int, Money] | None,
    refusal: Refusal | None,
) -> None:
    assert accept_refusal(by, table, at, seen=seen) is refusal


@pytest.mark.parametrize(
    ("before_the_end", "refusal"),
    [
        (timedelta(microseconds=1), None),
        (timedelta(0), TalksRefusal.OFFER_EXPIRED),
        (timedelta(microseconds=-1), TalksRefusal.OFFER_EXPIRED),
    ],
)
def test_at_the_instant_of_its_end_an_offer_is_no_longer_accepted_or_refused(
    before_the_end: timedelta, refusal: Refusal | None
) -> None:
    at = LATER - before_the_end
    assert accept_refusal(replace(SELLER, confirmed_at=at), TABLE, at) is refusal
    assert refuse_refusal(SELLER, TABLE, at) is refusal


@pytest.mark.parametrize(
    ("by", "table", "refusal"),
    [
        (STRANGER, TABLE, WhoRefusal.NOT_YOURS),
        (SELLER, OVER, TalksRefusal.TALKS_OVER),
        (SELLER, QUIET, TalksRefusal.NO_OFFER),
        (BUYER, TABLE, TalksRefusal.OWN_OFFER),
        (SELLER, TABLE, None),
        (SELLER, GONE, None),
        (SELLER, ANEW, TalksRefusal.OFFER_LAPSED),
        (EDITOR, TABLE, None),
    ],
)
def test_only_the_other_side_refuses_an_offer(
    by: Actor, table: Table, refusal: Refusal | None
) -> None:
    assert refuse_refusal(by, table, AT) is refusal


@pytest.mark.parametrize(
    ("by", "table", "refusal"),
    [
        (STRANGER, TABLE, WhoRefusal.NOT_YOURS),
        (BUYER, OVER, TalksRefusal.TALKS_OVER),
        (BUYER, QUIET, TalksRefusal.NO_OFFER),
        (SELLER, TABLE, TalksRefusal.NOT_YOUR_OFFER),
        (BUYER, TABLE, None),
        (BUYER, GONE, None),
    ],
)
def test_only_its_maker_takes_an_offer_back(
    by: Actor, table: Table, refusal: Refusal | None
) -> None:
    assert take_back_refusal(by, table, AT) is refusal


@pytest.mark.parametrize(
    ("by", "table", "refusal"),
    [
        (STRANGER, TABLE, WhoRefusal.NOT_YOURS),
        (BUYER, OVER, TalksRefusal.TALKS_OVER),
        (BUYER, AGREED, TalksRefusal.TALKS_OVER),
        (BUYER, TABLE, None),
        (SELLER, TABLE, None),
        (SELLER, GONE, None),
    ],
)
def test_either_side_ends_open_talks(by: Actor, table: Table, refusal: Refusal | None) -> None:
    assert end_refusal(by, table, AT) is refusal


def test_the_turn_is_with_the_side_that_did_not_speak_last_until_the_offer_ends() -> None:
    assert turn(TABLE, AT) is Side.SELLER
    assert turn(SELLER_SPOKE, AT) is Side.BUYER
    assert turn(TABLE, LATER) is None
    assert turn(QUIET, AT) is None
    assert turn(ANEW, AT) is None


def test_nobody_opens_talks_on_a_patent_whose_term_has_ended() -> None:
    def asked(ends_at: datetime) -> Refusal | None:
        seller_class = SellerClass.PRIVATE_FIRM
        return open_refusal(
            BUYER, seller_id=1, seller_class=seller_class, live=True, at=AT, term_ends_at=ends_at
        )

    assert asked(AT) is TalksRefusal.TERM_ENDED
    assert asked(AT + timedelta(microseconds=1)) is None
