"""Every act of the journal as a sentence: its table's, places filled from the recorded facts."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from flask_babel import get_locale, gettext

from market.bank.rules import Use
from market.contracts.rules import Side as ContractSide
from market.contracts.terms import Kind
from market.kernel.authority import Role, Seat
from market.kernel.i18n import day, instant
from market.kernel.journal import Entry
from market.kernel.money import Money, format_bp, format_money
from market.kernel.words import Labelled
from market.listings.sheet import Mode
from market.parties.rules import PaperKind
from market.payments.gateways import Channel, Stage
from market.payments.sheet import ObligationKind
from market.places.rules import VenueKind
from market.record.table import SENTENCES
from market.registry.rules import Reason

NOTES = ("note", "why")
"""Facts that hold a person's own words: shown beside the sentence, to those who may read them."""


def sentence(entry: Entry, who: str) -> str:
    """What happened, in the reader's language; an act without a sentence shows its own name."""
    told = entry.told
    words = SENTENCES.get(variant(entry.act, told)) or SENTENCES.get(entry.act)
    if words is None:
        return f"{who}: {entry.act}"
    return str(gettext(words)) % Places(told, who)


def note(entry: Entry) -> str:
    """The words that the actor wrote, if the act holds any; the market's own are translated."""
    told = entry.told
    return next((str(gettext(str(told[name]))) for name in NOTES if told.get(name)), "")


def variant(act: str, told: Mapping[str, object]) -> str:
    """The finer name of an act, where its facts make another sentence of it."""
    if act == "contract.signed" and told.get("concluded"):
        return "contract.signed:last"
    return f"{act}:{told.get('kind')}"


class Places(dict[str, object]):
    """The places of a sentence, written as the reader's language writes them."""

    def __init__(self, told: Mapping[str, object], who: str) -> None:
        super().__init__(told)
        self["who"] = who

    def __getitem__(self, name: str) -> object:
        """The value of a place; what an older entry did not record is a dash."""
        value = self.get(name)
        if value is None:
            return "–"
        if name in AMOUNTS:
            return _money(value, str(self.get("currency") or "CNY"))
        written = WRITTEN.get(name)
        return written(str(value)) if written else value


AMOUNTS = frozenset(
    {"price", "turnover", "technology_value", "amount", "remaining", "paid", "from_base"}
)


def _money(minor: object, currency: str) -> str:
    assert isinstance(minor, int), "amounts are recorded in minor units"
    return format_money(Money(minor, currency), str(get_locale()))


def _day(text: str) -> str:
    return day(date.fromisoformat(text))


def _instant(text: str) -> str:
    return instant(datetime.fromisoformat(text))


def _member(*enums: type[Labelled]) -> Callable[[str], str]:
    """The label of a stored value in the first of these enums that knows it."""

    labels = {member.value: member.label for enum in reversed(enums) for member in enum}

    def words(value: str) -> str:
        return str(gettext(labels[value])) if value in labels else value

    return words


def _reasons(codes: str) -> str:
    return "; ".join(f"{code} {_member(Reason)(code)}" for code in codes.split())


def _percent(bp: str) -> str:
    return f"{format_bp(int(bp))}%"


WRITTEN: dict[str, Callable[[str], str]] = {
    "due_on": _day,
    "on_day": _day,
    "valid_from": _day,
    "until": _instant,
    "role": _member(Role),
    "mode": _member(Mode),
    "side": _member(ContractSide),
    "kind": _member(Kind, VenueKind, PaperKind, ObligationKind),
    "channel": _member(Channel),
    "stage": _member(Stage),
    "usable_at": _instant,
    "seat": _member(Seat),
    "was": _member(Seat),
    "reasons": _reasons,
    "rate": _percent,
    "use": _member(Use),
}
