"""What pages and upper slices read of contracts."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.contracts.models import Contract
from market.contracts.rules import SEE, Status, relations
from market.kernel.authority import Actor, Role, who_refusal
from market.kernel.db import Missing


def get_contract(session: Session, contract_id: int, by: Actor, at: datetime) -> Contract:
    """The contract if this person is party to it (or the auditor); else ``Missing``.

    A registrar reads it through the application that brought it to the registry.
    """
    contract = session.get(Contract, contract_id)
    if contract is None:
        raise Missing("contract", contract_id)
    near = relations(by, contract.paper)
    if not by.has(Role.AUDITOR) and who_refusal(SEE, by, at, near) is not None:
        raise Missing("contract", contract_id)
    return contract


def contracts_of(session: Session, party_id: int) -> list[Contract]:
    """A party's contracts, the latest first."""
    near = or_(Contract.seller_id == party_id, Contract.buyer_id == party_id)
    return list(session.scalars(select(Contract).where(near).order_by(Contract.id.desc())))


def find_for_deal(session: Session, deal_id: int) -> Contract | None:
    """The contract that a deal led to."""
    found = select(Contract).where(Contract.deal_id == deal_id, Contract.status != Status.DROPPED)
    return session.scalars(found).first()


def awaiting_signature(session: Session, party_id: int) -> list[Contract]:
    """Contracts whose text is fixed and which this party has not signed yet."""
    near = or_(Contract.seller_id == party_id, Contract.buyer_id == party_id)
    found = select(Contract).where(near, Contract.status == Status.SIGNING)
    return [
        contract
        for contract in session.scalars(found.order_by(Contract.id))
        if party_id not in {s.party_id for s in contract.signatures}
    ]
