"""Two persons confirm at the same instant: what was proposed happens once."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from time import sleep
from typing import Any

import pytest
from sqlalchemy import event, insert
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from market.accounts.rules import GRANT_POWER
from market.kernel import proposals
from market.kernel.authority import Actor
from market.kernel.db import Database, Missing, lock
from market.kernel.proposals import Outcome, Proposal, ProposalRefusal, confirm_refusal
from market.kernel.refusal import Refusal, Refused
from market.rulebook.rules import AMEND
from tests import make

FIRST, SECOND, THIRD = Actor(1), Actor(2), Actor(3)
ROUNDS = 8


def proposed(s: Session, at: datetime, subject: str = "7") -> Proposal:
    terms = {"role": "auditor"}
    return proposals.propose(s, GRANT_POWER, ("user", subject), terms, stood=[], by=FIRST, at=at)


@pytest.mark.parametrize(
    ("by", "stood", "days", "said"),
    [
        (SECOND, [], 0, None),
        (SECOND, [], 29, None),
        (FIRST, [], 0, ProposalRefusal.SAME_PERSON),
        (SECOND, ["operator"], 0, ProposalRefusal.STALE),
        (SECOND, [], 30, ProposalRefusal.STALE),
    ],
)
def test_another_person_confirms_what_still_stands(
    session: Session, at: datetime, by: Actor, stood: list[str], days: int, said: Refusal | None
) -> None:
    proposal = proposed(session, at)
    assert confirm_refusal(proposal, stood, by, at + timedelta(days=days)) is said


def test_a_proposal_is_found_under_its_own_act_only(session: Session, at: datetime) -> None:
    proposal = proposed(session, at)
    assert proposals.get_proposal(session, proposal.id, GRANT_POWER) is proposal
    with pytest.raises(Missing):
        proposals.get_proposal(session, proposal.id, AMEND)
    assert proposals.for_another([proposal], SECOND, at) == [proposal]
    assert proposals.for_another([proposal], FIRST, at) == []
    assert proposals.for_another([proposal], SECOND, at + proposals.HOLDS) == []


def test_the_database_keeps_one_open_proposal_of_an_act_on_a_subject(
    session: Session, at: datetime
) -> None:
    proposal = proposed(session, at)
    again = {
        "act": proposal.act,
        "subject_kind": "user",
        "subject_id": "7",
        "terms": "{}",
        "stood": "[]",
        "proposed_by": 9,
        "proposed_at": at,
    }
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Proposal).values(**again))
    proposals.decline(session, proposal, by=SECOND, at=at)
    session.execute(insert(Proposal).values(**again))


def decided_once(database: Database, at: datetime, subject: str) -> bool:
    """Whether of two confirmations at once one counts."""
    with database.transaction() as s:
        number = proposed(s, at, subject).id
        make.unwatched(s)
    gate, came = Barrier(2), []

    def confirm(by: Actor) -> None:
        gate.wait()
        try:
            with database.transaction() as s:
                found = lock(s, Proposal, number)
                proposals.confirm(s, found, stood=[], by=by, at=at)
                make.unwatched(s)  # the commands that use it record; here there is none
            came.append("done")
        except Refused as no:
            came.append(no.refusal.code)
        except DBAPIError as fault:
            came.append(type(fault).__name__)

    threads = [Thread(target=confirm, args=[by]) for by in (SECOND, THIRD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as s:
        assert s.get_one(Proposal, number).outcome is Outcome.CONFIRMED
    return sorted(came) == ["done", "proposal-decided"]


def test_of_two_confirmations_at_once_one_counts(database: Database, at: datetime) -> None:
    assert all(decided_once(database, at, str(each)) for each in range(ROUNDS))


def take_the_lock_away(database: Database) -> None:
    """Proposals are read without FOR UPDATE; SQLite's transaction begins not at all.

    A pause after the proposal is read stands for the moment in which the other one comes by.
    """
    database._writer = None

    @event.listens_for(database.engine, "before_cursor_execute", retval=True)
    def unlock(_c: Any, _cur: Any, sql: str, values: Any, _ctx: Any, _many: Any) -> Any:
        if sql == "BEGIN IMMEDIATE":
            sql = "SELECT 1"
        return sql.partition(" FOR UPDATE")[0], values

    @event.listens_for(database.engine, "after_cursor_execute")
    def dawdle(_c: Any, _cur: Any, sql: str, _values: Any, _ctx: Any, _many: Any) -> None:
        if sql.startswith("SELECT proposals."):
            sleep(0.05)


def test_without_the_lock_both_would_count(database: Database, at: datetime) -> None:
    take_the_lock_away(database)
    assert not all(decided_once(database, at, str(each)) for each in range(ROUNDS))
