"""What the pages of money share: the blueprint."""

from urllib.parse import urlsplit

from flask import Blueprint

bp = Blueprint("payments", __name__, template_folder="templates", url_prefix="/money")


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
