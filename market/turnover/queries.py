"""Sums over the register; nothing is kept beside it, so every figure opens to its contracts."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, distinct, func, select
from sqlalchemy.orm import Session

from market.contracts.rules import Kind
from market.kernel.money import Money
from market.registry.models import RegisterEntry
from market.registry.rules import EntryKind
from market.turnover.rules import By, Figure, Period

NO_PARK = "-"


def figures(
    session: Session, by: By, period: Period, as_of: datetime | None = None
) -> list[Figure]:
    """The two figures by one dimension, as the register stood at ``as_of`` (now, if None)."""
    key = _key(by)
    rows = session.execute(
        _within(
            select(
                key.label("key"),
                _registrations(),
                func.coalesce(func.sum(RegisterEntry.turnover_minor), 0),
                func.coalesce(func.sum(RegisterEntry.technology_minor), 0),
                func.count(distinct(RegisterEntry.seller_id)),
            ),
            period,
            as_of,
        )
        .group_by(key)
        .order_by(key)
    )
    found = [
        Figure(k, contracts, Money(int(turnover)), Money(int(value)), parties)
        for k, contracts, turnover, value, parties in rows
    ]
    return _by_kind5(found) if by is By.KIND else found


def total(session: Session, period: Period, as_of: datetime | None = None) -> Figure:
    """The two figures of a period."""
    row = session.execute(
        _within(
            select(
                _registrations(),
                func.coalesce(func.sum(RegisterEntry.turnover_minor), 0),
                func.coalesce(func.sum(RegisterEntry.technology_minor), 0),
                func.count(distinct(RegisterEntry.seller_id)),
            ),
            period,
            as_of,
        )
    ).one()
    return Figure("", row[0], Money(int(row[1])), Money(int(row[2])), row[3])


def entries(
    session: Session, period: Period, by: By | None = None, key: str | None = None
) -> list[RegisterEntry]:
    """The rows of the register behind a figure, each with its contract."""
    found = _within(select(RegisterEntry), period, None)
    if by is By.KIND and key is not None:
        kinds = [kind for kind in Kind if kind.kind5.value == key]
        found = found.where(RegisterEntry.contract_kind.in_(kinds))
    elif by is not None and key is not None:
        found = found.where(_key(by) == key)
    return list(session.scalars(found.order_by(RegisterEntry.registered_at, RegisterEntry.id)))


def _registrations() -> ColumnElement[int]:
    """Contracts counted where they were registered, taken off where they were cancelled."""
    counted = case(
        (RegisterEntry.kind == EntryKind.REGISTRATION, 1),
        (RegisterEntry.kind == EntryKind.CANCELLATION, -1),
        else_=0,
    )
    return func.coalesce(func.sum(counted), 0)


def _key(by: By) -> ColumnElement[str]:
    if by is By.CITY:
        return RegisterEntry.city_code
    if by is By.PARK:
        return func.coalesce(RegisterEntry.park_code, NO_PARK)
    if by is By.KIND:
        return RegisterEntry.contract_kind
    return func.substr(cast(RegisterEntry.registered_on, String), 1, 7)


def _within(query: Select[Any], period: Period, as_of: datetime | None) -> Select[Any]:
    query = query.where(RegisterEntry.registered_on.between(period.first, period.last))
    if as_of is not None:
        query = query.where(RegisterEntry.registered_at <= as_of)
    return query


def _by_kind5(found: list[Figure]) -> list[Figure]:
    """Fine codes gathered into the five kinds."""
    gathered: dict[str, Figure] = {}
    for figure in found:
        five = Kind(figure.key).kind5.value
        have = gathered.get(five, Figure(five, 0, Money(0), Money(0)))
        gathered[five] = Figure(
            five,
            have.contracts + figure.contracts,
            have.turnover + figure.turnover,
            have.technology_value + figure.technology_value,
            have.parties + figure.parties,
        )
    return list(gathered.values())
