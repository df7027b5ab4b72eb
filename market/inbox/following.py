"""The inbox follows the journal: each entry is told to those whom it concerns, once.

The place in the journal, the messages and the letters about them commit together, so a follower
that dies in between has done nothing; its row is locked, so that of two at once one waits.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from market.contracts.models import Contract
from market.deals.models import Deal
from market.inbox.models import Follower, Message
from market.inbox.rules import HISTORY, Deed, Matter, Tidings, tidings
from market.inbox.telling import tell
from market.kernel.db import Instant, lock
from market.kernel.journal import LATE, Entry, Mark, entries_after
from market.kernel.proposals import Proposal, number
from market.ledger.models import Transfer
from market.listings.models import Listing
from market.negotiation.models import Negotiation
from market.negotiation.rules import TalksStatus
from market.parties.models import Invitation, Party, PartyPaper, Tie
from market.payments.correcting import find_settlement
from market.payments.gateway_models import Payment
from market.payments.models import Deposit, Obligation
from market.payments.payout_models import Payout, PayoutAccount
from market.payments.royalty_models import RoyaltyAgreement
from market.registry.models import Application

NAME = "inbox"
STEP = 100
"""Entries told in one transaction: SQLite's other writers wait for no more than these."""

_FIRST_LOOK = text(
    "INSERT INTO followers (name, upto, seen, begun_at) VALUES (:name, 0, '[]', :begun_at) "
    "ON CONFLICT DO NOTHING"
).bindparams(bindparam("begun_at", type_=Instant()))


def locked_follower(session: Session, at: datetime) -> Follower:
    """The follower's row, locked until commit; made at its first look."""
    session.execute(_FIRST_LOOK, {"name": NAME, "begun_at": at})
    return lock(session, Follower, NAME)


def behind(session: Session) -> bool:
    """Whether the journal holds something newer than what the follower has read."""
    upto = session.scalar(select(Follower.upto).where(Follower.name == NAME))
    newest = session.scalar(select(func.max(Entry.id)))
    return newest is not None and newest > (upto or 0)


def follow(session: Session, *, at: datetime) -> tuple[int, list[int]]:
    """Tell the next entries; gives how many they were and which messages want a letter."""
    follower = locked_follower(session, at)
    mark = Mark(follower.upto, frozenset(json.loads(follower.seen)))
    found = entries_after(session, max(mark.upto - LATE, 0), LATE + STEP)
    entries = [each for each in found if each.id > mark.upto or each.id not in mark.seen][:STEP]
    made = tell(session, _told_by(session, entries), at=at)
    mark = mark.after(entry.id for entry in entries)
    follower.upto, follower.seen = mark.upto, json.dumps(sorted(mark.seen))
    return len(entries), _without_history(session, made, follower.begun_at - HISTORY)


def _without_history(session: Session, made: list[int], since: datetime) -> list[int]:
    """What happened long before the inbox was there is put in as read and makes no letter."""
    old = Message.id.in_(made), Message.at < since
    session.execute(update(Message).where(*old).values(read_at=Message.at))
    history = set(session.scalars(select(Message.id).where(*old)))
    return [each for each in made if each not in history]


def _told_by(session: Session, entries: list[Entry]) -> Iterator[Tidings]:
    for entry in entries:
        deed = _deed(entry)
        yield from tidings(deed, matter_of(session, deed))


def _deed(entry: Entry) -> Deed:
    subject = entry.subject_kind, entry.subject_id
    return Deed(entry.id, entry.act, entry.at, entry.user_id, entry.party_id, subject, entry.told)


# ── what an entry is about ───────────────────────────────────────────────────────────────────────


def matter_of(session: Session, deed: Deed) -> Matter:
    """What decides who hears of this act; a subject that nobody knows concerns nobody."""
    kind, key = deed.subject
    if kind == "user":
        return Matter(person_id=key)
    if kind == "amendment":
        return Matter(proposer_id=number(deed.facts.get("proposed_by")))
    known = SUBJECTS.get(kind)
    row = session.get(known[0], key) if known else None
    matter = known[1](session, row, deed.at) if known and row is not None else Matter()
    first = number(deed.facts.get("proposed_by"))
    return matter if first is None else replace(matter, proposer_id=first)


