"""How long a session lasts, by what its person may do (ASVS 7.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

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
