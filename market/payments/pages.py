"""What the pages of money share: the blueprint, a step of its story in plain words."""

from datetime import date
from urllib.parse import urlsplit

from flask import Blueprint
from flask_babel import gettext

from market.kernel.i18n import day, in_words
from market.payments.telling import Told

bp = Blueprint("payments", __name__, template_folder="templates", url_prefix="/money")


@bp.app_template_filter()
def in_plain_words(step: Told) -> str:
    """The sentence of a step in the reader's language."""
    return str(gettext(step.step.label)) % {name: _said(v) for name, v in step.facts.items()}


def _said(value: object) -> object:
    return day(value) if isinstance(value, date) else in_words(value)


def card_policy(js: str) -> str:
    """What the card page may load: our own files, and the gateway's script with its frames."""
    parts = urlsplit(js)
    theirs = f"{parts.scheme}://{parts.netloc}"
    return (
        f"default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        f"script-src 'self' {theirs}; frame-src {theirs} https://hooks.stripe.com; "
        f"connect-src 'self' {theirs} https://api.stripe.com; form-action 'self'; "
        f"base-uri 'none'; frame-ancestors 'none'"
    )
