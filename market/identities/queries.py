"""What pages read of outside identities."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Identity


def find_identity(session: Session, issuer: str, subject: str) -> Identity | None:
    """The link of this outside identity."""
    known = (Identity.issuer == issuer) & (Identity.subject == subject)
    return session.scalars(select(Identity).where(known)).first()


def identities_of(session: Session, user_id: int) -> list[Identity]:
    """The outside identities of a person, oldest link first."""
    mine = select(Identity).where(Identity.user_id == user_id).order_by(Identity.id)
    return list(session.scalars(mine))
