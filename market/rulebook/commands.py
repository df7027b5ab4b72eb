"""Amending the law's parameters."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.clock import day_of
from market.kernel.db import witness
from market.kernel.journal import record
from market.kernel.refusal import Refusal, insist
from market.rulebook.models import Amendment
from market.rulebook.rules import BOUNDS, UNITS, RulebookRefusal, amend_refusal

_FIELDS: dict[Refusal | None, str] = {
    RulebookRefusal.UNKNOWN_KEY: "key",
    RulebookRefusal.BEYOND: "value",
    RulebookRefusal.BACKDATED: "valid_from",
}


def amend_parameter(
    session: Session,
    key: str,
    value: int,
    valid_from: date,
    *,
    article: str,
    by: Actor,
    at: datetime,
) -> Amendment:
    """Set a parameter from a future day on, naming the article it rests on."""
    refusal = amend_refusal(by, key, value, valid_from, day_of(at), at)
    insist(refusal, field=_FIELDS.get(refusal), **_limits(refusal, key))
    amendment = Amendment(key=key, value=value, valid_from=valid_from, article=article)
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
    )
    return amendment


def _limits(refusal: Refusal | None, key: str) -> dict[str, object]:
    """What the sentence of a refused value names."""
    if refusal is not RulebookRefusal.BEYOND:
        return {}
    bounds = BOUNDS[UNITS[key]]
    return {"least": bounds[0], "most": bounds[-1]}
