"""Lists are read a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from market.kernel.db import Missing

PAGE = 20
LAST_PAGE = 100_000

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list and what is needed to turn it; pages are counted from one."""

    rows: Sequence[Row]
    number: int
    total: int
    size: int = PAGE

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // self.size))


def page_number(typed: str | None) -> int:
    """The page asked for in an address; what is no page number is ``Missing``."""
    if typed is None:
        return 1
    plain = typed.isascii() and typed.isdigit() and len(typed) <= len(str(LAST_PAGE))
    if not plain or not 1 <= int(typed) <= LAST_PAGE:
        raise Missing("page", typed)
    return int(typed)


def paged(session: Session, found: Select[Any], number: int) -> Page[Any]:
    """One page of what a query of entities finds, in the query's order."""
    total = session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
    rows = session.execute(found.limit(PAGE).offset((number - 1) * PAGE)).all()
    return Page([row[0] if len(row) == 1 else row for row in rows], number, total)
