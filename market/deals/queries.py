"""What pages and upper slices read of deals."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from market.deals.models import Deal, DealRight
from market.deals.rules import see_refusal
from market.kernel.authority import Actor
from market.kernel.db import Missing, insist_on_sight
from market.kernel.paging import Page, paged


def get_deal(session: Session, deal_id: int, by: Actor, at: datetime) -> Deal:
    """The deal if this person may see it (a party to it, or the auditor); else ``Missing``."""
    deal = session.get(Deal, deal_id)
    if deal is None:
        raise Missing("deal", deal_id)
    insist_on_sight(see_refusal(by, deal.seller_id, deal.buyer_id, at), "deal", deal_id)
    return deal


def deals_page(session: Session, party_id: int | None, number: int) -> Page[Deal]:
    """One page of a party's deals, the latest first; of nobody's where there is no party."""
    near = or_(Deal.seller_id == party_id, Deal.buyer_id == party_id)
    return paged(session, select(Deal).where(near).order_by(Deal.id.desc()), number)


def deals_on(session: Session, listing_id: int) -> int:
    """How many deals a listing has had."""
    found = select(func.count()).select_from(Deal).where(Deal.listing_id == listing_id)
    return session.scalar(found) or 0


def grants_on(session: Session, right_ids: Sequence[int]) -> list[DealRight]:
    """The live exclusive grants on these rights."""
    found = select(DealRight).where(DealRight.right_id.in_(right_ids), DealRight.holds)
    return list(session.scalars(found))
