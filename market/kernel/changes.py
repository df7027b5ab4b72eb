"""What changed: before and after of each row, gathered where rows are written.

``journal.record`` drains what gathered since the last entry of its transaction into the new one. At
commit nothing may be left over: a change that no entry tells of does not happen (``Unrecorded``).

A model opts out as a whole by ``journaled = False``. Of a column, ``info`` says how it is told:
``{"untold": True}`` not at all, ``{"secret": True}`` only that it changed, ``{"personal": whose}``
as a commitment under the salt of ``whose(row)``, where that names somebody.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Connection, event, inspect, select
from sqlalchemy.orm import (
    Mapper,
    ORMExecuteState,
    PassiveFlag,
    Session,
    SessionTransaction,
    object_session,
)
from sqlalchemy.orm.attributes import get_history

from market.kernel.db import Base
from market.kernel.personal import Ref, commitment

AS_IT_IS = PassiveFlag.PASSIVE_NO_INITIALIZE
LONG = 200
"""Texts longer than this are told by their hash and length."""

PENDING, KEPT = "market.changes", "market.changes-at-savepoint"
PAST = "market.changes-past-the-unit-of-work"
Columns = dict[str, Any]
Key = tuple[str, tuple[Any, ...]]


class Unrecorded(RuntimeError):
    """Rows changed and no entry of the journal tells of it: the transaction must not commit."""


@dataclass(frozen=True)
class Secret:
    """A value that the record never shows."""

    value: object = field(repr=False)


@dataclass(frozen=True)
class Personal:
    """A value of a person: the record holds a commitment to it."""

    whose: Ref
    value: object = field(repr=False)


@dataclass(frozen=True)
class Change:
    """One row: its columns before (None where it is new) and after (None where it is gone)."""

    model: type[Base]
    key: tuple[Any, ...]
    before: Columns | None
    after: Columns | None

    def then(self, later: "Change") -> "Change":
        """This change and a later one of the same row, as one."""
        before, after = self.before, later.after
        if before is not None and later.before is not None:
            before = {**later.before, **before}
        if self.after is not None and after is not None and later.before is not None:
            after = {**self.after, **after}
        return replace(self, before=before, after=after)

    @property
    def net(self) -> "Change | None":
        """What is left when columns that came back to what they were are taken out."""
        if self.before is None and self.after is None:
            return None
        if self.before is None or self.after is None:
            return self
        moved = [name for name in self.after if self.after[name] != self.before.get(name)]
        if not moved:
            return None
        before = {name: self.before.get(name) for name in moved}
        return replace(self, before=before, after={name: self.after[name] for name in moved})

    @property
    def likeness(self) -> tuple[Any, ...]:
        """What makes a row that is gone and a new one the same row under another number."""
        row = (self.after if self.before is None else self.before) or {}
        return self.model, *sorted((k, v) for k, v in _unnumbered(self.model, row) if v is not None)


def drain(session: Session) -> list[dict[str, object]]:
    """What changed since the last entry, ready for the journal; afterwards nothing is pending."""
    session.flush()
    told = [_told(session, change) for change in untold(session)]
    session.info.pop(PENDING, None)
    return told


def untold(session: Session) -> list[Change]:
    """The changes that no entry tells of yet, without those that came to nothing."""
    pending: dict[Key, Change] = session.info.get(PENDING, {})
    return list(_without_twins(filter(None, (change.net for change in pending.values()))))


def _without_twins(changes: Iterable[Change]) -> Iterator[Change]:
    """Lists are written anew on each save: a row deleted and made again as it was is no change."""
    kept = list(changes)
    gone: dict[tuple[Any, ...], list[Change]] = defaultdict(list)
    for change in kept:
        if change.after is None:
            gone[change.likeness].append(change)
    dropped = set()
    for change in kept if gone else ():
        twins = gone.get(change.likeness) if change.before is None else None
        if twins:
            dropped |= {id(change), id(twins.pop(0))}
    return (change for change in kept if id(change) not in dropped)


# ── how a change is told ─────────────────────────────────────────────────────────────────────────


def _told(session: Session, change: Change) -> dict[str, object]:
    told: dict[str, object] = {"table": change.model.__tablename__, "key": list(change.key)}
    whole = change.before is None or change.after is None
    for name, row in (("before", change.before), ("after", change.after)):
        if row is not None:
            told[name] = {
                column: _value(session, value)
                for column, value in row.items()
                if not (whole and value is None)
            }
    return told


def _value(session: Session, value: object) -> object:
    if isinstance(value, Secret):
        return {"secret": True}
    if isinstance(value, Personal):
        return {"commitment": commitment(session, value.whose, str(value.value))}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return _hashed(value, len(value))
    if isinstance(value, str) and len(value) > LONG:
        return _hashed(value.encode(), len(value))
    return value


def _hashed(value: bytes, length: int) -> dict[str, object]:
    return {"sha256": hashlib.sha256(value).hexdigest(), "length": length}


# ── gathering, row by row ────────────────────────────────────────────────────────────────────────


@cache
def _columns(model: type[Base]) -> dict[str, dict[str, Any]]:
    """The columns of a model that the record tells, each with what is said of how."""
    mapped = {each.key: each.columns[0].info for each in inspect(model).column_attrs}
    return {name: told for name, told in mapped.items() if not told.get("untold")}


@cache
def _numbers(model: type[Base]) -> frozenset[str]:
    """The number that the database gives a row by itself."""
    return frozenset({"id"} if [c.name for c in inspect(model).primary_key] == ["id"] else ())


def _unnumbered(model: type[Base], row: Columns) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in row.items() if name not in _numbers(model))


def _wrapped(row: Base, info: dict[str, Any], value: object) -> object:
    if value is None or value == "":
        return value
    if info.get("secret"):
        return Secret(value)
    whose: Callable[[Base], Ref | None] | None = info.get("personal")
    subject = whose(row) if whose else None
    return Personal(subject, value) if subject else value


def _note(row: Base, before: Columns | None, after: Columns | None) -> None:
    session = object_session(row)
    assert session is not None, "a row is written by its session"
    model = type(row)
    told = _columns(model)
    key = tuple(inspect(model).primary_key_from_instance(row))
    wrapped = [
        None if columns is None else {k: _wrapped(row, told[k], v) for k, v in columns.items()}
        for columns in (before, after)
    ]
    change = Change(model, key, *wrapped)
    pending: dict[Key, Change] = session.info.setdefault(PENDING, {})
    earlier = pending.get((model.__tablename__, key))
    pending[model.__tablename__, key] = earlier.then(change) if earlier else change


def _stored(connection: Connection, row: Base, names: list[str]) -> Columns:
    """Columns as the database still holds them, where the row in memory has forgotten them."""
    if not names:
        return {}
    model = type(row)
    mapper = inspect(model)
    key = mapper.primary_key_from_instance(row)
    where = [column == value for column, value in zip(mapper.primary_key, key, strict=True)]
    found = connection.execute(select(*(getattr(model, name) for name in names)).where(*where))
    return dict(zip(names, found.one(), strict=True))


def _whole(connection: Connection | None, row: Base) -> Columns:
    loaded = inspect(row).dict
    missing = [name for name in _columns(type(row)) if name not in loaded]
    known = {name: loaded[name] for name in _columns(type(row)) if name in loaded}
    return known | (_stored(connection, row, missing) if connection is not None else {})


def _inserted(_mapper: Mapper[Any], _connection: Connection, row: Base) -> None:
    """A new row; where it takes the place of one deleted in the same flush, that one is noted."""
    if not row.journaled:
        return
    session = object_session(row)
    assert session is not None, "a row is written by its session"
    replaced = session.identity_map.get(inspect(type(row)).identity_key_from_instance(row))
    if replaced is not None and replaced is not row:
        _note(replaced, _committed(replaced), None)
    named = inspect(row).dict
    _note(row, None, {name: named.get(name) for name in _columns(type(row))})


def _committed(row: Base) -> Columns:
    """A row's columns as they were before anything was set on it in memory."""
    known = _whole(None, row)
    for name in known:
        was = get_history(row, name, AS_IT_IS).deleted
        if was:
            known[name] = was[0]
    return known


