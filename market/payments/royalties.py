"""Royalties (提成支付, 民法典 846): periods without gap or overlap, what each earns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from market.kernel.authority import Act, Actor, Relation, Role, between, who_refusal
from market.kernel.calendar import last_day
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled
from market.payments.sheet import Share

_ONE = timedelta(days=1)


class RoyaltyBase(Labelled):
    """What a royalty is reckoned from (民法典 846, REG-21)."""

    PRODUCT_PRICE = "product-price", N_("Price of the products")
    ADDED_VALUE = "added-value", N_("Added output value")
    PROFIT = "profit", N_("Profit")
    SALES = "sales", N_("Sales of the products")


class RoyaltyRefusal(Refusal):
    """Why a royalty is not declared, inspected or corrected."""

    NOTHING_LEFT = "royalty-nothing-left", N_("Every period of this royalty has been declared.")
    NOT_OVER = (
        "royalty-period-not-over",
        N_("This period still runs; it is declared once its last day, %(over_on)s, has passed."),
    )
    OTHER_PERIOD = (
        "royalty-other-period",
        N_("This period was declared meanwhile. Look at the royalty's page before you go on."),
    )
    SUPERSEDED = "royalty-superseded", N_("This statement was corrected; correct the later one.")
    INSPECTION_OPEN = (
        "royalty-inspection-open",
        N_("An inspection of this statement was asked for already and waits for its answer."),
    )
    NO_INSPECTION = (
        "royalty-no-inspection",
        N_("No inspection of this statement waits for an answer."),
    )


_SIDES = frozenset({Role.RESEARCHER, Role.COMPANY})
_ARTICLE = "民法典 846"
DECLARE = Act(
    "royalty.declare",
    N_("Declare what a royalty is reckoned from, or correct a statement"),
    _SIDES,
    Relation.PARTY,
    binding=True,
    su=True,
    article=_ARTICLE,
)
INSPECT = Act(
    "royalty.inspect",
    N_("Ask to inspect the books behind a royalty statement"),
    _SIDES,
    Relation.PARTY,
    article=_ARTICLE,
)
ANSWER = Act(
    "royalty.answer",
    N_("Answer who asks to inspect the books"),
    _SIDES,
    Relation.PARTY,
    article=_ARTICLE,
)
SEE_ROYALTY = Act(
    "royalty.see",
    N_("See a royalty and its statements"),
    relation=Relation.PARTY,
    reads=True,
    readers=frozenset({(Role.AUDITOR, Relation.ANY)}),
    article=_ARTICLE,
)
ACTS = (SEE_ROYALTY, DECLARE, INSPECT, ANSWER)


@dataclass(frozen=True)
class RoyaltyTerms:
    """What a contract agrees of a royalty; ``shares`` divide what comes, frozen from here on.

    A period ends every so many months after the first day; the last one with the last day. It is
    declared, and the royalty is due, within so many days after it.
    """

    subject: tuple[str, int]
    title: str
    licensor_id: int
    licensee_id: int
    base: RoyaltyBase
    rate_bp: int
    currency: str
    every_months: int
    first_on: date
    last_on: date
    days_to_declare: int
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Period:
    """One period of a royalty, its first and its last day counted."""

    place: int
    first_on: date
    last_on: date

    def declared_by(self, days: int) -> date:
        """The last day to declare it and to pay what it earns."""
        return last_day(self.last_on, days).on


def months_later(on: date, months: int) -> date:
    """The same day of a later month, or that month's last (民法典 202)."""
    year, month = divmod(on.month - 1 + months, 12)
    first = date(on.year + year, month + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first.replace(day=1) + (on.day - 1) * _ONE, following - _ONE)


def nth_period(first_on: date, last_on: date, every_months: int, place: int) -> Period | None:
    """The n-th period; none after the last day. Each begins on the day after the one before."""
    begins = months_later(first_on, (place - 1) * every_months)
    if begins > last_on:
        return None
    ends = months_later(first_on, place * every_months) - _ONE
    return Period(place, begins, min(ends, last_on))


def period_count(first_on: date, last_on: date, every_months: int) -> int:
    """How many periods there are."""
    count = 0
    while nth_period(first_on, last_on, every_months, count + 1) is not None:
        count += 1
    return count


def from_then_on(terms: RoyaltyTerms, declared: Sequence[date]) -> RoyaltyTerms | None:
    """Terms that go on after the last day declared before; none where they end before that."""
    begins = max([terms.first_on, *(on + _ONE for on in declared)])
    return replace(terms, first_on=begins) if begins <= terms.last_on else None


def earned(base: Money, rate_bp: int) -> Money:
    """The royalty on a base: base times rate, rounded half up to the minor unit."""
    return base.share(rate_bp)


def still_due(declared: Sequence[Money], asked: Sequence[Money], currency: str) -> Money:
    """What is to be asked for so that what was asked adds to what was declared; never below zero.

    What was paid beyond what proved to be due counts against what is declared next.
    """
    left = sum(money.minor for money in declared) - sum(money.minor for money in asked)
    return Money(max(left, 0), currency)


@dataclass(frozen=True)
class Royalty:
    """A royalty as the rules see it: its sides, and the period that is declared next."""

    licensor_id: int
    licensee_id: int
    upcoming: Period | None = None


def see_royalty_refusal(by: Actor, royalty: Royalty, at: datetime) -> Refusal | None:
    """A royalty is its two sides' business."""
    near = between(by, (royalty.licensor_id, royalty.licensee_id))
    return who_refusal(SEE_ROYALTY, by, at, near)


def declare_refusal(
    by: Actor, royalty: Royalty, today: date, at: datetime, *, place: int | None = None
) -> Refusal | None:
    """Who pays a royalty declares its periods one after another, each once it is over.

    ``place`` is the period that was meant, where one was named.
    """
    who = who_refusal(DECLARE, by, at, between(by, (royalty.licensee_id,)))
    if who is not None:
        return who
    if royalty.upcoming is None:
        return RoyaltyRefusal.NOTHING_LEFT
    if place is not None and place != royalty.upcoming.place:
        return RoyaltyRefusal.OTHER_PERIOD
    return None if today > royalty.upcoming.last_on else RoyaltyRefusal.NOT_OVER


def correct_statement_refusal(
    by: Actor, royalty: Royalty, at: datetime, *, superseded: bool
) -> Refusal | None:
    """Who declared corrects what now stands for a period, by a later statement."""
    who = who_refusal(DECLARE, by, at, between(by, (royalty.licensee_id,)))
    if who is not None:
        return who
    return RoyaltyRefusal.SUPERSEDED if superseded else None


def inspect_refusal(by: Actor, royalty: Royalty, at: datetime, *, waiting: bool) -> Refusal | None:
    """Who is paid by a royalty may inspect the books behind it, one request at a time."""
    who = who_refusal(INSPECT, by, at, between(by, (royalty.licensor_id,)))
    if who is not None:
        return who
    return RoyaltyRefusal.INSPECTION_OPEN if waiting else None


def answer_refusal(by: Actor, royalty: Royalty, at: datetime, *, waiting: bool) -> Refusal | None:
    """Who declared answers when and how the books are shown."""
    who = who_refusal(ANSWER, by, at, between(by, (royalty.licensee_id,)))
    if who is not None:
        return who
    return None if waiting else RoyaltyRefusal.NO_INSPECTION
