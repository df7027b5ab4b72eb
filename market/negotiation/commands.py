"""Acts at the table. Each locks the listing first, so that no two modes or tables race."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.deals.commands import strike
from market.deals.models import Deal
from market.kernel.authority import Actor
from market.kernel.clock import day_of
from market.kernel.db import get, lock, witness
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.refusal import insist
from market.listings.models import Listing
from market.listings.rules import Status
from market.listings.sheet import Mode
from market.negotiation.models import Negotiation, Offer
from market.negotiation.rules import (
    OfferStatus,
    Side,
    TalksRefusal,
    TalksStatus,
    accept_refusal,
    end_refusal,
    expiry_refusal,
    offer_refusal,
    open_refusal,
    refuse_refusal,
    side_of,
    take_back_refusal,
)
from market.rulebook.queries import law


def open_talks(
    session: Session,
    listing_id: int,
    price: Money,
    expires_at: datetime,
    *,
    by: Actor,
    at: datetime,
    message: str = "",
) -> Negotiation:
    """Open talks on a listing with a first offer of the buyer."""
    listing = lock(session, Listing, listing_id)
    insist(
        open_refusal(
            by,
            seller_id=listing.seller_id,
            seller_class=listing.seller.seller_class,
            live=listing.status is Status.PUBLISHED and listing.mode is Mode.NEGOTIATION,
            at=at,
            term_ends_at=listing.term_ends_at,
        )
    )
    days = law(session, day_of(at)).number("neg.offer_days_most")
    insist(expiry_refusal(at, expires_at, days), field="expires_on", days=days)
    talks = Negotiation(listing_id=listing.id, buyer_id=by.party_id, status=TalksStatus.OPEN)
    talks.opened_at = at
    with witness(session, TalksRefusal.TALKS_EXIST):
        session.add(talks)
    record(
        session,
        "negotiation.opened",
        by=by,
        at=at,
        thread=("listing", listing.id),
        on=("negotiation", talks.id),
    )
    _put(session, talks, Side.BUYER, price, message, expires_at, by=by, at=at)
    return talks


def make_offer(
    session: Session,
    negotiation_id: int,
    price: Money,
    expires_at: datetime,
    *,
    by: Actor,
    at: datetime,
    message: str = "",
) -> Negotiation:
    """Put a new offer on the table; it answers the other side's, which stands no more."""
    talks = _locked(session, negotiation_id)
    insist(offer_refusal(by, talks.table, at))
    days = law(session, day_of(at)).number("neg.offer_days_most")
    insist(expiry_refusal(at, expires_at, days), field="expires_on", days=days)
    side = side_of(by, talks.table)
    assert side is not None, "the rule let only the two sides pass"
    standing = talks.standing
    if standing is not None:
        shown = standing.shown(at)
        standing.status = OfferStatus.COUNTERED if shown is OfferStatus.STANDING else shown
        session.flush()
    _put(session, talks, side, price, message, expires_at, by=by, at=at)
    return talks


def accept_offer(
    session: Session,
    negotiation_id: int,
    *,
    offer_id: int,
    price: Money,
    by: Actor,
    at: datetime,
) -> Deal:
    """Accept the other side's standing offer at the exact price seen: strikes the deal."""
    talks = _locked(session, negotiation_id)
    insist(accept_refusal(by, talks.table, at, seen=(offer_id, price)))
    standing = talks.standing
    assert standing is not None, "the rule saw a standing offer"
    deal = strike(
        session, talks.listing, buyer_id=talks.buyer_id, price=standing.price, by=by, at=at
    )
    standing.status = OfferStatus.ACCEPTED
    talks.status = TalksStatus.AGREED
    talks.deal_id = deal.id
    record(
        session,
        "negotiation.offer-accepted",
        by=by,
        at=at,
        thread=("listing", talks.listing_id),
        on=("negotiation", talks.id),
        offer=standing.id,
        price=price.minor,
    )
    return deal


def refuse_offer(session: Session, negotiation_id: int, *, by: Actor, at: datetime) -> Negotiation:
    """Refuse the other side's standing offer; the talks go on."""
    talks = _locked(session, negotiation_id)
    insist(refuse_refusal(by, talks.table, at))
    return _answer(session, talks, OfferStatus.REFUSED, "negotiation.offer-refused", by=by, at=at)


def take_back_offer(
    session: Session, negotiation_id: int, *, by: Actor, at: datetime
) -> Negotiation:
    """Take one's own standing offer back before it is answered."""
    talks = _locked(session, negotiation_id)
    insist(take_back_refusal(by, talks.table, at))
    return _answer(
        session, talks, OfferStatus.WITHDRAWN, "negotiation.offer-taken-back", by=by, at=at
    )


def end_talks(session: Session, negotiation_id: int, *, by: Actor, at: datetime) -> Negotiation:
    """End the talks without agreement; a standing offer falls with them."""
    talks = _locked(session, negotiation_id)
    insist(end_refusal(by, talks.table, at))
    if talks.standing is not None:
        own = talks.standing.side is side_of(by, talks.table)
        talks.standing.status = OfferStatus.WITHDRAWN if own else OfferStatus.REFUSED
    talks.status = TalksStatus.ENDED
    record(
        session,
        "negotiation.ended",
        by=by,
        at=at,
        thread=("listing", talks.listing_id),
        on=("negotiation", talks.id),
    )
    return talks


def _locked(session: Session, negotiation_id: int) -> Negotiation:
    """The talks, read afresh under the lock of their listing."""
    listing_id = get(session, Negotiation, negotiation_id).listing_id
    lock(session, Listing, listing_id)
    return lock(session, Negotiation, negotiation_id)


def _put(
    session: Session,
    talks: Negotiation,
    side: Side,
    price: Money,
    message: str,
    expires_at: datetime,
    *,
    by: Actor,
    at: datetime,
) -> None:
    offer = Offer(
        negotiation_id=talks.id,
        seq=len(talks.offers) + 1,
        side=side,
        price_minor=price.minor,
        price_currency=price.currency,
        message=message,
        status=OfferStatus.STANDING,
        made_by=by.user_id,
        made_at=at,
        expires_at=expires_at,
    )
    session.add(offer)
    session.flush()
    session.refresh(talks)
    record(
        session,
        "negotiation.offer-made",
        by=by,
        at=at,
        thread=("listing", talks.listing_id),
        on=("negotiation", talks.id),
        offer=offer.id,
        price=price.minor,
        side=side.value,
        until=expires_at.isoformat(),
    )


def _answer(
    session: Session,
    talks: Negotiation,
    status: OfferStatus,
    act: str,
    *,
    by: Actor,
    at: datetime,
) -> Negotiation:
    assert talks.standing is not None, "the rule saw a standing offer"
    offer = talks.standing
    offer.status = status
    record(
        session,
        act,
        by=by,
        at=at,
        thread=("listing", talks.listing_id),
        on=("negotiation", talks.id),
        offer=offer.id,
    )
    return talks
