"""Whole journeys by HTTP only: pages, links, forms, and the commands of the machine room."""

import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from jinja2.bccache import BytecodeCache
from sqlalchemy import select

from config import PLAY_ACCOUNT, Settings
from market.app import create_app
from market.kernel.mail import Letter
from tests import journey, web
from tests.engines import Kit
from tests.journey import Town
from tests.pages import Abroad, Visitor
from tests.provider import Provider, providing

ROWS = """\
publication_numbers,title,ipc_subclasses
CN219900001U,一种带缓存的臂架油管折弯工装,B21D|F16L
CN119900002A,一种锂电极片涂布厚度在线测量方法,G01B|H01M
CN119900003B,一种混凝土泵车的臂架末端减振控制方法,E04G|G05B
"""


@pytest.fixture
def few_titles(tmp_path: Path) -> Path:
    """A small file of the shape of the real one."""
    written = tmp_path / "titles.csv"
    written.write_text(ROWS, encoding="utf-8")
    return written


@pytest.fixture
def titles(kit: Kit, language: str, few_titles: Path) -> Path:
    """The real file under MARKET_DATA, whole in one run and its end in the others, or our own."""
    folder = os.environ.get("MARKET_DATA")
    if not folder:
        return few_titles
    real = Path(folder) / "cn_patent_titles" / "titles.csv"
    if (kit.name, language) == ("sqlite", "zh_Hans"):
        return real
    lines = real.read_text(encoding="utf-8").splitlines(keepends=True)
    few_titles.write_text("".join([lines[0], *lines[-60:]]), encoding="utf-8")
    return few_titles


