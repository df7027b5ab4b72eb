"""Who may do what with a second factor, as tables of cases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from market.factors.rules import (
    FactorRefusal,
    code_refusal,
    drop_refusal,
    enrol_refusal,
    renew_refusal,
    reset_refusal,
)
from market.kernel.authority import NEEDS_FACTOR, NOBODY, Actor, Role, WhoRefusal
from market.kernel.refusal import Refusal

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
MANY = Actor(7, confirmed_at=AT)
ADMIN = Actor(8, roles=frozenset({Role.ADMINISTRATOR}), confirmed_at=AT)
UNSURE = replace(MANY, confirmed_at=AT - timedelta(minutes=6))


@pytest.mark.parametrize(
    ("step", "last", "told"),
    [
        (10, 9, None),
        (10, 10, FactorRefusal.WRONG_CODE),
        (9, 10, FactorRefusal.WRONG_CODE),
        (None, 9, FactorRefusal.WRONG_CODE),
        (10, None, FactorRefusal.NOT_ENROLLED),
    ],
)
def test_a_code_counts_once_and_never_after_a_later_one(
    step: int | None, last: int | None, told: FactorRefusal | None
) -> None:
    assert code_refusal(step, last) is told


@pytest.mark.parametrize(
    ("by", "step", "last", "told"),
    [
        (MANY, 10, None, None),
        (MANY, 10, 9, None),
        (MANY, 10, 10, FactorRefusal.WRONG_CODE),
        (MANY, None, None, FactorRefusal.WRONG_CODE),
        (NOBODY, 10, None, WhoRefusal.SIGN_IN),
        (UNSURE, 10, None, WhoRefusal.PASSWORD_AGAIN),
    ],
)
def test_everybody_sets_up_their_own_with_a_first_right_code(
    by: Actor, step: int | None, last: int | None, told: Refusal | None
) -> None:
    assert enrol_refusal(by, step, last, AT) is told


@pytest.mark.parametrize(
    ("by", "enrolled", "told"),
    [
        (MANY, True, None),
        (MANY, False, FactorRefusal.NOT_ENROLLED),
        (NOBODY, True, WhoRefusal.SIGN_IN),
        (UNSURE, True, WhoRefusal.PASSWORD_AGAIN),
    ],
)
def test_recovery_codes_are_made_anew_by_who_has_a_factor(
    by: Actor, enrolled: bool, told: Refusal | None
) -> None:
    assert renew_refusal(by, AT, enrolled=enrolled) is told


@pytest.mark.parametrize("role", Role)
def test_a_factor_is_turned_off_unless_a_role_needs_it(role: Role) -> None:
    told = drop_refusal(MANY, [Role.COMPANY, role], AT, enrolled=True)
    assert told is (FactorRefusal.NEEDED if role in NEEDS_FACTOR else None)
    assert drop_refusal(UNSURE, [role], AT, enrolled=True) is WhoRefusal.PASSWORD_AGAIN


def test_who_has_no_factor_turns_none_off() -> None:
    assert drop_refusal(MANY, [], AT, enrolled=False) is FactorRefusal.NOT_ENROLLED


@pytest.mark.parametrize(
    ("by", "owner", "enrolled", "told"),
    [
        (ADMIN, 7, True, None),
        (ADMIN, 8, True, FactorRefusal.OWN_FACTOR),
        (ADMIN, 7, False, FactorRefusal.NOT_ENROLLED),
        (MANY, 9, True, WhoRefusal.NOT_YOUR_ROLE),
        (replace(ADMIN, confirmed_at=None), 7, True, WhoRefusal.PASSWORD_AGAIN),
    ],
)
def test_only_another_administrator_resets_a_factor(
    by: Actor, owner: int, enrolled: bool, told: Refusal | None
) -> None:
    assert reset_refusal(by, owner, AT, enrolled=enrolled) is told


def test_a_wrong_code_is_about_who_somebody_is_and_the_rest_about_the_state_of_things() -> None:
    unproved = {FactorRefusal.WRONG_CODE, FactorRefusal.WRONG_RECOVERY_CODE}
    assert {refusal for refusal in FactorRefusal if refusal.status == 401} == unproved
    assert FactorRefusal.OFFER_OVER.status == 409
