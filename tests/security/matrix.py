"""The table of ``tests/matrix.csv``, read: what each identity gets at each route and object."""

import csv
from dataclasses import dataclass
from pathlib import Path

from tests.security.world import IDENTITIES, OUTSIDE

TABLE = Path(__file__).resolve().parent.parent / "matrix.csv"
GROUPS = {
    "Z": OUTSIDE,
    "A": ("ra", "ed", "to", "tl"),
    "Ab": ("ra", "tl"),
    "C": ("ca", "ce"),
    "G": ("ga", "gc"),
}
ANSWERS = ("may", "409", "403", "404", "in", "400")


@dataclass(frozen=True)
class Line:
    """One line of the table: what each identity gets at one route for one object."""

    method: str
    route: str
    object: str
    row: str
    writes: bool
    expected: dict[str, str]

    @property
    def su(self) -> bool:
        """Whether 5.1 wants the password again."""
        return "su" in self.row.split()

    def __str__(self) -> str:
        return f"{self.method} {self.route} [{self.object}]"


class Unreadable(ValueError):
    """A line that does not say exactly once what somebody gets."""


def lines(path: Path = TABLE) -> list[Line]:
    """The whole table."""
    text = [row for row in path.read_text().splitlines() if row and not row.startswith("#")]
    return [_line(row) for row in csv.DictReader(text, restval="")]


def _line(row: dict[str, str]) -> Line:
    expected: dict[str, str] = {}
    rest = ""
    for answer in ANSWERS:
        for word in row[answer].split():
            if word == "*":
                if rest:
                    raise Unreadable(f"{row}: two answers for everybody else")
                rest = answer
                continue
            for identity in GROUPS.get(word, (word,)):
                if identity in expected or identity not in IDENTITIES:
                    raise Unreadable(f"{row}: {identity}")
                expected[identity] = answer
    for identity in IDENTITIES:
        if identity not in expected and not rest:
            raise Unreadable(f"{row}: nothing said of {identity}")
        expected.setdefault(identity, rest)
    method, route, what = row["method"], row["route"], row["object"]
    return Line(method, route, what, row["row"], row["writes"] == "yes", expected)
