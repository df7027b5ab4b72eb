from datetime import UTC, date, datetime, timedelta

import pytest

from market.kernel.calendar import (
    Day,
    is_working_day,
    last_day,
    last_working_day,
    working_days_between,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ("2025-09-26", 15, "2025-10-11"),  # a Saturday, but a make-up working day
        ("2025-09-20", 15, "2025-10-09"),  # 5 October lies in the holiday
        ("2025-09-10", 30, "2025-10-10"),
        ("2025-09-08", 5, "2025-09-15"),  # an ordinary Saturday moves to Monday
        ("2025-09-08", 1, "2025-09-09"),  # the day of the event is not counted
    ],
)
def test_a_period_in_days_ends_on_the_statutory_day(start: str, days: int, last: str) -> None:
    assert last_day(day(start), days) == Day(day(last))


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ("2025-09-22", 10, "2025-10-11"),
        ("2025-09-22", 20, "2025-10-24"),
        ("2025-09-24", 15, "2025-10-21"),
        ("2025-09-24", 30, "2025-11-11"),
        ("2025-09-26", 1, "2025-09-28"),  # a Sunday made up for the holiday
    ],
)
def test_a_period_in_working_days_ends_on_the_statutory_day(
    start: str, days: int, last: str
) -> None:
    assert last_working_day(day(start), days) == Day(day(last))
    assert working_days_between(day(start), day(last)) == days


@pytest.mark.parametrize(
    ("on", "working"),
    [
        ("2025-09-28", True),
        ("2025-10-01", False),
        ("2025-10-08", False),
        ("2025-10-09", True),
        ("2025-10-11", True),
        ("2025-10-12", False),
    ],
)
def test_make_up_days_are_working_days_and_holidays_are_not(on: str, working: bool) -> None:
    assert is_working_day(day(on)) is working


def test_a_year_without_published_holidays_gives_a_provisional_day() -> None:
    # 1 October 2027 is a Friday and surely a holiday, but no table says so yet.
    assert last_day(day("2027-09-21"), 10) == Day(day("2027-10-01"), provisional=True)
    assert last_day(day("2027-09-22"), 10) == Day(day("2027-10-04"), provisional=True)
    assert last_working_day(day("2027-09-24"), 5) == Day(day("2027-10-01"), provisional=True)
    assert is_working_day(day("2027-10-01"))
    assert not is_working_day(day("2027-10-02"))


def test_a_period_that_runs_into_such_a_year_is_provisional_too() -> None:
    assert last_day(day("2026-12-20"), 30) == Day(day("2027-01-19"), provisional=True)
    assert last_working_day(day("2026-12-28"), 10).provisional
    assert not last_day(day("2026-12-20"), 5).provisional


def test_working_days_between_count_the_last_day_and_not_the_first() -> None:
    assert working_days_between(day("2025-09-22"), day("2025-09-23")) == 1
    assert working_days_between(day("2025-09-22"), day("2025-09-22")) == 0
    assert working_days_between(day("2025-09-23"), day("2025-09-22")) == 0


@pytest.mark.parametrize("start", [day("2025-01-01") + timedelta(days=7 * n) for n in range(53)])
def test_every_period_of_a_year_ends_on_a_working_day_and_not_early(start: date) -> None:
    for days in (1, 7, 15, 30):
        assert is_working_day(last_day(start, days).on)
        assert last_day(start, days).on >= start + timedelta(days=days)
        assert working_days_between(start, last_working_day(start, days).on) == days


def test_a_period_has_a_day_and_starts_on_a_date() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        last_day(day("2025-09-22"), 0)
    with pytest.raises(ValueError, match="at least one day"):
        last_working_day(day("2025-09-22"), -1)
    with pytest.raises(TypeError):
        last_day(datetime(2025, 9, 22, 20, tzinfo=UTC), 1)
