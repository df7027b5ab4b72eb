from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.contracts import commands
from market.contracts.models import Contract, Signature
from market.contracts.queries import (
    application_of,
    awaiting_signature,
    concluded,
    counterparties,
    find_for_deal,
    find_successor,
    get_contract,
    in_work,
    terms_for,
)
from market.contracts.rules import ContractRefusal, Side, Status
from market.contracts.terms import (
    Deduction,
    DeductionKind,
    Instalment,
    IpKind,
    Kind,
    Monopoly,
    Payment,
)
from market.contracts.wording import contract_text, text_hash
from market.kernel.authority import Actor, Seat
from market.kernel.db import Missing
from market.kernel.edits import glimpse
from market.kernel.journal import timeline
from market.kernel.refusal import Refused
from market.listings.sheet import Funding, LicenceType, TechnologyField, Way
from market.parties.models import Membership
from market.parties.queries import find_actor, find_counterparty, named_as
from market.parties.rules import SellerClass
from market.registry.commands import apply
from tests import make


@dataclass
class Two:
    """A seller, a buyer and their draft."""

    seller: Actor
    buyer: Actor
    draft: Contract


@pytest.fixture
def two(session: Session, at: datetime) -> Two:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    assert seller.party_id is not None
    assert buyer.party_id is not None
    made = commands.draft(session, seller.party_id, buyer.party_id, make.terms(), by=seller, at=at)
    return Two(seller, buyer, made)


def fixed(session: Session, two: Two, at: datetime) -> str:
    commands.offer_text(session, two.draft.id, by=two.seller, at=at)
    assert two.draft.text_hash is not None
    return two.draft.text_hash


def acts(session: Session, contract: Contract) -> list[str]:
    return [entry.act for entry in timeline(session, [("contract", contract.id)])]


def test_both_sides_sign_the_fixed_text_and_it_is_concluded(
    session: Session, two: Two, at: datetime
) -> None:
    seen = fixed(session, two, at)
    commands.sign(session, two.draft.id, seen, by=two.buyer, at=at)
    assert two.draft.status.value == "signing"
    commands.sign(session, two.draft.id, seen, by=two.seller, at=at)
    assert two.draft.status.value == "signed"
    assert two.draft.signed_at == at
    assert {s.side for s in two.draft.signatures} == set(Side)
    assert acts(session, two.draft) == [
        "contract.drafted",
        "contract.text-fixed",
        "contract.signed",
        "contract.signed",
    ]


def test_the_hash_signed_is_the_hash_of_the_text(session: Session, two: Two, at: datetime) -> None:
    seen = fixed(session, two, at)
    commands.sign(session, two.draft.id, seen, by=two.seller, at=at)
    session.expire_all()
    (signature,) = two.draft.signatures
    assert two.draft.text is not None
    assert signature.text_hash == two.draft.text_hash == text_hash(two.draft.text)
    assert two.draft.text == contract_text(two.draft)


def test_a_text_other_than_the_one_read_is_not_signed(
    session: Session, two: Two, at: datetime
) -> None:
    seen = fixed(session, two, at)
    commands.reopen(session, two.draft.id, by=two.buyer, at=at)
    commands.save_draft(session, two.draft.id, make.terms(title="换过的名称"), by=two.buyer, at=at)
    commands.offer_text(session, two.draft.id, by=two.buyer, at=at)
    with pytest.raises(Refused) as no:
        commands.sign(session, two.draft.id, seen, by=two.seller, at=at)
    assert no.value.refusal is ContractRefusal.TEXT_CHANGED
    assert not two.draft.signatures


def test_reopening_voids_the_signatures_given(session: Session, two: Two, at: datetime) -> None:
    seen = fixed(session, two, at)
    commands.sign(session, two.draft.id, seen, by=two.seller, at=at)
    commands.reopen(session, two.draft.id, by=two.buyer, at=at)
    session.expire_all()
    assert two.draft.status is Status.DRAFT
    assert two.draft.signatures == []
    assert two.draft.text is two.draft.text_hash is None
    again = fixed(session, two, at)
    commands.sign(session, two.draft.id, again, by=two.seller, at=at)
    assert len(two.draft.signatures) == 1


