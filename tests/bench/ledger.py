"""How fast money is booked: the market's commands beside the bare driver (``make bench-ledger``).

The commands run once on a copy of a prepared database, and every statement that they send is noted.
Then the commands and the same statements, sent by ``sqlite3`` and ``psycopg`` alone with the same
values, take turns on fresh copies of that database, one writer each, every transaction on disk. At
the end both copies must verify. So the ratio is what our own code costs, and nothing else.

Balances are read from an account with ten thousand, a hundred thousand and a million transfers.
"""

import contextlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event, make_url
from sqlalchemy.orm import Session

from market.kernel.authority import NOBODY
from market.kernel.db import PRAGMAS, Database
from market.kernel.journal import record
from market.kernel.money import Money
from market.ledger.booking import move
from market.ledger.models import Transfer
from market.ledger.queries import balance
from market.ledger.rules import Place, Purpose, Why
from market.parties.models import Party
from market.payments.commands import receive_transfer
from market.payments.gateways import Channel
from market.payments.settling import Route
from market.payments.sheet import Share, ShareKind
from market.payments.verifying import differences
from tests import make
from tests.cluster import start_cluster
from tests.engines import Kit, PostgresqlKit, SqliteKit, migrate

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
COMMANDS, WARM, ROUNDS, READS = 300, 20, 5, 200
AIM = 0.5
MOST_MS = 5.0
SIZES = (10_000, 100_000, 1_000_000)
PARTIES = 20
ROUTE = Route(Channel.BANK, "某公司", "中国银行", "6222 0000 1111 2222")

# ── the work ─────────────────────────────────────────────────────────────────────────────────────


def prepare(url: str) -> None:
    """Twenty parties with money, what they owe each other, and money that waits to be matched."""
    migrate(url)
    database = Database(url)
    with database.transaction() as s:
        parties = [make.party(s, at=AT)[0] for _ in range(PARTIES)]
        for n, party in enumerate(parties):
            legs = {Place(Purpose.BANK): make.yuan(-(10**6)), credit(party.id): make.yuan(10**6)}
            move(s, legs, key=f"first-{n}", why=Why.CORRECTION, on=("party", party.id), at=AT)
        whole = make.yuan(COMMANDS + WARM)
        legs = {Place(Purpose.BANK): -whole, Place(Purpose.UNMATCHED): whole}
        move(s, legs, key="statement", why=Why.RECEIPT, on=("line", 1), at=AT)
        for n in range(COMMANDS + WARM):
            debtor, creditor = parties[n % PARTIES], parties[(n + 1) % PARTIES]
            terms = (
                Share(ShareKind.SELLER, 9_750, creditor.id),
                Share(ShareKind.PLATFORM, 250),
            )
            make.owed(s, debtor, creditor, 1, AT, shares=terms)
    database.dispose()


def credit(party_id: int) -> Place:
    """A party's free money."""
    return Place(Purpose.CREDIT, party_id)


def one_transfer(s: Session, n: int) -> None:
    """A transfer between two parties, told in the journal: the ledger and nothing else."""
    source, target = 1 + n % PARTIES, 1 + (n + 1) % PARTIES
    moved = {credit(source): Money(-7), credit(target): Money(7)}
    move(s, moved, key=f"bench-{n}", why=Why.CORRECTION, on=("party", source), at=AT)
    record(s, "bench.moved", by=NOBODY, at=AT, thread=("party", source))


def one_receipt(s: Session, n: int) -> None:
    """A line of a bank's statement pays what is owed, and divides: two transfers, five legs."""
    receive_transfer(s, n + 1, make.yuan(1), ROUTE, key=f"line-{n}", by=NOBODY, at=AT)


@dataclass(frozen=True)
class Work:
    """One command, and how many transfers it makes."""

    name: str
    act: Callable[[Session, int], None]
    transfers: int


WORKS = (
    Work("one transfer and its entry", one_transfer, 1),
    Work("one receipt, settled and divided", one_receipt, 2),
)

# ── what is sent ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class Sent:
    """The statements of one transaction: text, values, whether many at once."""

    statements: list[tuple[str, Any, bool]] = field(default_factory=list)


