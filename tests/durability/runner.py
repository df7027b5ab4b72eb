"""The crash runner: clients with their own journals of acknowledgements, and a server to kill."""

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
READY_SECONDS = 20


@dataclass
class Client:
    """One signed-in visitor; ``acks`` is flushed to disk before the next act is sent."""

    cookie: str
    token: str
    acks: Path
    acts: Iterator[tuple[str, dict[str, str], str]]
    sent: list[str] = field(default_factory=list)
    doubt: tuple[str, dict[str, str], str] | None = None
    decided: int = 0

    def work(self, port: int, stop: threading.Event, answered: threading.Event) -> None:
        """Act after act (path, form, what its acknowledgement says), until the server dies.

        What was in doubt when it died is sent again first, under the same key (P-04).
        """
        with self.acks.open("a") as journal:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            while not stop.is_set():
                again = self.doubt is not None
                path, form, meaning = self.doubt or self._next()
                self.doubt = (path, form, meaning)
                try:
                    answer = self._post(connection, path, form)
                except (OSError, http.client.HTTPException):
                    break  # killed: this act is in doubt
                if answer != http.client.FOUND:
                    raise AssertionError(f"{path} answered {answer}")
                _keep(journal, meaning)
                answered.set()
                self.doubt, self.decided = None, self.decided + again
            connection.close()

    def _next(self) -> tuple[str, dict[str, str], str]:
        path, form, meaning = next(self.acts)
        self.sent.append(meaning)
        return path, {"once": uuid.uuid4().hex, **form}, meaning

    def _post(self, connection: http.client.HTTPConnection, path: str, form: dict[str, str]) -> int:
        headers = {
            "Cookie": self.cookie,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({"csrf_token": self.token, **form})
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read()
        return response.status


def _keep(journal: IO[str], meaning: str) -> None:
    journal.write(meaning + "\n")
    journal.flush()
    os.fsync(journal.fileno())


class Stable:
    """Production servers, one a trial, forked from a warm process."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.durability.stable"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )

    @contextmanager
    def serving(
        self, url: str, instance: Path, sabotage: str = "none"
    ) -> Iterator[tuple[int, int]]:
        """A server that answers: its process group and its port. Killed on the way out."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        port = _free_port()
        self._process.stdin.write(f"serve {url} {instance} {port} {sabotage}\n")
        self._process.stdin.flush()
        group = int(self._process.stdout.readline())
        try:
            _await(port)
            yield group, port
        finally:
            kill(group)

    def close(self) -> None:
        """End the warm process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            assert stream is not None
            stream.close()


def kill(group: int) -> None:
    """SIGKILL a whole process group and wait until it is gone."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and _alive(group):
        time.sleep(0.005)


def _alive(group: int) -> bool:
    """Whether a process of the group still runs (the dead that nobody reaped do not count)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] not in "ZX":
            return True
    return False


def trial(
    stable: Stable,
    clients: list[Client],
    *,
    url: str,
    instance: Path,
    chance: random.Random,
    sabotage: str = "none",
    also: Callable[[], None] = lambda: None,
) -> None:
    """Serve, let the clients work, kill everything 100 to 600 ms after the first answer.

    A fresh server draws its first page and compiles its first statements before it answers; on a
    busy machine that alone takes longer than the whole trial.
    """
    stop, answered = threading.Event(), threading.Event()
    with stable.serving(url, instance, sabotage) as (group, port):
        threads = [
            threading.Thread(target=client.work, args=(port, stop, answered)) for client in clients
        ]
        for thread in threads:
            thread.start()
        answered.wait(READY_SECONDS)
        time.sleep(chance.uniform(0.1, 0.6))
        kill(group)
        also()
        stop.set()
        for thread in threads:
            thread.join()


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _await(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", "/sign-in")
                if connection.getresponse().status == http.client.OK:
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError("the server did not answer; see its log")
        time.sleep(0.02)
