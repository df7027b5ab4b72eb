"""What every way of paying speaks: values in, facts out. Pure: no web, no database, no clock.

A gateway is asked for one step and answers with a ``Fact``: all that the outside says of one
payment *now*. An answer, a webhook and a listing are three notices of that one fact, so whoever
books it asks only "what does it say, and what of it have I booked?", never "which came first?".

The caller's part, in this order: store the ``Intent`` (its own commit), call outside any
transaction, hold the fact against the record (``mismatch``), book it.

Where a step raised ``Unsure`` nothing is known. Take the same step again, with the same values: the
other side carries it out once within ``KEYS_LAST``. If it is still unsure, ``look`` (or ``find`` by
key, and ``refunds``) says what came of it; what is not found after ``FOUND_WITHIN`` did not happen.
After ``Declined`` nothing was carried out *now*; it may have been before, and ``look`` says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from market.kernel.money import Money
from market.kernel.words import N_, Labelled

HELD_AT_MOST = timedelta(days=4)
"""A card is only held, not charged, where the sale is settled within this time: the shortest window
in which card schemes let a hold stand is five days, and a hold that lapses secures nothing."""

KEYS_LAST = timedelta(hours=23)
"""So long is a step that is taken again under its key carried out once only (Stripe: 24 hours)."""

FOUND_WITHIN = timedelta(minutes=10)
"""What was begun is found under its key after this time; a search is never quite up to date."""


class Channel(Labelled):
    """The way by which money comes and goes."""

    BANK = "bank", N_("Bank transfer")
    STRIPE = "stripe", N_("Card or wallet (Stripe)")
    PLAY = "play", N_("Play money (demo)")


class Capture(Labelled):
    """When the payer's money is taken."""

    AT_ONCE = "at-once", N_("Charged at once")
    LATER = "later", N_("Held first, charged later")


class Stage(Labelled):
    """How far one payment through a gateway has come."""

    REQUESTED = "requested", N_("Requested")
    ACTION = "action", N_("The payer must act")
    AUTHORISED = "authorised", N_("Authorised")
    SUCCEEDED = "succeeded", N_("Succeeded")
    FAILED = "failed", N_("Failed")
    CANCELLED = "cancelled", N_("Given up")


class RefundStage(Labelled):
    """How far one refund has come; FAILED means that the money is back with the gateway."""

    PENDING = "pending", N_("On its way")
    SUCCEEDED = "succeeded", N_("Refunded")
    FAILED = "failed", N_("Failed")


class MovementKind(Labelled):
    """What one line of the gateway's own account book is about."""

    PAYMENT = "payment", N_("Money received")
    REFUND = "refund", N_("Refund")
    REFUND_BACK = "refund-back", N_("Refund that came back")
    DISPUTE = "dispute", N_("Taken back by the payer's bank")
    DISPUTE_BACK = "dispute-back", N_("Given back by the payer's bank")
    FEE = "fee", N_("Fee of the gateway")
    PAYOUT = "payout", N_("Paid out to the bank account")
    OTHER = "other", N_("Other")


@dataclass(frozen=True)
class Intent:
    """What is asked of a gateway; stored before it is asked.

    ``key`` is our own id. It goes out as metadata and is the stem of each idempotency key, so it is
    never given twice, not even after a backup was restored. ``reference`` and ``words`` say what
    for; to ``return_url`` the payer comes back. Nothing of it changes once it is stored: the same
    key with another body is refused by the other side.
    """

    key: str
    amount: Money
    reference: str
    capture: Capture
    words: str
    return_url: str


@dataclass(frozen=True)
class Fact:
    """What the gateway says of one payment now.

    ``received`` is all that was ever charged; ``refunded`` and ``disputed`` (taken back by the
    payer's bank and not given back) are each a part of it. ``capturable`` is held, not yet charged,
    until ``capture_before``. ``key`` is empty where the payment was not begun by this market.
    """

    external_id: str
    key: str
    stage: Stage
    amount: Money
    capturable: Money
    received: Money
    refunded: Money
    disputed: Money
    live: bool
    account: str
    capture_before: datetime | None = None
    client_secret: str = field(default="", repr=False)
    why: str = ""


