"""A balance is one step down an index, however many transfers an account has."""

from typing import Any

import pytest
from sqlalchemy import event, text

from market.kernel.db import Database
from market.kernel.money import Money
from market.ledger.booking import move
from market.ledger.queries import balance
from market.ledger.rules import Place, Purpose, Why
from tests import make
from tests.bench.ledger import AT, pile

MANY = 20_000


@pytest.fixture
def piled(database: Database) -> Place:
    """An account with twenty thousand transfers of a fen, after one of a hundred yuan."""
    with database.transaction() as s:
        party, _ = make.party(s, at=AT)
        legs = {
            Place(Purpose.BANK): make.yuan(-100),
            Place(Purpose.CREDIT, party.id): make.yuan(100),
        }
        move(s, legs, key="first", why=Why.RECEIPT, on=("party", party.id), at=AT)
        make.unwatched(s)
    return pile(database, MANY)


def plans(database: Database, place: Place) -> list[str]:
    """How the engine goes about each statement of a balance."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, sql: str, values: Any, _context: Any, _many: bool) -> None:
        asked.append((sql, values))

    sqlite = database.engine.dialect.name == "sqlite"
    with database.reading() as s:
        connection = s.connection()
        event.listen(connection, "before_cursor_execute", note)
        balance(s, place)
        event.remove(connection, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        return [
            str(row)
            for sql, values in asked
            for row in connection.exec_driver_sql(explain + sql, values)
        ]


def test_a_balance_among_many_is_found_without_a_scan(database: Database, piled: Place) -> None:
    with database.reading() as s:
        assert balance(s, piled).posted == make.yuan(100) + Money(MANY - 1)
    found = " ".join(plans(database, piled))
    assert "ledger_legs" in found
    assert "SCAN ledger_legs" not in found
    assert "Seq Scan on ledger_legs" not in found


def test_without_its_index_the_same_balance_is_a_scan(database: Database, piled: Place) -> None:
    """Sabotage: the same plans over a table of the same rows without a key."""
    with database.transaction() as s:
        s.execute(text("ALTER TABLE ledger_legs RENAME TO numbered_legs"))
        s.execute(text("CREATE TABLE ledger_legs AS SELECT * FROM numbered_legs"))
    found = " ".join(plans(database, piled))
    assert "SCAN ledger_legs" in found or "Seq Scan on ledger_legs" in found
