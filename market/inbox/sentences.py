"""What a message says, in its reader's language: the sentence of its news, its places filled."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from flask_babel import gettext

from market.inbox.news import News
from market.kernel.authority import Role, Seat
from market.kernel.i18n import day, in_words, instant, label
from market.kernel.money import Money
from market.registry.rules import Reason


def sentence(news: News, facts: Mapping[str, object], party: str) -> str:
    """The sentence; ``party`` is the name of who acted, as far as the reader may know it."""
    return str(gettext(news.label)) % Places(facts, party)


class Places(dict[str, object]):
    """The places of a sentence, written as the reader's language writes them."""

    def __init__(self, facts: Mapping[str, object], party: str) -> None:
        super().__init__(facts)
        self["party"] = party or gettext("The other side")

    def __getitem__(self, name: str) -> object:
        """The value of a place; what was not recorded is a dash."""
        value = self.get(name)
        if value is None:
            return "–"
        if isinstance(value, int):
            return in_words(Money(value, str(self.get("currency") or "CNY")))
        return WRITTEN.get(name, str)(str(value))


def _instant(text: str) -> str:
    return instant(datetime.fromisoformat(text))


def _day(text: str) -> str:
    return day(date.fromisoformat(text))


def _reasons(codes: str) -> str:
    return "; ".join(f"{code} {label(Reason.of(code))}" for code in codes.split())


def _role(value: str) -> str:
    return label(Role.of(value))


def _seat(value: str) -> str:
    return label(Seat.of(value))


WRITTEN: dict[str, Callable[[str], str]] = {
    "until": _instant,
    "since": _instant,
    "usable_at": _instant,
    "due_on": _day,
    "on_day": _day,
    "reasons": _reasons,
    "role": _role,
    "seat": _seat,
}
