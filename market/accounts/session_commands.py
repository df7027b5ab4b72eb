"""Acts on sessions: beginning, ending."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.models import SignIn, User
from market.accounts.rules import END_SESSIONS, SEE_OWN
from market.accounts.tickets import end_sessions
from market.kernel.authority import Actor, who_refusal
from market.kernel.db import Missing, lock
from market.kernel.journal import record
from market.kernel.refusal import insist


def begin_session(
    session: Session,
    user_id: int,
    *,
    token_hash: str,
    factor: bool,
    address: str,
    agent: str,
    by: Actor,
    at: datetime,
) -> SignIn:
    """Begin a session of a person who has proved who they are; ``factor`` says how well."""
    user = lock(session, User, user_id)
    begun = SignIn(
        user_id=user.id,
        token_hash=token_hash,
        begun_at=at,
        seen_at=at,
        factor=factor,
        address=address,
        agent=agent,
    )
    session.add(begun)
    session.flush()
    record(
        session,
        "account.signed-in",
        by=by,
        at=at,
        thread=("user", user.id),
        on=("sign-in", begun.id),
        factor=factor,
    )
    return begun


def end_session(session: Session, sign_in_id: int, *, by: Actor, at: datetime) -> SignIn:
    """End one of one's own sessions: signing out, here or from afar. It ends once."""
    insist(who_refusal(SEE_OWN, by, at))
    user = lock(session, User, by.user_id)
    ended = lock(session, SignIn, sign_in_id)
    if ended.user_id != user.id:
        raise Missing("sign-in", sign_in_id)
    if ended.ended_at is None:
        ended.ended_at = at
        record(
            session,
            "account.signed-out",
            by=by,
            at=at,
            thread=("user", user.id),
            on=("sign-in", ended.id),
        )
    return ended


def end_other_sessions(session: Session, sign_in_id: int | None, *, by: Actor, at: datetime) -> int:
    """End all of one's own sessions but this one; gives how many there were."""
    insist(who_refusal(SEE_OWN, by, at))
    user = lock(session, User, by.user_id)
    ended = end_sessions(session, user.id, at, but=sign_in_id)
    record(
        session,
        "account.others-signed-out",
        by=by,
        at=at,
        thread=("user", user.id),
        sessions=ended,
    )
    return ended


def end_all_sessions(session: Session, user_id: int, *, by: Actor, at: datetime) -> int:
    """End all sessions of a person, as an administrator; gives how many there were."""
    insist(who_refusal(END_SESSIONS, by, at))
    user = lock(session, User, user_id)
    ended = end_sessions(session, user.id, at)
    record(
        session,
        "account.all-signed-out",
        by=by,
        at=at,
        thread=("user", user.id),
        sessions=ended,
    )
    return ended
