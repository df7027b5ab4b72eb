"""Where a call can go wrong, and the script that says when."""

import re
import threading
from dataclasses import dataclass, field
from enum import Enum


class Fault(Enum):
    """The twelve points at which a call can go wrong (promises 3.6)."""

    BEFORE_SEND = "killed before anything was sent"
    CONNECT = "nobody listens"
    TLS = "the line cannot be closed"
    TIMEOUT_BEFORE = "silence, and nothing was done"
    TIMEOUT_AFTER = "silence, and it was done"
    RESET = "done, and the answer cut short"
    TOO_MANY = "429, and nothing was done"
    STORED_500 = "done, and a 500 kept under the key"
    CONCURRENT = "409: another request with this key is at work"
    NEWS_FIRST = "the news comes before the answer"
    NEWS_LOST = "the news never comes"
    NEWS_DOUBLED = "the news comes twice and in the wrong order"


class Killed(BaseException):
    """The process died here; no ``except Exception`` sees it."""


@dataclass
class Scripted:
    """A fault that waits for its request: ``POST /v1/refunds``, or a pattern of it."""

    fault: Fault
    on: re.Pattern[str]
    left: int


AT_THE_CLIENT = frozenset({Fault.BEFORE_SEND, Fault.CONNECT, Fault.TLS})
AT_THE_SERVER = frozenset(Fault) - AT_THE_CLIENT
SILENCE = frozenset({Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER})
NEWS = frozenset({Fault.NEWS_FIRST, Fault.NEWS_LOST, Fault.NEWS_DOUBLED})


@dataclass
class Script:
    """What is to go wrong, in the order in which it was said."""

    struck: bool = False
    _waiting: list[Scripted] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault, on: str, times: int) -> None:
        """Let the next ``times`` requests that fit go wrong."""
        with self._lock:
            self._waiting.append(Scripted(fault, re.compile(on), times))

    def clear(self) -> None:
        """Nothing more is to go wrong."""
        with self._lock:
            self._waiting.clear()
            self.struck = False

    def due(self, name: str, among: frozenset[Fault]) -> Fault | None:
        """The fault that waits for this request; it waits no longer."""
        with self._lock:
            found = self._find(name, among)
            if found is None:
                return None
            found.left -= 1
            self.struck = True
            return found.fault

    def awaits(self, name: str, among: frozenset[Fault]) -> bool:
        """Whether such a fault waits for this request."""
        with self._lock:
            return self._find(name, among) is not None

    def _find(self, name: str, among: frozenset[Fault]) -> Scripted | None:
        fitting = (each for each in self._waiting if each.left and each.on.fullmatch(name))
        return next((each for each in fitting if each.fault in among), None)
