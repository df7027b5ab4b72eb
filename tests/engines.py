"""Both engines in copies that are thrown away after use.

A *kit* knows one engine and does three things: it makes a template database once (``prepare``
migrates it), gives out copies (some milliseconds each), and takes them back.
"""

import contextlib
import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tests.cluster import start_cluster

ROOT = Path(__file__).resolve().parent.parent
ENGINES = ("sqlite", "postgresql")

Prepare = Callable[[str], None]
"""Makes an empty database ready, given its URL: the migrations, or a table of a test's own."""


def revisions(url: str) -> Config:
    """The project's migrations, aimed at one database."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema by the project's migrations."""
    command.upgrade(revisions(url), "head")


class Kit(Protocol):
    """One engine: copies of a prepared template, by URL."""

    name: str

    def fresh(self) -> str:
        """The URL of a new copy of the template."""

    def drop(self, url: str) -> None:
        """Take a copy back; whoever still holds a connection to it loses it."""


class SqliteKit:
    """A migrated file, copied."""

    name = "sqlite"

    def __init__(self, folder: Path, prepare: Prepare) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        prepare(f"sqlite:///{self._template}")
        with contextlib.closing(sqlite3.connect(self._template)) as connection:
            # A WAL beside the template would be left behind by a plain copy.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def fresh(self) -> str:
        """The URL of a new copy of the template."""
        copy = self._folder / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(self._template, copy)
        return f"sqlite:///{copy}"

    def drop(self, url: str) -> None:
        """Delete the copy and what SQLite left beside it."""
        path = Path(url.removeprefix("sqlite:///"))
        for left in path.parent.glob(path.name + "*"):
            left.unlink(missing_ok=True)


class PostgresqlKit:
    """A migrated template database, cloned inside a server."""

    name = "postgresql"

    def __init__(self, server_url: str, prepare: Prepare) -> None:
        self._server = sa.create_engine(
            server_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        self._stem = f"market_{uuid.uuid4().hex[:12]}"  # workers may share one server
        self._count = 0
        self._template = f"{self._stem}_template"
        self._execute(f'CREATE DATABASE "{self._template}"')
        prepare(self._url(self._template))

    def fresh(self) -> str:
        """The URL of a new clone of the template."""
        self._count += 1
        name = f"{self._stem}_{self._count}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}" STRATEGY FILE_COPY')
        return self._url(name)

    def drop(self, url: str) -> None:
        """Drop the clone."""
        name = sa.make_url(url).database
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        """Drop the template too: a server that is not ours is left as it was found."""
        self.drop(self._url(self._template))

    def _url(self, name: str) -> str:
        return self._server.url.set(database=name).render_as_string(hide_password=False)

    def _execute(self, sql: str) -> None:
        with self._server.connect() as connection:
            connection.exec_driver_sql(sql)


@contextlib.contextmanager
def open_kit(name: str, folder: Path, prepare: Prepare = migrate) -> Iterator[Kit]:
    """The kit of an engine, for one worker of a test session; skips aloud where it is missing."""
    if name == "sqlite":
        yield SqliteKit(folder, prepare)
        return
    with contextlib.ExitStack() as stack:
        server = os.environ.get("MARKET_TEST_PG")
        url = driven(server) if server else stack.enter_context(start_cluster()).url
        kit = PostgresqlKit(url, prepare)
        try:
            yield kit
        finally:
            kit.close()


def driven(url: str) -> str:
    """A PostgreSQL URL with the driver that the market uses, however it was written."""
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("MARKET_TEST_PG must be the URL of a PostgreSQL server")
    return f"postgresql+psycopg://{rest}"
