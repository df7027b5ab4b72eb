"""The board reads zero, and where it does not, it says why and leads there."""

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from market.desk.board import Concern, Outside, matters
from market.desk.rules import MOST_LEGS, BoardRefusal, ledger_refusal
from market.kernel.authority import Role
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.kernel.money import Money
from market.ledger.booking import move
from market.ledger.rules import Place, Purpose, Why
from tests import make
from tests.payments.conftest import books, scene, town
from tests.payments.scene import Scene, staff, visitor

__all__ = ["books", "scene", "town"]

BOARD = "/money/board"
NOTHING = (0, 0, 0)


def concerns(*found: object) -> list[Concern]:
    return [matter.concern for matter in matters(*found)]  # type: ignore[arg-type]


def test_a_board_without_a_matter_reads_zero() -> None:
    bank = Outside(Purpose.BANK, Money(500), Money(500))
    inside = [(Purpose.CREDIT, Money(500)), (Purpose.UNMATCHED, Money(0))]
    assert concerns({"CNY": 0}, [bank], inside, NOTHING) == []


@pytest.mark.parametrize(
    ("zero", "theirs", "inside", "counts", "said"),
    [
        ({"CNY": 1}, 500, [], NOTHING, Concern.NOT_ZERO),
        ({"CNY": 0, "USD": -1}, 500, [], NOTHING, Concern.NOT_ZERO),
        ({"CNY": 0}, 499, [], NOTHING, Concern.DIFFERS),
        ({"CNY": 0}, 500, [(Purpose.UNMATCHED, Money(1))], NOTHING, Concern.UNMATCHED),
        ({"CNY": 0}, 500, [(Purpose.UNEXPLAINED, Money(1))], NOTHING, Concern.UNEXPLAINED),
        ({"CNY": 0}, 500, [(Purpose.CLAIM, Money(1))], NOTHING, Concern.CLAIMED),
        ({"CNY": 0}, 500, [], (1, 0, 0), Concern.LATE),
        ({"CNY": 0}, 500, [], (0, 2, 0), Concern.SILENT),
        ({"CNY": 0}, 500, [], (0, 0, 3), Concern.DOUBTED),
    ],
)
def test_each_thing_that_is_not_zero_is_a_matter_of_its_own(
    zero: dict[str, int],
    theirs: int,
    inside: list[tuple[Purpose, Money]],
    counts: tuple[int, int, int],
    said: Concern,
) -> None:
    bank = Outside(Purpose.BANK, Money(500), Money(theirs))
    assert concerns(zero, [bank], inside, counts) == [said]
    unread = concerns(zero, [replace(bank, theirs=None)], inside, counts)
    assert unread == ([] if said is Concern.DIFFERS else [said])


def test_the_board_reads_zero_over_a_world_with_money(
    town: Flask, scene: Scene, at: datetime
) -> None:
    for role in (Role.OPERATOR, Role.AUDITOR, Role.ADMINISTRATOR):
        page = staff(town, role, at).get(BOARD)
        assert page.status_code == 200
        assert "Everything reads zero" in page.text
        assert "¥680,000.00" in page.text
    for by in (scene.seller, scene.buyer):
        assert visitor(town, by).get(BOARD).status_code == 403


def test_money_of_nobody_and_money_that_is_late_are_named(
    town: Flask, books: Database, scene: Scene, at: datetime
) -> None:
    with books.transaction() as s:
        legs = {Place(Purpose.BANK): -make.yuan(7), Place(Purpose.UNMATCHED): make.yuan(7)}
        move(s, legs, key="line-x", why=Why.RECEIPT, on=("line", 9), at=at)
        make.unwatched(s)
    set_clock(lambda: at + timedelta(hours=31))
    page = staff(town, Role.OPERATOR, at).get(BOARD).text
    assert "The board does not read zero" in page
    assert "Money came in whose owner is not known yet." in page
    assert "¥7.00" in page
    assert 'href="#late"' in page
    assert 'id="late"' in page
    assert scene.names[1] in page


def test_an_administrator_reads_totals_and_no_party(
    town: Flask, scene: Scene, at: datetime
) -> None:
    set_clock(lambda: at + timedelta(hours=31))
    client = staff(town, Role.ADMINISTRATOR, at)
    page = client.get(BOARD).text
    assert "Money should have left by now." in page
    assert not [name for name in scene.names if name in page]
    assert "/money/obligations/" not in page
    assert (
        client.get(f"{BOARD}/ledger?first=2026-03-01&last=2026-03-31&file=csv").status_code == 403
    )


def test_the_ledger_is_taken_along_and_each_entry_of_it_adds_to_nothing(
    town: Flask, scene: Scene, at: datetime
) -> None:
    client = staff(town, Role.AUDITOR, at)
    answer = client.get(f"{BOARD}/ledger?first=2026-01-01&last=2026-03-31&file=csv")
    text = answer.get_data(as_text=True).removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["Entry"]] += round(float(row["Credit, less debit"]) * 100)
    assert len(sums) > 10
    assert set(sums.values()) == {0}
    assert scene.names[2] in {row["Party"] for row in rows}
    xlsx = client.get(f"{BOARD}/ledger?first=2026-01-01&last=2026-03-31&file=xlsx")
    assert xlsx.data.startswith(b"PK")
    empty = client.get(f"{BOARD}/ledger?first=2020-01-01&last=2020-01-02&file=csv")
    assert empty.get_data(as_text=True).count("\r\n") == 1


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "asked",
    [
        "",
        "?first=2026-03-02&last=2026-03-01&file=csv",
        "?first=x&last=2026-03-01&file=csv",
        "?first=2026-03-01&last=2026-03-02&file=pdf",
        "?first=2026-03-01&last=2026-03-02&file=csv&more=1",
    ],
)
def test_days_that_are_none_are_refused_with_the_board_around_them(
    town: Flask, scene: Scene, at: datetime, asked: str
) -> None:
    page = staff(town, Role.AUDITOR, at).get(f"{BOARD}/ledger{asked}")
    assert page.status_code == 422
    assert "Where the money is" in page.text


def test_a_file_holds_so_many_rows_and_no_more() -> None:
    assert ledger_refusal(MOST_LEGS) is None
    assert ledger_refusal(MOST_LEGS + 1) is BoardRefusal.TOO_MANY
    assert BoardRefusal.TOO_MANY.status == 422
