"""What pages and upper slices read of listings."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from market.kernel.authority import Actor
from market.kernel.db import Missing
from market.kernel.paging import PAGE, Page, paged
from market.listings.models import Listing, ListingRight, Right
from market.listings.rules import Status, visible


def get_listing(session: Session, listing_id: int, by: Actor) -> Listing:
    """The listing if this person may see it; else ``Missing``, as if it had never been."""
    listing = session.get(Listing, listing_id)
    if listing is None or not visible(by, listing.seller_id, listing.status):
        raise Missing("listing", listing_id)
    return listing


def published(session: Session, number: int, ids: Sequence[int] | None = None) -> Page[Listing]:
    """Listings that are on the market, newest first; ``ids`` (best first) from the text index."""
    where: list[ColumnElement[bool]] = [Listing.status == Status.PUBLISHED]
    if ids is not None:
        where.append(Listing.id.in_(ids))
    if ids is None:
        newest = select(Listing).where(*where).options(selectinload(Listing.rights))
        return paged(
            session, newest.order_by(Listing.published_at.desc(), Listing.id.desc()), number
        )
    live = set(session.scalars(select(Listing.id).where(*where)))
    turned = [i for i in ids if i in live][(number - 1) * PAGE : number * PAGE]
    rows = {row.id: row for row in session.scalars(select(Listing).where(Listing.id.in_(turned)))}
    return Page([rows[i] for i in turned], number, len(live))


def of_seller(
    session: Session, seller_id: int, number: int, status: Status | None = None
) -> Page[Listing]:
    """A party's own listings, the latest first."""
    found = select(Listing).where(Listing.seller_id == seller_id).order_by(Listing.id.desc())
    return paged(
        session, found if status is None else found.where(Listing.status == status), number
    )


def submitted(session: Session) -> list[Listing]:
    """What waits for the operator, the longest first."""
    waiting = select(Listing).where(Listing.status == Status.SUBMITTED).order_by(Listing.id)
    return list(session.scalars(waiting))


def counts(session: Session, seller_id: int) -> dict[Status, int]:
    """How many listings a party has in each state."""
    rows = session.execute(
        select(Listing.status, func.count().label("listings"))
        .where(Listing.seller_id == seller_id)
        .group_by(Listing.status)
    )
    return {row.status: row.listings for row in rows}


def exclusive_holders(session: Session, listing: Listing) -> list[Listing]:
    """Other listings that hold one of this listing's rights exclusively, offered or granted."""
    right_ids = [r.right_id for r in listing.rights]
    holding = (
        select(Listing)
        .join(ListingRight, ListingRight.listing_id == Listing.id)
        .where(
            ListingRight.right_id.in_(right_ids),
            ListingRight.holds,
            Listing.id != listing.id,
        )
        .distinct()
    )
    return list(session.scalars(holding))


def lock_rights(session: Session, listing: Listing) -> list[int]:
    """Lock the rights of a locked listing, in the order of their ids; gives the ids."""
    ids = sorted(right.right_id for right in listing.rights)
    session.scalars(
        select(Right).where(Right.id.in_(ids)).order_by(Right.id).with_for_update()
    ).all()
    return ids


def also_in(session: Session, listing: Listing, by: Actor) -> dict[int, list[Listing]]:
    """Other listings with the same rights, by the right's id; only those this person may see."""
    right_ids = [r.right_id for r in listing.rights]
    found = session.execute(
        select(ListingRight.right_id, Listing)
        .join(Listing, Listing.id == ListingRight.listing_id)
        .where(ListingRight.right_id.in_(right_ids), Listing.id != listing.id)
        .order_by(Listing.id)
    )
    seen: dict[int, list[Listing]] = {}
    for right_id, other in found:
        if other.status is not Status.WITHDRAWN and visible(by, other.seller_id, other.status):
            seen.setdefault(right_id, []).append(other)
    return seen


def imported_keys(session: Session, seller_id: int) -> set[str]:
    """The keys of rows that a party has imported before."""
    keys = select(Listing.import_key).where(
        Listing.seller_id == seller_id, Listing.import_key.is_not(None)
    )
    return {key for key in session.scalars(keys) if key is not None}


def live(session: Session, ids: Sequence[int]) -> list[Listing]:
    """Those of these listings that are on the market, for the text index."""
    found = select(Listing).where(Listing.id.in_(ids), Listing.status == Status.PUBLISHED)
    return list(session.scalars(found.options(selectinload(Listing.rights))))
