"""Acts on a party's members: inviting, answering, changing, suspending, ending a seat.

Each locks the party's row first, so that of two signatories who remove each other at the same
instant one stays.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.commands import join_market
from market.accounts.models import Ticket
from market.accounts.queries import get_user
from market.accounts.rules import Purpose
from market.kernel.authority import Actor, Seat
from market.kernel.clock import day_of
from market.kernel.db import Missing, lock, witness
from market.kernel.journal import record
from market.kernel.refusal import Refusal, insist
from market.parties.models import Invitation, Membership, Party
from market.parties.queries import get_member, open_invitations, sitting
from market.parties.seats import (
    INVITATION_HOLDS,
    MOST_INVITED,
    Holding,
    SeatRefusal,
    accept_refusal,
    answer_refusal,
    change_refusal,
    invite_refusal,
    leave_refusal,
    remove_refusal,
    restore_member_refusal,
    suspend_member_refusal,
    withdraw_refusal,
)

_FIELDS: dict[Refusal | None, str] = {
    SeatRefusal.NO_OFFICE: "authority_ref",
    SeatRefusal.HALF_AUTHORITY: "authority_until",
    SeatRefusal.AUTHORITY_PAST: "authority_until",
    SeatRefusal.LAST_SIGNATORY: "seat",
}


def invite(
    session: Session,
    party_id: int,
    email: str,
    seat: Seat,
    *,
    token_hash: str,
    by: Actor,
    at: datetime,
) -> Invitation:
    """Offer a seat to an address; an earlier open offer to it is withdrawn.

    Nothing is asked about the address: whoever has it, the answer is the same (7 C 53).
    """
    party = lock(session, Party, party_id)
    insist(
        invite_refusal(by, sitting(session, party), at, lately=_lately(session, party_id, at)),
        most=MOST_INVITED,
    )
    for earlier in open_invitations(session, party_id):
        if earlier.email == email:
            earlier.withdrawn_at = at
    session.flush()
    ticket = Ticket(
        purpose=Purpose.INVITATION,
        token_hash=token_hash,
        email=email,
        made_at=at,
        expires_at=at + INVITATION_HOLDS,
    )
    invitation = Invitation(
        party=party,
        email=email,
        seat=seat,
        ticket=ticket,
        invited_by=by.user_id,
        invited_at=at,
    )
    session.add(invitation)
    session.flush()
    _record(session, "party.member-invited", party, invitation, by=by, at=at, seat=seat.value)
    return invitation


def withdraw_invitation(
    session: Session, party_id: int, invitation_id: int, *, by: Actor, at: datetime
) -> Invitation:
    """Withdraw an invitation: its link opens nothing any more."""
    party = lock(session, Party, party_id)
    invitation = lock(session, Invitation, invitation_id)
    if invitation.party_id != party_id:
        raise Missing("invitation", invitation_id)
    insist(withdraw_refusal(by, sitting(session, party), invitation.offered, at))
    invitation.withdrawn_at = at
    _record(session, "party.invitation-withdrawn", party, invitation, by=by, at=at)
    return invitation


def accept_invitation(
    session: Session, invitation_id: int, *, by: Actor, at: datetime
) -> Membership:
    """Take the seat that was offered to one's own address, once and in time."""
    party, invitation = _answered(session, invitation_id)
    email = get_user(session, by.user_id or 0).email
    insist(accept_refusal(by, email, sitting(session, party), invitation.offered, at))
    invitation.accepted_at = invitation.ticket.used_at = at
    member = Membership(user_id=by.user_id, party_id=party.id, seat=invitation.seat)
    with witness(session, SeatRefusal.SEATED):
        session.add(member)
    seat = invitation.seat.value
    _record(session, "party.invitation-accepted", party, invitation, by=by, at=at, seat=seat)
    join_market(session, member.user_id, by=by, at=at)
    return member


