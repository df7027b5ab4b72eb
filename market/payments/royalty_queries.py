"""Reading royalties: what was agreed, declared and asked for."""

from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.db import Missing, insist_on_sight
from market.kernel.money import Money
from market.kernel.paging import Page, paged
from market.kernel.personal import Ref
from market.payments.models import Obligation
from market.payments.queries import obligations_on
from market.payments.royalties import Royalty, see_royalty_refusal, still_due
from market.payments.royalty_models import RoyaltyAgreement, RoyaltyStatement
from market.payments.sheet import ObligationKind, ObligationStatus


def get_royalty(session: Session, agreement_id: int, by: Actor, at: datetime) -> RoyaltyAgreement:
    """A royalty for one of its sides; for others it does not exist.

    The sides are read alone at first: what is hidden costs what never was.
    """
    wanted = select(*_SIDES).where(RoyaltyAgreement.id == agreement_id)
    _insist_on_side(session, wanted, "royalty", agreement_id, by, at)
    return session.get_one(RoyaltyAgreement, agreement_id)


def get_statement(session: Session, statement_id: int, by: Actor, at: datetime) -> RoyaltyStatement:
    """A statement for one of the two sides of its royalty."""
    wanted = select(*_SIDES).join(RoyaltyStatement).where(RoyaltyStatement.id == statement_id)
    _insist_on_side(session, wanted, "statement", statement_id, by, at)
    return session.get_one(RoyaltyStatement, statement_id)


_SIDES = RoyaltyAgreement.licensor_id, RoyaltyAgreement.licensee_id


def _insist_on_side(
    session: Session,
    wanted: Select[int, int],
    kind: str,
    key: int,
    by: Actor,
    at: datetime,
) -> None:
    sides = session.execute(wanted).first()
    if sides is None:
        raise Missing(kind, key)
    licensor_id, licensee_id = sides
    refusal = see_royalty_refusal(by, Royalty(licensor_id, licensee_id), at)
    insist_on_sight(refusal, kind, key)


def royalties_of(session: Session, party_id: int, number: int) -> Page[RoyaltyAgreement]:
    """One page of the royalties that a party pays or is paid, the latest first."""
    sides = or_(RoyaltyAgreement.licensor_id == party_id, RoyaltyAgreement.licensee_id == party_id)
    found = select(RoyaltyAgreement).where(sides)
    return paged(session, found.order_by(RoyaltyAgreement.id.desc()), number)


def find_running(session: Session, subject: Ref) -> RoyaltyAgreement | None:
    """The royalty that runs on a subject."""
    found = select(RoyaltyAgreement).where(
        RoyaltyAgreement.subject_kind == subject[0],
        RoyaltyAgreement.subject_id == subject[1],
        RoyaltyAgreement.ended_at.is_(None),
    )
    return session.scalars(found).first()


def declared_on(session: Session, subject: Ref) -> list[Money]:
    """What all standing statements on a subject declared."""
    found = (
        select(RoyaltyStatement)
        .join(RoyaltyStatement.agreement)
        .where(
            RoyaltyAgreement.subject_kind == subject[0],
            RoyaltyAgreement.subject_id == subject[1],
            RoyaltyStatement.superseded_at.is_(None),
        )
    )
    return [statement.amount for statement in session.scalars(found)]


def asked_on(session: Session, subject: Ref) -> list[Obligation]:
    """All that royalties on a subject asked for, given up or not."""
    return [
        each for each in obligations_on(session, subject) if each.kind is ObligationKind.ROYALTY
    ]


def counted(obligation: Obligation) -> Money:
    """What an obligation asked for; of one that was given up only what was paid of it."""
    cancelled = obligation.status is ObligationStatus.CANCELLED
    return obligation.paid if cancelled else obligation.amount


def paid_beyond(session: Session, agreement: RoyaltyAgreement) -> Money:
    """What was paid of a royalty beyond what is declared; it counts against what comes next."""
    asked = [counted(each) for each in asked_on(session, agreement.subject)]
    return still_due(asked, declared_on(session, agreement.subject), agreement.currency)
