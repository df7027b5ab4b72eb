"""Whose an outside identity is, and how long a flow may take."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from market.identities.rules import (
    FLOW_HOLDS,
    IdentityRefusal,
    flow_refusal,
    link_refusal,
    unlink_refusal,
)
from market.kernel.authority import NOBODY, Actor, WhoRefusal
from market.kernel.refusal import Refusal

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
LI = Actor(7, confirmed_at=AT)
UNSURE = replace(LI, confirmed_at=AT - timedelta(minutes=6))


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (timedelta(0), None),
        (FLOW_HOLDS, None),
        (FLOW_HOLDS + timedelta(seconds=1), IdentityRefusal.FLOW_LOST),
        (-timedelta(seconds=1), IdentityRefusal.FLOW_LOST),
    ],
)
def test_a_flow_ends_within_ten_minutes(after: timedelta, told: Refusal | None) -> None:
    assert flow_refusal(AT, AT + after) is told


@pytest.mark.parametrize(
    ("by", "owner", "told"),
    [
        (LI, None, None),
        (LI, 7, None),
        (LI, 8, IdentityRefusal.TAKEN),
        (NOBODY, None, WhoRefusal.SIGN_IN),
        (UNSURE, None, WhoRefusal.PASSWORD_AGAIN),
    ],
)
def test_an_identity_belongs_to_one_account(
    by: Actor, owner: int | None, told: Refusal | None
) -> None:
    assert link_refusal(by, owner, AT) is told


def test_a_link_is_undone_with_the_password() -> None:
    assert unlink_refusal(LI, AT) is None
    assert unlink_refusal(UNSURE, AT) is WhoRefusal.PASSWORD_AGAIN
    assert unlink_refusal(NOBODY, AT) is WhoRefusal.SIGN_IN


def test_each_no_has_its_own_status() -> None:
    told = {refusal.name: refusal.status for refusal in IdentityRefusal}
    assert told == {"FLOW_LOST": 400, "NOT_PROVED": 401, "PROVIDER_SILENT": 503, "TAKEN": 409}
