"""Personal data in the journal: salted commitments, so that erasure does not break the chain.

The journal holds HMAC-SHA256(salt, value) instead of a name or an address. Erasing a person
destroys their salt: what is left in the journal says nothing about anybody any more (P-38).
"""

import hashlib
import hmac
import secrets

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.db import Base, Id

Ref = tuple[str, int]
"""A plain reference to a row: its kind and its id."""


class Salt(Base):
    """The salt of one subject's commitments; destroyed with the subject's data."""

    __tablename__ = "salts"
    journaled = False

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_id: Mapped[int] = mapped_column(Id, primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))


def commitment(session: Session, subject: Ref, value: str) -> str:
    """What the journal holds of a person's value; their salt is drawn with the first one."""
    kept = session.get(Salt, subject)
    if kept is None:
        kept = Salt(kind=subject[0], subject_id=subject[1], salt=secrets.token_bytes(32))
        session.add(kept)
    return committed(kept.salt, value)


def committed(salt: bytes, value: str) -> str:
    """The commitment to a value under a salt: who knows both can prove that it was this value."""
    return hmac.new(salt, value.encode(), hashlib.sha256).hexdigest()


def forget(session: Session, subject: Ref) -> None:
    """Destroy a subject's salt: their commitments say nothing any more."""
    kept = session.get(Salt, subject)
    if kept is not None:
        session.delete(kept)
        session.flush()
