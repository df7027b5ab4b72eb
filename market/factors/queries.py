"""What pages read of second factors."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import RecoveryCode, User
from market.accounts.queries import get_user
from market.factors.rules import FEW_CODES
from market.kernel.sealing import Sealer, Unsealable

TOTP = "totp"
"""The purpose for which a secret is sealed in its owner's row."""


@dataclass(frozen=True)
class Factor:
    """The state of one person's second factor."""

    since: datetime | None
    codes_left: int

    @property
    def few(self) -> bool:
        """Whether it is time to make new recovery codes."""
        return self.since is not None and self.codes_left <= FEW_CODES


def factor_of(session: Session, user_id: int) -> Factor:
    """Since when a person has a second factor, and how many recovery codes are left."""
    unused = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return Factor(get_user(session, user_id).totp_since, session.scalar(unused) or 0)


def secret_of(user: User, sealer: Sealer) -> str | None:
    """The secret that a person's app shares with the market; None where there is none to be read
    (no factor, or the market's key has changed: recovery codes still open)."""
    try:
        return sealer.open(user.totp_secret or "", purpose=TOTP, owner=str(user.id))
    except Unsealable:
        return None
