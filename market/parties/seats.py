"""Who sits in a party: the law of seats and of the invitations that lead to them. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from market.kernel.authority import Act, Actor, Relation, Seat, WhoRefusal, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_

INVITATION_HOLDS = timedelta(days=14)
MOST_INVITED = 20
"""Letters that one party may cause in a day."""


class SeatRefusal(Refusal):
    """Why a seat is not given, changed or left."""

    SIGNATORIES_ONLY = (
        "signatories-only",
        N_("Only a signatory of the party decides who sits in it."),
    )
    LAST_SIGNATORY = (
        "last-signatory",
        N_("A party keeps one active signatory at least; give another member that seat first."),
    )
    MANY_INVITED = (
        "many-invited",
        N_("At most %(most)s invitations leave a party in a day. Please go on tomorrow."),
    )
    CLOSED = (
        "invitation-closed",
        N_("This invitation is closed: it was answered, withdrawn, or its time has run out."),
    )
    OTHER_ADDRESS = (
        "other-address",
        N_(
            "This invitation was sent to another address than yours. "
            "Sign in with the address that the letter came to."
        ),
    )
    SEATED = "seated", N_("You have a seat in this party already.")
    OFF_ALREADY = "member-off-already", N_("This member is suspended already.")
    ON_ALREADY = "member-on-already", N_("This member is not suspended.")
    NO_OFFICE = "no-office", N_("Only a transfer office binds a party by written authority.")
    HALF_AUTHORITY = (
        "half-authority",
        N_("Written authority has a reference and a last day: give both, or neither (REG-12)."),
    )
    AUTHORITY_PAST = "authority-past", N_("The authority's last day lies in the past.")

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this: who may not, what can never be, or not now."""
        if self in (SeatRefusal.SIGNATORIES_ONLY, SeatRefusal.OTHER_ADDRESS):
            return 403
        typed = (SeatRefusal.NO_OFFICE, SeatRefusal.HALF_AUTHORITY, SeatRefusal.AUTHORITY_PAST)
        return 422 if self in typed else 409


KEEP_MEMBERS = Act(
    "party.keep-members",
    N_("Invite members, change, suspend and end their seats"),
    relation=Relation.OWN,
    binding=True,
    su=True,
    article="REG-12",
)
WITHDRAW_INVITATION = Act(
    "party.withdraw-invitation",
    N_("Withdraw an invitation"),
    relation=Relation.OWN,
    binding=True,
)
OPEN_INVITATION = Act(
    "party.open-invitation", N_("Open an invitation by its link"), public=True, reads=True
)
ANSWER_INVITATION = Act("party.answer-invitation", N_("Accept or decline an invitation"))
LEAVE = Act("party.leave", N_("Leave a party"), su=True)
ACTS = (KEEP_MEMBERS, WITHDRAW_INVITATION, OPEN_INVITATION, ANSWER_INVITATION, LEAVE)


@dataclass(frozen=True)
class Holding:
    """A seat as given: a transfer office may hold the party's written authority (REG-12)."""

    seat: Seat
    authority_ref: str = ""
    authority_until: date | None = None


@dataclass(frozen=True)
class Sitting:
    """Who sits in a party at one instant, read under the party's lock.

    ``signatories`` are the persons who can bind it today: seated, and neither seat nor person
    suspended.
    """

    party_id: int
    signatories: frozenset[int] = frozenset()
    members: frozenset[int] = frozenset()
    suspended: bool = False

    def orphaned_by(self, user_id: int) -> bool:
        """Whether nobody could bind the party any more without this person."""
        return self.signatories == {user_id}


@dataclass(frozen=True)
class Offered:
    """An invitation at one instant, read under its party's lock."""

    party_id: int
    email: str
    expires_at: datetime
    answered: bool = False
    withdrawn: bool = False

    def open(self, at: datetime) -> bool:
        """Whether it can be accepted now."""
        return not self.answered and not self.withdrawn and at < self.expires_at


def keep_refusal(
    by: Actor, sitting: Sitting, at: datetime, act: Act = KEEP_MEMBERS
) -> Refusal | None:
    """A signatory acting for the party; a transfer office may bind the party, but not this."""
    near = {Relation.OWN} if by.party_id == sitting.party_id else set()
    who = who_refusal(act, by, at, near)
    if by.seat is not Seat.SIGNATORY and who in (None, WhoRefusal.NOT_SIGNATORY):
        return SeatRefusal.SIGNATORIES_ONLY
    return who


