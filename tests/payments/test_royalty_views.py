"""The pages of royalties: a period declared in two steps, corrected, inspected and answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from market.kernel.authority import Actor
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.payments.royalty_models import RoyaltyAgreement, RoyaltyStatement
from tests import make, web

AFTER = datetime(2026, 4, 10, 2, 0, tzinfo=UTC)
"""Ten days after the first quarter, on which the royalty's first period ends."""


@dataclass
class Scene:
    """A royalty of three percent of sales, its two sides and a stranger, each with a browser."""

    app: Flask
    database: Database
    licensee: Actor
    licensor: Actor
    stranger: Actor
    agreement: int

    def enter(self, by: Actor, language: str = "en") -> FlaskClient:
        assert by.user_id is not None
        return web.sign_in(self.app, by.user_id, language=language)

    @property
    def path(self) -> str:
        return f"/money/royalties/{self.agreement}"

    def statements(self) -> list[RoyaltyStatement]:
        with self.database.reading() as s:
            found = s.get_one(RoyaltyAgreement, self.agreement).statements
            return list(found)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    set_clock(lambda: AFTER)
    yield
    set_clock(None)


@pytest.fixture
def scene(app: Flask, at: datetime) -> Scene:
    found = app.extensions["market.database"]
    with found.transaction() as s:
        (one, licensor), (two, licensee), (_, stranger) = (
            make.party(s, at=at, name=name) for name in ("湘江研究院", "麓谷新能源", "旁人公司")
        )
        agreed = make.royalty(s, one, two, at=at).id
    return Scene(app, found, licensee, licensor, stranger, agreed)


def typed(**over: object) -> dict[str, object]:
    return {"place": 1, "base": "1,000,000.50", "evidence": "销售明细账 2026-Q1", **over}


def declare(scene: Scene, client: FlaskClient, **over: object) -> None:
    answer = web.post(client, f"{scene.path}/declare", typed(password=make.PASSWORD, **over))
    assert answer.status_code == 302, answer.text


def test_what_a_figure_earns_is_shown_before_it_is_declared(scene: Scene) -> None:
    client = scene.enter(scene.licensee)
    assert "Declare this period" in client.get(scene.path).text
    shown = web.post(client, f"{scene.path}/declare", typed())
    assert shown.status_code == 200
    assert "¥30,000.02" in shown.text
    assert 'name="password"' in shown.text
    assert scene.statements() == []
    declare(scene, client)
    (statement,) = scene.statements()
    assert statement.obligation_id is not None
    page = client.get(scene.path).text
    for words in ("¥1,000,000.50", "¥30,000.02", "销售明细账 2026-Q1", "To be paid"):
        assert words in page
    assert "is declared once its last day, June 30, 2026, has passed" in page
    assert "Royalty 1 of 4" in client.get(f"/money/obligations/{statement.obligation_id}").text


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("over", "status", "words"),
    [
        ({"base": "-1"}, 422, "base"),
        ({"base": "1,00"}, 422, "base"),
        ({"base": ""}, 422, "base"),
        ({"evidence": " "}, 422, "evidence"),
        ({"place": "2", "password": make.PASSWORD}, 409, "was declared meanwhile"),
        ({"password": "wrong"}, 422, "password"),
        ({"password": ""}, 422, "password"),
    ],
)
def test_a_wrong_figure_is_told_and_what_was_typed_stays(
    scene: Scene, over: dict[str, object], status: int, words: str
) -> None:
    client = scene.enter(scene.licensee)
    answer = web.post(client, f"{scene.path}/declare", typed(**over))
    assert (answer.status_code, words in answer.text) == (status, True)
    assert str(typed(**over)["base"]) in answer.text
    assert scene.statements() == []


def test_a_period_without_sales_is_declared(scene: Scene) -> None:
    client = scene.enter(scene.licensee)
    shown = web.post(client, f"{scene.path}/declare", typed(base="0"))
    assert "¥0.00" in shown.text
    declare(scene, client, base="0")
    assert [each.obligation_id for each in scene.statements()] == [None]


def test_a_correction_stands_beside_what_it_corrects(scene: Scene) -> None:
    client = scene.enter(scene.licensee)
    declare(scene, client)
    path = f"/money/statements/{scene.statements()[0].id}/correct"
    assert "Correct this statement" in client.get(scene.path).text
    assert web.post(client, path, typed(base="900,000")).status_code == 200
    sure = typed(base="900,000", password=make.PASSWORD)
    assert web.post(client, path, sure).status_code == 302
    old, new = scene.statements()
    assert (old.superseded_at, new.corrects_id) == (AFTER, old.id)
    page = client.get(scene.path).text
    assert "Corrected by a later statement" in page
    assert client.get(path).status_code == 409


def test_the_books_are_asked_for_and_the_answer_stands_there(scene: Scene) -> None:
    licensee, licensor = scene.enter(scene.licensee), scene.enter(scene.licensor)
    declare(scene, licensee)
    on = f"/money/statements/{scene.statements()[0].id}"
    assert licensee.get(f"{on}/answer").status_code == 409
    assert web.post(licensor, f"{on}/inspection", {"words": "请出示出库单"}).status_code == 302
    assert licensor.get(f"{on}/inspection").status_code == 409
    assert "请出示出库单" in licensee.get(f"{on}/answer").text
    assert web.post(licensee, f"{on}/answer", {"words": "下周一上午，财务部"}).status_code == 302
    for reader in (licensee, licensor):
        page = reader.get(scene.path).text
        assert "请出示出库单" in page
        assert "下周一上午，财务部" in page


def test_each_side_has_its_own_steps_and_a_stranger_sees_nothing(scene: Scene) -> None:
    licensee, licensor = scene.enter(scene.licensee), scene.enter(scene.licensor)
    declare(scene, licensee)
    on = f"/money/statements/{scene.statements()[0].id}"
    assert licensor.get(f"{scene.path}/declare").status_code == 403
    assert licensor.get(f"{on}/correct").status_code == 403
    assert licensee.get(f"{on}/inspection").status_code == 403
    assert "Ask to inspect the books" in licensor.get(scene.path).text
    stranger = scene.enter(scene.stranger)
    assert "No royalty runs" in stranger.get("/money/royalties").text
    for path in (scene.path, f"{scene.path}/declare"):
        never = stranger.get(path.replace(scene.path, "/money/royalties/987654"))
        assert web.same(stranger.get(path), never), path
    for page in ("correct", "inspection", "answer"):
        never = stranger.get(f"/money/statements/987654/{page}")
        assert web.same(stranger.get(f"{on}/{page}"), never), page
        assert never.status_code == 404


def test_the_list_says_what_is_to_be_declared_next(scene: Scene) -> None:
    for by in (scene.licensee, scene.licensor):
        page = scene.enter(by, "zh_Hans").get("/money/royalties").text
        assert "2026年1月1日 – 2026年3月31日" in page
        assert "3%" in page
