"""Money: a whole number of minor units and a currency. No float comes near it."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from babel.core import Locale
from babel.numbers import (
    format_currency,
    get_currency_precision,
    get_currency_symbol,
    list_currencies,
)

from market.kernel.refusal import Refusal
from market.kernel.text import Misread
from market.kernel.words import N_

BOUND = 10**13
"""An amount typed in stays below this many whole units (ten trillion yuan, more than the country's
technology turnover of a year), so that sums of amounts stay far inside a 64-bit integer."""

MOST_CHARACTERS = 64
"""Longer input is refused unread: turning digits into a number takes quadratic time."""

_PLAIN = re.compile(r"([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_GROUPED = re.compile(r"([1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]+))?", re.ASCII)
_SEPARATED = re.compile(r"[0-9][0-9., '\u00a0\u202f]*", re.ASCII)

# Codes beginning with X name metals, test and book units; these five are the money among them.
_CURRENCIES = frozenset(
    code
    for code in list_currencies()
    if not code.startswith("X") or code in {"XAF", "XCD", "XCG", "XOF", "XPF"}
)
# One sign, one currency: a page never leaves open whether ¥ is yuan or yen.
_SIGNS = {"CNY": "¥", "JPY": "JP¥"}


class MoneyFault(Refusal):
    """Why a text is not an amount."""

    REQUIRED = "required", N_("Enter an amount.")
    NOT_TEXT = "not-text", N_('Send the amount as a string, such as "1200000.00".')
    NOT_A_NUMBER = "not-a-number", N_("Enter the amount in plain digits, such as 1200000.00.")
    BAD_GROUPING = (
        "bad-grouping",
        N_("Write the amount as 1200000.00 or 1,200,000.00; other separators are not guessed."),
    )
    NEGATIVE = "negative", N_("The amount cannot be negative.")
    NOT_POSITIVE = "not-positive", N_("The amount must be above zero.")
    TOO_LITTLE = "too-little", N_("The amount is below the least that is taken here.")
    TOO_PRECISE = "too-precise", N_("The amount has more decimals than its currency.")
    TOO_LARGE = "too-large", N_("The amount is too large.")
    UNKNOWN_CURRENCY = (
        "unknown-currency",
        N_("Name the currency by its three capital letters, such as CNY."),
    )


class PercentFault(Refusal):
    """Why a text is not a percentage."""

    REQUIRED = "required", N_("Enter a percentage.")
    NOT_TEXT = "not-text", N_('Send the percentage as a string, such as "12.5".')
    NOT_A_NUMBER = (
        "not-a-number",
        N_("Enter the percentage in plain digits without a percent sign, such as 12.5."),
    )
    TOO_PRECISE = "too-precise", N_("A percentage has at most two decimals.")
    OUT_OF_RANGE = "out-of-range", N_("A percentage lies between 0 and 100.")


class MoneyError(Misread):
    """A text that is not an amount; ``reason`` is a ``MoneyFault``."""


class PercentError(MoneyError):
    """A text that is not a percentage; ``reason`` is a ``PercentFault``."""


class MixedCurrencies(TypeError):
    """Two currencies met in one sum or comparison: a fault of the program, never of a user."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other} do not mix")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen for CNY), negative only as a correction in the register.

    Adds, subtracts and compares within one currency only (``MixedCurrencies``); multiplies by
    whole numbers only. ``float``, ``bool`` and unknown currencies are refused.
    """

    minor: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        """Refuse what would let a float or an unknown currency slip in."""
        if type(self.minor) is not int:
            raise TypeError(f"minor units are a whole number, not {type(self.minor).__name__}")
        if self.currency not in _CURRENCIES:
            raise MoneyError(MoneyFault.UNKNOWN_CURRENCY)

    @classmethod
    def parse(cls, text: object, currency: str = "CNY", *, least: int = 0) -> Self:
        """Read an amount as a person types it: ``1200000``, ``1200000.00``, ``1,200,000.00``.

        Nothing is guessed: other separators, signs, exponents, digits of other scripts and more
        decimals than the currency has are refused with ``MoneyError``. ``least`` is the smallest
        amount taken, in minor units (1 for "above zero"). What is not a ``str`` is refused too,
        so a JSON number never becomes money.
        """
        if currency not in _CURRENCIES:
            raise MoneyError(MoneyFault.UNKNOWN_CURRENCY)
        whole, fraction = _digits(text)
        places = get_currency_precision(currency)
        if len(fraction) > places:
            raise MoneyError(MoneyFault.TOO_PRECISE, currency=currency, places=places)
        if int(whole) >= BOUND:
            raise MoneyError(MoneyFault.TOO_LARGE)
        money = cls(int(whole + fraction.ljust(places, "0")), currency)
        if money.minor < least:
            if money.minor == 0 and least == 1:
                raise MoneyError(MoneyFault.NOT_POSITIVE)
            raise MoneyError(MoneyFault.TOO_LITTLE, least=plain(cls(least, currency)))
        return money

    def share(self, bp: int) -> "Money":
        """The given basis points of this amount (10000 = all), rounded half up to a minor unit."""
        return Money(_half_up(self.minor * bp, 10_000), self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> "Money":
        # A float at run time gives a float here, which the constructor refuses.
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def _same(self, other: "Money") -> int:
        """The other's minor units, where it is money of this currency."""
        if other.currency != self.currency:
            raise MixedCurrencies(self.currency, other.currency)
        return other.minor