def test_a_side_signs_once(session: Session, two: Two, at: datetime) -> None:
    seen = fixed(session, two, at)
    commands.sign(session, two.draft.id, seen, by=two.seller, at=at)
    with pytest.raises(Refused) as no:
        commands.sign(session, two.draft.id, seen, by=two.seller, at=at)
    assert no.value.refusal is ContractRefusal.SIGNED_ALREADY


def test_a_signed_contract_is_neither_edited_nor_reopened_nor_dropped(
    session: Session, two: Two, at: datetime
) -> None:
    seen = fixed(session, two, at)
    for by in (two.seller, two.buyer):
        commands.sign(session, two.draft.id, seen, by=by, at=at)
    steps: list[Callable[[], object]] = [
        lambda: commands.save_draft(session, two.draft.id, make.terms(), by=two.seller, at=at),
        lambda: commands.reopen(session, two.draft.id, by=two.seller, at=at),
        lambda: commands.drop(session, two.draft.id, by=two.seller, at=at),
        lambda: commands.offer_text(session, two.draft.id, by=two.seller, at=at),
    ]
    for refused in steps:
        with pytest.raises(Refused) as no:
            refused()
        assert no.value.refusal is ContractRefusal.WRONG_STATE


def test_an_incomplete_draft_is_refused_with_the_list_of_what_it_lacks(
    session: Session, two: Two, at: datetime
) -> None:
    bare = make.terms(subject="", objective=None)
    commands.save_draft(session, two.draft.id, bare, by=two.seller, at=at)
    with pytest.raises(Refused) as no:
        commands.offer_text(session, two.draft.id, by=two.seller, at=at)
    assert no.value.refusal is ContractRefusal.INCOMPLETE
    assert [gap.value for gap in no.value.detail["gaps"]] == ["subject", "objective"]  # type: ignore[attr-defined]


def test_all_that_was_typed_comes_back(session: Session, two: Two, at: datetime) -> None:
    full = make.terms(
        kind=Kind.LIC_P,
        rights="发明专利 𠀀",
        licence_type=LicenceType.SOLE,
        payment=Payment.INSTALMENTS,
        deductions=(
            Deduction(DeductionKind.PARTS, make.yuan(3), "轴承"),
            Deduction(DeductionKind.OTHER, make.yuan(4)),
        ),
        instalments=(
            Instalment(make.day("2026-06-01"), make.yuan(400_000), "签约款"),
            Instalment(make.day("2026-09-01"), make.yuan(600_000)),
        ),
        related=True,
        industry="C3841",
        monopoly=frozenset({Monopoly.TYING, Monopoly.LIMITS}),
        no_monopoly=frozenset({Monopoly.SOURCES}),
    )
    for terms in (full, make.terms(), full):
        commands.save_draft(session, two.draft.id, terms, by=two.buyer, at=at)
        session.flush()
        session.expire_all()
        assert two.draft.terms == terms
        assert two.draft.technology_value == terms.technology_value


def test_the_number_carries_the_year_of_the_markets_own_day(session: Session, at: datetime) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    assert seller.party_id is not None
    assert buyer.party_id is not None
    eve = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    made = commands.draft(session, seller.party_id, buyer.party_id, make.terms(), by=seller, at=eve)
    assert made.number == f"TC-2027-{made.id:06d}"


def test_two_editors_do_not_overwrite_each_other(session: Session, two: Two, at: datetime) -> None:
    seen = glimpse(vars(two.draft.terms))
    commands.save_draft(
        session, two.draft.id, make.terms(title="卖方改"), by=two.seller, at=at, seen=seen
    )
    with pytest.raises(Refused) as no:
        commands.save_draft(
            session, two.draft.id, make.terms(title="买方改"), by=two.buyer, at=at, seen=seen
        )
    assert no.value.refusal is ContractRefusal.EDITED_MEANWHILE
    assert two.draft.title == "卖方改"


