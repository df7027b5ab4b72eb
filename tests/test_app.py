"""What holds on every page: headers, errors, languages, and that strangers are led to the door."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from market.app import TRIES, create_app
from market.kernel.authority import Act, Role
from market.kernel.db import transaction
from market.kernel.documents import UnfinishedDocument
from tests import make, web

PUBLIC = ["/", "/listings/", "/sign-in", "/sign-up", "/rulebook/", "/verify"]


@pytest.mark.parametrize("path", [*PUBLIC, "/nothing-here", "/static/market.css"])
def test_every_answer_carries_the_guards(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    if not path.startswith("/static"):
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_open_in_chinese_first_and_in_english_by_a_switch(
    client: FlaskClient, path: str
) -> None:
    assert 'lang="zh-Hans"' in client.get(path).text
    answer = web.post(client, "/language", {"language": "en", "next": path}, page=path)
    assert answer.status_code == 302
    assert answer.location == path
    assert '<html lang="en">' in client.get(path).text


@pytest.mark.parametrize(
    "evil", ["//evil", "/\\evil", "/%09/evil", "https:evil", "///evil", "/\r\nSet-Cookie: x=1", ""]
)
def test_a_foreign_next_leads_home(client: FlaskClient, evil: str) -> None:
    answer = web.post(client, "/language", {"language": "en", "next": evil}, page="/")
    assert answer.status_code == 302
    assert answer.location == "/"


@pytest.mark.parametrize(
    "path", ["/home", "/me", "/listings/mine", "/contracts/", "/registry/queue", "/users"]
)
def test_a_stranger_is_led_to_sign_in_and_back(client: FlaskClient, path: str) -> None:
    answer = client.get(path, follow_redirects=False)
    if answer.status_code == 308:  # the canonical address of a folder
        answer = client.get(answer.location)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")


def test_an_address_that_never_was_answers_404_with_a_way_out(client: FlaskClient) -> None:
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert 'href="/"' in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sign-out", 405),
        ("POST", "/listings/", 405),
        ("PUT", "/sign-in", 405),
        ("GET", "/listings/?q=%ff%fe", 400),
        ("GET", "/listings/?q=a%00b", 400),
        ("POST", "/sign-in", 400),  # no token
    ],
)
def test_a_request_that_cannot_be_served_gets_a_sentence(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method, data={"email": "x"} if method == "POST" else None)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("sent", ["x", b"x"], ids=["text", "file"])
def test_a_null_in_the_name_of_a_field_is_no_text_either(
    client: FlaskClient, sent: str | bytes
) -> None:
    value = sent if isinstance(sent, str) else (BytesIO(sent), "x.txt")
    body = {"csrf_token": web.token(client, "/sign-in"), "a\x00b": value}
    assert client.post("/sign-in", data=body).status_code == 400


@pytest.mark.parametrize("body", [{"email": "a@example.com"}, ["x"], 1])
def test_a_body_of_json_is_not_taken(client: FlaskClient, body: object) -> None:
    token = web.token(client, "/sign-in")
    answer = client.post("/sign-in", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 415


def test_a_wrong_kind_of_request_is_told_which_kinds_there_are(client: FlaskClient) -> None:
    answer = client.get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize("query", ["", "?q=%00"])
@pytest.mark.parametrize("host", ["a" * 300, "a" * 300 + ".example", ".."])
def test_a_host_that_can_be_none_is_refused_plainly(app: Flask, host: str, query: str) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get(f"/listings/{query}", headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "number", [2**63 - 1, 2**63, 10**30, "1" * 5000, "٣"], ids=lambda n: str(n)[:9]
)
def test_a_number_no_id_can_be_leads_to_no_page(client: FlaskClient, number: int | str) -> None:
    assert client.get(f"/listings/{number}").status_code == 404


def test_a_megabyte_of_form_is_too_large(client: FlaskClient) -> None:
    body = {"csrf_token": web.token(client, "/sign-in"), "password": "x" * (2**20 + 1)}
    assert client.post("/sign-in", data=body).status_code == 413


def test_the_look_comes_from_here_and_all_of_it_is_there(client: FlaskClient) -> None:
    links = re.findall(r'<link [^>]*href="([^"]+)"', client.get("/").text)
    assert "/static/favicon.svg" in links
    for link in links:
        with client.get(link) as answer:
            assert answer.status_code == 200
            assert answer.mimetype in ("image/svg+xml", "text/css")


@pytest.mark.parametrize("demo", [True, False])
def test_a_demo_says_so_in_a_landmark_of_its_own(app: Flask, demo: bool) -> None:
    made = create_app(replace(app.extensions["market.settings"], demo=demo))
    page = made.test_client().get("/").text
    made.extensions["market.database"].dispose()
    landmark = re.search(r'<aside class="demo-banner" aria-label="[^"]+">', page)
    assert (landmark is not None) is demo


def test_a_fault_of_ours_shows_a_sentence_and_no_trace(app: Flask) -> None:
    _route(app, "/broken", lambda: 1 / 0)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text


def test_a_document_that_cannot_be_printed_is_a_503(app: Flask) -> None:
    def unprintable() -> str:
        raise UnfinishedDocument("contract.typ: a string too long")

    _route(app, "/unprintable", unprintable)
    answer = app.test_client().get("/unprintable")
    assert answer.status_code == 503
    assert "contract.typ" not in answer.text


def test_a_database_that_does_not_answer_is_a_503(app: Flask) -> None:
    def unreachable() -> str:
        raise sa.exc.OperationalError("SELECT 1", {}, ConnectionError("gone"))

    _route(app, "/unreachable", unreachable)
    assert app.test_client().get("/unreachable").status_code == 503


class Clash(Exception):
    """What a driver raises for a serialization failure."""

    sqlstate = "40001"


@pytest.mark.parametrize(("failures", "status"), [(0, 200), (TRIES - 1, 200), (TRIES, 500)])
def test_a_request_is_run_again_whole_where_the_database_asks_for_it(
    app: Flask, failures: int, status: int
) -> None:
    left: Iterator[int] = iter(range(failures))
    runs = []

    def clash() -> str:
        runs.append(1)
        with transaction() as s:
            s.execute(sa.text("SELECT 1"))
            if next(left, None) is not None:
                raise sa.exc.DBAPIError("UPDATE", {}, Clash())
        return "done"

    _route(app, "/clash", clash)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert app.test_client().get("/clash").status_code == status
    assert len(runs) == min(failures + 1, TRIES)


def test_a_role_that_is_taken_is_gone_on_the_next_request(app: Flask, at: datetime) -> None:
    from_database = app.extensions["market.database"]
    with from_database.transaction() as s:
        person = make.user(s, Role.OPERATOR, at=at)
        person_id = person.id
    visitor = web.sign_in(app, person_id)
    assert visitor.get("/listings/submitted").status_code == 200
    with from_database.transaction() as s:
        s.execute(sa.text("DELETE FROM user_roles"))
    assert visitor.get("/listings/submitted").status_code == 403


def _route(app: Flask, path: str, view: object) -> None:
    """A route of the test's own, public and guarded like any other."""
    assert callable(view)
    name = path.strip("/")
    view.act = Act(f"test.{name}", "Test", public=True)  # type: ignore[attr-defined]
    app.view_functions[name] = view
    app.url_map.add(app.url_rule_class(path, endpoint=name, methods=["GET"]))


def test_eight_visitors_at_once_are_all_answered(app: Flask) -> None:
    statuses = []

    def visit() -> None:
        statuses.append(app.test_client().get("/listings/").status_code)

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
