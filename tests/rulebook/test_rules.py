from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from market.kernel.authority import NOBODY, Actor, Role, WhoRefusal
from market.kernel.refusal import Refusal
from market.rulebook.rules import (
    ALWAYS,
    BOUNDS,
    R2026,
    SHIPPED,
    Certainty,
    RulebookRefusal,
    amend_refusal,
    law_on,
    standing,
)

TODAY = date(2026, 3, 10)
TOMORROW = TODAY + timedelta(days=1)
OPERATOR = Actor(3, "王五", frozenset({Role.OPERATOR}))
KEY = "reg.review_days"


@pytest.mark.parametrize(
    ("key", "value", "valid_from", "said"),
    [
        (KEY, 20, TOMORROW, None),
        (KEY, 0, TOMORROW, RulebookRefusal.BEYOND),
        (KEY, 1, TOMORROW, None),
        (KEY, 3650, TOMORROW, None),
        (KEY, 3651, TOMORROW, RulebookRefusal.BEYOND),
        (KEY, 10**14, TOMORROW, RulebookRefusal.BEYOND),
        ("prc.publicity_days", 0, TOMORROW, RulebookRefusal.BEYOND),
        ("reg.restart_clock_on_correction", 0, TOMORROW, None),
        ("reg.restart_clock_on_correction", 2, TOMORROW, RulebookRefusal.BEYOND),
        ("reg.large_threshold_tech_value", 10**15, TOMORROW, None),
        ("reg.large_threshold_tech_value", 10**15 + 1, TOMORROW, RulebookRefusal.BEYOND),
        ("reg.no_such_days", 20, TOMORROW, RulebookRefusal.UNKNOWN_KEY),
        (KEY, -1, TOMORROW, RulebookRefusal.BEYOND),
        (KEY, 20, TODAY, RulebookRefusal.BACKDATED),
        (KEY, 20, ALWAYS, RulebookRefusal.BACKDATED),
    ],
)
def test_only_a_known_parameter_is_amended_and_only_for_the_future(
    at: datetime, key: str, value: int, valid_from: date, said: Refusal | None
) -> None:
    by = replace(OPERATOR, confirmed_at=at)
    assert amend_refusal(by, key, value, valid_from, TODAY, at) is said


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (NOBODY, WhoRefusal.SIGN_IN),
        (Actor(2, "李四", frozenset({Role.DIRECTOR})), WhoRefusal.NOT_YOUR_ROLE),
        (Actor(4, "赵六", frozenset({Role.ADMINISTRATOR})), WhoRefusal.NOT_YOUR_ROLE),
        (OPERATOR, WhoRefusal.PASSWORD_AGAIN),
    ],
)
def test_only_an_operator_with_the_password_amends(at: datetime, by: Actor, said: Refusal) -> None:
    assert amend_refusal(by, KEY, 20, TOMORROW, TODAY, at) is said


@pytest.mark.parametrize(
    ("on", "days"),
    [(ALWAYS, 30), (R2026 - timedelta(days=1), 30), (R2026, 15), (date(2030, 1, 1), 15)],
)
def test_the_law_of_a_day_holds_the_value_of_that_day(on: date, days: int) -> None:
    assert law_on(on, SHIPPED).number(KEY) == days


def test_a_parameter_that_does_not_hold_yet_is_nothing() -> None:
    before = law_on(R2026 - timedelta(days=1), SHIPPED)
    assert before.number("reg.large_review_days") == 0
    assert before.flag("reg.restart_clock_on_correction") is False
    assert law_on(R2026, SHIPPED).flag("reg.restart_clock_on_correction") is True


def test_a_value_is_past_present_or_coming() -> None:
    old, new = (each for each in SHIPPED if each.key == KEY)
    assert [standing(each, law_on(TODAY, SHIPPED)) for each in (old, new)] == ["past", "present"]
    assert standing(new, law_on(ALWAYS, SHIPPED)) == "coming"


def test_every_shipped_parameter_names_its_article_its_meaning_and_its_certainty() -> None:
    for each in SHIPPED:
        assert each.article
        assert each.meaning
        assert isinstance(each.certainty, Certainty)
        assert each.value in BOUNDS[each.unit]
    known = [(each.key, each.valid_from) for each in SHIPPED]
    assert len(known) == len(set(known))
    assert len({(each.key, each.unit.name[-4:]) for each in SHIPPED}) == len(
        {each.key for each in SHIPPED}
    )
