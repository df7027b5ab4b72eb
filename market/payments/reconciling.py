"""The reconciler: what waits is asked about, what the gateway's book says is held against ours.

One cycle may run twice, or in two places at once: each step is a notice like any other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from market.kernel.authority import NOBODY
from market.kernel.refusal import Refused
from market.ledger.models import Transfer
from market.ledger.rules import Phase, Why
from market.payments.asking import (
    Counter,
    ask_payment,
    ask_refund,
    look_again,
    look_again_refund,
)
from market.payments.gateway_models import GatewayMovement, Payment
from market.payments.gateways import Channel, Declined, Gateway, Movement, MovementKind, Unsure
from market.payments.models import Receipt
from market.payments.movement_commands import note_movement
from market.payments.payout_models import Payout
from market.payments.sheet import PayoutStatus

WAITS = timedelta(minutes=2)
"""How long an answer may take before the reconciler asks for it."""
FIRST_LOOK = timedelta(days=30)
LOOKS_BACK = timedelta(days=2)
"""How far before the last line seen the gateway's book is read again: lines may come late."""
SETTLES = timedelta(minutes=10)
"""How long a line may wait for its transfer before it is money that nobody ordered."""


@dataclass(frozen=True)
class Cycle:
    """What one cycle did: rows asked about, lines noted, lines left for later, and no answers."""

    asked: int = 0
    noted: int = 0
    later: int = 0
    unsure: int = 0


def reconcile(counter: Counter) -> Cycle:
    """Run one cycle over all gateways."""
    done = Cycle()
    for channel, gateway in counter.gateways.items():
        done = _ask_all(counter, _payments_waiting(counter, channel), ask_payment, done)
        done = _ask_all(counter, _refunds_waiting(counter, channel), ask_refund, done)
        done = _read_book(counter, gateway, done)
    return done


def _ask_all(
    counter: Counter, ids: Iterable[int], ask: Callable[[Counter, int], object], done: Cycle
) -> Cycle:
    for each in ids:
        try:
            ask(counter, each)
            done = replace(done, asked=done.asked + 1)
        except (Unsure, Declined, Refused):
            done = replace(done, unsure=done.unsure + 1)
    return done


def _payments_waiting(counter: Counter, channel: Channel) -> list[int]:
    """Payments whose answer is overdue, or of which something is wanted."""
    overdue = or_(Payment.known_at <= counter.clock() - WAITS, Payment.wanted.is_not(None))
    with counter.database.reading() as s:
        found = select(Payment).where(Payment.channel == channel, overdue).order_by(Payment.id)
        return [payment.id for payment in s.scalars(found) if payment.waits]


def _refunds_waiting(counter: Counter, channel: Channel) -> list[int]:
    waiting = Payout.status.in_((PayoutStatus.ORDERED, PayoutStatus.SENT))
    with counter.database.reading() as s:
        found = select(Payout.id).where(Payout.channel == channel, waiting).order_by(Payout.id)
        return list(s.scalars(found))


# ── the gateway's own book ───────────────────────────────────────────────────────────────────────


def _read_book(counter: Counter, gateway: Gateway, done: Cycle) -> Cycle:
    since, seen = _seen(counter, gateway.channel)
    try:
        lines = [each for each in gateway.movements(since) if each.external_id not in seen]
        for line in lines:
            done = _note_line(counter, gateway, line, done)
    except (Unsure, Declined):
        done = replace(done, unsure=done.unsure + 1)
    return done


def _seen(counter: Counter, channel: Channel) -> tuple[datetime, set[str]]:
    """From when on the gateway's book is read, and which of its lines since then are noted."""
    with counter.database.reading() as s:
        of_channel = GatewayMovement.channel == channel
        latest = s.scalar(select(func.max(GatewayMovement.at)).where(of_channel))
        since = (latest or counter.clock() - FIRST_LOOK) - LOOKS_BACK
        noted = select(GatewayMovement.external_id).where(of_channel, GatewayMovement.at >= since)
        return since, set(s.scalars(noted))


def _note_line(counter: Counter, gateway: Gateway, line: Movement, done: Cycle) -> Cycle:
    _ask_about(counter, gateway, line)
    with counter.database.transaction() as s:
        at = counter.clock()
        transfer = _answer_to(s, gateway.channel, line)
        if transfer is None and _expected(line) and at - line.at < SETTLES:
            return replace(done, later=done.later + 1)
        note_movement(s, gateway.channel, line, transfer, by=NOBODY, at=at)
    return replace(done, noted=done.noted + 1)


_OURS = frozenset(
    {
        MovementKind.PAYMENT,
        MovementKind.REFUND,
        MovementKind.REFUND_BACK,
        MovementKind.DISPUTE,
        MovementKind.DISPUTE_BACK,
    }
)


def _expected(line: Movement) -> bool:
    """Whether such a line normally answers something that we asked for."""
    return line.kind in _OURS


def _ask_about(counter: Counter, gateway: Gateway, line: Movement) -> None:
    """Hear first what the gateway says of the payment or refund behind a line."""
    if not _expected(line) or not line.payment:
        return
    if look_again(counter, gateway, line.payment) is None:
        return
    if line.kind in (MovementKind.REFUND, MovementKind.REFUND_BACK):
        look_again_refund(counter, gateway, line.source)


def _answer_to(session: Session, channel: Channel, line: Movement) -> Transfer | None:
    """The transfer in our books that a line of the gateway's book is about."""
    if line.kind is MovementKind.PAYMENT:
        paid = select(Transfer).join(Receipt, Receipt.transfer_id == Transfer.id)
        paid = paid.join(Payment, Payment.id == Receipt.payment_id)
        return session.scalars(paid.where(Payment.external_id == line.payment)).first()
    if line.kind in (MovementKind.REFUND, MovementKind.REFUND_BACK):
        payout = session.scalars(
            select(Payout).where(Payout.channel == channel, Payout.external_id == line.source)
        ).first()
        return _of_refund(session, payout, line.kind) if payout else None
    if line.kind in (MovementKind.DISPUTE, MovementKind.DISPUTE_BACK):
        return _of_dispute(session, line)
    return None


def _of_refund(session: Session, payout: Payout, kind: MovementKind) -> Transfer | None:
    out = select(Transfer).where(
        Transfer.resolves_id == payout.hold_id, Transfer.phase == Phase.POSTED
    )
    left = session.scalars(out).first()
    if kind is MovementKind.REFUND or left is None:
        return left
    return session.scalars(select(Transfer).where(Transfer.reverses_id == left.id)).first()


def _of_dispute(session: Session, line: Movement) -> Transfer | None:
    """The oldest booking of a dispute of this payment, in this direction, that has no line yet."""
    payment = session.scalars(select(Payment).where(Payment.external_id == line.payment)).first()
    if payment is None:
        return None
    answered = select(GatewayMovement.transfer_id).where(GatewayMovement.transfer_id.is_not(None))
    found = select(Transfer).where(
        Transfer.why == Why.DISPUTE,
        Transfer.subject_kind == "obligation",
        Transfer.subject_id == payment.obligation_id,
        Transfer.id.not_in(answered),
    )
    rise = line.amount.minor
    return next(
        (
            each
            for each in session.scalars(found.order_by(Transfer.id))
            if any(leg.account.purpose.outside and leg.gain == rise for leg in each.legs)
        ),
        None,
    )