def plain(money: Money) -> str:
    """The decimal string of the wire and of form fields: ``1200000.00``."""
    return _fixed(money.minor, get_currency_precision(money.currency))


def wan(money: Money) -> str:
    """In units of 10,000 (万元), two decimals, half up: ``120.00``."""
    return _fixed(_half_up(money.minor, 10 ** (get_currency_precision(money.currency) + 2)), 2)


def yi(money: Money) -> str:
    """In units of 100,000,000 (亿元), two decimals, half up: ``0.01`` for 1.2 million."""
    return _fixed(_half_up(money.minor, 10 ** (get_currency_precision(money.currency) + 6)), 2)


def format_money(money: Money, locale: Locale | str) -> str:
    """As a page shows it: ``¥1,200,000.00``, in English too, where yen are ``JP¥``."""
    text = format_currency(Decimal(plain(money)), money.currency, locale=locale)
    sign = get_currency_symbol(money.currency, locale=locale)
    return text.replace(sign, _SIGNS.get(money.currency, sign), 1)


def percent_bp(text: object) -> int:
    """Read a percentage from 0 to 100 with at most two decimals as basis points: 12.5 is 1250.

    As strict as ``Money.parse``; refused with ``PercentError``.
    """
    if text is None or text == "":
        raise PercentError(PercentFault.REQUIRED)
    if not isinstance(text, str):
        raise PercentError(PercentFault.NOT_TEXT)
    typed = text[: MOST_CHARACTERS + 1].strip(" ")
    if not typed and len(text) <= MOST_CHARACTERS:
        raise PercentError(PercentFault.REQUIRED)
    found = _PLAIN.fullmatch(typed.removeprefix("-"))
    if found is None or len(text) > MOST_CHARACTERS:
        raise PercentError(PercentFault.NOT_A_NUMBER)
    fraction = found[2] or ""
    if len(fraction) > 2:
        raise PercentError(PercentFault.TOO_PRECISE)
    bp = int(found[1] + fraction.ljust(2, "0"))
    if typed.startswith("-") or bp > 10_000:
        raise PercentError(PercentFault.OUT_OF_RANGE)
    return bp


def format_bp(bp: int) -> str:
    """Basis points as the percentage ``percent_bp`` reads: 1250 is ``12.5``, 10000 is ``100``."""
    return _fixed(bp, 2).rstrip("0").rstrip(".")


def _digits(text: object) -> tuple[str, str]:
    """The digits before and after the point, or the reason why there are none."""
    if text is None:
        raise MoneyError(MoneyFault.REQUIRED)
    if not isinstance(text, str):
        raise MoneyError(MoneyFault.NOT_TEXT)
    if len(text) > MOST_CHARACTERS:
        raise MoneyError(MoneyFault.TOO_LARGE)
    typed = text.strip(" ")
    if not typed:
        raise MoneyError(MoneyFault.REQUIRED)
    unsigned = typed.removeprefix("-")
    found = _PLAIN.fullmatch(unsigned) or _GROUPED.fullmatch(unsigned)
    if found is None:
        separated = _SEPARATED.fullmatch(unsigned) and not unsigned.endswith(".")
        raise MoneyError(MoneyFault.BAD_GROUPING if separated else MoneyFault.NOT_A_NUMBER)
    if unsigned != typed:
        raise MoneyError(MoneyFault.NEGATIVE)
    return found[1].replace(",", ""), found[2] or ""


def _half_up(amount: int, unit: int) -> int:
    """Whole units in an amount; a half goes away from zero, so that a correction cancels exactly.

    The one place in which money is rounded.
    """
    units = (2 * abs(amount) + unit) // (2 * unit)
    return units if amount >= 0 else -units


def _fixed(amount: int, places: int) -> str:
    """A whole number with the point set so many digits from its end."""
    digits = str(abs(amount)).rjust(places + 1, "0")
    sign = "-" if amount < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