def _of_listing(session: Session, listing: Listing, at: datetime) -> Matter:
    """Who was talking before the act; a follower that comes late does not tell later ones."""
    talking = select(Negotiation.buyer_id).where(
        Negotiation.listing_id == listing.id,
        Negotiation.status == TalksStatus.OPEN,
        Negotiation.opened_at < at,
    )
    return Matter(seller_id=listing.seller_id, bidders=frozenset(session.scalars(talking)))


def _of_talks(_session: Session, talks: Negotiation, _at: datetime) -> Matter:
    return Matter(seller_id=talks.listing.seller_id, buyer_id=talks.buyer_id)


def _of_deal(_session: Session, deal: Deal, _at: datetime) -> Matter:
    return Matter(seller_id=deal.seller_id, buyer_id=deal.buyer_id)


def _of_contract(_session: Session, contract: Contract, _at: datetime) -> Matter:
    return Matter(
        seller_id=contract.seller_id,
        buyer_id=contract.buyer_id,
        needs_recordal=contract.kind.needs_recordal and contract.recorded_on is None,
    )


def _of_application(_session: Session, application: Application, _at: datetime) -> Matter:
    return Matter(
        seller_id=application.contract.seller_id,
        buyer_id=application.contract.buyer_id,
        applicant_id=application.applicant_id,
        registry_id=application.registry_id,
    )


def _of_owed(_session: Session, owed: Obligation, _at: datetime) -> Matter:
    return Matter(seller_id=owed.creditor_id, buyer_id=owed.debtor_id)


def _of_payment(session: Session, payment: Payment, at: datetime) -> Matter:
    return _of_owed(session, payment.obligation, at)


def _of_royalty(_session: Session, royalty: RoyaltyAgreement, _at: datetime) -> Matter:
    return Matter(seller_id=royalty.licensor_id, buyer_id=royalty.licensee_id)


def _of_party(_session: Session, party: Party, _at: datetime) -> Matter:
    return Matter(party_id=party.id)


def _of_partys(_session: Session, part: PartyPaper | Invitation, _at: datetime) -> Matter:
    return Matter(party_id=part.party_id)


def _of_tie(_session: Session, tie: Tie, _at: datetime) -> Matter:
    return Matter(tied=frozenset({tie.holder_id, tie.held_id}))


def _of_transfer(session: Session, transfer: Transfer, _at: datetime) -> Matter:
    """Who owes and who is owed what an entry paid."""
    settled = find_settlement(session, transfer.id)
    if settled is None:
        return Matter()
    return Matter(seller_id=settled.obligation.creditor_id, buyer_id=settled.obligation.debtor_id)


def _of_proposal(_session: Session, proposal: Proposal, _at: datetime) -> Matter:
    person = int(proposal.subject_id) if proposal.subject_kind == "user" else None
    return Matter(person_id=person, proposer_id=proposal.proposed_by)


def _of_money(_session: Session, part: Deposit | Payout | PayoutAccount, _at: datetime) -> Matter:
    return Matter(party_id=part.party_id)


SUBJECTS: dict[str, tuple[type[Any], Callable[[Session, Any, datetime], Matter]]] = {
    "listing": (Listing, _of_listing),
    "negotiation": (Negotiation, _of_talks),
    "deal": (Deal, _of_deal),
    "contract": (Contract, _of_contract),
    "application": (Application, _of_application),
    "party": (Party, _of_party),
    "paper": (PartyPaper, _of_partys),
    "invitation": (Invitation, _of_partys),
    "tie": (Tie, _of_tie),
    "obligation": (Obligation, _of_owed),
    "payment": (Payment, _of_payment),
    "royalty": (RoyaltyAgreement, _of_royalty),
    "proposal": (Proposal, _of_proposal),
    "payout": (Payout, _of_money),
    "payout-account": (PayoutAccount, _of_money),
    "deposit": (Deposit, _of_money),
    "transfer": (Transfer, _of_transfer),
}
