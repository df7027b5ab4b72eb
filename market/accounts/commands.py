"""Acts on people, parties, venues and registries."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.models import User, UserRole
from market.accounts.queries import administrators
from market.accounts.rules import (
    CORRECT_NAME,
    MARKET_ROLES,
    MOST_FIRST_ADMINISTRATORS,
    SEE_OWN,
    AccountRefusal,
    Holder,
    MailChoice,
    grant_refusal,
    name_refusal,
    restore_refusal,
    suspend_refusal,
    take_refusal,
)
from market.accounts.tickets import end_sessions, void_tickets
from market.kernel.authority import Actor, Role, who_refusal
from market.kernel.db import lock, witness
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
    user.created_at = user.password_changed_at = at
    user.roles = [UserRole(role=role) for role in MARKET_ROLES if role in roles]
    with witness(session, AccountRefusal.EMAIL_TAKEN):
        session.add(user)
    held = sorted(role.value for role in roles)
    record(session, "account.signed-up", by=by, at=at, thread=("user", user.id), roles=held)
    return user


def create_administrator(
    session: Session, *, email: str, name: str, password_hash: str, by: Actor, at: datetime
) -> User:
    """Make one of the first two administrators: later ones are made by those who hold the role."""
    if administrators(session) >= MOST_FIRST_ADMINISTRATORS:
        raise Refused(AccountRefusal.ADMINISTRATORS_ENOUGH)
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


def join_market(session: Session, user_id: int, *, by: Actor, at: datetime) -> User:
    """Take the market-side roles that a seat in a party needs; who holds a role keeps theirs."""
    insist(who_refusal(SEE_OWN, by, at))
    user = lock(session, User, user_id)
    if not user.roles:
        taken = (Role.RESEARCHER, Role.COMPANY)
        user.roles = [UserRole(role=role) for role in taken]
        held = [role.value for role in taken]
        record(session, "account.joined", by=by, at=at, thread=("user", user.id), roles=held)
    return user


def correct_name(session: Session, user_id: int, name: str, *, by: Actor, at: datetime) -> User:
    """Put one's own name right (个保法 46); signatures given under the old one keep it."""
    insist(who_refusal(CORRECT_NAME, by, at))
    insist(name_refusal(name), field="name")
    user = lock(session, User, user_id)
    if user.name != name:
        user.name = name
        record(session, "account.name-corrected", by=by, at=at, thread=("user", user.id))
    return user


def grant_role(
    session: Session,
    user_id: int,
    role: Role,
    *,
    by: Actor,
    at: datetime,
    registry_id: int | None = None,
    proposed_by: int | None = None,
) -> User:
    """Give a staff role to somebody else, who signs in anew; a registrar is posted somewhere.

    ``proposed_by`` is the administrator who proposed a role that takes two.
    """
    user = lock(session, User, user_id)
    holder = _holder(user)
    posted = registry_id is not None
    refusal = grant_refusal(by, holder, role, at, posted=posted, proposed_by=proposed_by)
    insist(refusal, field="registry_id" if refusal is AccountRefusal.REGISTRY_MISSING else "role")
    if role not in holder.roles:
        user.roles.append(UserRole(role=role))
    if role is Role.REGISTRAR:
        user.registry_id = registry_id
    end_sessions(session, user.id, at)
    record(
        session,
        "account.role-granted",
        by=by,
        at=at,
        thread=("user", user.id),
        role=role.value,
        registry=registry_id,
        proposed_by=proposed_by,
    )
    return user


def take_role(session: Session, user_id: int, role: Role, *, by: Actor, at: datetime) -> User:
    """Take a staff role away; it is gone on the next request, and the person signs in anew."""
    user = lock(session, User, user_id)
    insist(take_refusal(by, _holder(user), role, at), field="role")
    user.roles = [held for held in user.roles if held.role is not role]
    if role is Role.REGISTRAR:
        user.registry_id = None
    end_sessions(session, user.id, at)
    record(session, "account.role-taken", by=by, at=at, thread=("user", user.id), role=role.value)
    return user


def suspend_user(session: Session, user_id: int, *, by: Actor, at: datetime) -> User:
    """Shut an account: its sessions end at once, and no letter sent before opens it."""
    user = lock(session, User, user_id)
    insist(suspend_refusal(by, user.id, at, suspended=user.suspended_at is not None))
    user.suspended_at = at
    end_sessions(session, user.id, at)
    void_tickets(session, user.id, user.email, at)
    record(session, "account.suspended", by=by, at=at, thread=("user", user.id))
    return user


def restore_user(session: Session, user_id: int, *, by: Actor, at: datetime) -> User:
    """Let a suspended account in again."""
    user = lock(session, User, user_id)
    insist(restore_refusal(by, at, suspended=user.suspended_at is not None))
    user.suspended_at = None
    record(session, "account.restored", by=by, at=at, thread=("user", user.id))
    return user


def _holder(user: User) -> Holder:
    return Holder(user.id, frozenset(held.role for held in user.roles))
