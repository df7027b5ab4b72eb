"""localstripe: a stand-in that other people keep, as a server of its own on a free port."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests import legs

KEY = "sk_test_12345"
SECONDS_TO_START = 30


@contextmanager
def neighbour() -> Iterator[str]:
    """The address of a fresh localstripe, until the block ends."""
    if not _has_ipv6():
        legs.miss(legs.IPV6)
    port = _free_port()
    command = [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"]
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=silent, stdout=silent, stderr=silent) as server:
        try:
            _wait_for(server, port)
            address = f"http://127.0.0.1:{port}"
            requests.delete(f"{address}/_config/data", timeout=5).raise_for_status()
            yield address
        finally:
            server.terminate()


def _wait_for(server: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"localstripe ended with {server.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("localstripe did not start")


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::", 0))
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
