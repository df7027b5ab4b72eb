"""Erasing a person: their rows go, their names are replaced, their salts are destroyed (P-38).

What the law wants kept stays: a signed contract with its text and the register, ten years (民法典
188, DA/T 103); and the journal, in which nobody can tell any more who the person was.
"""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.accounts.models import Ticket, User
from market.contracts.models import Contract
from market.contracts.rules import Status
from market.kernel.mail import Letter
from market.kernel.personal import forget
from market.parties.models import Invitation, Membership, Party, PartyPaper
from market.record.persons import own_parties, rows_of


def nobody(user_id: int) -> str:
    """What a person is called of whom nothing is known any more."""
    return f"已注销 erased person #{user_id}"


def clear(session: Session, user: User, *, at: datetime) -> list[tuple[str, int]]:
    """Take out all that names this person; gives whose salts must go once this is recorded."""
    subjects = [("user", user.id)]
    subjects += _clear_parties(session, user)
    subjects += _clear_address(session, user)
    for rows in rows_of(session, user.id).values():
        for row in rows:
            session.delete(row)
    user.roles, user.registry_id = [], None
    user.email, user.name = f"erased-{user.id}@invalid", nobody(user.id)
    user.password_hash = "-"  # noqa: S105  no password has this hash
    user.totp_secret = user.totp_since = user.totp_step = None
    user.password_changed_at = None
    user.erased_at = at
    session.flush()
    return subjects


def destroy(session: Session, subjects: list[tuple[str, int]]) -> None:
    """Destroy salts: what the journal committed to says nothing about anybody any more."""
    for subject in subjects:
        forget(session, subject)


def _clear_parties(session: Session, user: User) -> list[tuple[str, int]]:
    """A party that is this person alone loses what the law does not keep; elsewhere their name."""
    own = own_parties(session, user.id)
    for party in own:
        party.name_en = party.address = party.representative = party.contact = party.phone = ""
        if not _has_signed(session, party):
            party.name = nobody(user.id)
        for paper in session.scalars(select(PartyPaper).where(PartyPaper.party_id == party.id)):
            session.delete(paper)
    seats = select(Membership.party_id).where(Membership.user_id == user.id)
    named = or_(Party.contact == user.name, Party.representative == user.name)
    for party in session.scalars(select(Party).where(Party.id.in_(seats), named)):
        if party.contact == user.name:
            party.contact = party.phone = ""
        if party.representative == user.name:
            party.representative = ""
    return [("party", party.id) for party in own]


def _has_signed(session: Session, party: Party) -> bool:
    near = or_(Contract.seller_id == party.id, Contract.buyer_id == party.id)
    signed = Contract.status.in_([Status.SIGNED, Status.REPLACED])
    return session.scalar(select(Contract.id).where(near, signed).limit(1)) is not None


def _clear_address(session: Session, user: User) -> list[tuple[str, int]]:
    """Letters to an address, sent ones that name the person, tickets for it, invitations of it."""
    naming = Letter.sent_at.is_not(None) & Letter.plain.contains(user.name, autoescape=True)
    to_them = Letter.to_address == user.email
    for letter in session.scalars(select(Letter).where(or_(to_them, naming))):
        if letter.sent_at is None:
            session.delete(letter)
            continue
        letter.subject = letter.plain = letter.html = ""  # its key stays: it is not sent again
        if letter.to_address == user.email:
            letter.to_address = ""
    theirs = or_(Ticket.email == user.email, Ticket.user_id == user.id)
    tickets = {ticket.id: ticket for ticket in session.scalars(select(Ticket).where(theirs))}
    known = or_(Invitation.email == user.email, Invitation.ticket_id.in_(tickets))
    invited = list(session.scalars(select(Invitation).where(known)))
    for invitation in invited:
        invitation.email = f"erased-{invitation.id}@invalid"
        ticket = tickets.pop(invitation.ticket_id, None)
        if ticket is not None:  # the invitation stays, and hangs on it
            ticket.email, ticket.user_id = "", None
    for ticket in tickets.values():
        session.delete(ticket)
    session.flush()
    return [("invitation", invitation.id) for invitation in invited]
