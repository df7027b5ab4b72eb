import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from market.deals.models import Deal
from market.kernel.authority import Actor, Role, Seat, WhoRefusal
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.listings import commands as listings
from market.listings.models import Listing
from market.listings.rules import Status
from market.negotiation.commands import make_offer
from market.negotiation.models import Negotiation, Offer
from market.negotiation.rules import OfferStatus, TalksRefusal, TalksStatus
from market.parties.models import Membership
from market.parties.rules import SellerClass
from tests import make, web

NEVER = 987_654
OFFER = {"price": "1,000,000.00", "expires_on": "2026-03-17", "message": "可一次付清。"}


@pytest.fixture(autouse=True)
def _clock(at: datetime) -> Iterator[None]:
    set_clock(lambda: at)
    yield
    set_clock(None)


@pytest.fixture
def database(app: Flask) -> Database:
    found = app.extensions["market.database"]
    assert isinstance(found, Database)
    return found


class Street:
    """A seller with a published listing, a company, and what they do in a browser."""

    def __init__(self, app: Flask, database: Database, at: datetime) -> None:
        self.app, self.database, self.at = app, database, at
        with database.transaction() as s:
            self.seller = make.party(s, at=at)[1]
            self.buyer = make.party(s, at=at)[1]
            self.listing_id = make.listing(s, self.seller, at=at).id
        self.way_in = f"/negotiation/listings/{self.listing_id}"

    def talks(self, buyer: Actor | None = None) -> str:
        with self.database.transaction() as s:
            listing = s.get_one(Listing, self.listing_id)
            return f"/negotiation/{make.talks(s, listing, buyer or self.buyer, at=self.at)}"

    def counter(self, table: str, price: int) -> None:
        with self.database.transaction() as s:
            week = self.at + timedelta(days=7)
            talks_id = int(table.rpartition("/")[2])
            make_offer(s, talks_id, make.yuan(price), week, by=self.seller, at=self.at)

    def signed_in(self, by: Actor, language: str = "en") -> FlaskClient:
        assert by.user_id is not None
        return web.sign_in(self.app, by.user_id, language=language)

    def offers(self) -> list[Offer]:
        with self.database.reading() as s:
            return list(s.scalars(select(Offer).order_by(Offer.id)))

    def status(self, table: str) -> TalksStatus:
        with self.database.reading() as s:
            return s.get_one(Negotiation, int(table.rpartition("/")[2])).status

    def deals(self) -> int:
        with self.database.reading() as s:
            return s.scalar(select(func.count()).select_from(Deal)) or 0


