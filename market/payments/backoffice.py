"""What the market's staff read: all deposits, what is on its way out, what is only authorised."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from market.kernel.authority import PASSWORD_HOLDS, Act, Actor
from market.kernel.db import Missing, get, insist_on_sight
from market.kernel.journal import Entry
from market.kernel.proposals import Proposal, waiting
from market.payments.gateway_models import Payment
from market.payments.gateways import Stage
from market.payments.models import Deposit, Obligation
from market.payments.payout_models import Payout
from market.payments.rules import LIVE, see_refusal
from market.payments.sheet import DepositStatus, PayoutStatus

UNDER_WAY = (PayoutStatus.ORDERED, PayoutStatus.SENT)
CAPTURE_AHEAD = timedelta(hours=48)
"""How long before its end money that is only authorised is spoken of (promises 3.6)."""


@dataclass(frozen=True)
class UnderWay:
    """How many deposits stand, and how many payouts are on their way, how many of them late."""

    deposits: int
    payouts: int
    overdue: int


def under_way(session: Session, at: datetime) -> UnderWay:
    """How much of the market's money moves at this instant."""
    standing = select(func.count()).select_from(Deposit).where(Deposit.status.in_(LIVE))
    leaving = select(func.count()).select_from(Payout).where(Payout.status.in_(UNDER_WAY))
    late = leaving.where(Payout.due_at < at)
    return UnderWay(*(session.scalar(each) or 0 for each in (standing, leaving, late)))


def deposits_found(status: DepositStatus | None = None) -> Select[Deposit]:
    """Deposits, those first that still stand, then the latest."""
    found = select(Deposit).options(joinedload(Deposit.obligation), joinedload(Deposit.party))
    if status is not None:
        found = found.where(Deposit.status == status)
    return found.order_by(Deposit.status.not_in(LIVE), Deposit.id.desc())


def get_deposit(session: Session, deposit_id: int, by: Actor, at: datetime) -> Deposit:
    """A deposit for its own party and the staff who read; for others it does not exist.

    Whose it is comes with it: what is hidden costs what never was.
    """
    whose = joinedload(Deposit.obligation).joinedload(Obligation.shares)
    deposit = session.get(Deposit, deposit_id, options=[whose])
    if deposit is None:
        raise Missing("deposit", deposit_id)
    insist_on_sight(see_refusal(by, deposit.obligation.due, at), "deposit", deposit_id)
    return deposit


def sent_of(session: Session, deposit: Deposit) -> list[Payout]:
    """What of a deposit went back or is about to, in its order."""
    found = select(Payout).where(Payout.deposit_id == deposit.id).order_by(Payout.id)
    return list(session.scalars(found))


def proposed_on(session: Session, act: Act, kind: str, key: int) -> list[Proposal]:
    """What of an act waits for its second person on this subject: one, or none."""
    return [
        each
        for each in waiting(session, act)
        if (each.subject_kind, each.subject_id) == (kind, str(key))
    ]


def outgoing(status: PayoutStatus | None = None) -> Select[Payout]:
    """What is under way by its clock; or what is in one state, what came back and waits last."""
    found = select(Payout).options(joinedload(Payout.party), joinedload(Payout.deposit))
    if status is PayoutStatus.FAILED:
        again = aliased(Payout)
        anew = select(again.id).where(again.replaces_id == Payout.id)
        return found.where(Payout.status == status, ~anew.exists()).order_by(Payout.ended_at)
    states = UNDER_WAY if status is None else (status,)
    order = (Payout.due_at.desc(),) if status is PayoutStatus.DONE else (Payout.due_at,)
    return found.where(Payout.status.in_(states)).order_by(*order, Payout.id)


def authorised(session: Session) -> list[Payment]:
    """Money that is only authorised: it is charged or set free before its time is over."""
    found = select(Payment).where(
        Payment.stage == Stage.AUTHORISED, Payment.capture_before.is_not(None)
    )
    return list(session.scalars(found.order_by(Payment.capture_before, Payment.id)))


def filed(session: Session, ids: Collection[int]) -> list[Payout]:
    """Payouts by their numbers, in their order."""
    found = select(Payout).options(joinedload(Payout.party)).where(Payout.id.in_(ids))
    return list(session.scalars(found.order_by(Payout.id)))


def just_taken(session: Session, entry_id: int, by: Actor, at: datetime) -> Entry:
    """The entry by which this operator took a file a moment ago; later they take it anew."""
    entry = get(session, Entry, entry_id)
    if (entry.act, entry.user_id) != ("payment.transfer-file-taken", by.user_id):
        raise Missing("entry", entry_id)
    if at - entry.at > PASSWORD_HOLDS:
        raise Missing("entry", entry_id)
    return entry