def test_a_contract_from_a_deal_takes_over_what_the_deal_and_its_listing_say(
    session: Session, at: datetime
) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    deal = make.deal(session, make.listing(session, seller, at=at), seller, buyer, at=at)
    terms = terms_for(deal)
    assert terms.kind is Kind.TRF_P
    assert terms.turnover == deal.price == make.yuan(1_000_000)
    assert terms.title == deal.title
    assert terms.technology_field is TechnologyField.MATERIALS
    assert terms.plan_source is Funding.NONE
    assert terms.ip_kind is IpKind.INVENTION
    assert terms.licence_type is None
    for said in ("锂硫电池正极材料", "专利权人：湘江某公司", "2020年5月6日", "专利号：ZL2020"):
        assert said in terms.rights


@pytest.mark.parametrize("licence", LicenceType)
def test_a_licence_deal_brings_its_type(
    session: Session, at: datetime, licence: LicenceType
) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    offered = {"licences_offered": 3} if licence is LicenceType.ORDINARY else {}
    listing = make.listing(session, seller, at=at, way=Way.LICENSE, licence_type=licence, **offered)
    terms = terms_for(make.deal(session, listing, seller, buyer, at=at))
    assert (terms.kind, terms.licence_type) == (Kind.LIC_P, licence)


def test_the_price_of_a_deal_is_not_drafted_away(session: Session, at: datetime) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    deal = make.deal(session, make.listing(session, seller, at=at), seller, buyer, at=at)
    less = replace(terms_for(deal), turnover=make.yuan(999_999))
    with pytest.raises(Refused) as no:
        commands.draft(session, deal.seller_id, deal.buyer_id, less, by=buyer, at=at, deal=deal)
    assert no.value.refusal is ContractRefusal.DEAL_PRICE
    made = commands.draft(
        session, deal.seller_id, deal.buyer_id, terms_for(deal), by=buyer, at=at, deal=deal
    )
    with pytest.raises(Refused) as no:
        commands.save_draft(session, made.id, less, by=seller, at=at)
    assert no.value.refusal is ContractRefusal.DEAL_PRICE
    assert made.turnover == deal.price


@pytest.mark.parametrize("kind", [Kind.TRF_O, Kind.LIC_P, Kind.SRV_G])
def test_the_assignment_of_a_patent_is_not_written_as_something_else(
    session: Session, at: datetime, kind: Kind
) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    deal = make.deal(session, make.listing(session, seller, at=at), seller, buyer, at=at)
    other = replace(terms_for(deal), kind=kind)
    with pytest.raises(Refused) as no:
        commands.draft(session, deal.seller_id, deal.buyer_id, other, by=buyer, at=at, deal=deal)
    assert no.value.refusal is ContractRefusal.DEAL_KIND
    assert no.value.field == "kind"


def test_an_ordinary_licence_is_not_written_as_an_exclusive_one(
    session: Session, at: datetime
) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    deal = make.deal(session, make.ordinary(session, seller, at=at), seller, buyer, at=at)
    made = commands.draft(
        session, deal.seller_id, deal.buyer_id, terms_for(deal), by=buyer, at=at, deal=deal
    )
    more = replace(terms_for(deal), licence_type=LicenceType.EXCLUSIVE)
    with pytest.raises(Refused) as no:
        commands.save_draft(session, made.id, more, by=buyer, at=at)
    assert no.value.refusal is ContractRefusal.DEAL_LICENCE


def test_a_patent_licence_does_not_outlast_the_patent(session: Session, at: datetime) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    deal = make.deal(session, make.ordinary(session, seller, at=at), seller, buyer, at=at)
    long = replace(terms_for(deal), starts_on=at.date(), ends_on=make.day("2040-05-06"))
    with pytest.raises(Refused) as no:
        commands.draft(session, deal.seller_id, deal.buyer_id, long, by=buyer, at=at, deal=deal)
    assert no.value.refusal is ContractRefusal.OUTLASTS
    assert no.value.field == "ends_on"
    within = replace(long, ends_on=make.day("2040-05-05"))  # filed on 2020-05-06: twenty years
    commands.draft(session, deal.seller_id, deal.buyer_id, within, by=buyer, at=at, deal=deal)


