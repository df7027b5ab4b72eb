"""What may be offered: each refusal once, and what is fit beside it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from market.kernel.authority import NOBODY, Actor, Role, WhoRefusal
from market.kernel.refusal import Refusal
from market.listings.rules import (
    MOVES,
    PARTS,
    PARTS_MOST,
    Gap,
    ListingRefusal,
    Status,
    conflicting,
    expired,
    fitness_refusal,
    gaps,
    import_refusal,
    part_mark,
    publish_refusal,
    redraft_refusal,
    remove_refusal,
    return_refusal,
    save_refusal,
    secrecy_mark,
    sheet_refusal,
    submit_refusal,
    visible,
    withdraw_refusal,
)
from market.listings.sheet import (
    AssociateRole,
    EncumbranceFacts,
    EncumbranceKind,
    LicenceType,
    Mode,
    OwnerFacts,
    RightFacts,
    RightKind,
    Sheet,
    Way,
)
from tests import make

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
ON = make.day("2026-03-10")
SELLER = Actor(1, roles=frozenset({Role.RESEARCHER}), party_id=7)
BUYER = Actor(2, roles=frozenset({Role.COMPANY}), party_id=8)
RIVAL = Actor(3, roles=frozenset({Role.RESEARCHER}), party_id=9)
LONER = Actor(4, roles=frozenset({Role.RESEARCHER}))
OPERATOR = Actor(5, roles=frozenset({Role.OPERATOR}))
BOTH = Actor(5, roles=frozenset({Role.OPERATOR, Role.RESEARCHER}), party_id=1)
AUDITOR = Actor(6, roles=frozenset({Role.AUDITOR}))

PLEDGE = EncumbranceFacts(EncumbranceKind.PLEDGE, "某银行")
NAME = "湘江某公司"
TWO = (OwnerFacts(NAME, 6000), OwnerFacts("乙", 4000))


@pytest.mark.parametrize(
    ("over", "refusal"),
    [
        ({}, None),
        ({"way": Way.INVEST}, ListingRefusal.INVESTMENT),
        ({"price": None}, ListingRefusal.INCOMPLETE),
        ({"owners": (OwnerFacts("甲", 9999),)}, ListingRefusal.SHARES),
        ({"owners": (*TWO, OwnerFacts("丙", 1))}, ListingRefusal.SHARES),
        ({"owners": TWO}, ListingRefusal.CO_OWNERS),
        ({"owners": (TWO[0], OwnerFacts("乙", 4000, consents=True))}, None),
        ({"owners": (replace(TWO[0], consents=True), TWO[1])}, ListingRefusal.CO_OWNERS),
        ({"owners": (replace(TWO[1], consents=True), TWO[0])}, None),
        ({"owners": TWO[::-1]}, ListingRefusal.CO_OWNERS),
        ({"owners": (OwnerFacts("湘江 某公司", 10_000),)}, None),
        ({"owners": (OwnerFacts("别人", 10_000, consents=True),)}, ListingRefusal.NOT_OWNER),
        (
            {"owners": (OwnerFacts("别人", 10_000),), "way": Way.LICENSE,
             "licence_type": LicenceType.ORDINARY, "licences_offered": 1},
            ListingRefusal.NOT_OWNER,
        ),
        ({"owners": TWO, "way": Way.COOPERATE}, None),
        (
            {"owners": TWO, "way": Way.LICENSE, "licence_type": LicenceType.SOLE},
            ListingRefusal.CO_OWNERS,
        ),
        (
            {"owners": TWO, "way": Way.LICENSE, "licence_type": LicenceType.ORDINARY,
             "licences_offered": 3},
            None,
        ),
        ({"encumbrances": (PLEDGE,)}, ListingRefusal.PLEDGED),
        ({"encumbrances": (EncumbranceFacts(EncumbranceKind.PLEDGE, "某", consents=True),)}, None),
        ({"encumbrances": (EncumbranceFacts(EncumbranceKind.LICENCE, "某"),)}, None),
        (
            {"encumbrances": (EncumbranceFacts(EncumbranceKind.FREEZE, "法院", consents=True),)},
            ListingRefusal.FROZEN,
        ),
        ({"rights": (make.right(filed_on=make.day("2006-03-10")),)}, ListingRefusal.EXPIRED),
        ({"rights": (make.right(filed_on=make.day("2006-03-11")),)}, None),
        ({"abstract": "本成果属机密级，某某某某某某某某某某某某某某某。"}, ListingRefusal.SECRECY),
        ({"keywords": "内部资料"}, ListingRefusal.SECRECY),
    ],
)  # fmt: skip
def test_what_is_said_must_be_fit_for_the_market(
    over: dict[str, object], refusal: Refusal | None
) -> None:
    assert fitness_refusal(make.sheet(**over), ON, seller_name=NAME) is refusal


def test_an_empty_draft_lacks_everything_and_a_full_one_nothing() -> None:
    assert gaps(make.sheet()) == []
    conditional = {Gap.LICENCE_TYPE, Gap.LICENCES_OFFERED, Gap.NUMBER, Gap.FILED_ON}
    assert set(gaps(Sheet())) == set(Gap) - conditional


@pytest.mark.parametrize(
    ("over", "gap"),
    [
        ({"abstract": "太短的摘要"}, Gap.ABSTRACT),
        ({"way": Way.LICENSE}, Gap.LICENCE_TYPE),
        ({"way": Way.LICENSE, "licence_type": LicenceType.ORDINARY}, Gap.LICENCES_OFFERED),
        ({"rights": (make.right(filed_on=None),)}, Gap.FILED_ON),
        ({"rights": (RightFacts(RightKind.INVENTION, filed_on=ON),)}, Gap.NUMBER),
        ({"rights": (RightFacts(RightKind.FOREIGN_PATENT),)}, Gap.NUMBER),
    ],
)
def test_a_gap_is_named(over: dict[str, object], gap: Gap) -> None:
    assert gaps(make.sheet(**over)) == [gap]


def test_a_secret_needs_no_number() -> None:
    assert gaps(make.sheet(rights=(RightFacts(RightKind.SECRET, "配方"),))) == []


@pytest.mark.parametrize("part", PARTS)
def test_no_list_of_a_draft_goes_on_without_end(part: str) -> None:
    rows: dict[str, list[object]] = {
        "rights": [RightFacts(RightKind.SECRET)],
        "owners": [OwnerFacts("甲", 1)],
        "makers": ["乙"],
        "associates": [(AssociateRole.CLIENT, "丙")],
        "encumbrances": [EncumbranceFacts(EncumbranceKind.LICENCE, "丁")],
    }
    full, over = (make.sheet(**{part: (*rows[part] * n,)}) for n in (PARTS_MOST, PARTS_MOST + 1))
    assert sheet_refusal(full, ON) is None
    assert sheet_refusal(over, ON) is ListingRefusal.PARTS_MANY
    assert str(PARTS_MOST) in ListingRefusal.PARTS_MANY.sentence


@pytest.mark.parametrize(
    ("before", "after", "place", "refusal"),
    [
        (("甲", "乙"), ("甲", "乙"), 1, None),
        (("甲", "乙"), ("乙",), 0, ListingRefusal.PART_MOVED),
        (("甲", "甲"), ("甲",), 0, ListingRefusal.PART_MOVED),
        (("甲", "乙"), ("甲",), 1, ListingRefusal.PART_MOVED),
        (("甲",), ("甲",), 1, ListingRefusal.PART_MOVED),
    ],
)
def test_a_row_is_removed_only_as_it_was_seen(
    before: tuple[str, ...], after: tuple[str, ...], place: int, refusal: ListingRefusal | None
) -> None:
    seen = part_mark(make.sheet(makers=before), "makers", place)
    assert remove_refusal(make.sheet(makers=after), "makers", place, seen) is refusal


def test_not_even_a_draft_names_a_right_twice_or_offers_investment() -> None:
    one = make.right()
    assert sheet_refusal(make.sheet(rights=(one, one)), ON) is ListingRefusal.RIGHT_TWICE
    nameless = RightFacts(RightKind.SECRET)
    assert sheet_refusal(make.sheet(rights=(one, nameless, nameless)), ON) is None
    assert sheet_refusal(make.sheet(way=Way.INVEST), ON) is ListingRefusal.INVESTMENT


@pytest.mark.parametrize(
    ("right", "refusal"),
    [
        ({"filed_on": make.day("2026-03-11")}, ListingRefusal.FILED_AHEAD),
        ({"filed_on": make.day("2026-03-10")}, ListingRefusal.FILED_YEAR),
        ({"filed_on": make.day("2021-01-01")}, ListingRefusal.FILED_YEAR),
        ({"filed_on": make.day("2020-12-31")}, None),
        ({"filed_on": make.day("2018-05-06")}, None),  # a divisional keeps its parent's date
        ({"filed_on": None}, None),
        ({"kind": RightKind.APPLICATION, "filed_on": make.day("2021-01-01")},
         ListingRefusal.FILED_YEAR),
        ({"kind": RightKind.SOFTWARE, "filed_on": make.day("2021-01-01")}, None),
        ({"kind": RightKind.SOFTWARE, "filed_on": make.day("2026-03-11")},
         ListingRefusal.FILED_AHEAD),
        ({"number": None, "filed_on": make.day("2021-01-01")}, None),
    ],
)  # fmt: skip
def test_a_filing_date_is_past_and_not_after_the_year_in_the_number(
    right: dict[str, object], refusal: Refusal | None
) -> None:
    rights = (replace(make.right(), **right),)  # type: ignore[arg-type]
    assert sheet_refusal(make.sheet(rights=rights), ON) is refusal


@pytest.mark.parametrize(
    "over",
    [
        {"title": "绝密配方"},
        {"valuation_note": "机密★五年"},
        {"ipc": "秘密级"},
        {"rights": (make.right(title="内部资料"),)},
        {"rights": (make.right(publication_number="TOP SECRET"),)},
        {"owners": (OwnerFacts("机密单位", 10_000),)},
        {"makers": ("李四（机密）",)},
        {"associates": ((AssociateRole.CLIENT, "绝密"),)},
        {"encumbrances": (EncumbranceFacts(EncumbranceKind.LICENCE, "某", "ＳＥＣＲＥＴ／／"),)},
    ],
)
def test_not_even_a_draft_bears_a_confidentiality_mark_anywhere(over: dict[str, object]) -> None:
    assert sheet_refusal(make.sheet(**over), ON) is ListingRefusal.SECRECY


@pytest.mark.parametrize(
    "title",
    [
        "电机密封圈",
        "随机密钥生成方法",
        "隔绝密封舱",
        "计算机密码学",
        "数据机密性",
        "Stop Secretion",
    ],
)
def test_words_that_only_look_like_a_mark_pass(title: str) -> None:
    assert sheet_refusal(make.sheet(title=title), ON) is None


@pytest.mark.parametrize(
    ("by", "status", "refusal"),
    [
        (SELLER, Status.DRAFT, None),
        (SELLER, Status.PUBLISHED, ListingRefusal.WRONG_STATE),
        (SELLER, Status.SUBMITTED, ListingRefusal.WRONG_STATE),
        (RIVAL, Status.DRAFT, WhoRefusal.NOT_YOURS),
        (LONER, Status.DRAFT, WhoRefusal.NO_PARTY),
        (BUYER, Status.DRAFT, WhoRefusal.NOT_YOUR_ROLE),
        (OPERATOR, Status.DRAFT, WhoRefusal.NOT_YOUR_ROLE),
        (BOTH, Status.DRAFT, WhoRefusal.NOT_YOURS),
        (NOBODY, Status.DRAFT, WhoRefusal.SIGN_IN),
    ],
)
def test_only_its_seller_edits_and_only_a_draft(
    by: Actor, status: Status, refusal: Refusal | None
) -> None:
    assert save_refusal(by, 7, status, AT) is refusal


def test_only_whoever_drafts_for_a_party_imports_for_it() -> None:
    assert import_refusal(SELLER, 7, AT) is None
    assert import_refusal(RIVAL, 7, AT) is WhoRefusal.NOT_YOURS
    assert import_refusal(BOTH, 7, AT) is WhoRefusal.NOT_YOURS


@pytest.mark.parametrize("status", Status)
def test_each_step_is_taken_from_the_states_of_the_table_only(status: Status) -> None:
    sheet = make.sheet()
    steps = {
        "submit": submit_refusal(SELLER, 7, status, sheet, ON, AT, seller_name=NAME),
        "publish": publish_refusal(OPERATOR, 7, status, sheet, ON, AT, seller_name=NAME),
        "return": return_refusal(OPERATOR, status, "改", AT),
        "withdraw": withdraw_refusal(SELLER, 7, status, AT),
        "redraft": redraft_refusal(SELLER, 7, status, AT, dealt=False),
    }
    for step, refusal in steps.items():
        assert refusal is (None if (status, step) in MOVES else ListingRefusal.WRONG_STATE), step


def test_a_step_is_refused_to_whoever_has_no_part_in_it() -> None:
    sheet = make.sheet()
    refused = [
        submit_refusal(RIVAL, 7, Status.DRAFT, sheet, ON, AT, seller_name=NAME),
        publish_refusal(SELLER, 7, Status.SUBMITTED, sheet, ON, AT, seller_name=NAME),
        return_refusal(SELLER, Status.SUBMITTED, "改", AT),
        withdraw_refusal(RIVAL, 7, Status.PUBLISHED, AT),
        redraft_refusal(RIVAL, 7, Status.WITHDRAWN, AT, dealt=False),
        submit_refusal(BOTH, 7, Status.DRAFT, sheet, ON, AT, seller_name=NAME),
        redraft_refusal(BOTH, 7, Status.WITHDRAWN, AT, dealt=False),
    ]
    theirs, role = WhoRefusal.NOT_YOURS, WhoRefusal.NOT_YOUR_ROLE
    assert refused == [theirs, role, role, theirs, theirs, theirs, theirs]


def test_an_operator_withdraws_any_listing_and_publishes_none_of_their_own_parties() -> None:
    assert withdraw_refusal(OPERATOR, 7, Status.PUBLISHED, AT) is None
    assert withdraw_refusal(BOTH, 7, Status.PUBLISHED, AT) is None
    interested = replace(BOTH, parties=frozenset({1, 7}))
    sheet = make.sheet()
    refused = publish_refusal(interested, 7, Status.SUBMITTED, sheet, ON, AT, seller_name=NAME)
    assert refused is ListingRefusal.SELF_PUBLISHED
    other = publish_refusal(interested, 8, Status.SUBMITTED, sheet, ON, AT, seller_name=NAME)
    assert other is None


def test_what_a_deal_rests_on_is_never_a_draft_again() -> None:
    refused = redraft_refusal(SELLER, 7, Status.WITHDRAWN, AT, dealt=True)
    assert refused is ListingRefusal.DEALT


def test_the_operator_publishes_no_right_twice_and_gives_a_reason_to_send_back() -> None:
    def publish(**over: bool) -> Refusal | None:
        return publish_refusal(
            OPERATOR, 7, Status.SUBMITTED, make.sheet(), ON, AT, seller_name=NAME, **over
        )

    assert publish() is None
    assert publish(offered_elsewhere=True) is ListingRefusal.OFFERED_ELSEWHERE
    assert (
        publish(offered_elsewhere=True, granted_elsewhere=True) is ListingRefusal.GRANTED_ELSEWHERE
    )
    unfit = publish_refusal(OPERATOR, 7, Status.SUBMITTED, Sheet(), ON, AT, seller_name=NAME)
    assert unfit is ListingRefusal.INCOMPLETE
    assert return_refusal(OPERATOR, Status.SUBMITTED, "", AT) is ListingRefusal.REASON
    assert conflicting([7, 8], 7)
    assert not conflicting([7], 7)


@pytest.mark.parametrize("status", Status)
def test_what_is_not_public_is_seen_by_its_people_only(status: Status) -> None:
    public = status in (Status.PUBLISHED, Status.TRANSFERRED)
    for by in (NOBODY, BUYER, RIVAL, LONER):
        assert visible(by, 7, status) is public
    for by in (SELLER, AUDITOR):
        assert visible(by, 7, status)
    assert visible(OPERATOR, 7, status) is (status is not Status.DRAFT)  # promises 5.1, row 2


def test_only_patents_have_a_term_and_a_mark_is_named() -> None:
    old = make.day("1999-01-01")
    assert expired([make.right(filed_on=old)], ON)
    assert not expired([make.right(kind=RightKind.FOREIGN_PATENT, filed_on=old)], ON)
    assert not expired([make.right(filed_on=None)], ON)
    assert secrecy_mark(make.sheet(title="绝密配方")) == "绝密"
    assert secrecy_mark(make.sheet()) is None


def test_each_mode_says_what_its_price_is() -> None:
    assert all(mode.meaning for mode in Mode)


def test_an_import_key_is_taken_once() -> None:
    assert ListingRefusal.ALREADY_IMPORTED.status == 409
