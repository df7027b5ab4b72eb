"""ASVS 7.3: a session ends by itself, sooner for staff."""

from datetime import UTC, datetime, timedelta

import pytest

from market.accounts.limits import is_over
from market.kernel.authority import STAFF, Role

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("role", Role)
def test_a_session_lasts_as_long_as_its_persons_roles_allow(role: Role) -> None:
    staff = role in STAFF
    idle = timedelta(minutes=30) if staff else timedelta(hours=8)
    absolute = timedelta(hours=12) if staff else timedelta(days=14)
    assert not is_over(AT, AT, {role}, AT + idle - TICK)
    assert is_over(AT, AT, {role}, AT + idle)
    last = AT + absolute
    assert not is_over(AT, last - TICK, {role}, last - TICK)
    assert is_over(AT, last - TICK, {role}, last)


def test_one_staff_role_is_enough_for_the_shorter_limits() -> None:
    at = AT + timedelta(minutes=31)
    assert is_over(AT, AT, {Role.RESEARCHER, Role.DIRECTOR}, at)
    assert not is_over(AT, AT, {Role.RESEARCHER, Role.BROKER}, at)
    assert not is_over(AT, AT, set(), at)
