from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from market.contracts.rules import (
    Agreed,
    ContractRefusal,
    Gap,
    Paper,
    Side,
    Status,
    draft_refusal,
    gaps,
    move_refusal,
    offer_text_refusal,
    recordal_refusal,
    replace_refusal,
    sign_refusal,
    terms_refusal,
)
from market.contracts.terms import (
    Deduction,
    DeductionKind,
    Instalment,
    Kind,
    Kind5,
    Monopoly,
    Payment,
    Terms,
    kind_for,
    kinds_for,
)
from market.kernel.authority import NOBODY, Actor, Role, Seat, WhoRefusal
from market.kernel.edits import glimpse
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.listings.sheet import LicenceType, RightKind, Way
from tests.make import terms, yuan

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)
SELLING, BUYING = 1, 2
HASH = "a" * 64


def person(party_id: int | None, *roles: Role, seat: Seat = Seat.SIGNATORY) -> Actor:
    held = frozenset(roles or (Role.RESEARCHER, Role.COMPANY))
    return Actor(7, roles=held, party_id=party_id, seat=seat, confirmed_at=AT)


SELLER, BUYER, STRANGER = person(SELLING), person(BUYING), person(3)
EDITOR = person(SELLING, seat=Seat.EDITOR)
DRAFTED = Paper(SELLING, BUYING, Status.DRAFT, terms())
READY = replace(DRAFTED, status=Status.SIGNING, text_hash=HASH)
SIGNED = replace(READY, status=Status.SIGNED, signed=frozenset(Side), signed_on=date(2026, 3, 5))
ASSIGNED = replace(SIGNED, terms=terms(kind=Kind.TRF_P))


SERVED = Agreed(yuan(1_000_000), frozenset({Kind.SRV_G}))
LICENSED = replace(DRAFTED, terms=terms(kind=Kind.LIC_P, licence_type=LicenceType.SOLE))
ORDINARY = Agreed(yuan(1_000_000), frozenset({Kind.LIC_P}), LicenceType.ORDINARY)


def within(term_ends: date | None) -> Agreed:
    return replace(ORDINARY, licence_type=LicenceType.SOLE, term_ends=term_ends)


def costs(*amounts: int) -> tuple[Deduction, ...]:
    return tuple(Deduction(DeductionKind.EQUIPMENT, Money(a)) for a in amounts)


def parts(*amounts: int) -> dict[str, object]:
    lines = tuple(Instalment(date(2026, 6, 1), Money(a)) for a in amounts)
    return {"payment": Payment.INSTALMENTS, "instalments": lines}


ALL = 100_000_000  # one million yuan in fen


@pytest.mark.parametrize(
    ("lacking", "gap"),
    [
        ({"title": ""}, Gap.TITLE),
        ({"subject": ""}, Gap.SUBJECT),
        ({"starts_on": None}, Gap.PERIOD),
        ({"ends_on": None}, Gap.PERIOD),
        ({"technology_field": None}, Gap.FIELD),
        ({"ip_kind": None}, Gap.IP),
        ({"plan_source": None}, Gap.PLAN),
        ({"objective": None}, Gap.OBJECTIVE),
        ({"acceptance": ""}, Gap.ACCEPTANCE),
        ({"kind": Kind.TRF_S}, Gap.RIGHTS),
        ({"kind": Kind.LIC_O}, Gap.RIGHTS),
        ({"payment": Payment.ROYALTY}, Gap.ROYALTY),
        ({"payment": Payment.ENTRY_ROYALTY}, Gap.ROYALTY),
        ({"payment": Payment.ROYALTY, "royalty": "每台八百元", "royalty_bp": 300}, Gap.ROYALTY),
        ({"payment": Payment.ROYALTY, "royalty_bp": 300, "royalty_months": 3}, Gap.ROYALTY),
        ({"no_monopoly": frozenset()}, Gap.MONOPOLY),
        ({"no_monopoly": frozenset(Monopoly) - {Monopoly.TYING}}, Gap.MONOPOLY),
    ],
)
def test_what_a_contract_lacks_is_named(lacking: dict[str, object], gap: Gap) -> None:
    assert gaps(terms(**lacking)) == [gap]
    assert terms_refusal(terms(**lacking), TODAY) is ContractRefusal.INCOMPLETE


