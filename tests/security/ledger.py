"""A table of numbered promises: kept by named tests, waiting for an issue, or not applicable."""

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATES = ("done", "in part", "later", "not applicable")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    """One promise: what it asks, and either the tests that hold it or why none does yet."""

    what: str
    tests: tuple[str, ...] = ()
    later: str = ""
    why_not: str = ""

    @property
    def state(self) -> str:
        """``done``, ``in part``, ``later`` or ``not applicable``."""
        if self.why_not:
            return "not applicable"
        if self.later:
            return "in part" if self.tests else "later"
        return "done"

    @property
    def by(self) -> str:
        """What the table says of it beside its state."""
        return "; ".join(filter(None, (", ".join(self.tests), self.later, self.why_not)))


def done(what: str, *tests: str) -> Row:
    """Kept by these tests."""
    return Row(what, tests)


def partly(what: str, *tests: str, later: str) -> Row:
    """Kept as far as it applies now; the rest comes with its issue."""
    return Row(what, tests, later=later)


def later(what: str, issue: str) -> Row:
    """Comes with its issue."""
    return Row(what, later=issue)


def not_applicable(what: str, why: str) -> Row:
    """There is nothing here that it could apply to."""
    return Row(what, why_not=why)


@cache
def known_tests() -> frozenset[str]:
    """Every test of the suite as ``folder/file::name``, without ``test_`` and ``.py``."""
    found = set()
    for path in ROOT.rglob("test_*.py"):
        place = path.relative_to(ROOT).as_posix().removesuffix(".py").replace("test_", "")
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.add(f"{place}::{node.name.removeprefix('test_')}")
    return frozenset(found)


def faults(table: Mapping[int, Row], numbers: range | set[int]) -> list[str]:
    """Numbers that nobody answers for, and tests that are named but not there."""
    found = [f"{number} is missing" for number in sorted(set(numbers) - set(table))]
    found += [
        f"{number} is no number of this table" for number in sorted(set(table) - set(numbers))
    ]
    for number, row in table.items():
        if not (row.tests or row.later or row.why_not):
            found.append(f"{number} says nothing")
        found += [f"{number}: no test {test}" for test in row.tests if test not in known_tests()]
    return found


def count(table: Mapping[int, Row]) -> str:
    """The table in one line."""
    states = Counter(row.state for row in table.values())
    return ", ".join(
        f"{states[state]} {state}" for state in ("done", "in part", "later", "not applicable")
    )


def printed(table: Mapping[int, Row]) -> str:
    """The table for a terminal."""
    lines = [
        f"{number:4d}  {row.state:15}{row.what}\n{'':21}{row.by}" for number, row in table.items()
    ]
    return "\n".join([*lines, "", f"{len(table)} items: {count(table)}"])