def decline_invitation(
    session: Session, invitation_id: int, *, by: Actor, at: datetime
) -> Invitation:
    """Say no to a seat that was offered to one's own address."""
    party, invitation = _answered(session, invitation_id)
    email = get_user(session, by.user_id or 0).email
    insist(answer_refusal(by, email, sitting(session, party), invitation.offered, at))
    invitation.declined_at = invitation.ticket.used_at = at
    _record(session, "party.invitation-declined", party, invitation, by=by, at=at)
    return invitation


def change_seat(
    session: Session,
    party_id: int,
    user_id: int,
    holding: Holding,
    *,
    by: Actor,
    at: datetime,
) -> Membership:
    """Give a member another seat, or a transfer office its written authority (REG-12)."""
    party = lock(session, Party, party_id)
    member = get_member(session, party_id, user_id)
    now_sitting = sitting(session, party)
    refusal = change_refusal(by, now_sitting, user_id, holding, day_of(at), at)
    insist(refusal, field=_FIELDS.get(refusal))
    was, member.seat = member.seat, holding.seat
    member.authority_ref, member.authority_until = holding.authority_ref, holding.authority_until
    until = holding.authority_until
    _record(
        session,
        "party.seat-changed",
        party,
        member,
        by=by,
        at=at,
        seat=member.seat.value,
        was=was.value,
        until_day=until.isoformat() if until else None,
    )
    return member


def suspend_member(
    session: Session, party_id: int, user_id: int, *, by: Actor, at: datetime
) -> Membership:
    """Suspend a member: from their next request on they have no seat in this party."""
    party = lock(session, Party, party_id)
    member = get_member(session, party_id, user_id)
    off = member.suspended_at is not None
    insist(suspend_member_refusal(by, sitting(session, party), user_id, at, off=off))
    member.suspended_at = at
    _record(session, "party.member-suspended", party, member, by=by, at=at)
    return member


def restore_member(
    session: Session, party_id: int, user_id: int, *, by: Actor, at: datetime
) -> Membership:
    """Give a suspended member their seat back."""
    party = lock(session, Party, party_id)
    member = get_member(session, party_id, user_id)
    off = member.suspended_at is not None
    insist(restore_member_refusal(by, sitting(session, party), at, off=off))
    member.suspended_at = None
    _record(session, "party.member-restored", party, member, by=by, at=at)
    return member


def remove_member(
    session: Session, party_id: int, user_id: int, *, by: Actor, at: datetime
) -> None:
    """End a member's seat; what they did for the party stays in the journal under their name."""
    party = lock(session, Party, party_id)
    member = get_member(session, party_id, user_id)
    insist(remove_refusal(by, sitting(session, party), user_id, at))
    session.delete(member)
    _record(session, "party.member-removed", party, member, by=by, at=at, seat=member.seat.value)


def leave_party(session: Session, party_id: int, *, by: Actor, at: datetime) -> None:
    """Lay one's own seat down."""
    party = lock(session, Party, party_id)
    member = get_member(session, party_id, by.user_id or 0)
    insist(leave_refusal(by, sitting(session, party), at))
    session.delete(member)
    _record(session, "party.member-left", party, member, by=by, at=at, seat=member.seat.value)


def _answered(session: Session, invitation_id: int) -> tuple[Party, Invitation]:
    found = session.get(Invitation, invitation_id)
    if found is None:
        raise Missing("invitation", invitation_id)
    party = lock(session, Party, found.party_id)
    return party, lock(session, Invitation, invitation_id)


def _lately(session: Session, party_id: int, at: datetime) -> int:
    since = at - timedelta(days=1)
    sent = select(func.count()).where(
        Invitation.party_id == party_id, Invitation.invited_at > since
    )
    return session.scalar(sent) or 0


def _record(
    session: Session,
    act: str,
    party: Party,
    on: Invitation | Membership,
    *,
    by: Actor,
    at: datetime,
    **facts: object,
) -> None:
    """One entry in the party's thread: on the invitation, or on the member it is about."""
    subject = ("invitation", on.id) if isinstance(on, Invitation) else ("user", on.user_id)
    record(session, act, by=by, at=at, thread=("party", party.id), on=subject, **facts)
