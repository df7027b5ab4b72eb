"""The line to Stripe: one account, one version of the interface, and a name for every silence.

The version is pinned to the one from which the library's types were generated. The library never
asks twice by itself: whoever called knows the key and decides.
"""

import logging
from collections.abc import Callable
from typing import TypeVar

import requests
import stripe

from config import Stripe
from market.payments.gateways import Declined, Unsure
from market.payments.stripe_reading import UNREADABLE, text_of

VERSION = "2026-10-28.endive"
WAIT_SECONDS = (3.05, 20.0)  # for the line, and for an answer: a capture may ask the card's bank
FAULTY = (stripe.APIError, stripe.IdempotencyError)
NOT_DONE = (stripe.InvalidRequestError, stripe.CardError)
stripe.enable_telemetry = False  # nothing about this machine goes out
log = logging.getLogger(__name__)
T = TypeVar("T")


class StripeLine:
    """The account of the settings, seen to be the one behind the key before anything is asked."""

    def __init__(self, settings: Stripe, line: requests.Session) -> None:
        self._account, self._seen = settings.account, False
        self._client = stripe.StripeClient(
            settings.key,
            stripe_version=VERSION,
            base_addresses={"api": settings.api},
            http_client=stripe.RequestsClient(timeout=WAIT_SECONDS, session=line),
            max_network_retries=0,
        )

    def ask(self, call: Callable[[stripe.V1Services], T]) -> T:
        """One call; what it may raise becomes ``Declined`` or ``Unsure``."""

        def asked() -> T:
            if not self._seen:
                self._insist_on_account()
            return call(self._client.v1)

        try:
            return readable(asked)
        except NOT_DONE as error:
            raise Declined(_code(error), error.user_message or "") from error
        except (stripe.StripeError, requests.RequestException) as error:
            log.warning("stripe: %s: %s", type(error).__name__, error)
            raise Unsure(type(error).__name__) from error

    def _insist_on_account(self) -> None:
        found = self._client.v1.accounts.retrieve_current().id
        if found != self._account:
            log.error("stripe: the key opens %s, the settings name %s", found, self._account)
            raise Declined("foreign-account", found)
        self._seen = True


def closed_line() -> requests.Session:
    """A line that takes neither proxy nor password from its surroundings and is not sent on."""
    line = requests.Session()
    line.trust_env = False
    line.max_redirects = 0
    return line


def readable(answer: Callable[[], T]) -> T:
    """An answer of an unknown shape says nothing, though the step may have been taken."""
    try:
        return answer()
    except UNREADABLE as error:
        log.exception("stripe: an answer that cannot be read")
        raise Unsure("unreadable") from error


def instead(unsure: Unsure, look: Callable[[], T | None]) -> T:
    """What came of a step whose answer was a fault; a fault is repeated under its key for a day."""
    found = look() if isinstance(unsure.__cause__, FAULTY) else None
    if found is None:
        raise unsure
    return found


def replayed(thing: stripe.StripeObject) -> bool:
    """Whether this is an earlier answer, repeated under its key."""
    answer = thing.last_response
    return answer is not None and (answer.headers or {}).get("Idempotent-Replayed") == "true"


def quoted(text: str) -> str:
    """A text of Stripe's search language."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _code(error: stripe.StripeError) -> str:
    return text_of(error.error, "decline_code") or error.code or type(error).__name__
