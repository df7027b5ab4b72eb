"""P-02: an acknowledgement is sent only after the data is on disk."""

import http.client
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from market.kernel.db import Database, NotDurable
from tests.cluster import start_cluster
from tests.durability import runner, world
from tests.engines import migrate
from tests.legs import need_strace

WRITES = 200
CALL = re.compile(r"^(?:\[pid +)?(\d+)\]? +(\w+)\((\d+)<([^>]*)>(.*)$")


def ordered(folder: Path, sabotage: str) -> tuple[int, int]:
    """Of 200 acknowledged writes: how many were synced before their answer, how many there were."""
    strace = need_strace()
    url = f"sqlite:///{folder / 'market.sqlite'}"
    migrate(url)
    client = world.clients(url, folder, passed=0)[0]
    trace = folder / "trace"
    stable = runner.Stable(folder / "server.log")
    with stable.serving(url, folder, sabotage) as (group, port):
        tracer = subprocess.Popen(
            [strace, "-f", "-y", "-o", str(trace), "-p", _workers(group)[0],
             "-e", "trace=pwrite64,write,fdatasync,fsync,sendto,sendmsg"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert tracer.stderr is not None
        tracer.stderr.readline()  # "attached"
        time.sleep(0.2)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(WRITES):
            path, form, _ = client._next()
            assert client._post(connection, path, form) == http.client.FOUND
        connection.close()
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
        tracer.stderr.close()
    stable.close()
    return _count(trace.read_text(errors="replace"))


def _workers(group: int) -> list[str]:
    """The worker processes of a gunicorn arbiter."""
    listed = Path(f"/proc/{group}/task/{group}/children").read_text().split()
    assert listed, "the server has no worker"
    return listed


def _count(trace: str) -> tuple[int, int]:
    """Walk the calls in their order: a 302 is good where no write to the log awaits its sync.

    Told apart by thread: who answers has written and synced itself, while the post writes its own.
    """
    dirty: dict[str, bool] = {}
    good, answers = 0, 0
    for line in trace.splitlines():
        match = CALL.match(line)
        if match is None:
            continue
        thread, call, _, path, rest = match.groups()
        if call in ("pwrite64", "write") and path.endswith("-wal"):
            dirty[thread] = True
        elif call in ("fdatasync", "fsync") and path.endswith("-wal") and thread in dirty:
            dirty[thread] = False
        elif "HTTP/1.1 302" in rest and thread in dirty:
            answers += 1
            good += not dirty.pop(thread)
    return good, answers


def test_every_answer_waits_for_the_sync(tmp_path: Path) -> None:
    assert ordered(tmp_path, "none") == (WRITES, WRITES)


def test_a_database_that_does_not_sync_is_caught(tmp_path: Path) -> None:
    """Sabotage: ``synchronous=NORMAL`` syncs only where the log is folded into the database."""
    good, answers = ordered(tmp_path, "hasty")
    assert answers == WRITES
    assert good <= WRITES // 50


def test_sqlite_is_opened_durable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with database.reading() as s:
        assert s.scalar(sa.text("PRAGMA synchronous")) == 2  # FULL
        assert s.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        assert s.scalar(sa.text("PRAGMA foreign_keys")) == 1
    database.dispose()


@pytest.mark.parametrize("durable", [True, False])
def test_a_postgresql_that_may_forget_is_refused(durable: bool) -> None:
    with start_cluster(durable=durable) as cluster:
        database = Database(cluster.url)
        if durable:
            database.refuse_unless_durable()
        else:
            with pytest.raises(NotDurable):
                database.refuse_unless_durable()
        database.dispose()
