"""Who may pay, hold, refund, forfeit, pay out and correct, and when money is not taken."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from market.kernel.authority import Act, Actor, Relation, Role, between, who_refusal
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_
from market.ledger.rules import OUTSIDE, Purpose, Why
from market.payments.gateways import Channel, Stage
from market.payments.sheet import (
    DepositStatus,
    ObligationKind,
    ObligationStatus,
    PayoutKind,
    PayoutStatus,
)

REFUND_HOURS, PLATFORM_FEE = "auc.refund_hours", "pay.platform_fee"
PRICE_DUE_DAYS = "pay.price_due_days"
ACCOUNT_WAITS = timedelta(hours=24)
"""How long a new payout account waits before it is used, so that its owner hears of it first."""


class PaymentRefusal(Refusal):
    """Why money does not come, stay or go."""

    NOT_OPEN = "obligation-not-open", N_("This is paid or cancelled; nothing is due any more.")
    PAID_IN_PART = (
        "paid-in-part",
        N_("Money has come in for this; it is refunded or corrected, not cancelled."),
    )
    CHANNEL_OFF = "channel-off", N_("This way of paying is not offered here.")
    BEYOND_CHANNEL = (
        "beyond-channel",
        N_("The amount is beyond what can be paid this way; please pay by bank transfer."),
    )
    PAYMENT_WAITS = (
        "payment-waits",
        N_("A payment of this is under way; wait for it, or give it up first."),
    )
    PAYMENT_OVER = "payment-over", N_("This payment is over already.")
    WRONG_STATE = "deposit-wrong-state", N_("The deposit is not in a state for this step.")
    DEPOSIT_EXISTS = "deposit-exists", N_("There is a deposit of this party for this already.")
    OTHER_DEBTOR = (
        "deposit-other-debtor",
        N_("A deposit is applied to what its own party owes, in its own currency."),
    )
    TOO_MUCH = "beyond-proceeds", N_("That is more than what can be paid out: %(available)s.")
    NO_ACCOUNT = "no-payout-account", N_("Say first to which account proceeds are to be sent.")
    ACCOUNT_NEW = (
        "payout-account-new",
        N_("A new payout account is used from %(usable_at)s, 24 hours after it was set."),
    )
    PAYOUT_OVER = "payout-over", N_("This money has left, or has come back, already.")
    PAYOUT_RUNS = "payout-runs", N_("This money is on its way; only what came back is sent again.")
    BY_GATEWAY = (
        "payout-by-gateway",
        N_("A gateway sends this back and says how it went; nothing is done by hand."),
    )
    ORDERED_AGAIN = "payout-ordered-again", N_("This money has been ordered again already.")
    OWN_ACCOUNT_ONLY = (
        "own-account-only",
        N_("Proceeds go to no account but the one that their party named itself."),
    )
    TO_ITSELF = (
        "forfeit-to-itself",
        N_("Nothing of a forfeited deposit goes to the party that paid it; refund it instead."),
    )
    UNKNOWN_TAKER = (
        "unknown-taker",
        N_("No party of the market has this credit code, number or name."),
    )
    SELLER_UNNAMED = (
        "seller-unnamed",
        N_("Say who the seller is: the shortfall, or what remains, goes to them."),
    )
    NO_CREDIT = "no-credit", N_("There is no free money of this party to pay with.")
    NOT_BY_HAND = (
        "not-by-hand",
        N_("This entry belongs to a payment, a deposit or a payout and is corrected there."),
    )


SEE = Act(
    "payment.see",
    N_("See what a party owes, is owed and holds at the market"),
    relation=Relation.PARTY,
    reads=True,
    readers=frozenset({(Role.AUDITOR, Relation.ANY), (Role.OPERATOR, Relation.ANY)}),
)
SEE_BOARD = Act(
    "payment.see-board",
    N_("See whether the market's money adds up"),
    frozenset({Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR}),
    reads=True,
)
SEE_LEDGER = Act(
    "payment.see-ledger",
    N_("Read every entry of the ledger, and take it along as a file"),
    frozenset({Role.OPERATOR, Role.AUDITOR}),
    reads=True,
)
SEE_DESK = Act(
    "payment.see-desk",
    N_("See all deposits, what is on its way out and what is only authorised"),
    frozenset({Role.OPERATOR, Role.AUDITOR}),
    reads=True,
)
SEE_ENTRY = Act(
    "payment.see-entry",
    N_("See one entry of the ledger by its number"),
    frozenset({Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR}),
    reads=True,
)
PAY = Act(
    "payment.pay",
    N_("Pay what one's party owes, through a gateway"),
    frozenset({Role.RESEARCHER, Role.COMPANY}),
    Relation.PARTY,
)
NOTICE = Act("payment.notice", N_("Take notice of a gateway's event"), public=True)
SET_ACCOUNT = Act(
    "payment.set-account",
    N_("Say to which account proceeds are sent"),
    frozenset({Role.RESEARCHER, Role.COMPANY, Role.BROKER}),
    Relation.OWN,
    binding=True,
    su=True,
)
PAY_OUT = Act(
    "payment.pay-out",
    N_("Have proceeds paid out"),
    frozenset({Role.RESEARCHER, Role.COMPANY, Role.BROKER}),
    Relation.OWN,
    binding=True,
    su=True,
)
SEND = Act(
    "payment.send",
    N_("Hand a payout to the bank, or note that it came back"),
    frozenset({Role.OPERATOR}),
    su=True,
)
REFUND = Act(
    "payment.refund-deposit",
    N_("Propose, confirm or decline the refund of a deposit"),
    frozenset({Role.OPERATOR}),
    su=True,
    two=True,
    article="AUC-25",
)
FORFEIT = Act(
    "payment.forfeit-deposit",
    N_("Propose, confirm or decline that a deposit is forfeited"),
    frozenset({Role.OPERATOR}),
    su=True,
    two=True,
    article="AUC-26",
)
CORRECT = Act(
    "payment.correct",
    N_("Propose, confirm or decline a reversing entry"),
    frozenset({Role.ADMINISTRATOR}),
    su=True,
    two=True,
)
ACTS = (
    *(SEE, SEE_BOARD, SEE_LEDGER, SEE_DESK, SEE_ENTRY, PAY, NOTICE, SET_ACCOUNT, PAY_OUT),
    *(SEND, REFUND, FORFEIT, CORRECT),
)

MOVES = {
    (DepositStatus.DUE, "receive"): DepositStatus.RECEIVED,
    (DepositStatus.RECEIVED, "take-back"): DepositStatus.DUE,
    (DepositStatus.DUE, "lapse"): DepositStatus.LAPSED,
    (DepositStatus.RECEIVED, "hold"): DepositStatus.HELD,
    (DepositStatus.RECEIVED, "refund"): DepositStatus.REFUNDED,
    (DepositStatus.HELD, "refund"): DepositStatus.REFUNDED,
    (DepositStatus.HELD, "apply"): DepositStatus.APPLIED,
    (DepositStatus.HELD, "forfeit"): DepositStatus.FORFEITED,
}
"""AUC-25: 待缴 → 已到账 → 冻结 → {抵作价款 | 退还 | 没收}; exactly one end."""
LIVE = frozenset(status for status, _ in MOVES)
"""States from which a deposit still moves."""


@dataclass(frozen=True)
class Due:
    """An obligation as the rules see it, read under its lock."""

    kind: ObligationKind
    status: ObligationStatus
    debtor_id: int
    creditor_id: int | None
    remaining: Money
    paid: Money
    others: frozenset[int] = frozenset()
    """Who else has a part of what comes."""


def sides(due: Due) -> frozenset[int]:
    """Whose business it is: who owes, who is owed, who has a part."""
    named = {due.debtor_id, *due.others}
    return frozenset(named | ({due.creditor_id} if due.creditor_id else set()))


def see_refusal(by: Actor, due: Due, at: datetime) -> Refusal | None:
    """What is owed is its parties' business."""
    return who_refusal(SEE, by, at, between(by, sides(due)))


