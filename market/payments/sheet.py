"""The vocabulary of payments: what is owed, how a receipt divides, how a deposit stands."""

from dataclasses import dataclass
from datetime import date, datetime

from market.kernel.money import Money
from market.kernel.words import N_, Labelled
from market.ledger.rules import Place, Purpose
from market.payments.gateways import Channel


def outside(channel: Channel) -> Place:
    """The account of ours that mirrors the one behind a channel."""
    return Place(Purpose.of(channel.value))


class ObligationKind(Labelled):
    """What is owed."""

    DEPOSIT = "deposit", N_("Deposit")
    PRICE = "price", N_("Price")
    INSTALMENT = "instalment", N_("Instalment")
    ENTRY_FEE = "entry-fee", N_("Entry fee")
    ROYALTY = "royalty", N_("Royalty")
    COMMISSION = "commission", N_("Commission")
    REWARD = "reward", N_("Reward to inventors")
    FEE = "fee", N_("Fee of the market")


class ObligationStatus(Labelled):
    """Where an obligation stands."""

    OPEN = "open", N_("To be paid")
    SETTLED = "settled", N_("Paid")
    CANCELLED = "cancelled", N_("No longer due")


class ShareKind(Labelled):
    """What a part of each receipt is."""

    SELLER = "seller", N_("Seller")
    PLATFORM = "platform", N_("Fee of the market")
    COMMISSION = "commission", N_("Commission of a broker")
    REWARD = "reward", N_("Reward to inventors")
    DEPOSIT = "deposit", N_("Kept as a deposit")
    COSTS = "costs", N_("Costs")


class DepositStatus(Labelled):
    """Where a deposit stands (AUC-25); one that was never paid lapses."""

    DUE = "due", N_("To be paid")
    RECEIVED = "received", N_("Received")
    HELD = "held", N_("Held")
    APPLIED = "applied", N_("Applied to the price")
    REFUNDED = "refunded", N_("Refunded")
    FORFEITED = "forfeited", N_("Forfeited")
    LAPSED = "lapsed", N_("Never paid")


class Wanted(Labelled):
    """What the market has decided about a payment and the gateway has not yet answered."""

    CAPTURE = "capture", N_("to be charged")
    CANCEL = "cancel", N_("to be given up")


class PayoutKind(Labelled):
    """Why money leaves the market."""

    REFUND = "refund", N_("Refund")
    PROCEEDS = "proceeds", N_("Proceeds")


class PayoutReason(Labelled):
    """What money on its way out is."""

    REQUESTED = "requested", N_("Asked for by the party")
    MORE_THAN_DUE = "more-than-due", N_("More was paid than was due")
    DEPOSIT_BACK = "deposit-back", N_("A deposit goes back")


class PayoutStatus(Labelled):
    """How far money on its way out has come."""

    ORDERED = "ordered", N_("Ordered")
    SENT = "sent", N_("Handed to the bank or gateway")
    DONE = "done", N_("Paid out, with proof")
    FAILED = "failed", N_("Came back")


@dataclass(frozen=True)
class Share:
    """A part of each receipt: whose it is, and how many of the 10,000 parts."""

    kind: ShareKind
    weight_bp: int
    party_id: int | None = None

    @property
    def place(self) -> Place:
        """Where the part goes."""
        if self.party_id is None:
            return Place(Purpose.FEES)
        purpose = Purpose.DEPOSIT if self.kind is ShareKind.DEPOSIT else Purpose.PROCEEDS
        return Place(purpose, self.party_id)


@dataclass(frozen=True)
class Owed:
    """What an upper slice pushes down: who owes whom how much, for what, by when.

    ``creditor_id`` None is the market itself. ``shares`` are the frozen terms by which each receipt
    divides; empty: all of it is the creditor's. ``place`` of ``of`` numbers obligations in a row.
    ``settles_at`` is when that is decided for which a deposit stands: soon enough, a card is held
    and not charged.
    """

    kind: ObligationKind
    debtor_id: int
    creditor_id: int | None
    amount: Money
    subject: tuple[str, int]
    title: str
    due_on: date
    shares: tuple[Share, ...] = ()
    place: int = 1
    of: int = 1
    settles_at: datetime | None = None

    @property
    def terms(self) -> tuple[Share, ...]:
        """The terms of division, written out."""
        if self.shares:
            return self.shares
        kind = ShareKind.PLATFORM if self.creditor_id is None else ShareKind.SELLER
        return (Share(kind, 10_000, self.creditor_id),)
