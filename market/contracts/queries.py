"""What pages and upper slices read of contracts."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.contracts.models import Contract
from market.contracts.rules import GONE, SEE, Status
from market.contracts.terms import IpKind, Kind5, Terms, kind_for
from market.contracts.wording import rights_text
from market.deals.models import Deal
from market.kernel.authority import Actor, between, who_refusal
from market.kernel.db import Missing, insist_on_sight
from market.kernel.journal import timeline
from market.kernel.paging import Page, paged
from market.listings.identifiers import parse_patent_number
from market.listings.sheet import LicenceType, RightKind, Sheet
from market.parties.models import Party


def get_contract(session: Session, contract_id: int, by: Actor, at: datetime) -> Contract:
    """The contract if this person is party to it (or the auditor); else ``Missing``.

    A registrar reads it through the application that brought it to the registry. The sides are
    read alone at first, so that what is hidden takes as long as what never was.
    """
    sides = select(Contract.seller_id, Contract.buyer_id).where(Contract.id == contract_id)
    found = session.execute(sides).first()
    if found is None:
        raise Missing("contract", contract_id)
    insist_on_sight(who_refusal(SEE, by, at, between(by, found)), "contract", contract_id)
    return session.get_one(Contract, contract_id)


def contracts_of(session: Session, party_id: int) -> list[Contract]:
    """A party's contracts, the latest first."""
    near = or_(Contract.seller_id == party_id, Contract.buyer_id == party_id)
    return list(session.scalars(select(Contract).where(near).order_by(Contract.id.desc())))


def find_for_deal(session: Session, deal_id: int) -> Contract | None:
    """The contract that a deal led to."""
    found = select(Contract).where(Contract.deal_id == deal_id, Contract.status.not_in(GONE))
    return session.scalars(found).first()


def find_successor(session: Session, contract_id: int) -> Contract | None:
    """The corrected contract that took this one's place."""
    return session.scalars(select(Contract).where(Contract.replaces_id == contract_id)).first()


def awaiting_signature(session: Session, party_id: int) -> list[Contract]:
    """Contracts whose text is fixed and which this party has not signed yet."""
    near = or_(Contract.seller_id == party_id, Contract.buyer_id == party_id)
    found = select(Contract).where(near, Contract.status == Status.SIGNING)
    return [
        contract
        for contract in session.scalars(found.order_by(Contract.id))
        if party_id not in {s.party_id for s in contract.signatures}
    ]


def in_work(session: Session, party_id: int) -> list[Contract]:
    """Contracts that this party does not have to sign just now and that are not concluded."""
    near = or_(Contract.seller_id == party_id, Contract.buyer_id == party_id)
    found = select(Contract).where(near, Contract.status.in_((Status.DRAFT, Status.SIGNING)))
    return [
        contract
        for contract in session.scalars(found.order_by(Contract.id.desc()))
        if contract.status is Status.DRAFT or party_id in {s.party_id for s in contract.signatures}
    ]


def concluded(session: Session, party_id: int, number: int) -> Page[Contract]:
    """One page of a party's contracts that were signed, replaced or dropped, the latest first."""
    near = or_(Contract.seller_id == party_id, Contract.buyer_id == party_id)
    found = select(Contract).where(near, Contract.status.in_(GONE | {Status.SIGNED}))
    return paged(session, found.order_by(Contract.id.desc()), number)


def counterparties(session: Session, party_id: int) -> list[Party]:
    """Parties with whom a party has had contracts, to choose from, by name."""
    others = {
        contract.buyer if contract.seller_id == party_id else contract.seller
        for contract in contracts_of(session, party_id)
    }
    return sorted(others, key=lambda party: (party.name, party.id))


def terms_for(deal: Deal) -> Terms:
    """What a deal and its listing already say of the contract to come; the rest stays open."""
    sheet = deal.listing.sheet
    kind = kind_for(deal.way, frozenset(right.kind for right in sheet.rights))
    licence = deal.licence_type or LicenceType.ORDINARY
    return Terms(
        kind=kind,
        title=deal.title,
        turnover=deal.price,
        subject=sheet.abstract,
        licence_type=licence if kind.kind5 is Kind5.LICENCE else None,
        rights=rights_text(sheet.rights, [owner.name for owner in sheet.owners]),
        technology_field=sheet.technology_field,
        plan_source=sheet.funding,
        ip_kind=_ip_kind(sheet),
    )


def _ip_kind(sheet: Sheet) -> IpKind | None:
    """The kind of the first right; an application counts as what is applied for."""
    for right in sheet.rights:
        value = right.kind.value
        if right.kind is RightKind.APPLICATION and right.number:
            value = parse_patent_number(right.number).kind.value
        if value in {kind.value for kind in IpKind}:
            return IpKind.of(value)
    return None


def application_of(session: Session, contract_id: int) -> int | None:
    """The latest application for registration, as the contract's own thread tells it.

    The registry stands above contracts, which therefore do not ask it: they read the journal.
    """
    told = [
        e for e in timeline(session, [("contract", contract_id)]) if e.act == "registry.applied"
    ]
    return told[-1].subject_id if told else None
