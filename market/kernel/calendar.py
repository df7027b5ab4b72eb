"""Statutory days: periods counted as Civil Code 201-203 counts them (rules T-1 to T-4).

A day is a plain date of the market's zone; ``clock.day_of`` makes one of an instant (T-6).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import chinese_calendar

_ONE = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Day:
    """The last day of a period.

    ``provisional`` says that a year was touched for which the State Council has not yet published
    its holidays (in the table this release carries), so that weekends alone were used; the day may
    still move.
    """

    on: date
    provisional: bool = False


def last_day(start: date, days: int) -> Day:
    """The last day of a period of calendar days (日).

    The day of the event is not counted (T-1). A last day of rest moves to the next day after the
    rest; a make-up working day is no rest, even on a Saturday (T-2, T-4).
    """
    _refuse_odd(start, days)
    on = start + days * _ONE
    provisional = not _published(on)
    while not is_working_day(on):
        on += _ONE
        provisional = provisional or not _published(on)
    return Day(on, provisional)


def last_working_day(start: date, days: int) -> Day:
    """The last day of a period of working days (工作日), the day of the event not counted (T-3)."""
    _refuse_odd(start, days)
    on, provisional = start, False
    while days:
        on += _ONE
        provisional = provisional or not _published(on)
        days -= is_working_day(on)
    return Day(on, provisional)


def is_working_day(on: date) -> bool:
    """Whether people work on that day, make-up days counted (T-4).

    Where a year's holidays are not published, Monday to Friday are working days.
    """
    if not _published(on):
        return on.weekday() < _SATURDAY
    return bool(chinese_calendar.is_workday(on))


def working_days_between(a: date, b: date) -> int:
    """Working days after ``a`` up to and with ``b`` (T-1); none where ``b`` is not later."""
    return sum(is_working_day(a + nth * _ONE) for nth in range(1, (b - a).days + 1))


def _published(on: date) -> bool:
    try:
        chinese_calendar.is_workday(on)
    except NotImplementedError:
        return False
    return True


def _refuse_odd(start: date, days: int) -> None:
    # An instant is a date to Python, but its day depends on the zone: make it a day first.
    if isinstance(start, datetime):
        raise TypeError("a period starts on a date, not at an instant")
    if days < 1:
        raise ValueError("a period has at least one day")
