"""The pages of the figures: what they show, what they open to, what they refuse."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from market.kernel.authority import Role
from market.kernel.clock import set_clock
from market.kernel.db import Database
from tests import make, web
from tests.turnover.test_queries import Town

PRICES = (1_200_000, 340_000, 56_000)


@pytest.fixture(autouse=True)
def _clock(at: datetime) -> Iterator[None]:
    set_clock(lambda: at + timedelta(days=60))
    yield
    set_clock(None)


@pytest.fixture
def town(app: Flask, at: datetime) -> Town:
    """Three registered contracts of two sellers, one of them changed."""
    database: Database = app.extensions["market.database"]
    with database.transaction() as s:
        town = Town(s, at)
        _, other = make.party(s, at=at)
        for price, seller in zip(PRICES, (None, None, other), strict=True):
            key = town.register(price, at, seller=seller)
        town.revise(key, 50_000, at + timedelta(days=30))
    return town


@pytest.fixture
def director(app: Flask, town: Town, at: datetime) -> FlaskClient:
    """A director of that market."""
    database: Database = app.extensions["market.database"]
    with database.transaction() as s:
        person = make.user(s, Role.DIRECTOR, at=at).id
    return web.sign_in(app, person)


def links(page: str, part: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'href="([^"]*)"', page) if part in found]


def test_both_measures_stand_beside_each_other_and_the_total_is_the_sum(
    director: FlaskClient,
) -> None:
    page = director.get("/turnover").text
    assert "¥1,590,000.00" in page
    assert "¥3,180,000.00" not in page, "the two measures were added"
    assert page.index("Contract turnover") < page.index("Technology value")
    assert "As of 2026-05-09 10:00" in page


@pytest.mark.parametrize("by", ["city", "park", "kind", "month"])
def test_every_figure_opens_to_rows_whose_sum_it_is(director: FlaskClient, by: str) -> None:
    page = director.get(f"/turnover?by={by}").text
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    cells = re.findall(r'<a class="amount" href="([^"]+)" title="([^"]+)"', body)
    assert cells
    for href, amount in cells:
        rows = director.get(unescape(href))
        assert rows.status_code == 200
        assert amount in rows.text[rows.text.index("<tfoot>") :]


def test_every_contract_behind_a_figure_opens_its_timeline(director: FlaskClient) -> None:
    rows = director.get("/turnover/entries?first=2026-01-01&last=2026-12-31").text
    assert "-¥6,000.00" in rows
    timelines = set(links(rows, "/timeline"))
    assert len(timelines) == len(PRICES)
    for href in timelines:
        assert director.get(href).status_code == 200


def test_rows_are_turned_by_pages_and_summed_over_all_of_them(
    director: FlaskClient, town: Town, app: Flask, at: datetime
) -> None:
    database: Database = app.extensions["market.database"]
    with database.transaction() as s:
        town.s = s
        for _ in range(18):
            town.register(1, at)
    first = director.get("/turnover/entries").text
    assert "¥1,590,018.00" in first
    assert first.count("/timeline") == 20
    (following,) = set(links(first, "page=2"))
    second = director.get(following).text
    assert "¥1,590,018.00" in second
    assert second.count("/timeline") == 2
    for page in ("0", "x", "-1", "１"):
        assert director.get(f"/turnover/entries?page={page}").status_code == 404


def test_the_register_is_read_as_it_stood_on_a_past_day(director: FlaskClient) -> None:
    page = director.get("/turnover?as_of=2026-03-31").text
    assert "¥1,596,000.00" in page
    assert "As of 2026-03-31 23:59" in page
    assert all("as_of=2026-03-31" in href for href in links(page, "/turnover/entries"))
    rows = director.get(links(page, "/turnover/entries")[0]).text
    assert "¥1,596,000.00" in rows


@pytest.mark.parametrize("by", ["city", "month"])
def test_the_chart_is_drawn_for_everybody_and_without_style_or_script(
    director: FlaskClient, by: str
) -> None:
    page = director.get(f"/turnover?by={by}").text
    chart = page[page.index("<svg class=") : page.rindex("</svg>")]
    assert 'role="img" aria-labelledby="chart-title chart-desc"' in chart
    assert "<title id=" in chart
    assert "<desc id=" in chart
    assert "<rect" in chart
    assert "style=" not in page
    assert "<script" not in page


def test_the_pages_speak_chinese(director: FlaskClient) -> None:
    with director.session_transaction() as kept:
        kept["language"] = "zh_Hans"
    page = director.get("/turnover").text
    assert "技术交易额" in page
    assert "159.00万元" in page
    assert "单位：万元" in page
    assert "2026年3月" in director.get("/turnover?by=month").text


def test_an_empty_period_says_so_and_shows_the_way(director: FlaskClient) -> None:
    page = director.get("/turnover?first=2020-01-01&last=2020-12-31").text
    assert "Nothing was registered in this period." in page
    assert "<table" not in page
    (way,) = links(page, "first=2025-01-01&amp;last=2026-05-09")
    assert director.get(way).status_code == 200
    rows = director.get("/turnover/entries?by=month&key=2020-01&first=2020-01-01&last=2020-12-31")
    assert "No row of the register stands behind this figure." in rows.text


@pytest.mark.parametrize("path", ["/turnover", "/turnover/entries"])
@pytest.mark.parametrize(
    "query",
    [
        "by=colour",
        "first=2026-02-30",
        "first=2026-1-1",
        "first=1900-01-01",
        "last=９999-01-01",
        "first=2026-03-02&last=2026-03-01",
        "first=1951-01-01&last=2026-01-01",
        "as_of=yesterday",
        "colour=red",
        "by=city&by=kind",
        "first=%27%3B--",
    ],
)
def test_what_cannot_be_read_is_a_sentence_and_no_figure(
    director: FlaskClient, path: str, query: str
) -> None:
    answer = director.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<table" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "by=city&key=x",
        "by=month&key=2026-13",
        "by=month&key=0000-01",
        "by=kind&key=city",
        "key=430100",
    ],
)
def test_a_figure_that_cannot_be_is_refused(director: FlaskClient, query: str) -> None:
    answer = director.get(f"/turnover/entries?{query}")
    assert answer.status_code == 422
    assert "There is no such figure." in answer.text


@pytest.mark.parametrize("key", ["0000-00", "2026-13", "LOST"])
def test_a_park_nobody_knows_is_called_by_its_code(director: FlaskClient, key: str) -> None:
    answer = director.get(f"/turnover/entries?by=park&key={key}")
    assert answer.status_code == 200
    assert key in answer.text


def test_what_was_typed_stays_in_the_form(director: FlaskClient) -> None:
    answer = director.get("/turnover?first=2026-02-30&by=kind")
    assert 'value="2026-02-30"' in answer.text


def test_figures_are_for_directors_and_auditors(app: Flask, at: datetime) -> None:
    stranger = app.test_client()
    assert "/sign-in" in stranger.get("/turnover").headers["Location"]
    database: Database = app.extensions["market.database"]
    roles = {Role.AUDITOR: 200, Role.COMPANY: 403, Role.REGISTRAR: 403, Role.OPERATOR: 403}
    for role, status in roles.items():
        with database.transaction() as s:
            if role is Role.REGISTRAR:
                person = make.registrar(s, make.office(s, at), at).user_id
            else:
                person = make.user(s, role, at=at).id
        assert person is not None
        client = web.sign_in(app, person)
        for path in ("/turnover", "/turnover/entries"):
            assert client.get(path).status_code == status
