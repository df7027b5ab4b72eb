"""Amending the law's parameters: proposed by one operator, set by another's word."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel import proposals
from market.kernel.authority import Actor, who_refusal
from market.kernel.clock import day_of
from market.kernel.db import lock, witness
from market.kernel.journal import record
from market.kernel.proposals import Proposal
from market.kernel.refusal import Refusal, Refused, insist
from market.rulebook.models import Amendment
from market.rulebook.rules import AMEND, BOUNDS, UNITS, RulebookRefusal, amend_refusal

_FIELDS: dict[Refusal | None, str] = {
    RulebookRefusal.UNKNOWN_KEY: "key",
    RulebookRefusal.BEYOND: "value",
    RulebookRefusal.BACKDATED: "valid_from",
}


def propose_amendment(
    session: Session,
    key: str,
    value: int,
    valid_from: date,
    *,
    article: str,
    by: Actor,
    at: datetime,
) -> Proposal:
    """Propose a new value from a future day on, naming the article it rests on."""
    refusal = amend_refusal(by, key, value, valid_from, day_of(at), at)
    insist(refusal, field=_FIELDS.get(refusal), **_limits(refusal, key))
    terms = {"key": key, "value": value, "valid_from": valid_from.isoformat(), "article": article}
    stood = _stood(session, key)
    if valid_from.isoformat() in [day for day, _ in stood]:
        raise Refused(RulebookRefusal.TAKEN, field="valid_from")
    proposal = proposals.propose(
        session, AMEND, ("parameter", key), terms, stood=stood, by=by, at=at
    )
    _record(session, "rulebook.amendment-proposed", proposal, by=by, at=at)
    return proposal


def confirm_amendment(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Amendment:
    """Confirm, as another operator, exactly the value that was proposed: it is set."""
    insist(who_refusal(AMEND, by, at))
    proposal = _locked(session, proposal_id)
    stood = _stood(session, proposal.subject_id)
    told = proposals.confirm(session, proposal, stood=stood, by=by, at=at)
    key, value = str(told["key"]), proposals.number(told["value"]) or 0
    valid_from = date.fromisoformat(str(told["valid_from"]))
    insist(amend_refusal(by, key, value, valid_from, day_of(at), at))
    amendment = Amendment(key=key, value=value, valid_from=valid_from, article=str(told["article"]))
    amendment.unit = UNITS[key]
    amendment.amended_by = by.user_id or 0
    amendment.amended_at = at
    with witness(session, RulebookRefusal.TAKEN):
        session.add(amendment)
    record(
        session,
        "rulebook.amended",
        by=by,
        at=at,
        thread=("amendment", amendment.id),
        key=key,
        value=value,
        valid_from=valid_from.isoformat(),
        proposed_by=proposal.proposed_by,
    )
    return amendment


def decline_amendment(session: Session, proposal_id: int, *, by: Actor, at: datetime) -> Proposal:
    """Take one's own proposal back, or reject another's."""
    insist(who_refusal(AMEND, by, at))
    proposal = _locked(session, proposal_id)
    proposals.decline(session, proposal, by=by, at=at)
    _record(session, "rulebook.amendment-declined", proposal, by=by, at=at)
    return proposal


def _locked(session: Session, proposal_id: int) -> Proposal:
    return lock(session, Proposal, proposals.get_proposal(session, proposal_id, AMEND).id)


def _stood(session: Session, key: str) -> list[list[object]]:
    """The amendments of a parameter so far: a proposal speaks of a law that is still so."""
    found = select(Amendment).where(Amendment.key == key).order_by(Amendment.valid_from)
    return [[each.valid_from.isoformat(), each.value] for each in session.scalars(found)]


def _record(session: Session, act: str, proposal: Proposal, *, by: Actor, at: datetime) -> None:
    told = {name: each for name, each in proposal.told.items() if name != "article"}
    record(session, act, by=by, at=at, thread=("proposal", proposal.id), on=None, **told)


def _limits(refusal: Refusal | None, key: str) -> dict[str, object]:
    """What the sentence of a refused value names."""
    if refusal is not RulebookRefusal.BEYOND:
        return {}
    bounds = BOUNDS[UNITS[key]]
    return {"least": bounds[0], "most": bounds[-1]}
