"""How people, parties, venues and registries are stored."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.rules import MailChoice, Purpose
from market.kernel.authority import Role
from market.kernel.db import Base, Id, Instant, words
from market.kernel.personal import Ref


def _own(row: "User") -> Ref:
    return "user", row.id


def _holders(row: "Identity") -> Ref:
    return "user", row.user_id


class User(Base):
    """A person who signs in. A second factor is whole: its sealed secret, since when, and the last
    half minute whose code was given."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(
            "(totp_secret IS NULL) = (totp_since IS NULL) "
            "AND (totp_since IS NULL) = (totp_step IS NULL)",
            name="factor_is_whole",
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True, info={"personal": _own})
    name: Mapped[str] = mapped_column(String(80), info={"personal": _own})
    password_hash: Mapped[str] = mapped_column(String(200), info={"secret": True})
    language: Mapped[str] = mapped_column(String(10))
    registry_id: Mapped[int | None] = mapped_column(ForeignKey("registries.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    password_changed_at: Mapped[datetime | None] = mapped_column(Instant)
    suspended_at: Mapped[datetime | None] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    totp_secret: Mapped[str | None] = mapped_column(String(200), info={"secret": True})
    totp_since: Mapped[datetime | None] = mapped_column(Instant)
    totp_step: Mapped[int | None] = mapped_column(Id, info={"untold": True})
    mail_choice: Mapped[MailChoice] = mapped_column(words(MailChoice), default=MailChoice.AT_ONCE)

    roles: Mapped[list["UserRole"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class UserRole(Base):
    """A role that a person holds."""

    __tablename__ = "user_roles"
    __table_args__ = (
        Index(
            "uq_user_roles_one_of_two_powers",
            "user_id",
            unique=True,
            sqlite_where=text("role IN ('administrator', 'auditor')"),
            postgresql_where=text("role IN ('administrator', 'auditor')"),
        ),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(words(Role), primary_key=True)


class SignIn(Base):
    """A session of a person, kept by the server: it can be seen and ended (ASVS 7).

    The browser holds a secret of 256 bits, the table only its SHA-256. ``factor`` says that a
    second factor was given; ``party_id`` is the party acted for, ``case_no`` the case under which
    an auditor reads.
    """

    __tablename__ = "sign_ins"
    journaled = False
    of_person = "user_id"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    factor: Mapped[bool] = mapped_column(default=False)
    party_id: Mapped[int | None] = mapped_column(Id)
    case_no: Mapped[str] = mapped_column(String(60), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")


class Ticket(Base):
    """A secret sent by mail that opens one thing once: an account, a new password, a seat.

    Only its SHA-256 is kept. ``user_id`` is empty where the address has no account (yet).
    """

    __tablename__ = "tickets"
    journaled = False
    of_person = "user_id"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class RecoveryCode(Base):
    """One of the codes that stand in for a lost second factor, once; only its hash is kept."""

    __tablename__ = "recovery_codes"
    of_person = "user_id"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), info={"secret": True})
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Identity(Base):
    """Who a person is to an outside provider (OpenID Connect): its issuer and its subject."""

    __tablename__ = "identities"
    of_person = "user_id"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255), info={"personal": _holders})
    linked_at: Mapped[datetime] = mapped_column(Instant)


class Attempts(Base):
    """Failed guesses at one door (an account, a device, a network address): how many, until when.

    ``door`` is a hash, so that the table names nobody.
    """

    __tablename__ = "attempts"
    journaled = False

    door: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int] = mapped_column()
    last_at: Mapped[datetime] = mapped_column(Instant)
