"""What pages read of talks."""

from datetime import datetime

from sqlalchemy import Select, and_, case, or_, select
from sqlalchemy.orm import Session

from market.kernel.authority import Actor, between, who_refusal
from market.kernel.db import Missing, insist_on_sight
from market.kernel.paging import Page, paged
from market.listings.models import Listing
from market.listings.rules import Status
from market.negotiation.models import Negotiation, Offer
from market.negotiation.rules import SEE, OfferStatus, Side, TalksStatus, Waiting


def get_negotiation(session: Session, negotiation_id: int, by: Actor, at: datetime) -> Negotiation:
    """The talks if this person sits at the table; else ``Missing``.

    An auditor reads them under a case number, and is told so.
    """
    sides = select(Listing.seller_id, Negotiation.buyer_id).join(Negotiation.listing)
    found = session.execute(sides.where(Negotiation.id == negotiation_id)).first()
    if found is None:
        raise Missing("negotiation", negotiation_id)
    insist_on_sight(who_refusal(SEE, by, at, between(by, found)), "negotiation", negotiation_id)
    return session.get_one(Negotiation, negotiation_id)


def find_open(session: Session, listing_id: int, buyer_id: int) -> Negotiation | None:
    """A company's open talks on a listing."""
    found = select(Negotiation).where(
        Negotiation.listing_id == listing_id,
        Negotiation.buyer_id == buyer_id,
        Negotiation.status == TalksStatus.OPEN,
    )
    return session.scalars(found).first()


def talks_page(
    session: Session, party_id: int | None, number: int, at: datetime
) -> Page[tuple[Negotiation, str]]:
    """One page of a party's talks on either side, each with the value of its ``Waiting``.

    What waits for the party comes first, closed talks last; among equals the latest first.
    """
    own = or_(
        and_(Listing.seller_id == party_id, Offer.side == Side.SELLER),
        and_(Negotiation.buyer_id == party_id, Offer.side == Side.BUYER),
    )
    over = or_(Negotiation.status != TalksStatus.OPEN, Listing.status != Status.PUBLISHED)
    stands = and_(Offer.expires_at > at, Offer.made_at >= Listing.published_at)
    theirs = and_(Offer.id.is_not(None), own, stands)
    order = case((over, 2), (theirs, 1), else_=0)
    waiting = case((over, Waiting.CLOSED.value), (theirs, Waiting.THEIRS.value), else_="mine")
    standing = and_(Offer.negotiation_id == Negotiation.id, Offer.status == OfferStatus.STANDING)
    found = (
        select(Negotiation, waiting)
        .join(Listing, Listing.id == Negotiation.listing_id)
        .outerjoin(Offer, standing)
        .where(or_(Negotiation.buyer_id == party_id, Listing.seller_id == party_id))
        .order_by(order, Negotiation.id.desc())
    )
    return paged(session, found, number)


def talks_on(session: Session, listing_id: int, number: int) -> Page[Negotiation]:
    """One page of all talks on a listing, for its seller; the latest first."""
    return paged(session, _on(listing_id), number)


def own_talks_on(session: Session, listing_id: int, buyer_id: int | None) -> list[Negotiation]:
    """All talks that a company ever had on a listing, the latest first."""
    return list(session.scalars(_on(listing_id).where(Negotiation.buyer_id == buyer_id)))


def _on(listing_id: int) -> Select[Negotiation]:
    found = select(Negotiation).where(Negotiation.listing_id == listing_id)
    return found.order_by(Negotiation.id.desc())
