"""Front page, homes, timelines: each person sees what is theirs, and nothing of others' talks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.contracts import commands as contracts
from market.contracts.terms import Kind
from market.kernel.authority import Actor, Role
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.kernel.journal import checkpoint
from market.listings import commands as listings
from market.listings.sheet import LicenceType, OwnerFacts, Way
from market.negotiation import commands as negotiation
from market.parties.queries import get_party
from market.places.models import Registry
from market.registry import commands as registry
from tests import make, web

CANARY = make.yuan(777_777)
CANARY_SHOWN = "777,777"
NOTE = "金丝雀附言"
OFFERED = make.yuan(1_000_000)


@pytest.fixture(autouse=True)
def _clock(at: datetime) -> Iterator[None]:
    set_clock(lambda: at)
    yield
    set_clock(None)


@dataclass
class Story:
    """One result, two buyers: one gets it, the other's price is the canary; then a contract."""

    app: Flask
    seller: Actor
    buyer: Actor
    loser: Actor
    first: Actor
    second: Actor
    listing_id: int
    contract_id: int
    application_id: int

    @property
    def timeline(self) -> str:
        return f"/contracts/{self.contract_id}/timeline"

    @property
    def whole(self) -> str:
        return f"/listings/{self.listing_id}/timeline"

    def page(self, by: Actor, path: str, language: str = "en") -> str:
        answer = self.client(by, language).get(path)
        assert answer.status_code == 200
        return answer.text

    def client(self, by: Actor, language: str = "en") -> FlaskClient:
        assert by.user_id is not None
        return web.sign_in(self.app, by.user_id, language=language)

    def certify(self, at: datetime) -> None:
        with self.app.extensions["market.database"].transaction() as s:
            by = confirmed(self.first, at)
            amounts = OFFERED, OFFERED
            registry.pass_review(s, self.application_id, *amounts, by=by, at=at)
            registry.certify(s, self.application_id, by=confirmed(self.second, at), at=at)


@pytest.fixture
def database(app: Flask) -> Database:
    found = app.extensions["market.database"]
    assert isinstance(found, Database)
    return found


@pytest.fixture
def story(app: Flask, database: Database, at: datetime) -> Story:
    with database.transaction() as s:
        office = make.office(s, at)
        first, second = (make.registrar(s, office, at) for _ in range(2))
        seller, buyer, loser = (make.party(s, at=at)[1] for _ in range(3))
        listing = make.listing(
            s,
            seller,
            at=at,
            way=Way.LICENSE,
            licence_type=LicenceType.ORDINARY,
            licences_offered=3,
        )
        make.talks(s, listing, loser, at=at, price=CANARY)
        deal = make.deal(s, listing, seller, buyer, at=at)
        # The canary buys too: its deal on the same listing is nobody else's business either.
        theirs = negotiation.open_talks(s, listing.id, CANARY, at + WEEK, by=extra(s, at), at=at)
        assert theirs.standing is not None
        negotiation.accept_offer(
            s, theirs.id, offer_id=theirs.standing.id, price=CANARY, by=seller, at=at
        )
        paper = make.contract(
            s,
            seller,
            buyer,
            at=at,
            deal=deal,
            turnover=deal.price,
            subject=NOTE * 10,
            kind=Kind.LIC_P,
            licence_type=LicenceType.ORDINARY,
            rights="发明专利",
        )
        filed = registry.apply(s, paper.id, by=seller, at=at)
        registry.accept(s, filed.id, by=first, at=at)
        registry.ask_correction(s, filed.id, NOTE, by=first, at=at)
        registry.resubmit(s, filed.id, by=seller, at=at)
        registry.accept(s, filed.id, by=first, at=at)
        ids = listing.id, paper.id, filed.id
    return Story(app, seller, buyer, loser, first, second, *ids)


WEEK = timedelta(days=7)


def owned(s: Session, seller: Actor) -> tuple[OwnerFacts, ...]:
    assert seller.party_id is not None
    return make.owned_by(get_party(s, seller.party_id))


def extra(s: Session, at: datetime) -> Actor:
    return make.party(s, at=at)[1]


def open_case(client: FlaskClient) -> None:
    case = {"number": "审2026-7", "reason": "接到举报"}
    assert web.post(client, "/record/case", case).status_code == 302


# ── timelines ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_the_parties_follow_their_own_deal_and_learn_nothing_of_other_buyers(
    story: Story, side: str
) -> None:
    page = story.page(getattr(story, side), story.timeline)
    assert "published the result" in page
    assert "offered ¥1,000,000.00" in page
    assert "The deal was struck at ¥1,000,000.00." in page
    assert "the contract is concluded" in page
    assert "filed the contract with the registry 430100" in page
    assert NOTE in page
    assert CANARY_SHOWN not in page


