"""How long a session lasts (ASVS 7.3), and how long a guesser waits (ASVS 6.3.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from market.kernel.authority import STAFF, Role


@dataclass(frozen=True)
class Limits:
    """The longest pause in a session, and its longest life."""

    idle: timedelta
    absolute: timedelta


FOR_STAFF = Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
FOR_OTHERS = Limits(idle=timedelta(hours=8), absolute=timedelta(days=14))
NOTICED_EVERY = timedelta(minutes=1)
"""A session's last sign of life is written down so often at most."""


def limits(roles: Iterable[Role]) -> Limits:
    """The limits of a person who holds these roles, whether they count in this session or not."""
    return FOR_OTHERS if STAFF.isdisjoint(roles) else FOR_STAFF


def is_over(begun_at: datetime, seen_at: datetime, roles: Iterable[Role], at: datetime) -> bool:
    """Whether a session has ended by itself: too long a pause, or too long a life."""
    most = limits(roles)
    return at - seen_at >= most.idle or at - begun_at >= most.absolute


class Door(Enum):
    """Where somebody may guess or ask too often: what is counted, and how patiently.

    The value is its name, how many attempts are free, the wait after the next one (each further
    one doubles it), the longest wait, and after how long a pause everything is forgotten.
    """

    ACCOUNT = "account", 10, timedelta(seconds=15), timedelta(minutes=15), timedelta(days=1)
    DEVICE = "device", 10, timedelta(seconds=15), timedelta(minutes=15), timedelta(days=1)
    NETWORK = "network", 100, timedelta(seconds=5), timedelta(minutes=15), timedelta(hours=12)
    AGAIN = "again", 10, timedelta(seconds=15), timedelta(minutes=15), timedelta(days=1)
    FACTOR = "factor", 5, timedelta(seconds=30), timedelta(minutes=15), timedelta(days=1)
    LETTER_TO = "letter-to", 3, timedelta(minutes=5), timedelta(hours=12), timedelta(days=1)
    LETTER_FROM = "letter-from", 30, timedelta(minutes=1), timedelta(hours=1), timedelta(hours=12)

    word: str
    free: int
    first: timedelta
    most: timedelta
    forgets: timedelta

    def __init__(
        self, word: str, free: int, first: timedelta, most: timedelta, forgets: timedelta
    ) -> None:
        self.word, self.free = word, free
        self.first, self.most, self.forgets = first, most, forgets


DOUBLINGS = 12
"""More would only make the number large: every longest wait is reached before."""


def counted(door: Door, attempts: int, last_at: datetime, at: datetime) -> int:
    """How many attempts at a door still count."""
    return attempts if at - last_at < door.forgets else 0


def wait(door: Door, attempts: int, last_at: datetime, at: datetime) -> timedelta:
    """How long the next attempt at a door must wait yet; nothing where it may go ahead."""
    over = counted(door, attempts, last_at, at) - door.free
    if over < 0:
        return timedelta(0)
    pause = min(door.first * (1 << min(over, DOUBLINGS)), door.most)
    return max(last_at + pause - at, timedelta(0))
