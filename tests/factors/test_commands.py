from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.models import RecoveryCode, SignIn, User, UserRole
from market.accounts.session_commands import begin_session
from market.factors.codes import code_at, new_secret, step_of
from market.factors.commands import (
    drop_factor,
    enrol_factor,
    forget_factor,
    give_code,
    renew_codes,
    reset_factor,
    use_recovery_code,
)
from market.factors.queries import factor_of, secret_of
from market.factors.rules import RECOVERY_CODES, FactorRefusal
from market.kernel.authority import NEEDS_FACTOR, NOBODY, Actor, Role, WhoRefusal, who_refusal
from market.kernel.authority import Act as Row
from market.kernel.db import Missing
from market.kernel.journal import timeline
from market.kernel.refusal import Refusal, Refused
from market.kernel.sealing import Sealer
from market.parties.queries import find_actor
from tests import make


@pytest.fixture
def li(session: Session, at: datetime) -> User:
    """Somebody with a second factor."""
    person = make.user(session, Role.COMPANY, at=at)
    make.factor(session, person, at)
    return person


def holder(s: Session, role: Role, at: datetime) -> User:
    """Somebody who holds this role, without the post that a registrar needs."""
    person = make.user(s, at=at)
    person.roles.append(UserRole(role=role))
    s.flush()
    return person


def refusal(act: object, *args: object, **over: object) -> Refusal:
    with pytest.raises(Refused) as error:
        act(*args, **over)  # type: ignore[operator]
    return error.value.refusal


def give(s: Session, person: User, code: str, at: datetime) -> User:
    return give_code(s, person.id, code, make.SEALER, by=Actor(person.id), at=at)


def acts(s: Session, person: User) -> list[str]:
    return [entry.act for entry in timeline(s, [("user", person.id)])]


# ── setting up ───────────────────────────────────────────────────────────────────────────────────


def test_a_factor_is_set_up_with_its_first_code_and_ten_recovery_codes(
    session: Session, at: datetime
) -> None:
    person = make.user(session, at=at)
    by = make.actor(session, person, at)
    codes = enrol_factor(session, make.SECRET, make.code(at), make.SEALER, by=by, at=at)
    assert len(set(codes)) == RECOVERY_CODES == 10
    factor = factor_of(session, person.id)
    assert (factor.since, factor.codes_left, factor.few) == (at, 10, False)
    assert secret_of(person, make.SEALER) == make.SECRET
    assert acts(session, person)[-1] == "account.factor-enrolled"


