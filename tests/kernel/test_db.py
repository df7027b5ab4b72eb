"""The two kinds of transaction, and the sabotage that shows why there are two."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.kernel.db import Database, Instant, Missing, get, lock, witness
from market.kernel.refusal import Refusal, Refused
from market.rulebook.models import Amendment
from market.rulebook.rules import Unit
from tests import make

ROUNDS = 20


class Taken(Refusal):
    TAKEN = "taken", "Taken."


def add_if_none(s: Session, day: str, pause: threading.Barrier | None = None) -> bool:
    """The check-then-write that goes wrong without a writer's transaction."""
    found = s.scalar(sa.select(sa.func.count()).select_from(_WINNERS))
    if pause is not None:
        pause.wait(5)
    if found:
        return False
    s.execute(sa.insert(_WINNERS).values(name=day))
    return True


_WINNERS = sa.table("winners", sa.column("name", sa.String))


def winners_table(database: Database) -> None:
    with database.transaction() as s:
        s.execute(sa.text("CREATE TABLE winners (name VARCHAR(20))"))
        s.execute(sa.text("CREATE TABLE doors (id INTEGER PRIMARY KEY)"))
        s.execute(sa.text("INSERT INTO doors VALUES (1)"))


def test_two_who_check_then_write_under_the_lock_leave_one_winner(database: Database) -> None:
    winners_table(database)
    for _ in range(ROUNDS):
        won: list[bool] = []
        start = threading.Barrier(8)

        def run(won: list[bool] = won, start: threading.Barrier = start) -> None:
            start.wait()
            with database.transaction() as s:
                s.execute(sa.text("SELECT id FROM doors" + _for_update(s)))
                won.append(add_if_none(s, "x"))

        _together(run, 8)
        assert sum(won) == 1
        with database.transaction() as s:
            s.execute(sa.delete(_WINNERS))


def test_without_the_writers_transaction_both_win(database: Database) -> None:
    """Sabotage: the same check-then-write begun as a reading transaction lets two win."""
    winners_table(database)
    won: list[bool] = []
    pause = threading.Barrier(2)

    def run() -> None:
        with Session(database.engine) as s:  # SQLAlchemy's default mode
            try:
                won.append(add_if_none(s, "x", pause))
                s.commit()
            except sa.exc.OperationalError:
                won.append(False)  # SQLite: the snapshot is stale, which a busy handler cannot cure

    _together(run, 2)
    if database.engine.dialect.name == "sqlite":
        assert won.count(False) >= 1, "SQLite refuses the second writer instead of waiting"
    else:
        assert sum(won) == 2


def _for_update(s: Session) -> str:
    return " FOR UPDATE" if s.get_bind().dialect.name == "postgresql" else ""


def _together(run: object, count: int) -> None:
    assert callable(run)
    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_who_only_reads_sees_one_snapshot(database: Database) -> None:
    """And the sabotage: PostgreSQL by itself takes a snapshot for each statement."""
    winners_table(database)
    count = sa.select(sa.func.count()).select_from(_WINNERS)

    def seen(session: Session, day: str) -> tuple[int, int]:
        first = session.scalar(count) or 0
        with database.transaction() as s:
            s.execute(sa.insert(_WINNERS).values(name=day))
        return first, session.scalar(count) or 0

    with database.reading() as s:
        assert seen(s, "x") == (0, 0)
    with Session(database.engine) as s:
        moves = database.engine.dialect.name == "postgresql"
        assert seen(s, "y") == (1, 1 + moves)


def test_an_exception_leaves_nothing_behind(database: Database, at: datetime) -> None:
    def interrupted() -> None:
        with database.transaction() as s:
            make.user(s, at=at, email="gone@x.example")
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        interrupted()
    with database.reading() as s:
        assert s.scalar(sa.text("SELECT count(*) FROM users")) == 0


def test_a_naive_instant_is_refused() -> None:
    column = Instant()
    dialect = sa.create_engine("sqlite://").dialect
    with pytest.raises(ValueError, match="time zone"):
        column.process_bind_param(datetime(2026, 3, 10), dialect)  # noqa: DTZ001


def test_an_instant_comes_back_as_the_same_moment_in_utc(session: Session, at: datetime) -> None:
    beijing = at.astimezone(timezone(timedelta(hours=8)))
    person = make.user(session, at=beijing)
    session.expire(person)
    assert person.created_at == at
    assert person.created_at.tzinfo is UTC


def test_what_does_not_exist_is_missing(session: Session) -> None:
    for read in (get, lock):
        with pytest.raises(Missing):
            read(session, Amendment, 987)


def test_only_a_broken_unique_index_becomes_the_rules_sentence(
    session: Session, at: datetime
) -> None:
    person = make.user(session, at=at)

    def amendment(value: int) -> Amendment:
        return Amendment(
            key="reg.review_days",
            value=value,
            unit=Unit.CALENDAR_DAYS,
            valid_from=at.date(),
            article="",
            amended_by=person.id,
            amended_at=at,
        )

    with witness(session, Taken.TAKEN):
        session.add(amendment(1))
    with pytest.raises(Refused), witness(session, Taken.TAKEN):
        session.add(amendment(2))
    negative = amendment(-1)
    negative.key = "another"
    with pytest.raises(sa.exc.IntegrityError), witness(session, Taken.TAKEN):
        session.add(negative)
