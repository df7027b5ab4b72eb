"""What pages need to speak Chinese and English: catalogues, amounts, days, instants, labels."""

from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask
from flask_babel import Babel, get_locale, gettext

from market.kernel.clock import MARKET_ZONE
from market.kernel.money import format_bp, format_money, wan, yi
from market.kernel.words import Labelled

LANGUAGES = {"zh_Hans": "中文", "en": "English"}
DEFAULT_LANGUAGE = "zh_Hans"
CATALOGUES = Path(__file__).parents[1] / "translations"


def catalogue(language: str) -> Translations:
    """The sentences of a language, read straight from its ``.po`` file: nothing to compile."""
    source = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not source.exists():  # English is the language of the sentences themselves
        return Translations()
    compiled = BytesIO()
    with source.open("rb") as sentences:
        write_mo(compiled, read_po(sentences))
    compiled.seek(0)
    return Translations(compiled)


def init_i18n(app: Flask, choose: Any) -> None:
    """Set up Flask-Babel with the market's catalogues, zone and page filters."""
    Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=choose)
    cache = app.extensions["babel"].domain_instance.cache
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


def label(member: Labelled | None) -> str:
    """The words of an enum member in the reader's language."""
    return gettext(member.label) if member is not None else "–"
