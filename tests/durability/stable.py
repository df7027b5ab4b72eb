"""A stable of servers: one warm process that forks a production server for each trial.

Importing the market takes over a second; forking a child that serves takes a tenth of it. Run as
``python -m tests.durability.stable``: reads lines ``serve URL INSTANCE PORT SABOTAGE`` from its
input, answers ``PID``; the child leads its own process group: a kill -9 takes all of it.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from config import Settings
from market import app as market_app
from market.__main__ import Server
from market.kernel.db import Database


class ForgetfulDatabase(Database):
    """Sabotage: answers first and commits 50 ms later."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Hand the commit to a thread and let the answer go."""
        session = Session(self.engine.execution_options(writes=True))
        session.begin()
        try:
            yield session
            session.flush()
        except BaseException:
            session.close()
            raise

        def commit_late() -> None:
            time.sleep(0.05)
            session.commit()
            session.close()

        threading.Thread(target=commit_late, daemon=True).start()


class HastyDatabase(Database):
    """Sabotage: SQLite that answers before the data is on disk."""

    def __init__(self, url: str) -> None:
        super().__init__(url)

        def hasten(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=NORMAL")

        event.listen(self.engine, "connect", hasten)


SABOTAGES: dict[str, type[Database]] = {
    "none": Database,
    "forgetful": ForgetfulDatabase,
    "hasty": HastyDatabase,
}


def serve(url: str, instance: str, port: str, sabotage: str) -> None:
    """Become a production server; never returns."""
    os.setsid()
    vars(market_app)["Database"] = SABOTAGES[sabotage]
    settings = Settings.for_tests(Path(instance), database_url=url)
    Server(settings, f"127.0.0.1:{port}").run()


def main() -> None:
    """Fork one server for each line."""
    for line in sys.stdin:
        _, url, instance, port, sabotage = line.split()
        child = os.fork()
        if child == 0:
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.dup2(2, 1)
            serve(url, instance, port, sabotage)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
