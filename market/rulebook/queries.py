"""The law in force on a day."""

from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.rulebook.models import Amendment
from market.rulebook.rules import SHIPPED, Certainty, Law, Parameter, law_on


def parameters(session: Session) -> list[Parameter]:
    """All values of all parameters, shipped and amended, by key and first day."""
    latest = {p.key: p for p in SHIPPED}
    amended = [
        replace(
            latest[row.key],
            value=row.value,
            unit=row.unit,
            valid_from=row.valid_from,
            article=row.article,
            certainty=Certainty.FIRM,
        )
        for row in session.scalars(select(Amendment))
        if row.key in latest
    ]
    return sorted([*SHIPPED, *amended], key=lambda p: (p.key, p.valid_from))


def law(session: Session, on: date) -> Law:
    """The law in force on the day that the law itself names (acceptance, notice …)."""
    return law_on(on, parameters(session))
