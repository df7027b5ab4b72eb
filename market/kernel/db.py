"""The database: engines, the two kinds of transaction, column types, locks.

A writing transaction begins ``IMMEDIATE`` on SQLite (WAL, ``synchronous=FULL``, foreign keys on)
and takes row locks on PostgreSQL. SQLAlchemy's default for a check-then-write lets two writers win.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import Enum as PyEnum
from typing import Any, ClassVar, TypeVar

from flask import current_app
from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session

from market.kernel.authority import WhoRefusal
from market.kernel.refusal import Refusal, Refused

RETRYABLE = {"40001", "40P01"}  # serialization failure, deadlock
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "recursive_triggers=ON",  # else REPLACE deletes a row past the trigger that refuses it
)


class Base(DeclarativeBase):
    """Mother of all tables; constraints are named so that migrations can speak of them.

    ``journaled`` says whether the journal tells what changed in a table's rows (kernel/changes),
    ``of_person`` which column names the person whose rows these are, to take along or to erase
    (kernel/personal).
    """

    journaled: ClassVar[bool] = True
    of_person: ClassVar[str] = ""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; a naive one is refused, since nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into what the engine stores."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC instant."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words(enum: type[PyEnum]) -> Enum:
    """A column that stores an enum by its value, as text on both engines."""
    return Enum(
        enum,
        values_callable=lambda members: [m.value for m in members],
        native_enum=False,
        create_constraint=False,
        validate_strings=True,
        length=32,
    )


class Missing(Exception):
    """What was asked for does not exist, or not for this person: both look the same."""


class NotDurable(RuntimeError):
    """The database may forget what it acknowledged; the market does not start on it (P-02)."""


class Database:
    """One engine and its transactions.

    Not shared between processes: a worker makes its own after the fork.
    """

    def __init__(self, url: str) -> None:
        sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {"pool_pre_ping": not sqlite, "pool_size": 20}
        if sqlite:
            options["connect_args"] = {"timeout": 30, "check_same_thread": False}
        self.engine = create_engine(url, **options)
        # PostgreSQL takes a snapshot for each statement unless told that one is for all of them.
        snapshots = {} if sqlite else {"isolation_level": "REPEATABLE READ"}
        self._snapshots = self.engine.execution_options(**snapshots)
        self._writes = self.engine.execution_options(writes=True)
        self._writer = threading.Lock() if sqlite else None
        if sqlite:
            event.listen(self.engine, "connect", _sqlite_connect)
            event.listen(self.engine, "begin", _sqlite_begin)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One writing transaction: commits at the end, rolls back on any exception.

        Inside ``held`` it is the request's own, which commits once the answer stands beside it.
        """
        held = _held.get()
        with held.joined() if held and held.database is self else self._writing() as session:
            yield session

    @contextmanager
    def apart(self) -> Iterator[Session]:
        """A writing transaction of its own, through before the request's begins.

        For what counts however the request ends: a guess that was wrong.
        """
        held = _held.get()
        assert not (held and held.session), "it would wait for itself"
        with self._writing() as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with self._turn(), self._open(writes=True) as session, session.begin():
            yield session  # `begin()` commits on the way out: the answer follows it (P-02)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One reading transaction over a single snapshot; whatever it changed is dropped."""
        held = _held.get()
        if held and held.database is self and held.session:
            yield held.session  # what was done but not yet committed is seen by its own request
            return
        with self._open(writes=False) as session:
            yield session

    def _open(self, *, writes: bool) -> Session:
        """A session on a connection of its own."""
        return Session(self._writes if writes else self._snapshots)

    @contextmanager
    def held(self, opening: Callable[[Session], None]) -> Iterator["Held"]:
        """Keep the transaction that is begun inside open until the end of the block.

        It begins with the first ``transaction()`` and not before, so that no hash is computed and
        no page is drawn while others wait to write. ``opening`` is its first step.
        """
        held = Held(self, opening)
        token = _held.set(held)
        try:
            with held.ending:
                yield held
        finally:
            _held.reset(token)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Queue in front of SQLite's only writer: its own busy handler is unfair under load."""
        if self._writer is None:
            yield
        else:
            with self._writer:
                yield

    def refuse_unless_durable(self) -> None:
        """Refuse a PostgreSQL that may lose acknowledged commits (P-02)."""
        if self.engine.dialect.name != "postgresql":
            return
        with self.engine.connect() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                value = connection.execute(text(f"SHOW {setting}")).scalar_one()
                if value == "off":
                    raise NotDurable(f"PostgreSQL runs with {setting} = off")

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


