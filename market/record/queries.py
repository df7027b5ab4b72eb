"""Timelines across the slices: what happened to one thing, for one reader."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.queries import get_user, user_names
from market.contracts.models import Contract
from market.deals.models import Deal
from market.kernel.authority import Actor, Role
from market.kernel.db import Missing
from market.kernel.journal import Checkpoint, Entry, timeline
from market.listings.models import Listing
from market.negotiation.models import Negotiation
from market.parties.models import Party
from market.parties.queries import get_party, party_names
from market.record.rules import (
    DEAL_ACTS,
    Lens,
    Sight,
    contract_lens,
    follows_listing,
    follows_party,
    sight,
    withheld,
)
from market.registry.models import Application


@dataclass(frozen=True)
class Story:
    """Entries in the order in which they were made, and the names of those who made them."""

    entries: Sequence[Entry]
    people: dict[int, str]
    parties: dict[int, str]
    sight: Sight

    def who(self, entry: Entry) -> tuple[str, str]:
        """The person of an entry and the party they acted for; empty where there was none."""
        person = self.people.get(entry.user_id, "") if entry.user_id else ""
        party = self.parties.get(entry.party_id, "") if entry.party_id else ""
        return person, party


@dataclass(frozen=True)
class ContractStory(Story):
    """A contract's way, as one reader may follow it."""

    contract: Contract
    lens: Lens
    applications: Sequence[Application]


@dataclass(frozen=True)
class ListingStory(Story):
    """All that happened on a listing."""

    listing: Listing
    sealed: bool


@dataclass(frozen=True)
class PartyStory(Story):
    """All that happened to a party."""

    party: Party


@dataclass(frozen=True)
class UserStory(Story):
    """All that happened to an account."""

    user: User


def contract_story(session: Session, contract_id: int, by: Actor) -> ContractStory:
    """From the publication to the certificate in one line; ``Missing`` for everybody else.

    Of the listing's thread only what belongs to this deal: other buyers' talks never show.
    """
    concerned = (
        select(Contract.seller_id, Contract.buyer_id, Application.registry_id, Application.number)
        .outerjoin(Application, Application.contract_id == Contract.id)
        .where(Contract.id == contract_id)
    )
    found = session.execute(concerned).all()
    lens = contract_lens(
        by,
        sides={side for row in found for side in row[:2]},
        offices={row.registry_id for row in found if row.registry_id is not None},
        registered=any(row.number is not None for row in found),
    )
    if lens is None or not found:
        raise Missing("contract", contract_id)
    contract = session.get_one(Contract, contract_id)
    applications = _applications(session, contract_id)
    told = timeline(session, [("contract", contract_id)])
    if contract.deal is not None and lens.listing:
        told = [*_of_deal(session, contract.deal, lens), *told]
    seller, buyer = (by.party_id == side for side in (contract.seller_id, contract.buyer_id))
    seen = sight(by, seller=seller, side=seller or buyer)
    return ContractStory(told, *names_in(session, told), seen, contract, lens, applications)


def listing_story(session: Session, listing_id: int, by: Actor) -> ListingStory:
    """A listing's thread for its seller and the auditor; for the operator without its talks."""
    listing = session.get(Listing, listing_id)
    if listing is None or not follows_listing(by, listing.seller_id, listing.status):
        raise Missing("listing", listing_id)
    hidden, own = withheld(by, listing.seller_id), by.party_id == listing.seller_id
    told = [
        entry
        for entry in timeline(session, [("listing", listing_id)])
        if entry.act.split(".")[0] not in hidden
    ]
    seen = sight(by, seller=own, side=own)
    return ListingStory(
        told, *names_in(session, told), seen, listing, by.has(Role.AUDITOR) and bool(hidden)
    )


def party_story(session: Session, party_id: int, by: Actor) -> PartyStory:
    """A party's thread for its members, the operator and the auditor; else ``Missing``."""
    if not follows_party(by, party_id):
        raise Missing("party", party_id)
    party = get_party(session, party_id)
    told = timeline(session, [("party", party_id)])
    seen = sight(by, member=party_id in by.parties)
    return PartyStory(told, *names_in(session, told), seen, party)


def user_story(session: Session, user_id: int, by: Actor) -> UserStory:
    """An account's thread for the administrator and the auditor."""
    user = get_user(session, user_id)
    told = timeline(session, [("user", user_id)])
    return UserStory(told, *names_in(session, told), sight(by), user)


def contracts_of_listing(session: Session, listing_id: int) -> list[Contract]:
    """The contracts that a listing's deals led to."""
    found = select(Contract).join(Deal, Deal.id == Contract.deal_id)
    return list(session.scalars(found.where(Deal.listing_id == listing_id).order_by(Contract.id)))


def _applications(session: Session, contract_id: int) -> list[Application]:
    found = select(Application).where(Application.contract_id == contract_id)
    return list(session.scalars(found.order_by(Application.id)))


def _of_deal(session: Session, deal: Deal, lens: Lens) -> list[Entry]:
    """The entries of a listing's thread that led to one deal."""
    talks = set(session.scalars(select(Negotiation.id).where(Negotiation.deal_id == deal.id)))
    listed = timeline(session, [("listing", deal.listing_id)])
    published = [e for e in listed if e.act == "listing.published" and e.at <= deal.struck_at]
    kept = []
    for entry in listed:
        subject = entry.subject_kind, entry.subject_id
        if entry.act in DEAL_ACTS:
            own = subject == ("deal", deal.id) or entry in published[-1:]
            left = (
                entry.act == "listing.transferred" and entry.told.get("taken_by") == deal.buyer_id
            )
            if own or left:
                kept.append(entry)
        elif lens.bargaining and subject[0] == "negotiation" and subject[1] in talks:
            kept.append(entry)
    return kept


def names_in(session: Session, told: Iterable[Entry]) -> tuple[dict[int, str], dict[int, str]]:
    """Names of the people and of the parties of entries."""
    people = {entry.user_id for entry in told if entry.user_id is not None}
    parties = {entry.party_id for entry in told if entry.party_id is not None}
    return user_names(session, people), party_names(session, parties)


# ── the journal as an auditor looks at it ────────────────────────────────────────────────────────


@dataclass(frozen=True)
class JournalState:
    """How large the journal is, and the last checkpoint that ties its heads."""

    entries: int
    threads: int
    checkpoints: int
    last: Checkpoint | None
    since: int


def journal_state(session: Session) -> JournalState:
    """Counts for the auditor's home page; ``journal verify`` is what proves the chain."""
    threads = select(Entry.thread_kind, Entry.thread_id).distinct().subquery()
    last = session.scalars(select(Checkpoint).order_by(Checkpoint.id.desc()).limit(1)).first()
    upto = last.upto if last else 0
    count = func.count()
    return JournalState(
        session.scalar(select(count).select_from(Entry)) or 0,
        session.scalar(select(count).select_from(threads)) or 0,
        session.scalar(select(count).select_from(Checkpoint)) or 0,
        last,
        session.scalar(select(count).select_from(Entry).where(Entry.id > upto)) or 0,
    )


def latest_threads(session: Session, kind: str, most: int = 8) -> list[tuple[int, datetime]]:
    """The threads of a kind in which something happened last, with the instant."""
    moved = func.max(Entry.at)
    found = (
        select(Entry.thread_id, moved)
        .where(Entry.thread_kind == kind)
        .group_by(Entry.thread_id)
        .order_by(moved.desc(), Entry.thread_id.desc())
        .limit(most)
    )
    return [(thread, at) for thread, at in session.execute(found)]
