"""News from Stripe: believed only if signed over the very bytes that came, and lately.

A piece of news is a bell, no more: it names the payment or refund of which something changed, and
whoever hears it asks the gateway how that stands *now*. So neither the order of news nor its
repetition matters, and nothing is ever booked from a body that was sent to us.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from market.payments.gateways import Mismatch

FRESH = timedelta(seconds=300)
HEADER = "Stripe-Signature"
FAMILIES = ("payment_intent.", "charge.", "refund.")
"""The first words of the names of all news that the market listens to."""

NO_EVENT = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class Unset(Exception):
    """No secret is set, so no news can be believed: 503, and Stripe sends it again later."""


class Forged(Exception):
    """Not signed by Stripe, not lately, or not over these bytes: 400, and nothing else happens."""


@dataclass(frozen=True)
class Notice:
    """Something happened to ``payment`` or ``refund`` (external ids; both empty: nothing of ours).

    ``account`` is empty but where the news is about an account connected to ours.
    """

    event_id: str
    kind: str
    payment: str
    refund: str
    live: bool
    account: str
    at: datetime


def parse(raw: bytes, header: str, secrets: Sequence[str], now: datetime) -> Notice:
    """Read a body as it came (``request.get_data()``); ``Unset`` or ``Forged`` where it is none."""
    if not secrets:
        raise Unset
    _insist_on_signature(raw, header, secrets, now)
    try:
        event = json.loads(raw)
        kind, thing = str(event["type"]), event["data"]["object"]
        listens = kind.startswith(FAMILIES)
        return Notice(
            event_id=str(event["id"]),
            kind=kind,
            payment=_payment(thing) if listens else "",
            refund=_id(thing) if listens and thing.get("object") == "refund" else "",
            live=event["livemode"] is True,
            account=str(event.get("account") or ""),
            at=datetime.fromtimestamp(event["created"], UTC),
        )
    except NO_EVENT as error:
        raise Forged("no event") from error


def foreign(notice: Notice, *, live: bool, account: str) -> Mismatch | None:
    """Why a signed piece of news is not about the account of the settings, or None if it is."""
    if notice.live != live:
        return Mismatch.MODE
    if notice.account not in ("", account):
        return Mismatch.ACCOUNT
    return None


def _insist_on_signature(raw: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    parts = [part.strip().partition("=")[::2] for part in header.split(",")]
    stamps = [value for name, value in parts if name == "t"]
    signatures = [value.encode() for name, value in parts if name == "v1"]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit()) or not signatures:
        raise Forged("unsigned")
    signed = stamps[0].encode() + b"." + raw
    good = [hmac.new(key.encode(), signed, sha256).hexdigest().encode() for key in secrets]
    if not any(hmac.compare_digest(ours, theirs) for ours in good for theirs in signatures):
        raise Forged("signature")
    if abs(now.timestamp() - float(stamps[0])) > FRESH.total_seconds():
        raise Forged("stale")


def _payment(thing: dict[str, Any]) -> str:
    return _id(thing if thing["object"] == "payment_intent" else thing.get("payment_intent"))


def _id(thing: Any) -> str:
    """The id of what is named by it, or lies there whole."""
    return str(thing["id"] if isinstance(thing, dict) else thing or "")
