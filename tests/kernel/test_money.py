import time
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.kernel.money import (
    BOUND,
    MixedCurrencies,
    Money,
    MoneyError,
    MoneyFault,
    PercentError,
    PercentFault,
    format_bp,
    format_money,
    percent_bp,
    plain,
    wan,
    yi,
)

AMOUNTS = st.integers(-(10**16), 10**16)


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("0", "CNY", 0),
        ("1", "CNY", 100),
        ("0.01", "CNY", 1),
        ("12.5", "CNY", 1250),
        (" 1200000.00 ", "CNY", 120_000_000),
        ("1,200,000.00", "CNY", 120_000_000),
        ("1,000", "CNY", 100_000),
        ("007", "CNY", 700),
        ("1500", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("9999999999999.99", "CNY", 10**15 - 1),
    ],
)
def test_an_amount_is_read_exactly(typed: str, currency: str, minor: int) -> None:
    assert Money.parse(typed, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("typed", "currency", "reason"),
    [
        # A1: nothing there
        (None, "CNY", MoneyFault.REQUIRED),
        ("", "CNY", MoneyFault.REQUIRED),
        ("   ", "CNY", MoneyFault.REQUIRED),
        # A2: not above zero (with least=1 below)
        ("-1", "CNY", MoneyFault.NEGATIVE),
        ("-0", "CNY", MoneyFault.NEGATIVE),
        ("-1,000.00", "CNY", MoneyFault.NEGATIVE),
        # A3: finer than the currency
        ("0.001", "CNY", MoneyFault.TOO_PRECISE),
        ("1.000", "CNY", MoneyFault.TOO_PRECISE),
        ("1.5", "JPY", MoneyFault.TOO_PRECISE),
        ("1.2345", "KWD", MoneyFault.TOO_PRECISE),
        # A4: a number of JSON
        (1000.10, "CNY", MoneyFault.NOT_TEXT),
        (1000, "CNY", MoneyFault.NOT_TEXT),
        (["1"], "CNY", MoneyFault.NOT_TEXT),
        # A5, A6: what only programs write
        ("1e6", "CNY", MoneyFault.NOT_A_NUMBER),
        ("0x10", "CNY", MoneyFault.NOT_A_NUMBER),
        ("1_000", "CNY", MoneyFault.NOT_A_NUMBER),
        ("+5", "CNY", MoneyFault.NOT_A_NUMBER),
        ("NaN", "CNY", MoneyFault.NOT_A_NUMBER),
        ("Infinity", "CNY", MoneyFault.NOT_A_NUMBER),
        ("-Infinity", "CNY", MoneyFault.NOT_A_NUMBER),
        ("--5", "CNY", MoneyFault.NOT_A_NUMBER),
        (".5", "CNY", MoneyFault.NOT_A_NUMBER),
        ("5.", "CNY", MoneyFault.NOT_A_NUMBER),
        ("¥5", "CNY", MoneyFault.NOT_A_NUMBER),
        ("5\n", "CNY", MoneyFault.NOT_A_NUMBER),
        # A7: grouping that is not guessed
        ("1.000,00", "CNY", MoneyFault.BAD_GROUPING),
        ("1 000", "CNY", MoneyFault.BAD_GROUPING),
        ("1\u00a0000", "CNY", MoneyFault.BAD_GROUPING),
        ("12,34", "CNY", MoneyFault.BAD_GROUPING),
        ("1,0000", "CNY", MoneyFault.BAD_GROUPING),
        ("1200,000", "CNY", MoneyFault.BAD_GROUPING),
        ("0,100", "CNY", MoneyFault.BAD_GROUPING),
        ("1,,000", "CNY", MoneyFault.BAD_GROUPING),
        ("1.000.000", "CNY", MoneyFault.BAD_GROUPING),
        # A8: digits of other scripts
        ("１０００", "CNY", MoneyFault.NOT_A_NUMBER),
        ("١٠٠٠", "CNY", MoneyFault.NOT_A_NUMBER),
        ("壹佰", "CNY", MoneyFault.NOT_A_NUMBER),
        # A9: too large
        (str(10**13), "CNY", MoneyFault.TOO_LARGE),
        (str(10**15), "CNY", MoneyFault.TOO_LARGE),
        (str(2**53 + 1), "CNY", MoneyFault.TOO_LARGE),
        (str(2**63), "CNY", MoneyFault.TOO_LARGE),
        (str(10**40), "CNY", MoneyFault.TOO_LARGE),
        # A11: currency
        ("1", "", MoneyFault.UNKNOWN_CURRENCY),
        ("1", "cny", MoneyFault.UNKNOWN_CURRENCY),
        ("1", "XXX", MoneyFault.UNKNOWN_CURRENCY),
        ("1", "XAU", MoneyFault.UNKNOWN_CURRENCY),
        ("1", "RMB", MoneyFault.UNKNOWN_CURRENCY),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(
    typed: object, currency: str, reason: MoneyFault
) -> None:
    with pytest.raises(MoneyError) as refused:
        Money.parse(typed, currency)
    assert refused.value.reason is reason
    assert refused.value.sentence % refused.value.detail


@pytest.mark.parametrize(
    ("typed", "least", "reason"),
    [
        ("0", 1, MoneyFault.NOT_POSITIVE),
        ("0.00", 1, MoneyFault.NOT_POSITIVE),
        ("0.99", 100, MoneyFault.TOO_LITTLE),
        ("0", 100, MoneyFault.TOO_LITTLE),
    ],
)
def test_an_amount_below_the_least_is_refused(typed: str, least: int, reason: MoneyFault) -> None:
    with pytest.raises(MoneyError) as refused:
        Money.parse(typed, least=least)
    assert refused.value.reason is reason
    assert Money.parse("1.00", least=least) == Money(100)


def test_ten_thousand_digits_are_refused_unread() -> None:
    digits, best = "9" * 10_000, 1.0
    for _ in range(5):  # the best of five: a busy machine proves nothing
        begun = time.perf_counter()
        with pytest.raises(MoneyError) as refused:
            Money.parse(digits)
        with pytest.raises(PercentError):
            percent_bp(digits)
        best = min(best, time.perf_counter() - begun)
        assert refused.value.reason is MoneyFault.TOO_LARGE
    assert best < 0.005


def test_the_bound_is_the_first_amount_refused() -> None:
    assert Money.parse(str(BOUND - 1)).minor == (BOUND - 1) * 100
    with pytest.raises(MoneyError):
        Money.parse(str(BOUND))


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1)])
def test_money_is_made_of_whole_numbers_only(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor)  # type: ignore[arg-type]  # the point of the test


