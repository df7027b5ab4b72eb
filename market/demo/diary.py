"""Telling many stories at once, in the order of time, so that the journal reads as it was lived."""

from collections import Counter
from collections.abc import Generator
from datetime import UTC, date, datetime, time, timedelta
from heapq import heapify, heappop, heappush

from market.kernel.calendar import is_working_day
from market.kernel.clock import MARKET_ZONE, day_of

Story = Generator[int, datetime, None]
"""A story yields how many working days pass and is sent the instant at which it goes on."""

SPAN = 300
"""Working days that the world is old: some fourteen months."""


class Diary:
    """The working days before ``at``, the last of them yesterday at the latest."""

    def __init__(self, at: datetime) -> None:
        day, days = day_of(at), list[date]()
        while len(days) <= SPAN:
            day -= timedelta(days=1)
            if is_working_day(day):
                days.append(day)
        self._days = days[::-1]
        self._told = Counter[int]()

    def instant(self, day: int) -> datetime:
        """The next free minute of a working day's office hours; day 0 is the world's first."""
        minutes = 3 + day * 7 % 53 + self._told[day] * 19
        self._told[day] += 1
        local = datetime.combine(self._days[day], time(9, 0), MARKET_ZONE)
        return (local + timedelta(minutes=minutes)).astimezone(UTC)

    def tell(self, stories: list[Story]) -> None:
        """Let the stories go on by turns until each has ended.

        The first wait of a story is counted from the first day of the world.
        """
        waiting = [(next(story), nth, story) for nth, story in enumerate(stories)]
        heapify(waiting)
        while waiting:
            day, nth, story = heappop(waiting)
            try:
                wait = story.send(self.instant(day))
            except StopIteration:
                continue
            if wait < 1:
                raise ValueError("a story goes on the next day at the earliest")
            heappush(waiting, (day + wait, nth, story))