@dataclass(frozen=True)
class RefundFact:
    """What the gateway says of one refund now; ``payment`` is the payment's external id."""

    external_id: str
    key: str
    amount: Money
    stage: RefundStage
    payment: str
    why: str = ""


@dataclass(frozen=True)
class Movement:
    """One line of the gateway's own account book, signed: what comes in is positive.

    ``source`` is the external id of what moved the money: of the payment, the refund, the dispute
    or the payout. ``payment`` is the external id of the payment behind it, empty if there is none.
    The ``fee`` is what the gateway kept of it: the account rose by ``amount - fee``.
    """

    external_id: str
    kind: MovementKind
    amount: Money
    fee: Money
    source: str
    payment: str
    at: datetime


class Unsure(Exception):
    """The step may or may not have been carried out: reconcile, never assume.

    Raised on a broken line, a silence, an answer cut short, a fault of the other side, and while
    another request with the same key is at work.
    """


class Declined(Exception):
    """The step was not carried out and will not be: ``code`` says why, for the record."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(f"{code}: {words}" if words else code)
        self.code = code
        self.words = words


class Gateway(Protocol):
    """One way of paying online. Each method but the properties may raise ``Unsure``."""

    @property
    def channel(self) -> Channel:
        """Which way this is."""

    @property
    def live(self) -> bool:
        """Whether real money moves."""

    @property
    def account(self) -> str:
        """The account into which money comes."""

    def takes(self, amount: Money) -> bool:
        """Whether so much can be paid in one go here; asked by the button and by the command."""

    def open(self, intent: Intent) -> Fact:
        """Begin a payment, or say what became of it if it was begun; ``Declined``."""

    def look(self, external_id: str) -> Fact:
        """The payment as it is now; ``Declined`` where there is none."""

    def find(self, key: str) -> Fact | None:
        """The payment begun under our own id; None proves nothing before ``FOUND_WITHIN``."""

    def capture(self, external_id: str, amount: Money, key: str) -> Fact:
        """Charge what is held, or a part of it; the rest is set free; ``Declined``."""

    def cancel(self, external_id: str, key: str) -> Fact:
        """Give up a payment that was not charged; ``Declined`` where it was."""

    def refund(self, external_id: str, amount: Money, key: str) -> RefundFact:
        """Send money back; ``key`` is the refund's own id; ``Declined``."""

    def look_refund(self, external_id: str) -> RefundFact:
        """The refund as it is now; ``Declined`` where there is none."""

    def refunds(self, payment: str) -> Sequence[RefundFact]:
        """All refunds of a payment, by which one is found again under its key."""

    def movements(self, since: datetime) -> Iterator[Movement]:
        """The gateway's account book from an instant on, oldest first."""


class Mismatch(Enum):
    """Where the outside contradicts our own record; nothing is booked, somebody must look."""

    MODE = "mode"
    ACCOUNT = "account"
    KEY = "key"
    CURRENCY = "currency"
    AMOUNT = "amount"


def capture_for(settles_at: datetime | None, at: datetime) -> Capture:
    """Hold only what is settled soon enough; else charge, and refund what is not needed."""
    soon = settles_at is not None and at < settles_at <= at + HELD_AT_MOST
    return Capture.LATER if soon else Capture.AT_ONCE


def mismatch(fact: Fact, *, key: str, amount: Money, live: bool, account: str) -> Mismatch | None:
    """Why a fact is not about the payment that our own record knows, or None if it is.

    Everything is held against what was asked; nothing is ever booked from a client's figure.
    """
    if fact.live != live:
        return Mismatch.MODE
    if fact.account != account:
        return Mismatch.ACCOUNT
    if fact.key != key:
        return Mismatch.KEY
    parts = (fact.capturable, fact.received, fact.refunded, fact.disputed)
    if any(part.currency != amount.currency for part in (fact.amount, *parts)):
        return Mismatch.CURRENCY
    if fact.amount != amount or not _adds_up(fact):
        return Mismatch.AMOUNT
    return None


def _adds_up(fact: Fact) -> bool:
    nothing = Money(0, fact.amount.currency)
    return (
        fact.capturable >= nothing
        and fact.received + fact.capturable <= fact.amount
        and all(nothing <= part <= fact.received for part in (fact.refunded, fact.disputed))
    )
