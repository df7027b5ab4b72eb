"""The law of seats, case by case."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from market.kernel.authority import NOBODY, Actor, Seat, WhoRefusal
from market.kernel.clock import day_of, end_of
from market.kernel.refusal import Refusal
from market.parties.seats import (
    MOST_INVITED,
    Holding,
    Offered,
    SeatRefusal,
    Sitting,
    accept_refusal,
    answer_refusal,
    change_refusal,
    invite_refusal,
    keep_refusal,
    leave_refusal,
    remove_refusal,
    restore_member_refusal,
    suspend_member_refusal,
    withdraw_refusal,
)

TODAY = date(2026, 3, 10)
SIGNATORY = Actor(1, "张三", party_id=7, seat=Seat.SIGNATORY, parties=frozenset({7}))
EDITOR = replace(SIGNATORY, user_id=2, seat=Seat.EDITOR)
OFFICE = replace(
    SIGNATORY, user_id=3, seat=Seat.TRANSFER_OFFICE, bound_before=end_of(date(2027, 1, 1))
)
STRANGER = Actor(9, "王五", party_id=8, seat=Seat.SIGNATORY, parties=frozenset({8}))
ALONE = Sitting(7, signatories=frozenset({1}), members=frozenset({1, 2, 3}))
TWO = replace(ALONE, signatories=frozenset({1, 4}))


def sure(by: Actor, at: datetime) -> Actor:
    return replace(by, confirmed_at=at)


def offered(at: datetime, **over: object) -> Offered:
    made = Offered(7, "li@x.example", at + timedelta(days=14))
    return replace(made, **over)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (SIGNATORY, None),
        (EDITOR, SeatRefusal.SIGNATORIES_ONLY),
        (OFFICE, SeatRefusal.SIGNATORIES_ONLY),
        (STRANGER, WhoRefusal.NOT_YOURS),
        (NOBODY, WhoRefusal.SIGN_IN),
        (Actor(9), WhoRefusal.NO_PARTY),
        (replace(SIGNATORY, suspended_party=True), WhoRefusal.PARTY_SUSPENDED),
    ],
)
def test_only_a_signatory_acting_for_the_party_keeps_its_members(
    by: Actor, said: Refusal | None, at: datetime
) -> None:
    assert keep_refusal(sure(by, at), TWO, at) is said


def test_keeping_members_asks_the_password_again(at: datetime) -> None:
    assert keep_refusal(SIGNATORY, TWO, at) is WhoRefusal.PASSWORD_AGAIN
    old = replace(SIGNATORY, confirmed_at=at - timedelta(minutes=6))
    assert keep_refusal(old, TWO, at) is WhoRefusal.PASSWORD_AGAIN


def test_a_transfer_office_binds_while_its_authority_holds(at: datetime) -> None:
    last = replace(OFFICE, bound_before=end_of(day_of(at)))
    assert last.binds(at)
    assert not last.binds(end_of(day_of(at)))
    assert not replace(OFFICE, bound_before=None).binds(at)


def test_letters_of_invitation_are_counted(at: datetime) -> None:
    by = sure(SIGNATORY, at)
    assert invite_refusal(by, TWO, at, lately=MOST_INVITED - 1) is None
    assert invite_refusal(by, TWO, at, lately=MOST_INVITED) is SeatRefusal.MANY_INVITED


CLOSED = [{"answered": True}, {"withdrawn": True}, {"expires_at": None}]


@pytest.mark.parametrize("how", CLOSED)
def test_a_closed_invitation_is_neither_answered_nor_withdrawn(
    how: dict[str, object], at: datetime
) -> None:
    over = {"expires_at": at} if "expires_at" in how else how
    invitation, guest = offered(at, **over), Actor(5, "李四")
    assert answer_refusal(guest, "li@x.example", TWO, invitation, at) is SeatRefusal.CLOSED
    assert withdraw_refusal(SIGNATORY, TWO, invitation, at) is SeatRefusal.CLOSED


def test_an_open_invitation_is_withdrawn_without_the_password(at: datetime) -> None:
    assert withdraw_refusal(SIGNATORY, TWO, offered(at), at) is None
    assert withdraw_refusal(EDITOR, TWO, offered(at), at) is SeatRefusal.SIGNATORIES_ONLY


@pytest.mark.parametrize(
    ("by", "email", "said"),
    [
        (Actor(5), "li@x.example", None),
        (NOBODY, "li@x.example", WhoRefusal.SIGN_IN),
        (Actor(5), "xu@x.example", SeatRefusal.OTHER_ADDRESS),
        (Actor(2), "li@x.example", SeatRefusal.SEATED),
    ],
)
def test_the_person_of_the_address_accepts_and_sits_once(
    by: Actor, email: str, said: Refusal | None, at: datetime
) -> None:
    assert accept_refusal(by, email, TWO, offered(at), at) is said


def test_nobody_joins_a_suspended_party_but_may_decline(at: datetime) -> None:
    off = replace(TWO, suspended=True)
    said = accept_refusal(Actor(5), "li@x.example", off, offered(at), at)
    assert said is WhoRefusal.PARTY_SUSPENDED
    assert answer_refusal(Actor(5), "li@x.example", off, offered(at), at) is None


@pytest.mark.parametrize(
    ("holding", "said"),
    [
        (Holding(Seat.EDITOR), None),
        (Holding(Seat.TRANSFER_OFFICE), None),
        (Holding(Seat.TRANSFER_OFFICE, "授权书 7", TODAY), None),
        (Holding(Seat.TRANSFER_OFFICE, "授权书 7"), SeatRefusal.HALF_AUTHORITY),
        (Holding(Seat.TRANSFER_OFFICE, "", TODAY), SeatRefusal.HALF_AUTHORITY),
        (
            Holding(Seat.TRANSFER_OFFICE, "授权书 7", TODAY - timedelta(days=1)),
            SeatRefusal.AUTHORITY_PAST,
        ),
        (Holding(Seat.EDITOR, "授权书 7", TODAY), SeatRefusal.NO_OFFICE),
        (Holding(Seat.SIGNATORY, "", TODAY), SeatRefusal.NO_OFFICE),
    ],
)
def test_only_a_transfer_office_holds_written_authority_and_holds_it_whole(
    holding: Holding, said: Refusal | None, at: datetime
) -> None:
    assert change_refusal(sure(SIGNATORY, at), TWO, 2, holding, TODAY, at) is said


def test_the_last_signatory_is_neither_demoted_nor_suspended_nor_removed_nor_leaves(
    at: datetime,
) -> None:
    by, last = sure(SIGNATORY, at), SeatRefusal.LAST_SIGNATORY
    assert change_refusal(by, ALONE, 1, Holding(Seat.EDITOR), TODAY, at) is last
    assert change_refusal(by, ALONE, 1, Holding(Seat.SIGNATORY), TODAY, at) is None
    assert suspend_member_refusal(by, ALONE, 1, at, off=False) is last
    assert remove_refusal(by, ALONE, 1, at) is last
    assert leave_refusal(by, ALONE, at) is last
    for each in (
        change_refusal(by, TWO, 1, Holding(Seat.EDITOR), TODAY, at),
        suspend_member_refusal(by, TWO, 1, at, off=False),
        remove_refusal(by, TWO, 1, at),
        leave_refusal(by, TWO, at),
        leave_refusal(sure(EDITOR, at), ALONE, at),
    ):
        assert each is None


def test_who_is_suspended_is_restored_and_the_other_way_round(at: datetime) -> None:
    by = sure(SIGNATORY, at)
    assert suspend_member_refusal(by, TWO, 2, at, off=True) is SeatRefusal.OFF_ALREADY
    assert restore_member_refusal(by, TWO, at, off=False) is SeatRefusal.ON_ALREADY
    assert restore_member_refusal(by, TWO, at, off=True) is None


def test_a_refusal_of_a_seat_says_who_what_or_when() -> None:
    assert SeatRefusal.SIGNATORIES_ONLY.status == SeatRefusal.OTHER_ADDRESS.status == 403
    assert SeatRefusal.HALF_AUTHORITY.status == 422
    assert SeatRefusal.LAST_SIGNATORY.status == 409