@pytest.fixture
def street(app: Flask, database: Database, at: datetime) -> Street:
    return Street(app, database, at)


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(offer_id|price)" value="([^"]+)"', page))


def text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


# ── the way in ───────────────────────────────────────────────────────────────────────────────────


def test_a_company_opens_talks_and_the_seller_finds_them(street: Street) -> None:
    buyer, seller = street.signed_in(street.buyer), street.signed_in(street.seller)
    answer = web.post(buyer, street.way_in, OFFER)
    assert answer.status_code == 302
    table = buyer.get(answer.location)
    assert "¥1,000,000.00" in table.text
    assert "可一次付清。" in table.text
    assert "7 days, 14 hours left" in text(table.text)  # until 24:00 of the 17th in Shanghai
    assert answer.location in seller.get(street.way_in).text
    assert "Waiting for you" in seller.get("/negotiation/").text
    assert "Waiting for the other side" in buyer.get("/negotiation/").text
    assert street.offers()[0].expires_at.isoformat() == "2026-03-17T16:00:00+00:00"


def test_a_company_in_talks_is_led_to_its_table(street: Street) -> None:
    table = street.talks()
    page = street.signed_in(street.buyer).get(street.way_in).text
    assert table in page
    assert 'name="price"' not in page


def test_a_stranger_is_invited_to_sign_in(street: Street, client: FlaskClient) -> None:
    page = client.get(street.way_in)
    assert page.status_code == 200
    assert "/sign-in?next=" in page.text
    assert 'name="price"' not in page.text
    assert client.post(street.way_in, data=OFFER).status_code in (302, 400)
    assert street.offers() == []


@pytest.mark.parametrize(
    ("seller_class", "refusal"),
    [
        (SellerClass.STATE_INSTITUTE, TalksRefusal.NOTICE_FIRST),
        (SellerClass.STATE_ENTERPRISE, TalksRefusal.OPEN_SALE_FIRST),
    ],
)
def test_where_the_law_forbids_talks_its_sentence_stands_in_place_of_the_form(
    street: Street, seller_class: SellerClass, refusal: TalksRefusal
) -> None:
    with street.database.transaction() as s:
        seller = make.party(s, at=street.at, seller_class=seller_class)[1]
        way_in = f"/negotiation/listings/{make.listing(s, seller, at=street.at).id}"
    client = street.signed_in(street.buyer)
    page = client.get(way_in)
    assert refusal.sentence in text(page.text)
    assert 'name="price"' not in page.text
    posted = web.post(client, way_in, OFFER, page=street.way_in)
    assert posted.status_code == 409
    assert refusal.sentence in text(posted.text)
    assert street.offers() == []


def test_the_form_asks_for_a_party_first(street: Street) -> None:
    with street.database.transaction() as s:
        alone = make.user(s, Role.COMPANY, at=street.at).id
    client = web.sign_in(street.app, alone)
    page = client.get(street.way_in)
    assert "/parties/new" in page.text
    posted = web.post(client, street.way_in, OFFER)
    assert posted.status_code == 403
    assert street.offers() == []


def test_a_draft_has_no_way_in_for_outsiders(street: Street) -> None:
    with street.database.transaction() as s:
        s.get_one(Listing, street.listing_id).status = Status.DRAFT
        make.unwatched(s)
    client = street.signed_in(street.buyer)
    never = client.get(f"/negotiation/listings/{NEVER}")
    assert never.status_code == 404
    assert web.same(client.get(street.way_in), never)
    assert web.same(web.post(client, street.way_in, OFFER, page="/"), never)


# ── bad input at the offer form ──────────────────────────────────────────────────────────────────

BAD_AMOUNTS = [
    *("", " ", "\u3000", "0", "0.00", "-1", "-0", "0.001", "1000.001"),  # A 1-3
    *("1e6", "0x10", "1_000", "+5", "NaN", "Infinity", "-Infinity"),  # A 5, 6
    *("1.000,00", "1 000", "1,00,000", "1,000,00", ",1", "1,"),  # A 7
    *("１０００", "١٠٠٠", "壹佰", "1000元", "¥1000"),  # A 8
    *("1000000000000000", "9007199254740993", "9223372036854775808", "1" + "0" * 40),  # A 9
    "9" * 10_000,  # A 10
]
BAD_DAYS = [
    *("", " ", "2026-02-30", "2025-13-01", "2026-03-17 24:60", "24:60"),  # B 27
    *("2026-03-17T00:00+14:30", "2026-03-17Z", "17.03.2026", "03/17/2026", "20260317"),  # B 28
    *("2026-03-09", "2026-06-08", "2027-03-17"),  # B 29: before today, past 90 days
    *("0001-01-01", "9999-12-31", "10000-01-01", "1949-12-31"),  # B 31
    *("1773705600000", "-1", "0", "2026-W12-2", "2026-076"),  # B 32
    *("二〇二六年三月十七日", "令和8-03-17", "２０２６-03-17"),  # B 33
]


@pytest.mark.parametrize(
    ("field", "typed"),
    [*(("price", typed) for typed in BAD_AMOUNTS), *(("expires_on", typed) for typed in BAD_DAYS)],
    ids=lambda typed: typed[:24],
)
@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_bad_input_gets_a_sentence_at_its_field_and_stays_as_typed(
    street: Street, field: str, typed: str
) -> None:
    client = street.signed_in(street.buyer)
    answer = web.post(client, street.way_in, {**OFFER, field: typed})
    ranged = typed in ("2026-03-09", "2026-06-08", "2027-03-17")
    assert answer.status_code == (409 if ranged else 422), answer.status
    error = re.search(rf'id="{field}-hint">\s*<p class="error"[^>]*>([^<]+)<', answer.text)
    assert error is not None
    assert f'value="{html.escape(typed) if typed.strip() else ""}"' in answer.text
    other = {"price": 'value="2026-03-17"', "expires_on": 'value="1,000,000.00"'}[field]
    assert other in answer.text
    assert "可一次付清。" in answer.text
    assert street.offers() == []


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({"currency": "USD"}, 422),  # A 11: the market names the currency
        ({"currency": "XXX"}, 422),
        ({"winner_id": "1"}, 422),  # A 21
        ({"side": "seller"}, 422),
        ({"price": ["1000", "1"]}, 422),  # A 18
        ({"expires_on": ["2026-03-17", "2026-03-18"]}, 422),
        ({"message": "x" * 2_001}, 422),
        ({"message": "x" * 100_000}, 422),
        ({"message": "Z" + "\u0301" * 500}, 422),
        ({"message": "a\0b"}, 400),
    ],
    ids=str,
)
def test_unknown_doubled_and_oversized_fields_are_refused(
    street: Street, extra: dict[str, object], status: int
) -> None:
    client = street.signed_in(street.buyer)
    assert web.post(client, street.way_in, {**OFFER, **extra}).status_code == status
    assert street.offers() == []


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("typed", "fen"),
    [("1000", 100_000), ("1,200,000.00", 120_000_000), ("0.01", 1), (" 5.5 ", 550)],
)
def test_well_formed_amounts_are_taken_exactly(street: Street, typed: str, fen: int) -> None:
    answer = web.post(street.signed_in(street.buyer), street.way_in, {**OFFER, "price": typed})
    assert answer.status_code == 302
    assert [offer.price_minor for offer in street.offers()] == [fen]


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_what_people_write_is_shown_as_text(street: Street) -> None:
    client = street.signed_in(street.buyer)
    hostile = "<script>alert(1)</script> {{7*7}} ' OR 1=1-- %s"
    answer = web.post(client, street.way_in, {**OFFER, "message": hostile})
    page = client.get(answer.location).text
    assert "<script>alert" not in page
    assert hostile in html.unescape(page)


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_the_day_named_is_the_last_day_on_which_the_offer_stands(
    street: Street, at: datetime
) -> None:
    client = street.signed_in(street.buyer)
    page = text(client.get(street.way_in).text)
    assert "2026-06-07" in page
    answer = web.post(client, street.way_in, {**OFFER, "expires_on": "2026-06-07"})
    assert answer.status_code == 302


