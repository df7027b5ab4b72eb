"""A throw-away PostgreSQL server, started from the installed binaries and deleted after use."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import sqlalchemy as sa

from tests import legs

# Nothing survives a test run, so nothing is synced: three times as fast. Never for crash tests.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
START_SECONDS = 30


class _Run(TypedDict, total=False):
    """How a program of the cluster is started."""

    cwd: Path
    env: dict[str, str]
    start_new_session: bool
    user: int
    group: int
    extra_groups: list[int]


DEBIAN = Path("/usr/lib/postgresql")


def postgresql_bin(debian: Path = DEBIAN) -> Path | None:
    """The folder with `initdb` *and* `postgres`, newest first; None where there is none.

    Debian keeps both out of PATH, and an `initdb` in PATH may be a link or a wrapper, so a folder
    counts only when the server itself stands in it.
    """
    folders = sorted(debian.glob("*/bin"), key=_version, reverse=True)
    for name in ("initdb", "postgres"):
        if on_path := shutil.which(name):
            folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    return None


def _version(bin_: Path) -> float:
    try:
        return float(bin_.parent.name)
    except ValueError:
        return 0.0


def _unprivileged() -> pwd.struct_passwd | None:
    """Who the server runs as when the suite runs as root, which PostgreSQL refuses; else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("the suite runs as root and finds no unprivileged user for PostgreSQL")


class Cluster:
    """A throw-away PostgreSQL server on a Unix socket; it listens on no network."""

    def __init__(self, bin_: Path, *, durable: bool = False) -> None:
        self.durable = durable
        self._bin = bin_
        self._user = _unprivileged()
        # A socket's path may have 107 characters: a short folder, not pytest's long one.
        self.folder = Path(tempfile.mkdtemp(prefix="mkt-pg-", dir="/tmp"))
        self._data = self.folder / "data"
        self._server: subprocess.Popen[bytes] | None = None
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", "market", "--auth=trust", "--no-sync",
                  "--encoding=UTF8", "--locale=C", "--no-instructions")  # fmt: skip

    @property
    def url(self) -> str:
        """The maintenance database; the user is a superuser of this cluster."""
        return f"postgresql+psycopg://market@/postgres?host={self.folder}"

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        assert self._server is not None, "the cluster is not running"
        return self._server.pid

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = () if self.durable else FORGETFUL
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={self.folder}",
            "max_connections=200",
            "shared_buffers=64MB",
            "timezone=UTC",
            *options,
        )
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    str(self._bin / "postgres"),
                    "-D",
                    str(self._data),
                    *(part for setting in settings for part in ("-c", setting)),
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                **self._as_user(),
            )
        self._await_answer()

    def stop(self) -> None:
        """Stop the server at once (connections are cut) and wait for it; the data stays."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        self._server = None

    def kill(self) -> None:
        """SIGKILL the postmaster and every process it started, as a power cut would."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGSTOP)  # whose children are killed it bears new ones
        family = [*_children(self._server.pid), self._server.pid]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server.wait()
        self._server = None

    def remove(self) -> None:
        """Stop the server and delete its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_user(self) -> _Run:
        # The environment is ours to choose: a PGDATA or PGOPTIONS of the machine must not leak in.
        surroundings = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        run = _Run(cwd=self.folder, env=surroundings, start_new_session=True)
        if self._user:
            run |= _Run(user=self._user.pw_uid, group=self._user.pw_gid, extra_groups=[])
        return run

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            check=False, capture_output=True, text=True, **self._as_user(),
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")

    def _await_answer(self) -> None:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with engine.connect():
                    return
            except sa.exc.OperationalError as unready:
                gone = self._server is None or self._server.poll() is not None
                if gone or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"PostgreSQL did not start:\n{log}") from unready
                time.sleep(0.02)


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # "pid (name) state ppid": the name may hold blanks, so count from its closing bracket.
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


@contextlib.contextmanager
def start_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A running cluster for the length of a block.

    ``durable=True`` keeps fsync and its kin on: the only kind on which a crash test means anything.
    Skips aloud where PostgreSQL is not installed.
    """
    bin_ = postgresql_bin() or legs.miss(legs.POSTGRESQL)
    cluster = Cluster(bin_, durable=durable)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()
