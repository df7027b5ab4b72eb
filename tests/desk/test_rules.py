"""Who follows which timeline, and in what order things wait."""

from datetime import date

import pytest

from market.desk.rules import (
    Lens,
    Task,
    Wait,
    contract_lens,
    follows_listing,
    in_order,
    reads_bargaining,
)
from market.kernel.authority import NOBODY, Actor, Role
from market.listings.rules import Status

SELLER, BUYER, OTHER, OFFICE = 1, 2, 3, 7


def somebody(
    *roles: Role, party: int | None = None, registry: int | None = None, also: int | None = None
) -> Actor:
    parties = frozenset(p for p in (party, also) if p is not None)
    return Actor(5, "某", frozenset(roles), party, parties=parties, registry_id=registry)


@pytest.mark.parametrize(
    ("by", "registered", "lens"),
    [
        (somebody(Role.RESEARCHER, party=SELLER), False, Lens.WHOLE),
        (somebody(Role.COMPANY, party=BUYER), True, Lens.WHOLE),
        (somebody(Role.AUDITOR), False, Lens.WHOLE),
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
    ("lens", "bargaining", "listing", "words"),
    [
        (Lens.WHOLE, True, True, True),
        (Lens.PAPERS, False, True, True),
        (Lens.CODED, False, False, False),
    ],
)
def test_a_lens_leaves_out_what_its_reader_does_not_need(
    lens: Lens, bargaining: bool, listing: bool, words: bool
) -> None:
    assert (lens.bargaining, lens.listing, lens.words) == (bargaining, listing, words)


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
    ("by", "reads"),
    [
        (somebody(Role.RESEARCHER, party=SELLER), True),
        (somebody(Role.AUDITOR), True),
        (somebody(Role.OPERATOR), False),
        (somebody(Role.OPERATOR, party=OTHER), False),
        (somebody(Role.OPERATOR, party=SELLER), True),
    ],
)
def test_an_operator_reads_no_offers(by: Actor, reads: bool) -> None:
    assert reads_bargaining(by, SELLER) is reads


def test_what_is_overdue_waits_first_then_what_is_due_then_the_rest() -> None:
    free = Task(Wait.OFFER, "free", "desk.home")
    sign = Task(Wait.SIGN, "sign", "desk.home")
    soon = Task(Wait.FILE, "soon", "desk.home", due_on=date(2026, 3, 1))
    later = Task(Wait.FILE, "later", "desk.home", due_on=date(2026, 4, 1))
    late = Task(Wait.REVIEW, "late", "desk.home", due_on=date(2026, 5, 1), overdue=True)
    assert in_order([sign, free, later, soon, late]) == [late, soon, later, free, sign]
