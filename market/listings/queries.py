"""What pages and upper slices read of listings."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from market.kernel.authority import Actor
from market.kernel.db import Missing
from market.listings.models import Listing, ListingRight
from market.listings.rules import Status, visible

PAGE = 20
PUBLIC = (Status.PUBLISHED, Status.TRANSFERRED)


@dataclass(frozen=True)
class Page:
    """One page of listings and what is needed to turn it."""

    listings: Sequence[Listing]
    number: int
    total: int
    size: int = PAGE

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // self.size))


def get_listing(session: Session, listing_id: int, by: Actor) -> Listing:
    """The listing if this person may see it; else ``Missing``, as if it had never been."""
    listing = session.get(Listing, listing_id)
    if listing is None or not visible(by, listing.seller_id, listing.status):
        raise Missing("listing", listing_id)
    return listing


def published(session: Session, number: int, ids: Sequence[int] | None = None) -> Page:
    """Listings that are on the market, newest first; ``ids`` (best first) from the text index."""
    where: list[ColumnElement[bool]] = [Listing.status == Status.PUBLISHED]
    if ids is not None:
        where.append(Listing.id.in_(ids))
    total = session.scalar(select(func.count()).select_from(Listing).where(*where)) or 0
    if ids is None:
        found = (
            select(Listing)
            .where(*where)
            .order_by(Listing.published_at.desc(), Listing.id.desc())
            .limit(PAGE)
            .offset((number - 1) * PAGE)
        )
        return Page(
            list(session.scalars(found.options(selectinload(Listing.rights)))), number, total
        )
    live = set(session.scalars(select(Listing.id).where(*where)))
    turned = [i for i in ids if i in live][(number - 1) * PAGE : number * PAGE]
    rows = {row.id: row for row in session.scalars(select(Listing).where(Listing.id.in_(turned)))}
    return Page([rows[i] for i in turned], number, total)


def of_seller(session: Session, seller_id: int, number: int, status: Status | None = None) -> Page:
    """A party's own listings, the latest first."""
    where = [Listing.seller_id == seller_id]
    if status is not None:
        where.append(Listing.status == status)
    total = session.scalar(select(func.count()).select_from(Listing).where(*where)) or 0
    found = select(Listing).where(*where).order_by(Listing.id.desc())
    rows = session.scalars(found.limit(PAGE).offset((number - 1) * PAGE))
    return Page(list(rows), number, total)


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
