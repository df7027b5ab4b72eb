"""Bringing a database to the schema that this code expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from market.kernel.db import Database

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrations(url: str) -> Config:
    """Alembic's settings for a database; no ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def sweep(database: Database) -> None:
    """Write the database's files anew, so that what was deleted is in none of them any more."""
    kept = database.engine.raw_connection()
    try:
        if database.engine.dialect.name == "sqlite":
            for step in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                kept.cursor().execute(step)
        else:
            kept.driver_connection.autocommit = True  # type: ignore[union-attr]
            kept.cursor().execute("VACUUM")
            kept.driver_connection.autocommit = False  # type: ignore[union-attr]
    finally:
        kept.close()


def upgrade(url: str) -> None:
    """Bring the database to the newest schema."""
    command.upgrade(migrations(url), "head")
