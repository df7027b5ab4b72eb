"""Who follows which timeline, what of it is withheld, whose rows show before and after."""

from datetime import UTC, date, datetime

import pytest

from market.kernel.authority import NOBODY, Actor, Role, WhoRefusal
from market.listings.rules import Status
from market.record.rules import (
    BARGAINING,
    TALKS,
    FileKind,
    Lens,
    RecordRefusal,
    Wanted,
    close_case_refusal,
    contract_lens,
    export_refusal,
    follows_listing,
    follows_party,
    open_case_refusal,
    sealed,
    sight,
    withheld,
)

SELLER, BUYER, OTHER, OFFICE = 1, 2, 3, 7


def somebody(
    *roles: Role,
    party: int | None = None,
    registry: int | None = None,
    also: int | None = None,
    case: str = "",
) -> Actor:
    parties = frozenset(p for p in (party, also) if p is not None)
    return Actor(
        5, "某", frozenset(roles), party, parties=parties, registry_id=registry, case_no=case
    )


@pytest.mark.parametrize(
    ("by", "registered", "lens"),
    [
        (somebody(Role.RESEARCHER, party=SELLER), False, Lens.WHOLE),
        (somebody(Role.COMPANY, party=BUYER), True, Lens.WHOLE),
        (somebody(Role.AUDITOR), False, Lens.SEALED),
        (somebody(Role.AUDITOR, case="2026-7"), False, Lens.WHOLE),
        (somebody(Role.REGISTRAR, registry=OFFICE), False, Lens.PAPERS),
        (somebody(Role.DIRECTOR), True, Lens.CODED),
        (somebody(Role.DIRECTOR), False, None),
        (somebody(Role.REGISTRAR, registry=8), True, None),
        (somebody(Role.REGISTRAR, registry=OFFICE, also=BUYER), True, None),
        (somebody(Role.REGISTRAR), True, None),
        (somebody(Role.COMPANY, party=OTHER), True, None),
        (somebody(Role.COMPANY, party=OTHER, registry=OFFICE), True, None),
        (somebody(Role.OPERATOR), True, None),
        (somebody(Role.ADMINISTRATOR), True, None),
        (somebody(Role.BROKER), True, None),
        (NOBODY, True, None),
    ],
)
def test_a_contract_is_followed_by_those_concerned_and_no_further_than_needed(
    by: Actor, registered: bool, lens: Lens | None
) -> None:
    seen = contract_lens(by, sides={SELLER, BUYER}, offices={OFFICE}, registered=registered)
    assert seen is lens


@pytest.mark.parametrize(
    ("lens", "bargaining", "listing", "words", "links"),
    [
        (Lens.WHOLE, True, True, True, True),
        (Lens.SEALED, False, True, True, True),
        (Lens.PAPERS, False, True, True, False),
        (Lens.CODED, False, False, False, False),
    ],
)
def test_a_lens_leaves_out_what_its_reader_does_not_need(
    lens: Lens, bargaining: bool, listing: bool, words: bool, links: bool
) -> None:
    seen = (lens.bargaining, lens.listing, lens.words, lens.links)
    assert seen == (bargaining, listing, words, links)


@pytest.mark.parametrize(
    ("by", "follows"),
    [
        (somebody(Role.RESEARCHER, party=SELLER), True),
        (somebody(Role.OPERATOR), True),
        (somebody(Role.AUDITOR), True),
        (somebody(Role.COMPANY, party=BUYER), False),
        (somebody(Role.DIRECTOR), False),
        (somebody(Role.REGISTRAR, registry=OFFICE), False),
        (NOBODY, False),
    ],
)
def test_a_listing_is_followed_by_its_seller_the_operator_and_the_auditor(
    by: Actor, follows: bool
) -> None:
    assert follows_listing(by, SELLER, Status.SUBMITTED) is follows


def test_a_draft_is_not_the_operators_business_before_it_is_submitted() -> None:
    operator, seller = somebody(Role.OPERATOR), somebody(Role.RESEARCHER, party=SELLER)
    assert not follows_listing(operator, SELLER, Status.DRAFT)
    assert follows_listing(seller, SELLER, Status.DRAFT)