def pay_refusal(
    by: Actor, due: Due, at: datetime, *, offered: bool = True, takes: bool = True
) -> Refusal | None:
    """Only the debtor's people pay, while something is due, by a way that is offered here."""
    who = who_refusal(PAY, by, at, between(by, (due.debtor_id,)))
    if who is not None:
        return who
    if due.status is not ObligationStatus.OPEN:
        return PaymentRefusal.NOT_OPEN
    if not offered:
        return PaymentRefusal.CHANNEL_OFF
    return None if takes else PaymentRefusal.BEYOND_CHANNEL


def use_credit_refusal(by: Actor, due: Due, free: Money, at: datetime) -> Refusal | None:
    """The debtor's people may pay with money of theirs that lies free at the market."""
    refusal = pay_refusal(by, due, at)
    if refusal is not None:
        return refusal
    return None if free.minor > 0 else PaymentRefusal.NO_CREDIT


def account_refusal(by: Actor, at: datetime) -> Refusal | None:
    """Who may bind the party says where its proceeds go (row 35)."""
    near = {Relation.OWN} if by.party_id is not None else set()
    return who_refusal(SET_ACCOUNT, by, at, near)


def send_refusal(by: Actor, channel: Channel, status: PayoutStatus, at: datetime) -> Refusal | None:
    """The operator hands to the bank what was ordered, once, and notes what came back.

    What a gateway sends back it tells of itself (promises 3.6).
    """
    who = who_refusal(SEND, by, at)
    if who is not None:
        return who
    if channel is not Channel.BANK:
        return PaymentRefusal.BY_GATEWAY
    return end_payout_refusal(status)


def end_payout_refusal(status: PayoutStatus) -> Refusal | None:
    """Money leaves once, and with it the question whether it came back."""
    over = status in (PayoutStatus.DONE, PayoutStatus.FAILED)
    return PaymentRefusal.PAYOUT_OVER if over else None


