"""Doors at which attempts are counted, in the database, so that several processes share them.

What is behind a door (an account, a device, a network address) is named by a keyed hash only.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from market.accounts.limits import Door, counted, wait
from market.accounts.models import Attempts
from market.kernel.db import Instant

PREFIX_OF_A_HOME = 64  # one household or host has a whole /64 of IPv6
_OPEN = text(
    "INSERT INTO attempts (door, failures, last_at) VALUES (:door, 0, :at) ON CONFLICT DO NOTHING"
).bindparams(bindparam("at", type_=Instant()))

At = tuple[Door, str]
"""A door with its name in the table."""


def door(kind: Door, behind: str, key: str) -> At:
    """The door of this kind before this account, device or address."""
    named = hmac.digest(key.encode(), f"{kind.word}\0{behind}".encode(), "sha256")
    return kind, f"{kind.word}:{named.hex()}"


def network_of(address: str) -> str:
    """What counts as one network address: itself, or its /64 where it is of IPv6."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if read.version == 4:
        return str(read)
    return str(ip_network((read, PREFIX_OF_A_HOME), strict=False))


def pause(session: Session, doors: Sequence[At], at: datetime) -> timedelta:
    """How long an attempt at these doors must wait yet; nothing is counted."""
    kinds = {name: kind for kind, name in doors}
    rows = session.scalars(select(Attempts).where(Attempts.door.in_(kinds)))
    return max(
        (wait(kinds[row.door], row.failures, row.last_at, at) for row in rows),
        default=timedelta(0),
    )


def knock(session: Session, doors: Sequence[At], at: datetime) -> timedelta:
    """Count an attempt at all these doors, before it is made; or say how long to wait.

    Counting first and forgiving afterwards bounds also those who guess a thousand times at once.
    An attempt that must wait is not counted: whoever keeps knocking does not wait longer.
    """
    kinds = {name: kind for kind, name in doors}
    for name in sorted(kinds):  # one order of locks
        session.execute(_OPEN, {"door": name, "at": at})
    rows = session.scalars(
        select(Attempts)
        .where(Attempts.door.in_(kinds))
        .order_by(Attempts.door)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    longest = max(wait(kinds[row.door], row.failures, row.last_at, at) for row in rows)
    if not longest:
        for row in rows:
            row.failures = counted(kinds[row.door], row.failures, row.last_at, at) + 1
            row.last_at = at
    return longest


def has_counted(session: Session, doors: Sequence[At]) -> bool:
    """Whether anything is counted at these doors."""
    names = [name for _kind, name in doors]
    return (
        session.scalar(select(Attempts.door).where(Attempts.door.in_(names)).limit(1)) is not None
    )


def forgive(session: Session, doors: Sequence[At]) -> None:
    """An attempt was no guess: it counts no more, and who got in has a clean door again.

    A network address only gets its one attempt back, or a guesser would sign in to an account of
    their own now and then.
    """
    for kind, name in doors:
        row = session.get(Attempts, name, with_for_update=True)
        if row is not None and kind is Door.NETWORK:
            row.failures = max(row.failures - 1, 0)
        elif row is not None:
            session.delete(row)


def forget(session: Session, at: datetime) -> int:
    """Sweep out what no longer counts at any door; gives how much it was."""
    longest = max(kind.forgets for kind in Door)
    swept = session.execute(delete(Attempts).where(Attempts.last_at < at - longest))
    return int(swept.rowcount)  # type: ignore[attr-defined]
