"""Argon2id, a bounded number at once so that a flood of sign-ins cannot starve the market."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from werkzeug.exceptions import ServiceUnavailable

MOST_WAITING = 4
"""Of eight threads, two hash and four wait; two are left for those who only read."""
COME_BACK_SECONDS = 2


class Passwords:
    """Makes and checks password hashes; ``cost`` is (KiB of memory, passes).

    One a core at a time; where the queue is full the next one is sent away at once (503).
    """

    def __init__(self, cost: tuple[int, int], *, waiting: int = MOST_WAITING) -> None:
        memory, passes = cost
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1)
        cores = os.cpu_count() or 1
        self._turns = threading.BoundedSemaphore(cores)
        self._places = threading.BoundedSemaphore(cores + waiting)
        self._nobody = self._hasher.hash("nobody has this password")

    def make(self, password: str) -> str:
        """The hash to store."""
        with self._turn():
            return self._hasher.hash(password)

    def check(self, password: str, stored: str | None) -> bool:
        """Whether the password fits; takes as long where there is no account (no enumeration)."""
        with self._turn():
            try:
                self._hasher.verify(stored or self._nobody, password)
            except (Argon2Error, InvalidHashError):
                return False
        return stored is not None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise ServiceUnavailable(retry_after=COME_BACK_SECONDS)
        try:
            with self._turns:
                yield
        finally:
            self._places.release()
