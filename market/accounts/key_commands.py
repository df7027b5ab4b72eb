"""Acts on what opens an account: passwords, addresses, and the letters that lead to them."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts import letters
from market.accounts.commands import sign_up
from market.accounts.models import User
from market.accounts.queries import known_by
from market.accounts.rules import CHANGE_KEYS, AccountRefusal, Purpose
from market.accounts.tickets import end_sessions, issue, use, void_tickets
from market.kernel.authority import Actor, Role, who_refusal
from market.kernel.db import lock, witness
from market.kernel.journal import record
from market.kernel.refusal import Refused, insist

PATHS = {Purpose.SIGN_UP: "sign-up", Purpose.PASSWORD: "reset", Purpose.ADDRESS: "me/address"}


def _link(base_url: str, purpose: Purpose, secret: str) -> str:
    return f"{base_url}/{PATHS[purpose]}/{secret}"


def answer_by_letter(
    session: Session,
    wanted: Purpose,
    email: str,
    *,
    language: str,
    base_url: str,
    by: Actor,
    at: datetime,
) -> None:
    """Send whoever wants an account or a new password what fits: only the mailbox learns which.

    With an account or without one, the same is done here: one ticket, one letter, one entry.
    """
    known = known_by(session, email)
    opens = Purpose.PASSWORD if known.user_id else Purpose.SIGN_UP
    ticket, secret = issue(session, opens, email, at, user_id=known.user_id)
    link = _link(base_url, opens, secret)
    letters.send(
        session,
        lambda: letters.on_request(wanted, known=known.user_id is not None, link=link),
        key=f"ticket/{ticket.id}",
        to=email,
        language=known.language or language,
        at=at,
        secret=True,
    )
    record(
        session,
        "account.letter-asked",
        by=by,
        at=at,
        thread=("ticket", ticket.id),
        wanted=wanted.value,
    )


def join(
    session: Session,
    secret: str,
    *,
    name: str,
    password_hash: str,
    roles: frozenset[Role],
    language: str,
    by: Actor,
    at: datetime,
) -> User:
    """Make the account to which a letter led; its address is proven by that."""
    ticket = use(session, secret, Purpose.SIGN_UP, at)
    user = sign_up(
        session,
        email=ticket.email,
        name=name,
        password_hash=password_hash,
        roles=roles,
        language=language,
        by=by,
        at=at,
    )
    thread, on = ("user", user.id), ("ticket", ticket.id)
    record(session, "account.address-proven", by=Actor(user.id), at=at, thread=thread, on=on)
    return user


def reset_password(
    session: Session, secret: str, *, password_hash: str, by: Actor, at: datetime
) -> User:
    """Set a new password by a letter; everybody signed in with the old one is out."""
    ticket = use(session, secret, Purpose.PASSWORD, at)
    user = lock(session, User, ticket.user_id)
    if user.email != ticket.email or by.user_id not in (None, user.id):
        raise Refused(AccountRefusal.TICKET_SPENT)
    _set_password(session, user, password_hash, at)
    ended = end_sessions(session, user.id, at)
    record(
        session,
        "account.password-reset",
        by=Actor(user.id, user.name),
        at=at,
        thread=("user", user.id),
        sessions=ended,
    )
    return user


def change_password(session: Session, *, password_hash: str, by: Actor, at: datetime) -> User:
    """Set another password, having given the one before."""
    insist(who_refusal(CHANGE_KEYS, by, at))
    user = lock(session, User, by.user_id)
    _set_password(session, user, password_hash, at)
    record(session, "account.password-changed", by=by, at=at, thread=("user", user.id))
    return user


def _set_password(session: Session, user: User, password_hash: str, at: datetime) -> None:
    user.password_hash, user.password_changed_at = password_hash, at
    void_tickets(session, user.id, user.email, at)
    letters.send(
        session,
        letters.password_changed,
        key=f"password/{user.id}/{at.isoformat()}",
        to=user.email,
        language=user.language,
        at=at,
    )


def ask_for_address(
    session: Session, email: str, *, base_url: str, by: Actor, at: datetime
) -> None:
    """Send a letter to the address that is to be one's own from now on."""
    insist(who_refusal(CHANGE_KEYS, by, at))
    user = lock(session, User, by.user_id)
    taken = known_by(session, email).user_id is not None
    ticket, secret = issue(session, Purpose.ADDRESS, email, at, user_id=user.id)
    if taken:
        ticket.used_at = at
    link = _link(base_url, Purpose.ADDRESS, secret)
    letters.send(
        session,
        letters.address_in_use if taken else lambda: letters.new_address(link),
        key=f"ticket/{ticket.id}",
        to=email,
        language=user.language,
        at=at,
        secret=True,
    )
    record(
        session,
        "account.address-asked",
        by=by,
        at=at,
        thread=("user", user.id),
        on=("ticket", ticket.id),
    )


def change_address(session: Session, secret: str, *, by: Actor, at: datetime) -> User:
    """Take the address to which the letter went; the old one hears of it and opens nothing."""
    ticket = use(session, secret, Purpose.ADDRESS, at)
    if ticket.user_id != by.user_id:
        raise Refused(AccountRefusal.TICKET_SPENT)
    user = lock(session, User, ticket.user_id)
    before = user.email
    with witness(session, AccountRefusal.TICKET_SPENT):
        user.email = ticket.email
    void_tickets(session, user.id, before, at)
    letters.send(
        session,
        letters.address_changed,
        key=f"address/{user.id}/{at.isoformat()}",
        to=before,
        language=user.language,
        at=at,
    )
    record(session, "account.address-changed", by=by, at=at, thread=("user", user.id))
    return user
