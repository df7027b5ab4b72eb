"""Reading what is owed, held and on its way."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from market.kernel.authority import Actor
from market.kernel.db import Missing, insist_on_sight
from market.kernel.money import Money
from market.kernel.paging import Page, paged
from market.kernel.personal import Ref
from market.ledger.models import Transfer
from market.ledger.queries import transfers_on
from market.payments.gateway_models import Payment
from market.payments.gateways import Stage
from market.payments.models import Deposit, Obligation, Settlement
from market.payments.payout_models import Payout, PayoutAccount
from market.payments.rules import see_refusal
from market.payments.sheet import PayoutStatus


def get_obligation(session: Session, obligation_id: int, by: Actor, at: datetime) -> Obligation:
    """An obligation for one of its parties; for others it does not exist.

    Whose it is takes its shares, which come with it: what is hidden costs what never was.
    """
    with_shares = [joinedload(Obligation.shares)]
    obligation = session.get(Obligation, obligation_id, options=with_shares)
    if obligation is None:
        raise Missing("obligation", obligation_id)
    insist_on_sight(see_refusal(by, obligation.due, at), "obligation", obligation_id)
    return obligation


def obligations_on(session: Session, subject: Ref) -> list[Obligation]:
    """All that is owed for a subject, in its order."""
    found = select(Obligation).where(
        Obligation.subject_kind == subject[0], Obligation.subject_id == subject[1]
    )
    return list(session.scalars(found.order_by(Obligation.id)))


def received_on(
    session: Session,
    subject: Ref,
    currency: str = "CNY",
    *,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Money:
    """What was actually paid for a subject in a time: the base of 技术性收入."""
    paid = (
        select(func.coalesce(func.sum(Settlement.amount_minor), 0))
        .join(Settlement.obligation)
        .where(
            Obligation.subject_kind == subject[0],
            Obligation.subject_id == subject[1],
            Obligation.currency == currency,
        )
    )
    if since is not None:
        paid = paid.where(Settlement.settled_at >= since)
    if before is not None:
        paid = paid.where(Settlement.settled_at < before)
    return Money(int(session.scalar(paid) or 0), currency)


def find_account(session: Session, party_id: int) -> PayoutAccount | None:
    """Where a party's proceeds go, if it has said so."""
    found = select(PayoutAccount).where(
        PayoutAccount.party_id == party_id, PayoutAccount.replaced_at.is_(None)
    )
    return session.scalars(found).first()


def find_again(session: Session, payout_id: int) -> Payout | None:
    """The payout by which one that came back was ordered once more."""
    return session.scalars(select(Payout).where(Payout.replaces_id == payout_id)).first()


def payouts_of(session: Session, party_id: int, number: int) -> Page[Payout]:
    """One page of what left for a party, the latest first."""
    found = select(Payout).where(Payout.party_id == party_id)
    return paged(session, found.order_by(Payout.id.desc()), number)


def payouts_under_way(session: Session) -> list[Payout]:
    """What is ordered or handed over and not proven, by its clock."""
    waiting = Payout.status.in_((PayoutStatus.ORDERED, PayoutStatus.SENT))
    return list(session.scalars(select(Payout).where(waiting).order_by(Payout.due_at, Payout.id)))


def payments_of(session: Session, obligation_id: int) -> list[Payment]:
    """All attempts to pay an obligation online."""
    found = select(Payment).where(Payment.obligation_id == obligation_id)
    return list(session.scalars(found.order_by(Payment.id)))


def transfers_of(session: Session, obligation: Obligation) -> list[Transfer]:
    """Every transfer that has to do with an obligation, its deposit or what went back of it."""
    deposit = select(Deposit.id).where(Deposit.obligation_id == obligation.id)
    deposits = [("deposit", key) for key in session.scalars(deposit)]
    return transfers_on(session, [("obligation", obligation.id), *deposits])


def find_waiting(session: Session, obligation_id: int) -> Payment | None:
    """The payment of an obligation that may still bring money."""
    found = select(Payment).where(
        Payment.obligation_id == obligation_id,
        Payment.stage.in_((Stage.REQUESTED, Stage.ACTION, Stage.AUTHORISED)),
    )
    return session.scalars(found).first()


def transfer_out(session: Session, payout: Payout) -> Transfer:
    """The transfer by which a payout that is done has left."""
    found = select(Transfer).where(Transfer.resolves_id == payout.hold_id)
    return session.scalars(found).one()
