"""Drafting, publishing, withdrawing; taking a listing off the market when a deal is struck."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.clock import day_of
from market.kernel.db import get, lock, witness
from market.kernel.journal import record
from market.kernel.refusal import Refused, insist
from market.listings.models import (
    Associate,
    Encumbrance,
    Listing,
    ListingRight,
    Maker,
    Owner,
    Right,
)
from market.listings.queries import exclusive_holders, lock_rights
from market.listings.rules import (
    MOVES,
    ListingRefusal,
    Status,
    conflicting,
    publish_refusal,
    redraft_refusal,
    return_refusal,
    save_refusal,
    secrecy_mark,
    sheet_refusal,
    submit_refusal,
    withdraw_refusal,
)
from market.listings.sheet import NUMBERED, RightFacts, Sheet, Way
from market.parties.models import Party
from market.parties.queries import find_venue_for


def draft(
    session: Session,
    seller_id: int,
    sheet: Sheet,
    *,
    by: Actor,
    at: datetime,
    import_key: str | None = None,
) -> Listing:
    """Start a draft of a party; an imported row carries its key and is taken once."""
    insist(save_refusal(by, seller_id, Status.DRAFT, at))
    _insist_on(sheet, at)
    seller = get(session, Party, seller_id)
    listing = Listing(seller_id=seller_id, status=Status.DRAFT, import_key=import_key)
    venue = find_venue_for(session, seller)
    listing.venue_id = venue.id if venue else None
    listing.drafted_at = at
    _write(session, listing, sheet)
    listing.rights = _rights(session, sheet.rights)
    with witness(session, ListingRefusal.ALREADY_IMPORTED):
        session.add(listing)
    record(session, "listing.drafted", by=by, at=at, thread=("listing", listing.id), key=import_key)
    return listing


def save_draft(
    session: Session,
    listing_id: int,
    change: Callable[[Sheet], Sheet],
    *,
    by: Actor,
    at: datetime,
) -> Listing:
    """Change what a draft says: ``change`` gets the locked draft's sheet, so no edit is lost."""
    listing = lock(session, Listing, listing_id)
    insist(save_refusal(by, listing.seller_id, listing.status, at))
    sheet = change(listing.sheet)
    _insist_on(sheet, at)
    _write(session, listing, sheet)
    listing.rights = []
    session.flush()  # the same right may stand at another place now
    listing.rights = _rights(session, sheet.rights)
    session.flush()
    record(session, "listing.edited", by=by, at=at, thread=("listing", listing.id))
    return listing


def submit(session: Session, listing_id: int, *, by: Actor, at: datetime) -> Listing:
    """Hand a complete draft to the operator."""
    listing = lock(session, Listing, listing_id)
    sheet = listing.sheet
    refusal = submit_refusal(
        by,
        listing.seller_id,
        listing.status,
        sheet,
        day_of(at),
        at,
        seller_name=listing.seller.name,
    )
    insist(refusal, mark=secrecy_mark(sheet))
    listing.status = MOVES[listing.status, "submit"]
    listing.returned_reason = None
    record(session, "listing.submitted", by=by, at=at, thread=("listing", listing.id))
    return listing


def publish(session: Session, listing_id: int, *, by: Actor, at: datetime) -> Listing:
    """Put a submitted listing on the market; its rights are then in no other exclusive offer."""
    listing = lock(session, Listing, listing_id)
    lock_rights(session, listing)
    sheet = listing.sheet
    holders = exclusive_holders(session, listing)
    refusal = publish_refusal(
        by,
        listing.seller_id,
        listing.status,
        sheet,
        day_of(at),
        at,
        seller_name=listing.seller.name,
        offered_elsewhere=sheet.exclusive and any(h.taken_by_id is None for h in holders),
        granted_elsewhere=conflicting(
            [h.taken_by_id for h in holders if h.taken_by_id is not None], listing.seller_id
        ),
    )
    insist(refusal, mark=secrecy_mark(sheet))
    if sheet.exclusive:
        _release(holders, listing)
        session.flush()
    listing.status = MOVES[listing.status, "publish"]
    listing.published_at = at
    with witness(session, ListingRefusal.OFFERED_ELSEWHERE):
        for right in listing.rights:
            right.holds = sheet.exclusive
    record(
        session,
        "listing.published",
        by=by,
        at=at,
        thread=("listing", listing.id),
        price=listing.price_minor,
        mode=listing.mode.value,
        exclusive=sheet.exclusive,
    )
    return listing


def return_to_draft(
    session: Session, listing_id: int, reason: str, *, by: Actor, at: datetime
) -> Listing:
    """Send a submitted listing back to its seller with the operator's reason."""
    listing = lock(session, Listing, listing_id)
    insist(return_refusal(by, listing.status, reason, at), field="reason")
    listing.status = MOVES[listing.status, "return"]
    listing.returned_reason = reason
    record(session, "listing.returned", by=by, at=at, thread=("listing", listing.id), why=reason)
    return listing


def withdraw(session: Session, listing_id: int, *, by: Actor, at: datetime) -> Listing:
    """Take a listing off the market; its rights are free for another offer."""
    listing = lock(session, Listing, listing_id)
    insist(withdraw_refusal(by, listing.seller_id, listing.status, at))
    listing.status = MOVES[listing.status, "withdraw"]
    for right in listing.rights:
        right.holds = False
    record(session, "listing.withdrawn", by=by, at=at, thread=("listing", listing.id))
    return listing


