"""The same intent is carried out once, however often and from wherever it is sent (P-03)."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from market.kernel import once
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.kernel.journal import Entry
from market.kernel.once import (
    FIELD,
    KEPT,
    Answer,
    Intent,
    OnceRefusal,
    Repeated,
    claim,
    fingerprint,
    key_refusal,
)
from market.kernel.refusal import Refused
from market.listings.models import Listing
from tests import make, web
from tests.legs import nightly

INTENTS, SENDS, THREADS = (1_000, 20, 50) if nightly() else (50, 20, 50)
DRAFT = {"title": "一种锂硫电池正极材料", "mode": "negotiation"}


@pytest.fixture(autouse=True)
def _clock(at: datetime) -> Iterator[None]:
    set_clock(lambda: at)
    yield
    set_clock(None)


@pytest.fixture
def seller(app: Flask, at: datetime) -> FlaskClient:
    with market_of(app).transaction() as s:
        person = make.party(s, at=at)[1].user_id
    assert person is not None
    return web.sign_in(app, person)


def market_of(app: Flask) -> Database:
    found: Database = app.extensions["market.database"]
    return found


def drafts(app: Flask) -> int:
    with market_of(app).reading() as s:
        return s.scalar(select(func.count()).select_from(Listing)) or 0


def form(client: FlaskClient, **typed: str) -> dict[str, str]:
    return {**web.carried(client, "/listings/new"), **DRAFT, **typed}


# ── one form, sent again ─────────────────────────────────────────────────────────────────────────


def test_a_double_click_makes_one_and_is_answered_twice(app: Flask, seller: FlaskClient) -> None:
    """Promises 7 H 126."""
    body = form(seller)
    first, second = (seller.post("/listings/new", data=body) for _ in range(2))
    assert (first.status, first.location) == (second.status, second.location)
    assert drafts(app) == 1
    assert "The draft is kept." in seller.get(second.location).text


def test_other_words_under_the_same_key_are_refused(app: Flask, seller: FlaskClient) -> None:
    """Promises 7 A 16."""
    body = form(seller)
    seller.post("/listings/new", data=body)
    answer = seller.post("/listings/new", data={**body, "title": "另一种"})
    assert answer.status_code == 422
    assert OnceRefusal.KEY_REUSED.sentence in answer.text
    assert drafts(app) == 1


def test_the_same_key_at_another_address_is_refused(seller: FlaskClient) -> None:
    body = form(seller)
    made = seller.post("/listings/new", data=body).location
    assert seller.post(made, data=body).status_code == 422


def test_back_and_a_second_tab_make_nothing_new(app: Flask, seller: FlaskClient) -> None:
    """A page that creates knows the same words for ten minutes, under whatever key."""
    first, second = (seller.post("/listings/new", data=form(seller)) for _ in range(2))
    assert first.location == second.location
    other = seller.post("/listings/new", data=form(seller, title="另一种"))
    assert other.location != first.location
    assert drafts(app) == 2


def test_after_ten_minutes_the_same_words_may_mean_another_thing(
    app: Flask, seller: FlaskClient, at: datetime
) -> None:
    seller.post("/listings/new", data=form(seller))
    set_clock(lambda: at + timedelta(minutes=10, seconds=1))
    seller.post("/listings/new", data=form(seller))
    assert drafts(app) == 2


def test_what_was_refused_may_be_sent_again_with_better_words(
    app: Flask, seller: FlaskClient
) -> None:
    body = form(seller, title="")
    assert seller.post("/listings/new", data=body).status_code == 422
    assert seller.post("/listings/new", data={**body, **DRAFT}).status_code == 302
    assert drafts(app) == 1


def test_a_refusal_of_the_rule_frees_the_key_and_leaves_nothing(
    app: Flask, seller: FlaskClient
) -> None:
    body = form(seller, abstract="本件为机密★10年")
    assert seller.post("/listings/new", data=body).status_code == 409
    with market_of(app).reading() as s:
        assert not s.scalars(select(Answer).where(Answer.key == body[FIELD])).all()
    assert drafts(app) == 0


def test_two_people_may_carry_the_same_key(app: Flask, seller: FlaskClient, at: datetime) -> None:
    with market_of(app).transaction() as s:
        other = make.party(s, at=at)[1].user_id
    assert other is not None
    rival = web.sign_in(app, other)
    for client in (seller, rival):
        client.post("/listings/new", data={**form(client), FIELD: "the-same-key"})
    assert drafts(app) == 2


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 65, "x" * 257, "ключ-ключ", "with a space", "tab\tin-it"]
)
def test_a_key_that_is_none_of_ours_is_refused(app: Flask, seller: FlaskClient, key: str) -> None:
    """Promises 7 H 124."""
    answer = seller.post("/listings/new", data={**form(seller), FIELD: key})
    assert answer.status_code == 422
    assert OnceRefusal.KEY_MALFORMED.sentence in answer.text
    assert drafts(app) == 0


def test_what_creates_or_binds_is_not_taken_without_a_key(app: Flask, seller: FlaskClient) -> None:
    body = form(seller)
    del body[FIELD]
    answer = seller.post("/listings/new", data=body)
    assert answer.status_code == 422
    assert OnceRefusal.KEY_MISSING.sentence in answer.text
    assert drafts(app) == 0


def test_a_key_is_needed_where_something_binds_only() -> None:
    assert key_refusal(None, needed=False) is None
    assert key_refusal(None, needed=True) is OnceRefusal.KEY_MISSING
    assert key_refusal("a-good-key", needed=True) is None


def test_every_word_counts_and_none_can_be_read_from_what_is_kept() -> None:
    words = [("price", "1"), ("password", "x"), ("csrf_token", "y"), (FIELD, "z")]
    assert fingerprint(words, "k") == fingerprint(words[:2], "k")
    assert fingerprint(words, "k") != fingerprint([("price", "1"), ("password", "v")], "k")
    assert fingerprint(words, "k") != fingerprint(words, "another key of the market")


def test_a_password_changed_by_a_double_click_is_changed_once_and_said_twice(
    app: Flask, seller: FlaskClient
) -> None:
    """The second click's old password no longer fits; it is no guess, it is the same form."""
    typed = {"password": make.PASSWORD, "new_password": "eleven brass kettles hum"}
    sent = {**web.carried(seller, "/me/password"), **typed}
    first, second = (seller.post("/me/password", data=sent) for _ in range(2))
    assert first.status_code == 302, first.text
    assert (second.status_code, second.location) == (first.status_code, first.location)
    other = {**sent, "new_password": "seven copper lanterns sway"}
    assert seller.post("/me/password", data=other).status_code == 422


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


