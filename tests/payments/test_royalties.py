"""Royalties: periods without gap or overlap, each declared once, asked for exactly."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.kernel.authority import Actor, Seat, WhoRefusal
from market.kernel.clock import day_of
from market.kernel.db import Missing
from market.kernel.journal import timeline
from market.kernel.money import Money
from market.kernel.refusal import Refusal, Refused
from market.ledger.verifying import differences
from market.payments import royalty_commands as commands
from market.payments.models import Obligation
from market.payments.queries import received_on
from market.payments.royalties import (
    Period,
    Royalty,
    RoyaltyRefusal,
    answer_refusal,
    correct_statement_refusal,
    declare_refusal,
    earned,
    inspect_refusal,
    months_later,
    nth_period,
    period_count,
    still_due,
)
from market.payments.royalty_models import RoyaltyAgreement, RoyaltyStatement
from market.payments.royalty_queries import get_royalty, get_statement, royalties_of
from market.payments.sheet import ObligationKind, ObligationStatus
from tests import make
from tests.make import day, yuan

BOOKS = "2026年第一季度销售明细账，凭证号 2026-03-118"

# ── the rules ────────────────────────────────────────────────────────────────────────────────────


@given(
    first=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    days=st.integers(0, 4_000),
    every=st.integers(1, 24),
)
def test_periods_cover_every_day_once(first: date, days: int, every: int) -> None:
    last = first + timedelta(days=days)
    count = period_count(first, last, every)
    periods = [nth_period(first, last, every, n) for n in range(1, count + 1)]
    covered = [
        on.first_on + timedelta(days=n)
        for on in periods
        if on is not None
        for n in range((on.last_on - on.first_on).days + 1)
    ]
    assert covered == [first + timedelta(days=n) for n in range(days + 1)]
    assert nth_period(first, last, every, count + 1) is None


@pytest.mark.parametrize(
    ("on", "months", "later"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2027-01-31", 13, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-03-31", 0, "2026-03-31"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(on: str, months: int, later: str) -> None:
    assert months_later(day(on), months) == day(later)


@pytest.mark.parametrize(
    ("base", "rate_bp", "amount"),
    [(10_000, 300, 300), (49, 100, 0), (50, 100, 1), (149, 100, 1), (150, 100, 2), (0, 300, 0)],
)
def test_what_is_earned_is_rounded_half_up(base: int, rate_bp: int, amount: int) -> None:
    assert earned(Money(base, "CNY"), rate_bp) == Money(amount, "CNY")


@given(st.lists(st.integers(0, 99), max_size=5), st.lists(st.integers(0, 99), max_size=5))
def test_what_is_asked_for_never_passes_what_is_due(declared: list[int], asked: list[int]) -> None:
    due = still_due([yuan(n) for n in declared], [yuan(n) for n in asked], "CNY")
    assert due.minor >= 0
    assert sum(asked) * 100 + due.minor == 100 * max(sum(declared), sum(asked))


QUARTER = Period(2, day("2026-04-01"), day("2026-06-30"))
AFTER = day("2026-07-01")


def test_a_period_is_declared_in_its_turn_once_it_is_over(session: Session, at: datetime) -> None:
    _, licensor = make.party(session, at=at)
    _, licensee = make.party(session, at=at)
    assert licensor.party_id
    assert licensee.party_id
    runs = Royalty(licensor.party_id, licensee.party_id, QUARTER)
    over = Royalty(licensor.party_id, licensee.party_id, None)
    cases: list[tuple[Actor, Royalty, date, int, Refusal | None]] = [
        (licensee, runs, AFTER, 2, None),
        (licensor, runs, AFTER, 2, WhoRefusal.NOT_YOURS),
        (licensee, over, AFTER, 2, RoyaltyRefusal.NOTHING_LEFT),
        (licensee, runs, AFTER, 1, RoyaltyRefusal.OTHER_PERIOD),
        (licensee, runs, day("2026-06-30"), 2, RoyaltyRefusal.NOT_OVER),
    ]
    for by, royalty, today, place, refusal in cases:
        assert declare_refusal(by, royalty, today, at, place=place) is refusal
    clerk = make.member(session, licensee, Seat.EDITOR, at=at)
    assert declare_refusal(clerk, runs, AFTER, at) is WhoRefusal.NOT_SIGNATORY
    late = at + timedelta(minutes=6)
    assert declare_refusal(licensee, runs, AFTER, late) is WhoRefusal.PASSWORD_AGAIN
    assert correct_statement_refusal(licensor, runs, at, superseded=False) is WhoRefusal.NOT_YOURS
    assert inspect_refusal(licensee, runs, at, waiting=False) is WhoRefusal.NOT_YOURS
    assert answer_refusal(licensor, runs, at, waiting=True) is WhoRefusal.NOT_YOURS


# ── the commands ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class Licence:
    """A royalty of three percent of sales, declared each quarter of 2026."""

    session: Session
    agreement: RoyaltyAgreement
    licensor: Actor
    licensee: Actor

    def declare(self, place: int, sales: int, on: str = "2027-01-10") -> RoyaltyStatement:
        """So many yuan of sales, declared on a day after the year."""
        by, at = make.at_desk(self.licensee, on)
        return commands.declare_royalty(
            self.session, self.agreement.id, place, yuan(sales), BOOKS, by=by, at=at
        )

    def correct(self, old: RoyaltyStatement, sales: int) -> RoyaltyStatement:
        by, at = make.at_desk(self.licensee, "2027-02-10")
        return commands.correct_statement(self.session, old.id, yuan(sales), BOOKS, by=by, at=at)

    def pay(self, obligation: Obligation | None, amount: int) -> None:
        assert obligation is not None
        _, at = make.at_desk(self.licensee, "2027-01-20")
        make.paid_by_bank(self.session, obligation, amount, at)

    def asked(self) -> list[tuple[int, int, int, str]]:
        """Place, yuan asked for, yuan paid, state of all that was ever asked for."""
        self.session.flush()
        found = self.session.query(Obligation).order_by(Obligation.id)
        return [
            (o.place, o.amount.minor // 100, o.paid.minor // 100, o.status.value) for o in found
        ]


@pytest.fixture
def licence(session: Session, at: datetime) -> Licence:
    licensor, selling = make.party(session, at=at)
    licensee, buying = make.party(session, at=at)
    agreed = make.royalty(session, licensor, licensee, at=at)
    return Licence(session, agreed, selling, buying)


def test_a_declared_period_is_owed_by_the_day_agreed_and_divides(licence: Licence) -> None:
    statement = licence.declare(1, 1_000_000, on="2026-04-10")
    owed = statement.obligation
    assert owed is not None
    assert (owed.kind, owed.amount) == (ObligationKind.ROYALTY, yuan(30_000))
    assert (owed.place, owed.of_places, owed.due_on) == (1, 4, day("2026-04-30"))
    assert (statement.first_on, statement.last_on) == (day("2026-01-01"), day("2026-03-31"))
    assert [share.weight_bp for share in owed.shares] == [9_900, 100]
    assert (owed.debtor_id, owed.creditor_id) == (
        licence.licensee.party_id,
        licence.licensor.party_id,
    )
    (told,) = [
        each
        for each in timeline(licence.session, [("royalty", licence.agreement.id)])
        if each.act == "royalty.declared"
    ]
    assert told.told["amount"] == 3_000_000


def test_what_is_declared_late_is_due_today(licence: Licence) -> None:
    owed = licence.declare(1, 1_000_000, on="2026-06-10").obligation
    assert owed is not None
    assert owed.due_on == day("2026-06-10")


def test_a_period_without_sales_is_declared_and_owes_nothing(licence: Licence) -> None:
    statement = licence.declare(1, 0)
    assert (statement.amount, statement.obligation_id) == (yuan(0), None)
    assert licence.agreement.upcoming == Period(2, day("2026-04-01"), day("2026-06-30"))


@pytest.mark.parametrize(
    ("place", "on", "refusal"),
    [
        (1, "2026-03-31", RoyaltyRefusal.NOT_OVER),
        (2, "2026-07-10", RoyaltyRefusal.OTHER_PERIOD),
        (1, "2026-04-01", None),
    ],
)
def test_no_period_is_left_out(
    licence: Licence, place: int, on: str, refusal: Refusal | None
) -> None:
    if refusal is None:
        licence.declare(place, 1, on=on)
        return
    with pytest.raises(Refused) as refused:
        licence.declare(place, 1, on=on)
    assert refused.value.refusal is refusal


def test_no_period_is_declared_twice(licence: Licence) -> None:
    for place in range(1, 5):
        licence.declare(place, 1)
    with pytest.raises(Refused) as refused:
        licence.declare(4, 1)
    assert refused.value.refusal is RoyaltyRefusal.NOTHING_LEFT
    first = licence.agreement.statements[0]
    again = update(RoyaltyStatement).where(RoyaltyStatement.place == 2).values(place=first.place)
    with pytest.raises(IntegrityError), licence.session.begin_nested():
        licence.session.execute(again)


# ── corrections ──────────────────────────────────────────────────────────────────────────────────


def test_a_higher_figure_asks_for_the_difference(licence: Licence) -> None:
    first = licence.declare(1, 1_000_000)
    licence.pay(first.obligation, 30_000)
    later = licence.correct(first, 1_200_000)
    assert (later.place, later.corrects_id, first.superseded_at is None) == (1, first.id, False)
    assert licence.asked() == [(1, 30_000, 30_000, "settled"), (1, 6_000, 0, "open")]


def test_a_lower_figure_gives_up_what_is_unpaid(licence: Licence) -> None:
    licence.correct(licence.declare(1, 1_000_000), 400_000)
    assert licence.asked() == [(1, 30_000, 0, "cancelled"), (1, 12_000, 0, "open")]


def test_what_was_paid_beyond_counts_against_what_comes_next(licence: Licence) -> None:
    first = licence.declare(1, 1_000_000)
    licence.pay(first.obligation, 20_000)
    licence.correct(first, 100_000)
    assert licence.asked() == [(1, 30_000, 20_000, "cancelled")]
    second = licence.declare(2, 1_000_000)
    assert (second.amount, licence.asked()[-1]) == (yuan(30_000), (2, 13_000, 0, "open"))
    subject = licence.agreement.subject
    licence.pay(second.obligation, 13_000)
    assert received_on(licence.session, subject) == yuan(33_000)
    assert list(differences(licence.session)) == []


def test_what_is_unpaid_of_other_periods_is_given_up_before_anything_is_overpaid(
    licence: Licence,
) -> None:
    first = licence.declare(1, 1_000_000)
    licence.pay(first.obligation, 30_000)
    licence.declare(2, 100_000)
    licence.correct(first, 950_000)
    assert licence.asked() == [
        (1, 30_000, 30_000, "settled"),
        (2, 3_000, 0, "cancelled"),
        (1, 1_500, 0, "open"),
    ]


def test_only_what_stands_is_corrected(licence: Licence) -> None:
    first = licence.declare(1, 1_000_000)
    licence.correct(first, 900_000)
    with pytest.raises(Refused) as refused:
        licence.correct(first, 800_000)
    assert refused.value.refusal is RoyaltyRefusal.SUPERSEDED


@pytest.mark.parametrize("seed", range(20))
def test_what_is_open_and_paid_adds_to_what_is_declared(licence: Licence, seed: int) -> None:
    """Any figures, corrected and paid in any order: owed is what is due, or nothing is open."""
    chance = make.chance(seed)
    for _ in range(12):
        agreement = licence.agreement
        act = chance.choice(["declare", "correct", "pay"])
        if act == "declare" and agreement.upcoming is not None:
            licence.declare(agreement.upcoming.place, chance.randrange(5) * 100_000)
        elif act == "correct" and agreement.standing:
            licence.correct(chance.choice(agreement.standing), chance.randrange(5) * 100_000)
        elif act == "pay":
            found = licence.session.query(Obligation).filter_by(status=ObligationStatus.OPEN)
            for each in found.all()[:1]:
                licence.pay(each, chance.randint(1, each.remaining.minor // 100))
        licence.session.expire(agreement)
        declared = sum(each.amount.minor for each in agreement.standing)
        every = licence.session.query(Obligation).all()
        paid = sum(each.paid.minor for each in every)
        left = sum(each.remaining.minor for each in every)
        assert left == max(declared - paid, 0), f"seed {seed}: {licence.asked()}"


# ── inspection ───────────────────────────────────────────────────────────────────────────────────


def test_who_is_paid_asks_to_see_the_books_and_who_declared_answers(licence: Licence) -> None:
    s = licence.session
    statement = licence.declare(1, 1_000_000)
    asking, at = make.at_desk(licence.licensor, "2027-01-12")
    answering, later = make.at_desk(licence.licensee, "2027-01-13")
    with pytest.raises(Refused) as nothing:
        commands.answer_inspection(s, statement.id, "?", by=answering, at=later)
    assert nothing.value.refusal is RoyaltyRefusal.NO_INSPECTION
    commands.request_inspection(s, statement.id, "核对出库单", by=asking, at=at)
    with pytest.raises(Refused) as twice:
        commands.request_inspection(s, statement.id, "再次核对", by=asking, at=at)
    assert twice.value.refusal is RoyaltyRefusal.INSPECTION_OPEN
    commands.answer_inspection(s, statement.id, "下周一到财务部查阅", by=answering, at=later)
    (asked,) = statement.inspections
    assert (asked.answered_at, asked.answer) == (later, "下周一到财务部查阅")
    commands.request_inspection(s, statement.id, "复查", by=asking, at=later)
    assert statement.waiting is not None


# ── agreed anew, and who sees it ─────────────────────────────────────────────────────────────────


def test_a_royalty_agreed_anew_goes_on_where_the_last_statement_stopped(
    licence: Licence, at: datetime
) -> None:
    licence.declare(1, 1_000_000)
    old = licence.agreement
    new = make.royalty(licence.session, old.licensor, old.licensee, at=at, rate_bp=500)
    assert (old.ended_at, old.upcoming) == (at, None)
    assert (new.first_on, new.upcoming) == (
        day("2026-04-01"),
        Period(1, day("2026-04-01"), day("2026-06-30")),
    )
    licence.agreement = new
    assert licence.declare(1, 1_000_000).amount == yuan(50_000)
    for place in (2, 3):
        licence.declare(place, 0)
    assert make.royalty(licence.session, old.licensor, old.licensee, at=at) is new


def test_an_ended_royalty_is_declared_no_more(licence: Licence, at: datetime) -> None:
    commands.end_royalty(licence.session, licence.agreement.id, by=licence.licensor, at=at)
    with pytest.raises(Refused) as refused:
        licence.declare(1, 1)
    assert refused.value.refusal is RoyaltyRefusal.NOTHING_LEFT


def test_a_royalty_is_its_sides_business(licence: Licence, session: Session, at: datetime) -> None:
    statement = licence.declare(1, 1)
    _, stranger = make.party(session, at=at)
    looks: list[Callable[[Actor], object]] = [
        lambda by: get_royalty(session, licence.agreement.id, by, at),
        lambda by: get_statement(session, statement.id, by, at),
    ]
    for look in looks:
        assert look(licence.licensor)
        assert look(licence.licensee)
        with pytest.raises(Missing):
            look(stranger)
    assert licence.licensee.party_id
    assert royalties_of(session, licence.licensee.party_id, 1).rows == [licence.agreement]
    assert day_of(at) == day("2026-03-10")
