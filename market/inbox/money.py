"""What nears of money: what is due soon or late, royalties to be declared soon or late.

And money that is only authorised, while there is still time to charge it.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from market.inbox.news import News, Urgency
from market.inbox.rules import DAYS_AHEAD, LOOK_BACK, Tidings
from market.kernel.authority import Role
from market.kernel.clock import day_of, end_of
from market.payments.backoffice import CAPTURE_AHEAD, authorised
from market.payments.models import Obligation
from market.payments.royalty_models import RoyaltyAgreement
from market.payments.sheet import ObligationStatus

_AHEAD = timedelta(days=DAYS_AHEAD)
_DECLARED_WITHIN = timedelta(days=400)
"""Longer than any royalty's time to declare: what ended before that is over."""


def money_ahead(session: Session, at: datetime) -> Iterator[Tidings]:
    """What nears, or has just passed, of money at this instant."""
    yield from _owed(session, at)
    yield from _royalties(session, at)
    yield from _authorised(session, at)


def _owed(session: Session, at: datetime) -> Iterator[Tidings]:
    """What is due within days and was asked for before today, and what is late."""
    today = day_of(at)
    near = select(Obligation).where(
        Obligation.status == ObligationStatus.OPEN,
        Obligation.opened_at < end_of(today - timedelta(days=1)),
        Obligation.due_on.between(today - LOOK_BACK, today + _AHEAD),
    )
    for each in session.scalars(near.order_by(Obligation.id)):
        left = each.remaining
        yield from _due(
            f"obligation-{each.id}",
            (News.OWED_SOON, News.OWED_LATE),
            ("obligation", each.id),
            each.due_on,
            (each.debtor_id, each.creditor_id),
            {"amount": left.minor, "currency": left.currency},
            at=at,
        )


def _royalties(session: Session, at: datetime) -> Iterator[Tidings]:
    """Periods that are over and not declared, as their last day to declare nears or has passed."""
    today = day_of(at)
    running = select(RoyaltyAgreement).where(
        RoyaltyAgreement.ended_at.is_(None),
        RoyaltyAgreement.last_on >= today - _DECLARED_WITHIN,
    )
    found = running.options(selectinload(RoyaltyAgreement.statements))
    for each in session.scalars(found.order_by(RoyaltyAgreement.id)):
        period, due_on = each.upcoming, each.due_on
        if period is None or due_on is None or today <= period.last_on:
            continue
        if today - LOOK_BACK <= due_on <= today + _AHEAD:
            yield from _due(
                f"royalty-{each.id}-{period.place}",
                (News.ROYALTY_SOON, News.ROYALTY_LATE),
                ("royalty", each.id),
                due_on,
                (each.licensee_id, each.licensor_id),
                {},
                at=at,
            )


def _due(
    key: str,
    news: tuple[News, News],
    subject: tuple[str, int],
    due_on: date,
    sides: tuple[int, int | None],
    facts: dict[str, object],
    *,
    at: datetime,
) -> Iterator[Tidings]:
    """To who owes it while there is time; once it is late, to who is owed it too."""
    soon, late = news
    passed, (debtor, creditor) = day_of(at) > due_on, sides
    told = {**facts, "due_on": due_on.isoformat()}
    word = f"{key}-{'late' if passed else 'soon'}-{due_on}"
    mine, theirs = frozenset({debtor}), frozenset({creditor} if creditor else ())
    yield Tidings(word, late if passed else soon, Urgency.WAITS, subject, at, told, parties=mine)
    if passed:
        yield Tidings(word, late, Urgency.TOLD, subject, at, told, parties=theirs)


def _authorised(session: Session, at: datetime) -> Iterator[Tidings]:
    """Money that is only authorised and cannot be charged for much longer (promises 3.6)."""
    for payment in authorised(session):
        ends = payment.capture_before
        if ends is not None and at < ends <= at + CAPTURE_AHEAD:
            yield Tidings(
                key=f"payment-{payment.id}-capture-{ends.isoformat()}",
                news=News.CAPTURE_ENDS,
                urgency=Urgency.WAITS,
                subject=("payment", payment.id),
                at=at,
                facts={
                    "amount": payment.amount_minor,
                    "currency": payment.currency,
                    "until": ends.isoformat(),
                },
                staff=Role.OPERATOR,
                related=frozenset({payment.obligation.debtor_id}),
            )