@pytest.fixture
def both(session: Session, two: Two, at: datetime) -> Actor:
    """A person who signs for the seller and has come to a seat on the buyer's side too."""
    seen = fixed(session, two, at)
    commands.sign(session, two.draft.id, seen, by=two.seller, at=at)
    assert two.seller.user_id is not None
    assert two.buyer.party_id is not None
    seat = Membership(user_id=two.seller.user_id, party_id=two.buyer.party_id, seat=Seat.SIGNATORY)
    session.add(seat)
    session.flush()
    return confirmed(find_actor(session, two.seller.user_id, two.buyer.party_id), at)


def test_one_hand_does_not_sign_for_both_sides(
    session: Session, two: Two, both: Actor, at: datetime
) -> None:
    assert two.draft.text_hash is not None
    with pytest.raises(Refused) as no:
        commands.sign(session, two.draft.id, two.draft.text_hash, by=both, at=at)
    assert no.value.refusal is ContractRefusal.SAME_HAND
    second = {
        "contract_id": two.draft.id,
        "side": Side.BUYER,
        "party_id": two.buyer.party_id,
        "user_id": two.seller.user_id,
        "text_hash": two.draft.text_hash,
        "signed_at": at,
    }
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Signature).values(**second))


def test_parties_that_share_a_person_are_related_whatever_is_ticked(
    session: Session, two: Two, both: Actor, at: datetime
) -> None:
    commands.reopen(session, two.draft.id, by=both, at=at)
    assert not two.draft.related
    commands.save_draft(session, two.draft.id, make.terms(related=False), by=both, at=at)
    assert two.draft.related


def test_a_deal_has_one_living_contract(session: Session, at: datetime) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    deal = make.deal(session, make.listing(session, seller, at=at), seller, buyer, at=at)

    def again() -> Contract:
        return commands.draft(
            session, deal.seller_id, deal.buyer_id, terms_for(deal), by=buyer, at=at, deal=deal
        )

    first = again()
    with pytest.raises(Refused) as no:
        again()
    assert no.value.refusal is ContractRefusal.DEAL_HAS_CONTRACT
    commands.drop(session, first.id, by=seller, at=at)
    assert find_for_deal(session, deal.id) is None
    second = again()
    assert find_for_deal(session, deal.id) is second


def test_a_replaced_contract_keeps_its_evidence_and_makes_room_for_its_deal(
    session: Session, at: datetime
) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    deal = make.deal(session, make.listing(session, seller, at=at), seller, buyer, at=at)
    over = {"kind": Kind.TRF_P, "rights": "发明专利"}
    old = make.contract(session, seller, buyer, at=at, deal=deal, **over)
    commands.note_recordal(session, old.id, "2026031000123", at.date(), by=buyer, at=at)
    kept = old.text, old.text_hash, old.signed_at, len(old.signatures)
    new = commands.replace_signed(session, old.id, by=buyer, at=at)
    session.flush()
    session.expire_all()
    assert (old.status, new.status) == (Status.REPLACED, Status.DRAFT)
    assert kept == (old.text, old.text_hash, old.signed_at, len(old.signatures))
    assert (new.terms, new.deal_id, new.replaces_id) == (old.terms, deal.id, old.id)
    assert (new.recordal_number, new.recorded_on) == ("2026031000123", at.date())
    assert new.signatures == []
    assert find_for_deal(session, deal.id) is new
    assert find_successor(session, old.id) is new
    assert concluded(session, deal.seller_id, 1).rows == [old]
    assert acts(session, old)[-1] == "contract.replaced"
    with pytest.raises(Refused) as no:
        commands.replace_signed(session, old.id, by=buyer, at=at)
    assert no.value.refusal is ContractRefusal.WRONG_STATE
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Contract).where(Contract.id == old.id).values(text_hash=None))


def test_a_party_does_not_contract_with_itself(session: Session, at: datetime) -> None:
    _, seller = make.party(session, at=at)
    assert seller.party_id is not None
    with pytest.raises(Refused) as no:
        commands.draft(session, seller.party_id, seller.party_id, make.terms(), by=seller, at=at)
    assert no.value.refusal is ContractRefusal.ONE_PARTY


