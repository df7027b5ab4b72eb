"""The one path of money: a receipt is the payer's credit, a settlement spends it.

Steps of commands, not commands: the caller has locked the obligation (or deposit) and records.
What is too much, too late or double stays the payer's own, and is sent back.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.kernel.clock import day_of
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.ledger.booking import hold, move
from market.ledger.models import Transfer
from market.ledger.rules import Place, Purpose, Why
from market.payments.gateway_models import Payment
from market.payments.gateways import Channel
from market.payments.models import Deposit, Obligation, Receipt, Settlement
from market.payments.payout_models import Payout
from market.payments.rules import MOVES, REFUND_HOURS
from market.payments.sheet import (
    ObligationKind,
    ObligationStatus,
    PayoutKind,
    PayoutReason,
    PayoutStatus,
    Share,
    outside,
)
from market.payments.splitting import by_place, divided
from market.rulebook.queries import law


@dataclass(frozen=True)
class Route:
    """How money came or goes: the channel, and for a bank whose account it is."""

    channel: Channel
    holder: str = ""
    bank: str = ""
    number: str = ""


def receive(
    session: Session,
    obligation: Obligation,
    transfer: Transfer,
    amount: Money,
    route: Route,
    *,
    at: datetime,
    payment: Payment | None = None,
) -> Receipt:
    """Note money that a transfer has just put on the debtor's credit; settle, send the rest back.

    What comes after the obligation was cancelled or paid is not kept: all of it goes back (P-26).
    """
    receipt = Receipt(
        obligation_id=obligation.id,
        channel=route.channel,
        payment_id=payment.id if payment else None,
        transfer_id=transfer.id,
        amount_minor=amount.minor,
        currency=amount.currency,
        holder=route.holder,
        bank=route.bank,
        number=route.number,
        received_at=at,
    )
    session.add(receipt)
    session.flush()
    paid = settle(session, obligation, amount, key=f"settlement-of-receipt-{receipt.id}", at=at)
    if amount > paid:
        credit = Place(Purpose.CREDIT, obligation.debtor_id)
        send_back(session, receipt, credit, amount - paid, PayoutReason.MORE_THAN_DUE, at=at)
    return receipt


def settle(
    session: Session, obligation: Obligation, most: Money, *, key: str, at: datetime
) -> Money:
    """Pay an open obligation out of its debtor's credit, ``most`` at most; gives what was paid.

    It divides by the obligation's frozen terms; a deposit's money stays its party's own.
    """
    paying = min(most, obligation.remaining)
    if obligation.status is not ObligationStatus.OPEN or paying.minor <= 0:
        return Money(0, obligation.currency)
    parts = divided(paying, obligation.terms)
    transfer = spend(session, obligation.debtor_id, parts, key, Why.SETTLEMENT, _on(obligation), at)
    note_settlement(session, obligation, transfer, paying, at=at)
    return paying


def spend(
    session: Session,
    party_id: int,
    parts: list[tuple[Share, Money]],
    key: str,
    why: Why,
    on: Ref,
    at: datetime,
) -> Transfer:
    """Move a party's credit to whom its parts belong."""
    places = by_place(parts)
    whole = sum((money.minor for _, money in places), start=0)
    credit = Place(Purpose.CREDIT, party_id)
    legs = [(credit, Money(-whole, places[0][1].currency)), *places]
    return move(session, legs, key=key, why=why, on=on, at=at)


def note_settlement(
    session: Session, obligation: Obligation, transfer: Transfer, money: Money, *, at: datetime
) -> None:
    """Note what a transfer paid of an obligation, or took back, and where the obligation stands."""
    session.add(
        Settlement(
            obligation_id=obligation.id,
            transfer_id=transfer.id,
            amount_minor=money.minor,
            settled_at=at,
        )
    )
    obligation.paid_minor += money.minor
    if obligation.status is not ObligationStatus.CANCELLED:
        whole = obligation.paid_minor == obligation.amount_minor
        obligation.status = ObligationStatus.SETTLED if whole else ObligationStatus.OPEN
        obligation.settled_at = at if whole else None
    if obligation.kind is ObligationKind.DEPOSIT:
        _follow(deposit_of(session, obligation), obligation)
    session.flush()