# ── at the table ─────────────────────────────────────────────────────────────────────────────────


def test_the_two_sides_take_turns(street: Street) -> None:
    table = street.talks()
    buyer, seller = street.signed_in(street.buyer), street.signed_in(street.seller)
    assert "Waiting for the other side" in buyer.get(table).text
    assert "Your turn" in seller.get(table).text
    out_of_turn = web.post(buyer, f"{table}/offers", OFFER, page=table)
    assert out_of_turn.status_code == 409
    assert TalksRefusal.NOT_YOUR_TURN.sentence in text(out_of_turn.text)
    answered = web.post(seller, f"{table}/offers", {**OFFER, "price": "1100000"}, page=table)
    assert answered.status_code == 302
    page = buyer.get(table).text
    assert "Your turn" in page
    assert "¥1,100,000.00" in page
    assert "Answered with a counter-offer" in page
    assert [o.status for o in street.offers()] == [OfferStatus.COUNTERED, OfferStatus.STANDING]


def test_a_bad_counter_offer_stays_as_typed_at_the_table(street: Street) -> None:
    table = street.talks()
    seller = street.signed_in(street.seller)
    answer = web.post(seller, f"{table}/offers", {**OFFER, "price": "12万"}, page=table)
    assert answer.status_code == 422
    assert 'value="12万"' in answer.text
    assert len(street.offers()) == 1


@pytest.mark.parametrize(
    ("who", "act", "becomes"),
    [
        ("seller", "refuse", OfferStatus.REFUSED),
        ("buyer", "take-back", OfferStatus.WITHDRAWN),
        ("buyer", "end", OfferStatus.WITHDRAWN),
        ("seller", "end", OfferStatus.REFUSED),
    ],
)
def test_an_offer_is_refused_taken_back_or_falls_with_the_talks(
    street: Street, who: str, act: str, becomes: OfferStatus
) -> None:
    table = street.talks()
    client = street.signed_in(getattr(street, who))
    assert f"{table}/{act}" in client.get(table).text
    assert web.post(client, f"{table}/{act}", page=table).status_code == 302
    assert [offer.status for offer in street.offers()] == [becomes]
    again = web.post(client, f"{table}/{act}", page=table)
    assert again.status_code == 409
    ended = street.status(table) is TalksStatus.ENDED
    refusal = TalksRefusal.TALKS_OVER if ended else TalksRefusal.NO_OFFER
    assert refusal.sentence in text(again.text)


def test_the_wrong_side_gets_a_sentence(street: Street) -> None:
    table = street.talks()
    buyer, seller = street.signed_in(street.buyer), street.signed_in(street.seller)
    assert f"{table}/refuse" not in buyer.get(table).text
    assert f"{table}/take-back" not in seller.get(table).text
    refused = web.post(buyer, f"{table}/refuse", page=table)
    taken = web.post(seller, f"{table}/take-back", page=table)
    assert (refused.status_code, taken.status_code) == (409, 409)
    assert TalksRefusal.OWN_OFFER.sentence in text(refused.text)
    assert TalksRefusal.NOT_YOUR_OFFER.sentence in text(taken.text)


