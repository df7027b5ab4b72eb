"""What pages need to speak Chinese and English: catalogues, amounts, days, instants, labels."""

from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask
from flask_babel import Babel, get_locale, gettext

from market.kernel.clock import MARKET_ZONE
from market.kernel.money import Money, format_bp, format_money, plain, wan, yi
from market.kernel.refusal import Refusal, Refused
from market.kernel.text import Misread
from market.kernel.words import Labelled

Unit = Literal["day", "hour", "minute"]
LANGUAGES = {"zh_Hans": "中文", "en": "English"}
DEFAULT_LANGUAGE = "zh_Hans"
CATALOGUES = Path(__file__).parents[1] / "translations"


def catalogue(language: str) -> Translations:
    """The sentences of a language, read straight from its ``.po`` file: nothing to compile."""
    source = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not source.exists():  # English is the language of the sentences themselves
        return Translations()
    return _compiled(source, source.stat().st_mtime_ns)


@cache
def _compiled(source: Path, _changed: int) -> Translations:
    """The file as it stood at an instant: compiled once a process, again when it has changed."""
    compiled = BytesIO()
    with source.open("rb") as sentences:
        write_mo(compiled, read_po(sentences))
    compiled.seek(0)
    return Translations(compiled)


def init_i18n(app: Flask, choose: Any) -> None:
    """Set up Flask-Babel with the market's catalogues, zone and page filters."""
    Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=choose)
    with app.app_context():
        cache = app.extensions["babel"].instance.domain_instance.cache
    for language in LANGUAGES:
        cache[language, "messages"] = catalogue(language)
    app.jinja_env.filters.update(
        money=lambda m: format_money(m, str(get_locale())) if m is not None else "–",
        wan=wan,
        yi=yi,
        percent_bp=lambda bp: f"{format_bp(bp)}%",
        day=day,
        instant=instant,
        label=label,
        plain=plain,
        time_left=time_left,
        sentence=sentence,
    )


def day(value: date | None) -> str:
    """A day as the reader writes it."""
    return format_date(value, "long", locale=get_locale()) if value else "–"


def instant(value: datetime | None) -> str:
    """An instant in Asia/Shanghai, to the minute."""
    if value is None:
        return "–"
    local = value.astimezone(MARKET_ZONE)
    return format_datetime(local, "yyyy-MM-dd HH:mm", locale=get_locale())


def time_left(until: datetime, at: datetime) -> str:
    """How long something still stands, by its two largest units: ``3 days, 4 hours``."""
    minutes = int(max(until - at, timedelta()).total_seconds() // 60)
    locale = get_locale()
    spans: dict[Unit, timedelta] = {
        "day": timedelta(days=minutes // 1440),
        "hour": timedelta(hours=minutes // 60 % 24),
        "minute": timedelta(minutes=minutes % 60),
    }
    spelt = [
        format_timedelta(span, granularity=unit, threshold=minutes + 1, locale=locale)
        for unit, span in spans.items()
        if span
    ]
    if not spelt:
        return str(gettext("less than a minute"))
    return str(format_list(spelt[:2], style="unit", locale=locale))


def label(member: Labelled | None) -> str:
    """The words of an enum member in the reader's language."""
    return gettext(member.label) if member is not None else "–"


def sentence(refusal: Refusal, **detail: object) -> str:
    """What a refusal says in the reader's language, its named places filled."""
    words: str = gettext(refusal.sentence)
    return words % {name: in_words(value) for name, value in detail.items()} if detail else words


def refused(error: Refused) -> str:
    """What a refused command says in the reader's language: every page and form asks here."""
    return sentence(error.refusal, **error.detail)


def in_words(value: object) -> object:
    """A value as it stands in a sentence: members, amounts, days, lists in the reader's words."""
    if isinstance(value, Labelled):
        return label(value)
    if isinstance(value, Misread):
        return sentence(value.reason, **value.detail)
    if isinstance(value, Money):
        return format_money(value, str(get_locale()))
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, list | tuple | set | frozenset):
        comma = "、" if str(get_locale()).startswith("zh") else ", "
        return comma.join(str(in_words(each)) for each in value)
    return value
