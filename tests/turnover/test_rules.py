"""The pure side of the figures: periods, shares, axes, and what strangers may read."""

from datetime import date

import pytest

from market.kernel.money import Money
from market.turnover.rules import (
    Figure,
    Period,
    SellerMonth,
    TurnoverRefusal,
    publishable,
    published,
    scale,
    share_bp,
    usual_periods,
    without_gaps,
)


def figure(key: str = "", contracts: int = 0, turnover: int = 0, parties: int = 0) -> Figure:
    return Figure(key, contracts, Money(turnover), Money(turnover), parties)


def month(key: str, seller: int, contracts: int = 1, turnover: int = 100) -> SellerMonth:
    return SellerMonth(key, seller, contracts, Money(turnover), Money(turnover // 2))


@pytest.mark.parametrize(
    ("first", "last", "refusal"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), None),
        (date(2026, 1, 2), date(2026, 1, 1), TurnoverRefusal.REVERSED),
        (date(1997, 1, 1), date(2026, 12, 31), None),
        (date(1996, 12, 31), date(2026, 1, 1), TurnoverRefusal.TOO_LONG),
    ],
)
def test_a_period_runs_forward_and_at_most_thirty_years(
    first: date, last: date, refusal: TurnoverRefusal | None
) -> None:
    assert Period(first, last).refusal() is refusal


def test_a_period_that_cannot_be_summed_is_a_fault_of_what_was_typed() -> None:
    assert TurnoverRefusal.REVERSED.status == 422


def test_the_usual_periods_end_today_or_with_last_year() -> None:
    periods = dict(usual_periods(date(2026, 11, 22)))
    assert periods["This month"] == Period(date(2026, 11, 1), date(2026, 11, 22))
    assert periods["This quarter"] == Period(date(2026, 10, 1), date(2026, 11, 22))
    assert periods["This year"] == Period(date(2026, 1, 1), date(2026, 11, 22))
    assert periods["Last year"] == Period(date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (1, 3, 3333),
        (2, 3, 6667),
        (1, 20_000, 1),  # half a basis point goes up
        (0, 5, 0),
        (5, 5, 10_000),
        (5, 0, None),
        (-1, 5, None),
        (1, -5, None),
    ],
)
def test_a_share_is_rounded_half_up_or_says_nothing(
    part: int, whole: int, share: int | None
) -> None:
    assert share_bp(Money(part), Money(whole)) == share


@pytest.mark.parametrize(
    ("contracts", "parties", "public"),
    [(3, 2, True), (2, 2, False), (3, 1, False), (0, 0, False), (30, 20, True)],
)
def test_a_published_cell_holds_three_contracts_of_two_sellers(
    contracts: int, parties: int, public: bool
) -> None:
    assert publishable(figure(contracts=contracts, parties=parties)) is public


def test_nothing_is_published_before_there_is_enough() -> None:
    assert published([]) is None
    assert published([month("2026-01", 1), month("2026-01", 2)]) is None
    assert published([month("2026-01", 1, contracts=9)]) is None


def test_the_published_total_moves_on_only_by_steps_that_are_publishable_themselves() -> None:
    """Whoever subtracts two totals ever shown learns nothing of one contract."""
    months = [month("2026-01", 1, 2), month("2026-01", 2, 2)]
    shown = published(months)
    assert shown is not None
    assert (shown.key, shown.contracts, shown.turnover) == ("2026-01", 4, Money(200))
    one_more = [*months, month("2026-02", 1, 1, 999)]
    assert published(one_more) == shown
    two_more = [*one_more, month("2026-03", 2, 2, 10)]
    later = published(two_more)
    assert later is not None
    assert (later.key, later.contracts, later.turnover) == ("2026-03", 7, Money(1209))


def test_a_seller_whose_contract_was_cancelled_hides_nobody() -> None:
    assert published([month("2026-01", 1, 3), month("2026-01", 2, 0, 0)]) is None


def test_the_published_total_keeps_both_measures_apart() -> None:
    shown = published([month("2026-01", 1, 2, 1000), month("2026-01", 2, 1, 500)])
    assert shown is not None
    assert (shown.turnover, shown.technology_value) == (Money(1500), Money(750))


def test_months_without_a_row_are_empty_and_not_left_out() -> None:
    filled = without_gaps([figure("2025-11", 1, 5), figure("2026-02", 1, 7)])
    assert [f.key for f in filled] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert [f.turnover.minor for f in filled] == [5, 0, 0, 7]
    assert without_gaps([]) == []


@pytest.mark.parametrize(
    "amounts",
    [[], [0], [1], [10**4], [123_456_789], [5 * 10**12], [-(10**9), 10**8], [-7, -3], [10**15 + 1]],
)
def test_an_axis_holds_zero_and_every_amount_with_few_marks(amounts: list[int]) -> None:
    axis = scale(map(Money, amounts))
    assert axis.low <= min([0, *amounts])
    assert axis.high >= max([0, *amounts])
    assert axis.low < axis.high
    assert Money(0) in axis.ticks
    assert 2 <= len(axis.ticks) <= 8
    assert str(axis.step).rstrip("0") in {"1", "2", "5"}
    for amount in amounts:
        assert 0 <= axis.permille(Money(amount)) <= 1000


def test_an_axis_is_read_in_yi_from_one_hundred_million_yuan() -> None:
    assert scale([Money(10**10)]).in_yi
    assert not scale([Money(10**9)]).in_yi
