"""The reconciliation board: our books against everybody else's, and what somebody must look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from market.bank.queries import told_by_bank
from market.desk.rules import MOST_LEGS
from market.kernel.clock import end_of
from market.kernel.money import Money
from market.kernel.words import N_, Labelled
from market.ledger.models import Account, Leg, Transfer
from market.ledger.queries import by_purpose, sums
from market.ledger.rules import OUTSIDE, Purpose
from market.payments.gateway_models import GatewayMovement, Payment
from market.payments.gateways import Channel, Stage
from market.payments.payout_models import Payout
from market.payments.queries import payouts_under_way

SILENT = timedelta(minutes=15)
"""How long a gateway may owe an answer before somebody looks (P-24)."""


class Concern(Labelled):
    """Why the board does not read zero, in the words that it says."""

    NOT_ZERO = "not-zero", N_("The accounts do not add up to zero.")
    DIFFERS = "differs", N_("An outside account says another amount than our books.")
    UNMATCHED = "unmatched", N_("Money came in whose owner is not known yet.")
    UNEXPLAINED = "unexplained", N_("Money left, and nobody has explained it yet.")
    CLAIMED = "claimed", N_("A payer's bank called money back, and it is owed again.")
    LATE = "late", N_("Money should have left by now.")
    SILENT = "silent", N_("A gateway has not answered for a quarter of an hour.")
    DOUBTED = "doubted", N_("A gateway says something that contradicts our own record.")


@dataclass(frozen=True)
class Outside:
    """One account that somebody else keeps: what our books say, what theirs say, and as of when."""

    purpose: Purpose
    ours: Money
    theirs: Money | None = None
    read_at: datetime | None = None

    @property
    def difference(self) -> Money | None:
        """What theirs has more than ours; None where theirs has not been read."""
        return self.theirs - self.ours if self.theirs is not None else None


@dataclass(frozen=True)
class Matter:
    """One thing to look at: why, how much or how many, and where."""

    concern: Concern
    money: Money | None = None
    count: int = 0
    anchor: str = ""


@dataclass(frozen=True)
class Board:
    """All that the board shows."""

    sums: dict[str, int]
    outsides: Sequence[Outside]
    inside: Sequence[tuple[Purpose, Money]]
    late: Sequence[Payout]
    on_time: Sequence[Payout]
    silent: Sequence[Payment]
    doubted: Sequence[Payment]
    matters: Sequence[Matter] = field(default_factory=tuple)


def board(session: Session, at: datetime) -> Board:
    """The board as it stands now; ``flask payments verify`` recomputes what it reads."""
    held = by_purpose(session)
    outsides = [
        Outside(purpose, money, *_theirs(session, purpose, currency))
        for (purpose, currency), money in sorted(held.items())
        if purpose in OUTSIDE
    ]
    inside = [(p, money) for (p, _), money in sorted(held.items()) if p not in OUTSIDE]
    under_way = payouts_under_way(session)
    late = [each for each in under_way if each.due_at < at]
    waiting = list(session.scalars(_waiting(at)))
    doubted = list(session.scalars(select(Payment).where(Payment.why.startswith("mismatch"))))
    zero = sums(session)
    return Board(
        sums=zero,
        outsides=outsides,
        inside=inside,
        late=late,
        on_time=[each for each in under_way if each.due_at >= at],
        silent=waiting,
        doubted=doubted,
        matters=matters(zero, outsides, inside, [len(late), len(waiting), len(doubted)]),
    )


def matters(
    zero: dict[str, int],
    outsides: Sequence[Outside],
    inside: Sequence[tuple[Purpose, Money]],
    counts: Sequence[int],
) -> list[Matter]:
    """What somebody must look at, the gravest first; nothing where all is well."""
    found = [
        Matter(Concern.NOT_ZERO, Money(minor, currency), anchor="books")
        for currency, minor in zero.items()
        if minor
    ]
    found += [
        Matter(Concern.DIFFERS, each.difference, anchor="outside")
        for each in outsides
        if each.difference is not None and each.difference.minor
    ]
    open_ends = {
        Purpose.UNMATCHED: Concern.UNMATCHED,
        Purpose.UNEXPLAINED: Concern.UNEXPLAINED,
        Purpose.CLAIM: Concern.CLAIMED,
    }
    found += [
        Matter(open_ends[purpose], money, anchor="books")
        for purpose, money in inside
        if purpose in open_ends and money.minor
    ]
    concerns = (Concern.LATE, Concern.SILENT, Concern.DOUBTED)
    found += [
        Matter(concern, count=count, anchor=concern.value)
        for concern, count in zip(concerns, counts, strict=True)
        if count
    ]
    return found


def _theirs(
    session: Session, purpose: Purpose, currency: str
) -> tuple[Money | None, datetime | None]:
    """What an account's keeper says is on it: its statements or its book, added up line by line."""
    if purpose is Purpose.BANK:
        return told_by_bank(session, currency)
    if purpose is not Purpose.STRIPE:
        return None, None
    lines = select(
        func.count(),
        func.sum(GatewayMovement.amount_minor - GatewayMovement.fee_minor),
        func.max(GatewayMovement.seen_at),
    ).where(GatewayMovement.channel == Channel.STRIPE, GatewayMovement.currency == currency)
    count, added, read_at = session.execute(lines).one()
    return (Money(int(added), currency), read_at) if count else (None, None)


def _waiting(at: datetime) -> Select[Payment]:
    """Payments whose next answer is overdue: asked for, not told, for too long."""
    asked = Payment.stage == Stage.REQUESTED
    return select(Payment).where(asked, Payment.known_at < at - SILENT).order_by(Payment.known_at)


def ledger_rows(session: Session, first: date, last: date) -> list[Leg]:
    """Every leg of every transfer of these days, the earliest first; one more than is taken."""
    found = (
        select(Leg)
        .join(Leg.account)
        .join(Leg.transfer)
        .options(contains_eager(Leg.account), contains_eager(Leg.transfer))
        .where(Transfer.at >= end_of(first - timedelta(days=1)), Transfer.at < end_of(last))
        .order_by(Transfer.id, Account.id)
    )
    return list(session.scalars(found.limit(MOST_LEGS + 1)))
