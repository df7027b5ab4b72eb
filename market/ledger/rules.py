"""Double entry: purposes of accounts, phases of transfers, and what keeps both sides equal.

A leg's amount is signed: plus credits an account, minus debits it, and the legs of a transfer add
to zero in one currency. A balance is told in the account's natural sign: what is there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from market.kernel.money import MixedCurrencies, Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled


class Purpose(Labelled):
    """What the money on an account is."""

    BANK = "bank", N_("Money in the market's bank account")
    STRIPE = "stripe", N_("Money at Stripe")
    PLAY = "play", N_("Play money (demo)")
    UNMATCHED = "unmatched", N_("Money received, owner not yet known")
    UNEXPLAINED = "unexplained", N_("Money that left and is not yet explained")
    FEES = "fees", N_("Fees of the market")
    COSTS = "costs", N_("Charges of banks and gateways")
    CREDIT = "credit", N_("Free money of a party")
    DEPOSIT = "deposit", N_("Deposits of a party")
    PROCEEDS = "proceeds", N_("Proceeds of a party")
    CLAIM = "claim", N_("Called back by the payer's bank and owed again")

    @property
    def outside(self) -> bool:
        """Whether the account mirrors one that somebody else keeps, and so may say anything."""
        return self in OUTSIDE

    @property
    def of_party(self) -> bool:
        """Whether each party has one of its own; the others are the market's."""
        return self in OF_PARTIES

    @property
    def sign(self) -> int:
        """The sign of a leg that adds to what is there."""
        return -1 if self in _ASSETS else 1


OUTSIDE = frozenset({Purpose.BANK, Purpose.STRIPE, Purpose.PLAY})
OF_PARTIES = frozenset({Purpose.CREDIT, Purpose.DEPOSIT, Purpose.PROCEEDS, Purpose.CLAIM})
_ASSETS = OUTSIDE | {Purpose.UNEXPLAINED, Purpose.COSTS, Purpose.CLAIM}


class Phase(Labelled):
    """A transfer in one step, or the first or the last of two."""

    DIRECT = "direct", N_("booked")
    PENDING = "pending", N_("reserved")
    POSTED = "posted", N_("reserved money booked")
    VOIDED = "voided", N_("reservation released")
    EXPIRED = "expired", N_("reservation run out")

    @property
    def resolves(self) -> bool:
        """Whether it ends a pending transfer."""
        return self in (Phase.POSTED, Phase.VOIDED, Phase.EXPIRED)

    @property
    def moves(self) -> bool:
        """Whether money changes accounts by it."""
        return self in (Phase.DIRECT, Phase.POSTED)


class Why(Labelled):
    """What a transfer is for."""

    RECEIPT = "receipt", N_("Money received")
    MATCH = "match", N_("Money received given to its owner")
    SETTLEMENT = "settlement", N_("An amount due is paid")
    HOLD = "hold", N_("A deposit is held")
    FORFEIT = "forfeit", N_("A deposit is forfeited")
    REFUND = "refund", N_("Money goes back")
    PAYOUT = "payout", N_("Proceeds are paid out")
    CHARGE = "charge", N_("A charge of a bank or gateway")
    DISPUTE = "dispute", N_("The payer's bank calls a payment back")
    UNEXPLAINED = "unexplained", N_("Money left, for what is not known yet")
    CORRECTION = "correction", N_("A reversing entry")


class LedgerRefusal(Refusal):
    """Why money does not move."""

    SHORT = "short-of-money", N_("There is not that much money on the account.")
    NOT_HELD = "not-held", N_("This transfer holds nothing that could be booked or released.")
    RESOLVED = "hold-resolved", N_("This hold has been booked or released already.")
    RUN_OUT = "hold-run-out", N_("This hold has run out; it can only be released.")
    STILL_RUNS = "hold-still-runs", N_("This hold has not run out yet.")
    NOT_REVERSIBLE = (
        "not-reversible",
        N_("Only a booked transfer is reversed, and no reversing entry."),
    )
    REVERSED = "reversed", N_("This transfer has been reversed already.")


class Unbalanced(ValueError):
    """Legs that do not add to zero, or move nothing: a fault of the program, never of a user."""


@dataclass(frozen=True, order=True)
class Place:
    """Where money can be: an account by its purpose and, where parties have one, its party."""

    purpose: Purpose
    party_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse a party's account without a party, and the market's with one."""
        if self.purpose.of_party != (self.party_id is not None):
            raise ValueError(f"{self.purpose} has {'a' if self.purpose.of_party else 'no'} party")


@dataclass(frozen=True)
class Head:
    """Where an account stands after its last leg: how many legs, what is there, what is reserved.

    Minor units, natural sign; ``held`` is what pending transfers may yet take out.
    """

    seq: int = 0
    posted: int = 0
    held: int = 0

    @property
    def available(self) -> int:
        """What may be moved."""
        return self.posted - self.held

    def after(self, phase: Phase, natural: int) -> "Head":
        """The head after a leg of this many minor units in the account's natural sign."""
        out = max(0, -natural)
        return Head(
            self.seq + 1,
            self.posted + (natural if phase.moves else 0),
            self.held + (out if phase is Phase.PENDING else 0) - (out if phase.resolves else 0),
        )


@dataclass(frozen=True)
class Hold:
    """What decides whether a transfer can be resolved or reversed."""

    phase: Phase
    expires_at: datetime | None = None
    resolved: bool = False
    reversed: bool = False
    reversal: bool = False


def legs(
    moved: Mapping[Place, Money] | Iterable[tuple[Place, Money]],
) -> tuple[str, dict[Place, int]]:
    """The currency and the signed minor units of each account of a transfer, accounts merged.

    Raises ``MixedCurrencies``, and ``Unbalanced`` where the legs do not add to zero or move
    nothing.
    """
    pairs = list(moved.items() if isinstance(moved, Mapping) else moved)
    if not pairs:
        raise Unbalanced("a transfer without legs")
    currency = pairs[0][1].currency
    merged: dict[Place, int] = {}
    for place, money in pairs:
        if money.currency != currency:
            raise MixedCurrencies(currency, money.currency)
        merged[place] = merged.get(place, 0) + money.minor
    merged = {place: minor for place, minor in merged.items() if minor}
    if not merged or sum(merged.values()) != 0:
        raise Unbalanced(f"legs add to {sum(merged.values())}, not to zero")
    return currency, merged


def short_refusal(place: Place, head: Head) -> LedgerRefusal | None:
    """No account of ours goes below zero; an outside one says what its keeper says (P-20)."""
    return LedgerRefusal.SHORT if not place.purpose.outside and head.available < 0 else None


def resolve_refusal(hold: Hold, phase: Phase, at: datetime) -> LedgerRefusal | None:
    """A hold is booked, released or run out: exactly one of them, once."""
    if hold.phase is not Phase.PENDING:
        return LedgerRefusal.NOT_HELD
    if hold.resolved:
        return LedgerRefusal.RESOLVED
    over = hold.expires_at is not None and at >= hold.expires_at
    if phase is Phase.POSTED and over:
        return LedgerRefusal.RUN_OUT
    if phase is Phase.EXPIRED and not over:
        return LedgerRefusal.STILL_RUNS
    return None


def reverse_refusal(booked: Hold) -> LedgerRefusal | None:
    """What was booked is corrected by the same legs the other way round, once (P-21).

    A correction that was wrong is booked anew, not reversed: else what it paid is paid twice.
    """
    if not booked.phase.moves or booked.reversal:
        return LedgerRefusal.NOT_REVERSIBLE
    return LedgerRefusal.REVERSED if booked.reversed else None
