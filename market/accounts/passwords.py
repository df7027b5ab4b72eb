"""Argon2id, a bounded number at once so that a flood of sign-ins cannot starve the market."""

import os
import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError


class Passwords:
    """Makes and checks password hashes; ``cost`` is (KiB of memory, passes)."""

    def __init__(self, cost: tuple[int, int]) -> None:
        memory, passes = cost
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1)
        self._turns = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._nobody = self._hasher.hash("nobody has this password")

    def make(self, password: str) -> str:
        """The hash to store."""
        with self._turns:
            return self._hasher.hash(password)

    def check(self, password: str, stored: str | None) -> bool:
        """Whether the password fits; takes as long where there is no account (no enumeration)."""
        with self._turns:
            try:
                self._hasher.verify(stored or self._nobody, password)
            except (Argon2Error, InvalidHashError):
                return False
        return stored is not None
