"""What pages read of talks."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.kernel.authority import Actor, Role
from market.kernel.db import Missing
from market.listings.models import Listing
from market.negotiation.models import Negotiation
from market.negotiation.rules import SEE, TalksStatus, relations, who_refusal


def get_negotiation(session: Session, negotiation_id: int, by: Actor, at: datetime) -> Negotiation:
    """The talks if this person sits at the table (or is the auditor); else ``Missing``."""
    talks = session.get(Negotiation, negotiation_id)
    if talks is None:
        raise Missing("negotiation", negotiation_id)
    near = relations(by, talks.table)
    if not by.has(Role.AUDITOR) and who_refusal(SEE, by, at, near) is not None:
        raise Missing("negotiation", negotiation_id)
    return talks


def find_open(session: Session, listing_id: int, buyer_id: int) -> Negotiation | None:
    """A company's open talks on a listing."""
    found = select(Negotiation).where(
        Negotiation.listing_id == listing_id,
        Negotiation.buyer_id == buyer_id,
        Negotiation.status == TalksStatus.OPEN,
    )
    return session.scalars(found).first()


def talks_of(session: Session, party_id: int) -> list[Negotiation]:
    """All talks of a party, on either side, the latest first."""
    near = or_(Negotiation.buyer_id == party_id, Listing.seller_id == party_id)
    found = select(Negotiation).join(Listing, Listing.id == Negotiation.listing_id).where(near)
    return list(session.scalars(found.order_by(Negotiation.id.desc())))


def talks_on(session: Session, listing_id: int) -> list[Negotiation]:
    """All talks on a listing, for its seller."""
    found = select(Negotiation).where(Negotiation.listing_id == listing_id)
    return list(session.scalars(found.order_by(Negotiation.id.desc())))
