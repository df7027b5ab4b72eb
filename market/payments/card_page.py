"""The payment page's own policy: it alone may load Stripe's script and frames."""

from urllib.parse import urlsplit

from config import Stripe

HOST = "js.stripe.com"


def widened(policy: str, stripe: Stripe) -> str:
    """The market's content policy, and beside it what Stripe's fields need: no more, no inline."""
    scripts = origin(stripe.js)
    frames = f"{scripts} https://hooks.stripe.com"
    if urlsplit(stripe.js).hostname == HOST:  # it puts its parts on hosts below its own
        scripts, frames = (f"{each} https://*.{HOST}" for each in (scripts, frames))
    wider = policy.replace("script-src 'self'", f"script-src 'self' {scripts}")
    wider = wider.replace("connect-src 'self'", f"connect-src 'self' {origin(stripe.api)}")
    return f"{wider}; frame-src {frames}"


def origin(address: str) -> str:
    """The part of an address that says who answers it."""
    scheme, host = urlsplit(address)[:2]
    return f"{scheme}://{host}"
