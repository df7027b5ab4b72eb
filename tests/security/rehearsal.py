"""A market whose every request can be undone: one connection, one transaction, savepoints.

Whatever a page commits reaches a savepoint only, so that a thousand requests can start from one and
the same world on either engine. ``written`` names the tables that a statement has touched since the
last look: a request that touched none changed nothing, and no table has to be read to know it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from market.kernel.db import Base, Database

WRITES = re.compile(r"""\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)""", re.IGNORECASE)
HOUSEKEEPING = {"sign_ins": {"seen_at"}, "attempts": {"*"}, "answers": {"*"}}
"""What says only that somebody knocked: when they were seen, how they guessed, what they sent."""

Rows = dict[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Change:
    """One row that is not as it was, and its columns that differ; all of a new or lost one."""

    table: str
    key: tuple[Any, ...]
    columns: frozenset[str]
    now: str = field(default="", compare=False, repr=False)


class Rehearsal(Database):
    """A database on a single connection that never commits."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.connection = self.engine.execution_options(writes=True).connect()
        self._outer = self.connection.begin()
        self.written: set[str] = set()
        self.statements = 0
        self._known: dict[str, Rows] = {}
        event.listen(self.connection, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements += 1
        found = WRITES.match(statement)
        if found:
            self.written.add(found[1])

    def _open(self, *, writes: bool) -> Session:
        """A session that reaches a savepoint, whatever it does."""
        return Session(self.connection, join_transaction_mode="create_savepoint")

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens inside never happened."""
        point = self.connection.begin_nested()
        self.written.clear()
        try:
            yield
        finally:
            point.rollback()
            self.written.clear()

    def changes(self) -> list[Change]:
        """The rows that are not as they were in the world; reads the touched tables only."""
        found: list[Change] = []
        for name in sorted(self.written & set(Base.metadata.tables)):
            found += _differences(name, self._known[name], self._rows(name))
        return found

    def know(self) -> None:
        """Read every table once, as the world that changes are told from."""
        self._known = {name: self._rows(name) for name in Base.metadata.tables}
        self.written.clear()

    def _rows(self, name: str) -> Rows:
        table = Base.metadata.tables[name]
        keys = [column.name for column in table.primary_key]
        hidden = HOUSEKEEPING.get(name, set())
        if "*" in hidden:
            return {}
        rows = self.connection.execute(sa.select(table)).mappings()
        return {
            tuple(row[key] for key in keys): {k: v for k, v in row.items() if k not in hidden}
            for row in rows
        }

    def dispose(self) -> None:
        """Forget everything and close."""
        self._outer.rollback()
        self.connection.close()
        super().dispose()


def _differences(name: str, before: Rows, now: Rows) -> list[Change]:
    found = []
    for key in before.keys() | now.keys():
        old, new = before.get(key), now.get(key)
        if old == new:
            continue
        if old is None or new is None:
            columns = frozenset(old or new or {})
        else:
            columns = frozenset(column for column in new if old[column] != new[column])
        found.append(Change(name, key, columns, repr(new)))
    return found