def test_the_auditor_follows_the_deal_and_the_whole_listing(
    story: Story, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        auditor = make.actor(s, make.user(s, Role.AUDITOR, at=at), at)
    client = story.client(auditor)
    for path in (story.timeline, story.whole):
        sealed = client.get(path).text
        assert "The talks are sealed" in sealed
        assert "offered ¥" not in sealed
    open_case(client)
    assert "offered ¥1,000,000.00" in client.get(story.timeline).text
    assert CANARY_SHOWN in client.get(story.whole).text


def test_the_registry_sees_the_deal_and_not_the_bargaining(story: Story) -> None:
    page = story.page(story.first, story.timeline)
    assert "The deal was struck at ¥1,000,000.00." in page
    assert "offered ¥" not in page
    assert CANARY_SHOWN not in page
    assert NOTE in page


def test_a_director_reads_a_registered_contract_by_its_coded_facts(
    story: Story, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        director = make.actor(s, make.user(s, Role.DIRECTOR, at=at), at)
    client = story.client(director)
    assert client.get(story.timeline).status_code == 404, "nothing of it is counted yet"
    story.certify(at)
    page = client.get(story.timeline).text
    assert "certified the contract as the second registrar" in page
    assert "asked for corrected papers" in page
    for hidden in (NOTE, CANARY_SHOWN, "The deal was struck", "offered ¥", "To the contract"):
        assert hidden not in page
    assert client.get(f"/contracts/{story.contract_id}").status_code == 404
    assert client.get(story.whole).status_code == 404


def test_to_everybody_else_there_is_no_such_timeline(
    story: Story, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        elsewhere = make.registrar(s, make.office(s, at, "430200"), at)
        operator = make.operator(s, at)
    for by in (story.loser, elsewhere, operator):
        client = story.client(by)
        mine, nobodys = client.get(story.timeline), client.get("/contracts/999999/timeline")
        assert mine.status_code == 404
        assert web.same(mine, nobodys)
    for by in (story.loser, story.buyer, story.first):
        client = story.client(by)
        mine, nobodys = client.get(story.whole), client.get("/listings/999999/timeline")
        assert mine.status_code == 404
        assert web.same(mine, nobodys)
    assert "/sign-in" in story.app.test_client().get(story.timeline).headers["Location"]


def test_the_operator_follows_a_listing_without_its_offers(story: Story, at: datetime) -> None:
    with story.app.extensions["market.database"].transaction() as s:
        operator = make.operator(s, at)
        auditor = make.actor(s, make.user(s, Role.AUDITOR, at=at), at)
    for by, reads in ((operator, False), (auditor, True), (story.seller, True)):
        client = story.client(by)
        if by is auditor:
            open_case(client)
        page = client.get(story.whole).text
        assert story.timeline in page
        assert "published the result" in page
        assert (CANARY_SHOWN in page) is reads
        assert ("opened talks" in page) is reads


def test_a_timeline_names_who_acted_for_whom_and_shows_the_hash(story: Story) -> None:
    page = story.page(story.buyer, story.timeline)
    assert re.search(r"张三\d+ of 湘江某公司\d+ opened talks\.", page)
    assert re.search(r'class="mono" title="[0-9a-f]{64}">[0-9a-f]{10}<', page)
    assert "2026-03-10 10:00" in page


def test_a_timeline_is_told_in_the_language_of_each_reader(story: Story) -> None:
    assert "洽谈" in story.page(story.buyer, story.timeline, "zh_Hans")
    english = story.page(story.buyer, story.timeline)
    assert "洽谈" not in english
    assert "Talks" in english


# ── homes ────────────────────────────────────────────────────────────────────────────────────────


def home(story_app: Flask, by: Actor) -> str:
    assert by.user_id is not None
    answer = web.sign_in(story_app, by.user_id).get("/home")
    assert answer.status_code == 200
    return answer.text


def waiting(page: str) -> str:
    """The first part of a home: what waits."""
    return page[page.index('id="waiting"') : page.index("</section>", page.index('id="waiting"'))]


def test_what_waits_for_a_seller_comes_first_and_leads_there(
    app: Flask, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        seller, buyer = (make.party(s, at=at)[1] for _ in range(2))
        assert seller.party_id is not None
        asked = make.listing(s, seller, at=at)
        talks_id = make.talks(s, asked, buyer, at=at)
        sold = make.listing(s, seller, at=at, rights=(make.right(),))
        deal_id = make.deal(s, sold, seller, buyer, at=at).id
        returned = listings.draft(
            s, seller.party_id, make.sheet(owners=owned(s, seller)), by=seller, at=at
        )
        listings.submit(s, returned.id, by=seller, at=at)
        listings.return_to_draft(s, returned.id, "图不清", by=make.operator(s, at), at=at)
        returned_id = returned.id
    mine = waiting(home(app, seller))
    assert "An offer waits for your answer" in mine
    assert f'href="/negotiation/{talks_id}"' in mine
    assert f"/deals/{deal_id}" in mine
    assert f"/listings/{returned_id}/edit" in mine
    theirs = waiting(home(app, buyer))
    assert "An offer waits" not in theirs, "the buyer has just offered: it is not their turn"
    assert f"/deals/{deal_id}" in theirs
    assert str(returned_id) not in re.findall(r"/listings/(\d+)/edit", theirs)


def test_an_expired_offer_waits_for_nobody(app: Flask, database: Database, at: datetime) -> None:
    with database.transaction() as s:
        seller, buyer = (make.party(s, at=at)[1] for _ in range(2))
        make.talks(s, make.listing(s, seller, at=at), buyer, at=at)
    assert "An offer waits" in home(app, seller)
    set_clock(lambda: at + timedelta(days=8))
    assert "An offer waits" not in home(app, seller)


def test_an_offer_from_before_the_listing_was_published_anew_waits_for_nobody(
    app: Flask, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        seller, buyer = (make.party(s, at=at)[1] for _ in range(2))
        listing = make.listing(s, seller, at=at)
        make.talks(s, listing, buyer, at=at)
        later = at + timedelta(minutes=1)
        listings.withdraw(s, listing.id, by=seller, at=later)
        listings.redraft(s, listing.id, by=seller, at=later)
        listings.submit(s, listing.id, by=seller, at=later)
        listings.publish(s, listing.id, by=make.operator(s, later), at=later)
    set_clock(lambda: later)
    assert "An offer waits" not in home(app, seller)


def test_a_contract_waits_for_the_side_that_has_not_signed(
    app: Flask, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        make.office(s, at)
        seller, buyer = (make.party(s, at=at)[1] for _ in range(2))
        assert seller.party_id is not None
        assert buyer.party_id is not None
        terms = make.terms()
        paper = contracts.draft(s, seller.party_id, buyer.party_id, terms, by=seller, at=at)
        contracts.offer_text(s, paper.id, by=seller, at=at)
        assert paper.text_hash is not None
        contracts.sign(s, paper.id, paper.text_hash, by=seller, at=at)
        contract_id, text_hash = paper.id, paper.text_hash
    assert "A contract waits for your signature" not in home(app, seller)
    assert "A contract waits for your signature" in waiting(home(app, buyer))
    with database.transaction() as s:
        contracts.sign(s, contract_id, text_hash, by=confirmed(buyer, at), at=at)
    assert "A signed contract can be filed for registration" in waiting(home(app, seller))
    assert "A signed contract can be filed" not in home(app, buyer), "the seller's side files"


def test_a_registrar_is_not_sent_to_certify_their_own_review(
    story: Story, database: Database, at: datetime
) -> None:
    assert "An application waits for its review" in waiting(home(story.app, story.second))
    with database.transaction() as s:
        by = confirmed(story.first, at)
        registry.pass_review(s, story.application_id, OFFERED, OFFERED, by=by, at=at)
    assert "second registrar" not in waiting(home(story.app, story.first))
    second = waiting(home(story.app, story.second))
    assert "An application waits for the second registrar" in second
    assert f"/{story.application_id}" in second


def test_an_overdue_review_is_marked_so(story: Story, at: datetime) -> None:
    set_clock(lambda: at + timedelta(days=90))
    page = home(story.app, story.second)
    assert "overdue since" in waiting(page)
    assert 'class="late"' in page


@pytest.mark.parametrize(
    ("role", "own", "foreign"),
    [
        (Role.OPERATOR, "Operating the market", ("Journal", "Figures", "Administration")),
        (Role.DIRECTOR, "Figures", ("Journal", "Operating the market", "Administration")),
        (Role.AUDITOR, "Journal", ("Figures", "Operating the market", "Administration")),
        (Role.ADMINISTRATOR, "Administration", ("Journal", "Figures", "Operating the market")),
        (Role.BROKER, "Brokerage", ("Journal", "Figures", "Administration")),
    ],
)
def test_each_role_has_its_own_home_and_no_other(
    app: Flask, database: Database, at: datetime, role: Role, own: str, foreign: tuple[str, ...]
) -> None:
    with database.transaction() as s:
        person = make.actor(s, make.user(s, role, at=at), at)
        checkpoint(s, at=at)
    page = home(app, person)
    assert f"<h2>{own}</h2>" in page
    for heading in foreign:
        assert f"<h2>{heading}</h2>" not in page


def test_a_person_of_two_roles_has_both_parts(app: Flask, database: Database, at: datetime) -> None:
    with database.transaction() as s:
        person = make.actor(s, make.user(s, Role.DIRECTOR, Role.OPERATOR, at=at), at)
    page = home(app, person)
    assert "<h2>Figures</h2>" in page
    assert "<h2>Operating the market</h2>" in page


def test_an_operator_is_led_to_submitted_results_and_doubtful_codes(
    app: Flask, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        seller = make.party(s, at=at)[1]
        assert seller.party_id is not None
        waits = listings.draft(
            s, seller.party_id, make.sheet(owners=owned(s, seller)), by=seller, at=at
        )
        listings.submit(s, waits.id, by=seller, at=at)
        code = make.uscc()
        wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
        doubtful, _ = make.party(s, at=at, uscc=wrong, uscc_check_ok=False)
        operator, ids = make.operator(s, at), (waits.id, doubtful.id)
    mine = waiting(home(app, operator))
    assert f"/listings/{ids[0]}" in mine
    assert f"/parties/{ids[1]}" in mine


def test_who_has_no_party_is_led_to_found_one(app: Flask, database: Database, at: datetime) -> None:
    with database.transaction() as s:
        person = make.actor(s, make.user(s, Role.COMPANY, at=at), at)
    mine = waiting(home(app, person))
    assert "Found the organisation or person you act for" in mine


def test_a_registrar_with_an_empty_queue_is_told_so(
    app: Flask, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        person = make.registrar(s, make.office(s, at), at)
    page = home(app, person)
    assert "No review clock is running." in page
    assert "Nothing waits for you just now." in page


def test_home_is_for_those_who_signed_in(client: FlaskClient) -> None:
    assert "/sign-in" in client.get("/home").headers["Location"]


# ── the front page ───────────────────────────────────────────────────────────────────────────────


def register(s: Session, office: Registry, sellers: int, at: datetime) -> None:
    first, second = (make.registrar(s, office, at) for _ in range(2))
    _, buyer = make.party(s, at=at)
    parties = [make.party(s, at=at)[1] for _ in range(sellers)]
    for number in range(3):
        seller = parties[number % sellers]
        signed = make.contract(s, seller, buyer, at=at, turnover=make.yuan(1_234_000))
        make.registration(s, signed, seller, first, second, at=at)


@pytest.mark.parametrize(("sellers", "shown"), [(2, True), (1, False)])
def test_figures_are_published_only_where_no_contract_can_be_told_apart(
    app: Flask, client: FlaskClient, database: Database, at: datetime, sellers: int, shown: bool
) -> None:
    with database.transaction() as s:
        register(s, make.office(s, at), sellers, at)
    with client.session_transaction() as kept:
        kept["language"] = "en"
    running = client.get("/").text
    assert "3.70" not in running, "the month is not over"
    set_clock(lambda: at + timedelta(days=30))
    page = client.get("/").text
    assert ("¥3.70 million" in page) is shown
    assert ("up to the end of March 2026" in page) is shown
    assert ("Figures appear here once" in page) is not shown


def test_the_front_page_is_open_to_everybody_and_honest_about_what_is_coming(
    client: FlaskClient,
) -> None:
    with client.session_transaction() as kept:
        kept["language"] = "en"
    page = client.get("/").text
    assert page.count("Not open on this market yet.") == 2
    assert "No result is on the market yet." in page
    assert re.search(r'<form class="hero-search" method="get" action="/listings/?"', page)
    assert "style=" not in page
    assert "<script" not in page


def test_the_front_page_shows_the_five_newest_results_and_no_draft(
    client: FlaskClient, database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        _, seller = make.party(s, at=at)
        assert seller.party_id is not None
        for number in range(6):
            later = at + timedelta(hours=number)
            make.listing(
                s,
                confirmed(seller, later),
                at=later,
                title=f"成果第{number}号",
                rights=(make.right(),),
            )
        listings.draft(s, seller.party_id, make.sheet(title="尚未公开"), by=seller, at=at)
    page = client.get("/").text
    shown = [int(n) for n in re.findall(r"成果第(\d)号", page)]
    assert shown == [5, 4, 3, 2, 1]
    assert "尚未公开" not in page
