"""What the books should say, in plain dictionaries: written from the laws, not from the market.

Places are ``(purpose, party)``; of each the model keeps what is there and what is reserved. A
reservation is not a movement: it only stops the money from going elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

Where = tuple[str, int | None]
Parts = list[tuple[Where, int]]
OUTSIDE = {"bank", "stripe", "play"}
ASSETS = OUTSIDE | {"claim", "costs", "unexplained"}
RANK = {
    "requested": 0,
    "action": 1,
    "authorised": 2,
    "failed": 3,
    "cancelled": 3,
    "succeeded": 4,
}


class No(Exception):
    """The market must refuse."""


@dataclass
class Receipt:
    """Money that came for a debt."""

    amount: int
    channel: str
    undone: bool = False


@dataclass
class Debt:
    """What somebody owes."""

    id: int
    debtor: int
    amount: int
    terms: Parts
    deposit: "Deposit | None" = None
    paid: int = 0
    cancelled: bool = False
    receipts: list[Receipt] = field(default_factory=list)
    settlements: list[int] = field(default_factory=list)

    @property
    def left(self) -> int:
        """What is still to be paid."""
        return 0 if self.cancelled else self.amount - self.paid

    @property
    def state(self) -> str:
        """As the market calls it."""
        return "cancelled" if self.cancelled else "open" if self.left else "settled"


@dataclass
class Deposit:
    """A deposit and the debt by which it is paid."""

    id: int
    debt: Debt
    subject: int
    state: str = "due"

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("due", "received", "held")


@dataclass
class Payout:
    """Money on its way out."""

    id: int
    source: Where
    amount: int
    channel: str
    receipt: Receipt | None
    state: str = "ordered"
    again: bool = False

    @property
    def ended(self) -> bool:
        """Whether it has left or come back."""
        return self.state in ("done", "failed")


@dataclass
class Payment:
    """An attempt to pay through a gateway."""

    id: int
    debt: Debt
    amount: int
    stage: str = "requested"
    wanted: bool = False
    received: int = 0
    disputed: int = 0

    @property
    def waits(self) -> bool:
        """Whether it may bring money."""
        return self.stage in ("requested", "action", "authorised")


@dataclass
class Entry:
    """A booked transfer that the market's staff may undo: what it moved, and what it was for."""

    moved: dict[Where, int]
    debt: Debt | None = None
    paid: int = 0
    receipt: Receipt | None = None
    forfeit: int = 0
    undone: bool = False


def split(whole: int, terms: Parts) -> Parts:
    """Exact shares, rounded down; what is left goes to the largest remainders, earlier first."""
    total = sum(weight for _, weight in terms)
    exact = [Fraction(whole * weight, total) for _, weight in terms]
    parts = [int(each) for each in exact]
    by_rest = sorted(range(len(terms)), key=lambda n: exact[n] - parts[n], reverse=True)
    for n in by_rest[: whole - sum(parts)]:
        parts[n] += 1
    return [(place, part) for (place, _), part in zip(terms, parts, strict=True)]


