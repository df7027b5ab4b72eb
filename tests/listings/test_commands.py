"""Drafts change by commands, on both engines; the database is the last to refuse."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel.authority import Role, WhoRefusal
from market.kernel.journal import timeline
from market.kernel.refusal import Refused
from market.listings import commands
from market.listings.models import Listing, Right
from market.listings.queries import also_in, counts, of_seller, submitted
from market.listings.rules import ListingRefusal, Status
from market.listings.sheet import (
    AssociateRole,
    EncumbranceFacts,
    EncumbranceKind,
    LicenceType,
    OwnerFacts,
    RightFacts,
    RightKind,
    Sheet,
    Way,
)
from tests import make

FULL = make.sheet(
    owners=(OwnerFacts("甲", 6000), OwnerFacts("乙", 4000, consents=True)),
    makers=("李四", "王五"),
    associates=((AssociateRole.CLIENT, "丙公司"),),
    encumbrances=(EncumbranceFacts(EncumbranceKind.LICENCE, "丁公司", "普通许可至2030年"),),
    valuation=make.yuan(2_000_000),
    valuation_note="某评估公司",
    keywords="电池; 正极",
    ipc="H01M 4/58",
    licences_offered=None,
)


def refusal(act: object, *words: object, **named: object) -> object:
    with pytest.raises(Refused) as refused:
        act(*words, **named)  # type: ignore[operator]
    return refused.value.refusal


def test_a_draft_says_what_it_was_told(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at)
    made = commands.draft(session, party.id, FULL, by=seller, at=at)
    session.expire_all()
    assert made.sheet == FULL
    (entry,) = timeline(session, [("listing", made.id)])
    assert (entry.act, entry.user_id) == ("listing.drafted", seller.user_id)


def test_a_change_gets_the_draft_as_it_is_and_keeps_the_rest(
    session: Session, at: datetime
) -> None:
    party, seller = make.party(session, at=at)
    made = commands.draft(session, party.id, FULL, by=seller, at=at)
    second = make.right(publication_number="CN114129661A")

    def grown(sheet: Sheet) -> Sheet:
        return replace(sheet, rights=(second, *sheet.rights), makers=sheet.makers[1:])

    commands.save_draft(session, made.id, grown, by=seller, at=at)
    session.expire_all()
    assert made.sheet == replace(FULL, rights=(second, *FULL.rights), makers=("王五",))
    assert [e.act for e in timeline(session, [("listing", made.id)])][-1] == "listing.edited"


def test_two_edits_of_two_tabs_are_both_kept(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at)
    made = commands.draft(session, party.id, Sheet(title="成果"), by=seller, at=at)

    def with_maker(name: str) -> Callable[[Sheet], Sheet]:
        return lambda sheet: replace(sheet, makers=(*sheet.makers, name))

    for name in ("李四", "王五"):
        commands.save_draft(session, made.id, with_maker(name), by=seller, at=at)
    assert made.sheet.makers == ("李四", "王五")


def test_an_empty_title_is_enough_for_a_draft_and_too_little_to_submit(
    session: Session, at: datetime
) -> None:
    party, seller = make.party(session, at=at)
    made = commands.draft(session, party.id, Sheet(), by=seller, at=at)
    refused = refusal(commands.submit, session, made.id, by=seller, at=at)
    assert refused is ListingRefusal.INCOMPLETE


def test_the_same_right_twice_and_an_investment_are_refused(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at)
    one = make.right()
    for sheet, why in (
        (make.sheet(rights=(one, one)), ListingRefusal.RIGHT_TWICE),
        (make.sheet(way=Way.INVEST), ListingRefusal.INVESTMENT),
    ):
        assert refusal(commands.draft, session, party.id, sheet, by=seller, at=at) is why
    assert of_seller(session, party.id, 1).total == 0


def test_one_right_in_two_listings_is_one_row_which_no_stranger_rewrites(
    session: Session, at: datetime
) -> None:
    _, seller = make.party(session, at=at)
    rival_party, rival = make.party(session, at=at)
    number = make.patent_number()
    mine = make.listing(
        session, seller, at=at, rights=(make.right(number, publication_number="CN114129661A"),)
    )
    theirs = make.sheet(rights=(make.right(number, publication_number="CN999999999A"),))
    draft = commands.draft(session, rival_party.id, theirs, by=rival, at=at)
    (right,) = session.scalars(select(Right).where(Right.number == number))
    session.expire_all()
    assert mine.sheet.rights[0].publication_number == "CN114129661A"
    assert draft.sheet.rights[0].publication_number == "CN999999999A"
    assert also_in(session, draft, rival) == {right.id: [mine]}
    assert also_in(session, mine, seller) == {}, "a stranger's draft stays unknown"


@pytest.mark.parametrize(
    "right",
    [
        RightFacts(RightKind.APPLICATION, publication_number="CN114129661A"),
        RightFacts(RightKind.SOFTWARE, "算法", "2020SR0000001"),
        RightFacts(RightKind.SECRET, "配方"),
    ],
)
def test_what_has_no_patent_number_is_shared_with_nobody(
    session: Session, at: datetime, right: RightFacts
) -> None:
    for _ in range(2):
        party, seller = make.party(session, at=at)
        sheet = make.sheet(rights=(right,))
        made = commands.draft(session, party.id, sheet, by=seller, at=at)
        session.expire_all()
        assert made.sheet.rights == (right,)
        assert also_in(session, made, seller) == {}
    assert [row.number for row in session.scalars(select(Right))] == [None, None]


def test_an_import_key_is_taken_once_a_party(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at)
    other_party, other = make.party(session, at=at)
    bring = {"by": seller, "at": at, "import_key": "cn-patents:CN1"}
    commands.draft(session, party.id, Sheet(title="一"), **bring)  # type: ignore[arg-type]
    again = refusal(commands.draft, session, party.id, Sheet(title="二"), **bring)
    assert again is ListingRefusal.ALREADY_IMPORTED
    bring |= {"by": other}
    commands.draft(session, other_party.id, Sheet(title="三"), **bring)  # type: ignore[arg-type]


def test_the_road_from_draft_to_market_and_back(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at)
    operator = make.operator(session, at)
    sheet = make.sheet(owners=make.owned_by(party))
    made = commands.draft(session, party.id, sheet, by=seller, at=at)
    commands.submit(session, made.id, by=seller, at=at)
    assert submitted(session) == [made]
    commands.return_to_draft(session, made.id, "请补充摘要", by=operator, at=at)
    assert (made.status, made.returned_reason) == (Status.DRAFT, "请补充摘要")
    commands.submit(session, made.id, by=seller, at=at)
    assert made.returned_reason is None
    commands.publish(session, made.id, by=operator, at=at)
    assert made.published_at == at
    commands.withdraw(session, made.id, by=seller, at=at)
    commands.redraft(session, made.id, by=seller, at=at)
    assert counts(session, party.id) == {Status.DRAFT: 1}
    told = [entry.act for entry in timeline(session, [("listing", made.id)])]
    assert len(told) == 7, told


def test_a_right_is_in_one_live_exclusive_offer(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at)
    operator = make.operator(session, at)
    right = make.right()
    first = make.listing(session, seller, at=at, rights=(right,))
    sheet = make.sheet(rights=(right,), owners=make.owned_by(party))
    second = commands.draft(session, party.id, sheet, by=seller, at=at)
    commands.submit(session, second.id, by=seller, at=at)
    why = refusal(commands.publish, session, second.id, by=operator, at=at)
    assert why is ListingRefusal.OFFERED_ELSEWHERE
    commands.withdraw(session, first.id, by=seller, at=at)
    assert commands.publish(session, second.id, by=operator, at=at).status is Status.PUBLISHED


def test_ordinary_licences_of_one_right_stand_side_by_side(session: Session, at: datetime) -> None:
    _, seller = make.party(session, at=at)
    licence = {
        "rights": (make.right(),), "way": Way.LICENSE, "licences_offered": 3,
        "licence_type": LicenceType.ORDINARY,
    }  # fmt: skip
    for _ in range(2):
        assert make.listing(session, seller, at=at, **licence).status is Status.PUBLISHED


def test_an_operator_touches_no_draft_and_publishes_nothing_of_their_own_party(
    session: Session, at: datetime
) -> None:
    party, seller = make.party(session, at=at)
    sheet = make.sheet(owners=make.owned_by(party))
    made = commands.draft(session, party.id, sheet, by=seller, at=at)
    own_party, _ = make.party(session, at=at)
    both = replace(
        make.operator(session, at),
        roles=frozenset({Role.OPERATOR, Role.RESEARCHER}),
        party_id=own_party.id,
        parties=frozenset({own_party.id, party.id}),
    )
    for act in (commands.submit, commands.redraft):
        assert refusal(act, session, made.id, by=both, at=at) is WhoRefusal.NOT_YOURS
    kept = refusal(commands.save_draft, session, made.id, lambda s: s, by=both, at=at)
    assert kept is WhoRefusal.NOT_YOURS
    commands.submit(session, made.id, by=seller, at=at)
    why = refusal(commands.publish, session, made.id, by=both, at=at)
    assert why is ListingRefusal.SELF_PUBLISHED
    assert commands.withdraw(session, made.id, by=both, at=at).status is Status.WITHDRAWN


def test_the_seller_stands_among_the_owners(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at)
    for owners, why in (
        ((OwnerFacts("别的公司", 10_000, consents=True),), ListingRefusal.NOT_OWNER),
        ((OwnerFacts("别的公司", 5_000), OwnerFacts(party.name, 5_000)), ListingRefusal.CO_OWNERS),
    ):
        made = commands.draft(session, party.id, make.sheet(owners=owners), by=seller, at=at)
        assert refusal(commands.submit, session, made.id, by=seller, at=at) is why


def test_a_marked_text_is_not_even_kept_as_a_draft(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at)
    sheet = make.sheet(rights=(make.right(title="机密★"),))
    with pytest.raises(Refused) as no:
        commands.draft(session, party.id, sheet, by=seller, at=at)
    assert (no.value.refusal, no.value.detail) == (ListingRefusal.SECRECY, {"mark": "机密"})
    assert of_seller(session, party.id, 1).total == 0


def test_a_stranger_changes_nothing(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at)
    _, rival = make.party(session, at=at)
    made = commands.draft(session, party.id, FULL, by=seller, at=at)
    for act in (commands.submit, commands.withdraw, commands.redraft):
        assert refusal(act, session, made.id, by=rival, at=at) is WhoRefusal.NOT_YOURS
    kept = refusal(commands.save_draft, session, made.id, lambda s: s, by=rival, at=at)
    assert kept is WhoRefusal.NOT_YOURS
    assert session.get_one(Listing, made.id).sheet == FULL
