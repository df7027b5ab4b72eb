from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from market.kernel.authority import (
    NOBODY,
    PASSWORD_HOLDS,
    Act,
    Actor,
    Relation,
    Role,
    Seat,
    WhoRefusal,
    who_refusal,
)

BIND = Act(
    "contract.sign",
    "Sign",
    frozenset({Role.COMPANY}),
    Relation.PARTY,
    binding=True,
    su=True,
)
OWN = Act("listing.draft", "Draft", frozenset({Role.RESEARCHER}), Relation.OWN)
SIGNATORY = Actor(user_id=1, roles=frozenset({Role.COMPANY}), party_id=5, seat=Seat.SIGNATORY)


def confirmed(at: datetime, ago: timedelta = timedelta(0)) -> Actor:
    return replace(SIGNATORY, confirmed_at=at - ago)


def test_who_is_asked_in_the_order_in_which_a_person_would_ask(at: datetime) -> None:
    near = {Relation.PARTY}
    researcher = replace(SIGNATORY, roles=frozenset({Role.RESEARCHER}))
    cases = [
        (BIND, NOBODY, near, WhoRefusal.SIGN_IN),
        (BIND, researcher, near, WhoRefusal.NOT_YOUR_ROLE),
        (BIND, SIGNATORY, set(), WhoRefusal.NOT_YOURS),
        (BIND, replace(SIGNATORY, seat=Seat.EDITOR), near, WhoRefusal.NOT_SIGNATORY),
        (BIND, SIGNATORY, near, WhoRefusal.PASSWORD_AGAIN),
        (BIND, confirmed(at), near, None),
        (OWN, replace(researcher, party_id=None), set(), WhoRefusal.NO_PARTY),
        (OWN, researcher, {Relation.OWN}, None),
        (Act("see", "See", public=True), NOBODY, set(), None),
        (Act("me", "Me"), SIGNATORY, set(), None),
    ]
    for act, by, relations, expected in cases:
        assert who_refusal(act, by, at, relations) is expected, (act.name, by)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(0), None),
        (PASSWORD_HOLDS, None),
        (PASSWORD_HOLDS + timedelta(microseconds=1), WhoRefusal.PASSWORD_AGAIN),
        (-timedelta(microseconds=1), WhoRefusal.PASSWORD_AGAIN),
    ],
)
def test_a_password_holds_five_minutes_and_never_from_the_future(
    at: datetime, ago: timedelta, expected: WhoRefusal | None
) -> None:
    assert who_refusal(BIND, confirmed(at, ago), at, {Relation.PARTY}) is expected


def test_a_question_of_who_answers_403() -> None:
    assert {refusal.status for refusal in WhoRefusal} == {403}


OFFICE = replace(SIGNATORY, seat=Seat.TRANSFER_OFFICE)


def test_a_transfer_office_binds_while_its_written_authority_holds(at: datetime) -> None:
    """REG-12: authority in writing, and only until its last day is over."""
    until = replace(OFFICE, bound_before=at + timedelta(seconds=1))
    assert not OFFICE.binds(at)
    assert until.binds(at)
    assert not until.binds(at + timedelta(seconds=1))


def test_a_suspended_party_reads_and_acts_on_nothing(at: datetime) -> None:
    suspended = replace(confirmed(at), suspended_party=True)
    reads = replace(BIND, binding=False, su=False, reads=True)
    assert who_refusal(BIND, suspended, at, {Relation.PARTY}) is WhoRefusal.PARTY_SUSPENDED
    assert who_refusal(reads, suspended, at, {Relation.PARTY}) is None


def test_a_reader_of_the_staff_needs_their_relation_and_where_it_is_said_a_case(
    at: datetime,
) -> None:
    act = Act(
        "talks.read",
        "Read",
        relation=Relation.PARTY,
        reads=True,
        readers=frozenset({(Role.AUDITOR, Relation.ANY), (Role.REGISTRAR, Relation.OFFICE)}),
        case=True,
    )
    auditor = Actor(user_id=2, roles=frozenset({Role.AUDITOR}))
    registrar = Actor(user_id=3, roles=frozenset({Role.REGISTRAR}), case_no="2026-7")
    assert who_refusal(act, auditor, at) is WhoRefusal.CASE_NEEDED
    assert who_refusal(act, replace(auditor, case_no="2026-7"), at) is None
    assert who_refusal(act, auditor, at, {Relation.PARTY}) is None, "their own needs no case"
    assert who_refusal(act, registrar, at) is WhoRefusal.NOT_YOURS
    assert who_refusal(act, registrar, at, {Relation.OFFICE}) is None
    assert who_refusal(act, SIGNATORY, at, {Relation.PARTY}) is None
