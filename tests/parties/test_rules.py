from dataclasses import replace
from datetime import datetime

import pytest

from market.accounts.rules import (
    AccountRefusal,
)
from market.kernel.authority import NOBODY, Actor, Role, WhoRefusal
from market.kernel.refusal import Refusal
from market.parties.rules import (
    PartyFacts,
    PartyKind,
    PartyNature,
    PartyRefusal,
    SellerClass,
    park_refusal,
    party_refusal,
    uscc_refusal,
)

RESEARCHER = Actor(1, "张三", frozenset({Role.RESEARCHER}))


OPERATOR = Actor(2, "李四", frozenset({Role.OPERATOR}))


ADMINISTRATOR = Actor(3, "王五", frozenset({Role.ADMINISTRATOR}))


FIRM = PartyFacts(
    kind=PartyKind.ORGANISATION,
    name="湘江某公司",
    seller_class=SellerClass.PRIVATE_FIRM,
    nature=PartyNature.LIMITED,
    region_code="430104",
    uscc="91430100MA7XY9990Y",
)


PERSON = PartyFacts(
    kind=PartyKind.PERSON,
    name="张三",
    seller_class=SellerClass.PERSON,
    nature=PartyNature.NATURAL_PERSON,
    region_code="430104",
)


UNIVERSITY = replace(FIRM, nature=PartyNature.UNIVERSITY, seller_class=SellerClass.STATE_INSTITUTE)


STATE_FIRM = replace(
    FIRM, nature=PartyNature.STATE_OWNED, seller_class=SellerClass.STATE_ENTERPRISE
)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (FIRM, None),
        (PERSON, None),
        (replace(FIRM, uscc=None), PartyRefusal.USCC_MISSING),
        (replace(PERSON, uscc=FIRM.uscc), PartyRefusal.USCC_UNWANTED),
        (replace(FIRM, seller_class=SellerClass.PERSON), PartyRefusal.CLASS_MISFIT),
        (replace(PERSON, seller_class=SellerClass.PRIVATE_FIRM), PartyRefusal.CLASS_MISFIT),
        (replace(FIRM, nature=PartyNature.NATURAL_PERSON), PartyRefusal.NATURE_MISFIT),
        (replace(PERSON, nature=PartyNature.LIMITED), PartyRefusal.NATURE_MISFIT),
        (replace(FIRM, nature=PartyNature.UNIVERSITY), PartyRefusal.CLASS_MISFIT),
        (replace(FIRM, nature=PartyNature.INSTITUTE), PartyRefusal.CLASS_MISFIT),
        (replace(FIRM, nature=PartyNature.STATE_OWNED), PartyRefusal.CLASS_MISFIT),
        (
            replace(UNIVERSITY, seller_class=SellerClass.STATE_ENTERPRISE),
            PartyRefusal.CLASS_MISFIT,
        ),
        (
            replace(STATE_FIRM, seller_class=SellerClass.STATE_INSTITUTE),
            PartyRefusal.CLASS_MISFIT,
        ),
        (UNIVERSITY, None),
        (replace(UNIVERSITY, nature=PartyNature.INSTITUTE), None),
        (STATE_FIRM, None),
        (replace(FIRM, seller_class=SellerClass.STATE_ENTERPRISE), None),
        (replace(FIRM, name="官方"), AccountRefusal.NAME_RESERVED),
    ],
)
def test_a_party_is_an_organisation_with_a_code_or_a_person_without(
    facts: PartyFacts, said: AccountRefusal | None, at: datetime
) -> None:
    assert party_refusal(RESEARCHER, facts, at) is said


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (NOBODY, WhoRefusal.SIGN_IN),
        (OPERATOR, WhoRefusal.NOT_YOUR_ROLE),
        (Actor(4, "", frozenset({Role.BROKER})), None),
    ],
)
def test_only_who_trades_founds_a_party(by: Actor, said: Refusal | None, at: datetime) -> None:
    assert party_refusal(by, FIRM, at) is said


@pytest.mark.parametrize(
    ("city", "park_city", "said"),
    [
        ("430100", "430100", None),
        ("430100", None, None),
        ("430100", "430200", PartyRefusal.PARK_MISFIT),
        ("110000", "430100", PartyRefusal.PARK_MISFIT),
    ],
)
def test_a_park_lies_in_the_city_of_the_party(
    city: str, park_city: str | None, said: PartyRefusal | None
) -> None:
    assert park_refusal(city, park_city) is said


@pytest.mark.parametrize(
    ("by", "check_ok", "said"),
    [
        (OPERATOR, False, None),
        (OPERATOR, True, PartyRefusal.USCC_FINE),
        (RESEARCHER, False, WhoRefusal.NOT_YOUR_ROLE),
        (ADMINISTRATOR, False, WhoRefusal.NOT_YOUR_ROLE),
    ],
)
def test_only_an_operator_confirms_only_a_doubtful_code(
    by: Actor, check_ok: bool, said: Refusal | None, at: datetime
) -> None:
    assert uscc_refusal(by, check_ok=check_ok, at=at) is said
