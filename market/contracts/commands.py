"""Drafting, fixing the text, signing, noting the recordal."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from market.contracts.models import (
    Contract,
    DeductionLine,
    InstalmentLine,
    Signature,
    agreed,
)
from market.contracts.owing import cancel_owed, open_owed
from market.contracts.rules import (
    MOVES,
    ContractRefusal,
    Paper,
    Side,
    Status,
    draft_refusal,
    gaps,
    move_refusal,
    offer_text_refusal,
    recordal_refusal,
    replace_refusal,
    side_of,
    sign_refusal,
)
from market.contracts.terms import Terms
from market.contracts.wording import contract_text, text_hash
from market.deals.models import Deal
from market.kernel.authority import Actor
from market.kernel.clock import day_of
from market.kernel.db import get, lock, witness
from market.kernel.journal import record
from market.kernel.refusal import Refusal, insist
from market.parties.models import Party
from market.parties.queries import find_venue_for, related_parties
from market.rulebook.queries import law
from market.rulebook.rules import RELATED_SHARE, VERIFIED_FIRST


def draft(
    session: Session,
    seller_id: int,
    buyer_id: int,
    terms: Terms,
    *,
    by: Actor,
    at: datetime,
    deal: Deal | None = None,
) -> Contract:
    """Draft a contract, from a deal or, since most turnover comes from outside, without one."""
    seller = get(session, Party, seller_id)
    get(session, Party, buyer_id)
    terms = _told_related(session, terms, seller_id, buyer_id, at)
    paper = Paper(seller_id, buyer_id, Status.DRAFT, terms, agreed=agreed(deal))
    _insist(draft_refusal(by, paper, at))
    return _drafted(session, seller, buyer_id, terms, deal, by=by, at=at)


def replace_signed(session: Session, contract_id: int, *, by: Actor, at: datetime) -> Contract:
    """Set a signed contract aside and begin its corrected draft; gives the draft.

    The old one keeps its text, hash and signatures as evidence. A recordal noted on it goes along:
    the patent office records an assignment once.
    """
    old = lock(session, Contract, contract_id)
    insist(replace_refusal(by, old.paper, at))
    old.status = MOVES[old.status, "replace"]
    record(session, "contract.replaced", by=by, at=at, thread=("contract", old.id))
    session.flush()
    cancel_owed(session, old.deal, by=by, at=at)
    terms = _told_related(session, old.terms, old.seller_id, old.buyer_id, at)
    return _drafted(session, old.seller, old.buyer_id, terms, old.deal, by=by, at=at, replaces=old)


def _drafted(
    session: Session,
    seller: Party,
    buyer_id: int,
    terms: Terms,
    deal: Deal | None,
    *,
    by: Actor,
    at: datetime,
    replaces: Contract | None = None,
) -> Contract:
    venue = find_venue_for(session, seller)
    contract = Contract(
        deal=deal,
        replaces_id=replaces.id if replaces else None,
        seller_id=seller.id,
        buyer_id=buyer_id,
        venue_id=venue.id if venue else None,
        status=Status.DRAFT,
        drafted_at=at,
        recordal_number=replaces.recordal_number if replaces else None,
        recorded_on=replaces.recorded_on if replaces else None,
    )
    _write(contract, terms)
    with witness(session, ContractRefusal.DEAL_HAS_CONTRACT):
        session.add(contract)
    record(
        session,
        "contract.drafted",
        by=by,
        at=at,
        thread=("contract", contract.id),
        deal=deal.id if deal else None,
        replaces=replaces.id if replaces else None,
        kind=terms.kind.value,
        turnover=terms.turnover.minor,
    )
    return contract


def save_draft(
    session: Session,
    contract_id: int,
    terms: Terms,
    *,
    by: Actor,
    at: datetime,
    seen: str | None = None,
) -> Contract:
    """Replace what a draft says; ``seen`` is the glimpse of the draft that was edited.

    None is for callers who edit nothing they read before; a page always names what it showed.
    """
    contract = lock(session, Contract, contract_id)
    terms = _told_related(session, terms, contract.seller_id, contract.buyer_id, at)
    paper = replace(contract.paper, terms=terms)
    _insist(draft_refusal(by, paper, at, seen=seen, stands=contract.terms))
    _write(contract, terms)
    record(
        session,
        "contract.edited",
        by=by,
        at=at,
        thread=("contract", contract.id),
        turnover=terms.turnover.minor,
    )
    return contract


def offer_text(session: Session, contract_id: int, *, by: Actor, at: datetime) -> Contract:
    """Fix the text: from here on both sides see and sign the same words."""
    contract = lock(session, Contract, contract_id)
    terms = contract.terms
    insist(
        offer_text_refusal(by, contract.paper, day_of(at), at),
        gaps=gaps(terms),
        clause=sorted(terms.monopoly),
    )
    contract.related |= _are_related(session, contract.seller_id, contract.buyer_id, at)
    contract.status = MOVES[contract.status, "offer"]
    contract.text = contract_text(contract)
    contract.text_hash = text_hash(contract.text)
    record(
        session,
        "contract.text-fixed",
        by=by,
        at=at,
        thread=("contract", contract.id),
        hash=contract.text_hash,
    )
    return contract


def reopen(session: Session, contract_id: int, *, by: Actor, at: datetime) -> Contract:
    """Go back to drafting; a signature given so far falls with the text it was given to."""
    contract = lock(session, Contract, contract_id)
    insist(move_refusal(by, contract.paper, "reopen", at))
    contract.status = MOVES[contract.status, "reopen"]
    contract.text = contract.text_hash = None
    contract.signatures = []
    record(session, "contract.reopened", by=by, at=at, thread=("contract", contract.id))
    return contract


def drop(session: Session, contract_id: int, *, by: Actor, at: datetime) -> Contract:
    """Give a contract up before both have signed."""
    contract = lock(session, Contract, contract_id)
    insist(move_refusal(by, contract.paper, "drop", at))
    contract.status = MOVES[contract.status, "drop"]
    contract.text = contract.text_hash = None
    contract.signatures = []
    record(session, "contract.dropped", by=by, at=at, thread=("contract", contract.id))
    return contract


def sign(
    session: Session, contract_id: int, seen_hash: str, *, by: Actor, at: datetime
) -> Contract:
    """Sign exactly the text that was read; with the second side's signature it is concluded.

    What a contract of the market then has its buyer owe is owed from here on.
    """
    contract = lock(session, Contract, contract_id)
    first = law(session, day_of(at)).flag(VERIFIED_FIRST)
    insist(sign_refusal(by, contract.paper, at, seen_hash=seen_hash, verified_first=first))
    side = side_of(by, contract.paper)
    assert side is not None, "the rule let only the two sides pass"
    with witness(session, ContractRefusal.SIGNED_ALREADY):
        contract.signatures.append(
            Signature(
                side=side,
                party_id=by.party_id,
                user_id=by.user_id,
                text_hash=contract.text_hash,
                signed_at=at,
            )
        )
    if {s.side for s in contract.signatures} == set(Side):
        contract.status = MOVES[contract.status, "complete"]
        contract.signed_at = at
    record(
        session,
        "contract.signed",
        by=by,
        at=at,
        thread=("contract", contract.id),
        side=side.value,
        hash=contract.text_hash,
        concluded=contract.status is Status.SIGNED,
    )
    if contract.status is Status.SIGNED:
        open_owed(session, contract, by=by, at=at)
    return contract


def note_recordal(
    session: Session,
    contract_id: int,
    number: str,
    recorded_on: date,
    *,
    by: Actor,
    at: datetime,
) -> Contract:
    """Note the patent office's recordal, without which an assignment is not registered (REG-13)."""
    contract = lock(session, Contract, contract_id)
    refusal = recordal_refusal(by, contract.paper, recorded_on, day_of(at), at)
    insist(refusal, "recorded_on" if refusal is ContractRefusal.RECORDAL_DAY else None)
    contract.recordal_number, contract.recorded_on = number, recorded_on
    record(
        session,
        "contract.recordal-noted",
        by=by,
        at=at,
        thread=("contract", contract.id),
        number=number,
        on_day=recorded_on.isoformat(),
    )
    return contract


