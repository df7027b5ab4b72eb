"""The one place that reads the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime
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
