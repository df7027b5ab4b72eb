"""Acts on parties and their members."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.rules import (
    AccountRefusal,
)
from market.kernel.authority import Actor, Seat
from market.kernel.db import get, lock, witness
from market.kernel.journal import record
from market.kernel.refusal import Refusal, insist
from market.parties.models import (
    Membership,
    Party,
)
from market.parties.rules import (
    PartyFacts,
    PartyRefusal,
    park_refusal,
    party_refusal,
    uscc_refusal,
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