_READ_AT = {
    ContractRefusal.DEAL_PRICE: "turnover",
    ContractRefusal.DEAL_KIND: "kind",
    ContractRefusal.DEAL_LICENCE: "licence_type",
    ContractRefusal.OUTLASTS: "ends_on",
    ContractRefusal.DEDUCTIONS: "deductions",
    ContractRefusal.INSTALMENTS: "instalments",
    ContractRefusal.PERIOD: "ends_on",
    ContractRefusal.ONE_PARTY: "other",
}


def _insist(refusal: Refusal | None) -> None:
    """Raise a refusal of a draft at the field where it is best read."""
    field = _READ_AT.get(refusal) if isinstance(refusal, ContractRefusal) else None
    insist(refusal, field)


def _told_related(
    session: Session, terms: Terms, seller_id: int, buyer_id: int, at: datetime
) -> Terms:
    """Parties that share a person, control or enough equity are related, whatever was ticked."""
    known = terms.related or _are_related(session, seller_id, buyer_id, at)
    return replace(terms, related=known)


def _are_related(session: Session, seller_id: int, buyer_id: int, at: datetime) -> bool:
    share = law(session, day_of(at)).number(RELATED_SHARE)
    return buyer_id in related_parties(session, {seller_id}, day_of(at), share)


def _write(contract: Contract, terms: Terms) -> None:
    lines = {"turnover", "deductions", "instalments", "monopoly", "no_monopoly"}
    for name, value in vars(terms).items():
        if name not in lines:
            setattr(contract, name, value)
    contract.turnover_minor = terms.turnover.minor
    contract.turnover_currency = terms.turnover.currency
    contract.monopoly = " ".join(sorted(m.value for m in terms.monopoly))
    contract.no_monopoly = " ".join(sorted(m.value for m in terms.no_monopoly))
    contract.deductions = [
        DeductionLine(place=n, kind=d.kind, amount_minor=d.amount.minor, note=d.note)
        for n, d in enumerate(terms.deductions)
    ]
    contract.instalments = [
        InstalmentLine(place=n, due_on=i.due_on, amount_minor=i.amount.minor, note=i.note)
        for n, i in enumerate(terms.instalments)
    ]
