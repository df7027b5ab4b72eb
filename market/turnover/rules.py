"""The two figures of the register, what they are broken down by, and who reads them."""

from dataclasses import dataclass
from datetime import date

from market.kernel.authority import Act, Role
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled

YEARS_MOST = 30
CELL_CONTRACTS, CELL_PARTIES = 3, 2


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


READ = Act(
    "turnover.read",
    N_("Read the figures, down to each contract"),
    frozenset({Role.DIRECTOR, Role.AUDITOR}),
    article="REG-19, REG-26",
)
PUBLIC = Act("turnover.public", N_("Read published figures"), public=True)
ACTS = (READ, PUBLIC)


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


@dataclass(frozen=True)
class Figure:
    """One cell: how many registrations stand behind it, and the two amounts, never mixed.

    ``turnover`` is 合同成交额, ``technology_value`` 技术交易额, both net of changes and
    cancellations registered in the period (REG-19, STA-15).
    """

    key: str
    contracts: int
    turnover: Money
    technology_value: Money
    parties: int = 0


def publishable(figure: Figure) -> bool:
    """Whether a cell is large enough to tell strangers nothing of one contract (P-35)."""
    return figure.contracts >= CELL_CONTRACTS and figure.parties >= CELL_PARTIES