def publish_anew(street: Street, at: datetime) -> None:
    with street.database.transaction() as s:
        for step in (listings.withdraw, listings.redraft, listings.submit):
            step(s, street.listing_id, by=street.seller, at=at)
        listings.publish(s, street.listing_id, by=make.operator(s, at), at=at)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("The last offer lapsed", "Lapsed: the listing was published anew")),
        ("zh_Hans", ("上一份要约已失效", "已失效：成果已重新发布")),
    ],
)
def test_an_offer_from_before_the_listing_was_published_anew_is_shown_as_lapsed(
    street: Street, language: str, said: tuple[str, ...]
) -> None:
    table, later = street.talks(), street.at + timedelta(minutes=1)
    publish_anew(street, later)
    set_clock(lambda: later)
    seller = street.signed_in(street.seller, language)
    page = seller.get(table).text
    for words in said:
        assert words in page
    assert f"{table}/accept" not in page
    assert f"{table}/offers" in page
    assert seller.get(f"{table}/accept").status_code == 409


def test_an_editor_reads_why_no_offer_can_be_made(street: Street) -> None:
    table = street.talks()
    with street.database.transaction() as s:
        for seat in s.scalars(
            select(Membership).where(Membership.user_id == street.seller.user_id)
        ):
            seat.seat = Seat.EDITOR
        make.unwatched(s)
    page = street.signed_in(street.seller).get(table).text
    assert f"{table}/offers" not in page
    assert "Only a signatory of the party, or its transfer office" in page


def test_an_expired_offer_is_shown_as_expired_and_may_be_followed(
    street: Street, at: datetime
) -> None:
    table = street.talks()
    seller = street.signed_in(street.seller)
    set_clock(lambda: at + timedelta(days=7))
    seller = street.signed_in(street.seller)
    page = seller.get(table).text
    assert "Expired" in page
    assert "Either side may make a new offer." in page
    assert f"{table}/accept" not in page
    assert seller.get(f"{table}/accept").status_code == 409
    later = {**OFFER, "expires_on": "2026-03-24"}
    assert web.post(seller, f"{table}/offers", later, page=table).status_code == 302


# ── the acceptance ───────────────────────────────────────────────────────────────────────────────


def accepted(page: str, **over: str) -> dict[str, object]:
    return {**hidden(page), "password": make.PASSWORD, **over}


def test_an_acceptance_shows_the_exact_price_and_strikes_one_deal(street: Street) -> None:
    table = street.talks()
    seller = street.signed_in(street.seller)
    page = seller.get(f"{table}/accept").text
    assert hidden(page)["price"] == "1000000.00"
    assert "¥1,000,000.00" in page
    assert "final" in page
    answer = seller.post(
        f"{table}/accept",
        data={**accepted(page), **web.carried(seller, table)},
    )
    assert answer.status_code == 302
    deal = seller.get(answer.location).text
    assert "¥1,000,000.00" in deal
    assert "/contracts/new?deal=" in deal
    assert street.deals() == 1
    assert answer.location in seller.get(table).text


def test_a_second_submission_of_the_acceptance_gets_a_sentence_and_no_second_deal(
    street: Street,
) -> None:
    table = street.talks()
    seller = street.signed_in(street.seller)
    form = accepted(seller.get(f"{table}/accept").text)
    assert web.post(seller, f"{table}/accept", form).status_code == 302
    second = web.post(seller, f"{table}/accept", form, page=table)
    assert second.status_code == 409
    assert TalksRefusal.TALKS_OVER.sentence in text(second.text)
    assert street.deals() == 1


