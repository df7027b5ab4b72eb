"""P-20 under fire: twenty writers, ten readers and a kill -9 in the middle; all see the same total.

The writers are four processes of five threads. On SQLite one of the processes is killed, on
PostgreSQL the server with all its processes, which is then started again. A reader looks twice in
one snapshot. The promise is a minute on each engine (`make nightly`); the suite runs some seconds.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from market.kernel.authority import NOBODY
from market.kernel.db import Database
from market.kernel.journal import record
from market.kernel.money import Money
from market.ledger.booking import move
from market.ledger.models import Account, Transfer
from market.ledger.queries import by_purpose, heads, sums
from market.ledger.rules import Place, Purpose, Why
from market.ledger.verifying import differences
from tests import make
from tests.cluster import start_cluster
from tests.durability.runner import ROOT, kill
from tests.engines import migrate
from tests.ledger.bank import AT, PROCESSES, WRITERS
from tests.legs import nightly

SECONDS = 60.0 if nightly() else 3.0
READERS, PARTIES = 10, 10
EACH = 1_000_00
TOTAL = PARTIES * EACH


@dataclass
class Reads:
    """What the readers saw."""

    good: int = 0
    bad: list[str] = field(default_factory=list)


def found(url: str) -> Database:
    """A bank of ten parties with a thousand yuan each."""
    database = Database(url)
    with database.transaction() as s:
        for n in range(PARTIES):
            party, _ = make.party(s, at=AT)
            legs = {Place(Purpose.BANK): Money(-EACH), Place(Purpose.CREDIT, party.id): Money(EACH)}
            move(s, legs, key=f"first-{n}", why=Why.RECEIPT, on=("party", party.id), at=AT)
            record(s, "test.founded", by=NOBODY, at=AT, thread=("party", party.id))
    return database


def look(database: Database, stop: Event, reads: Reads) -> None:
    """Add up all accounts twice in one snapshot: by the market's own sum, and one by one."""
    while not stop.is_set():
        try:
            with database.reading() as s:
                whole = by_purpose(s).get((Purpose.CREDIT, "CNY"), Money(0)).minor
                time.sleep(0.005)
                credit = select(Account.id).where(Account.purpose == Purpose.CREDIT)
                standing = heads(s, s.scalars(credit).all()).values()
                odd = {currency: n for currency, n in sums(s).items() if n}
        except DBAPIError:
            time.sleep(0.01)  # the server is down
            continue
        one_by_one = sum(head.posted for head in standing)
        if odd or {whole, one_by_one} != {TOTAL} or any(h.available < 0 for h in standing):
            reads.bad.append(f"{whole} {one_by_one} {odd}")
        reads.good += 1


@contextmanager
def writing(url: str, folder: Path, sabotage: str) -> Iterator[list[int]]:
    """The processes of writers, once each has been acknowledged something."""
    command = [sys.executable, "-m", "tests.ledger.bank", url, str(folder), sabotage]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    ) as leader:
        try:
            assert leader.stdout is not None
            writers = [int(leader.stdout.readline()) for _ in range(PROCESSES)]
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and at_work(folder) < PROCESSES:
                time.sleep(0.05)
            yield writers
        finally:
            kill(leader.pid)


def at_work(folder: Path) -> int:
    """How many processes have been acknowledged something."""
    return len({key.rpartition("-")[2] for key in acknowledged(folder)})


def acknowledged(folder: Path) -> list[str]:
    """The keys of the transfers of which some writer was told that they are kept."""
    return [key for acks in folder.glob("acks*") for key in acks.read_text().splitlines()]


def run(
    database: Database,
    url: str,
    folder: Path,
    *,
    strike: Callable[[list[int]], None] = lambda _: None,
    sabotage: str = "none",
    seconds: float = SECONDS,
) -> Reads:
    """Writers and readers at once, and the kill in the middle."""
    stop, reads = Event(), Reads()
    threads = [Thread(target=look, args=(database, stop, reads)) for _ in range(READERS)]
    with writing(url, folder, sabotage) as writers:
        for thread in threads:
            thread.start()
        time.sleep(seconds / 2)
        strike(writers)
        time.sleep(seconds / 2)
        stop.set()
        for thread in threads:
            thread.join()
    return reads


def verified(database: Database, folder: Path) -> int:
    """How many transfers were acknowledged, once none is seen to be lost and all adds up."""
    with database.reading() as s:
        assert [str(each) for each in differences(s)] == []
        known = set(s.scalars(select(Transfer.key)))
    told = acknowledged(folder)
    assert set(told) <= known
    return len(told)


def report(engine: str, folder: Path, database: Database, reads: Reads) -> None:
    kept = verified(database, folder)
    print(
        f"\n[P-20 bank run, {engine}] {SECONDS:.0f} s, {PROCESSES * WRITERS} writers, {READERS} "
        f"readers, one kill -9: {kept} transfers acknowledged, 0 lost, {reads.good} reads, "
        f"{len(reads.bad)} bad"
    )
    assert reads.bad == []
    assert min(reads.good, kept) > 50


def test_all_see_the_same_total_when_a_writer_is_killed_on_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bank.sqlite'}"
    migrate(url)
    database = found(url)
    reads = run(database, url, tmp_path, strike=lambda writers: os.kill(writers[0], signal.SIGKILL))
    report("sqlite", tmp_path, database, reads)
    database.dispose()


def test_all_see_the_same_total_when_the_server_is_killed_on_postgresql(tmp_path: Path) -> None:
    with ExitStack() as stack:
        cluster = stack.enter_context(start_cluster(durable=True))
        migrate(cluster.url)
        database = found(cluster.url)
        stack.callback(database.dispose)

        def crash(_writers: list[int]) -> None:
            cluster.kill()
            cluster.start()

        reads = run(database, cluster.url, tmp_path, strike=crash)
        report("postgresql", tmp_path, database, reads)


@pytest.mark.parametrize("sabotage", ["leg", "lock"])
def test_a_lost_leg_or_a_lost_lock_is_seen(engine_url: str, tmp_path: Path, sabotage: str) -> None:
    """Sabotage: a leg that is not written; nobody waits and no number of legs bears witness."""
    database = found(engine_url)
    if sabotage == "lock":
        with database.transaction() as s:
            s.execute(text("ALTER TABLE ledger_legs RENAME TO numbered_legs"))
            s.execute(text("CREATE TABLE ledger_legs AS SELECT * FROM numbered_legs"))
    reads = run(database, engine_url, tmp_path, sabotage=sabotage, seconds=3)
    with database.reading() as s:
        wrong = next((str(each) for each in differences(s)), "")
    database.dispose()
    assert reads.bad, "the readers did not see it"
    assert wrong
