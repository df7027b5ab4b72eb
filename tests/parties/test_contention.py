"""Two signatories remove each other at the same instant: one stays.

The sabotage takes the lock of the party away: the same race must then leave the party without
anybody who can bind it, or it would prove nothing.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from time import sleep
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from market.kernel.authority import Actor, Seat
from market.kernel.db import Database
from market.kernel.refusal import Refused
from market.parties import member_commands as commands
from market.parties.models import Party
from market.parties.queries import sitting
from tests import make

ROUNDS = 8


def two_signatories(database: Database, at: datetime) -> tuple[int, Actor, Actor]:
    with database.transaction() as s:
        party, one = make.party(s, at=at)
        return party.id, one, make.member(s, one, Seat.SIGNATORY, at=at)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Run the acts at once; gives what each came to: ``done``, its refusal's code or a fault."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        gate.wait()
        try:
            act()
        except Refused as no:
            return no.refusal.code
        except DBAPIError as fault:
            return type(fault).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def one_stays(database: Database, race: tuple[int, Actor, Actor], at: datetime) -> bool:
    """Whether exactly one of two removals happens and one signatory is left."""
    party_id, one, two = race

    def removing(by: Actor, other: Actor) -> Callable[[], object]:
        def act() -> None:
            assert other.user_id is not None
            with database.transaction() as s:
                commands.remove_member(s, party_id, other.user_id, by=by, at=at)

        return act

    came = at_once(removing(one, two), removing(two, one))
    with database.reading() as s:
        left = sitting(s, s.get_one(Party, party_id)).signatories
    return sorted(came) == ["done", "last-signatory"] and len(left) == 1


def test_of_two_signatories_who_remove_each_other_one_stays(
    database: Database, at: datetime
) -> None:
    for _ in range(ROUNDS):
        assert one_stays(database, two_signatories(database, at), at)


def take_the_lock_away(database: Database) -> None:
    """Parties are read without FOR UPDATE; SQLite's transaction begins not at all.

    A pause after the seats are read stands for the moment in which the other one comes by.
    """
    database._writer = None

    @event.listens_for(database.engine, "before_cursor_execute", retval=True)
    def unlock(_c: Any, _cur: Any, sql: str, values: Any, _ctx: Any, _many: Any) -> Any:
        if sql == "BEGIN IMMEDIATE":
            sql = "SELECT 1"
        return sql.partition(" FOR UPDATE")[0], values

    @event.listens_for(database.engine, "after_cursor_execute")
    def dawdle(_c: Any, _cur: Any, sql: str, _values: Any, _ctx: Any, _many: Any) -> None:
        if "AS active" in sql:
            sleep(0.05)


def test_without_the_lock_both_go_and_nobody_can_bind_the_party(
    database: Database, at: datetime
) -> None:
    races = [two_signatories(database, at) for _ in range(ROUNDS)]
    take_the_lock_away(database)
    assert not all(one_stays(database, race, at) for race in races)
