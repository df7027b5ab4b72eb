"""Acts on people, parties, venues and registries."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import SignIn, User, UserRole
from market.accounts.queries import find_administrator
from market.accounts.rules import (
    END_SESSIONS,
    MARKET_ROLES,
    SEE_OWN,
    AccountRefusal,
    Holder,
    MailChoice,
    grant_refusal,
    name_refusal,
    take_refusal,
)
from market.kernel.authority import Actor, Role, who_refusal
from market.kernel.db import Missing, lock, witness
from market.kernel.journal import record
from market.kernel.refusal import Refused, insist


def sign_up(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str,
    roles: frozenset[Role],
    language: str,
    by: Actor,
    at: datetime,
) -> User:
    """Make an account with market-side roles; an address is used once."""
    insist(name_refusal(name), field="name")
    user = User(email=email, name=name, password_hash=password_hash, language=language)
    user.created_at = at
    user.roles = [UserRole(role=role) for role in MARKET_ROLES if role in roles]
    with witness(session, AccountRefusal.EMAIL_TAKEN):
        session.add(user)
    held = sorted(role.value for role in roles)
    record(session, "account.signed-up", by=by, at=at, thread=("user", user.id), roles=held)
    return user


def create_administrator(
    session: Session, *, email: str, name: str, password_hash: str, by: Actor, at: datetime
) -> User:
    """Make the first administrator, once: later ones are made by those who hold the role."""
    if find_administrator(session) is not None:
        raise Refused(AccountRefusal.ADMINISTRATOR_EXISTS)
    user = sign_up(
        session,
        email=email,
        name=name,
        password_hash=password_hash,
        roles=frozenset(),
        language="zh_Hans",
        by=by,
        at=at,
    )
    user.roles.append(UserRole(role=Role.ADMINISTRATOR))
    record(session, "account.administrator-created", by=by, at=at, thread=("user", user.id))
    return user


def choose_language(
    session: Session, user_id: int, language: str, *, by: Actor, at: datetime
) -> User:
    """Keep the language in which a person is spoken to, on this machine and the next."""
    insist(who_refusal(SEE_OWN, by, at))
    user = lock(session, User, user_id)
    if user.language != language:
        user.language = language
        record(
            session,
            "account.language-chosen",
            by=by,
            at=at,
            thread=("user", user.id),
            language=language,
        )
    return user


def choose_mail(
    session: Session, user_id: int, choice: MailChoice, *, by: Actor, at: datetime
) -> User:
    """Keep when a person hears by mail of what concerns them; letters on security always come."""
    insist(who_refusal(SEE_OWN, by, at))
    user = lock(session, User, user_id)
    if user.mail_choice is not choice:
        user.mail_choice = choice
        record(
            session,
            "account.mail-chosen",
            by=by,
            at=at,
            thread=("user", user.id),
            choice=choice.value,
        )
    return user


def grant_role(
    session: Session,
    user_id: int,
    role: Role,
    *,
    by: Actor,
    at: datetime,
    registry_id: int | None = None,
) -> User:
    """Give a staff role to somebody else, who signs in anew; a registrar is posted somewhere."""
    user = lock(session, User, user_id)
    holder = _holder(user)
    refusal = grant_refusal(by, holder, role, at, posted=registry_id is not None)
    insist(refusal, field="registry_id" if refusal is AccountRefusal.REGISTRY_MISSING else "role")
    if role not in holder.roles:
        user.roles.append(UserRole(role=role))
    if role is Role.REGISTRAR:
        user.registry_id = registry_id
    _end_sessions(session, user.id, at)
    record(
        session,
        "account.role-granted",
        by=by,
        at=at,
        thread=("user", user.id),
        role=role.value,
        registry=registry_id,
    )
    return user


def take_role(session: Session, user_id: int, role: Role, *, by: Actor, at: datetime) -> User:
    """Take a staff role away; it is gone on the next request, and the person signs in anew."""
    user = lock(session, User, user_id)
    insist(take_refusal(by, _holder(user), role, at), field="role")
    user.roles = [held for held in user.roles if held.role is not role]
    if role is Role.REGISTRAR:
        user.registry_id = None
    _end_sessions(session, user.id, at)
    record(session, "account.role-taken", by=by, at=at, thread=("user", user.id), role=role.value)
    return user


def _holder(user: User) -> Holder:
    return Holder(user.id, frozenset(held.role for held in user.roles))


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
    ended = _end_sessions(session, user.id, at, but=sign_in_id)
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
    ended = _end_sessions(session, user.id, at)
    record(
        session,
        "account.all-signed-out",
        by=by,
        at=at,
        thread=("user", user.id),
        sessions=ended,
    )
    return ended


def _end_sessions(session: Session, user_id: int, at: datetime, *, but: int | None = None) -> int:
    """End a person's sessions; the caller has locked the person."""
    live = (SignIn.user_id == user_id) & SignIn.ended_at.is_(None)
    ids = session.scalars(select(SignIn.id).where(live)).all()
    ending = [each for each in ids if each != but]
    session.execute(update(SignIn).where(SignIn.id.in_(ending)).values(ended_at=at))
    return len(ending)
