"""Booking: both sides equal, nothing below zero, each hold resolved once, nothing ever changed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from market.kernel.money import MixedCurrencies, Money
from market.kernel.refusal import Refused
from market.ledger.booking import expire, hold, move, post, reverse, void
from market.ledger.models import Account, Transfer
from market.ledger.queries import balance, heads, sums
from market.ledger.rules import Head, LedgerRefusal, Place, Purpose, Unbalanced, Why
from market.ledger.verifying import differences
from tests import make
from tests.make import yuan

BANK = Place(Purpose.BANK)
Resolving = Callable[..., Transfer]


@pytest.fixture
def credit(session: Session, at: datetime) -> Place:
    """The account of a party that has a thousand yuan."""
    party, _ = make.party(session, at=at)
    place = Place(Purpose.CREDIT, party.id)
    booked(session, {BANK: yuan(-1000), place: yuan(1000)}, "first", at)
    return place


def booked(s: Session, moved: dict[Place, Money], key: str, at: datetime) -> Transfer:
    return move(s, moved, key=key, why=Why.RECEIPT, on=("party", 1), at=at)


def held(s: Session, credit: Place, amount: int, key: str, at: datetime) -> Transfer:
    moved = {credit: yuan(-amount), BANK: yuan(amount)}
    over = at + timedelta(days=1)
    return hold(s, moved, key=key, why=Why.REFUND, on=("party", 1), at=at, expires_at=over)


def there(s: Session, place: Place) -> tuple[Money, Money]:
    found = balance(s, place)
    return found.posted, found.available


def test_what_comes_in_stands_on_both_sides(session: Session, credit: Place) -> None:
    assert there(session, credit) == (yuan(1000), yuan(1000))
    assert there(session, BANK) == (yuan(1000), yuan(1000))
    assert sums(session) == {"CNY": 0}


def test_nothing_goes_below_zero(session: Session, credit: Place, at: datetime) -> None:
    with pytest.raises(Refused) as refused:
        booked(session, {credit: yuan(-1001), BANK: yuan(1001)}, "more", at)
    assert refused.value.refusal is LedgerRefusal.SHORT


def test_legs_that_do_not_add_to_zero_are_a_fault(
    session: Session, credit: Place, at: datetime
) -> None:
    with pytest.raises(Unbalanced):
        booked(session, {credit: yuan(-10), BANK: yuan(9)}, "odd", at)
    with pytest.raises(Unbalanced):
        booked(session, {credit: yuan(0)}, "none", at)
    with pytest.raises(MixedCurrencies):
        booked(session, {credit: yuan(-10), BANK: Money(1000, "USD")}, "mixed", at)


def test_what_is_held_cannot_be_spent_and_what_is_released_can(
    session: Session, credit: Place, at: datetime
) -> None:
    first = held(session, credit, 700, "hold", at)
    assert there(session, credit) == (yuan(1000), yuan(300))
    with pytest.raises(Refused) as refused:
        held(session, credit, 301, "another", at)
    assert refused.value.refusal is LedgerRefusal.SHORT
    void(session, first.id, at=at)
    assert there(session, credit) == (yuan(1000), yuan(1000))
    second = held(session, credit, 301, "third", at)
    post(session, second.id, at=at)
    assert there(session, credit) == (yuan(699), yuan(699))


@pytest.mark.parametrize("second", [post, void])
@pytest.mark.parametrize("first", [post, void])
def test_a_hold_is_resolved_once(
    session: Session, credit: Place, at: datetime, first: Resolving, second: Resolving
) -> None:
    pending = held(session, credit, 5, "hold", at)
    first(session, pending.id, at=at)
    with pytest.raises(Refused) as refused:
        second(session, pending.id, at=at)
    assert refused.value.refusal is LedgerRefusal.RESOLVED


def test_a_hold_that_has_run_out_is_only_released(
    session: Session, credit: Place, at: datetime
) -> None:
    pending = held(session, credit, 5, "hold", at)
    with pytest.raises(Refused) as early:
        expire(session, pending.id, at=at)
    assert early.value.refusal is LedgerRefusal.STILL_RUNS
    later = at + timedelta(days=1)
    with pytest.raises(Refused) as late:
        post(session, pending.id, at=later)
    assert late.value.refusal is LedgerRefusal.RUN_OUT
    expire(session, pending.id, at=later)
    assert there(session, credit) == (yuan(1000), yuan(1000))


def test_a_transfer_is_reversed_once_and_only_when_booked(
    session: Session, credit: Place, at: datetime
) -> None:
    pending = held(session, credit, 5, "hold", at)
    with pytest.raises(Refused) as refused:
        reverse(session, pending.id, at=at)
    assert refused.value.refusal is LedgerRefusal.NOT_REVERSIBLE
    booked_one = post(session, pending.id, at=at)
    reversing = reverse(session, booked_one.id, at=at)
    assert there(session, credit) == (yuan(1000), yuan(1000))
    with pytest.raises(Refused) as twice:
        reverse(session, booked_one.id, at=at)
    assert twice.value.refusal is LedgerRefusal.REVERSED
    with pytest.raises(Refused) as direct:
        post(session, reversing.id, at=at)
    assert direct.value.refusal is LedgerRefusal.NOT_HELD


@pytest.mark.parametrize(
    ("table", "column"),
    [("ledger_transfers", "currency = 'USD'"), ("ledger_legs", "amount_minor = 1")],
)
@pytest.mark.parametrize("verb", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_a_row_of_the_ledger_is_never_changed(
    session: Session, credit: Place, table: str, column: str, verb: str
) -> None:
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(verb.format(table, column)))


def test_an_honest_ledger_shows_no_difference(
    session: Session, credit: Place, at: datetime
) -> None:
    post(session, held(session, credit, 5, "hold", at).id, at=at)
    found = [each for each in differences(session) if "journal" not in each.what]
    assert found == []


def test_more_accounts_than_a_statement_takes_are_read(session: Session, credit: Place) -> None:
    known = session.scalars(select(Account.id)).all()
    asked = [*known, *range(10**6, 10**6 + 700)]
    standing = heads(session, asked)
    assert len(standing) == len(asked)
    assert standing[asked[-1]] == Head()
    assert sorted(standing[each].posted for each in known) == [100_000, 100_000]