def invite_refusal(by: Actor, sitting: Sitting, at: datetime, *, lately: int) -> Refusal | None:
    """Whoever is invited, the answer is the same: nothing is learnt about an address (7 C 53)."""
    refusal = keep_refusal(by, sitting, at)
    if refusal is not None:
        return refusal
    return SeatRefusal.MANY_INVITED if lately >= MOST_INVITED else None


def withdraw_refusal(by: Actor, sitting: Sitting, offered: Offered, at: datetime) -> Refusal | None:
    """What is still open is withdrawn."""
    refusal = keep_refusal(by, sitting, at, WITHDRAW_INVITATION)
    if refusal is not None:
        return refusal
    return None if offered.open(at) else SeatRefusal.CLOSED


def answer_refusal(
    by: Actor, email: str, sitting: Sitting, offered: Offered, at: datetime
) -> Refusal | None:
    """The person of the address answers, once and in time; nobody sits twice."""
    who = who_refusal(ANSWER_INVITATION, by, at)
    if who is not None:
        return who
    if not offered.open(at):
        return SeatRefusal.CLOSED
    if email != offered.email:
        return SeatRefusal.OTHER_ADDRESS
    return SeatRefusal.SEATED if by.user_id in sitting.members else None


def accept_refusal(
    by: Actor, email: str, sitting: Sitting, offered: Offered, at: datetime
) -> Refusal | None:
    """Nobody joins a party that may act on nothing."""
    refusal = answer_refusal(by, email, sitting, offered, at)
    if refusal is not None:
        return refusal
    return WhoRefusal.PARTY_SUSPENDED if sitting.suspended else None


def change_refusal(
    by: Actor, sitting: Sitting, user_id: int, holding: Holding, today: date, at: datetime
) -> Refusal | None:
    """A seat is changed; the last signatory keeps theirs (REG-12 for the written authority)."""
    refusal = keep_refusal(by, sitting, at)
    if refusal is not None:
        return refusal
    if holding.seat is not Seat.TRANSFER_OFFICE:
        if holding.authority_ref or holding.authority_until:
            return SeatRefusal.NO_OFFICE
    elif bool(holding.authority_ref) is not (holding.authority_until is not None):
        return SeatRefusal.HALF_AUTHORITY
    elif holding.authority_until is not None and holding.authority_until < today:
        return SeatRefusal.AUTHORITY_PAST
    if holding.seat is not Seat.SIGNATORY and sitting.orphaned_by(user_id):
        return SeatRefusal.LAST_SIGNATORY
    return None


def suspend_member_refusal(
    by: Actor, sitting: Sitting, user_id: int, at: datetime, *, off: bool
) -> Refusal | None:
    """A member is suspended; not the last signatory."""
    refusal = keep_refusal(by, sitting, at)
    if refusal is not None:
        return refusal
    if off:
        return SeatRefusal.OFF_ALREADY
    return SeatRefusal.LAST_SIGNATORY if sitting.orphaned_by(user_id) else None


def restore_member_refusal(
    by: Actor, sitting: Sitting, at: datetime, *, off: bool
) -> Refusal | None:
    """A suspended member is restored."""
    refusal = keep_refusal(by, sitting, at)
    if refusal is not None:
        return refusal
    return None if off else SeatRefusal.ON_ALREADY


def remove_refusal(by: Actor, sitting: Sitting, user_id: int, at: datetime) -> Refusal | None:
    """A member's seat ends; not the last signatory's."""
    refusal = keep_refusal(by, sitting, at)
    if refusal is not None:
        return refusal
    return SeatRefusal.LAST_SIGNATORY if sitting.orphaned_by(user_id) else None


def leave_refusal(by: Actor, sitting: Sitting, at: datetime) -> Refusal | None:
    """Everybody may lay down their own seat but the last signatory."""
    who = who_refusal(LEAVE, by, at)
    if who is not None:
        return who
    return SeatRefusal.LAST_SIGNATORY if sitting.orphaned_by(by.user_id or 0) else None
