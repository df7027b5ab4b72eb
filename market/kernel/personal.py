"""Personal data in the journal: salted commitments, so that erasure does not break the chain.

The journal holds HMAC-SHA256(salt, value) instead of a name or an address. Erasing a person
destroys their salt: what is left in the journal says nothing about anybody any more (P-38).
"""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.db import Base, Id


class Salt(Base):
    """The salt of one subject's commitments; destroyed with the subject's data."""

    __tablename__ = "salts"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_id: Mapped[int] = mapped_column(Id, primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
