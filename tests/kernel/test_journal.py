"""P-30: the journal only grows, and whoever changes it behind the market's back is named."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.db import Database
from market.kernel.journal import (
    FIRST,
    Checkpoint,
    Entry,
    checkpoint,
    entries_after,
    record,
    timeline,
    verify,
)
from market.listings.models import Right
from tests.legs import nightly

ENTRIES = 1_000 if nightly() else 50
SEED = 20261121
ACTOR = Actor(user_id=7, party_id=3)
APPEND_ONLY = (
    "journal_entries",
    "journal_checkpoints",
    "journal_signatures",
    "register_entries",
)


def write(s: Session, at: datetime, count: int = ENTRIES) -> None:
    """So many entries in five threads, each third one followed by a checkpoint."""
    chance = random.Random(SEED)
    for n in range(count):
        thread = ("listing", chance.randrange(1, 6))
        if n % 2:
            s.add(Right())  # half of the entries tell of a row that changed
        record(s, "offer.made", by=ACTOR, at=at + timedelta(seconds=n), thread=thread, price=n)
        if n % 3 == 0:
            checkpoint(s, at=at + timedelta(seconds=n))
    checkpoint(s, at=at + timedelta(seconds=count))


def disarm(s: Session) -> None:
    """What only an owner of the database can do: take the triggers away."""
    if s.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("update", "delete"):
                s.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
    else:
        for table in APPEND_ONLY:
            s.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))


def test_an_untouched_journal_holds(session: Session, at: datetime) -> None:
    write(session, at)
    verdict = verify(session)
    assert verdict.findings == ()
    assert (verdict.entries, verdict.threads) == (ENTRIES, 5)
    assert verdict.head != FIRST


@pytest.mark.parametrize("table", APPEND_ONLY[:2])  # the register's: tests/registry
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_a_row_of_the_record(
    database: Database, at: datetime, table: str, verb: str
) -> None:
    with database.transaction() as s:
        write(s, at, 3)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as s:
        s.execute(text(verb.format(table)))


FIELDS: dict[str, Callable[[Entry], object]] = {
    "act": lambda e: e.act + "x",
    "at": lambda e: e.at + timedelta(microseconds=1),
    "user_id": lambda e: (e.user_id or 0) + 1,
    "party_id": lambda _e: None,
    "subject_kind": lambda _e: "deal",
    "subject_id": lambda e: e.subject_id + 1,
    "facts": lambda e: e.facts.replace("price", "prize"),
    "changes": lambda e: "" if e.changes else "[]",
    "previous": lambda e: e.previous[::-1] if e.seq > 1 else "1" * 64,
    "hash": lambda e: e.hash[::-1],
    "seq": lambda e: e.seq + 10_000,
    "thread_id": lambda e: e.thread_id + 100,
    "thread_kind": lambda _e: "contract",
}


def test_every_altered_field_of_every_entry_is_found(session: Session, at: datetime) -> None:
    write(session, at)
    disarm(session)
    found = 0
    for entry in session.scalars(select(Entry)).all():
        for name, other in FIELDS.items():
            with session.begin_nested() as savepoint:
                changed = update(Entry).where(Entry.id == entry.id).values({name: other(entry)})
                session.execute(changed.execution_options(synchronize_session=False))
                session.expire_all()
                assert verify(session).findings, f"{name} of entry {entry.id} went unseen"
                found += 1
                savepoint.rollback()
            session.expire_all()
    assert found == ENTRIES * len(FIELDS)


def test_every_dropped_entry_is_found(session: Session, at: datetime) -> None:
    write(session, at)
    disarm(session)
    for entry_id in session.scalars(select(Entry.id)).all():
        with session.begin_nested() as savepoint:
            session.execute(delete(Entry).where(Entry.id == entry_id))
            session.expire_all()
            assert verify(session).findings, f"dropping {entry_id} went unseen"
            savepoint.rollback()


def test_swapped_entries_are_found(session: Session, at: datetime) -> None:
    write(session, at)
    disarm(session)
    thread = select(Entry).where(Entry.thread_id == 1).order_by(Entry.seq)
    first, second = session.scalars(thread.limit(2)).all()
    facts = (first.facts, second.facts)
    for entry, other in zip((first, second), reversed(facts), strict=True):
        session.execute(update(Entry).where(Entry.id == entry.id).values(facts=other))
    session.expire_all()
    assert len(verify(session).findings) >= 2


def test_an_inserted_entry_is_found(session: Session, at: datetime) -> None:
    write(session, at)
    last = timeline(session, [("listing", 1)])[-1]
    forged = {c.name: getattr(last, c.name) for c in Entry.__table__.columns if c.name != "id"}
    session.execute(insert(Entry).values({**forged, "seq": last.seq + 1, "previous": last.hash}))
    assert verify(session).findings


def test_a_thread_chained_anew_without_its_checkpoints_is_found(
    session: Session, at: datetime
) -> None:
    write(session, at)
    disarm(session)
    previous = FIRST
    for entry in timeline(session, [("listing", 1)]):
        entry.facts, entry.previous = entry.facts.replace("price", "prize"), previous
        entry.hash = previous = entry.digest()
    session.flush()
    findings = verify(session).findings
    assert findings
    assert all("differs from checkpoint" in f.what for f in findings)


def test_a_truncated_tail_is_found_up_to_the_last_checkpoint(
    session: Session, at: datetime
) -> None:
    write(session, at)
    later = at + timedelta(hours=1)
    record(session, "offer.made", by=ACTOR, at=later, thread=("listing", 1), price=0)
    disarm(session)
    tail = timeline(session, [("listing", 1)])[-2:]
    session.execute(delete(Entry).where(Entry.id == tail[1].id))
    assert not verify(session).findings, "the documented window: after the last checkpoint"
    session.execute(delete(Entry).where(Entry.id == tail[0].id))
    assert verify(session).findings


def test_a_dropped_or_altered_checkpoint_is_found(session: Session, at: datetime) -> None:
    write(session, at)
    disarm(session)
    second = session.scalars(select(Checkpoint).order_by(Checkpoint.id)).all()[1]
    for change in (
        delete(Checkpoint).where(Checkpoint.id == second.id),
        update(Checkpoint).where(Checkpoint.id == second.id).values(heads="[]"),
        update(Checkpoint).where(Checkpoint.id == second.id).values(upto=0),
    ):
        with session.begin_nested() as savepoint:
            session.execute(change.execution_options(synchronize_session=False))
            session.expire_all()
            assert verify(session).findings
            savepoint.rollback()
        session.expire_all()


def test_a_checkpoint_is_made_only_where_something_moved(session: Session, at: datetime) -> None:
    write(session, at, 4)
    assert checkpoint(session, at=at) is None
    record(session, "offer.made", by=ACTOR, at=at, thread=("party", 9))
    made = checkpoint(session, at=at)
    assert made is not None
    assert '["party",9,1' in made.heads


def test_a_checkpoint_takes_in_an_entry_that_committed_late(session: Session, at: datetime) -> None:
    """On PostgreSQL an id given early may be committed after a later one was checkpointed."""
    write(session, at, 4)
    late = record(session, "offer.made", by=ACTOR, at=at, thread=("party", 9))
    session.execute(
        insert(Checkpoint).values(at=at, upto=late.id, heads="[]", previous="x" * 64, hash="y" * 64)
    )
    made = checkpoint(session, at=at)
    assert made is not None
    assert '["party",9,1' in made.heads


def test_a_follower_reads_on_from_where_it_stopped(session: Session, at: datetime) -> None:
    write(session, at, 10)
    first = entries_after(session, 0, limit=4)
    rest = entries_after(session, first[-1].id)
    assert [e.told["price"] for e in (*first, *rest)] == list(range(10))


def test_verification_that_does_not_recompute_hashes_would_miss_an_edit(
    session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sabotage: with the recomputation taken away the alteration goes unseen."""
    write(session, at, 6)
    disarm(session)
    session.execute(update(Entry).where(Entry.seq == 1).values(act="forged"))
    session.expire_all()
    assert verify(session).findings
    monkeypatch.setattr(Entry, "digest", lambda self: self.hash)
    assert not verify(session).findings