@pytest.mark.parametrize(
    ("over", "refusal"),
    [
        ({}, None),
        ({"kind": Kind.LIC_P, "rights": "x"}, ContractRefusal.LICENCE_TYPE),
        ({"licence_type": LicenceType.SOLE}, ContractRefusal.LICENCE_TYPE),
        ({"kind": Kind.LIC_P, "rights": "x", "licence_type": LicenceType.SOLE}, None),
        ({"deductions": costs(ALL)}, None),
        ({"deductions": costs(ALL, 1)}, ContractRefusal.DEDUCTIONS),
        ({"monopoly": frozenset({Monopoly.TYING})}, ContractRefusal.MONOPOLY),
        (parts(ALL), None),
        (parts(ALL - 1, 1), None),
        (parts(), ContractRefusal.INSTALMENTS),
        (parts(ALL - 1), ContractRefusal.INSTALMENTS),
        (parts(ALL, 1), ContractRefusal.INSTALMENTS),
        ({**parts(ALL), "payment": Payment.ONCE}, ContractRefusal.INSTALMENTS),
        ({"starts_on": date(2026, 4, 2), "ends_on": date(2026, 4, 1)}, ContractRefusal.PERIOD),
        ({"starts_on": date(2026, 4, 1), "ends_on": date(2026, 4, 1)}, None),
        ({"ends_on": date(2026, 3, 9)}, ContractRefusal.ENDED),
        ({"ends_on": TODAY}, None),
        ({"ends_on": date(2076, 3, 1)}, None),
        ({"ends_on": date(2076, 3, 2)}, ContractRefusal.TOO_LONG),
        ({"starts_on": date(2028, 2, 29), "ends_on": date(2078, 3, 1)}, ContractRefusal.TOO_LONG),
    ],
)
def test_only_lawful_terms_become_a_text(over: dict[str, object], refusal: Refusal | None) -> None:
    assert terms_refusal(terms(**over), TODAY) is refusal
    paper = replace(DRAFTED, terms=terms(**over))
    assert offer_text_refusal(SELLER, paper, TODAY, AT) is refusal


@pytest.mark.parametrize("clause", Monopoly)
def test_each_of_the_six_monopoly_clauses_blocks(clause: Monopoly) -> None:
    asked = terms_refusal(terms(monopoly=frozenset({clause})), TODAY)
    assert asked is ContractRefusal.MONOPOLY


@pytest.mark.parametrize(
    ("by", "paper", "refusal"),
    [
        (SELLER, DRAFTED, None),
        (BUYER, DRAFTED, None),
        (EDITOR, DRAFTED, None),
        (STRANGER, DRAFTED, WhoRefusal.NOT_YOURS),
        (NOBODY, DRAFTED, WhoRefusal.SIGN_IN),
        (person(None), DRAFTED, WhoRefusal.NOT_YOURS),
        (person(SELLING, Role.REGISTRAR), DRAFTED, WhoRefusal.NOT_YOUR_ROLE),
        (SELLER, READY, ContractRefusal.WRONG_STATE),
        (SELLER, replace(DRAFTED, buyer_id=SELLING), ContractRefusal.ONE_PARTY),
        (SELLER, replace(DRAFTED, agreed=SERVED), None),
        (SELLER, replace(DRAFTED, agreed=replace(SERVED, price=Money(ALL - 1))),
         ContractRefusal.DEAL_PRICE),
        (SELLER, replace(DRAFTED, agreed=replace(SERVED, kinds=frozenset({Kind.TRF_P}))),
         ContractRefusal.DEAL_KIND),
        (SELLER, replace(LICENSED, agreed=ORDINARY), ContractRefusal.DEAL_LICENCE),
        (SELLER, replace(LICENSED, agreed=replace(ORDINARY, licence_type=LicenceType.SOLE)), None),
        (SELLER, replace(LICENSED, agreed=within(LICENSED.terms.ends_on)),
         ContractRefusal.OUTLASTS),
        (SELLER, replace(LICENSED, agreed=within(date(2027, 12, 31) + timedelta(days=1))), None),
        (SELLER, replace(DRAFTED, terms=terms(deductions=costs(ALL + 1))),
         ContractRefusal.DEDUCTIONS),
        (SELLER, replace(DRAFTED, terms=terms(**parts(7))), ContractRefusal.INSTALMENTS),
        (SELLER, replace(DRAFTED, terms=terms(**parts())), None),
        (SELLER, replace(DRAFTED, terms=terms(ends_on=date(2026, 2, 28))), ContractRefusal.PERIOD),
        (SELLER, replace(DRAFTED, terms=Terms(Kind.CON, "", yuan(1))), None),
    ],
)  # fmt: skip
def test_either_party_drafts_what_does_not_contradict_itself(
    by: Actor, paper: Paper, refusal: Refusal | None
) -> None:
    assert draft_refusal(by, paper, AT) is refusal


