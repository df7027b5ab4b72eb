"""The two figures of the register, what they are broken down by, and who reads them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, groupby

from market.kernel.authority import Act, Role
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled

YEARS_MOST = 30
CELL_CONTRACTS, CELL_PARTIES = 3, 2
STEPS_MOST = 5
YI = 10**10


class By(Labelled):
    """Dimensions of a breakdown; a figure counts where the seller is (输出, STA-16)."""

    CITY = "city", N_("City")
    PARK = "park", N_("Park")
    KIND = "kind", N_("Kind")
    MONTH = "month", N_("Month")


class TurnoverRefusal(Refusal):
    """Why a figure is not computed."""

    REVERSED = "reversed", N_("The period ends before it begins.")
    TOO_LONG = "period-too-long", N_("A period spans at most 30 years.")

    @property
    def status(self) -> int:
        """What was asked for cannot be answered, whatever the state of things."""
        return 422


READ = Act(
    "turnover.read",
    N_("Read the figures, down to each contract"),
    frozenset({Role.DIRECTOR, Role.AUDITOR}),
    article="REG-19, REG-26",
)
ACTS = (READ,)


@dataclass(frozen=True)
class Period:
    """Days from first to last, both counted."""

    first: date
    last: date

    def refusal(self) -> TurnoverRefusal | None:
        """Whether the period can be summed."""
        if self.last < self.first:
            return TurnoverRefusal.REVERSED
        if self.last.year - self.first.year >= YEARS_MOST:
            return TurnoverRefusal.TOO_LONG
        return None


def usual_periods(today: date) -> list[tuple[str, Period]]:
    """The periods that a report asks for, each with its name (STA-10…12), up to today."""
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return [
        (N_("This month"), Period(today.replace(day=1), today)),
        (N_("This quarter"), Period(quarter, today)),
        (N_("This year"), Period(date(today.year, 1, 1), today)),
        (N_("Last year"), Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))),
    ]


@dataclass(frozen=True)
class Figure:
    """One cell: how many registrations stand behind it, and the two amounts, never mixed.

    ``turnover`` is 合同成交额, ``technology_value`` 技术交易额, both net of changes and
    cancellations registered in the period (REG-19, STA-15). ``parties`` are the sellers of whom
    at least one contract counts.
    """

    key: str
    contracts: int
    turnover: Money
    technology_value: Money
    parties: int = 0


def share_bp(part: Money, whole: Money) -> int | None:
    """A part in basis points of the whole, rounded half up; None where that says nothing."""
    if whole.minor <= 0 or part.minor < 0:
        return None
    return (2 * part.minor * 10_000 + whole.minor) // (2 * whole.minor)


def publishable(figure: Figure) -> bool:
    """Whether a cell is large enough to tell strangers nothing of one contract (P-35)."""
    return figure.contracts >= CELL_CONTRACTS and figure.parties >= CELL_PARTIES


@dataclass(frozen=True)
class SellerMonth:
    """What one seller's rows of the register add in one month (``YYYY-MM``)."""

    month: str
    seller_id: int
    contracts: int
    turnover: Money
    technology_value: Money


def published(months: Sequence[SellerMonth]) -> Figure | None:
    """The total since the market opened that strangers may read; its key is the last month in it.

    It moves on by whole months and only by steps that are publishable in themselves: whoever
    subtracts two of the totals ever shown learns nothing of one contract either (P-35). The
    months come in order and are over.
    """
    shown = waiting = Figure("", 0, Money(0), Money(0))
    sellers: dict[int, int] = {}
    for month, rows in groupby(months, key=lambda row: row.month):
        for row in rows:
            sellers[row.seller_id] = sellers.get(row.seller_id, 0) + row.contracts
            waiting = _plus(waiting, row)
        parties = sum(1 for contracts in sellers.values() if contracts > 0)
        step = Figure("", waiting.contracts, waiting.turnover, waiting.technology_value, parties)
        if publishable(step):
            shown = Figure(
                month,
                shown.contracts + step.contracts,
                shown.turnover + step.turnover,
                shown.technology_value + step.technology_value,
            )
            waiting, sellers = Figure("", 0, Money(0), Money(0)), {}
    return shown if shown.key else None


def _plus(figure: Figure, row: SellerMonth) -> Figure:
    return Figure(
        figure.key,
        figure.contracts + row.contracts,
        figure.turnover + row.turnover,
        figure.technology_value + row.technology_value,
    )


def without_gaps(figures: Sequence[Figure]) -> list[Figure]:
    """Figures by month with the months between them in which nothing was registered."""
    if not figures:
        return []
    known = {figure.key: figure for figure in figures}
    year, month = map(int, figures[0].key.split("-"))
    filled = []
    while (key := f"{year:04d}-{month:02d}") <= figures[-1].key:
        filled.append(known.get(key, Figure(key, 0, Money(0), Money(0))))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return filled


@dataclass(frozen=True)
class Scale:
    """The axis of a chart, in minor units: from ``low`` to ``high`` by ``step``."""

    low: int
    high: int
    step: int

    @property
    def ticks(self) -> list[Money]:
        """Where the axis is marked."""
        return [Money(minor) for minor in range(self.low, self.high + 1, self.step)]

    @property
    def zero(self) -> Money:
        """Where bars begin."""
        return Money(0)

    @property
    def in_yi(self) -> bool:
        """Whether the axis is read in units of 100,000,000 yuan (亿元), not of 10,000 (万元)."""
        return max(self.high, -self.low) >= YI

    def permille(self, amount: Money) -> int:
        """How far along the axis an amount lies."""
        return (amount.minor - self.low) * 1000 // (self.high - self.low)


def scale(amounts: Iterable[Money]) -> Scale:
    """An axis that holds zero and all these amounts, marked at 1, 2 or 5 times a power of ten."""
    minors = [amount.minor for amount in amounts]
    low, high = min([0, *minors]), max([0, *minors])
    step = next(
        factor * 10**power
        for power in count(4)  # a hundred yuan is the finest mark that a chart needs
        for factor in (1, 2, 5)
        if high - low <= factor * 10**power * STEPS_MOST
    )
    return Scale(low // step * step, max(-(-high // step), low // step + 1) * step, step)
