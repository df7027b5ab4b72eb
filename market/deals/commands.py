"""``strike``: the only door to a deal."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.deals.models import Deal, DealRight
from market.deals.queries import deals_on, grants_on
from market.deals.rules import DealRefusal, Supply, exhausted, strike_refusal
from market.kernel.authority import Actor
from market.kernel.db import witness
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.refusal import insist
from market.listings.commands import note_deal
from market.listings.models import Listing
from market.listings.queries import lock_rights
from market.listings.rules import Status
from market.listings.sheet import Way


def strike(
    session: Session,
    listing: Listing,
    *,
    buyer_id: int,
    price: Money,
    by: Actor,
    at: datetime,
) -> Deal:
    """Strike a deal on a listing that the calling mode has locked.

    Terms are copied for ever. Refuses what is off the market, granted already or sold out; the
    partial unique index on exclusive grants is the last witness. Who may strike is the mode's
    question: this door knows no modes.
    """
    right_ids = lock_rights(session, listing)
    grants = grants_on(session, right_ids)
    titles = [g for g in grants if _is_title_of(g, listing.seller_id)]
    supply = Supply(
        live=listing.status is Status.PUBLISHED,
        exclusive=listing.sheet.exclusive,
        granted=len(grants) > len(titles),
        offered=listing.licences_offered,
        taken=deals_on(session, listing.id),
    )
    insist(strike_refusal(supply, seller_id=listing.seller_id, buyer_id=buyer_id, price=price))
    if supply.exclusive:  # sold on: the grants that brought the seller its title have served
        for title in titles:
            title.holds = False
        session.flush()
    deal = _copy(listing, buyer_id, price, supply.exclusive, at)
    with witness(session, DealRefusal.ALREADY_GRANTED):
        session.add(deal)
        deal.rights = [DealRight(right_id=i, holds=supply.exclusive) for i in right_ids]
    record(
        session,
        "deal.struck",
        by=by,
        at=at,
        thread=("listing", listing.id),
        on=("deal", deal.id),
        buyer=buyer_id,
        price=price.minor,
        currency=price.currency,
        exclusive=supply.exclusive,
    )
    note_deal(session, listing, buyer_id, last=exhausted(supply), by=by, at=at)
    return deal


def _copy(listing: Listing, buyer_id: int, price: Money, exclusive: bool, at: datetime) -> Deal:
    assert listing.way is not None, "a published listing has a way of transfer"
    return Deal(
        listing_id=listing.id,
        seller_id=listing.seller_id,
        buyer_id=buyer_id,
        title=listing.title,
        price_minor=price.minor,
        price_currency=price.currency,
        mode=listing.mode,
        way=listing.way,
        licence_type=listing.licence_type,
        exclusive=exclusive,
        struck_at=at,
    )


def _is_title_of(grant: DealRight, seller_id: int) -> bool:
    """Whether this grant is how the seller came by the right: an assignee may sell on."""
    return grant.deal.buyer_id == seller_id and grant.deal.way is Way.ASSIGN
