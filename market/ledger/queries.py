"""Reading the ledger: where accounts stand, by one step down an index each; never by a sum."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Subquery,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from market.kernel.money import Money
from market.kernel.paging import Page, paged
from market.kernel.personal import Ref
from market.ledger.models import Account, Leg, Transfer
from market.ledger.rules import Head, Place, Purpose


@dataclass(frozen=True)
class Balance:
    """What is on an account, in its natural sign, and how much of it is reserved."""

    posted: Money
    held: Money

    @property
    def available(self) -> Money:
        """What may be moved."""
        return self.posted - self.held


MOST_AT_ONCE = 100
"""Accounts asked about in one statement: SQLite joins at most 500 in a compound one."""


def heads(session: Session, ids: Collection[int]) -> dict[int, Head]:
    """Where accounts stand: for each its last leg."""
    wanted = list(dict.fromkeys(ids))
    standing = dict.fromkeys(wanted, Head())
    for start in range(0, len(wanted), MOST_AT_ONCE):
        some = wanted[start : start + MOST_AT_ONCE]
        numbered = {f"account_{n}": account_id for n, account_id in enumerate(some)}
        last = session.connection().execute(_last_legs(len(some)), numbered)
        standing |= {row[0]: Head(*row[1:]) for row in last}
    return standing


@cache
def _last_legs(count: int) -> CompoundSelect[Any]:
    return union_all(*(select(_last_leg(n)) for n in range(count)))


def _last_leg(n: int) -> Subquery:
    legs = Leg.__table__.c
    last = select(legs.account_id, legs.seq, legs.posted_minor, legs.held_minor)
    of_one = last.where(legs.account_id == bindparam(f"account_{n}"))
    return of_one.order_by(legs.seq.desc()).limit(1).subquery()


def balance(session: Session, place: Place, currency: str = "CNY") -> Balance:
    """What is at a place; nothing where no account was opened yet."""
    known = select(Account.id).where(
        Account.purpose == place.purpose, Account.currency == currency, _of(place)
    )
    account_id = session.scalar(known)
    head = heads(session, [account_id])[account_id] if account_id else Head()
    return Balance(Money(head.posted, currency), Money(head.held, currency))


def balances(session: Session, *, party_id: int | None) -> list[tuple[Purpose, Balance]]:
    """All accounts of a party, or with None the market's own and the outside ones."""
    whose = Account.party_id == party_id if party_id else Account.party_id.is_(None)
    known = select(Account).where(whose).order_by(Account.currency, Account.id)
    accounts = list(session.scalars(known))
    standing = heads(session, [account.id for account in accounts])
    return [
        (
            account.purpose,
            Balance(
                Money(standing[account.id].posted, account.currency),
                Money(standing[account.id].held, account.currency),
            ),
        )
        for account in accounts
    ]


def by_purpose(session: Session) -> dict[tuple[Purpose, str], Money]:
    """What is on all accounts of a purpose together, per currency."""
    later = aliased(Leg)
    last = select(func.max(later.seq)).where(later.account_id == Account.id).scalar_subquery()
    found = session.execute(
        select(Account.purpose, Account.currency, func.sum(Leg.posted_minor))
        .join(Leg, and_(Leg.account_id == Account.id, Leg.seq == last))
        .group_by(Account.purpose, Account.currency)
    )
    return {(purpose, currency): Money(int(n), currency) for purpose, currency, n in found}


def sums(session: Session) -> dict[str, int]:
    """Per currency all accounts added up, credit plus and debit minus: zero at any time (P-20)."""
    total: dict[str, int] = {}
    for (purpose, currency), money in by_purpose(session).items():
        total[currency] = total.get(currency, 0) + purpose.sign * money.minor
    return total


def transfers_on(session: Session, subjects: Iterable[Ref]) -> list[Transfer]:
    """All transfers booked for these subjects, in the order in which they were made."""
    wanted = or_(
        false(),
        *(
            and_(Transfer.subject_kind == kind, Transfer.subject_id == key)
            for kind, key in subjects
        ),
    )
    found = select(Transfer).where(wanted).order_by(Transfer.id)
    return list(session.scalars(found.options(selectinload(Transfer.legs))))


def legs_at(session: Session, place: Place, currency: str, number: int) -> Page[Leg]:
    """One page of what went in and out at a place, the latest first."""
    found = (
        select(Leg)
        .join(Leg.account)
        .options(contains_eager(Leg.account), joinedload(Leg.transfer))
        .where(Account.purpose == place.purpose, Account.currency == currency, _of(place))
    )
    return paged(session, found.order_by(Leg.seq.desc()), number)


def _of(place: Place) -> ColumnElement[bool]:
    return Account.party_id == place.party_id if place.party_id else Account.party_id.is_(None)
