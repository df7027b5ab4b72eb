"""What pages and upper slices read of applications and the register."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.contracts.models import Contract
from market.kernel.authority import Actor
from market.kernel.db import Missing
from market.registry.models import Application
from market.registry.rules import LIVE, OPEN, Status, visible


def get_application(session: Session, application_id: int, by: Actor) -> Application:
    """The application if this person may see it; else ``Missing``."""
    application = session.get(Application, application_id)
    if application is None or not visible(by, application.file):
        raise Missing("application", application_id)
    return application


def find_for_contract(session: Session, contract_id: int) -> Application | None:
    """The latest application of a contract."""
    found = select(Application).where(Application.contract_id == contract_id)
    return session.scalars(found.order_by(Application.id.desc())).first()


def find_certificate(session: Session, check_code: str) -> Application | None:
    """The registration that a certificate's check code stands for."""
    found = select(Application).where(Application.check_code == check_code)
    return session.scalars(found).first()


def queue(
    session: Session, registry_id: int, statuses: Sequence[Status] = tuple(OPEN)
) -> list[Application]:
    """A registry's applications in these states: the nearest last day first, then the oldest."""
    found = select(Application).where(
        Application.registry_id == registry_id, Application.status.in_(statuses)
    )
    latest = date(9999, 12, 31)
    rows = session.scalars(found.order_by(Application.id))
    return sorted(rows, key=lambda a: (a.due_on or latest, a.id))


def queue_counts(session: Session, registry_id: int) -> dict[Status, int]:
    """How many applications a registry has in each state."""
    rows = session.execute(
        select(Application.status, func.count())
        .where(Application.registry_id == registry_id)
        .group_by(Application.status)
    )
    return dict(rows.tuples())


def applications_of(session: Session, party_id: int) -> list[Application]:
    """The applications on a party's contracts, the latest first."""
    near = (Contract.seller_id == party_id) | (Contract.buyer_id == party_id)
    found = select(Application).join(Contract, Contract.id == Application.contract_id).where(near)
    return list(session.scalars(found.order_by(Application.id.desc())))


def duplicates(session: Session, application: Application) -> list[Application]:
    """Other live applications with the same parties, name, day and amount: checked by hand."""
    found = select(Application).where(
        Application.duplicate_key == application.duplicate_key,
        Application.id != application.id,
        Application.status.in_(LIVE),
    )
    return list(session.scalars(found.order_by(Application.id)))
