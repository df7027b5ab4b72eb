"""The auditor's search: entries page by page, one entry with its neighbours, all at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from market.kernel.clock import MARKET_ZONE, end_of
from market.kernel.db import Missing, get
from market.kernel.journal import Checkpoint, CheckpointSignature, Entry
from market.record.rules import Wanted

HITS = 50
BATCH = 500


@dataclass(frozen=True)
class Hits:
    """Some entries, the newest first, and the cursor that leads to those before them."""

    entries: Sequence[Entry]
    before: int | None


@dataclass(frozen=True)
class Place:
    """One entry where it stands: its neighbours in the chain and the checkpoint that ties it."""

    entry: Entry
    previous: Entry | None
    following: Entry | None
    checkpoint: Checkpoint | None
    signed: bool


def found(session: Session, wanted: Wanted, before: int | None = None) -> Hits:
    """One page of what is looked for."""
    asked = _asked(wanted).order_by(Entry.id.desc()).limit(HITS + 1)
    if before is not None:
        asked = asked.where(Entry.id < before)
    rows = list(session.scalars(asked))
    return Hits(rows[:HITS], rows[HITS - 1].id if len(rows) > HITS else None)


def own_acts(session: Session, user_id: int, before: int | None = None) -> Hits:
    """One page of what a person did."""
    return found(session, Wanted(person=user_id), before)


def everything(session: Session, wanted: Wanted, upto: int, most: int) -> Iterator[Entry]:
    """All that is looked for up to an entry, the oldest first, in batches; at most so many."""
    last, left = 0, most
    while left > 0:
        asked = _asked(wanted).where(Entry.id > last, Entry.id <= upto)
        batch = list(session.scalars(asked.order_by(Entry.id).limit(min(BATCH, left))))
        yield from batch
        if len(batch) < BATCH:
            return
        last, left = batch[-1].id, left - len(batch)
        session.expunge_all()


def place(session: Session, entry_id: int) -> Place:
    """One entry with what stands beside it in the chain, or ``Missing``."""
    entry = get(session, Entry, entry_id)
    near = select(Entry).where(
        Entry.thread_kind == entry.thread_kind, Entry.thread_id == entry.thread_id
    )
    beside = {
        each.seq - entry.seq: each
        for each in session.scalars(near.where(Entry.seq.in_([entry.seq - 1, entry.seq + 1])))
    }
    tied = session.scalars(
        select(Checkpoint).where(Checkpoint.upto >= entry.id).order_by(Checkpoint.id).limit(1)
    ).first()
    covering = select(CheckpointSignature.checkpoint_id).where(
        CheckpointSignature.checkpoint_id >= (tied.id if tied else 0)
    )
    signed = tied is not None and session.scalar(covering.limit(1)) is not None
    return Place(entry, beside.get(-1), beside.get(1), tied, signed)


def cursor(typed: str | None) -> int | None:
    """The cursor in an address; what is none is ``Missing``."""
    if typed is None:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        raise Missing("cursor", typed)
    return int(typed)


def _asked(wanted: Wanted) -> Select[Entry]:
    asked = select(Entry)
    if wanted.first is not None:
        asked = asked.where(Entry.at >= datetime.combine(wanted.first, time(), MARKET_ZONE))
    if wanted.last is not None:
        asked = asked.where(Entry.at < end_of(wanted.last))
    if wanted.act:
        asked = asked.where(Entry.act == wanted.act)
    if wanted.person is not None:
        asked = asked.where(Entry.user_id == wanted.person)
    if wanted.party is not None:
        asked = asked.where(Entry.party_id == wanted.party)
    if wanted.kind:
        thread, subject = Entry.thread_kind == wanted.kind, Entry.subject_kind == wanted.kind
        if wanted.number is not None:
            thread &= Entry.thread_id == wanted.number
            subject &= Entry.subject_id == wanted.number
        asked = asked.where(or_(thread, subject))
    if wanted.hash:
        asked = asked.where(Entry.hash.startswith(wanted.hash, autoescape=True))
    return asked
