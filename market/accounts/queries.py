"""What pages and upper slices read of people, parties and places."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import (
    User,
    UserRole,
)
from market.kernel.authority import Actor, Role
from market.kernel.db import Missing
from market.kernel.paging import Page, paged


def confirmed(actor: Actor, at: datetime) -> Actor:
    """The same person, having just given the password again."""
    return replace(actor, confirmed_at=at)


def find_user_by_email(session: Session, email: str) -> User | None:
    """The user with this canonical address."""
    return session.scalars(select(User).where(User.email == email)).first()


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


def find_administrator(session: Session) -> User | None:
    """An administrator, if the market has one."""
    held = select(User).join(UserRole).where(UserRole.role == Role.ADMINISTRATOR)
    return session.scalars(held).first()


def user_names(session: Session, ids: set[int]) -> dict[int, str]:
    """Names of people by id, for timelines."""
    found = select(User.id, User.name).where(User.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def get_user(session: Session, user_id: int) -> User:
    """The user with this id, or ``Missing``."""
    user = session.get(User, user_id)
    if user is None:
        raise Missing("user", user_id)
    return user