def test_neither_secret_nor_recovery_codes_lie_open_in_the_database(
    session: Session, li: User, at: datetime
) -> None:
    codes = renew_codes(session, by=make.actor(session, li, at), at=at)
    rows = list(session.scalars(select(RecoveryCode).where(RecoveryCode.user_id == li.id)))
    kept = " ".join([str(li.totp_secret), *(row.code_hash for row in rows)])
    told = " ".join(entry.facts for entry in timeline(session, [("user", li.id)]))
    for secret in (make.SECRET, *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in kept
        assert secret not in told


def test_without_a_right_code_nothing_is_set_up(session: Session, at: datetime) -> None:
    person = make.user(session, at=at)
    by = make.actor(session, person, at)
    told = refusal(enrol_factor, session, make.SECRET, make.code(at, 2), make.SEALER, by=by, at=at)
    assert told is FactorRefusal.WRONG_CODE
    assert factor_of(session, person.id).since is None


def test_a_factor_moves_to_another_device_and_the_old_one_is_worth_nothing(
    session: Session, li: User, at: datetime
) -> None:
    other, by = new_secret(), make.actor(session, li, at)
    enrol_factor(session, other, code_at(other, step_of(at)), make.SEALER, by=by, at=at)
    later = at + timedelta(minutes=1)
    assert refusal(give, session, li, make.code(later), later) is FactorRefusal.WRONG_CODE
    assert give(session, li, code_at(other, step_of(later)), later) is li


def test_the_first_code_of_a_device_counts_once_too(session: Session, at: datetime) -> None:
    person = make.user(session, at=at)
    by, code = make.actor(session, person, at), make.code(at)
    enrol_factor(session, make.SECRET, code, make.SEALER, by=by, at=at)
    again = refusal(enrol_factor, session, make.SECRET, code, make.SEALER, by=by, at=at)
    assert again is FactorRefusal.WRONG_CODE
    assert refusal(give, session, person, code, at) is FactorRefusal.WRONG_CODE


def test_a_factor_is_whole_or_it_is_none(session: Session, li: User) -> None:
    for missing in ("totp_secret", "totp_since", "totp_step"):
        with pytest.raises(IntegrityError, match="factor_is_whole"), session.begin_nested():
            session.execute(update(User).where(User.id == li.id).values({missing: None}))


# ── proving oneself ──────────────────────────────────────────────────────────────────────────────


def test_a_code_counts_once_and_no_earlier_one_after_it(
    session: Session, li: User, at: datetime
) -> None:
    give(session, li, make.code(at), at)
    for code in (make.code(at), make.code(at, -1)):
        assert refusal(give, session, li, code, at) is FactorRefusal.WRONG_CODE
    give(session, li, make.code(at, 1), at)  # the next half minute's is another code


@pytest.mark.parametrize("off", [-2, 2])
def test_a_code_two_steps_off_is_wrong(session: Session, li: User, at: datetime, off: int) -> None:
    assert refusal(give, session, li, make.code(at, off), at) is FactorRefusal.WRONG_CODE


def test_a_code_of_somebody_else_is_wrong(session: Session, li: User, at: datetime) -> None:
    wang = make.user(session, at=at)
    other, by = new_secret(), make.actor(session, wang, at)
    enrol_factor(session, other, code_at(other, step_of(at)), make.SEALER, by=by, at=at)
    later = at + timedelta(minutes=1)
    theirs = code_at(other, step_of(later))
    assert refusal(give, session, li, theirs, later) is FactorRefusal.WRONG_CODE


def test_a_secret_moved_to_another_row_opens_for_nobody(
    session: Session, li: User, at: datetime
) -> None:
    wang = make.user(session, at=at)
    make.factor(session, wang, at)
    wang.totp_secret, li.totp_secret = li.totp_secret, wang.totp_secret
    assert refusal(give, session, li, make.code(at), at) is FactorRefusal.WRONG_CODE


def test_under_another_key_no_code_is_right_and_recovery_codes_still_are(
    session: Session, at: datetime
) -> None:
    person = make.user(session, at=at)
    codes = make.factor(session, person, at)
    other = Sealer("another key than the one that sealed it")
    told = refusal(give_code, session, person.id, make.code(at), other, by=Actor(person.id), at=at)
    assert told is FactorRefusal.WRONG_CODE
    recover(session, person, codes[0], at)


def test_who_has_no_factor_proves_nothing(session: Session, at: datetime) -> None:
    person = make.user(session, at=at)
    assert refusal(give, session, person, make.code(at), at) is FactorRefusal.NOT_ENROLLED


# ── recovery codes ───────────────────────────────────────────────────────────────────────────────


def recover(s: Session, person: User, code: str, at: datetime) -> User:
    return use_recovery_code(s, person.id, code, by=Actor(person.id), at=at)


def test_a_recovery_code_counts_once(session: Session, li: User, at: datetime) -> None:
    first, second, *_ = renew_codes(session, by=make.actor(session, li, at), at=at)
    recover(session, li, first.lower().replace("-", " "), at)
    assert factor_of(session, li.id).codes_left == 9
    assert refusal(recover, session, li, first, at) is FactorRefusal.WRONG_RECOVERY_CODE
    recover(session, li, second, at)
    assert acts(session, li).count("account.recovery-code-used") == 2


def test_new_recovery_codes_void_the_old(session: Session, li: User, at: datetime) -> None:
    by = make.actor(session, li, at)
    old, new = renew_codes(session, by=by, at=at), renew_codes(session, by=by, at=at)
    assert set(old).isdisjoint(new)
    assert refusal(recover, session, li, old[0], at) is FactorRefusal.WRONG_RECOVERY_CODE
    recover(session, li, new[0], at)


def test_the_owner_is_told_when_few_are_left(session: Session, li: User, at: datetime) -> None:
    codes = renew_codes(session, by=make.actor(session, li, at), at=at)
    few = []
    for code in codes:
        recover(session, li, code, at)
        few.append(factor_of(session, li.id).few)
    assert few == [False] * 6 + [True] * 4


@pytest.mark.parametrize("code", ["", "0", "x" * 24, "密码", "0" * 10_000])
def test_what_is_no_recovery_code_is_refused(
    session: Session, li: User, at: datetime, code: str
) -> None:
    assert refusal(recover, session, li, code, at) is FactorRefusal.WRONG_RECOVERY_CODE


def test_a_recovery_code_of_somebody_else_is_refused(
    session: Session, li: User, at: datetime
) -> None:
    wang = make.user(session, at=at)
    theirs = make.factor(session, wang, at)[0]
    assert refusal(recover, session, li, theirs, at) is FactorRefusal.WRONG_RECOVERY_CODE


# ── turning off, resetting ───────────────────────────────────────────────────────────────────────


def session_of(s: Session, person: User, at: datetime) -> SignIn:
    by = Actor(person.id)
    return begin_session(
        s, person.id, token_hash=f"{person.id}", factor=True, address="", agent="", by=by, at=at
    )


def test_a_factor_is_turned_off_with_all_that_belongs_to_it(
    session: Session, li: User, at: datetime
) -> None:
    codes = renew_codes(session, by=make.actor(session, li, at), at=at)
    kept = session_of(session, li, at)
    drop_factor(session, by=make.actor(session, li, at), at=at)
    session.refresh(kept)
    assert (li.totp_secret, li.totp_since, li.totp_step, kept.factor) == (None, None, None, False)
    assert refusal(recover, session, li, codes[0], at) is FactorRefusal.WRONG_RECOVERY_CODE
    assert acts(session, li)[-1] == "account.factor-dropped"


@pytest.mark.parametrize("role", sorted(NEEDS_FACTOR))
def test_who_holds_a_role_that_needs_it_keeps_it(
    session: Session, at: datetime, role: Role
) -> None:
    person = holder(session, role, at)
    make.factor(session, person, at)
    by = make.actor(session, person, at)
    assert refusal(drop_factor, session, by=by, at=at) is FactorRefusal.NEEDED
    asleep = replace(by, roles=frozenset(), asleep=frozenset({role}))
    assert refusal(drop_factor, session, by=asleep, at=at) is FactorRefusal.NEEDED


def test_an_administrator_resets_a_lost_factor_and_all_its_sessions_end(
    session: Session, li: User, at: datetime
) -> None:
    head = make.user(session, Role.ADMINISTRATOR, at=at)
    kept = session_of(session, li, at)
    reset_factor(session, li.id, by=make.actor(session, head, at), at=at)
    session.refresh(kept)
    assert kept.ended_at == at
    assert factor_of(session, li.id).since is None
    entry = timeline(session, [("user", li.id)])[-1]
    assert (entry.act, entry.user_id) == ("account.factor-reset", head.id)


def test_nobody_resets_their_own_factor(session: Session, at: datetime) -> None:
    head = make.user(session, Role.ADMINISTRATOR, at=at)
    make.factor(session, head, at)
    by = make.actor(session, head, at)
    assert refusal(reset_factor, session, head.id, by=by, at=at) is FactorRefusal.OWN_FACTOR
    with pytest.raises(Missing):
        reset_factor(session, head.id + 1000, by=by, at=at)


def test_the_machine_room_forgets_a_factor_and_says_so(
    session: Session, li: User, at: datetime
) -> None:
    kept = session_of(session, li, at)
    forget_factor(session, li.id, by=NOBODY, at=at)
    session.refresh(kept)
    assert (kept.ended_at, factor_of(session, li.id).since) == (at, None)
    assert acts(session, li)[-1] == "account.factor-forgotten"
    again = refusal(forget_factor, session, li.id, by=NOBODY, at=at)
    assert again is FactorRefusal.NOT_ENROLLED


# ── roles that sleep ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", Role)
def test_a_role_that_needs_a_factor_sleeps_without_one(
    session: Session, at: datetime, role: Role
) -> None:
    person = holder(session, role, at)
    row = Row("some.act", "some act", frozenset({role}))
    for factor in (True, False):
        by = find_actor(session, person.id, None, factor=factor)
        sleeps = role in NEEDS_FACTOR and not factor
        assert (role in by.roles, role in by.asleep) == (not sleeps, sleeps)
        assert who_refusal(row, by, at) is (WhoRefusal.FACTOR_NEEDED if sleeps else None)