def redraft(session: Session, listing_id: int, *, by: Actor, at: datetime) -> Listing:
    """Turn a withdrawn listing into a draft again."""
    listing = lock(session, Listing, listing_id)
    dealt = listing.dealt_at is not None
    insist(redraft_refusal(by, listing.seller_id, listing.status, at, dealt=dealt))
    listing.status = MOVES[listing.status, "redraft"]
    listing.published_at = None
    record(session, "listing.redrafted", by=by, at=at, thread=("listing", listing.id))
    return listing


def note_deal(
    session: Session, listing: Listing, taken_by_id: int, *, last: bool, by: Actor, at: datetime
) -> None:
    """A deal rests on what this locked listing says: it is never a draft again.

    The ``last`` deal left nothing to offer: the listing leaves the market, and an exclusive grant
    keeps its hold. Called by ``deals.strike`` only, which has asked its own rule and records the
    deal.
    """
    listing.dealt_at = listing.dealt_at or at
    if not last:
        return
    if (listing.status, "leave") not in MOVES:
        raise Refused(ListingRefusal.WRONG_STATE)
    listing.status = MOVES[listing.status, "leave"]
    listing.taken_by_id = taken_by_id
    record(
        session,
        "listing.transferred",
        by=by,
        at=at,
        thread=("listing", listing.id),
        taken_by=taken_by_id,
    )


def _release(holders: list[Listing], listing: Listing) -> None:
    """The assignee of a right offers it exclusively anew: the old listing's hold on it has served.

    Other rights that came by the same deal stay held.
    """
    offered = {right.right_id for right in listing.rights}
    for holder in holders:
        if holder.taken_by_id == listing.seller_id and holder.way is Way.ASSIGN:
            for right in holder.rights:
                right.holds = right.holds and right.right_id not in offered


def _write(session: Session, listing: Listing, sheet: Sheet) -> None:
    with session.no_autoflush:
        listing.mode = sheet.mode
        listing.way = sheet.way
        listing.licence_type = sheet.licence_type if sheet.way is Way.LICENSE else None
        listing.licences_offered = sheet.licences_offered
        listing.price_minor = sheet.price.minor if sheet.price else None
        listing.price_currency = sheet.price.currency if sheet.price else None
        listing.title = sheet.title
        listing.abstract = sheet.abstract
        listing.technology_field = sheet.technology_field
        listing.key_field = sheet.key_field
        listing.maturity = sheet.maturity
        listing.funding = sheet.funding
        listing.ipc = sheet.ipc
        listing.keywords = sheet.keywords
        listing.valuation_minor = sheet.valuation.minor if sheet.valuation else None
        listing.valuation_currency = sheet.valuation.currency if sheet.valuation else None
        listing.valuation_note = sheet.valuation_note
        listing.owners = [
            Owner(place=n, name=o.name, share_bp=o.share_bp, consents=o.consents)
            for n, o in enumerate(sheet.owners)
        ]
        listing.makers = [Maker(place=n, name=name) for n, name in enumerate(sheet.makers)]
        listing.associates = [
            Associate(place=n, role=role, name=name)
            for n, (role, name) in enumerate(sheet.associates)
        ]
        listing.encumbrances = [
            Encumbrance(place=n, kind=e.kind, holder=e.holder, note=e.note, consents=e.consents)
            for n, e in enumerate(sheet.encumbrances)
        ]


FIELDS = {
    ListingRefusal.INVESTMENT: "way",
    ListingRefusal.RIGHT_TWICE: "number",
    ListingRefusal.FILED_AHEAD: "filed_on",
    ListingRefusal.FILED_YEAR: "filed_on",
}
"""Where on a form a refusal of what was typed belongs; the others concern the whole."""


def _insist_on(sheet: Sheet, at: datetime) -> None:
    refusal = sheet_refusal(sheet, day_of(at))
    if refusal is not None:
        insist(refusal, field=FIELDS.get(refusal), mark=secrecy_mark(sheet))


def _rights(session: Session, rights: tuple[RightFacts, ...]) -> list[ListingRight]:
    return [
        ListingRight(
            place=n,
            right=_right(session, r),
            kind=r.kind,
            title=r.title,
            number=r.number,
            publication_number=r.publication_number,
            filed_on=r.filed_on,
        )
        for n, r in enumerate(rights)
    ]


def _right(session: Session, facts: RightFacts) -> Right:
    """The one row of an application or patent number; a row of its own for whatever has none.

    A row stands in other people's listings too, so a draft only ever points at it.
    """
    if facts.number is None or facts.kind not in NUMBERED:
        return Right()
    known = _known_right(session, facts.number)
    if known is not None:
        return known
    made = Right(number=facts.number)
    try:
        with witness(session, ListingRefusal.RIGHT_TWICE):
            session.add(made)
    except Refused:  # somebody else named it first, just now
        known = _known_right(session, facts.number)
        if known is None:
            raise
        return known
    return made


def _known_right(session: Session, number: str) -> Right | None:
    return session.scalars(select(Right).where(Right.number == number)).first()
