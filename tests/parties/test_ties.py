"""Which parties are related, case by case, by brute force, and as the market asks."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.contracts import commands as contracts
from market.kernel.authority import NOBODY, Actor, Role, Seat, WhoRefusal
from market.kernel.clock import day_of
from market.kernel.journal import timeline
from market.kernel.refusal import Refusal, Refused
from market.parties import tie_commands as commands
from market.parties.models import Tie
from market.parties.queries import related_parties, ties_of
from market.parties.ties import (
    Bond,
    TieKind,
    TieRefusal,
    end_refusal,
    kin,
    note_refusal,
    related,
    tie_refusal,
)
from market.registry import commands as registry
from market.registry.rules import RegistryRefusal
from tests import make

QUARTER = 2_500
TODAY = date(2026, 3, 10)


def controls(holder: int, held: int) -> Bond:
    return Bond(holder, held, TieKind.CONTROL)


def holds(holder: int, held: int, share_bp: int) -> Bond:
    return Bond(holder, held, TieKind.EQUITY, share_bp)


@pytest.mark.parametrize(
    ("bonds", "one", "other", "said"),
    [
        ([], 1, 2, False),
        ([controls(1, 2)], 1, 2, True),
        ([controls(1, 2), controls(2, 3)], 1, 3, True),
        ([controls(1, 2), controls(1, 3)], 2, 3, True),
        ([controls(1, 3), controls(2, 3)], 1, 2, False),
        ([holds(1, 2, 2_500)], 1, 2, True),
        ([holds(1, 2, 2_499)], 1, 2, False),
        ([holds(1, 2, 2_500), holds(2, 3, 2_500)], 1, 3, False),
        ([holds(1, 2, 5_001), holds(2, 3, 2_500)], 1, 3, True),
        ([holds(1, 2, 5_000), holds(2, 3, 2_500)], 1, 3, False),
        ([holds(1, 2, 2_500), controls(2, 3)], 1, 3, True),
        ([controls(1, 2), holds(2, 3, 3_000)], 1, 3, True),
        ([controls(9, 1), controls(9, 2), holds(2, 3, 3_000)], 1, 3, True),
        ([holds(1, 2, 3_000), holds(1, 3, 3_000)], 2, 3, False),
        ([controls(1, 2), controls(2, 1)], 1, 2, True),
    ],
)
def test_control_goes_through_any_number_of_steps_and_a_share_through_one(
    bonds: list[Bond], one: int, other: int, said: bool
) -> None:
    assert related(bonds, one, other, QUARTER) is said
    assert related(bonds, other, one, QUARTER) is said


ends = st.tuples(st.integers(1, 6), st.integers(1, 6)).filter(lambda pair: pair[0] != pair[1])
bonds = st.lists(
    st.one_of(
        ends.map(lambda pair: controls(*pair)),
        st.builds(lambda pair, share: holds(pair[0], pair[1], share), ends, st.integers(1, 10_000)),
    ),
    max_size=8,
)


@given(bonds, st.integers(1, 6), st.integers(1, 6))
def test_being_related_is_mutual(known: list[Bond], one: int, other: int) -> None:
    if one != other:
        there, back = related(known, one, other, QUARTER), related(known, other, one, QUARTER)
        assert there is back


@given(bonds, bonds, st.integers(1, 6))
def test_one_more_tie_relates_more_and_never_fewer(
    known: list[Bond], more: list[Bond], one: int
) -> None:
    assert kin(known, {one}, QUARTER) <= kin([*known, *more], {one}, QUARTER)


@given(bonds, st.integers(1, 6))
def test_a_lower_threshold_relates_more_and_never_fewer(known: list[Bond], one: int) -> None:
    assert kin(known, {one}, QUARTER) <= kin(known, {one}, 1_000)


SIGNATORY = Actor(1, party_id=1, seat=Seat.SIGNATORY, parties=frozenset({1}))
OPERATOR = Actor(2, roles=frozenset({Role.OPERATOR}))


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (SIGNATORY, None),
        (OPERATOR, None),
        (NOBODY, WhoRefusal.SIGN_IN),
        (Actor(1, party_id=1, seat=Seat.EDITOR), WhoRefusal.NOT_SIGNATORY),
        (Actor(1, party_id=3, seat=Seat.SIGNATORY), WhoRefusal.NOT_YOURS),
        (
            Actor(2, roles=frozenset({Role.OPERATOR}), parties=frozenset({2})),
            WhoRefusal.NO_PARTY,
        ),
    ],
)
def test_a_signatory_speaks_of_their_own_party_and_the_operator_of_others(
    by: Actor, said: Refusal | None, at: datetime
) -> None:
    assert tie_refusal(by, {1, 2}, at) is said


@pytest.mark.parametrize(
    ("bond", "since", "said"),
    [
        (controls(1, 2), TODAY, None),
        (controls(1, 1), TODAY, TieRefusal.ITSELF),
        (Bond(1, 2, TieKind.EQUITY), TODAY, TieRefusal.SHARE_MISSING),
        (holds(1, 2, 10_001), TODAY, TieRefusal.SHARE_MISSING),
        (Bond(1, 2, TieKind.CONTROL, 100), TODAY, TieRefusal.SHARE_UNWANTED),
        (controls(1, 2), TODAY + timedelta(days=1), TieRefusal.SINCE_AHEAD),
    ],
)
def test_a_tie_joins_two_parties_from_a_day_that_has_come(
    bond: Bond, since: date, said: Refusal | None, at: datetime
) -> None:
    assert note_refusal(SIGNATORY, bond, since, TODAY, at) is said


@pytest.mark.parametrize(
    ("ended", "on", "said"),
    [
        (False, TODAY, None),
        (True, TODAY, TieRefusal.ENDED),
        (False, TODAY + timedelta(days=1), TieRefusal.END_DAY),
        (False, TODAY - timedelta(days=11), TieRefusal.END_DAY),
    ],
)
def test_a_tie_ends_once_between_its_first_day_and_today(
    ended: bool, on: date, said: Refusal | None, at: datetime
) -> None:
    since = TODAY - timedelta(days=10)
    refusal = end_refusal(
        SIGNATORY, controls(1, 2), at, since_on=since, ended=ended, on=on, today=TODAY
    )
    assert refusal is said


def test_what_is_no_party_is_told_at_its_field() -> None:
    assert TieRefusal.UNKNOWN.status == 422
    assert TieRefusal.NOTED.status == 409


def test_a_tie_relates_from_its_first_day_to_its_last(session: Session, at: datetime) -> None:
    (one, by), (two, _) = (make.party(session, at=at) for _ in range(2))
    today, before = day_of(at), day_of(at) - timedelta(days=5)
    bond = Bond(one.id, two.id, TieKind.EQUITY, 3_000)
    tie = commands.note_tie(session, bond, before, source="公示系统", by=by, at=at)
    assert related_parties(session, {one.id}, today, QUARTER) == {two.id}
    assert related_parties(session, {two.id}, before, QUARTER) == {one.id}
    assert related_parties(session, {one.id}, before - timedelta(days=1), QUARTER) == frozenset()
    assert related_parties(session, {one.id}, today, 3_001) == frozenset()
    assert related_parties(session, set(), today, QUARTER) == frozenset()
    commands.end_tie(session, tie.id, today, by=by, at=at)
    assert related_parties(session, {one.id}, today, QUARTER) == frozenset()
    assert ties_of(session, two.id) == [tie]
    acts = [entry.act for entry in timeline(session, [("tie", tie.id)])]
    assert acts == ["party.tie-noted", "party.tie-ended"]


def test_one_tie_of_a_kind_stands_between_two_parties(session: Session, at: datetime) -> None:
    (one, by), (two, _) = (make.party(session, at=at) for _ in range(2))
    bond = Bond(one.id, two.id, TieKind.CONTROL)
    commands.note_tie(session, bond, day_of(at), source="章程", by=by, at=at)
    with pytest.raises(Refused) as no:
        commands.note_tie(session, bond, day_of(at), source="章程", by=by, at=at)
    assert no.value.refusal is TieRefusal.NOTED
    (tie,) = session.scalars(select(Tie).where(Tie.holder_id == one.id))
    tie.ended_on = day_of(at) - timedelta(days=1)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


def test_parties_tied_by_control_are_related_whatever_is_ticked(
    session: Session, at: datetime
) -> None:
    (one, seller), (two, _) = (make.party(session, at=at) for _ in range(2))
    terms = make.terms(related=False)
    apart = contracts.draft(session, one.id, two.id, terms, by=seller, at=at)
    assert not apart.related
    bond = Bond(one.id, two.id, TieKind.CONTROL)
    commands.note_tie(session, bond, day_of(at), source="章程", by=seller, at=at)
    assert contracts.draft(session, one.id, two.id, terms, by=seller, at=at).related
    contracts.offer_text(session, apart.id, by=seller, at=at)
    assert apart.related


def test_a_registrar_is_related_by_the_ties_of_their_own_parties(
    session: Session, at: datetime
) -> None:
    (one, seller), (_, buyer) = (make.party(session, at=at) for _ in range(2))
    office = make.office(session, at, "430104")
    registrar = make.registrar(session, office, at)
    signed = make.contract(session, seller, buyer, at=at)
    filed = registry.apply(session, signed.id, by=seller, at=at)
    house, head = make.party(session, Role.COMPANY, at=at)
    person = session.get_one(User, registrar.user_id)
    own = make.member(session, head, Seat.EDITOR, at=at, person=person)
    assert own.registry_id == office.id
    bond = Bond(house.id, one.id, TieKind.EQUITY, 2_500)
    tie = commands.note_tie(session, bond, day_of(at), source="章程", by=head, at=at)
    with pytest.raises(Refused) as no:
        registry.accept(session, filed.id, by=own, at=at)
    assert no.value.refusal is RegistryRefusal.NOT_INDEPENDENT
    commands.end_tie(session, tie.id, day_of(at), by=head, at=at)
    registry.accept(session, filed.id, by=own, at=at)
