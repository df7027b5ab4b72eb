"""Noting that one party controls another or holds a share in it, and that it ended."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.clock import day_of
from market.kernel.db import lock, witness
from market.kernel.journal import record
from market.kernel.refusal import Refusal, insist
from market.parties.models import Party, Tie
from market.parties.ties import Bond, TieRefusal, end_refusal, note_refusal

_FIELDS: dict[Refusal | None, str] = {
    TieRefusal.ITSELF: "other",
    TieRefusal.SHARE_MISSING: "share_bp",
    TieRefusal.SHARE_UNWANTED: "share_bp",
    TieRefusal.SINCE_AHEAD: "since_on",
    TieRefusal.END_DAY: "ended_on",
}


def note_tie(
    session: Session, bond: Bond, since_on: date, *, source: str, by: Actor, at: datetime
) -> Tie:
    """Note a tie, from the parties' own word or the operator's finding; it stands for both."""
    for party_id in sorted({bond.holder_id, bond.held_id}):
        lock(session, Party, party_id)
    refusal = note_refusal(by, bond, since_on, day_of(at), at)
    insist(refusal, field=_FIELDS.get(refusal))
    tie = Tie(**vars(bond), since_on=since_on, source=source, noted_by=by.user_id, noted_at=at)
    with witness(session, TieRefusal.NOTED):
        session.add(tie)
    _record(session, "party.tie-noted", tie, by=by, at=at, on_day=since_on.isoformat())
    return tie


def end_tie(session: Session, tie_id: int, ended_on: date, *, by: Actor, at: datetime) -> Tie:
    """Note that a tie ended; what held until then stays on record."""
    tie = lock(session, Tie, tie_id)
    refusal = end_refusal(
        by,
        tie.bond,
        at,
        since_on=tie.since_on,
        ended=tie.ended_on is not None,
        on=ended_on,
        today=day_of(at),
    )
    insist(refusal, field=_FIELDS.get(refusal))
    tie.ended_on = ended_on
    _record(session, "party.tie-ended", tie, by=by, at=at, on_day=ended_on.isoformat())
    return tie


def _record(
    session: Session, act: str, tie: Tie, *, by: Actor, at: datetime, **facts: object
) -> None:
    """One entry in a thread of the tie's own: two parties are concerned alike."""
    record(
        session,
        act,
        by=by,
        at=at,
        thread=("tie", tie.id),
        on=("tie", tie.id),
        holder=tie.holder_id,
        held=tie.held_id,
        kind=tie.kind.value,
        share_bp=tie.share_bp,
        **facts,
    )
