"""The scene of ``scene.py`` in an application that has named its bank account."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from jinja2.bccache import BytecodeCache

from config import PLAY_ACCOUNT, Settings
from market.app import create_app
from market.kernel.clock import set_clock
from market.kernel.db import Database
from tests import canary
from tests.payments.scene import Scene, lay_out


@pytest.fixture
def town(engine_url: str, tmp_path: Path, templates: BytecodeCache) -> Iterator[Flask]:
    """The application of a market that people can pay by bank transfer."""
    app = create_app(Settings.for_tests(tmp_path, database_url=engine_url, bank=PLAY_ACCOUNT))
    app.jinja_env.bytecode_cache = templates
    leaks = canary.watch(app)
    yield app
    app.extensions["market.database"].dispose()
    assert not leaks, "\n".join(leaks)


@pytest.fixture
def books(town: Flask) -> Database:
    """Its database."""
    found = town.extensions["market.database"]
    assert isinstance(found, Database)
    return found


@pytest.fixture
def scene(books: Database, at: datetime) -> Iterator[Scene]:
    """Its people and their money, nine hours after it began."""
    with books.transaction() as s:
        made = lay_out(s, at)
    set_clock(lambda: at + timedelta(hours=9))
    yield made
    set_clock(None)
