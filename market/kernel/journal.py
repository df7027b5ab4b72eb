"""The journal: one append-only, hash-chained entry per act.

Entries are chained per *thread*, the root row that the command locked (a listing, a party, a
contract …), so the chain needs no lock of its own. A checkpoint ties the heads of all threads
together; ``verify`` walks everything and names each entry that was altered, dropped or swapped.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.authority import Actor
from market.kernel.changes import drain
from market.kernel.db import Base, Id, Instant
from market.kernel.personal import Ref

DOMAIN = b"ttm/journal/v1\x00"
CHECKPOINT_DOMAIN = b"ttm/checkpoint/v1\x00"
FIRST = "0" * 64


class Entry(Base):
    """One act: who, when, what, on what. Never changed, never deleted (a trigger refuses both)."""

    __tablename__ = "journal_entries"
    journaled = False
    __table_args__ = (
        UniqueConstraint("thread_kind", "thread_id", "seq"),
        Index("ix_journal_entries_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    thread_kind: Mapped[str] = mapped_column(String(32))
    thread_id: Mapped[int] = mapped_column(Id)
    seq: Mapped[int] = mapped_column(Id)
    act: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    user_id: Mapped[int | None] = mapped_column(Id, index=True)
    party_id: Mapped[int | None] = mapped_column(Id)
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(Id)
    facts: Mapped[str] = mapped_column(Text)
    changes: Mapped[str] = mapped_column(Text, default="", server_default="")
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    @property
    def thread(self) -> Ref:
        """The thread that the entry is chained in."""
        return self.thread_kind, self.thread_id

    @property
    def told(self) -> dict[str, object]:
        """The facts of the act, as recorded."""
        told = json.loads(self.facts)
        assert isinstance(told, dict)
        return told

    @property
    def changed(self) -> list[dict[str, object]]:
        """The rows that the act changed: table, key, before and after."""
        changed = json.loads(self.changes or "[]")
        assert isinstance(changed, list)
        return changed

    def digest(self) -> str:
        """The hash that this entry must carry."""
        body: dict[str, object] = {
            "thread": [self.thread_kind, self.thread_id],
            "seq": self.seq,
            "act": self.act,
            "at": self.at.isoformat(timespec="microseconds"),
            "user": self.user_id,
            "party": self.party_id,
            "subject": [self.subject_kind, self.subject_id],
            "facts": self.facts,
        }
        if self.changes:  # entries before version 0.2 have none and keep their hash
            body["changes"] = self.changes
        return hashlib.sha256(DOMAIN + self.previous.encode() + canonical(body)).hexdigest()


class Checkpoint(Base):
    """The heads that moved since the last checkpoint, tied to it. Never changed."""

    __tablename__ = "journal_checkpoints"
    journaled = False

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Instant)
    upto: Mapped[int] = mapped_column(Id)
    heads: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64))

    def digest(self) -> str:
        """The hash that this checkpoint must carry."""
        stamp = self.at.isoformat(timespec="microseconds")
        body = canonical({"at": stamp, "upto": self.upto, "heads": self.heads})
        return hashlib.sha256(CHECKPOINT_DOMAIN + self.previous.encode() + body).hexdigest()


class CheckpointSignature(Base):
    """An Ed25519 signature over a checkpoint, by a key that the web process need not hold."""

    __tablename__ = "journal_signatures"
    journaled = False

    checkpoint_id: Mapped[int] = mapped_column(
        ForeignKey("journal_checkpoints.id"), primary_key=True
    )
    key_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    signature: Mapped[str] = mapped_column(String(128))
    signed_at: Mapped[datetime] = mapped_column(Instant)


_ENTRIES = Entry.__table__.c
# Both are built once and go past the unit of work: each act asks the one and sends the other.
_NEW = Entry.__table__.insert().returning(_ENTRIES.id)  # type: ignore[attr-defined]
_HEAD = (
    select(_ENTRIES.seq, _ENTRIES.hash)
    .where(_ENTRIES.thread_kind == bindparam("kind"), _ENTRIES.thread_id == bindparam("key"))
    .order_by(_ENTRIES.seq.desc())
    .limit(1)
)


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces: the same facts are the same bytes. No floats."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def record(
    session: Session,
    act: str,
    *,
    by: Actor,
    at: datetime,
    thread: Ref,
    on: Ref | None = None,
    **facts: object,
) -> Entry:
    """Append one entry to a thread whose root row the caller has locked, and give it to be read.

    ``facts`` are what a reader needs to understand the act: ids, codes, amounts in minor units,
    hashes. No personal data and no floats. What the act changed in which row comes by itself.
    """
    changes = drain(session)
    head = session.connection().execute(_HEAD, {"kind": thread[0], "key": thread[1]}).first()
    subject = on or thread
    entry = Entry(
        thread_kind=thread[0],
        thread_id=thread[1],
        seq=head.seq + 1 if head else 1,
        act=act,
        at=at,
        user_id=by.user_id,
        party_id=by.party_id,
        subject_kind=subject[0],
        subject_id=subject[1],
        facts=canonical(facts).decode(),
        changes=canonical(changes).decode() if changes else "",
        previous=head.hash if head else FIRST,
    )
    entry.hash = entry.digest()
    row = {column.name: getattr(entry, column.name) for column in _ENTRIES if column.name != "id"}
    entry.id = session.connection().execute(_NEW, row).scalar_one()
    return entry


def timeline(session: Session, threads: Iterable[Ref]) -> list[Entry]:
    """All entries of these threads in the order in which they were made."""
    wanted = [(Entry.thread_kind == kind) & (Entry.thread_id == key) for kind, key in threads]
    if not wanted:
        return []
    return list(session.scalars(select(Entry).where(or_(*wanted)).order_by(Entry.at, Entry.id)))


def entries_after(session: Session, entry_id: int, limit: int = 500) -> list[Entry]:
    """The next entries for a follower, oldest first."""
    return list(
        session.scalars(select(Entry).where(Entry.id > entry_id).order_by(Entry.id).limit(limit))
    )


LATE = 500  # on PostgreSQL ids are given before commit: re-read a short trailing window


@dataclass(frozen=True)
class Mark:
    """How far in the journal a follower has read: all up to ``upto``, and which of the last ones.

    ``seen`` are the entries of the trailing window that were there: on PostgreSQL an id is given
    before its commit, so a smaller one may still appear.
    """

    upto: int = 0
    seen: frozenset[int] = frozenset()

    def after(self, ids: Iterable[int]) -> "Mark":
        """The mark once these entries are read as well."""
        seen = self.seen | frozenset(ids)
        upto = max([self.upto, *seen])
        return Mark(upto, frozenset(key for key in seen if key > upto - LATE))


def _moved_heads(session: Session, last: Checkpoint | None) -> list[list[object]]:
    """Heads of the threads that moved since the last checkpoint, each as kind, id, seq, hash."""
    since = max((last.upto if last else 0) - LATE, 0)
    told = {
        tuple(head)
        for made in session.scalars(select(Checkpoint).where(Checkpoint.upto > since))
        for head in json.loads(made.heads)
    }
    moved = select(Entry.thread_kind, Entry.thread_id).where(Entry.id > since).distinct().subquery()
    heads = (
        select(Entry.thread_kind, Entry.thread_id, func.max(Entry.seq).label("seq"))
        .join(
            moved,
            (moved.c.thread_kind == Entry.thread_kind) & (moved.c.thread_id == Entry.thread_id),
        )
        .group_by(Entry.thread_kind, Entry.thread_id)
        .subquery()
    )
    rows = session.execute(
        select(Entry.thread_kind, Entry.thread_id, Entry.seq, Entry.hash)
        .join(
            heads,
            (heads.c.thread_kind == Entry.thread_kind)
            & (heads.c.thread_id == Entry.thread_id)
            & (heads.c.seq == Entry.seq),
        )
        .order_by(Entry.thread_kind, Entry.thread_id)
    )
    return [list(row) for row in rows if tuple(row) not in told]


def checkpoint(session: Session, *, at: datetime) -> Checkpoint | None:
    """Tie all heads that moved since the last checkpoint; None where nothing moved."""
    last = session.scalars(select(Checkpoint).order_by(Checkpoint.id.desc()).limit(1)).first()
    moved = _moved_heads(session, last)
    if not moved:
        return None
    made = Checkpoint(
        at=at,
        upto=session.scalar(select(func.max(Entry.id))) or 0,
        heads=canonical(moved).decode(),
        previous=last.hash if last else FIRST,
    )
    made.hash = made.digest()
    session.add(made)
    session.flush()
    return made


@dataclass(frozen=True)
class Finding:
    """One place where the journal does not hold, in words for an auditor."""

    where: str
    what: str


@dataclass(frozen=True)
class Verdict:
    """What ``verify`` saw: how much it read, what it found, and the hash that stands for it all."""

    entries: int
    threads: int
    checkpoints: int
    head: str
    findings: tuple[Finding, ...]


def verify(session: Session) -> Verdict:
    """Walk every thread and every checkpoint and name what does not hold (P-30).

    What was cut off a thread after the last checkpoint cannot be seen from inside; the hash of
    the last checkpoint, kept elsewhere, closes that gap.
    """
    findings: list[Finding] = []
    seen: dict[tuple[str, int, int], str] = {}
    threads: dict[Ref, tuple[int, str]] = {}
    ordered = select(Entry).order_by(Entry.thread_kind, Entry.thread_id, Entry.seq, Entry.id)
    for entry in session.scalars(ordered.execution_options(yield_per=1000)):
        place = f"{entry.thread_kind}/{entry.thread_id}#{entry.seq}"
        seq, head = threads.get(entry.thread, (0, FIRST))
        if entry.seq != seq + 1:
            findings.append(Finding(place, f"follows #{seq}: an entry is missing or moved"))
        if entry.previous != head:
            findings.append(Finding(place, "does not follow the entry before it"))
        if entry.hash != entry.digest():
            findings.append(Finding(place, "was altered: its hash does not match"))
        threads[entry.thread] = (entry.seq, entry.hash)
        seen[(*entry.thread, entry.seq)] = entry.hash
        session.expunge(entry)
    head, count = _verify_checkpoints(session, seen, findings)
    return Verdict(len(seen), len(threads), count, head, tuple(findings))


def _verify_checkpoints(
    session: Session, seen: dict[tuple[str, int, int], str], findings: list[Finding]
) -> tuple[str, int]:
    head, count = FIRST, 0
    for made in session.scalars(select(Checkpoint).order_by(Checkpoint.id)):
        place = f"checkpoint/{made.id}"
        count += 1
        if made.previous != head:
            findings.append(Finding(place, "does not follow the checkpoint before it"))
        if made.hash != made.digest():
            findings.append(Finding(place, "was altered: its hash does not match"))
        for kind, key, seq, digest in json.loads(made.heads):
            if seen.get((kind, key, seq)) != digest:
                findings.append(
                    Finding(f"{kind}/{key}#{seq}", f"differs from {place}: altered or dropped")
                )
        head = made.hash
    return head, count
