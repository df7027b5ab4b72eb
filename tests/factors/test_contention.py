"""A code given twice at one moment counts once (ASVS 6.5.1), on both engines.

The sabotage takes the lock away and lets both askers read before either writes: the same code then
opens two sessions, or these tests would prove nothing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy.orm import Session

from market.factors.commands import give_code, use_recovery_code
from market.factors.rules import FactorRefusal
from market.kernel.authority import Actor
from market.kernel.db import Database
from market.kernel.refusal import Refused
from market.kernel.sealing import Sealer
from tests import make
from tests.deals.test_contention import without_locks

ASKERS, ROUNDS = 4, 5
Begin = Callable[[], AbstractContextManager[Session]]


class Waiting(Sealer):
    """Opens a seal only when all askers have come so far, or nobody else comes."""

    def __init__(self) -> None:
        super().__init__("test-" * 8)
        self.gate = Barrier(2, timeout=5)

    def open(self, sealed: str, *, purpose: str, owner: str) -> str:
        with suppress(BrokenBarrierError):
            self.gate.wait()
        return super().open(sealed, purpose=purpose, owner=owner)


@pytest.fixture
def owner(database: Database, at: datetime) -> tuple[int, list[str]]:
    with database.transaction() as s:
        person = make.user(s, at=at)
        return person.id, make.factor(s, person, at)


@pytest.fixture
def begins(database: Database, engine_url: str) -> Iterator[list[Begin]]:
    """The market's own transactions, of two processes' worth: no lock in memory is shared."""
    other = Database(engine_url)
    yield [database.transaction, other.transaction]
    other.dispose()


def race(begins: list[Begin], askers: int, act: Callable[[Session], object]) -> list[object]:
    """What each asker hears: None where the code counted, else the refusal."""
    start = Barrier(askers)

    def ask(n: int) -> object:
        start.wait()
        try:
            with begins[n % len(begins)]() as s:
                act(s)
        except Refused as no:
            return no.refusal
        return None

    with ThreadPoolExecutor(askers) as pool:
        return list(pool.map(ask, range(askers)))


def test_of_several_who_give_the_same_code_at_once_one_comes_in(
    begins: list[Begin], owner: tuple[int, list[str]], at: datetime
) -> None:
    user_id, _ = owner
    by = Actor(user_id)
    code = make.code(at)
    told = race(begins, ASKERS, lambda s: give_code(s, user_id, code, make.SEALER, by=by, at=at))
    assert sorted(told, key=str) == sorted(
        [None, *[FactorRefusal.WRONG_CODE] * (ASKERS - 1)], key=str
    )


def test_of_several_who_give_the_same_recovery_code_at_once_one_comes_in(
    begins: list[Begin], owner: tuple[int, list[str]], at: datetime
) -> None:
    user_id, codes = owner
    by = Actor(user_id)
    for code in codes[:ROUNDS]:
        told = race(
            begins,
            ASKERS,
            lambda s, code=code: use_recovery_code(s, user_id, code, by=by, at=at),  # type: ignore[misc]
        )
        assert told.count(None) == 1
        assert told.count(FactorRefusal.WRONG_RECOVERY_CODE) == ASKERS - 1


def test_without_the_lock_the_same_code_lets_two_in(
    engine_url: str, owner: tuple[int, list[str]], at: datetime
) -> None:
    engine, careless = without_locks(engine_url)
    user_id, _ = owner
    waiting, by = Waiting(), Actor(user_id)
    told = race(
        [careless],
        2,
        lambda s: give_code(s, user_id, make.code(at), waiting, by=by, at=at),
    )
    engine.dispose()
    assert told == [None, None]
