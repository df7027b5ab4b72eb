"""The one place that reads the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MARKET_ZONE = ZoneInfo("Asia/Shanghai")  # domain rule T-6

_source: list[Callable[[], datetime]] = [lambda: datetime.now(UTC)]


def now() -> datetime:
    """The present instant, aware and in UTC. Read once per request and handed on as ``at``."""
    return _source[-1]()


def set_clock(source: Callable[[], datetime] | None) -> None:
    """Replace the clock (tests and rehearsals only); None puts the machine's clock back."""
    del _source[1:]
    if source is not None:
        _source.append(source)


def day_of(at: datetime) -> date:
    """The calendar day of an instant where the market is (Asia/Shanghai), T-6."""
    return at.astimezone(MARKET_ZONE).date()


def end_of(day: date) -> datetime:
    """The first instant after a calendar day, where the market is."""
    return datetime.combine(day + timedelta(days=1), time(), MARKET_ZONE)