def test_money_of_an_unknown_currency_does_not_exist() -> None:
    with pytest.raises(MoneyError):
        Money(1, "ZZZ")


def test_money_reckons_within_one_currency() -> None:
    assert Money(150) + Money(50) == Money(200)
    assert Money(150) - Money(200) == Money(-50) == -Money(50)
    assert 3 * Money(5) == Money(5) * 3 == Money(15)
    assert Money(1) < Money(2) <= Money(2)
    assert Money(3) > Money(2) >= Money(2)
    assert not Money(2) < Money(2)
    assert not Money(2) > Money(2)
    assert Money(1) != Money(1, "USD")
    assert sum([Money(1), Money(2)], Money(0)) == Money(3)
    assert max(Money(1), Money(2)) == Money(2)


def test_currencies_do_not_mix() -> None:
    yuan, dollar = Money(1), Money(1, "USD")
    for meet in (
        lambda: yuan + dollar,
        lambda: yuan - dollar,
        lambda: yuan < dollar,
        lambda: yuan <= dollar,
        lambda: yuan > dollar,
        lambda: yuan >= dollar,
    ):
        with pytest.raises(MixedCurrencies):
            meet()


def test_a_float_never_multiplies_money() -> None:
    with pytest.raises(TypeError):
        Money(100) * 0.5  # type: ignore[operator]  # the point of the test


@pytest.mark.parametrize(
    ("minor", "bp", "share"),
    [(10_000, 250, 250), (1, 5_000, 1), (1, 4_999, 0), (3, 5_000, 2), (-3, 5_000, -2), (7, 0, 0)],
)
def test_a_share_is_rounded_half_up(minor: int, bp: int, share: int) -> None:
    assert Money(minor).share(bp) == Money(share)


