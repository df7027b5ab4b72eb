"""Followers at once, and followers that die: every message once, none lost, on either engine.

The sabotages take away the lock on the follower's row, then the unique key as well.
"""

import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError

from market.inbox.following import follow, locked_follower
from market.inbox.models import Message
from market.inbox.news import News
from market.kernel.authority import Actor
from market.kernel.db import Database
from tests import make
from tests.engines import ROOT
from tests.inbox.town import heard, tell_all

OFFERS = 12
FOLLOWERS = 8


def busy_market(database: Database, at: datetime) -> Actor:
    """A seller with many offers that nobody has been told of; the follower has looked before."""
    with database.transaction() as s:
        locked_follower(s, at)
        _, seller = make.party(s, at=at)
        on = make.listing(s, seller, at=at)
        for _ in range(OFFERS):
            make.talks(s, on, make.party(s, at=at)[1], at=at)
        return seller


def at_once(database: Database, at: datetime) -> None:
    """So many followers, let go together, each to the end of the journal."""
    gate = threading.Barrier(FOLLOWERS)

    def run() -> None:
        gate.wait()
        for _ in range(20):
            try:
                with database.transaction() as s:
                    if not follow(s, at=at)[0]:
                        return
            except DBAPIError:
                time.sleep(0.01)  # SQLite without its lock: busy; the next tick tries again

    threads = [threading.Thread(target=run) for _ in range(FOLLOWERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def offers_heard(database: Database, seller: Actor) -> int:
    with database.reading() as s:
        return Counter(heard(s, seller))[News.OFFER_MADE]


def twice(database: Database) -> int:
    """How many messages somebody has more than once."""
    with database.reading() as s:
        same = select(func.count(Message.id)).group_by(Message.user_id, Message.key)
        return sum(many > 1 for many in s.scalars(same))


def test_many_followers_at_once_tell_each_act_once(database: Database, at: datetime) -> None:
    seller = busy_market(database, at)
    at_once(database, at)
    assert offers_heard(database, seller) == OFFERS
    assert twice(database) == 0


def take_the_lock_away(database: Database) -> None:
    """Rows are read without FOR UPDATE; SQLite's transaction begins not at all.

    Whoever has read waits for a second reader, so that the race is run however busy the machine is.
    """
    database._writer = None
    both_have_read = threading.Barrier(2)

    @event.listens_for(database.engine, "before_cursor_execute", retval=True)
    def unlock(_c: Any, _cur: Any, sql: str, values: Any, _ctx: Any, _many: Any) -> Any:
        if sql == "BEGIN IMMEDIATE":
            sql = "SELECT 1"
        return sql.partition(" FOR UPDATE")[0], values

    @event.listens_for(database.engine, "after_cursor_execute")
    def dawdle(_c: Any, _cur: Any, sql: str, _values: Any, _ctx: Any, _many: Any) -> None:
        if "FROM journal_entries" in sql:
            with suppress(threading.BrokenBarrierError):
                both_have_read.wait(timeout=5)


def test_without_the_lock_the_unique_key_still_keeps_messages_single(
    database: Database, at: datetime
) -> None:
    seller = busy_market(database, at)
    take_the_lock_away(database)
    at_once(database, at)
    assert offers_heard(database, seller) == OFFERS
    assert twice(database) == 0


def test_without_lock_and_unique_key_somebody_is_told_twice(
    database: Database, at: datetime
) -> None:
    busy_market(database, at)
    with database.engine.begin() as connection:
        connection.dialect.initialize(connection)  # the suite's engines share one, maybe unmet
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("inbox_messages") as table:
            table.drop_constraint("uq_inbox_messages_user_id_key", type_="unique")
    take_the_lock_away(database)
    at_once(database, at)
    assert twice(database) > 0


def test_a_follower_that_fails_has_told_nothing_and_the_next_tells_all(
    database: Database, at: datetime
) -> None:
    seller = busy_market(database, at)
    with pytest.raises(ZeroDivisionError):
        tell_and_fail(database, at)
    assert offers_heard(database, seller) == 0
    with database.transaction() as s:
        tell_all(s, at)
    assert offers_heard(database, seller) == OFFERS


def tell_and_fail(database: Database, at: datetime) -> None:
    with database.transaction() as s:
        assert follow(s, at=at)[1]
        print(1 // 0)


KILLED = """
import os, signal, sys
from datetime import datetime
from market.inbox.following import follow
from market.kernel.db import Database

database, at = Database(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
with database.transaction() as s:
    follow(s, at=at)
    if sys.argv[3] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("when", "told"), [("before", 0), ("after", OFFERS)])
def test_a_kill_leaves_an_act_told_or_still_to_be_told(
    database: Database, engine_url: str, at: datetime, when: str, told: int
) -> None:
    seller = busy_market(database, at)
    command = [sys.executable, "-c", KILLED, engine_url, at.isoformat(), when]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert offers_heard(database, seller) == told
    with database.transaction() as s:
        tell_all(s, at)
    assert offers_heard(database, seller) == OFFERS
    assert twice(database) == 0