def test_a_draft_that_somebody_else_saved_meanwhile_is_not_overwritten() -> None:
    read, stands = terms(), terms(title="改过的名称")
    refused = draft_refusal(SELLER, DRAFTED, AT, seen=glimpse(vars(read)), stands=stands)
    assert refused is ContractRefusal.EDITED_MEANWHILE
    assert draft_refusal(SELLER, DRAFTED, AT, seen=glimpse(vars(stands)), stands=stands) is None


def test_the_glimpse_tells_every_field_apart() -> None:
    changed: list[Terms] = [
        terms(),
        terms(related=True),
        terms(industry="C38"),
        terms(deductions=costs(5)),
        terms(**parts(ALL)),
        terms(monopoly=frozenset({Monopoly.TYING})),
        terms(no_monopoly=frozenset()),
        terms(turnover=Money(ALL, "USD")),
    ]
    assert len({glimpse(vars(each)) for each in changed}) == len(changed)
    both = frozenset({Monopoly.TYING, Monopoly.LIMITS, Monopoly.SOURCES})
    again = frozenset(sorted(both, reverse=True))
    one, other = vars(terms(monopoly=both)), vars(terms(monopoly=again))
    assert glimpse(one) == glimpse(other)


@pytest.mark.parametrize(
    ("by", "paper", "seen", "refusal"),
    [
        (SELLER, READY, HASH, None),
        (BUYER, READY, HASH, None),
        (SELLER, READY, "b" * 64, ContractRefusal.TEXT_CHANGED),
        (SELLER, READY, "", ContractRefusal.TEXT_CHANGED),
        (SELLER, DRAFTED, HASH, ContractRefusal.WRONG_STATE),
        (SELLER, SIGNED, HASH, ContractRefusal.WRONG_STATE),
        (SELLER, replace(READY, signed=frozenset({Side.SELLER})), HASH,
         ContractRefusal.SIGNED_ALREADY),
        (BUYER, replace(READY, signed=frozenset({Side.SELLER})), HASH, None),
        (BUYER, replace(READY, signed=frozenset({Side.SELLER}), hands=frozenset({7})), HASH,
         ContractRefusal.SAME_HAND),
        (BUYER, replace(READY, signed=frozenset({Side.SELLER}), hands=frozenset({8})), HASH, None),
        (EDITOR, READY, HASH, WhoRefusal.NOT_SIGNATORY),
        (STRANGER, READY, HASH, WhoRefusal.NOT_YOURS),
        (replace(SELLER, confirmed_at=None), READY, HASH, WhoRefusal.PASSWORD_AGAIN),
        (replace(SELLER, confirmed_at=AT - timedelta(minutes=6)), READY, HASH,
         WhoRefusal.PASSWORD_AGAIN),
    ],
)  # fmt: skip
def test_a_signatory_signs_the_text_that_was_read_once(
    by: Actor, paper: Paper, seen: str, refusal: Refusal | None
) -> None:
    assert sign_refusal(by, paper, AT, seen_hash=seen) is refusal


@pytest.mark.parametrize(
    ("status", "move", "refusal"),
    [
        (Status.DRAFT, "reopen", ContractRefusal.WRONG_STATE),
        (Status.SIGNING, "reopen", None),
        (Status.SIGNED, "reopen", ContractRefusal.WRONG_STATE),
        (Status.DROPPED, "reopen", ContractRefusal.WRONG_STATE),
        (Status.DRAFT, "drop", None),
        (Status.SIGNING, "drop", None),
        (Status.SIGNED, "drop", ContractRefusal.WRONG_STATE),
        (Status.DROPPED, "drop", ContractRefusal.WRONG_STATE),
        (Status.REPLACED, "drop", ContractRefusal.WRONG_STATE),
        (Status.REPLACED, "reopen", ContractRefusal.WRONG_STATE),
    ],
)
def test_nothing_moves_back_once_both_have_signed(
    status: Status, move: str, refusal: Refusal | None
) -> None:
    paper = replace(DRAFTED, status=status)
    assert move_refusal(BUYER, paper, move, AT) is refusal
    assert move_refusal(STRANGER, paper, move, AT) is WhoRefusal.NOT_YOURS


