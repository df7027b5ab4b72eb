"""The same statement by several at once: one set of lines, whoever was first.

Three guards stand before a second set: the lock of the bank account, the unique prints of its
lines, the unique file. The sabotages take them away one after the other.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from market.bank.models import BankAccount, Statement, StatementLine
from market.bank.queries import standing
from market.kernel.db import Database, worth_retrying
from market.kernel.money import Money
from tests import make
from tests.bank.town import Town, bring, build, row

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
ROUNDS, TRIES = 3, 5
Begin = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def town(database: Database) -> Town:
    with database.transaction() as s:
        return build(s, AT)


@pytest.fixture
def begins(database: Database, engine_url: str) -> Iterator[list[Begin]]:
    """The market's own transactions, of two processes' worth: no lock in memory is shared."""
    other = Database(engine_url)
    yield [database.transaction, other.transaction]
    other.dispose()


def at_once(begins: Sequence[Begin], town: Town, files: Sequence[Sequence[str]]) -> list[str]:
    """Each file brought in by a thread of its own, all at the same instant."""
    start = Barrier(len(files))

    def run(n: int) -> str:
        start.wait()
        for _ in range(TRIES):
            try:
                with begins[n % len(begins)]() as s:
                    bring(s, (town.first, town.second)[n % 2], AT, *files[n])
            except DBAPIError as error:
                if worth_retrying(error):
                    continue
                return type(error).__name__
            else:
                return ""
        return "retried in vain"

    with ThreadPoolExecutor(len(files)) as pool:
        return list(pool.map(run, range(len(files))))


def rows(round_: int, *numbers: int) -> list[str]:
    return [row(str(n), ref=f"R{round_}-{n}") for n in numbers]


def sets(s: Session) -> tuple[int, int]:
    """How many lines there are, and how many different ones."""
    prints = select(func.count(StatementLine.print), func.count(StatementLine.print.distinct()))
    found = s.execute(prints).one()
    return found[0], found[1]


def test_the_same_file_by_two_at_once_makes_one_set_of_lines(
    database: Database, begins: list[Begin], town: Town
) -> None:
    for n in range(1, ROUNDS + 1):
        same = rows(n, *range(1, 9))
        assert at_once(begins, town, [same, same]) == ["", ""]
        with database.reading() as s:
            assert sets(s) == (8 * n, 8 * n)
            assert s.scalar(select(func.count()).select_from(Statement)) == n
            assert standing(s).told == standing(s).booked == Money(3_600 * n)


def test_overlapping_files_by_four_at_once_make_each_line_once(
    database: Database, begins: list[Begin], town: Town
) -> None:
    files = [rows(1, *range(first, first + 5)) for first in (1, 3, 5, 2)]
    assert at_once(begins, town, files) == [""] * 4
    with database.reading() as s:
        assert sets(s) == (9, 9)
        assert standing(s).difference == Money(0)


@pytest.mark.parametrize("kit", ["postgresql"], indirect=True)  # SQLite drops no constraint
def test_the_lock_of_the_account_alone_suffices(
    database: Database, begins: list[Begin], town: Town
) -> None:
    without_unique(database)
    same = rows(1, *range(1, 9))
    assert at_once(begins, town, [same, same]) == ["", ""]
    with database.reading() as s:
        assert sets(s) == (8, 8)


def without_unique(database: Database) -> None:
    with database.transaction() as s:
        for table, name in (
            ("bank_lines", "account_id_print"),
            ("bank_statements", "account_id_sha256"),
        ):
            s.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT uq_{table}_{name}"))


def again(s: Session) -> None:
    """What a second import without any lock would write: the first line once more."""
    first = s.scalars(select(StatementLine).order_by(StatementLine.id).limit(1)).one()
    told = {c.key: getattr(first, c.key) for c in StatementLine.__table__.columns}
    s.add(StatementLine(**told | {"id": None, "transfer_id": None}))
    make.unwatched(s)


def test_the_index_alone_refuses_a_second_set_and_without_it_there_are_two(
    database: Database, town: Town
) -> None:
    with database.transaction() as s:
        bring(s, town.first, AT, *rows(1, 1))
    with pytest.raises(IntegrityError), database.transaction() as s:
        again(s)
    with database.reading() as s:
        assert sets(s) == (1, 1)
        assert len(s.scalars(select(BankAccount)).all()) == 1
    if database.engine.dialect.name == "sqlite":
        return  # it drops no constraint
    without_unique(database)
    with database.transaction() as s:
        again(s)
    with database.reading() as s:
        assert sets(s) == (2, 1)