def test_a_moved_price_refuses_and_shows_the_new_offer(street: Street) -> None:
    table = street.talks()
    street.counter(table, 1_100_000)
    buyer = street.signed_in(street.buyer)
    form = accepted(buyer.get(f"{table}/accept").text)
    with street.database.transaction() as s:
        newer = s.get_one(Negotiation, int(table.rpartition("/")[2]))
        assert newer.standing is not None
        newer.standing.status = OfferStatus.WITHDRAWN
        make.unwatched(s)
    street.counter(table, 1_150_000)
    moved = web.post(buyer, f"{table}/accept", form)
    assert moved.status_code == 409
    assert TalksRefusal.PRICE_MOVED.sentence in text(moved.text)
    assert "¥1,150,000.00" in moved.text
    assert hidden(moved.text)["price"] == "1150000.00"
    assert street.deals() == 0
    assert web.post(buyer, f"{table}/accept", accepted(moved.text)).status_code == 302


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "over",
    [
        {"price": "999999.99"},
        {"price": "1000000.01"},
        {"price": "1"},
        {"price": "一百万"},
        {"offer_id": "0"},
        {"offer_id": "9" * 40},
        {"offer_id": "１"},
        {"offer_id": "1.0"},
    ],
    ids=str,
)
def test_a_tampered_acceptance_binds_nobody(street: Street, over: dict[str, str]) -> None:
    table = street.talks()
    seller = street.signed_in(street.seller)
    form = accepted(seller.get(f"{table}/accept").text, **over)
    answer = web.post(seller, f"{table}/accept", form)
    assert answer.status_code == 409
    assert TalksRefusal.PRICE_MOVED.sentence in text(answer.text)
    assert street.deals() == 0


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "over", [{"password": "wrong"}, {"password": ""}, {"offer_id": ""}, {"price": ""}], ids=str
)
def test_an_acceptance_without_its_password_or_offer_binds_nobody(
    street: Street, over: dict[str, str]
) -> None:
    table = street.talks()
    seller = street.signed_in(street.seller)
    form = accepted(seller.get(f"{table}/accept").text, **over)
    answer = web.post(seller, f"{table}/accept", form)
    assert answer.status_code in (409, 422)
    assert 'class="error"' in answer.text or "flash-error" in answer.text
    assert street.deals() == 0


def test_the_maker_of_an_offer_cannot_reach_the_confirmation(street: Street) -> None:
    table = street.talks()
    page = street.signed_in(street.buyer).get(f"{table}/accept")
    assert page.status_code == 409
    assert TalksRefusal.OWN_OFFER.sentence in text(page.text)


# ── outsiders ────────────────────────────────────────────────────────────────────────────────────


def test_outsiders_cannot_tell_a_table_from_one_that_never_was(street: Street) -> None:
    table, never = street.talks(), f"/negotiation/{NEVER}"
    with street.database.transaction() as s:
        stranger = make.party(s, at=street.at)[1]
    client = street.signed_in(stranger)
    for path in ("", "/accept"):
        seen, unseen = client.get(table + path), client.get(never + path)
        assert unseen.status_code == 404
        assert web.same(seen, unseen)
    posts: dict[str, dict[str, str]] = {
        "/offers": OFFER,
        "/accept": {"offer_id": "1", "price": "1000000.00", "password": make.PASSWORD},
        "/refuse": {},
        "/take-back": {},
        "/end": {},
    }
    for path, body in posts.items():
        for filled in (body, {}):
            form = {**web.carried(client, "/"), **filled}
            seen, unseen = (
                client.post(table + path, data=form),
                client.post(never + path, data=form),
            )
            assert unseen.status_code == 404
            assert web.same(seen, unseen), path
    assert street.status(table) is TalksStatus.OPEN


def test_the_auditor_reads_and_has_no_buttons(street: Street) -> None:
    table = street.talks()
    with street.database.transaction() as s:
        auditor = make.user(s, Role.AUDITOR, at=street.at).id
    client = web.sign_in(street.app, auditor)
    sealed = client.get(table)
    assert sealed.status_code == 403
    assert text(WhoRefusal.CASE_NEEDED.sentence) in text(sealed.text)
    case = {"number": "审2026-7", "reason": "举报"}
    assert web.post(client, "/record/case", case).status_code == 302
    page = client.get(table)
    assert page.status_code == 200
    assert f"{table}/" not in page.text
    assert web.post(client, f"{table}/end", page=table).status_code == 403


def test_strangers_are_sent_to_sign_in(street: Street, client: FlaskClient) -> None:
    for path in (street.talks(), "/negotiation/"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert "/sign-in" in answer.location


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize("page", ["0", "-1", "abc", "1.5", "100001", "1e3", "１", ""])
def test_a_page_that_is_none_is_not_found(street: Street, page: str) -> None:
    client = street.signed_in(street.buyer)
    assert client.get("/negotiation/", query_string={"page": page}).status_code == 404
    assert client.get("/negotiation/?page=2").status_code == 200


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize("act", ["offers", "refuse", "take-back", "end"])
def test_looking_changes_nothing(street: Street, act: str) -> None:
    table = street.talks()
    client = street.signed_in(street.seller)
    assert client.get(f"{table}/{act}").status_code == 405
    assert client.post(f"{table}/{act}").status_code == 400  # no token
    assert [offer.status for offer in street.offers()] == [OfferStatus.STANDING]
