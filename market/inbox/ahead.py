"""What nears: an offer's end, a signature long due, a last day. Worked out from the tables.

Nothing in the journal says that time has passed, so each tick looks; the key of each tidings names
the offer, the text or the day it speaks of, and is told once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.contracts.models import Contract
from market.contracts.rules import Status as ContractStatus
from market.inbox.following import locked_follower
from market.inbox.models import Message
from market.inbox.money import money_ahead
from market.inbox.news import News, Urgency
from market.inbox.rules import (
    DAYS_AHEAD,
    HISTORY,
    LOOK_BACK,
    SIGNATURE_AFTER,
    Tidings,
    reminds,
)
from market.inbox.telling import tell
from market.kernel.clock import day_of
from market.kernel.journal import Entry
from market.listings.models import Listing
from market.listings.rules import Status as ListingStatus
from market.negotiation.models import Negotiation, Offer
from market.negotiation.rules import OfferStatus, Side, TalksStatus
from market.registry.models import Application
from market.registry.rules import Status as FileStatus

RUNNING = (FileStatus.SUBMITTED, FileStatus.ACCEPTED, FileStatus.PASSED)


def look_ahead(session: Session, *, at: datetime) -> list[int]:
    """Tell what nears or has just passed at this instant; gives the new messages."""
    begun_at = locked_follower(session, at).begun_at
    found = [
        *_offers(session, at),
        *_signatures(session, at),
        *_last_days(session, at),
        *money_ahead(session, at),
    ]
    news = [each for each in found if each.at >= begun_at - HISTORY]
    told = set(
        session.scalars(select(Message.key).where(Message.key.in_([each.key for each in news])))
    )
    return tell(session, [each for each in news if each.key not in told], at=at)


def _offers(session: Session, at: datetime) -> Iterator[Tidings]:
    """Standing offers of live results: those that end within a day, and those that just did."""
    standing = (
        select(Offer, Negotiation)
        .join(Negotiation, Negotiation.id == Offer.negotiation_id)
        .join(Listing, Listing.id == Negotiation.listing_id)
        .where(
            Offer.status == OfferStatus.STANDING,
            Negotiation.status == TalksStatus.OPEN,
            Listing.status == ListingStatus.PUBLISHED,
            Offer.made_at >= Listing.published_at,
            Offer.expires_at > at - LOOK_BACK,
            Offer.expires_at <= at + timedelta(days=1),
        )
        .order_by(Offer.id)
    )
    for offer, talks in session.execute(standing):
        ended = offer.expires_at <= at
        if ended or reminds(offer.made_at, offer.expires_at, at):
            sides = {Side.SELLER: talks.listing.seller_id, Side.BUYER: talks.buyer_id}
            yield Tidings(
                key=f"offer-{offer.id}-{'expired' if ended else 'ends'}",
                news=News.OFFER_EXPIRED if ended else News.OFFER_ENDS,
                urgency=Urgency.TOLD if ended else Urgency.WAITS,
                subject=("negotiation", talks.id),
                at=offer.expires_at if ended else at,
                facts={
                    "price": offer.price_minor,
                    "currency": offer.price_currency,
                    "until": offer.expires_at.isoformat(),
                },
                parties=frozenset(sides.values() if ended else {sides[offer.side.other]}),
                signers=not ended,
            )


def _signatures(session: Session, at: datetime) -> Iterator[Tidings]:
    """Texts fixed some days ago that a side has still not signed."""
    fixed = (
        select(
            Entry.thread_id,
            func.max(Entry.id).label("entry_id"),
            func.max(Entry.at).label("since"),
        )
        .where(Entry.thread_kind == "contract", Entry.act == "contract.text-fixed")
        .group_by(Entry.thread_id)
        .subquery()
    )
    waiting = (
        select(Contract, fixed.c.entry_id, fixed.c.since)
        .join(fixed, fixed.c.thread_id == Contract.id)
        .where(
            Contract.status == ContractStatus.SIGNING,
            fixed.c.since.between(at - LOOK_BACK, at - SIGNATURE_AFTER),
        )
        .order_by(Contract.id)
    )
    for contract, entry_id, since in session.execute(waiting):
        signed = {signature.party_id for signature in contract.signatures}
        yield Tidings(
            key=f"contract-{contract.id}-{entry_id}-unsigned",
            news=News.SIGNATURE_DUE,
            urgency=Urgency.WAITS,
            subject=("contract", contract.id),
            at=at,
            facts={"since": since.isoformat()},
            parties=frozenset({contract.seller_id, contract.buyer_id} - signed),
            signers=True,
        )


def _last_days(session: Session, at: datetime) -> Iterator[Tidings]:
    """Corrected papers and reviews whose last day is near or is today."""
    today = day_of(at)
    near = today, today + timedelta(days=DAYS_AHEAD)
    asked = select(Application).where(
        Application.status == FileStatus.CORRECTION, Application.correction_due_on.between(*near)
    )
    for file in session.scalars(asked.order_by(Application.id)):
        assert file.correction_due_on is not None, "it lies between two days"
        yield Tidings(
            key=f"application-{file.id}-correction-{file.correction_due_on}",
            news=News.CORRECTION_ENDS,
            urgency=Urgency.WAITS,
            subject=("application", file.id),
            at=at,
            facts={"due_on": file.correction_due_on.isoformat()},
            parties=frozenset({file.applicant_id}),
        )
    running = select(Application).where(
        Application.status.in_(RUNNING), Application.due_on.between(*near)
    )
    for file in session.scalars(running.order_by(Application.id)):
        assert file.due_on is not None, "it lies between two days"
        yield Tidings(
            key=f"application-{file.id}-review-{file.due_on}",
            news=News.REVIEW_ENDS,
            urgency=Urgency.WAITS,
            subject=("application", file.id),
            at=at,
            facts={"due_on": file.due_on.isoformat()},
            office_id=file.registry_id,
            related=frozenset({file.contract.seller_id, file.contract.buyer_id}),
        )
