"""Both ends of the line to the fake: what goes wrong on them is real, no exception made up."""

import os
import socket
import struct
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from werkzeug.serving import WSGIRequestHandler

from tests.stripe.faults import AT_THE_CLIENT, SILENCE, Fault, Killed, Script

PATIENCE = 0.25  # seconds, where a silence is scripted
ENOUGH = 20.0  # else, for a machine with much to do


class ClientEnd(HTTPAdapter):
    """The market's end."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        """Send, or fail to."""
        parts = urlsplit(request.url or "")
        name = f"{request.method} {parts.path}"
        wait = PATIENCE if self._script.awaits(name, SILENCE) else ENOUGH
        fault = self._script.due(name, AT_THE_CLIENT)
        if fault is Fault.BEFORE_SEND:
            raise Killed
        if fault is Fault.CONNECT:
            request.url = parts._replace(netloc=f"127.0.0.1:{_closed_port()}").geturl()
        elif fault is Fault.TLS:
            request.url = parts._replace(scheme="https").geturl()
        return super().send(request, **{**options, "timeout": (ENOUGH, wait)})


class ServerEnd(WSGIRequestHandler):
    """Serves without a line for each request, and can cut an answer short."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Answer, though the line may be cut meanwhile."""
        with suppress(OSError):
            super().handle()

    def make_environ(self) -> dict[str, Any]:
        """The request's surroundings, with the scissors in them."""
        return {**super().make_environ(), "fake.reset": self._reset}

    def _reset(self, body: str) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        self.connection.sendall(f"{head}\r\n\r\n{body[: len(body) // 2]}".encode())
        at_once = struct.pack("ii", 1, 0)  # close by a reset, not by a farewell
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        os.close(self.connection.detach())  # now, whatever else still holds the connection
        raise ConnectionResetError


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