class Model:
    """All money, and who says what about it."""

    def __init__(self) -> None:
        self.there: dict[Where, int] = defaultdict(int)
        self.reserved: dict[Where, int] = defaultdict(int)
        self.debts: list[Debt] = []
        self.deposits: list[Deposit] = []
        self.payments: list[Payment] = []
        self.payouts: list[Payout] = []
        self.entries: list[Entry] = []
        self.resolved: set[int] = set()

    # ── moving ──

    def free(self, place: Where) -> int:
        """What may be moved away from a place."""
        return self.there[place] - self.reserved[place]

    def move(self, moved: Iterable[tuple[Where, int]]) -> dict[Where, int]:
        """Money goes from some places to others; never what is not there."""
        merged: dict[Where, int] = defaultdict(int)
        for place, amount in moved:
            merged[place] += amount
        for place, amount in merged.items():
            self.there[place] += amount
        for place, amount in merged.items():
            if place[0] not in OUTSIDE and amount and self.free(place) < 0:
                raise No("short")
        return dict(merged)

    def reserve(self, place: Where, channel: str, amount: int) -> None:
        """What is to leave by a channel is there and goes nowhere else; below zero: it may again"""
        if self.free(place) < amount:
            raise No("short")
        self.reserved[place] += amount
        self.reserved[channel, None] += amount

    # ── paying ──

    def come(self, debt: Debt, amount: int, channel: str) -> None:
        """Money came for a debt: it pays what is due, and the rest goes back."""
        credit = ("credit", debt.debtor)
        self.move([((channel, None), amount), (credit, amount)])
        receipt = Receipt(amount, channel)
        debt.receipts.append(receipt)
        if channel == "bank":
            moved = {("unmatched", None): -amount, credit: amount}
            self.entries.append(Entry(moved, receipt=receipt))
        paid = self.pay(debt, amount)
        if amount > paid:
            self.order(credit, amount - paid, channel, receipt)

    def pay(self, debt: Debt, most: int) -> int:
        """Pay a debt out of its debtor's credit."""
        paid = min(most, debt.left)
        if paid > 0:
            parts = split(paid, debt.terms)
            moved = self.move([(("credit", debt.debtor), -paid), *parts])
            self.entries.append(Entry(moved, debt, paid))
            self.settle(debt, paid)
        return paid

    def settle(self, debt: Debt, paid: int) -> None:
        """So much more of a debt is paid, or less."""
        debt.paid += paid
        debt.settlements.append(paid)
        if debt.deposit is not None and debt.deposit.state in ("due", "received"):
            debt.deposit.state = "received" if debt.left == 0 else "due"

    def order(self, source: Where, amount: int, channel: str, receipt: Receipt | None) -> None:
        """Reserve money that is to leave."""
        self.reserve(source, channel, amount)
        self.payouts.append(Payout(0, source, amount, channel, receipt))

    def unreturned(self, receipt: Receipt) -> int:
        """What of a receipt may still go back."""
        back = sum(p.amount for p in self.payouts if p.receipt is receipt and p.state != "failed")
        return 0 if receipt.undone else receipt.amount - back

    def send_back(self, debt: Debt, source: Where, amount: int) -> None:
        """Back by the ways by which it came; what came by none stays the party's own."""
        for receipt in reversed(debt.receipts):
            part = min(amount, self.unreturned(receipt))
            if part > 0:
                self.order(source, part, receipt.channel, receipt)
                amount -= part
        if amount > 0:
            self.move([(source, -amount), (("credit", source[1]), amount)])

    # ── deposits ──

    def thaw(self, deposit: Deposit) -> Where:
        """What a deposit has frozen is free again; gives where it lies."""
        place = ("deposit", deposit.debt.debtor)
        if deposit.state == "held":
            self.reserved[place] -= deposit.debt.amount
        return place

    def take(self, deposit: Deposit) -> Where:
        """What a deposit has frozen becomes its party's credit, to be spent at once."""
        place, amount = self.thaw(deposit), deposit.debt.amount
        credit = ("credit", deposit.debt.debtor)
        self.move([(place, -amount), (credit, amount)])
        return credit

    # ── leaving ──

    def end(self, payout: Payout, state: str) -> None:
        """A payout has left, or not; a refund that had left may come back."""
        outside = (payout.channel, None)
        if payout.ended:
            assert (payout.state, state) == ("done", "failed")
            self.there[payout.source] += payout.amount
            self.there[outside] += payout.amount
        else:
            self.reserve(payout.source, payout.channel, -payout.amount)
            if state == "done":
                self.there[payout.source] -= payout.amount
                self.there[outside] -= payout.amount
        payout.state = state

    def hear_of_refund(self, payout: Payout, stage: str) -> None:
        """What a gateway says of a refund; a second time it says nothing new."""
        if stage == "succeeded" and not payout.ended:
            self.end(payout, "done")
        elif stage == "failed" and payout.state != "failed":
            self.end(payout, "failed")
        elif stage == "pending" and payout.state == "ordered":
            payout.state = "sent"

    # ── gateways ──

    def hear(self, payment: Payment, stage: str, came: int, lost: int) -> None:
        """What a gateway says of a payment: only what goes on is news; what was paid stays paid."""
        if RANK[stage] >= RANK[payment.stage] and stage != payment.stage:
            payment.stage = stage
            if stage == "succeeded":
                payment.received = came
                self.come(payment.debt, came, "stripe")
            payment.wanted = payment.wanted and payment.waits
        if payment.stage == "succeeded":
            change, payment.disputed = lost - payment.disputed, lost
            self.there["stripe", None] -= change
            self.there["claim", payment.debt.debtor] += change

    def decide(self, payment: Payment, what: str) -> None:
        """What the market wants of a payment next."""
        waits = {"capture": payment.stage == "authorised", "decline": payment.stage == "requested"}
        if not waits.get(what, payment.waits):
            raise No("over")
        payment.wanted = what != "decline"
        if what == "decline":
            payment.stage = "failed"

    # ── correcting ──

    def undo(self, entry: Entry) -> None:
        """The same legs the other way round, once."""
        deposit = entry.debt.deposit if entry.debt and entry.paid else None
        if entry.undone or (deposit is not None and deposit.state not in ("due", "received")):
            raise No("done already, or the deposit has gone on")
        self.move((place, -amount) for place, amount in entry.moved.items())
        entry.undone = True
        if entry.receipt is not None:
            entry.receipt.undone = True
        if entry.debt is not None and entry.paid:
            self.settle(entry.debt, -entry.paid)

    # ── what always holds ──

    @property
    def total(self) -> int:
        """What we have and are owed, less what we owe: nothing."""
        return sum(n if place[0] in ASSETS else -n for place, n in self.there.items())