@pytest.mark.parametrize("status", Status)
def test_only_a_signed_contract_is_replaced(status: Status) -> None:
    paper = replace(DRAFTED, status=status)
    expected = None if status is Status.SIGNED else ContractRefusal.WRONG_STATE
    assert replace_refusal(BUYER, paper, AT) is expected
    assert replace_refusal(STRANGER, paper, AT) is WhoRefusal.NOT_YOURS


@pytest.mark.parametrize(
    ("paper", "on", "refusal"),
    [
        (ASSIGNED, date(2026, 3, 5), None),
        (ASSIGNED, TODAY, None),
        (ASSIGNED, date(2026, 3, 4), ContractRefusal.RECORDAL_DAY),
        (ASSIGNED, date(2026, 3, 11), ContractRefusal.RECORDAL_DAY),
        (SIGNED, TODAY, ContractRefusal.NO_RECORDAL),
        (replace(ASSIGNED, recorded=True), TODAY, ContractRefusal.RECORDED_ALREADY),
        (replace(ASSIGNED, status=Status.SIGNING), TODAY, ContractRefusal.WRONG_STATE),
    ],
)
def test_a_recordal_is_noted_for_assignments_on_a_possible_day(
    paper: Paper, on: date, refusal: Refusal | None
) -> None:
    assert recordal_refusal(SELLER, paper, on, TODAY, AT) is refusal
    assert recordal_refusal(STRANGER, paper, on, TODAY, AT) is WhoRefusal.NOT_YOURS


@pytest.mark.parametrize(
    ("way", "rights", "kind"),
    [
        (Way.ASSIGN, {RightKind.INVENTION, RightKind.SECRET}, Kind.TRF_P),
        (Way.ASSIGN, {RightKind.APPLICATION}, Kind.TRF_A),
        (Way.ASSIGN, {RightKind.SECRET}, Kind.TRF_S),
        (Way.ASSIGN, {RightKind.SOFTWARE}, Kind.TRF_O),
        (Way.LICENSE, {RightKind.DESIGN}, Kind.LIC_P),
        (Way.LICENSE, {RightKind.APPLICATION}, Kind.LIC_P),
        (Way.LICENSE, {RightKind.SECRET}, Kind.LIC_S),
        (Way.LICENSE, {RightKind.IC_LAYOUT}, Kind.LIC_O),
        (Way.COOPERATE, {RightKind.INVENTION}, Kind.DEV_V),
    ],
)
def test_the_kind_follows_the_way_and_the_rights(
    way: Way, rights: set[RightKind], kind: Kind
) -> None:
    assert kind_for(way, frozenset(rights)) is kind


@pytest.mark.parametrize(
    ("way", "rights", "kinds"),
    [
        (Way.ASSIGN, {RightKind.INVENTION, RightKind.SECRET}, {Kind.TRF_P, Kind.TRF_A}),
        (Way.ASSIGN, {RightKind.APPLICATION}, {Kind.TRF_P, Kind.TRF_A}),
        (Way.ASSIGN, {RightKind.SECRET, RightKind.SOFTWARE}, {Kind.TRF_S, Kind.TRF_O}),
        (Way.LICENSE, {RightKind.INVENTION}, {Kind.LIC_P}),
        (Way.LICENSE, {RightKind.SOFTWARE}, {Kind.LIC_S, Kind.LIC_O}),
        (Way.COOPERATE, {RightKind.INVENTION}, {Kind.DEV_C, Kind.DEV_J, Kind.DEV_V}),
        (Way.INVEST, {RightKind.INVENTION}, {Kind.TRF_P, Kind.TRF_A, Kind.LIC_P}),
    ],
)
def test_a_deal_is_carried_only_by_kinds_of_its_way(
    way: Way, rights: set[RightKind], kinds: set[Kind]
) -> None:
    assert kinds_for(way, frozenset(rights)) == kinds
    assert kind_for(way, frozenset(rights)) in kinds


def test_each_fine_kind_belongs_to_one_of_the_five() -> None:
    assert {kind.kind5 for kind in Kind} == set(Kind5)


def test_the_technology_value_is_the_turnover_less_every_line() -> None:
    assert terms(deductions=costs(12_000_000, 3_050_050)).technology_value == Money(84_949_950)