class Held:
    """The one writing transaction of a request, kept open for what is written beside its act."""

    def __init__(self, database: Database, opening: Callable[[Session], None]) -> None:
        self.database, self.opening = database, opening
        self.ending = ExitStack()
        self.session: Session | None = None

    @contextmanager
    def joined(self) -> Iterator[Session]:
        """The open transaction, begun where there is none; an exception rolls all of it back."""
        try:
            if self.session is None:
                self.session = self.ending.enter_context(self.database._writing())
                self.opening(self.session)
            yield self.session
        except BaseException as error:
            self.session = None
            broken = self.ending.pop_all()
            broken.__exit__(type(error), error, error.__traceback__)
            raise


_held: ContextVar[Held | None] = ContextVar("held", default=None)


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def database() -> Database:
    """The database of the current application."""
    found = current_app.extensions["market.database"]
    assert isinstance(found, Database)
    return found


@contextmanager
def transaction() -> Iterator[Session]:
    """A writing transaction on the current application's database."""
    with database().transaction() as session:
        yield session


@contextmanager
def apart() -> Iterator[Session]:
    """A writing transaction that counts however the request ends; see ``Database.apart``."""
    with database().apart() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A reading transaction on the current application's database."""
    with database().reading() as session:
        yield session


Row = TypeVar("Row", bound=Base)


def get(session: Session, model: type[Row], key: object) -> Row:
    """The row with this key, or ``Missing``."""
    row = session.get(model, key)
    if row is None:
        raise Missing(model.__tablename__, key)
    return row


def lock(session: Session, model: type[Row], key: object) -> Row:
    """The row with this key, locked until commit and read afresh, or ``Missing``."""
    row = session.get(model, key, with_for_update={"of": model}, populate_existing=True)
    if row is None:
        raise Missing(model.__tablename__, key)
    return row


def insist_on_sight(refusal: Refusal | None, kind: str, key: object) -> None:
    """What this person may not see does not exist to them; who needs a case first is told so."""
    if refusal is WhoRefusal.CASE_NEEDED:
        raise Refused(refusal)
    if refusal is not None:
        raise Missing(kind, key)


@contextmanager
def witness(session: Session, refusal: Refusal) -> Iterator[None]:
    """Let the database be the last to refuse: a broken unique index becomes the rule's sentence."""
    with breaks_uniqueness(session) as known:
        yield
    if known:
        raise Refused(refusal) from known[0]


@contextmanager
def breaks_uniqueness(session: Session) -> Iterator[list[IntegrityError]]:
    """Run the block in a savepoint; the list holds the error where a unique index stood against it.

    It is given empty and filled on the way out.
    """
    known: list[IntegrityError] = []
    session.flush()
    try:
        with session.begin_nested():
            yield known
            session.flush()
    except IntegrityError as error:
        if not _is_about_uniqueness(error):
            raise
        known.append(error)


def _is_about_uniqueness(error: IntegrityError) -> bool:
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", "")
    return code in ("23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


def worth_retrying(error: DBAPIError) -> bool:
    """Whether the whole transaction may simply be run again (PostgreSQL 40001, 40P01)."""
    return getattr(error.orig, "sqlstate", None) in RETRYABLE