def _follow(deposit: Deposit, obligation: Obligation) -> None:
    """A deposit is received when its obligation is paid, and due again where that was reversed."""
    if (obligation.settled_at is None) != (deposit.received_at is None):
        move_of = "receive" if obligation.settled_at else "take-back"
        deposit.status = MOVES[deposit.status, move_of]
        deposit.received_at = obligation.settled_at


def deposit_of(session: Session, obligation: Obligation) -> Deposit:
    """The deposit that an obligation of this kind is for."""
    found = select(Deposit).where(Deposit.obligation_id == obligation.id)
    return session.scalars(found.with_for_update(of=Deposit)).one()


def order(
    session: Session,
    kind: PayoutKind,
    source: Place,
    amount: Money,
    route: Route,
    why: PayoutReason,
    *,
    at: datetime,
    receipt: Receipt | None = None,
    deposit: Deposit | None = None,
    replaces: Payout | None = None,
) -> Payout:
    """Reserve money that is to leave, and say by when: losers' deposits within a day (3.2)."""
    assert source.party_id is not None, "only a party's money leaves by order"
    key = f"payout-{secrets.token_hex(12)}"
    hours = law(session, day_of(at)).number(REFUND_HOURS)
    subject = ("obligation", receipt.obligation_id) if receipt else ("party", source.party_id)
    reserved = hold(
        session,
        {source: -amount, outside(route.channel): amount},
        key=key,
        why=Why.REFUND if kind is PayoutKind.REFUND else Why.PAYOUT,
        on=subject,
        at=at,
    )
    payout = Payout(
        key=key,
        kind=kind,
        party_id=source.party_id,
        source=source.purpose,
        channel=route.channel,
        amount_minor=amount.minor,
        currency=amount.currency,
        receipt_id=receipt.id if receipt else None,
        deposit_id=deposit.id if deposit else None,
        obligation_id=receipt.obligation_id if receipt else None,
        holder=route.holder,
        bank=route.bank,
        number=route.number,
        replaces_id=replaces.id if replaces else None,
        status=PayoutStatus.ORDERED,
        hold_id=reserved.id,
        why=why,
        ordered_at=at,
        due_at=at + timedelta(hours=hours),
    )
    session.add(payout)
    session.flush()
    return payout


def send_back(
    session: Session,
    receipt: Receipt,
    source: Place,
    amount: Money,
    why: PayoutReason,
    *,
    at: datetime,
    deposit: Deposit | None = None,
) -> Payout:
    """Order that money of a receipt goes back the way it came."""
    route = Route(receipt.channel, receipt.holder, receipt.bank, receipt.number)
    return order(
        session,
        PayoutKind.REFUND,
        source,
        amount,
        route,
        why,
        at=at,
        receipt=receipt,
        deposit=deposit,
    )


def send_all_back(
    session: Session,
    obligation: Obligation,
    source: Place,
    amount: Money,
    why: PayoutReason,
    *,
    at: datetime,
    deposit: Deposit | None = None,
) -> list[Payout]:
    """Send an amount back by the ways it came, of each receipt no more than it brought.

    What was paid with free money of the party came by no receipt, and is its free money again.
    """
    ordered = []
    for receipt in reversed(obligation.receipts):
        part = min(amount, unreturned(session, receipt))
        if part.minor > 0:
            ordered.append(send_back(session, receipt, source, part, why, at=at, deposit=deposit))
            amount = amount - part
    credit = Place(Purpose.CREDIT, obligation.debtor_id)
    if amount.minor and source != credit:
        key, legs = f"free-again-of-obligation-{obligation.id}", {source: -amount, credit: amount}
        move(session, legs, key=key, why=Why.REFUND, on=_on(obligation), at=at)
    return ordered


def unreturned(session: Session, receipt: Receipt) -> Money:
    """What of a receipt has not gone back, and is not about to."""
    undone = select(Transfer.id).where(Transfer.reverses_id == receipt.transfer_id)
    if session.scalar(undone) is not None:
        return Money(0, receipt.currency)
    back = select(func.coalesce(func.sum(Payout.amount_minor), 0)).where(
        Payout.receipt_id == receipt.id, Payout.status != PayoutStatus.FAILED
    )
    return receipt.amount - Money(int(session.scalar(back) or 0), receipt.currency)


def _on(obligation: Obligation) -> Ref:
    return "obligation", obligation.id
