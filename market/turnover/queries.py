"""Sums over the register; nothing is kept beside it, so every figure opens to its contracts."""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    Subquery,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session, joinedload

from market.contracts.models import Contract
from market.contracts.terms import Kind, Kind5
from market.kernel.money import Money
from market.kernel.paging import Page, paged
from market.places.models import (
    Park,
    Region,
)
from market.registry.models import Application, RegisterEntry
from market.registry.rules import EntryKind
from market.turnover.rules import By, Figure, Period, SellerMonth

NO_PARK = "-"
Query = TypeVar("Query", bound="Select[*tuple[Any, ...]]")
CURRENCY = "CNY"  # the register's figures are kept in yuan; amounts of two currencies never add


def figures(
    session: Session, by: By, period: Period, as_of: datetime | None = None
) -> list[Figure]:
    """The two figures by one dimension, as the register stood at ``as_of`` (now, if None)."""
    cells = _cells(_key(by), period, as_of)
    rows = session.execute(_sums(cells, cells.c.key).group_by(cells.c.key).order_by(cells.c.key))
    found = [_figure(key, *sums) for key, *sums in rows]
    if by is By.KIND:
        order = [kind.value for kind in Kind5]
        found.sort(key=lambda figure: order.index(figure.key))
    return found


def total(session: Session, period: Period, as_of: datetime | None = None) -> Figure:
    """The two figures of a period."""
    cells = _cells(literal("", String), period, as_of)
    return _figure(*session.execute(_sums(cells, literal("", String))).one())


def entries(
    session: Session,
    period: Period,
    by: By | None = None,
    key: str | None = None,
    as_of: datetime | None = None,
) -> list[RegisterEntry]:
    """The rows of the register behind a figure, the oldest first."""
    return list(session.scalars(_behind(select(RegisterEntry), period, by, key, as_of)))


def entries_page(
    session: Session,
    period: Period,
    by: By | None,
    key: str | None,
    as_of: datetime | None,
    number: int,
) -> tuple[Page[RegisterEntry], Money, Money]:
    """One page of those rows, each with its contract, and both sums over all of them."""
    contract = joinedload(RegisterEntry.application).joinedload(Application.contract)
    shown = _behind(select(RegisterEntry), period, by, key, as_of)
    lists = Contract.deductions, Contract.instalments, Contract.signatures
    page = paged(
        session, shown.options(contract, *(contract.lazyload(each) for each in lists)), number
    )
    added = _behind(
        select(
            _added(RegisterEntry.turnover_minor.expression),
            _added(RegisterEntry.technology_minor.expression),
        ),
        period,
        by,
        key,
        as_of,
    ).order_by(None)
    turnover, value = session.execute(added).one()
    return page, Money(int(turnover)), Money(int(value))


def _behind(
    query: Query, period: Period, by: By | None, key: str | None, as_of: datetime | None
) -> Query:
    found = _within(query, period, as_of)
    if by is not None and key is not None:
        found = found.where(_key(by) == key)
    return found.order_by(RegisterEntry.registered_at, RegisterEntry.id)


def seller_months(session: Session, until: str) -> list[SellerMonth]:
    """What each seller's rows added in each month up to ``until`` (``YYYY-MM``), in order."""
    rows = (
        select(
            _key(By.MONTH).label("month"),
            RegisterEntry.seller_id.label("seller"),
            _registered().label("contracts"),
            RegisterEntry.turnover_minor.label("turnover"),
            RegisterEntry.technology_minor.label("value"),
        )
        .where(RegisterEntry.currency == CURRENCY)
        .subquery()
    )
    added = (
        select(
            rows.c.month,
            rows.c.seller,
            _added(rows.c.contracts),
            _added(rows.c.turnover),
            _added(rows.c.value),
        )
        .where(rows.c.month <= until)
        .group_by(rows.c.month, rows.c.seller)
        .order_by(rows.c.month, rows.c.seller)
    )
    return [
        SellerMonth(month, seller, int(contracts), Money(int(turnover)), Money(int(value)))
        for month, seller, contracts, turnover, value in session.execute(added)
    ]


def places(session: Session, by: By) -> dict[str, tuple[str, str]]:
    """Names of the cities or parks, in Chinese and in English, by the key of their figures."""
    if by is By.CITY:
        rows = session.execute(select(Region.code, Region.name, Region.name_en))
    else:
        rows = session.execute(select(Park.code, Park.name, Park.name_en))
    return {code: (name, name_en) for code, name, name_en in rows}


def _cells(key: ColumnElement[str], period: Period, as_of: datetime | None) -> Subquery:
    """Sums of each seller within each cell: a seller counts where a contract of it does."""
    rows = _within(
        select(
            key.label("key"),
            RegisterEntry.seller_id.label("seller"),
            _registered().label("contracts"),
            RegisterEntry.turnover_minor.label("turnover"),
            RegisterEntry.technology_minor.label("value"),
        ),
        period,
        as_of,
    ).subquery()
    return (
        select(
            rows.c.key,
            _added(rows.c.contracts).label("contracts"),
            _added(rows.c.turnover).label("turnover"),
            _added(rows.c.value).label("value"),
        )
        .group_by(rows.c.key, rows.c.seller)
        .subquery()
    )


def _sums(cells: Subquery, key: ColumnElement[str]) -> Select[str, int, int, int, int]:
    return select(
        key,
        _added(cells.c.contracts),
        _added(cells.c.turnover),
        _added(cells.c.value),
        _added(case((cells.c.contracts > 0, 1), else_=0)),
    )


def _figure(key: str, contracts: int, turnover: int, value: int, parties: int) -> Figure:
    return Figure(key, int(contracts), Money(int(turnover)), Money(int(value)), int(parties))


def _added(column: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(column, BigInteger)), 0)


def _registered() -> ColumnElement[int]:
    """Contracts counted where they were registered, taken off where they were cancelled."""
    return case(
        (RegisterEntry.kind == EntryKind.REGISTRATION, 1),
        (RegisterEntry.kind == EntryKind.CANCELLATION, -1),
        else_=0,
    )


def _key(by: By) -> ColumnElement[str]:
    if by is By.CITY:
        return RegisterEntry.city_code.expression
    if by is By.PARK:
        return func.coalesce(RegisterEntry.park_code, NO_PARK)
    if by is By.MONTH:
        return func.substr(cast(RegisterEntry.registered_on, String), 1, 7)
    kinds = {five: [kind for kind in Kind if kind.kind5 is five] for five in Kind5}
    return case(
        *(
            (RegisterEntry.contract_kind.in_(fine), literal(five.value, String))
            for five, fine in kinds.items()
        )
    )


def _within(query: Query, period: Period, as_of: datetime | None) -> Query:
    query = query.where(
        RegisterEntry.registered_on.between(period.first, period.last),
        RegisterEntry.currency == CURRENCY,
    )
    if as_of is not None:
        query = query.where(RegisterEntry.registered_at <= as_of)
    return query
