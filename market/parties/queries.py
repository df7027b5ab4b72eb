"""What pages and upper slices read of parties."""

import re
from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, or_, select, text
from sqlalchemy.orm import Session

from market.accounts.models import Ticket, User
from market.kernel.authority import NEEDS_FACTOR, NOBODY, Actor, Relation, Seat, reads
from market.kernel.clock import end_of
from market.kernel.db import Missing, get
from market.kernel.paging import Page, paged
from market.kernel.refusal import Refused
from market.parties.models import (
    UNANSWERED,
    Invitation,
    Membership,
    Party,
    PartyPaper,
    Tie,
)
from market.parties.rules import SEE_PARTY, PartyRefusal
from market.parties.seats import Sitting
from market.parties.ties import kin
from market.places.models import (
    Registry,
    Territory,
    Venue,
)
from market.places.queries import venues
from market.places.rules import VenueKind


def find_actor(
    session: Session,
    user_id: int,
    party_id: int | None,
    *,
    factor: bool = True,
    case_no: str = "",
) -> Actor:
    """The person of this request, read anew; an unknown or foreign party falls back to their first.

    Suspended people are nobody, suspended seats are no seats. Without a second ``factor`` the roles
    that need one do not count.
    """
    user = session.get(User, user_id)
    if user is None or user.suspended_at is not None or user.erased_at is not None:
        return NOBODY
    held = {seat.party_id: seat for seat in seats_of(session, user_id) if not seat.suspended_at}
    seat = held.get(party_id or 0) or held.get(min(held, default=0))
    roles = frozenset(each.role for each in user.roles)
    asleep = frozenset() if factor else roles & NEEDS_FACTOR
    return Actor(
        user_id=user.id,
        name=user.name,
        roles=roles - asleep,
        asleep=asleep,
        party_id=seat.party_id if seat else None,
        seat=seat.seat if seat else None,
        bound_before=end_of(seat.authority_until) if seat and seat.authority_until else None,
        suspended_party=seat is not None and seat.party.suspended_at is not None,
        parties=frozenset(held),
        registry_id=user.registry_id,
        case_no=case_no,
    )


def get_party(session: Session, party_id: int) -> Party:
    """The party with this id."""
    return get(session, Party, party_id)


def seats_of(session: Session, user_id: int) -> list[Membership]:
    """The seats of a person, oldest first."""
    held = select(Membership).where(Membership.user_id == user_id).order_by(Membership.id)
    return list(session.scalars(held))


def find_party(session: Session, named: str) -> Party | None:
    """The party with this credit code, this id or, where no other bears it, this exact name.

    Names are free to repeat: a name of several parties is refused, never guessed.
    """
    known = Party.uscc == named.upper()
    if named.isascii() and named.isdigit() and len(named) < 10:
        known = or_(known, Party.id == int(named))
    exact = session.scalars(select(Party).where(known)).first()
    if exact is not None:
        return exact
    namesakes = session.scalars(select(Party).where(Party.name == named).limit(2)).all()
    if len(namesakes) > 1:
        raise Refused(PartyRefusal.NAME_SHARED)
    return namesakes[0] if namesakes else None


def find_counterparty(session: Session, named: str) -> Party | None:
    """The party of exactly this credit code, or of this name and number (``named_as``).

    A name alone finds nobody: it is not unique, and a draft shows the other side's particulars.
    """
    code = "".join(named.split()).upper()
    found = session.scalars(select(Party).where(Party.uscc == code)).first()
    if found is not None or (told := _NUMBERED.fullmatch(named.strip())) is None:
        return found
    party = session.get(Party, int(told["number"]))
    same = party is not None and _narrow(party.name) == _narrow(told["name"])
    return party if same else None


def named_as(party: Party) -> str:
    """How others name this party when they draft a contract with it."""
    return party.uscc or f"{party.name} {party.id}"


_NUMBERED = re.compile(r"(?P<name>.+?)\s+(?P<number>[1-9][0-9]{0,17})", re.DOTALL)


def _narrow(name: str) -> str:
    """Wide and narrow brackets, and spaces, make no difference."""
    return "".join(name.translate(_NARROW).split())


_NARROW = str.maketrans("（）", "()")


def get_visible_party(session: Session, party_id: int, by: Actor) -> Party:
    """The party for a member, an operator or an auditor; else ``Missing``, as if it never were.

    An administrator keeps people and a director reads figures; neither needs a party's papers or
    telephone. A registrar reads of a party what stands in the contract before them.
    """
    if not reads(SEE_PARTY, by, {Relation.OWN} if party_id in by.parties else ()):
        raise Missing("party", party_id)
    return get(session, Party, party_id)


def parties_page(session: Session, number: int, *, waiting: bool = False) -> Page[Party]:
    """All parties, or those that wait: doubtful codes first (IDN-08), then the newest."""
    doubtful = and_(Party.uscc_check_ok.is_(False), Party.uscc_confirmed_by.is_(None))
    found = select(Party)
    if waiting:
        found = found.where(or_(doubtful, waits_for_verification()))
    first = case((doubtful, 0), else_=1)
    return paged(session, found.order_by(first, Party.id.desc()), number)


