"""The demo's post: letters with links to follow, in demo mode and nowhere else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from config import Settings
from market.app import create_app
from market.kernel.mail import Words, write
from market.kernel.outbox import send_due
from tests.pages import Visitor

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("kit", ["sqlite"], indirect=True)


@pytest.fixture
def demo(engine_url: str, tmp_path: Path) -> object:
    app = create_app(Settings.for_tests(tmp_path, database_url=engine_url, demo=True))
    yield app
    app.extensions["market.database"].dispose()


def post_letter(app: Flask) -> None:
    database = app.extensions["market.database"]
    words = Words(
        subject="设置新密码 <b>",
        lines=("Dear A,", "https://elsewhere.example/x"),
        link="http://127.0.0.1:8000/reset/abc",
        link_words="Set it",
    )
    with app.app_context(), database.transaction() as s:
        write(s, words, key="k", to="a@x.example", language="en", at=AT, secret=True)
    send_due(database, app.extensions["market.post"], lambda: AT)


def test_a_newcomer_finds_the_letter_and_its_link(demo: Flask) -> None:
    visitor = Visitor(demo, "en").follow("The demo's post").reads("No letter was written yet.")
    post_letter(demo)
    visitor.go("/post").reads("a@x.example", "设置新密码 <b>").follow("设置新密码")
    visitor.reads("Dear A,")
    assert 'href="http://127.0.0.1:8000/reset/abc"' in visitor.html
    assert 'href="https://elsewhere.example/x"' not in visitor.html, "only the market's own"


@pytest.mark.parametrize(
    "name", ["0" * 40, "..%2f..%2fmarket", "secret_key", "0" * 39 + "G", "%00"]
)
def test_no_other_file_is_read(demo: Flask, name: str) -> None:
    post_letter(demo)
    assert demo.test_client().get(f"/post/{name}").status_code in (400, 404)


def test_there_is_no_such_page_outside_of_demo_mode(app: Flask) -> None:
    post_letter(app)
    assert app.test_client().get("/post").status_code == 404
    assert not any(rule.endpoint.startswith("post.") for rule in app.url_map.iter_rules())