def at_once(work: Callable[[int], Any], times: int) -> list[Any]:
    """So many calls from a barrier; gives what each gave or raised."""
    gate = threading.Barrier(times)
    got: list[Any] = [None] * times

    def one(n: int) -> None:
        gate.wait()
        try:
            got[n] = work(n)
        except BaseException as error:  # judged by the test
            got[n] = error

    threads = [threading.Thread(target=one, args=(n,)) for n in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def clone(app: Flask, client: FlaskClient) -> FlaskClient:
    """The same browser in another thread."""
    kept = client.get_cookie("market")
    assert kept is not None
    made = app.test_client()
    made.set_cookie("market", kept.value)
    return made


def test_fifty_threads_send_each_intent_twenty_times_to_one_effect(
    app: Flask, seller: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    unseen = web.carried(seller, "/listings/new")
    browsers = [clone(app, seller) for _ in range(THREADS)]
    answers: dict[str, set[tuple[int, str | None]]] = {}
    bodies = [{**unseen, FIELD: web.key(), **DRAFT, "title": f"成果{n}"} for n in range(INTENTS)]
    turns = [body for body in bodies for _ in range(SENDS)]

    def work(n: int) -> None:
        for body in turns[n::THREADS]:
            answer = browsers[n].post("/listings/new", data=body)
            answers.setdefault(body[FIELD], set()).add((answer.status_code, answer.location))

    assert at_once(work, THREADS) == [None] * THREADS
    assert drafts(app) == INTENTS
    assert {len(said) for said in answers.values()} == {1}
    assert {status for said in answers.values() for status, _ in said} == {302}
    with capsys.disabled():
        print(f"\n[P-03] {INTENTS} intents × {SENDS} sends, {THREADS} threads: {drafts(app)} made")


def test_twenty_tabs_with_keys_of_their_own_create_one(app: Flask, seller: FlaskClient) -> None:
    unseen = web.carried(seller, "/listings/new")
    browsers = [clone(app, seller) for _ in range(20)]

    def work(n: int) -> TestResponse:
        return browsers[n].post("/listings/new", data={**unseen, FIELD: web.key(), **DRAFT})

    said = at_once(work, 20)
    assert len({answer.location for answer in said}) == 1
    assert drafts(app) == 1


def test_without_the_claim_a_double_click_makes_two(
    app: Flask, seller: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sabotage: the proof that the tests above would see a lost promise."""
    monkeypatch.setattr(once, "_known", lambda *_: None)
    monkeypatch.setattr(Answer, "__table_args__", ())
    for _ in range(2):
        body = form(seller)
        seller.post("/listings/new", data=body)
    assert drafts(app) == 2


def test_the_unique_key_alone_is_a_witness(
    session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = Intent("user 1", "some-key", "/x", "0" * 64)
    claim(session, intent, at=at)
    monkeypatch.setattr(once, "_repeats", lambda *_: None)
    with pytest.raises(AssertionError):
        claim(session, intent, at=at)


# ── act and answer are one ───────────────────────────────────────────────────────────────────────


def test_an_answer_that_cannot_be_kept_undoes_the_act_and_says_nothing(
    app: Flask, seller: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.testing = app.config["PROPAGATE_EXCEPTIONS"] = False
    body = form(seller)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(once, "keep", broken)
        assert seller.post("/listings/new", data=body).status_code == 500
    assert drafts(app) == 0
    assert "The draft is kept." not in seller.get("/home").text
    assert seller.post("/listings/new", data=body).status_code == 302
    assert drafts(app) == 1


def test_an_act_and_its_answer_are_both_there_or_neither(app: Flask, seller: FlaskClient) -> None:
    body = form(seller)
    answer = seller.post("/listings/new", data=body)
    with market_of(app).reading() as s:
        kept = s.scalars(select(Answer).where(Answer.key == body[FIELD])).one()
        assert (kept.status, kept.location) == (302, answer.location)
        assert len(s.scalars(select(Entry).where(Entry.act == "listing.drafted")).all()) == 1


def test_old_answers_are_forgotten_after_a_week(session: Session, at: datetime) -> None:
    intent = Intent("user 1", "some-key", "/x", "0" * 64)
    claim(session, intent, at=at)
    with pytest.raises(Repeated):
        claim(session, intent, at=at + timedelta(hours=72))
    assert once.forget(session, at=at + KEPT) == 0
    assert once.forget(session, at=at + KEPT + timedelta(seconds=1)) == 1
    claim(session, intent, at=at + KEPT)


def test_the_same_key_with_other_words_is_refused_by_the_claim(
    session: Session, at: datetime
) -> None:
    claim(session, Intent("user 1", "some-key", "/x", "0" * 64), at=at)
    with pytest.raises(Refused) as refused:
        claim(session, Intent("user 1", "some-key", "/x", "1" * 64), at=at)
    assert refused.value.refusal is OnceRefusal.KEY_REUSED


def test_an_address_of_any_length_is_kept(app: Flask, seller: FlaskClient) -> None:
    """A query of a thousand characters is more than the column holds."""
    path = f"/listings/new?x={'y' * 1000}"
    assert len(once.address(path)) == 64
    assert once.address("/listings/new") == "/listings/new"
    body = {**web.carried(seller, "/listings/new"), "title": "一种传感器", "mode": "negotiation"}
    first, second = (seller.post(path, data=body) for _ in range(2))
    assert first.status_code == 302
    assert first.location == second.location
