"""A gateway's own account book against ours: each of its lines has exactly one transfer (P-24)."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.db import breaks_uniqueness
from market.kernel.journal import record
from market.kernel.money import Money
from market.ledger.booking import move
from market.ledger.models import Transfer
from market.ledger.rules import Place, Purpose, Why
from market.payments.gateway_models import GatewayMovement
from market.payments.gateways import Channel, Movement, MovementKind
from market.payments.sheet import outside


def note_movement(
    session: Session,
    channel: Channel,
    movement: Movement,
    transfer: Transfer | None,
    *,
    by: Actor,
    at: datetime,
) -> GatewayMovement | None:
    """Note a line of the gateway's book beside the transfer that answers it; None if it was noted.

    A line that nobody ordered is booked as what it is: money whose owner is not known, money that
    left unexplained, a charge. Then somebody must look.
    """
    noted = GatewayMovement(
        channel=channel,
        external_id=movement.external_id,
        kind=movement.kind.value,
        source=movement.source,
        amount_minor=movement.amount.minor,
        fee_minor=movement.fee.minor,
        currency=movement.amount.currency,
        at=movement.at,
        seen_at=at,
        transfer_id=transfer.id if transfer else None,
    )
    with breaks_uniqueness(session) as known:
        session.add(noted)
    if known:
        return None
    if movement.fee.minor:
        _book(session, channel, noted, -movement.fee, Place(Purpose.COSTS), "fee", at)
    if transfer is None:
        place = _answering(movement)
        transfer = _book(session, channel, noted, movement.amount, place, "line", at)
        noted.transfer_id = transfer.id
    record(
        session,
        "payment.movement-noted",
        by=by,
        at=at,
        thread=("movement", noted.id),
        line=movement.external_id,
        what=movement.kind.value,
        amount=movement.amount.minor,
        currency=movement.amount.currency,
    )
    return noted


def _answering(movement: Movement) -> Place:
    """What a line that nobody ordered is in our books."""
    if movement.kind is MovementKind.FEE:
        return Place(Purpose.COSTS)
    return Place(Purpose.UNMATCHED if movement.amount.minor > 0 else Purpose.UNEXPLAINED)


def _book(
    session: Session,
    channel: Channel,
    noted: GatewayMovement,
    rise: Money,
    place: Place,
    what: str,
    at: datetime,
) -> Transfer:
    """Book that the gateway's account rose, or fell; the other side is in our books."""
    return move(
        session,
        {outside(channel): -rise, place: rise},
        key=f"{what}-of-{channel.value}-{noted.external_id}",
        why=_WHY.get(place.purpose, Why.RECEIPT),
        on=("movement", noted.id),
        at=at,
    )


_WHY = {Purpose.COSTS: Why.CHARGE, Purpose.UNEXPLAINED: Why.UNEXPLAINED}
