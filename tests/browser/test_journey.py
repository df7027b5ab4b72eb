"""The journey of ``tests/journey.py`` in a real Chromium, with pictures of every page."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from config import PLAY_ACCOUNT, Settings
from market.app import create_app
from market.demo.world import PASSWORD, load_if_empty
from market.identities.gateway import OpenIdGateway
from market.identities.views import WAY_BACK
from market.kernel.clock import now
from tests import journey, web
from tests.browser.chromium import Album, ChromiumVisitor, chromium, serving
from tests.engines import ROOT
from tests.journey import Town
from tests.legs import need_chromium
from tests.provider import providing
from tests.test_stories import ROWS

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("kit", ["sqlite"], indirect=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(need_chromium()) as opened:
        yield opened


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serving(app) as found:
        yield found


@pytest.fixture
def album() -> Album:
    """The pictures of ``screenshots/``, which git does not keep."""
    return Album(ROOT / "screenshots")


@pytest.fixture
def arrive(browser: Browser, address: str, album: Album) -> Callable[[], ChromiumVisitor]:
    return lambda: ChromiumVisitor(browser, address, album)


def test_the_whole_journey_looks_and_reads_well(
    app: Flask, arrive: Callable[[], ChromiumVisitor], album: Album, tmp_path: Path
) -> None:
    source = tmp_path / "titles.csv"
    source.write_text(ROWS, encoding="utf-8")
    runner = app.test_cli_runner()

    def command(words: Sequence[str], typed: str) -> str:
        return runner.invoke(args=list(words), input=typed).output

    letter = partial(web.letter_link, app.extensions["market.database"])
    post = app.extensions["market.settings"].instance / "mail"
    town = Town(arrive, command, "zh_Hans", letter, post)
    journey.open_market(town)
    journey.found_parties(town)
    row = journey.import_titles(town, source)
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
    journey.recover(town)
    assert not album.faults, "\n".join(album.faults)


def test_the_keys_of_an_account_look_and_read_well(
    engine_url: str, browser: Browser, album: Album, tmp_path: Path
) -> None:
    with providing() as provider:
        openid = provider.openid
        app = create_app(Settings.for_tests(tmp_path, database_url=engine_url, openid=openid))
        with serving(app) as address:
            app.extensions["market.provider"] = OpenIdGateway(openid, address + WAY_BACK)
            letter = partial(web.letter_link, app.extensions["market.database"])
            town = Town(
                lambda: ChromiumVisitor(browser, address, album), _silent, "zh_Hans", letter
            )
            journey.carry_two_keys(town)
            journey.come_by_provider(town, openid.name)
        app.extensions["market.database"].dispose()
    assert not album.faults, "\n".join(album.faults)


def test_paying_looks_and_reads_well(
    engine_url: str, browser: Browser, album: Album, tmp_path: Path
) -> None:
    settings = Settings.for_tests(tmp_path, database_url=engine_url, demo=True, bank=PLAY_ACCOUNT)
    app = create_app(settings)
    source = tmp_path / "titles.csv"
    source.write_text(ROWS, encoding="utf-8")
    runner = app.test_cli_runner()
    letter = partial(web.letter_link, app.extensions["market.database"])
    with serving(app) as address:
        town = Town(
            lambda: ChromiumVisitor(browser, address, album),
            lambda words, typed: runner.invoke(args=list(words), input=typed).output,
            "zh_Hans",
            letter,
            settings.instance / "mail",
        )
        journey.pay_a_deal(town, source)
    app.extensions["market.database"].dispose()
    assert not album.faults, "\n".join(album.faults)


def _silent(_words: Sequence[str], _typed: str) -> str:
    """Nobody is in the machine room."""
    return ""


BANNER = "演示"
TOUR = {
    "": ("/", "/post", "/listings/", "/listings/?q=储能", "/rulebook/", "/verify/unknown"),
    "researcher": (
        *("/home", "/listings/mine", "/listings/new", "/negotiation/"),
        *("/me", "/me/record", "/me/data", "/me/data/erase"),
        *("/parties/7", "/parties/7/members", "/parties/7/papers", "/parties/7/ties"),
        *("/money", "/money/payouts", "/money/payout-account", "/money/accounts/proceeds"),
    ),
    "company": (
        *("/home", "/inbox", "/contracts/", "/deals/", "/registry/applications", "/listings/1"),
        *("/money", "/money/obligations/7"),
    ),
    "farm": ("/money/royalties", "/money/royalties/1", "/money/royalties/1/declare"),
    "seed": ("/money/royalties/1", "/money/statements/1/inspection"),
    "operator": (
        *("/home", "/listings/submitted", "/parties", "/parties/1", "/parties/7/papers"),
        *("/inbox/letters", "/rulebook/amend"),
        *("/money/board", "/bank/", "/bank/statements", "/bank/statements/1"),
        *("/money/deposits", "/money/sending"),
    ),
    "registrar1": ("/home", "/registry/queue"),
    "director": (
        "/home",
        "/turnover",
        "/turnover?by=month",
        "/turnover?by=park",
        "/turnover/entries",
    ),
    "auditor": (
        *("/home", "/contracts/1/timeline", "/listings/1/timeline"),
        *("/record", "/record?act=party.verified", "/record/entries/100", "/record/case"),
        "/parties/7/timeline",
    ),
    "administrator": (
        *("/home", "/users", "/users/3/roles", "/venues", "/registries", "/money/entries"),
    ),
}


def test_the_demo_world_looks_and_reads_well(
    engine_url: str, browser: Browser, album: Album, tmp_path: Path
) -> None:
    settings = Settings.for_tests(tmp_path, database_url=engine_url, demo=True, bank=PLAY_ACCOUNT)
    app = create_app(settings)
    with app.app_context():
        load_if_empty(now())
    with serving(app) as address:
        _tour(lambda: ChromiumVisitor(browser, address, album))
    app.extensions["market.database"].dispose()
    assert not album.faults, "\n".join(album.faults)


def _tour(arrive: Callable[[], ChromiumVisitor]) -> None:
    for who, paths in TOUR.items():
        visitor = arrive().reads(BANNER)
        if who:
            visitor.go("/sign-in").fill("/sign-in", email=f"{who}@demo.example", password=PASSWORD)
            _second_step(visitor)
        for path in paths:
            name = path.strip("/").replace("/", "-").replace("?", "-").replace("=", "-")
            visitor.go(path).look(f"demo-{who or 'stranger'}-{name or 'front'}")


def _second_step(visitor: ChromiumVisitor) -> None:
    """Staff of the demo read the code on the page itself."""
    if visitor.path == "/sign-in/second-factor":
        visitor.look("demo-second-step")
        shown = re.search(r"\d{3} \d{3}", visitor.text)
        assert shown is not None, visitor.text
        visitor.fill("/second-factor", code=shown[0])


def test_the_keyboard_is_enough(arrive: Callable[[], ChromiumVisitor], album: Album) -> None:
    visitor = arrive()
    for path in ("/", "/listings/", "/sign-in", "/sign-up", "/verify", "/rulebook/"):
        visitor.go(path)
        page = visitor.page
        page.keyboard.press("Tab")
        skip = page.locator("a[href='#main']")
        assert skip.evaluate("e => e === document.activeElement"), path
        box = skip.bounding_box()
        assert box is not None, path
        assert box["width"] > 40, path
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")
        visitor.go(path)
        count = page.locator("a:visible, button:visible, input:visible, select:visible").count()
        for _ in range(count):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e);
                return [e.outerHTML.slice(0, 90), e.tagName !== 'BODY',
                        s.outlineStyle !== 'none' || s.boxShadow !== 'none']; }"""
            )
            if focused[1]:
                assert focused[2], f"{path}: nothing shows that {focused[0]} has the focus"
    assert not album.faults, "\n".join(album.faults)