def test_a_stranger_neither_drafts_nor_sees(session: Session, two: Two, at: datetime) -> None:
    _, stranger = make.party(session, at=at)
    with pytest.raises(Missing):
        get_contract(session, two.draft.id, stranger, at)
    with pytest.raises(Refused):
        commands.save_draft(session, two.draft.id, make.terms(), by=stranger, at=at)
    assert get_contract(session, two.draft.id, two.buyer, at) is two.draft


def test_the_recordal_is_noted_once_the_assignment_is_signed(
    session: Session, two: Two, at: datetime
) -> None:
    signed = make.contract(session, two.seller, two.buyer, at=at, kind=Kind.TRF_P, rights="x")
    with pytest.raises(Refused) as no:
        commands.note_recordal(session, signed.id, "1", make.day("2026-03-09"), by=two.buyer, at=at)
    assert no.value.refusal is ContractRefusal.RECORDAL_DAY
    assert no.value.field == "recorded_on"
    commands.note_recordal(session, signed.id, "2026031000123", at.date(), by=two.buyer, at=at)
    with pytest.raises(Refused) as no:
        commands.note_recordal(session, signed.id, "2", at.date(), by=two.seller, at=at)
    assert no.value.refusal is ContractRefusal.RECORDED_ALREADY
    assert (signed.recordal_number, signed.recorded_on) == ("2026031000123", at.date())


def test_the_database_keeps_state_and_evidence_together(
    session: Session, two: Two, at: datetime
) -> None:
    fixed(session, two, at)
    for broken in ({"text_hash": None}, {"status": Status.SIGNED}, {"turnover_minor": 0}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(update(Contract).where(Contract.id == two.draft.id).values(**broken))


def test_lists_say_who_has_to_do_what(session: Session, two: Two, at: datetime) -> None:
    mine, theirs = two.seller.party_id, two.buyer.party_id
    assert mine is not None
    assert theirs is not None
    assert in_work(session, mine) == in_work(session, theirs) == [two.draft]
    seen = fixed(session, two, at)
    assert awaiting_signature(session, mine) == awaiting_signature(session, theirs) == [two.draft]
    commands.sign(session, two.draft.id, seen, by=two.seller, at=at)
    assert awaiting_signature(session, mine) == []
    assert in_work(session, mine) == [two.draft]
    assert awaiting_signature(session, theirs) == [two.draft]
    assert in_work(session, theirs) == []
    commands.sign(session, two.draft.id, seen, by=two.buyer, at=at)
    assert in_work(session, mine) == []
    assert concluded(session, mine, 1).rows == [two.draft]
    assert counterparties(session, mine) == [two.draft.buyer]


def test_a_counterparty_is_found_by_code_or_by_name_and_number(
    session: Session, at: datetime
) -> None:
    there, _ = make.party(session, at=at, name="湘潭（高新）有限公司")
    alone, _ = make.party(session, at=at, name="李 四", seller_class=SellerClass.PERSON)
    assert there.uscc is not None
    assert named_as(there) == there.uscc
    assert named_as(alone) == f"李 四 {alone.id}"
    for named, party in (
        (there.uscc, there),
        (there.uscc.lower(), there),
        (f" {there.uscc[:9]} {there.uscc[9:]}", there),
        (f"湘潭（高新）有限公司 {there.id}", there),
        (f"湘潭(高新)有限公司 {there.id}", there),
        (named_as(alone), alone),
        (f"李四　{alone.id}", alone),
    ):
        assert find_counterparty(session, named) is party, named
    for named in (
        "",
        "湘潭（高新）有限公司",
        "李 四",
        str(alone.id),
        f"{alone.id} {alone.id}",
        f"张三 {alone.id}",
        f"李四 {alone.id + 1000}",
        f"李四 -{alone.id}",
        "李四 " + "9" * 18,
        "李四 " + "9" * 40,
        there.uscc[:17],
        "%",
    ):
        assert find_counterparty(session, named) is None, named


def test_the_application_is_read_from_the_contracts_own_thread(
    session: Session, at: datetime
) -> None:
    make.office(session, at)
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    signed = make.contract(session, seller, buyer, at=at)
    assert application_of(session, signed.id) is None
    filed = apply(session, signed.id, by=seller, at=at)
    assert application_of(session, signed.id) == filed.id
