"""Many registrars at once: numbers without gap or duplicate, one registration for one file (P-33).

The sabotages take away, at the edge of the database, what the commands rely on (the locks, on
SQLite the transaction itself, and the unique number), and show that the same threads then go wrong.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError

from market.kernel.authority import Actor
from market.kernel.db import Database, worth_retrying
from market.kernel.journal import verify
from market.kernel.refusal import Refused
from market.registry import commands as registry
from market.registry.models import Application, RegisterEntry
from market.registry.rules import EntryKind, RegistryRefusal, Status
from tests import make

FILES = 100
TRIES = 5


def passed_files(database: Database, at: datetime, count: int) -> tuple[list[int], Actor]:
    """So many files that have passed the first review, and the registrar who may certify them."""
    with database.transaction() as s:
        office = make.office(s, at)
        _, seller = make.party(s, at=at)
        _, buyer = make.party(s, at=at)
        first, second = (make.registrar(s, office, at) for _ in range(2))
        ids = []
        for _ in range(count):
            signed = make.contract(s, seller, buyer, at=at)
            file = registry.apply(s, signed.id, by=seller, at=at)
            registry.accept(s, file.id, by=first, at=at)
            registry.pass_review(
                s, file.id, signed.turnover, signed.technology_value, by=first, at=at
            )
            ids.append(file.id)
        return ids, second


def at_once(act: Callable[[int], str], ids: Sequence[int]) -> Counter[str]:
    """One thread for each id, all let go together; what became of them."""
    gate, ends = threading.Barrier(len(ids)), []

    def run(application_id: int) -> None:
        gate.wait()
        ends.append(act(application_id))

    threads = [threading.Thread(target=run, args=(application_id,)) for application_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(ends)


def certifying(database: Database, by: Actor, at: datetime) -> Callable[[int], str]:
    """Certify a file as a request would: the whole transaction again where the engine asks so."""

    def act(application_id: int) -> str:
        for _ in range(TRIES):
            try:
                with database.transaction() as s:
                    registry.certify(s, application_id, by=by, at=at)
            except Refused as refused:
                return refused.refusal.name
            except DBAPIError as error:
                if not worth_retrying(error):
                    return type(error.orig).__name__
            else:
                return "certified"
        return "gave up"

    return act


def numbers(database: Database) -> list[str]:
    """The numbers issued, in their order."""
    with database.reading() as s:
        issued = s.scalars(select(Application.number).where(Application.number.is_not(None)))
        return sorted(number for number in issued if number is not None)


def registrations(database: Database) -> int:
    """How many registrations the register holds."""
    with database.reading() as s:
        kinds = s.scalars(select(RegisterEntry.kind)).all()
    return kinds.count(EntryKind.REGISTRATION)


def expected(count: int) -> list[str]:
    return [f"2026430100{serial:06d}" for serial in range(1, count + 1)]


def test_a_hundred_files_certified_at_once_get_a_hundred_numbers_in_a_row(
    database: Database, at: datetime
) -> None:
    ids, second = passed_files(database, at, FILES)
    assert at_once(certifying(database, second, at), ids) == {"certified": FILES}
    assert numbers(database) == expected(FILES)
    with database.reading() as s:
        assert len(s.scalars(select(RegisterEntry)).all()) == FILES
        assert not verify(s).findings


def test_a_file_certified_by_many_at_once_is_registered_once(
    database: Database, at: datetime
) -> None:
    (one,), second = passed_files(database, at, 1)
    ends = at_once(certifying(database, second, at), [one] * 20)
    assert ends == {"certified": 1, RegistryRefusal.WRONG_STATE.name: 19}
    with database.reading() as s:
        assert s.get_one(Application, one).status is Status.REGISTERED
        assert len(s.scalars(select(RegisterEntry)).all()) == 1
    assert numbers(database) == expected(1)


# ── the sabotages ────────────────────────────────────────────────────────────────────────────────


def take_the_locks_away(database: Database) -> None:
    """Rows are read without FOR UPDATE; SQLite's transaction begins not at all.

    A pause after the counter is read stands for the moment in which another thread comes by.
    """
    database._writer = None

    @event.listens_for(database.engine, "before_cursor_execute", retval=True)
    def unlock(_c: Any, _cur: Any, sql: str, values: Any, _ctx: Any, _many: Any) -> Any:
        if sql == "BEGIN IMMEDIATE":
            sql = "SELECT 1"
        return sql.partition(" FOR UPDATE")[0], values

    @event.listens_for(database.engine, "after_cursor_execute")
    def dawdle(_c: Any, _cur: Any, sql: str, _values: Any, _ctx: Any, _many: Any) -> None:
        if sql.startswith("SELECT registry_counters"):
            time.sleep(0.05)


def drop_the_unique_number(database: Database) -> None:
    """The database's own last word on numbers, taken away."""
    with database.engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("registry_applications") as table:
            table.drop_constraint("uq_registry_applications_number", type_="unique")


def test_without_the_lock_the_unique_number_still_refuses_a_duplicate(
    database: Database, at: datetime
) -> None:
    ids, second = passed_files(database, at, 20)
    take_the_locks_away(database)
    ends = at_once(certifying(database, second, at), ids)
    assert ends["certified"] < len(ids), ends
    issued = numbers(database)
    assert len(issued) == len(set(issued))


def test_without_lock_and_unique_number_duplicates_appear(database: Database, at: datetime) -> None:
    drop_the_unique_number(database)
    ids, second = passed_files(database, at, 20)
    take_the_locks_away(database)
    ends = at_once(certifying(database, second, at), ids)
    issued = numbers(database)
    assert len(set(issued)) < len(issued), ends


def test_without_the_lock_the_register_still_refuses_a_second_registration(
    database: Database, at: datetime
) -> None:
    (one,), second = passed_files(database, at, 1)
    take_the_locks_away(database)
    ends = at_once(certifying(database, second, at), [one] * 20)
    assert set(ends) > {"certified"}, ends
    assert registrations(database) == 1


def test_without_lock_and_index_one_file_is_registered_more_than_once(
    database: Database, at: datetime
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX uq_register_entries_one_registration")
    (one,), second = passed_files(database, at, 1)
    take_the_locks_away(database)
    ends = at_once(certifying(database, second, at), [one] * 20)
    assert registrations(database) > 1, ends
