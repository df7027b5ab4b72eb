"""Acts on members, on both engines."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.models import Ticket, User
from market.kernel.authority import Actor, Role, Seat
from market.kernel.clock import day_of
from market.kernel.db import Missing
from market.kernel.journal import timeline
from market.kernel.refusal import Refusal, Refused
from market.parties import member_commands as commands
from market.parties.models import Invitation, Membership
from market.parties.queries import find_actor, find_invitation, open_invitations
from market.parties.seats import INVITATION_HOLDS, Holding, SeatRefusal
from tests import make


def refused(said: Refusal, field: str | None = None) -> "pytest.RaisesExc[Refused]":
    def fits(error: Refused) -> bool:
        return error.refusal is said and field in (None, error.field)

    return pytest.RaisesExc(Refused, check=fits)


def invited(s: Session, by: Actor, email: str, at: datetime, token: str = "a" * 64) -> Invitation:
    assert by.party_id is not None
    return commands.invite(s, by.party_id, email, Seat.EDITOR, token_hash=token, by=by, at=at)


def test_an_invitation_becomes_a_seat_once(session: Session, at: datetime) -> None:
    party, signatory = make.party(session, at=at)
    guest = make.user(session, Role.RESEARCHER, at=at)
    invitation = invited(session, signatory, guest.email, at)
    assert find_invitation(session, "a" * 64, at) is invitation
    by = make.actor(session, guest, at)
    commands.accept_invitation(session, invitation.id, by=by, at=at)
    seated = make.actor(session, guest, at)
    assert (seated.party_id, seated.seat) == (party.id, Seat.EDITOR)
    assert find_invitation(session, "a" * 64, at) is None
    with refused(SeatRefusal.CLOSED):
        commands.accept_invitation(session, invitation.id, by=by, at=at)
    acts = [entry.act for entry in timeline(session, [("party", party.id)])]
    assert acts[-2:] == ["party.member-invited", "party.invitation-accepted"]
    told = [entry.facts for entry in timeline(session, [("party", party.id)])]
    assert not any(guest.email in each for each in told), "an address is no business of the chain"


def test_an_invitation_opens_nothing_after_its_time_or_its_withdrawal(
    session: Session, at: datetime
) -> None:
    party, signatory = make.party(session, at=at)
    late = at + INVITATION_HOLDS
    first = invited(session, signatory, "li@x.example", at)
    assert find_invitation(session, "a" * 64, late - timedelta(seconds=1)) is first
    assert find_invitation(session, "a" * 64, late) is None
    commands.withdraw_invitation(session, party.id, first.id, by=signatory, at=at)
    assert find_invitation(session, "a" * 64, at) is None
    with refused(SeatRefusal.CLOSED):
        commands.withdraw_invitation(session, party.id, first.id, by=signatory, at=at)


def test_who_is_invited_anew_has_one_open_invitation(session: Session, at: datetime) -> None:
    party, signatory = make.party(session, at=at)
    invited(session, signatory, "li@x.example", at)
    second = invited(session, signatory, "li@x.example", at, token="b" * 64)
    assert open_invitations(session, party.id) == [second]
    assert find_invitation(session, "a" * 64, at) is None


def test_the_database_keeps_one_open_invitation_of_an_address(
    session: Session, at: datetime
) -> None:
    _, signatory = make.party(session, at=at)
    first = invited(session, signatory, "li@x.example", at)
    ticket = Ticket(
        purpose=first.ticket.purpose,
        token_hash="c" * 64,
        email=first.email,
        made_at=at,
        expires_at=at,
    )
    session.add(ticket)
    session.flush()
    again = insert(Invitation).values(
        party_id=first.party_id,
        email=first.email,
        seat=Seat.EDITOR,
        ticket_id=ticket.id,
        invited_by=signatory.user_id,
        invited_at=at,
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(again)


@pytest.mark.parametrize("whose", ["own", "member", "foreign", "nobody"])
def test_inviting_is_the_same_whoever_has_the_address(
    session: Session, at: datetime, whose: str
) -> None:
    party, signatory = make.party(session, at=at)
    other, stranger = make.party(session, at=at)
    seated = make.member(session, signatory, Seat.EDITOR, at=at)
    people = {"own": signatory, "member": seated, "foreign": stranger}
    known = people.get(whose)
    user = session.get_one(User, known.user_id) if known else None
    email = user.email if user else "nobody@x.example"
    invitation = invited(session, signatory, email, at)
    assert (invitation.email, invitation.ticket.user_id) == (email, None)
    assert open_invitations(session, party.id) == [invitation]
    if whose in ("own", "member"):
        assert known is not None
        with refused(SeatRefusal.SEATED):
            commands.accept_invitation(session, invitation.id, by=known, at=at)
    elif known is not None:
        commands.accept_invitation(session, invitation.id, by=known, at=at)
        assert user is not None
        assert find_actor(session, user.id, party.id).parties == {party.id, other.id}


def test_an_invitation_is_bound_to_its_address(session: Session, at: datetime) -> None:
    _, signatory = make.party(session, at=at)
    other = make.actor(session, make.user(session, Role.COMPANY, at=at), at)
    invitation = invited(session, signatory, "li@x.example", at)
    for answer in (commands.accept_invitation, commands.decline_invitation):
        with refused(SeatRefusal.OTHER_ADDRESS):
            answer(session, invitation.id, by=other, at=at)


def test_a_declined_invitation_gives_no_seat(session: Session, at: datetime) -> None:
    party, signatory = make.party(session, at=at)
    guest = make.user(session, at=at)
    invitation = invited(session, signatory, guest.email, at)
    by = make.actor(session, guest, at)
    commands.decline_invitation(session, invitation.id, by=by, at=at)
    assert make.actor(session, guest, at).parties == frozenset()
    assert open_invitations(session, party.id) == []


def test_who_has_no_role_takes_those_that_a_seat_needs(session: Session, at: datetime) -> None:
    _, signatory = make.party(session, at=at)
    plain, broker = make.user(session, at=at), make.user(session, Role.BROKER, at=at)
    taken = make.member(session, signatory, Seat.EDITOR, at=at, person=plain)
    kept = make.member(session, signatory, Seat.EDITOR, at=at, person=broker)
    assert taken.roles == {Role.RESEARCHER, Role.COMPANY}
    assert kept.roles == {Role.BROKER}


def test_at_most_twenty_letters_leave_a_party_in_a_day(session: Session, at: datetime) -> None:
    _, signatory = make.party(session, at=at)
    for number in range(20):
        invited(session, signatory, f"p{number}@x.example", at, token=f"{number:064d}")
    with refused(SeatRefusal.MANY_INVITED):
        invited(session, signatory, "one.more@x.example", at, token="d" * 64)


def test_a_seat_is_changed_and_a_transfer_office_gets_its_authority(
    session: Session, at: datetime
) -> None:
    party, signatory = make.party(session, at=at)
    editor = make.member(session, signatory, Seat.EDITOR, at=at)
    assert editor.user_id is not None
    assert not editor.binds(at)
    last = day_of(at) + timedelta(days=9)
    holding = Holding(Seat.TRANSFER_OFFICE, "授权书 2026-7", last)
    commands.change_seat(session, party.id, editor.user_id, holding, by=signatory, at=at)
    office = find_actor(session, editor.user_id, party.id)
    assert office.binds(at)
    assert not office.binds(at + timedelta(days=10))
    plain = Holding(Seat.TRANSFER_OFFICE, "", last)
    with refused(SeatRefusal.HALF_AUTHORITY, "authority_until"):
        commands.change_seat(session, party.id, editor.user_id, plain, by=signatory, at=at)


def test_a_suspended_member_has_no_seat_until_restored(session: Session, at: datetime) -> None:
    party, signatory = make.party(session, at=at)
    editor = make.member(session, signatory, Seat.EDITOR, at=at)
    assert editor.user_id is not None
    commands.suspend_member(session, party.id, editor.user_id, by=signatory, at=at)
    assert find_actor(session, editor.user_id, party.id).party_id is None
    commands.restore_member(session, party.id, editor.user_id, by=signatory, at=at)
    assert find_actor(session, editor.user_id, party.id).seat is Seat.EDITOR


def test_a_seat_ends_by_a_signatory_or_by_its_holder(session: Session, at: datetime) -> None:
    party, signatory = make.party(session, at=at)
    one, two = (make.member(session, signatory, Seat.EDITOR, at=at) for _ in range(2))
    assert one.user_id is not None
    commands.remove_member(session, party.id, one.user_id, by=signatory, at=at)
    commands.leave_party(session, party.id, by=two, at=at)
    left = session.scalars(select(Membership.user_id).where(Membership.party_id == party.id))
    assert list(left) == [signatory.user_id]
    with refused(SeatRefusal.LAST_SIGNATORY):
        commands.leave_party(session, party.id, by=signatory, at=at)


def test_a_suspended_signatory_does_not_count_as_one(session: Session, at: datetime) -> None:
    party, signatory = make.party(session, at=at)
    second = make.member(session, signatory, Seat.SIGNATORY, at=at)
    assert second.user_id is not None
    commands.suspend_member(session, party.id, second.user_id, by=signatory, at=at)
    with refused(SeatRefusal.LAST_SIGNATORY):
        commands.leave_party(session, party.id, by=signatory, at=at)


def test_another_partys_members_and_invitations_are_as_none(session: Session, at: datetime) -> None:
    party, signatory = make.party(session, at=at)
    _, stranger = make.party(session, at=at)
    theirs = invited(session, stranger, "li@x.example", at)
    assert stranger.user_id is not None
    with pytest.raises(Missing):
        commands.suspend_member(session, party.id, stranger.user_id, by=signatory, at=at)
    with pytest.raises(Missing):
        commands.withdraw_invitation(session, party.id, theirs.id, by=signatory, at=at)
    with pytest.raises(Missing):
        commands.accept_invitation(session, 10**9, by=stranger, at=at)


@pytest.mark.parametrize(
    "values",
    [
        {"seat": Seat.EDITOR, "authority_ref": "授权书", "authority_until": "day"},
        {"seat": Seat.TRANSFER_OFFICE, "authority_ref": "授权书"},
        {"seat": Seat.TRANSFER_OFFICE, "authority_until": "day"},
    ],
)
def test_the_database_keeps_authority_whole_and_with_its_office(
    session: Session, at: datetime, values: dict[str, object]
) -> None:
    party, _ = make.party(session, at=at)
    person = make.user(session, at=at)
    given = {name: day_of(at) if each == "day" else each for name, each in values.items()}
    row = {"authority_ref": "", **given, "party_id": party.id, "user_id": person.id}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Membership).values(**row))
