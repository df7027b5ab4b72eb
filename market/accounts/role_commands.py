"""Roles that take two administrators: proposed by one, confirmed or declined by another."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.commands import grant_role
from market.accounts.models import User
from market.accounts.rules import (
    BY_TWO,
    GRANT_POWER,
    AccountRefusal,
    Holder,
    propose_refusal,
)
from market.kernel import proposals
from market.kernel.authority import Actor, Role, who_refusal
from market.kernel.db import lock
from market.kernel.journal import record
from market.kernel.proposals import Proposal
from market.kernel.refusal import Refused, insist


def propose_role(
    session: Session,
    user_id: int,
    role: Role,
    *,
    by: Actor,
    at: datetime,
    registry_id: int | None = None,
) -> Proposal:
    """Propose to make somebody a registrar, an auditor or an administrator."""
    user = lock(session, User, user_id)
    holder = Holder(user.id, frozenset(held.role for held in user.roles))
    refusal = propose_refusal(by, holder, role, at, posted=registry_id is not None)
    insist(refusal, field="registry_id" if refusal is AccountRefusal.REGISTRY_MISSING else "role")
    if role not in BY_TWO:
        raise Refused(AccountRefusal.NOT_STAFF, field="role")
    proposal = proposals.propose(
        session,
        GRANT_POWER,
        ("user", str(user.id)),
        {"role": role.value, "registry": registry_id},
        stood=_stood(user),
        by=by,
        at=at,
    )
    _record(session, "account.role-proposed", user, proposal, by=by, at=at)
    return proposal


def confirm_role(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> User:
    """Confirm, as another administrator, exactly the role that was proposed."""
    insist(who_refusal(GRANT_POWER, by, at))
    user, proposal = _subject(session, proposal_id)
    told = proposals.confirm(session, proposal, stood=_stood(user), by=by, at=at)
    _record(session, "account.role-seconded", user, proposal, by=by, at=at)
    return grant_role(
        session,
        user.id,
        Role.of(str(told["role"])),
        by=by,
        at=at,
        registry_id=proposals.number(told["registry"]),
        proposed_by=proposal.proposed_by,
    )


def decline_role(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Proposal:
    """Take one's own proposal back, or reject another's."""
    insist(who_refusal(GRANT_POWER, by, at))
    user, proposal = _subject(session, proposal_id)
    proposals.decline(session, proposal, by=by, at=at)
    _record(session, "account.role-declined", user, proposal, by=by, at=at)
    return proposal


def _subject(session: Session, proposal_id: int) -> tuple[User, Proposal]:
    """The person that a proposal is about, locked before it."""
    found = proposals.get_proposal(session, proposal_id, GRANT_POWER)
    user = lock(session, User, int(found.subject_id))
    return user, lock(session, Proposal, found.id)


def _stood(user: User) -> dict[str, object]:
    """What the person held when the role was proposed: it must still be so."""
    return {"roles": sorted(held.role.value for held in user.roles), "registry": user.registry_id}


def _record(
    session: Session, act: str, user: User, proposal: Proposal, *, by: Actor, at: datetime
) -> None:
    record(
        session,
        act,
        by=by,
        at=at,
        thread=("user", user.id),
        on=("proposal", proposal.id),
        **proposal.told,
    )