def waits_for_verification() -> ColumnElement[bool]:
    """Papers are shown and neither led to a verification nor were sent back."""
    shown = select(PartyPaper.party_id)
    return and_(Party.verified_at.is_(None), Party.returned_why == "", Party.id.in_(shown))


def sitting(session: Session, party: Party) -> Sitting:
    """Who sits in a party, read afresh as columns, so that nothing remembered is used."""
    active = Membership.suspended_at.is_(None) & User.suspended_at.is_(None)
    rows = session.execute(
        select(Membership.user_id, Membership.seat, active.label("active"))
        .join(User, User.id == Membership.user_id)
        .where(Membership.party_id == party.id)
    ).all()
    return Sitting(
        party.id,
        signatories=frozenset(
            row.user_id for row in rows if row.active and row.seat is Seat.SIGNATORY
        ),
        members=frozenset(row.user_id for row in rows),
        suspended=party.suspended_at is not None,
    )


def get_member(session: Session, party_id: int, user_id: int) -> Membership:
    """The seat of a person in a party, read afresh; a stranger's is ``Missing``."""
    found = select(Membership).where(Membership.party_id == party_id, Membership.user_id == user_id)
    member = session.scalars(found.execution_options(populate_existing=True)).first()
    if member is None:
        raise Missing("member", user_id)
    return member


def members(session: Session, party_id: int) -> list[Membership]:
    """The people of a party."""
    found = select(Membership).where(Membership.party_id == party_id).order_by(Membership.id)
    return list(session.scalars(found))


def open_invitations(session: Session, party_id: int) -> list[Invitation]:
    """The invitations of a party that were neither answered nor withdrawn, the latest first."""
    unanswered = select(Invitation).where(Invitation.party_id == party_id, text(UNANSWERED))
    return list(session.scalars(unanswered.order_by(Invitation.id.desc())))


def find_invitation(session: Session, token_hash: str, at: datetime) -> Invitation | None:
    """The invitation that a letter's link opens; None where it opens nothing any more."""
    found = select(Invitation).join(Ticket, Ticket.id == Invitation.ticket_id)
    invitation = session.scalars(found.where(Ticket.token_hash == token_hash)).first()
    return invitation if invitation is not None and invitation.offered.open(at) else None


def waiting_parties(session: Session) -> list[Party]:
    """Parties that have shown papers and wait for an operator's word, the longest wait first."""
    waiting = select(Party).where(waits_for_verification())
    return list(session.scalars(waiting.order_by(Party.id)))


def ties_of(session: Session, party_id: int) -> list[Tie]:
    """All ties of a party, also ended ones, the present first."""
    near = or_(Tie.holder_id == party_id, Tie.held_id == party_id)
    return list(
        session.scalars(select(Tie).where(near).order_by(Tie.ended_on.is_not(None), Tie.id.desc()))
    )


def get_tie(session: Session, party_id: int, tie_id: int) -> Tie:
    """A tie of this party; another's is ``Missing``."""
    tie = session.get(Tie, tie_id)
    if tie is None or party_id not in (tie.holder_id, tie.held_id):
        raise Missing("tie", tie_id)
    return tie


def related_parties(
    session: Session, of: Collection[int], on: date, share_bp: int
) -> frozenset[int]:
    """All parties related to any of these on a day: by a person in both, by control, by equity.

    ``share_bp`` is the share from which a holding relates, a parameter of the rulebook. Whoever
    stands in this set is an affiliate in the sense of P-19 (a bidder barred from a lot).
    """
    if not of:
        return frozenset()
    in_force = select(Tie).where(Tie.since_on <= on, or_(Tie.ended_on.is_(None), Tie.ended_on > on))
    by_ties = kin([tie.bond for tie in session.scalars(in_force)], of, share_bp)
    people = select(Membership.user_id).where(Membership.party_id.in_(of))
    sharing = select(Membership.party_id).where(Membership.user_id.in_(people))
    return (by_ties | frozenset(session.scalars(sharing))) - frozenset(of)


def find_venue_for(session: Session, party: Party) -> Venue | None:
    """The venue nearest to a party: of its district, of its city, or the market itself."""
    near = {party.region_code: 0, party.city_code: 1}
    known = venues(session)
    fitting = [v for v in known if v.region_code in near]
    if fitting:
        return min(fitting, key=lambda v: (near[v.region_code], v.id))
    return next((v for v in known if v.kind is VenueKind.MARKET), None)


def find_registry_for(session: Session, party: Party) -> Registry | None:
    """The registry of the territory in which a party is (REG-11); district before city."""
    for code in (party.region_code, party.city_code):
        place = session.get(Territory, code)
        if place is not None:
            return session.get(Registry, place.registry_id)
    return None


def doubtful_parties(session: Session) -> list[Party]:
    """Parties whose credit code fails its check digit and waits for a person's word (IDN-08)."""
    waiting = select(Party).where(Party.uscc_check_ok.is_(False), Party.uscc_confirmed_by.is_(None))
    return list(session.scalars(waiting.order_by(Party.id)))


def party_names(session: Session, ids: set[int]) -> dict[int, str]:
    """Names of parties by id."""
    found = select(Party.id, Party.name).where(Party.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}
