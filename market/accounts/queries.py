"""What pages and upper slices read of people, parties and places."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.limits import is_over
from market.accounts.models import SignIn, User, UserRole
from market.kernel.authority import Actor, Role
from market.kernel.db import Missing
from market.kernel.paging import Page, paged


def confirmed(actor: Actor, at: datetime) -> Actor:
    """The same person, having just given the password again."""
    return replace(actor, confirmed_at=at)


def find_user_by_email(session: Session, email: str) -> User | None:
    """The user with this canonical address."""
    return session.scalars(select(User).where(User.email == email)).first()


@dataclass(frozen=True)
class Known:
    """What the door asks of an address; empty where it has no account."""

    user_id: int | None = None
    password_hash: str | None = None
    language: str = ""


def known_by(session: Session, email: str) -> Known:
    """The account with this canonical address, by one and the same statement whether it exists.

    Loading a whole person would ask for their roles as well, and so tell by time who has any.
    """
    wanted = select(User.id, User.password_hash, User.language).where(User.email == email)
    found = session.execute(wanted).first()
    return Known(*found) if found else Known()


def users_page(session: Session, number: int) -> Page[User]:
    """All people, newest first."""
    return paged(session, select(User).order_by(User.id.desc()), number)


def registrars(session: Session, registry_id: int) -> list[User]:
    """The registrars of a registry."""
    holders = (
        select(User)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == Role.REGISTRAR, User.registry_id == registry_id)
    )
    return list(session.scalars(holders.order_by(User.id)))


def users(session: Session) -> list[User]:
    """All users, newest last."""
    return list(session.scalars(select(User).order_by(User.id)))


def administrators(session: Session) -> int:
    """How many administrators the market has."""
    held = select(func.count()).where(UserRole.role == Role.ADMINISTRATOR)
    return session.scalar(held) or 0


def user_names(session: Session, ids: set[int]) -> dict[int, str]:
    """Names of people by id, for timelines."""
    found = select(User.id, User.name).where(User.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def find_sign_in(session: Session, token_hash: str, at: datetime) -> SignIn | None:
    """The session with this secret, unless it was ended or ended by itself."""
    kept = session.scalars(
        select(SignIn).where(SignIn.token_hash == token_hash, SignIn.ended_at.is_(None))
    ).first()
    return kept if kept is not None and _lasts(session, kept, at) else None


def sessions_of(session: Session, user_id: int, at: datetime) -> list[SignIn]:
    """The sessions in which a person is signed in now, the latest seen first."""
    kept = select(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    found = session.scalars(kept.order_by(SignIn.seen_at.desc(), SignIn.id.desc()))
    return [each for each in found if _lasts(session, each, at)]


def _lasts(session: Session, kept: SignIn, at: datetime) -> bool:
    roles = {held.role for held in get_user(session, kept.user_id).roles}
    return not is_over(kept.begun_at, kept.seen_at, roles, at)


def get_user(session: Session, user_id: int) -> User:
    """The user with this id, or ``Missing``."""
    user = session.get(User, user_id)
    if user is None:
        raise Missing("user", user_id)
    return user
