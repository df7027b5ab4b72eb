"""What waits for whom, and in what order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from market.kernel.authority import Act
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled

HOME = Act("desk.home", N_("Open one's own home page"))
ACTS = (HOME,)


class BoardRefusal(Refusal):
    """Why the ledger is not given as a file."""

    TOO_MANY = "too-many-rows", N_("These are too many rows for one file; choose fewer days.")

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this: what was typed asks for too much."""
        return 422


class Wait(Labelled):
    """What can wait for a person, in the words of the line that leads to it."""

    OFFER = "offer", N_("An offer waits for your answer")
    SIGN = "sign", N_("A contract waits for your signature")
    CORRECT = "correct", N_("The registry asks for corrected papers")
    RETURNED = "returned", N_("A result was sent back to you")
    CONTRACT = "contract", N_("A deal waits for its contract")
    FINISH = "finish", N_("A draft contract waits to be completed")
    RECORDAL = "recordal", N_("A patent assignment waits for its recordal")
    FILE = "file", N_("A signed contract can be filed for registration")
    ACCEPT = "accept", N_("An application waits to be accepted")
    REVIEW = "review", N_("An application waits for its review")
    SECOND = "second", N_("An application waits for the second registrar")
    REVISION = "revision", N_("A change of a registration waits for confirmation")
    PUBLISH = "publish", N_("A result waits for publication")
    CODE = "code", N_("A credit code waits for a person's word")
    PAPERS = "papers", N_("A party waits for verification")
    SECOND_PERSON = "second-person", N_("A proposal waits for its second person")


MOST_LEGS = 50_000


def ledger_refusal(rows: int) -> Refusal | None:
    """A file holds so many rows of the ledger, no more."""
    return BoardRefusal.TOO_MANY if rows > MOST_LEGS else None


@dataclass(frozen=True)
class Task:
    """One line of what waits: why, about what, where to go, and by when if there is a day."""

    wait: Wait
    title: str
    endpoint: str
    place: tuple[str, int] | None = None
    due_on: date | None = None
    overdue: bool = False


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Overdue first, then by day, then what has none; equal ones as they stand in ``Wait``."""
    order = {wait: place for place, wait in enumerate(Wait)}
    return sorted(
        tasks, key=lambda t: (not t.overdue, t.due_on is None, t.due_on or date.max, order[t.wait])
    )
