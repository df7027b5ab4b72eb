from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.kernel.clock import day_of
from market.kernel.journal import timeline
from market.kernel.refusal import Refused
from market.rulebook.commands import propose_amendment
from market.rulebook.models import Amendment
from market.rulebook.queries import law, parameters
from market.rulebook.rules import Certainty, RulebookRefusal
from tests import make

KEY = "prc.publicity_days"


def test_an_amendment_holds_from_its_day_and_leaves_the_past(
    session: Session, at: datetime
) -> None:
    first_day = day_of(at) + timedelta(days=20)
    made = make.amendment(session, KEY, 30, first_day, article="某条例 9", at=at)
    (entry,) = timeline(session, [("amendment", made.id)])
    assert (entry.act, entry.seq) == ("rulebook.amended", 1)
    assert law(session, first_day - timedelta(days=1)).number(KEY) == 15
    assert law(session, first_day).number(KEY) == 30
    added = next(each for each in parameters(session) if each.article == "某条例 9")
    assert (added.value, added.valid_from, added.certainty) == (30, first_day, Certainty.FIRM)


def test_a_day_is_amended_once(session: Session, at: datetime) -> None:
    first_day = day_of(at) + timedelta(days=20)
    make.amendment(session, KEY, 30, first_day, article="某条例 9", at=at)
    with pytest.raises(Refused) as refused:
        make.amendment(session, KEY, 31, first_day, article="某条例 9", at=at)
    assert refused.value.refusal is RulebookRefusal.TAKEN
    assert law(session, first_day).number(KEY) == 30


@pytest.mark.parametrize(
    ("key", "value", "days", "said"),
    [
        ("no.such_key", 1, 1, RulebookRefusal.UNKNOWN_KEY),
        (KEY, -1, 1, RulebookRefusal.BEYOND),
        (KEY, 0, 1, RulebookRefusal.BEYOND),
        (KEY, 1, 0, RulebookRefusal.BACKDATED),
    ],
)
def test_a_refused_amendment_leaves_the_law_as_it_was(
    session: Session, at: datetime, key: str, value: int, days: int, said: RulebookRefusal
) -> None:
    by, before = make.operator(session, at), parameters(session)
    first_day = day_of(at) + timedelta(days=days)
    with pytest.raises(Refused) as refused:
        propose_amendment(session, key, value, first_day, article="某条例 9", by=by, at=at)
    assert refused.value.refusal is said
    assert parameters(session) == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (KEY, 0),
        (KEY, 3651),
        ("reg.restart_clock_on_correction", 2),
        ("reg.large_threshold_tech_value", 10**15 + 1),
    ],
)
def test_the_database_keeps_the_bounds_of_each_unit(
    session: Session, at: datetime, key: str, value: int
) -> None:
    first_day = day_of(at) + timedelta(days=20)
    made = make.amendment(session, key, 1, first_day, article="某条例 9", at=at)
    changed = update(Amendment).where(Amendment.id == made.id).values(value=value)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(changed)


def test_tomorrow_is_counted_in_shanghai(session: Session) -> None:
    late = datetime.fromisoformat("2026-03-10T23:30:00+08:00")
    made = make.amendment(session, KEY, 20, date(2026, 3, 11), article="某条例", at=late)
    assert made.valid_from == date(2026, 3, 11)
