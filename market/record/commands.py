"""Looking into the record leaves an entry; so does what a person does with their own data."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import SignIn, User
from market.kernel.authority import Actor
from market.kernel.db import Missing, lock
from market.kernel.journal import Entry, record
from market.kernel.refusal import Refused, insist
from market.record.erasing import clear, destroy
from market.record.models import LegalHold
from market.record.persons import bonds, live_hold
from market.record.rules import (
    ErasureRefusal,
    FileKind,
    Wanted,
    bonds_refusal,
    close_case_refusal,
    copy_refusal,
    erase_refusal,
    export_refusal,
    open_case_refusal,
)


def open_case(
    session: Session, sign_in_id: int, number: str, reason: str, *, by: Actor, at: datetime
) -> None:
    """Open a case: from here on this session reads talks under its number."""
    insist(open_case_refusal(by, at))
    user = lock(session, User, by.user_id)
    _own(session, sign_in_id, by).case_no = number
    record(
        session,
        "record.case-opened",
        by=by,
        at=at,
        thread=("user", user.id),
        number=number,
        why=reason,
    )


def close_case(session: Session, sign_in_id: int, *, by: Actor, at: datetime) -> None:
    """Close the case that is open in this session."""
    insist(close_case_refusal(by, at))
    user = lock(session, User, by.user_id)
    _own(session, sign_in_id, by).case_no = ""
    record(session, "record.case-closed", by=by, at=at, thread=("user", user.id), number=by.case_no)


def note_export(
    session: Session, wanted: Wanted, kind: FileKind, *, by: Actor, at: datetime
) -> Entry:
    """Note what an auditor takes out of the market; the file itself is read from this entry."""
    insist(export_refusal(by, at))
    user = lock(session, User, by.user_id)
    return record(
        session,
        "record.exported",
        by=by,
        at=at,
        thread=("user", user.id),
        asked=wanted.facts(),
        kind=kind.value,
        upto=session.scalar(select(func.max(Entry.id))) or 0,
        case=by.case_no,
    )


def note_copy(session: Session, *, by: Actor, at: datetime) -> Entry:
    """Note that a person takes a copy of their own data; the file is read from this entry."""
    insist(copy_refusal(by, at))
    user = lock(session, User, by.user_id)
    return record(session, "account.exported", by=by, at=at, thread=("user", user.id))


def erase_own(session: Session, *, by: Actor, at: datetime) -> None:
    """Erase one's own account, for ever: nobody can tell afterwards who it was."""
    user = lock(session, User, by.user_id)
    insist(erase_refusal(by, bonds(session, user.id), at))
    _erase(session, user, "own", by=by, at=at)


def erase_on_request(session: Session, user_id: int, *, by: Actor, at: datetime) -> None:
    """Erase an account on the person's written request; from the machine's own shell only."""
    user = lock(session, User, user_id)
    insist(bonds_refusal(bonds(session, user.id)))
    _erase(session, user, "request", by=by, at=at)


def lay_hold(
    session: Session, user_id: int, reference: str, *, by: Actor, at: datetime
) -> LegalHold:
    """Lay a legal hold on an account: it is not erased until the hold is lifted."""
    user = lock(session, User, user_id)
    if live_hold(session, user.id) is not None:
        raise Refused(ErasureRefusal.HELD)
    hold = LegalHold(user_id=user.id, reference=reference, laid_at=at)
    session.add(hold)
    record(session, "account.held", by=by, at=at, thread=("user", user.id), reference=reference)
    return hold


def lift_hold(session: Session, user_id: int, *, by: Actor, at: datetime) -> None:
    """Lift the legal hold on an account."""
    user = lock(session, User, user_id)
    hold = live_hold(session, user.id)
    if hold is None:
        raise Missing("legal-hold", user_id)
    hold.lifted_at = at
    record(session, "account.released", by=by, at=at, thread=("user", user.id))


def _erase(session: Session, user: User, kind: str, *, by: Actor, at: datetime) -> None:
    subjects = clear(session, user, at=at)
    record(session, "account.erased", by=by, at=at, thread=("user", user.id), kind=kind)
    destroy(session, subjects)


def _own(session: Session, sign_in_id: int, by: Actor) -> SignIn:
    kept = lock(session, SignIn, sign_in_id)
    if kept.user_id != by.user_id:
        raise Missing("sign-in", sign_in_id)
    return kept