@pytest.fixture(params=["zh_Hans", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def town(app: Flask, language: str) -> Town:
    """A market with nobody in it."""
    return town_of(app, language)


def town_of(app: Flask, language: str, abroad: Abroad | None = None) -> Town:
    """The people of a market, who come by HTTP, and its machine room."""
    runner = app.test_cli_runner()

    def command(words: Sequence[str], typed: str) -> str:
        done = runner.invoke(args=list(words), input=typed)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.output

    letter = partial(web.letter_link, app.extensions["market.database"])
    post = app.extensions["market.settings"].instance / "mail"
    return Town(lambda: Visitor(app, abroad=abroad), command, language, letter, post)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture
def linked_town(
    provider: Provider, engine_url: str, tmp_path: Path, templates: BytecodeCache, language: str
) -> Iterator[Town]:
    """A market with nobody in it, whose people may sign in by a provider."""
    settings = Settings.for_tests(tmp_path, database_url=engine_url, openid=provider.openid)
    app = create_app(settings)
    app.jinja_env.bytecode_cache = templates
    yield town_of(app, language, provider.send_back)
    app.extensions["market.database"].dispose()


@pytest.fixture
def paying_town(
    engine_url: str, tmp_path: Path, templates: BytecodeCache, language: str
) -> Iterator[Town]:
    """A market with nobody in it, a bank account, and where play money is taken."""
    app = create_app(
        Settings.for_tests(tmp_path, database_url=engine_url, demo=True, bank=PLAY_ACCOUNT)
    )
    app.jinja_env.bytecode_cache = templates
    yield town_of(app, language)
    app.extensions["market.database"].dispose()


@pytest.fixture
def open_town(town: Town) -> Town:
    """A market that is open, with a seller and a buyer in it."""
    journey.open_market(town)
    journey.found_parties(town)
    return town


def test_a_patent_from_a_file_becomes_a_certified_contract(open_town: Town, titles: Path) -> None:
    town = open_town
    row = journey.import_titles(town, titles)
    listing_id = journey.complete_draft(town, row)
    journey.publish(town, row, listing_id)
    deal_id = journey.haggle(town, listing_id)
    contract_id = journey.contract_from_deal(town, deal_id, row)
    journey.conclude(town, contract_id)
    journey.note_recordal(town, contract_id)
    number, code = journey.register(town, contract_id, "1000000.00", "1000000.00")
    journey.verify_publicly(town, number, code)
    journey.read_figures(
        town, row.title, turnover="¥1,000,000.00", technology_value="¥1,000,000.00"
    )
    journey.prove_journal(town)


def test_a_price_is_paid_at_a_click_and_by_bank_and_the_books_read_zero(
    paying_town: Town, few_titles: Path
) -> None:
    journey.pay_a_deal(paying_town, few_titles)
    journey.prove_journal(paying_town)


def test_a_contract_from_outside_the_market_is_registered(open_town: Town) -> None:
    town = open_town
    contract_id = journey.contract_from_outside(town)
    journey.conclude(town, contract_id)
    number, code = journey.register(town, contract_id, "500,000.00", "420,000.00")
    journey.verify_publicly(town, number, code)
    journey.read_figures(
        town, "总装线节能改造技术服务", turnover="¥500,000.00", technology_value="¥420,000.00"
    )
    journey.prove_journal(town)


def test_a_state_university_hears_that_a_public_notice_comes_first(
    open_town: Town, few_titles: Path
) -> None:
    journey.meet_the_notice(open_town, few_titles)
    journey.prove_journal(open_town)


def test_a_forgotten_password_is_set_anew_by_a_letter(town: Town) -> None:
    town.join("seller", "researcher")
    journey.recover(town)
    journey.prove_journal(town)


def test_an_office_prepares_a_signatory_binds_and_a_suspended_member_is_out(
    open_town: Town, app: Flask
) -> None:
    town, seller = open_town, plain(open_town["seller"])
    house = seller.go("/me/parties").follow(journey.SELLER_PARTY).path
    office = plain(town.join("professor", "researcher"))
    seller.go(f"{house}/members").follow(to=r"/invitations$").look("invite")
    seller.fill(
        "/invitations",
        email="professor@people.example",
        seat="transfer-office",
        password=journey.PASSWORD,
    )
    seller.reads("professor@people.example").look("members")
    with app.extensions["market.database"].reading() as s:
        (letter,) = s.scalars(select(Letter).where(Letter.key.like("invitation%")))
    link = re.search(r"/invitations/[\w-]+", letter.plain)
    assert link is not None
    office.go(link.group()).reads(journey.SELLER_PARTY).look("invitation").fill("/accept")
    town.people["seller"] = office
    contract_id = journey.contract_from_outside(town)
    office.go(f"/contracts/{contract_id}").follow(to="/offer-text$").fill("/offer-text")
    assert office.go(f"/contracts/{contract_id}/sign").status == 403
    town.people["seller"] = seller
    seller.go(f"/contracts/{contract_id}/sign").fill("/sign", password=journey.PASSWORD)
    seller.reads(town.said("You have signed."))
    verify(town, house)
    seller.go(f"{house}/members")
    member = re.findall(rf"{house}/members/\d+", seller.html)[-1]
    seller.go(member).look("member")
    assert office.go(f"/contracts/{contract_id}").status == 200
    sent = seller.form(member).sent({"password": journey.PASSWORD})
    assert seller.client.post(f"{member}/suspend", data=sent).status_code == 302
    assert office.go(f"/contracts/{contract_id}").status == 404
    journey.prove_journal(town)


def plain(visitor: journey.Visitor) -> Visitor:
    """A visitor by HTTP, who sees the status of an answer too."""
    assert isinstance(visitor, Visitor)
    return visitor


def verify(town: Town, house: str) -> None:
    """The party shows its papers; the operator sees them and verifies the party."""
    seller, operator = town["seller"], town["operator"]
    for kind in ("licence", "representative"):
        seller.go(f"{house}/papers").look("papers")
        seller.fill("/papers", kind=kind, reference="430104-7")
    for _each in range(2):
        operator.go("/home").follow(to=rf"{house}/papers$").look("papers-to-see").fill("/seen")
    operator.go(f"{house}/papers").fill("/verify").reads(town.said("The party is verified."))
    seller.go(house).reads(town.said("verified by the market"))


def test_a_second_factor_from_setting_it_up_to_a_recovery_code(town: Town) -> None:
    journey.carry_two_keys(town)
    journey.prove_journal(town)


def test_a_person_signs_in_by_the_provider_once_they_have_linked_it(
    linked_town: Town, provider: Provider
) -> None:
    journey.come_by_provider(linked_town, provider.openid.name)
    journey.prove_journal(linked_town)
