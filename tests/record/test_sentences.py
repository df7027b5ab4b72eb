"""Every act that a command records has its sentence, and no sentence is without an act."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import force_locale

from market.kernel.journal import Entry, canonical
from market.record.sentences import Places, note, sentence
from market.record.table import SENTENCES
from tests.engines import ROOT

ACT = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")
WHO = "张三"


def recorded(source: str) -> set[str]:
    """The acts that a module of commands hands to ``record``, directly or through another."""
    tree = ast.parse(source)
    return {
        node.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for node in call.args
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if ACT.fullmatch(node.value) and not _asks_law(call)
    }


def _asks_law(call: ast.Call) -> bool:
    """``law(...).number("neg.days")`` names a parameter, not an act."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in {"number", "flag"}


def acts() -> set[str]:
    modules = [*(ROOT / "market").glob("*/*commands.py"), *(ROOT / "market/demo").glob("*.py")]
    found = set().union(*(recorded(path.read_text(encoding="utf-8")) for path in modules))
    return found | {"demo.loaded"}


def entry(act: str, **facts: object) -> Entry:
    return Entry(
        thread_kind="contract",
        thread_id=1,
        seq=1,
        act=act,
        at=datetime(2026, 3, 10, tzinfo=UTC),
        facts=canonical(facts).decode(),
    )


@pytest.fixture(params=["zh_Hans", "en"])
def language(request: pytest.FixtureRequest, app: Flask) -> Iterator[str]:
    with app.test_request_context(), force_locale(request.param):
        yield request.param


def test_every_act_recorded_by_a_command_has_its_sentence() -> None:
    found = acts()
    assert len(found) > 40, "the scan lost its acts"
    assert found - set(SENTENCES) == set()


def test_no_sentence_tells_of_an_act_that_nobody_records() -> None:
    assert {act.partition(":")[0] for act in SENTENCES} - acts() == set()


def test_the_scan_sees_acts_however_they_reach_the_journal() -> None:
    source = """
def a(s, *, by, at): record(s, "deal.struck", by=by, at=at)
def b(s, *, by, at): return _answer(s, Status.REFUSED, "negotiation.offer-refused", by=by)
def c(s): return law(s).number("neg.days")
"""
    assert recorded(source) == {"deal.struck", "negotiation.offer-refused"}


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("act", "facts", "chinese", "english"),
    [
        (
            "negotiation.offer-made",
            {"price": 120_000_000, "until": "2026-03-17T02:00:00+00:00", "side": "buyer"},
            "张三报价¥1,200,000.00，有效期至2026-03-17 10:00。",
            "张三 offered ¥1,200,000.00, standing until 2026-03-17 10:00.",
        ),
        (
            "registry.refused",
            {"reasons": "N01 N10"},
            "张三决定不予登记：N01",
            "张三 refused registration: N01 Parties not clear; N10 Not a technology contract.",
        ),
        (
            "contract.signed",
            {"side": "buyer", "concluded": True},
            "合同成立",
            "the contract is concluded",
        ),
        ("contract.signed", {"side": "buyer", "concluded": False}, "签署了合同", "signed ("),
        ("registry.revised", {"kind": "cancellation", "turnover": 0}, "注销", "cancellation"),
        ("registry.revised", {"kind": "change", "turnover": 100}, "¥1.00", "¥1.00"),
        (
            "registry.accepted",
            {"due_on": "2026-04-01"},
            "审查截止2026年4月1日",
            "ends on April 1, 2026",
        ),
        ("account.role-granted", {"role": "auditor"}, "审计员", "Auditor"),
        ("listing.published", {"mode": "negotiation", "price": None}, "–", "–"),
        ("some.act-of-tomorrow", {}, "张三: some.act-of-tomorrow", "张三: some.act-of-tomorrow"),
    ],
)
def test_a_sentence_is_filled_in_the_readers_language(
    act: str, facts: dict[str, object], chinese: str, english: str, language: str
) -> None:
    told = sentence(entry(act, **facts), WHO)
    assert (chinese if language == "zh_Hans" else english) in told


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_a_sentence_never_breaks_over_a_fact_it_lacks(language: str) -> None:
    for act in SENTENCES:
        told = sentence(entry(act.partition(":")[0]), WHO)
        assert "%(" not in told


def test_a_note_is_what_the_actor_wrote() -> None:
    assert note(entry("registry.correction-asked", note="请补交")) == "请补交"
    assert note(entry("listing.returned", why="图不清")) == "图不清"
    assert note(entry("deal.struck", price=1)) == ""


def test_a_place_that_was_not_recorded_is_a_dash() -> None:
    assert Places({}, WHO)["price"] == "–"
