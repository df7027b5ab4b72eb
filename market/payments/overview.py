"""Where a party stands: what it owes, is owed, holds and was paid, per currency; its lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from market.kernel.money import Money
from market.kernel.words import N_, Labelled
from market.ledger.models import Account, Leg, Transfer
from market.ledger.queries import Balance, balances
from market.ledger.rules import Phase, Place, Purpose
from market.payments.models import Deposit, Obligation, ObligationShare
from market.payments.payout_models import Payout
from market.payments.sheet import ObligationStatus, PayoutKind, PayoutStatus
from market.payments.tracing import left_of

HOME = "CNY"
MOST_ROWS = 20_000


class Side(Labelled):
    """On which side of an obligation a party stands."""

    OWING = "owing", N_("What we pay")
    OWED = "owed", N_("What we are paid")


@dataclass
class Standing:
    """Where a party stands in one currency; all in minor units of it but what an account holds."""

    currency: str
    owes: int = 0
    overdue: int = 0
    owed: int = 0
    leaving: int = 0
    paid_out: int = 0
    accounts: dict[Purpose, Balance] = field(default_factory=dict)

    def money(self, minor: int) -> Money:
        """So many minor units of this currency."""
        return Money(minor, self.currency)

    def on(self, purpose: Purpose) -> Balance:
        """What is on one of its accounts; nothing where it was never opened."""
        nothing = Balance(self.money(0), self.money(0))
        return self.accounts.get(purpose, nothing)

    @property
    def received(self) -> Money:
        """What it ever earned: what lies there and what was paid out of it."""
        return self.on(Purpose.PROCEEDS).posted + self.money(self.paid_out)


def standings(session: Session, party_id: int, today: date) -> list[Standing]:
    """Where a party stands in each currency that it has to do with, yuan first."""
    found = {HOME: Standing(HOME)}
    for purpose, balance in balances(session, party_id=party_id):
        _of(found, balance.posted.currency).accounts[purpose] = balance
    for currency, owes, overdue, owed in session.execute(_dues(party_id, today)):
        standing = _of(found, currency)
        standing.owes, standing.overdue, standing.owed = int(owes), int(overdue), int(owed)
    for currency, leaving, paid_out in session.execute(_leaving(party_id)):
        standing = _of(found, currency)
        standing.leaving, standing.paid_out = int(leaving), int(paid_out)
    return list(found.values())


def _of(found: dict[str, Standing], currency: str) -> Standing:
    return found.setdefault(currency, Standing(currency))


def _dues(party_id: int, today: date) -> Select[str, int, int, int]:
    """Per currency: what it owes, what of that is late, what others owe it or a part of it."""
    left = Obligation.amount_minor - Obligation.paid_minor
    mine = Obligation.debtor_id == party_id
    return (
        select(
            Obligation.currency,
            _added(left, mine),
            _added(left, and_(mine, Obligation.due_on < today)),
            _added(left, Obligation.creditor_id == party_id),
        )
        .where(
            Obligation.status == ObligationStatus.OPEN,
            or_(mine, Obligation.creditor_id == party_id),
        )
        .group_by(Obligation.currency)
    )


def _leaving(party_id: int) -> Select[str, int, int]:
    """Per currency: what is on its way out, and what proceeds have left."""
    under_way = Payout.status.in_((PayoutStatus.ORDERED, PayoutStatus.SENT))
    gone = and_(Payout.kind == PayoutKind.PROCEEDS, Payout.status == PayoutStatus.DONE)
    return (
        select(
            Payout.currency,
            _added(Payout.amount_minor, under_way),
            _added(Payout.amount_minor, gone),
        )
        .where(Payout.party_id == party_id)
        .group_by(Payout.currency)
    )


def _added(amount: SQLColumnExpression[int], where: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((where, amount), else_=0)), 0)


def obligations_found(
    party_id: int, side: Side | None = None, status: ObligationStatus | None = None
) -> Select[Obligation]:
    """What a party owes, is owed or has a part of: what is open first, by its due day."""
    owing = Obligation.debtor_id == party_id
    parts = select(ObligationShare.obligation_id).where(ObligationShare.party_id == party_id)
    owed = and_(
        or_(Obligation.creditor_id == party_id, Obligation.id.in_(parts)),
        Obligation.debtor_id != party_id,
    )
    theirs = {Side.OWING: owing, Side.OWED: owed, None: or_(owing, owed)}[side]
    found = select(Obligation).where(theirs)
    if status is not None:
        found = found.where(Obligation.status == status)
    late = (Obligation.status != ObligationStatus.OPEN, Obligation.due_on, Obligation.id)
    return found.order_by(*late)


def rows(session: Session, found: Select[Obligation]) -> Sequence[Obligation]:
    """What a list holds, whole, for a file."""
    return session.scalars(found.limit(MOST_ROWS)).all()


def every_leg(session: Session, place: Place, currency: str) -> Sequence[Leg]:
    """All that went in and out at a place, the latest first, for a file."""
    found = (
        select(Leg)
        .join(Leg.account)
        .options(contains_eager(Leg.account), joinedload(Leg.transfer))
        .where(
            Account.purpose == place.purpose,
            Account.currency == currency,
            Account.party_id == place.party_id,
        )
    )
    return session.scalars(found.order_by(Leg.seq.desc()).limit(MOST_ROWS)).all()


def find_deposit(session: Session, obligation: Obligation) -> Deposit | None:
    """The deposit that an obligation is for, where it is for one."""
    found = select(Deposit).where(Deposit.obligation_id == obligation.id)
    return session.scalars(found).first()


def paid_out_of(
    session: Session, obligation: Obligation, party_id: int | None
) -> list[tuple[Payout, Money]]:
    """Of a party's part of an obligation: with which payouts how much of it has left."""
    wanted = {each.transfer_id for each in obligation.settlements}
    if party_id is None or not wanted:
        return []
    place = Place(Purpose.PROCEEDS, party_id)
    left = dict(left_of(_moves(session, place, obligation.currency), wanted))
    ended = aliased(Transfer)
    found = (
        select(Payout, ended.id)
        .join(ended, ended.resolves_id == Payout.hold_id)
        .where(ended.id.in_(left))
    )
    return [
        (payout, Money(left[transfer_id], obligation.currency))
        for payout, transfer_id in session.execute(found)
    ]


def _moves(session: Session, place: Place, currency: str) -> Iterator[tuple[int, int]]:
    """What was added to an account of a party and taken from it, in order."""
    moving = Transfer.phase.in_([phase for phase in Phase if phase.moves])
    found = (
        select(Leg.transfer_id, Leg.amount_minor)
        .join(Leg.account)
        .join(Leg.transfer)
        .where(
            Account.purpose == place.purpose,
            Account.party_id == place.party_id,
            Account.currency == currency,
            moving,
        )
        .order_by(Leg.seq)
    )
    for transfer_id, amount in session.execute(found):
        yield transfer_id, place.purpose.sign * amount


def every_payout(session: Session, party_id: int) -> Sequence[Payout]:
    """All that left for a party or is on its way, the latest first, for a file."""
    found = select(Payout).where(Payout.party_id == party_id).order_by(Payout.id.desc())
    return session.scalars(found.limit(MOST_ROWS)).all()
