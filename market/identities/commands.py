"""Acts on outside identities."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.models import Identity, User
from market.identities.queries import find_identity
from market.identities.rules import IdentityRefusal, link_refusal, unlink_refusal
from market.kernel.authority import Actor
from market.kernel.db import Missing, lock, witness
from market.kernel.journal import record
from market.kernel.refusal import insist


def link_identity(
    session: Session, issuer: str, subject: str, provider: str, *, by: Actor, at: datetime
) -> Identity:
    """Link an outside identity, proved a moment ago, to one's own account; once more is nothing."""
    user = lock(session, User, by.user_id or 0)
    known = find_identity(session, issuer, subject)
    insist(link_refusal(by, known.user_id if known else None, at), provider=provider)
    if known is not None:
        return known
    linked = Identity(user_id=user.id, issuer=issuer, subject=subject, linked_at=at)
    with witness(session, IdentityRefusal.TAKEN):
        session.add(linked)
    record(
        session,
        "account.identity-linked",
        by=by,
        at=at,
        thread=("user", user.id),
        on=("identity", linked.id),
    )
    return linked


def unlink_identity(session: Session, identity_id: int, *, by: Actor, at: datetime) -> None:
    """Undo a link of one's own; somebody else's looks as if it had never been."""
    user = lock(session, User, by.user_id or 0)
    linked = lock(session, Identity, identity_id)
    if linked.user_id != user.id:
        raise Missing("identity", identity_id)
    insist(unlink_refusal(by, at))
    session.delete(linked)
    record(
        session,
        "account.identity-unlinked",
        by=by,
        at=at,
        thread=("user", user.id),
        on=("identity", identity_id),
    )
