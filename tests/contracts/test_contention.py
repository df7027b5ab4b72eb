"""Both sides press the button at the same instant; each signature and each refusal is counted.

The sabotage takes the lock of the contract away: the same races must then end otherwise, or they
would prove nothing.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from market.contracts import commands
from market.contracts.models import Contract
from market.contracts.rules import Status
from market.kernel.authority import Actor
from market.kernel.db import Database
from market.kernel.refusal import Refused
from tests import make

ROUNDS = 10


def fixed(database: Database, at: datetime) -> tuple[int, str, Actor, Actor]:
    with database.transaction() as s:
        (one, seller), (two, buyer) = (make.party(s, at=at) for _ in range(2))
        made = commands.draft(s, one.id, two.id, make.terms(), by=seller, at=at)
        commands.offer_text(s, made.id, by=seller, at=at)
        assert made.text_hash is not None
        return made.id, made.text_hash, seller, buyer


def together(*acts: Callable[[], object]) -> list[str]:
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


def signing(
    database: Database, contract_id: int, seen: str, by: Actor, at: datetime
) -> Callable[[], object]:
    def act() -> None:
        with database.transaction() as s:
            commands.sign(s, contract_id, seen, by=by, at=at)

    return act


Paper = tuple[int, str, Actor, Actor]


def concluded(database: Database, paper: Paper, at: datetime) -> bool:
    """Whether two sides that sign at once conclude the contract."""
    contract_id, seen, seller, buyer = paper
    came = together(*(signing(database, contract_id, seen, by, at) for by in (seller, buyer)))
    with database.reading() as s:
        contract = s.get_one(Contract, contract_id)
        whole = (contract.status, len(contract.signatures)) == (Status.SIGNED, 2)
    return whole and came == ["done", "done"]


def signed_once(database: Database, paper: Paper, at: datetime) -> bool:
    """Whether of four clicks of one side one signs and three are told so."""
    contract_id, seen, seller, _buyer = paper
    came = together(*[signing(database, contract_id, seen, seller, at)] * 4)
    return sorted(came) == ["done", *["signed-already"] * 3]


Claim = Callable[[Database, Paper, datetime], bool]
CLAIMS = pytest.mark.parametrize("claim", [concluded, signed_once])


@CLAIMS
def test_who_signs_at_the_same_instant_is_counted_right(
    database: Database, at: datetime, claim: Claim
) -> None:
    for _ in range(ROUNDS):
        assert claim(database, fixed(database, at), at)


def take_the_lock_away(database: Database) -> None:
    """Contracts are read without FOR UPDATE; SQLite's transaction begins not at all.

    A pause after the contract is read stands for the moment in which the other side comes by.
    """
    database._writer = None

    @event.listens_for(database.engine, "before_cursor_execute", retval=True)
    def unlock(_c: Any, _cur: Any, sql: str, values: Any, _ctx: Any, _many: Any) -> Any:
        if sql == "BEGIN IMMEDIATE":
            sql = "SELECT 1"
        return sql.partition(" FOR UPDATE")[0], values

    @event.listens_for(database.engine, "after_cursor_execute")
    def dawdle(_c: Any, _cur: Any, sql: str, _values: Any, _ctx: Any, _many: Any) -> None:
        if sql.startswith("SELECT contracts."):
            sleep(0.05)


def test_without_the_lock_two_sides_that_sign_at_once_conclude_nothing(
    database: Database, at: datetime
) -> None:
    papers = [fixed(database, at) for _ in range(ROUNDS)]
    take_the_lock_away(database)
    assert not all(concluded(database, paper, at) for paper in papers)


def test_without_the_lock_the_database_still_takes_one_signature_a_side(
    database: Database, at: datetime
) -> None:
    papers = [fixed(database, at) for _ in range(ROUNDS)]
    take_the_lock_away(database)
    assert all(signed_once(database, paper, at) for paper in papers)


def test_a_text_reopened_at_the_instant_of_signing_keeps_no_signature(
    database: Database, at: datetime
) -> None:
    for _ in range(ROUNDS):
        contract_id, seen, seller, buyer = fixed(database, at)

        def reopening(contract_id: int = contract_id, by: Actor = buyer) -> None:
            with database.transaction() as s:
                commands.reopen(s, contract_id, by=by, at=at)

        signed, reopened = together(signing(database, contract_id, seen, seller, at), reopening)
        assert reopened == "done"
        assert signed in ("done", "contract-wrong-state")
        with database.reading() as s:
            contract = s.get_one(Contract, contract_id)
            assert contract.status is Status.DRAFT
            assert contract.signatures == []
