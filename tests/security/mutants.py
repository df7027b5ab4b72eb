"""Policy mutants: the table of authority with one row opened, to see who notices."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from market.accounts import sessions
from market.kernel.authority import Act, Actor, Relation, Role

MUTATIONS: dict[str, dict[str, Any]] = {
    "allow all": {"public": True},
    "ignore relation": {"relation": Relation.ANY},
    "ignore roles": {"roles": frozenset()},
    "ignore binding": {"binding": False},
    "ignore su": {"su": False},
    "ignore case": {"case": False},
    "no readers": {"readers": frozenset()},
    "everybody reads": {"readers": frozenset((role, Relation.ANY) for role in Role)},
}


@dataclass(frozen=True)
class Mutant:
    """An act with one of its conditions taken away."""

    act: Act
    name: str

    def __str__(self) -> str:
        return f"{self.act.name}: {self.name}"

    @contextmanager
    def alive(self) -> Iterator[None]:
        """While it lives, every rule and guard that holds this act reads it changed."""
        change = MUTATIONS[self.name]
        before = {field: getattr(self.act, field) for field in change}
        try:
            for field, value in change.items():
                object.__setattr__(self.act, field, value)
            yield
        finally:
            for field, value in before.items():
                object.__setattr__(self.act, field, value)


def mutants_of(act: Act) -> list[Mutant]:
    """Each change that would make a difference to this row."""
    if act.public:
        return []
    return [
        Mutant(act, name)
        for name, change in MUTATIONS.items()
        if any(getattr(act, field) != value for field, value in change.items())
        and ("readers" not in change or act.readers)
    ]


@contextmanager
def stale_passwords() -> Iterator[None]:
    """Everybody gave their password six minutes ago, one more than it holds."""

    def stale(by: Actor, at: datetime) -> Actor:
        return replace(by, confirmed_at=at - timedelta(minutes=6))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "confirmed", stale)
        yield
