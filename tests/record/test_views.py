"""The auditor's pages, cases, exports, timelines and one's own acts, through the front door."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from market.accounts.models import SignIn
from market.kernel.authority import Actor, Role, WhoRefusal
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.kernel.journal import Entry, checkpoint, record
from market.kernel.signing import append_outside, make_key, read_key, sign
from market.negotiation.commands import open_talks
from market.record.finding import HITS
from market.record.rules import RecordRefusal
from tests import make, web
from tests.engines import ROOT

WORDS = "金丝雀留言"
CASE = {"number": "审2026-7", "reason": "接到举报"}


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


class Scene:
    """A listing under talks, and the people who may or may not read of it."""

    def __init__(self, app: Flask, database: Database, at: datetime) -> None:
        self.app, self.database, self.at = app, database, at
        with database.transaction() as s:
            self.buyer, self.stranger = (make.party(s, at=at)[1] for _ in range(2))
            self.seller = make.party(s, at=at, contact="王小明")[1]
            self.auditor = make.actor(s, make.user(s, Role.AUDITOR, at=at), at)
            self.administrator = make.actor(s, make.user(s, Role.ADMINISTRATOR, at=at), at)
            listing = make.listing(s, self.seller, at=at)
            self.listing_id = listing.id
            until, price = at + timedelta(days=7), make.yuan(1_000_000)
            self.talks_id = open_talks(
                s, listing.id, price, until, by=self.buyer, at=at, message=WORDS
            ).id
            checkpoint(s, at=at)

    def client(self, by: Actor, language: str = "en") -> FlaskClient:
        assert by.user_id is not None
        return web.sign_in(self.app, by.user_id, language=language)

    def entry(self, act: str) -> Entry:
        with self.database.reading() as s:
            found = select(Entry).where(Entry.act == act).order_by(Entry.id.desc()).limit(1)
            entry = s.scalars(found).one()
            assert isinstance(entry, Entry)
            return entry


@pytest.fixture
def scene(app: Flask, database: Database, at: datetime) -> Scene:
    return Scene(app, database, at)


# ── search ───────────────────────────────────────────────────────────────────────────────────────


def test_the_auditor_finds_entries_by_what_they_know(scene: Scene) -> None:
    client = scene.client(scene.auditor)
    entry = scene.entry("listing.published")
    for asked in (
        {"act": "listing.published"},
        {"kind": "listing", "number": scene.listing_id},
        {"person": entry.user_id},
        {"hash": entry.hash[:8]},
        {"first": "2026-03-10", "last": "2026-03-10"},
        {"kind": "listing"},
    ):
        page = client.get("/record", query_string=asked).text
        assert f"/record/entries/{entry.id}" in page, asked
    for other in ({"act": "deal.struck"}, {"last": "2026-03-09"}, {"first": "2026-03-11"}):
        page = client.get("/record", query_string=other).text
        assert f"/record/entries/{entry.id}" not in page, other
    party = client.get("/record", query_string={"party": scene.seller.party_id}).text
    assert "listing.drafted</small>" in party
    assert "negotiation.opened</small>" not in party


@pytest.mark.parametrize(
    "asked",
    [
        {"hash": "%"},
        {"hash": "xyz1"},
        {"person": "0"},
        {"person": "1e3"},
        {"first": "2026-02-30"},
        {"act": "no.such"},
        {"kind": "passwords"},
        {"before": "-1"},
        {"number": "9" * 30},
        {"stranger": "1"},
    ],
)
def test_a_question_that_is_none_is_answered_with_a_sentence(
    scene: Scene, asked: dict[str, str]
) -> None:
    answer = scene.client(scene.auditor).get("/record", query_string=asked)
    assert answer.status_code == 422
    assert "/record/entries/" not in answer.text


def test_hits_are_turned_by_a_cursor_and_none_is_lost(scene: Scene, at: datetime) -> None:
    with scene.database.transaction() as s:
        for n in range(HITS + 7):
            record(s, "offer.made", by=scene.seller, at=at, thread=("deal", 9), price=n)
    client, seen, path = scene.client(scene.auditor), list[str](), "/record?kind=deal&number=9"
    while path:
        page = client.get(path).text
        seen += re.findall(r"/record/entries/(\d+)", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older.group(1).replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == HITS + 7
    assert seen == sorted(seen, key=int, reverse=True)


def test_an_entry_opens_with_facts_changes_and_its_neighbours(scene: Scene) -> None:
    entry = scene.entry("listing.published")
    page = scene.client(scene.auditor).get(f"/record/entries/{entry.id}").text
    for shown in (entry.hash, entry.previous, "status", "submitted", "published"):
        assert shown in page
    assert "its signature waits" in page
    assert re.search(rf'href="/record/entries/\d+">{entry.previous}<', page)
    assert "<details" in page
    assert "<script" not in page


def test_only_an_auditor_searches(scene: Scene) -> None:
    for by in (scene.seller, scene.administrator):
        client = scene.client(by)
        for path in ("/record", "/record/entries/1", "/record/case", "/record/exports/1"):
            assert client.get(path).status_code == 403, path


# ── cases ────────────────────────────────────────────────────────────────────────────────────────


def test_talks_open_to_an_auditor_under_a_case_number_and_close_with_it(scene: Scene) -> None:
    client = scene.client(scene.auditor)
    table, whole = f"/negotiation/{scene.talks_id}", f"/listings/{scene.listing_id}/timeline"
    offer = f"/record/entries/{scene.entry('negotiation.offer-made').id}"

    def sees() -> list[bool]:
        return [WORDS in client.get(path).text for path in (table, whole, offer)]

    assert sees() == [False, False, False]
    no = client.get(table)
    assert no.status_code == 403
    assert WhoRefusal.CASE_NEEDED.sentence in no.text
    assert "The talks are sealed" in client.get(whole).text
    assert "The talks are sealed" in client.get(offer).text
    assert web.post(client, "/record/case", CASE).status_code == 302
    assert sees() == [True, True, True]
    opened = scene.entry("record.case-opened")
    assert opened.told == {"number": "审2026-7", "why": "接到举报"}
    assert opened.user_id == scene.auditor.user_id
    again = client.post("/record/case", data={**web.carried(client, "/record/case"), **CASE})
    assert again.status_code == 409
    assert RecordRefusal.CASE_OPEN.sentence in again.text
    assert web.post(client, "/record/case/close", page="/record/case").status_code == 302
    assert sees() == [False, False, False]
    assert scene.entry("record.case-closed").told == {"number": "审2026-7"}
    closed = web.post(client, "/record/case/close", page="/record/case")
    assert closed.status_code == 409
    assert RecordRefusal.NO_CASE.sentence in closed.text


def test_a_case_is_open_in_the_session_that_named_it_alone(scene: Scene) -> None:
    client, other = scene.client(scene.auditor), scene.client(scene.auditor)
    web.post(client, "/record/case", CASE)
    assert other.get(f"/negotiation/{scene.talks_id}").status_code == 403
    with scene.database.reading() as s:
        assert sorted(s.scalars(select(SignIn.case_no))) == ["", "审2026-7"]


@pytest.mark.parametrize("over", [{"number": ""}, {"reason": " "}, {"number": "x" * 61}])
def test_a_case_without_number_or_reason_is_not_opened(scene: Scene, over: dict[str, str]) -> None:
    client = scene.client(scene.auditor)
    assert web.post(client, "/record/case", {**CASE, **over}).status_code == 422
    assert client.get(f"/negotiation/{scene.talks_id}").status_code == 403


# ── export ───────────────────────────────────────────────────────────────────────────────────────


def exported(client: FlaskClient, **over: str) -> bytes:
    body = {"file": "jsonl", "password": make.PASSWORD, **over}
    answer = web.post(client, "/record/exports", body, page="/record")
    assert answer.status_code == 302, answer.text
    made = client.get(answer.location)
    assert made.status_code == 200
    assert "attachment" in made.headers["Content-Disposition"]
    return bytes(made.data)


def test_an_export_proves_itself_and_is_recorded(scene: Scene) -> None:
    client = scene.client(scene.auditor)
    rows = [json.loads(line) for line in exported(client, kind="listing").splitlines()]
    assert {row["thread_kind"] for row in rows} == {"listing"}
    for row in rows:
        at = datetime.fromisoformat(row["at"])
        values = {k: v for k, v in row.items() if k not in ("id", "at", "hash", "withheld")}
        assert row["withheld"] or Entry(**values, at=at).digest() == row["hash"]
    noted = scene.entry("record.exported")
    assert noted.told["asked"] == {"kind": "listing"}
    assert noted.user_id == scene.auditor.user_id


def proved(*files: Path) -> subprocess.CompletedProcess[str]:
    tool = [sys.executable, "-I", str(ROOT / "tools" / "prove.py")]
    return subprocess.run([*tool, *map(str, files)], capture_output=True, text=True, check=False)


def test_what_left_the_market_is_proved_without_it(scene: Scene, tmp_path: Path) -> None:
    key, outside, taken = tmp_path / "k", tmp_path / "o.jsonl", tmp_path / "record.jsonl"
    make_key(key)
    with scene.database.transaction() as s:
        sign(s, read_key(key), at=scene.at)
    with scene.database.reading() as s:
        append_outside(s, read_key(key).public_key(), outside)
    taken.write_bytes(exported(scene.client(scene.auditor)))
    public = tmp_path / "k.pub"
    assert proved(public, outside, taken).stdout == "holds\n"
    taken.write_text(taken.read_text().replace("signed-up", "signed-on"))
    altered = proved(public, outside, taken)
    assert altered.returncode == 1
    assert "was altered" in altered.stdout
    make_key(tmp_path / "other")
    assert "is not signed by this key" in proved(tmp_path / "other.pub", outside).stdout


def test_talks_are_withheld_from_an_export_without_a_case(scene: Scene) -> None:
    client = scene.client(scene.auditor)
    assert WORDS.encode() not in exported(client)
    web.post(client, "/record/case", CASE)
    assert WORDS.encode() in exported(client)
    assert scene.entry("record.exported").told["case"] == "审2026-7"


def test_a_table_is_read_back_as_it_was_written(scene: Scene) -> None:
    text = exported(scene.client(scene.auditor), file="csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["act"] == "account.signed-up"
    assert int(rows[-1]["id"]) > len(rows) - 1
    assert json.loads(rows[-1]["facts"]) is not None


def test_an_export_wants_the_password_and_is_read_by_its_maker_for_a_while(scene: Scene) -> None:
    client = scene.client(scene.auditor)
    wrong = web.post(client, "/record/exports", {"file": "csv", "password": "no"}, page="/record")
    assert wrong.status_code in (409, 422)
    body = {"file": "csv", "password": make.PASSWORD}
    path = web.post(client, "/record/exports", body, page="/record").location
    with scene.database.transaction() as s:
        other = make.user(s, Role.AUDITOR, at=scene.at).id
    assert web.sign_in(scene.app, other).get(path).status_code == 404
    assert client.get("/record/exports/1").status_code == 404
    set_clock(lambda: scene.at + timedelta(minutes=6))
    assert client.get(path).status_code == 404


# ── timelines and one's own acts ─────────────────────────────────────────────────────────────────


def test_before_and_after_unfold_for_those_whose_rows_they_are(scene: Scene) -> None:
    whole = f"/listings/{scene.listing_id}/timeline"
    own = scene.client(scene.seller).get(whole).text
    assert "<details" in own
    assert "What changed" in own
    with scene.database.transaction() as s:
        operator = make.operator(s, scene.at)
    assert "<details" not in scene.client(operator).get(whole).text
    assert "变更内容" in scene.client(scene.seller, "zh_Hans").get(whole).text


def test_a_party_is_followed_by_its_members_and_nobody_elses(scene: Scene) -> None:
    path = f"/parties/{scene.seller.party_id}/timeline"
    page = scene.client(scene.seller).get(path).text
    assert "founded the party" in page
    assert "commitment" in page, "the contact's name stands as a commitment only"
    stranger = scene.client(scene.stranger)
    assert web.same(stranger.get(path), stranger.get("/parties/999999/timeline"))
    assert scene.client(scene.auditor).get(path).status_code == 200


def test_an_account_is_followed_by_administrator_and_auditor(scene: Scene) -> None:
    path = f"/users/{scene.seller.user_id}/timeline"
    for by in (scene.administrator, scene.auditor):
        assert "signed up" in scene.client(by).get(path).text
    assert scene.client(scene.seller).get(path).status_code == 403


def test_everybody_reads_their_own_acts_and_only_these(scene: Scene) -> None:
    page = scene.client(scene.buyer).get("/me/record").text
    assert "opened talks" in page
    assert "published the result" not in page
    assert scene.client(scene.stranger).get("/me/record?before=abc").status_code == 404
    assert scene.app.test_client().get("/me/record").status_code == 302
