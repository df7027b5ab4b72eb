"""Amounts and months as the readers of reports write them: 万元 and 亿元, or millions of yuan."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from babel.dates import format_skeleton
from flask_babel import get_locale, gettext

from market.kernel.money import Money, wan, yi
from market.turnover.rules import YI, Scale


def brief(amount: Money) -> str:
    """An amount in the unit of reports, two decimals, half up."""
    if _english():
        return str(gettext("¥%(amount)s million", amount=_millions(amount)))
    if abs(amount.minor) >= YI:
        return str(gettext("%(amount)s yi yuan", amount=_grouped(yi(amount))))
    return str(gettext("%(amount)s wan yuan", amount=_grouped(wan(amount))))


def on_axis(amount: Money, axis: Scale) -> str:
    """The number of an amount in the unit of an axis."""
    if _english():
        return _millions(amount)
    return _grouped(yi(amount) if axis.in_yi else wan(amount))


def axis_unit(axis: Scale) -> str:
    """The unit of an axis, in words."""
    if _english():
        return str(gettext("in millions of yuan"))
    return str(gettext("in yi yuan") if axis.in_yi else gettext("in wan yuan"))


def tick(amount: Money, axis: Scale) -> str:
    """A mark of an axis, without the zeros that say nothing."""
    return on_axis(amount, axis).rstrip("0").rstrip(".")


def month_words(key: str) -> str:
    """``2026-09`` as September 2026 or 2026年9月."""
    return format_skeleton("yMMMM", date.fromisoformat(f"{key}-01"), locale=get_locale())


def _millions(amount: Money) -> str:
    return _grouped(yi(amount * 100))


def _grouped(number: str) -> str:
    return f"{Decimal(number):,}"


def _english() -> bool:
    return str(get_locale()) == "en"


FILTERS: dict[str, Callable[..., str]] = {
    "brief": brief,
    "on_axis": on_axis,
    "axis_unit": axis_unit,
    "tick": tick,
    "month": month_words,
}
