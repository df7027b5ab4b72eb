"""From the journal to the reader: follow, look ahead, write letters, send them. One tick of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from market.inbox.ahead import look_ahead
from market.inbox.following import follow
from market.inbox.letters import write_at_once, write_digests
from market.kernel.db import Database
from market.kernel.outbox import Post, Sent, send_due


@dataclass(frozen=True)
class Delivered:
    """What one tick did: entries read, messages told, letters sent and kept for another try."""

    entries: int
    messages: int
    sent: Sent


def deliver(database: Database, post: Post, clock: Callable[[], datetime]) -> Delivered:
    """Tell everything that is to be told, then send what is due."""
    entries, messages = catch_up(database, clock())
    with database.transaction() as session:
        nearing = look_ahead(session, at=clock())
        write_at_once(session, nearing, at=clock())
        write_digests(session, at=clock())
    return Delivered(entries, messages + len(nearing), send_due(database, post, clock))


def catch_up(database: Database, at: datetime) -> tuple[int, int]:
    """Tell what stands in the journal, batch by batch; gives how many entries and messages."""
    entries = messages = 0
    while True:
        with database.transaction() as session:
            read, made = follow(session, at=at)
            write_at_once(session, made, at=at)
        if not read:
            return entries, messages
        entries, messages = entries + read, messages + len(made)
