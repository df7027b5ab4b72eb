"""The fixtures every slice uses, and the rule that nothing is skipped quietly.

``database``, ``session``, ``app`` and ``client`` run once per engine; a test that means one engine
alone says so with ``@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)``.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.orm import Session

from config import Settings
from market.kernel import db as kernel_db
from market.kernel.db import Database
from tests import canary
from tests.engines import ENGINES, Kit, open_kit

pytest_plugins = ["tests.closing"]

# ── engines ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session", params=ENGINES)
def kit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """One engine with its migrated template, once per worker."""
    with open_kit(request.param, tmp_path_factory.mktemp("kit")) as kit:
        yield kit


@pytest.fixture
def engine_url(kit: Kit) -> Iterator[str]:
    """The URL of a migrated, empty database of this test's own."""
    url = kit.fresh()
    yield url
    kit.drop(url)


@pytest.fixture
def database(engine_url: str) -> Iterator[Database]:
    """A database of this test's own: what it commits is real, threads may share it."""
    database = Database(engine_url)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def _shared(kit: Kit) -> Iterator[Database]:
    url = kit.fresh()
    database = Database(url)
    yield database
    database.dispose()
    kit.drop(url)


@pytest.fixture
def session(_shared: Database) -> Iterator[Session]:
    """A session inside an outer transaction that is always rolled back: the cheap one.

    ``commit`` and ``begin_nested`` work and reach only a savepoint. For one thread, one connection.
    """
    with _shared.engine.execution_options(writes=True).connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="session", autouse=True)
def _compile_statements_once() -> Iterator[None]:
    """Engines of one kind share their dialect and their compiled statements.

    Each test has a database of its own, and so an engine of its own, which would compile every
    statement anew: more than half of the time of the tests that walk through pages.
    """
    shared: dict[str, tuple[Any, Any]] = {}
    create = vars(kernel_db)["create_engine"]

    def sharing(url: str, **options: Any) -> sa.Engine:
        engine: sa.Engine = create(url, **options)
        mine: Any = engine
        known = shared.get(engine.dialect.name)
        if known is None:  # a dialect learns what it talks to by its engine's first connection
            learnt = engine.dialect.name, (mine.dialect, mine._compiled_cache)
            sa.event.listen(engine, "connect", lambda *_: shared.setdefault(*learnt))
        else:
            mine.dialect, mine._compiled_cache = known
            mine.pool._dialect = mine.dialect
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel_db, "create_engine", sharing)
        yield


# ── the application ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def at() -> datetime:
    """The instant at which a test happens: 10:00 on a Tuesday in Shanghai."""
    return datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


class Remembered(BytecodeCache):
    """Templates compiled once for all applications of a test run, told apart by their source."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session")
def templates() -> BytecodeCache:
    """What is remembered of compiled templates from one application to the next."""
    return Remembered()


@pytest.fixture
def app(engine_url: str, tmp_path: Path, templates: BytecodeCache) -> Iterator[Flask]:
    """The application on a database of its own; passwords are hashed cheaply."""
    settings = Settings.for_tests(tmp_path, database_url=engine_url)
    app: Flask = import_module("market.app").create_app(settings)
    app.jinja_env.bytecode_cache = templates
    leaks = canary.watch(app)
    yield app
    app.extensions["market.database"].dispose()
    assert not leaks, "\n".join(leaks)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor who has not signed in."""
    return app.test_client()
