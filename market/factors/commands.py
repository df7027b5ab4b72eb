"""Acts on second factors. Each locks the person's row, so a code counts once for two askers too."""

from datetime import datetime
from hmac import compare_digest

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import RecoveryCode, SignIn, User
from market.accounts.tickets import end_sessions
from market.factors.codes import matching_step, new_recovery_code, recovery_hash
from market.factors.queries import TOTP, secret_of
from market.factors.rules import (
    RECOVERY_CODES,
    FactorRefusal,
    code_refusal,
    drop_refusal,
    enrol_refusal,
    forget_refusal,
    renew_refusal,
    reset_refusal,
)
from market.kernel.authority import Actor
from market.kernel.db import lock
from market.kernel.journal import record
from market.kernel.refusal import Refused, insist
from market.kernel.sealing import Sealer


def enrol_factor(
    session: Session, secret: str, code: str, sealer: Sealer, *, by: Actor, at: datetime
) -> list[str]:
    """Set up one's own factor, or move it to another device; gives the new recovery codes."""
    user = lock(session, User, by.user_id or 0)
    step = matching_step(secret, code, at)
    same_secret = compare_digest((secret_of(user, sealer) or "").encode(), secret.encode())
    insist(enrol_refusal(by, step, user.totp_step if same_secret else None, at), field="code")
    user.totp_secret = sealer.seal(secret, purpose=TOTP, owner=str(user.id))
    user.totp_since, user.totp_step = at, step
    codes = _renew(session, user)
    record(session, "account.factor-enrolled", by=by, at=at, thread=("user", user.id))
    return codes


def give_code(
    session: Session, user_id: int, code: str, sealer: Sealer, *, by: Actor, at: datetime
) -> User:
    """Prove oneself by the app's code; each half minute's code counts once."""
    user = lock(session, User, user_id)
    secret = secret_of(user, sealer)
    step = matching_step(secret, code, at) if secret else None
    insist(code_refusal(step, user.totp_step), field="code")
    user.totp_step = step
    record(session, "account.factor-given", by=by, at=at, thread=("user", user.id))
    return user


def use_recovery_code(
    session: Session, user_id: int, code: str, *, by: Actor, at: datetime
) -> User:
    """Prove oneself by a recovery code instead; it is spent."""
    user = lock(session, User, user_id)
    unused = select(RecoveryCode).where(
        RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
    )
    fitting = unused.where(RecoveryCode.code_hash == recovery_hash(code))
    spent = session.scalars(fitting.execution_options(populate_existing=True)).first()
    if user.totp_since is None or spent is None:
        raise Refused(FactorRefusal.WRONG_RECOVERY_CODE, field="code")
    spent.used_at = at
    record(session, "account.recovery-code-used", by=by, at=at, thread=("user", user.id))
    return user


def renew_codes(session: Session, *, by: Actor, at: datetime) -> list[str]:
    """Make new recovery codes of one's own; the old ones are void."""
    user = lock(session, User, by.user_id or 0)
    insist(renew_refusal(by, at, enrolled=user.totp_since is not None))
    codes = _renew(session, user)
    record(session, "account.recovery-codes-renewed", by=by, at=at, thread=("user", user.id))
    return codes


def drop_factor(session: Session, *, by: Actor, at: datetime) -> User:
    """Turn off one's own factor."""
    user = lock(session, User, by.user_id or 0)
    held = [each.role for each in user.roles]
    insist(drop_refusal(by, held, at, enrolled=user.totp_since is not None))
    _forget(session, user)
    for sign_in in session.scalars(select(SignIn).where(SignIn.user_id == user.id)):
        sign_in.factor = False
    record(session, "account.factor-dropped", by=by, at=at, thread=("user", user.id))
    return user


def reset_factor(session: Session, user_id: int, *, by: Actor, at: datetime) -> User:
    """Forget another person's factor, whose device is lost; all their sessions end."""
    user = lock(session, User, user_id)
    insist(reset_refusal(by, user.id, at, enrolled=user.totp_since is not None))
    _forget(session, user)
    end_sessions(session, user.id, at)
    record(session, "account.factor-reset", by=by, at=at, thread=("user", user.id))
    return user


def forget_factor(session: Session, user_id: int, *, by: Actor, at: datetime) -> User:
    """Forget a person's factor from the machine room, where no other administrator can."""
    user = lock(session, User, user_id)
    insist(forget_refusal(enrolled=user.totp_since is not None))
    _forget(session, user)
    end_sessions(session, user.id, at)
    record(session, "account.factor-forgotten", by=by, at=at, thread=("user", user.id))
    return user


def _renew(session: Session, user: User) -> list[str]:
    _void_codes(session, user)
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=recovery_hash(code)) for code in codes)
    session.flush()
    return codes


def _void_codes(session: Session, user: User) -> None:
    for code in session.scalars(select(RecoveryCode).where(RecoveryCode.user_id == user.id)):
        session.delete(code)  # one by one, so that the record tells of each
    session.flush()


def _forget(session: Session, user: User) -> None:
    _void_codes(session, user)
    user.totp_secret = user.totp_since = user.totp_step = None
