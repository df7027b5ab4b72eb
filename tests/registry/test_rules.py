"""The registrar's law, pure: who may, in which state, by whose second hand, by which day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from market.contracts.terms import Kind
from market.kernel.authority import Actor, Role, Seat, WhoRefusal
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.registry.checklist import type_test
from market.registry.rules import (
    ACCEPT,
    LIVE,
    MOVES,
    OPEN,
    REVIEW,
    File,
    Filing,
    Reason,
    RegistryRefusal,
    Status,
    accept_refusal,
    amounts_refusal,
    applicant_refusal,
    apply_refusal,
    certify_refusal,
    confirm_refusal,
    due_on,
    lapse_refusal,
    lapsed,
    large,
    office_refusal,
    pass_refusal,
    propose_refusal,
    refuse_refusal,
    registration_number,
    replacement_refusal,
    resubmit_refusal,
    visible,
)
from market.rulebook.rules import SHIPPED, law_on

AT = datetime(2026, 3, 10, 2, tzinfo=UTC)
TODAY = date(2026, 3, 10)
SELLER, BUYER, OFFICE, ELSEWHERE = 1, 2, 7, 8

APPLICANT = Actor(11, roles=frozenset({Role.RESEARCHER}), party_id=SELLER, seat=Seat.EDITOR)
FIRST = Actor(21, roles=frozenset({Role.REGISTRAR}), registry_id=OFFICE, confirmed_at=AT)
SECOND = replace(FIRST, user_id=22)
SUBMITTED = File(OFFICE, SELLER, BUYER, SELLER, Status.SUBMITTED)
ACCEPTED = replace(SUBMITTED, status=Status.ACCEPTED)
PASSED = replace(SUBMITTED, status=Status.PASSED, reviewer_id=21)
REGISTERED = replace(PASSED, status=Status.REGISTERED)
PROPOSED = replace(REGISTERED, proposer_id=21)
CORRECTION = replace(
    SUBMITTED, status=Status.CORRECTION, correction_due_on=TODAY, signers=frozenset({11, 12})
)


def yuan(amount: int) -> Money:
    return Money(amount * 100, "CNY")


def filing(by: Actor = APPLICANT, **over: object) -> Refusal | None:
    facts: dict[str, object] = {
        "seller_id": SELLER,
        "kind": Kind.SRV_G,
        "signed": True,
        "recorded": False,
        "ends_on": date(2027, 12, 31),
        "registry_found": True,
        "codes_doubtful": False,
    }
    return apply_refusal(by, Filing(**facts | over), TODAY, AT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("over", "refusal"),
    [
        ({}, None),
        ({"by": replace(APPLICANT, party_id=BUYER)}, WhoRefusal.NOT_YOURS),
        ({"by": FIRST}, WhoRefusal.NOT_YOUR_ROLE),
        ({"signed": False}, RegistryRefusal.NOT_SIGNED),
        ({"kind": Kind.TRF_P}, RegistryRefusal.NOT_RECORDED),
        ({"kind": Kind.TRF_A}, RegistryRefusal.NOT_RECORDED),
        ({"kind": Kind.TRF_P, "recorded": True}, None),
        ({"ends_on": TODAY}, None),
        ({"ends_on": TODAY - timedelta(days=1)}, RegistryRefusal.EXPIRED),
        ({"live": True}, RegistryRefusal.ONCE),
        ({"registered_before": True}, RegistryRefusal.REGISTERED_BEFORE),
        ({"codes_doubtful": True}, RegistryRefusal.CODE_DOUBTFUL),
        ({"registry_found": False}, RegistryRefusal.NO_REGISTRY),
    ],
)
def test_a_contract_is_filed_by_its_seller_once_it_is_in_force(
    over: dict[str, object], refusal: Refusal | None
) -> None:
    assert filing(**over) is refusal  # type: ignore[arg-type]


@pytest.mark.parametrize("reason", Reason)
def test_only_a_reason_in_the_signed_text_bars_a_contract(reason: Reason) -> None:
    curable = reason.value in ("N05", "N07", "N09", "N12")
    asked = filing(refused_for=frozenset({reason}))
    assert asked is (None if curable else RegistryRefusal.REFUSED_BEFORE)


def test_what_is_no_longer_in_force_is_neither_accepted_nor_certified() -> None:
    tomorrow = TODAY + timedelta(days=1)
    waiting, reviewed = (replace(file, ends_on=TODAY) for file in (SUBMITTED, PASSED))
    assert accept_refusal(FIRST, waiting, TODAY, AT) is None
    assert accept_refusal(FIRST, waiting, tomorrow, AT) is RegistryRefusal.EXPIRED
    assert certify_refusal(SECOND, reviewed, TODAY, AT) is None
    assert certify_refusal(SECOND, reviewed, tomorrow, AT) is RegistryRefusal.EXPIRED
    assert office_refusal(ACCEPT, FIRST, waiting, "turn-away", AT) is None


def test_each_state_allows_its_steps_and_no_other() -> None:
    steps = {move for _, move in MOVES} - {"change", "cancel"}
    for status in Status:
        for move in steps:
            file = replace(SUBMITTED, status=status)
            expected = None if (status, move) in MOVES else RegistryRefusal.WRONG_STATE
            assert office_refusal(ACCEPT, FIRST, file, move, AT) is expected, (status, move)


@pytest.mark.parametrize("status", [s for s in Status if s not in LIVE])
def test_what_has_ended_stays_ended(status: Status) -> None:
    assert not [move for (of, move) in MOVES if of is status]


@pytest.mark.parametrize(
    ("by", "file", "refusal"),
    [
        (FIRST, SUBMITTED, None),
        (replace(FIRST, registry_id=ELSEWHERE), SUBMITTED, WhoRefusal.NOT_YOURS),
        (replace(FIRST, roles=frozenset({Role.OPERATOR})), SUBMITTED, WhoRefusal.NOT_YOUR_ROLE),
        (replace(FIRST, parties=frozenset({SELLER})), SUBMITTED, RegistryRefusal.NOT_INDEPENDENT),
        (
            replace(FIRST, parties=frozenset({5, BUYER})),
            SUBMITTED,
            RegistryRefusal.NOT_INDEPENDENT,
        ),
        (
            FIRST,
            replace(SUBMITTED, signers=frozenset({21})),
            RegistryRefusal.NOT_INDEPENDENT,
        ),
        (FIRST, REGISTERED, RegistryRefusal.WRONG_STATE),
    ],
)
def test_a_registrar_decides_at_the_own_registry_and_for_strangers(
    by: Actor, file: File, refusal: Refusal | None
) -> None:
    assert office_refusal(ACCEPT, by, file, "accept", AT) is refusal


def test_acts_that_bind_ask_for_the_password_again() -> None:
    late = replace(FIRST, confirmed_at=AT - timedelta(minutes=6))
    assert office_refusal(REVIEW, late, ACCEPTED, "pass", AT) is WhoRefusal.PASSWORD_AGAIN
    assert certify_refusal(replace(SECOND, confirmed_at=None), PASSED, TODAY, AT) is (
        WhoRefusal.PASSWORD_AGAIN
    )


@pytest.mark.parametrize(
    ("turnover", "value", "refusal"),
    [
        (100, 100, None),
        (100, 0, None),
        (1, 1, None),
        (0, 0, RegistryRefusal.TURNOVER_RANGE),
        (-1, 0, RegistryRefusal.TURNOVER_RANGE),
        (100, 101, RegistryRefusal.VALUE_RANGE),
        (100, -1, RegistryRefusal.VALUE_RANGE),
    ],
)
def test_the_technology_value_lies_within_the_turnover(
    turnover: int, value: int, refusal: Refusal | None
) -> None:
    assert amounts_refusal(Money(turnover), Money(value)) is refusal
    asked = pass_refusal(
        FIRST, ACCEPTED, AT, turnover=Money(turnover), technology_value=Money(value)
    )
    assert asked is refusal


def test_the_second_registrar_is_another_one() -> None:
    assert certify_refusal(SECOND, PASSED, TODAY, AT) is None
    assert certify_refusal(FIRST, PASSED, TODAY, AT) is RegistryRefusal.SAME_PERSON
    assert certify_refusal(SECOND, ACCEPTED, TODAY, AT) is RegistryRefusal.WRONG_STATE


def test_a_refusal_names_codes_and_words() -> None:
    def asked(*reasons: Reason, note: str = "标的不明确") -> Refusal | None:
        return refuse_refusal(FIRST, ACCEPTED, AT, reasons=frozenset(reasons), note=note)

    assert asked(Reason.N02, Reason.N10) is None
    assert asked() is RegistryRefusal.NO_REASON
    assert asked(Reason.N02, note="") is RegistryRefusal.NO_REASON
    assert [reason.value for reason in Reason] == [f"N{n:02d}" for n in range(1, 13)]


def test_a_revision_is_proposed_by_one_and_confirmed_by_another() -> None:
    def proposed(file: File, turnover: Money | None, value: Money | None) -> Refusal | None:
        return propose_refusal(FIRST, file, AT, turnover=turnover, technology_value=value)

    assert proposed(REGISTERED, yuan(5), yuan(4)) is None
    assert proposed(REGISTERED, None, None) is None
    assert proposed(REGISTERED, yuan(4), yuan(5)) is RegistryRefusal.VALUE_RANGE
    assert proposed(PROPOSED, yuan(5), yuan(4)) is RegistryRefusal.PROPOSED_ALREADY
    assert proposed(PASSED, yuan(5), yuan(4)) is RegistryRefusal.WRONG_STATE
    assert confirm_refusal(SECOND, PROPOSED, AT) is None
    assert confirm_refusal(FIRST, PROPOSED, AT) is RegistryRefusal.SAME_PERSON
    assert confirm_refusal(SECOND, REGISTERED, AT) is RegistryRefusal.NOTHING_PROPOSED
    near = replace(SECOND, parties=frozenset({BUYER}))
    assert confirm_refusal(near, PROPOSED, AT) is RegistryRefusal.NOT_INDEPENDENT


def test_corrected_papers_come_in_by_their_last_day() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert resubmit_refusal(APPLICANT, CORRECTION, TODAY, AT) is None
    assert not lapsed(CORRECTION, TODAY)
    late = resubmit_refusal(APPLICANT, CORRECTION, tomorrow, AT)
    assert late is RegistryRefusal.CORRECTION_LAPSED
    assert lapsed(CORRECTION, tomorrow)
    assert applicant_refusal(APPLICANT, CORRECTION, "withdraw", AT) is None
    assert resubmit_refusal(APPLICANT, SUBMITTED, TODAY, AT) is RegistryRefusal.WRONG_STATE
    other = replace(APPLICANT, party_id=BUYER)
    assert resubmit_refusal(other, CORRECTION, TODAY, AT) is WhoRefusal.NOT_YOURS


def test_the_office_closes_only_what_has_lapsed() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert lapse_refusal(FIRST, CORRECTION, tomorrow, AT) is None
    assert lapse_refusal(FIRST, CORRECTION, TODAY, AT) is RegistryRefusal.NOT_LAPSED
    assert lapse_refusal(FIRST, ACCEPTED, tomorrow, AT) is RegistryRefusal.WRONG_STATE


@pytest.mark.parametrize("status", Status)
def test_a_contract_is_replaced_after_its_latest_application_was_refused(status: Status) -> None:
    signatory = replace(APPLICANT, seat=Seat.SIGNATORY)
    file = replace(SUBMITTED, status=status)
    ended = status in (Status.REFUSED, Status.NOT_ACCEPTED)
    expected = None if ended else RegistryRefusal.WRONG_STATE
    buyer = replace(signatory, party_id=BUYER)
    assert replacement_refusal(signatory, file, AT, latest=True) is expected
    assert replacement_refusal(buyer, file, AT, latest=True) is expected
    assert replacement_refusal(signatory, file, AT, latest=False) is RegistryRefusal.WRONG_STATE
    assert replacement_refusal(APPLICANT, file, AT, latest=True) is WhoRefusal.NOT_SIGNATORY
    other = replace(signatory, party_id=3)
    assert replacement_refusal(other, file, AT, latest=True) is WhoRefusal.NOT_YOURS


@pytest.mark.parametrize(
    ("by", "seen"),
    [
        (APPLICANT, True),
        (replace(APPLICANT, party_id=BUYER), True),
        (replace(APPLICANT, party_id=3), False),
        (FIRST, True),
        (replace(FIRST, registry_id=ELSEWHERE), False),
        (replace(FIRST, registry_id=None), False),
        (Actor(31, roles=frozenset({Role.AUDITOR})), True),
        (Actor(32, roles=frozenset({Role.DIRECTOR})), False),
    ],
)
def test_parties_the_office_and_the_auditor_see_a_file(by: Actor, seen: bool) -> None:
    assert visible(by, SUBMITTED) is seen


@pytest.mark.parametrize(
    ("accepted", "value", "last"),
    [
        # R2000: 30 calendar days, whatever the amount (domain 0.2)
        ("2025-09-10", 900_000, "2025-10-10"),
        ("2025-09-10", 9_000_000, "2025-10-10"),
        ("2026-02-28", 900_000, "2026-03-30"),
        # R2026 from its first day: 15 working days, 30 for a large contract
        ("2026-03-02", 900_000, "2026-03-23"),
        ("2026-03-10", 4_999_999, "2026-03-31"),
        ("2026-03-10", 5_000_000, "2026-04-22"),
    ],
)
def test_the_last_day_follows_the_law_of_the_day_of_acceptance(
    accepted: str, value: int, last: str
) -> None:
    on = date.fromisoformat(accepted)
    assert due_on(law_on(on, SHIPPED), on, yuan(value)).on == date.fromisoformat(last)


def test_a_day_in_a_year_without_holidays_published_is_provisional() -> None:
    on = date(2028, 6, 1)
    assert due_on(law_on(on, SHIPPED), on, yuan(1)).provisional
    on = date(2026, 3, 10)
    assert not due_on(law_on(on, SHIPPED), on, yuan(1)).provisional


def test_a_contract_is_large_only_since_the_measures_of_2026() -> None:
    before, since = law_on(date(2026, 2, 28), SHIPPED), law_on(date(2026, 3, 1), SHIPPED)
    assert not large(before, yuan(50_000_000))
    assert large(since, yuan(5_000_000))
    assert not large(since, yuan(5_000_000) - Money(1))


def test_a_number_is_year_registry_and_serial() -> None:
    assert registration_number(2026, "430100", 123) == "2026430100000123"


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_has_its_type_test(kind: Kind) -> None:
    assert len(type_test(kind).holds) >= 2


def test_open_files_are_live() -> None:
    assert OPEN < LIVE
    assert Status.REFUSED not in LIVE