@pytest.mark.parametrize(
    ("by", "hidden"),
    [
        (somebody(Role.RESEARCHER, party=SELLER), frozenset()),
        (somebody(Role.AUDITOR, case="2026-7"), frozenset()),
        (somebody(Role.AUDITOR), TALKS),
        (somebody(Role.OPERATOR), BARGAINING),
        (somebody(Role.OPERATOR, party=OTHER), BARGAINING),
        (somebody(Role.OPERATOR, party=SELLER), frozenset()),
    ],
)
def test_an_operator_reads_no_offers_and_an_auditor_names_a_case_first(
    by: Actor, hidden: frozenset[str]
) -> None:
    assert withheld(by, SELLER) == hidden


@pytest.mark.parametrize(
    ("by", "follows"),
    [
        (somebody(Role.COMPANY, party=OTHER, also=SELLER), True),
        (somebody(Role.COMPANY, party=OTHER), False),
        (somebody(Role.OPERATOR), True),
        (somebody(Role.AUDITOR), True),
        (somebody(Role.ADMINISTRATOR), False),
    ],
)
def test_a_party_is_followed_by_its_members_the_operator_and_the_auditor(
    by: Actor, follows: bool
) -> None:
    assert follows_party(by, SELLER) is follows


def test_an_auditor_sees_every_table_but_the_talks_and_a_party_what_is_theirs() -> None:
    auditor, party = somebody(Role.AUDITOR), somebody(Role.COMPANY, party=BUYER)
    assert sight(auditor).shows("users")
    assert not sight(auditor).shows("offers")
    assert sight(somebody(Role.AUDITOR, case="2026-7")).shows("offers")
    side = sight(party, side=True)
    assert side.shows("contracts")
    assert not side.shows("listings")
    assert not side.shows("users")
    assert side.shows_column("turnover_minor")
    assert not side.shows_column("review_note")
    assert sight(auditor).shows_column("review_note")
    assert not sight(somebody(Role.OPERATOR)).shows("contracts")
    both = sight(somebody(Role.AUDITOR, party=SELLER), seller=True)
    assert not both.shows("users"), "who is a party reads as a party"


@pytest.mark.parametrize(
    ("case", "act", "tables", "closed"),
    [
        ("", "negotiation.offer-made", set(), True),
        ("", "listing.transferred", {"listings", "negotiations"}, True),
        ("", "listing.transferred", {"listings"}, False),
        ("2026-7", "negotiation.offer-made", {"offers"}, False),
    ],
)
def test_talks_are_sealed_until_a_case_is_named(
    case: str, act: str, tables: set[str], closed: bool
) -> None:
    assert sealed(somebody(Role.AUDITOR, case=case), act, tables) is closed


AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def test_one_case_is_open_at_a_time_and_only_an_auditor_opens_it() -> None:
    auditor, busy = somebody(Role.AUDITOR), somebody(Role.AUDITOR, case="2026-7")
    assert open_case_refusal(auditor, AT) is None
    assert open_case_refusal(busy, AT) is RecordRefusal.CASE_OPEN
    assert open_case_refusal(somebody(Role.OPERATOR), AT) is WhoRefusal.NOT_YOUR_ROLE
    assert close_case_refusal(busy, AT) is None
    assert close_case_refusal(auditor, AT) is RecordRefusal.NO_CASE
    assert close_case_refusal(somebody(Role.OPERATOR), AT) is WhoRefusal.NOT_YOUR_ROLE


def test_entries_leave_the_market_with_the_password_again() -> None:
    assert export_refusal(somebody(Role.AUDITOR), AT) is WhoRefusal.PASSWORD_AGAIN
    assert export_refusal(somebody(Role.DIRECTOR), AT) is WhoRefusal.NOT_YOUR_ROLE


def test_a_question_is_kept_in_the_journal_and_asked_again_as_it_was() -> None:
    wanted = Wanted(first=date(2026, 1, 1), act="deal.struck", kind="listing", number=7)
    assert Wanted.of(wanted.facts()) == wanted
    assert Wanted.of({"act": "x", "stranger": 1}) == Wanted(act="x")
    assert [kind.value for kind in FileKind] == ["csv", "jsonl"]
