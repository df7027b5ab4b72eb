"""Tickets: secrets sent by mail that open one thing once; and what ends with a password.

The secret has 256 bits and is in the letter only; the table keeps its SHA-256.
"""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from market.accounts.models import SignIn, Ticket
from market.accounts.rules import TICKET_LASTS, AccountRefusal, Purpose, ticket_refusal
from market.kernel.refusal import Refused, insist

SECRET_BYTES = 32


def new_secret() -> str:
    """A secret nobody guesses, in letters that an address can hold."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What the table keeps of a secret: its SHA-256, from which nobody gets back to it."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def issue(
    session: Session, purpose: Purpose, email: str, at: datetime, *, user_id: int | None = None
) -> tuple[Ticket, str]:
    """A new ticket and its secret; only the latest of a purpose for an address is good."""
    older = (Ticket.purpose == purpose) & (Ticket.email == email) & Ticket.used_at.is_(None)
    if purpose is not Purpose.INVITATION:  # several parties may invite one person
        session.execute(update(Ticket).where(older).values(used_at=at))
    secret = new_secret()
    ticket = Ticket(
        purpose=purpose,
        token_hash=digest(secret),
        email=email,
        user_id=user_id,
        made_at=at,
        expires_at=at + TICKET_LASTS[purpose],
    )
    session.add(ticket)
    session.flush()
    return ticket, secret


def good_ticket(
    session: Session, secret: str, purpose: Purpose, at: datetime, *, for_update: bool = False
) -> Ticket:
    """The ticket with this secret if it still opens; every fault of one is refused alike."""
    wanted = select(Ticket).where(Ticket.token_hash == digest(secret), Ticket.purpose == purpose)
    if for_update:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    ticket = session.scalars(wanted).first()
    if ticket is None:
        raise Refused(AccountRefusal.TICKET_SPENT)
    insist(ticket_refusal(ticket.expires_at, ticket.used_at, at))
    return ticket


def use(session: Session, secret: str, purpose: Purpose, at: datetime) -> Ticket:
    """The ticket with this secret, used up by this."""
    ticket = good_ticket(session, secret, purpose, at, for_update=True)
    ticket.used_at = at
    return ticket


def void_tickets(session: Session, user_id: int, email: str, at: datetime) -> None:
    """Nothing sent out before opens this person's account any more."""
    theirs = or_(Ticket.user_id == user_id, Ticket.email == email)
    still_open = Ticket.used_at.is_(None) & (Ticket.purpose != Purpose.INVITATION)
    session.execute(update(Ticket).where(theirs & still_open).values(used_at=at))


def end_sessions(session: Session, user_id: int, at: datetime, *, but: int | None = None) -> int:
    """End a person's sessions, all or all but one; the caller has locked the person."""
    live = (SignIn.user_id == user_id) & SignIn.ended_at.is_(None)
    ids = [each for each in session.scalars(select(SignIn.id).where(live)) if each != but]
    session.execute(update(SignIn).where(SignIn.id.in_(ids)).values(ended_at=at))
    return len(ids)
