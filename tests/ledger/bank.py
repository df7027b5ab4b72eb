"""The writers of the bank run: money moves at random between accounts until they are killed.

``python -m tests.ledger.bank URL FOLDER SABOTAGE`` forks four processes of five writers, tells
their numbers, and leads their process group. Each writer keeps a file of the keys of the transfers
that were acknowledged to it.
"""

import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from market.kernel.authority import NOBODY
from market.kernel.db import Database
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.refusal import Refused
from market.ledger.booking import hold, move, post, void
from market.ledger.models import Account
from market.ledger.rules import Place, Purpose, Why
from tests.deals.test_contention import without_locks

PROCESSES, WRITERS = 4, 5
AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
Begin = Callable[[], AbstractContextManager[Session]]


def losing_legs(url: str) -> Begin:
    """Sabotage: one transfer in twenty loses a leg."""
    database, serial = Database(url), count(1)

    def drop(_c: Any, _cursor: Any, sql: str, rows: Any, _context: Any, many: bool) -> Any:
        lost = many and "INTO ledger_legs" in sql and next(serial) % 20 == 0
        return sql, rows[:-1] if lost else rows

    event.listen(database.engine, "before_cursor_execute", drop, retval=True)
    return database.transaction


BEGINS: dict[str, Callable[[str], Begin]] = {
    "none": lambda url: Database(url).transaction,
    "leg": losing_legs,
    "lock": lambda url: without_locks(url)[1],
}


def write(begin: Begin, writer: int, places: list[Place], acks: Path) -> None:
    """Move, reserve and release money; what the database did not answer is not acknowledged."""
    chance = random.Random(f"{writer}-{os.getpid()}")
    with acks.open("a") as kept:
        for n in count():
            key = f"{writer}-{n}-{os.getpid()}"
            try:
                with begin() as s:
                    transfer(s, key, writer, places, chance)
            except (Refused, OperationalError):
                continue
            except DBAPIError:  # cut off in the middle of an answer
                continue
            kept.write(key + "\n")
            kept.flush()


def transfer(s: Session, key: str, writer: int, places: list[Place], chance: random.Random) -> None:
    """One act: money from one party to another, at once or by a hold that is booked or released."""
    source, target = chance.sample(places, 2)
    amount, on = Money(chance.randint(1, 5_000)), ("party", source.party_id or 0)
    moved = {source: -amount, target: amount}
    if chance.random() < 0.7:
        move(s, moved, key=key, why=Why.SETTLEMENT, on=on, at=AT)
    else:
        held = hold(s, moved, key=key, why=Why.HOLD, on=on, at=AT)
        chance.choice((post, void))(s, held.id, at=AT)
    record(s, "test.moved", by=NOBODY, at=AT, thread=("test", writer))


def crowd(url: str, first: int, folder: Path, sabotage: str) -> NoReturn:
    """The writers of one process, which are at work until it is killed."""
    with Database(url).reading() as s:
        found = s.scalars(select(Account).where(Account.purpose == Purpose.CREDIT))
        places = [account.place for account in found]
    begin = BEGINS[sabotage](url)
    for n in range(first, first + WRITERS):
        work = (begin, n, places, folder / f"acks{n}")
        threading.Thread(target=write, args=work, daemon=True).start()
    while True:
        signal.pause()


def main() -> None:
    """Fork, tell who was born, and wait for the end."""
    url, folder, sabotage = sys.argv[1:]
    for n in range(PROCESSES):
        child = os.fork()
        if child == 0:
            crowd(url, n * WRITERS, Path(folder), sabotage)
        print(child, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