@given(AMOUNTS, st.integers(0, 10_000))
def test_a_share_is_what_exact_decimals_give(minor: int, bp: int) -> None:
    exact = (Decimal(minor) * bp / 10_000).quantize(Decimal(1), ROUND_HALF_UP)
    assert Money(minor).share(bp).minor == int(exact)


@pytest.mark.parametrize(
    ("money", "in_wan", "in_yi", "written"),
    [
        (Money(120_000_000), "120.00", "0.01", "1200000.00"),
        (Money(5_000), "0.01", "0.00", "50.00"),
        (Money(4_999), "0.00", "0.00", "49.99"),
        (Money(-5_000), "-0.01", "0.00", "-50.00"),
        (Money(1_056_250_000_000_00), "105625000.00", "10562.50", "1056250000000.00"),
        (Money(5), "0.00", "0.00", "0.05"),
        (Money(1_200_000, "JPY"), "120.00", "0.01", "1200000"),
        (Money(1_200_000_000, "KWD"), "120.00", "0.01", "1200000.000"),
    ],
)
def test_reports_count_in_wan_and_yi(money: Money, in_wan: str, in_yi: str, written: str) -> None:
    assert (wan(money), yi(money), plain(money)) == (in_wan, in_yi, written)


@pytest.mark.parametrize("locale", ["zh_Hans", "en"])
def test_a_page_shows_yuan_alike_in_both_languages(locale: str) -> None:
    assert format_money(Money(120_000_000), locale) == "¥1,200,000.00"
    assert format_money(Money(-1), locale) == "-¥0.01"
    assert format_money(Money(1500, "JPY"), locale) == "JP¥1,500"


def test_a_large_amount_is_shown_to_the_last_fen() -> None:
    assert format_money(Money(999_999_999_999_999), "en") == "¥9,999,999,999,999.99"


@given(st.integers(0, BOUND * 100 - 1))
def test_what_is_written_reads_back(minor: int) -> None:
    assert Money.parse(plain(Money(minor))) == Money(minor)
    assert Money.parse(format_money(Money(minor), "en").removeprefix("¥")) == Money(minor)


@given(st.text(max_size=70))
def test_any_text_is_an_amount_or_a_reason(typed: str) -> None:
    try:
        money = Money.parse(typed)
    except MoneyError:
        return
    assert Money.parse(plain(money)) == money


@pytest.mark.parametrize(
    ("typed", "bp"),
    [("0", 0), ("12.5", 1250), ("12.50", 1250), ("100", 10_000), ("100.00", 10_000), ("0.01", 1)],
)
def test_a_percentage_is_read_in_basis_points(typed: str, bp: int) -> None:
    assert percent_bp(typed) == bp
    assert percent_bp(format_bp(bp)) == bp


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (None, PercentFault.REQUIRED),
        ("", PercentFault.REQUIRED),
        ("  ", PercentFault.REQUIRED),
        (12.5, PercentFault.NOT_TEXT),
        ("12.5%", PercentFault.NOT_A_NUMBER),
        ("1e1", PercentFault.NOT_A_NUMBER),
        ("+5", PercentFault.NOT_A_NUMBER),
        ("１０", PercentFault.NOT_A_NUMBER),
        ("1,0", PercentFault.NOT_A_NUMBER),
        ("NaN", PercentFault.NOT_A_NUMBER),
        (" " * 65, PercentFault.NOT_A_NUMBER),
        ("12.345", PercentFault.TOO_PRECISE),
        ("100.1", PercentFault.OUT_OF_RANGE),
        ("100.01", PercentFault.OUT_OF_RANGE),
        ("-5", PercentFault.OUT_OF_RANGE),
        ("-0", PercentFault.OUT_OF_RANGE),
    ],
)
def test_what_is_no_percentage_is_refused_with_its_reason(
    typed: object, reason: PercentFault
) -> None:
    with pytest.raises(PercentError) as refused:
        percent_bp(typed)
    assert refused.value.reason is reason


@pytest.mark.parametrize(("bp", "shown"), [(1250, "12.5"), (10_000, "100"), (0, "0"), (5, "0.05")])
def test_basis_points_are_shown_without_idle_zeros(bp: int, shown: str) -> None:
    assert format_bp(bp) == shown