def noted(url: str, work: Work) -> list[Sent]:
    """Run the commands once and note all that they send."""
    database, sent = Database(url), [Sent()]

    def note(_c: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        sent[-1].statements.append((sql, values, many))

    event.listen(database.engine, "before_cursor_execute", note)
    for n in range(COMMANDS + WARM):
        with database.transaction() as s:
            work.act(s, n)
        sent.append(Sent())
    database.dispose()
    return sent[:-1]


def by_command(url: str, work: Work) -> float:
    """Seconds for all commands but the first, which warm up."""
    database = Database(url)
    for n in range(COMMANDS + WARM):
        if n == WARM:
            begun = time.perf_counter()
        with database.transaction() as s:
            work.act(s, n)
    took = time.perf_counter() - begun
    database.dispose()
    return took


def by_driver(url: str, sent: Sequence[Sent]) -> float:
    """Seconds for the same statements with the same values, sent by the bare driver."""
    with bare(url) as connection:
        cursor = connection.cursor()
        for n, each in enumerate(sent):
            if n == WARM:
                begun = time.perf_counter()
            for sql, values, many in each.statements:
                (cursor.executemany if many else cursor.execute)(sql, values)
                if cursor.description is not None:
                    cursor.fetchall()
            connection.commit()
        return float(time.perf_counter() - begun)


@contextlib.contextmanager
def bare(url: str) -> Iterator[Any]:
    """A connection of the driver itself, as durable as the market's."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        with contextlib.closing(sqlite3.connect(str(where.database))) as connection:
            connection.isolation_level = None  # the noted statements begin by themselves
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            yield connection
        return
    plain = where.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        yield connection


def verified(url: str) -> None:
    """All money of a copy adds up, or the figure counts for nothing."""
    database = Database(url)
    with database.reading() as s:
        wrong = [str(each) for each in differences(s)]
    database.dispose()
    assert wrong == [], wrong[:3]


def compare(kit: Kit, work: Work) -> None:
    """Commands and bare statements in turns on fresh copies; prints the ratio of their medians."""
    first = kit.fresh()
    sent = noted(first, work)
    kit.drop(first)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        for seconds, run in (
            (ours, partial(by_command, work=work)),
            (theirs, partial(by_driver, sent=sent)),
        ):
            url = kit.fresh()
            seconds.append(run(url))
            verified(url)
            kit.drop(url)
    done = COMMANDS * work.transfers
    ratio = median(theirs) / median(ours)
    print(
        f"{kit.name:<11} {work.name:<34} {done / median(ours):>7,.0f}/s by command "
        f"{done / median(theirs):>7,.0f}/s by driver   ratio {ratio:.2f} "
        f"({'below' if ratio < AIM else 'reaches'} the aim of {AIM})   "
        f"{len(sent[-1].statements)} statements"
    )


# ── a balance among many ─────────────────────────────────────────────────────────────────────────

SQLITE_SERIES = "WITH RECURSIVE g(n) AS (SELECT {0} UNION ALL SELECT n + 1 FROM g WHERE n < {1})"
POSTGRESQL_SERIES = "WITH g(n) AS (SELECT generate_series({0}, {1}))"


def pile(database: Database, upto: int) -> Place:
    """Let one account have so many transfers in all; each of its legs carries its balance."""
    sqlite = database.engine.dialect.name == "sqlite"
    with database.transaction() as s:
        party_id = s.scalar(sa.select(sa.func.min(Party.id))) or 0
        place = credit(party_id)
        here, bank = (
            s.scalar(sa.text(f"SELECT id FROM ledger_accounts WHERE {where}"))
            for where in (f"purpose = 'credit' AND party_id = {party_id}", "purpose = 'bank'")
        )
        seq, posted = s.execute(standing(here)).one()
        seq_of_bank, posted_of_bank = s.execute(standing(bank)).one()
        first = (s.scalar(sa.select(sa.func.max(Transfer.id))) or 0) + 1
        series = (SQLITE_SERIES if sqlite else POSTGRESQL_SERIES).format(
            first, first + upto - seq - 1
        )
        at = "'2026-03-10 02:00:00'" if sqlite else "timestamptz '2026-03-10 02:00:00Z'"
        s.execute(
            sa.text(
                "INSERT INTO ledger_transfers (id, key, phase, why, currency, subject_kind, "
                f"subject_id, at, digest) {series} SELECT n, 'pile-' || n, 'direct', 'receipt', "
                f"'CNY', 'party', {party_id}, {at}, '' FROM g"
            )
        )
        for account, number, before, sign, outside in (
            (here, seq, posted, 1, False),
            (bank, seq_of_bank, posted_of_bank, -1, True),
        ):
            s.execute(
                sa.text(
                    "INSERT INTO ledger_legs (account_id, seq, transfer_id, outside, amount_minor, "
                    f"posted_minor, held_minor) {series} SELECT {account}, {number} + n - {first} "
                    f"+ 1, n, {outside}, {sign}, {before} + n - {first} + 1, 0 FROM g"
                )
            )
        make.unwatched(s)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return place


def standing(account: int | None) -> Any:
    return sa.text(
        f"SELECT seq, posted_minor FROM ledger_legs WHERE account_id = {account} "
        "ORDER BY seq DESC LIMIT 1"
    )


def looked(database: Database, place: Place) -> float:
    """Milliseconds to read a balance: the median of many."""
    took = []
    with database.reading() as s:
        for _ in range(READS):
            begun = time.perf_counter()
            balance(s, place)
            took.append(time.perf_counter() - begun)
    return median(took) * 1_000


def balances(kit: Kit) -> list[float]:
    """How long a balance takes as transfers pile up."""
    url = kit.fresh()
    database = Database(url)
    times = []
    for size in SIZES:
        place = pile(database, size)
        times.append(looked(database, place))
        print(f"{kit.name:<11} balance among {size:>9,d} transfers: {times[-1]:.3f} ms")
    database.dispose()
    kit.drop(url)
    return times


# ── both engines ─────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def kits() -> Iterator[list[Kit]]:
    """Both engines, on disk and durable."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(start_cluster(durable=True))
        postgresql = PostgresqlKit(cluster.url, prepare)
        stack.callback(postgresql.close)
        yield [SqliteKit(folder, prepare), postgresql]


def main() -> None:
    """Measure and print; fail where a balance takes longer the more transfers there are."""
    slow = []
    with kits() as both:
        for kit in both:
            for work in WORKS:
                compare(kit, work)
            times = balances(kit)
            if times[-1] > MOST_MS or times[-1] > 3 * times[0] + 0.5:
                slow.append(kit.name)
    if slow:
        sys.exit("a balance is slow on " + " and ".join(slow))


if __name__ == "__main__":
    main()