def _updated(_mapper: Mapper[Any], connection: Connection, row: Base) -> None:
    """The columns that an update changes; called before it is sent."""
    if not row.journaled:
        return
    before, after = {}, {}
    for name in _columns(type(row)):
        added, _same, deleted = get_history(row, name, AS_IT_IS)
        if added:
            after[name] = added[0]
            if deleted:
                before[name] = deleted[0]
    if after:
        forgotten = [name for name in after if name not in before]
        _note(row, before | _stored(connection, row, forgotten), after)


def _deleted(_mapper: Mapper[Any], connection: Connection, row: Base) -> None:
    """All columns of a row that goes; called before it does."""
    if row.journaled:
        _note(row, _whole(connection, row) | _committed(row), None)


for _name, _listener in (
    ("after_insert", _inserted),
    ("before_update", _updated),
    ("before_delete", _deleted),
):
    event.listen(Base, _name, _listener, propagate=True)


# ── savepoints, rollback, commit ─────────────────────────────────────────────────────────────────


@event.listens_for(Session, "after_transaction_create")
def _begun(session: Session, begun: SessionTransaction) -> None:
    if begun.nested:
        kept = session.info.setdefault(KEPT, {})
        kept[begun] = dict(session.info.get(PENDING, {}))


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(KEPT, None)


@event.listens_for(Session, "after_soft_rollback")
def _rolled_back(session: Session, ended: SessionTransaction) -> None:
    """What was rolled back did not change; what an undone entry told is untold again."""
    if ended.nested and ended in session.info.get(KEPT, {}):
        session.info[PENDING] = dict(session.info[KEPT][ended])
    elif ended.parent is None:
        session.info.pop(PENDING, None)
        session.info.pop(PAST, None)


@event.listens_for(Session, "before_commit")
def _refuse_untold(session: Session) -> None:
    """Every act leaves a record, or it does not happen."""
    if session.in_nested_transaction():
        return
    session.flush()
    left = [f"{each.model.__tablename__} {each.key}" for each in untold(session)]
    left += sorted(session.info.get(PAST, ()))
    if left:
        raise Unrecorded(f"no entry tells of {len(left)} changes: {'; '.join(left[:5])}")
    session.info.pop(PENDING, None)


@event.listens_for(Session, "do_orm_execute")
def _notice_bulk(asked: ORMExecuteState) -> None:
    """A statement that changes many rows at once goes past the unit of work and so the record."""
    if asked.is_update or asked.is_delete or asked.is_insert:
        mapper = asked.bind_mapper
        if mapper is not None and mapper.class_.journaled:
            asked.session.info.setdefault(PAST, set()).add(f"{mapper.class_.__tablename__} in bulk")
