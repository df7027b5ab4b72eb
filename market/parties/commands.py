"""Acts on parties: founding, papers, verification, suspension."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from market.accounts.rules import (
    AccountRefusal,
)
from market.kernel.authority import Actor, Seat
from market.kernel.clock import day_of
from market.kernel.db import Missing, get, lock, witness
from market.kernel.journal import record
from market.kernel.refusal import Refusal, Refused, insist
from market.parties.models import (
    Membership,
    Party,
    PartyPaper,
)
from market.parties.rules import (
    MOST_PAPERS,
    PaperKind,
    PartyFacts,
    PartyRefusal,
    park_refusal,
    party_refusal,
    restore_refusal,
    see_paper_refusal,
    send_back_refusal,
    show_refusal,
    suspend_refusal,
    take_back_refusal,
    uscc_refusal,
    verify_refusal,
)
from market.places.models import (
    Park,
    Region,
)

_FIELDS: dict[Refusal | None, str] = {
    AccountRefusal.NAME_RESERVED: "name",
    PartyRefusal.USCC_MISSING: "uscc",
    PartyRefusal.USCC_UNWANTED: "uscc",
    PartyRefusal.CLASS_MISFIT: "seller_class",
    PartyRefusal.NATURE_MISFIT: "nature",
    PartyRefusal.PAPER_DAY: "issued_on",
    PartyRefusal.REASON_MISSING: "why",
}


def found_party(session: Session, facts: PartyFacts, *, by: Actor, at: datetime) -> Party:
    """Found a party; its founder becomes its first signatory."""
    refusal = party_refusal(by, facts, at)
    insist(refusal, field=_FIELDS.get(refusal))
    region = get(session, Region, facts.region_code)
    park = get(session, Park, facts.park_code) if facts.park_code else None
    insist(
        park_refusal(region.city_code or region.code, park.city_code if park else None),
        field="park_code",
    )
    party = Party(**vars(facts), created_at=at)
    with witness(session, PartyRefusal.USCC_TAKEN):
        session.add(party)
    session.add(Membership(user_id=by.user_id, party_id=party.id, seat=Seat.SIGNATORY))
    record(
        session,
        "party.founded",
        by=by,
        at=at,
        thread=("party", party.id),
        uscc=party.uscc,
        check_ok=party.uscc_check_ok,
    )
    return party


def confirm_uscc(session: Session, party_id: int, *, by: Actor, at: datetime) -> Party:
    """Confirm a credit code whose check digit fails, having seen the licence (IDN-08)."""
    party = lock(session, Party, party_id)
    insist(uscc_refusal(by, check_ok=not party.uscc_doubtful, at=at))
    party.uscc_confirmed_by = by.user_id
    record(
        session, "party.uscc-confirmed", by=by, at=at, thread=("party", party.id), uscc=party.uscc
    )
    return party


def show_paper(
    session: Session,
    party_id: int,
    kind: PaperKind,
    reference: str,
    *,
    issued_by: str,
    issued_on: date | None,
    by: Actor,
    at: datetime,
) -> PartyPaper:
    """Note a paper that shows who the party is; papers sent back are so answered (REG-12)."""
    party = lock(session, Party, party_id)
    insist(show_refusal(by, party.known, at), most=MOST_PAPERS)
    if issued_on is not None and issued_on > day_of(at):
        raise Refused(PartyRefusal.PAPER_DAY, "issued_on")
    paper = PartyPaper(
        party_id=party_id,
        kind=kind,
        reference=reference,
        issued_by=issued_by,
        issued_on=issued_on,
        shown_at=at,
    )
    party.papers.append(paper)
    party.returned_why = ""
    session.flush()
    _record(session, "party.paper-shown", paper, by=by, at=at)
    return paper


def take_back_paper(
    session: Session, party_id: int, paper_id: int, *, by: Actor, at: datetime
) -> None:
    """Take a paper back that nobody of the market's staff has seen yet."""
    party, paper = _paper(session, party_id, paper_id)
    insist(take_back_refusal(by, party.known, at, seen=paper.seen_at is not None))
    party.papers.remove(paper)
    session.delete(paper)
    _record(session, "party.paper-taken-back", paper, by=by, at=at)


def see_paper(
    session: Session, party_id: int, paper_id: int, *, by: Actor, at: datetime
) -> PartyPaper:
    """Mark a paper seen, as an operator who holds it in hand."""
    party, paper = _paper(session, party_id, paper_id)
    insist(see_paper_refusal(by, party.known, at, seen=paper.seen_at is not None))
    paper.seen_at, paper.seen_by = at, by.user_id
    _record(session, "party.paper-seen", paper, by=by, at=at)
    return paper


def verify_party(session: Session, party_id: int, *, by: Actor, at: datetime) -> Party:
    """Verify a party: from here on the market's word stands beside its name."""
    party = lock(session, Party, party_id)
    known = party.known
    insist(verify_refusal(by, known, at), papers=known.lacking(known.seen))
    party.verified_at, party.verified_by, party.returned_why = at, by.user_id, ""
    record(session, "party.verified", by=by, at=at, thread=("party", party.id))
    return party


def send_papers_back(
    session: Session, party_id: int, why: str, *, by: Actor, at: datetime
) -> Party:
    """Send a party's papers back with the reason; it shows others and is looked at again."""
    party = lock(session, Party, party_id)
    refusal = send_back_refusal(by, party.known, at, why=why)
    insist(refusal, field=_FIELDS.get(refusal))
    party.returned_why = why
    record(session, "party.papers-returned", by=by, at=at, thread=("party", party.id), why=why)
    return party


def suspend_party(session: Session, party_id: int, why: str, *, by: Actor, at: datetime) -> Party:
    """Suspend a party: its people read, but act on nothing from their next request on."""
    party = lock(session, Party, party_id)
    refusal = suspend_refusal(by, party.known, at, why=why)
    insist(refusal, field=_FIELDS.get(refusal))
    party.suspended_at, party.suspended_why = at, why
    record(session, "party.suspended", by=by, at=at, thread=("party", party.id), why=why)
    return party


def restore_party(session: Session, party_id: int, *, by: Actor, at: datetime) -> Party:
    """Lift the suspension of a party."""
    party = lock(session, Party, party_id)
    insist(restore_refusal(by, party.known, at))
    party.suspended_at, party.suspended_why = None, ""
    record(session, "party.restored", by=by, at=at, thread=("party", party.id))
    return party


def _paper(session: Session, party_id: int, paper_id: int) -> tuple[Party, PartyPaper]:
    """The locked party and one of its papers; another party's paper is ``Missing``."""
    party = lock(session, Party, party_id)
    paper = lock(session, PartyPaper, paper_id)
    if paper.party_id != party_id:
        raise Missing("paper", paper_id)
    return party, paper


def _record(session: Session, act: str, paper: PartyPaper, *, by: Actor, at: datetime) -> None:
    record(
        session,
        act,
        by=by,
        at=at,
        thread=("party", paper.party_id),
        on=("paper", paper.id),
        kind=paper.kind.value,
    )