def again_refusal(
    by: Actor,
    status: PayoutStatus,
    at: datetime,
    *,
    kind: PayoutKind = PayoutKind.REFUND,
    elsewhere: bool = False,
    done: bool = False,
) -> Refusal | None:
    """Only what came back is ordered a second time, and once.

    ``elsewhere``: to an account that the operator was given; proceeds go to none but their party's
    own (row 35).
    """
    who = who_refusal(SEND, by, at)
    if who is not None:
        return who
    if status is not PayoutStatus.FAILED:
        return PaymentRefusal.PAYOUT_RUNS
    if done:
        return PaymentRefusal.ORDERED_AGAIN
    own = kind is PayoutKind.PROCEEDS
    return PaymentRefusal.OWN_ACCOUNT_ONLY if own and elsewhere else None


def give_up_refusal(by: Actor, due: Due, stage: Stage, at: datetime) -> Refusal | None:
    """The debtor gives up a payment that has not come to anything."""
    who = who_refusal(PAY, by, at, between(by, (due.debtor_id,)))
    if who is not None:
        return who
    waiting = stage in (Stage.REQUESTED, Stage.ACTION, Stage.AUTHORISED)
    return None if waiting else PaymentRefusal.PAYMENT_OVER


def cancel_refusal(due: Due) -> Refusal | None:
    """An obligation is cancelled before money came for it; afterwards the money goes back."""
    return open_refusal(due) or (PaymentRefusal.PAID_IN_PART if due.paid.minor else None)


def open_refusal(due: Due) -> Refusal | None:
    """What is paid or cancelled already is cancelled no more."""
    return None if due.status is ObligationStatus.OPEN else PaymentRefusal.NOT_OPEN


def move_refusal(status: DepositStatus, move: str) -> Refusal | None:
    """A deposit moves as AUC-25 says, and no other way."""
    return None if (status, move) in MOVES else PaymentRefusal.WRONG_STATE


def apply_refusal(status: DepositStatus, party_id: int, amount: Money, due: Due) -> Refusal | None:
    """A held deposit is applied to what its own party owes (抵作价款)."""
    wrong = move_refusal(status, "apply")
    if wrong is not None:
        return wrong
    if due.status is not ObligationStatus.OPEN or due.kind is ObligationKind.DEPOSIT:
        return PaymentRefusal.NOT_OPEN
    own = due.debtor_id == party_id and due.remaining.currency == amount.currency
    return None if own else PaymentRefusal.OTHER_DEBTOR


def who_pays_out_refusal(by: Actor, at: datetime) -> Refusal | None:
    """Who may bind the party has its proceeds paid out (row 34)."""
    near = {Relation.OWN} if by.party_id is not None else set()
    return who_refusal(PAY_OUT, by, at, near)


def pay_out_refusal(
    amount: Money, available: Money, usable_at: datetime | None, at: datetime
) -> Refusal | None:
    """Proceeds go to the party's own account, which has stood for a day; never more than is there.

    ``usable_at`` is None where no account was named.
    """
    if usable_at is None:
        return PaymentRefusal.NO_ACCOUNT
    if at < usable_at:
        return PaymentRefusal.ACCOUNT_NEW
    return PaymentRefusal.TOO_MUCH if amount > available else None


_BY_HAND = frozenset({Why.SETTLEMENT, Why.MATCH, Why.FORFEIT})


@dataclass(frozen=True)
class Booked:
    """A booked transfer as the rules see it; ``deposit`` is where the deposit stands it paid."""

    why: Why
    purposes: frozenset[Purpose]
    deposit: DepositStatus | None = None


def correct_refusal(by: Actor, booked: Booked | None, at: datetime) -> Refusal | None:
    """Reversing entries are for the market's own books: what moved outside is a fact (row 36).

    A hold, a refund and a payout are ended by their own steps, and so is a deposit that has gone
    on since it was paid. ``booked`` None only asks who.
    """
    who = who_refusal(CORRECT, by, at)
    if who is not None or booked is None:
        return who
    gone_on = booked.deposit not in (None, DepositStatus.DUE, DepositStatus.RECEIVED)
    if booked.why not in _BY_HAND or booked.purposes & OUTSIDE or gone_on:
        return PaymentRefusal.NOT_BY_HAND
    return None


def decide_refusal(
    by: Actor, act: Act, status: DepositStatus | None, move: str, at: datetime
) -> Refusal | None:
    """What two of the market's staff decide about a deposit; ``status`` None only asks who."""
    who = who_refusal(act, by, at)
    if who is not None:
        return who
    return move_refusal(status, move) if status is not None else None


def forfeit_refusal(
    by: Actor, status: DepositStatus, party_id: int, takers: Collection[int | None], at: datetime
) -> Refusal | None:
    """A held deposit is forfeited to others than its own party (AUC-26)."""
    refusal = decide_refusal(by, FORFEIT, status, "forfeit", at)
    if refusal is not None:
        return refusal
    return PaymentRefusal.TO_ITSELF if party_id in takers else None
