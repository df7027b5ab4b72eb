from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from market.accounts.rules import (
    AccountRefusal,
    Holder,
    grant_refusal,
    local_path,
    name_refusal,
    password_refusal,
    take_refusal,
)
from market.kernel.authority import NOBODY, STAFF, Actor, Role, WhoRefusal
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
from market.places.rules import (
    PlaceRefusal,
    VenueKind,
    venue_refusal,
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
SOMEBODY = Holder(7)


SPELLINGS = [
    *("admin", "ADMIN", "Administrator", "Administrator.", "a d m i n", "_root_", "Ádmin"),
    *(
        "\uff21dmin",
        "adm\u0456n",
        "\u0410dmin",
        "R\u043e\u043et",
        "\u039f\u03c1erator",
        "Syste\u03bc",
    ),
    *("系统", "系 统", "系統", "管理员", "系统管理员", "管理員", "在线客服", "官方", "市场官方"),
    *("技术市场", "技術市場", "「技术市场」", "官方账号", "客\u3000服"),
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_name_that_would_speak_for_the_market_is_reserved(name: str) -> None:
    assert name_refusal(name) is AccountRefusal.NAME_RESERVED


@pytest.mark.parametrize(
    "name", ["张三", "Admina Weber", "系统工程研究所", "上官方舟", "长沙技术市场协会", "Иванов"]
)
def test_other_names_are_free(name: str) -> None:
    assert name_refusal(name) is None


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("elevenchars", AccountRefusal.PASSWORD_SHORT),
        ("", AccountRefusal.PASSWORD_SHORT),
        ("seven rivers", None),
        ("river stone " * 21 + "four", None),
        ("river stone " * 21 + "fours", AccountRefusal.PASSWORD_LONG),
        ("river stone " * 90_000, AccountRefusal.PASSWORD_LONG),
        ("  spaces at both ends ", None),
        ("安静的河流七块石头与一条船呀", None),
        ("🪨🌊🚣 quiet 🏞️ water", None),
        ("river\0stone\0boat", None),
        ("passwordpassword1", AccountRefusal.PASSWORD_GUESSABLE),
        ("Password12345", AccountRefusal.PASSWORD_GUESSABLE),
        ("1234567890123", AccountRefusal.PASSWORD_GUESSABLE),
        ("qwertyuiop123", AccountRefusal.PASSWORD_GUESSABLE),
        ("abcdefghijklm", AccountRefusal.PASSWORD_GUESSABLE),
        ("aaaaaaaaaaaaaa", AccountRefusal.PASSWORD_GUESSABLE),
        ("changsha-2026", AccountRefusal.PASSWORD_GUESSABLE),
        ("ZhangSan-1980", AccountRefusal.PASSWORD_GUESSABLE),
        ("zhangsan wei 42 boats", None),
        ("张伟张伟张伟张伟张伟张伟", AccountRefusal.PASSWORD_GUESSABLE),
    ],
)
def test_a_password_is_long_enough_and_not_easily_guessed(
    password: str, said: AccountRefusal | None
) -> None:
    assert password_refusal(password, context=("zhangsan", "张伟")) is said


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
    ("kind", "parent", "said"),
    [
        (VenueKind.MARKET, None, None),
        (VenueKind.SUB_MARKET, VenueKind.MARKET, None),
        (VenueKind.WORKSTATION, VenueKind.SUB_MARKET, None),
        (VenueKind.MARKET, VenueKind.MARKET, PlaceRefusal.VENUE_MISFIT),
        (VenueKind.SUB_MARKET, None, PlaceRefusal.VENUE_MISFIT),
        (VenueKind.WORKSTATION, VenueKind.MARKET, PlaceRefusal.VENUE_MISFIT),
        (VenueKind.WORKSTATION, VenueKind.WORKSTATION, PlaceRefusal.VENUE_MISFIT),
    ],
)
def test_the_venue_tree_has_three_levels(
    kind: VenueKind, parent: VenueKind | None, said: AccountRefusal | None, at: datetime
) -> None:
    assert venue_refusal(ADMINISTRATOR, kind, parent, at) is said


def test_only_an_administrator_opens_a_venue(at: datetime) -> None:
    assert venue_refusal(OPERATOR, VenueKind.MARKET, None, at) is WhoRefusal.NOT_YOUR_ROLE


@pytest.mark.parametrize(
    ("role", "posted", "said"),
    [
        (Role.OPERATOR, True, None),
        (Role.REGISTRAR, True, None),
        (Role.OPERATOR, False, None),
        (Role.REGISTRAR, False, AccountRefusal.REGISTRY_MISSING),
        (Role.RESEARCHER, True, AccountRefusal.NOT_STAFF),
    ],
)
def test_staff_roles_are_given_and_a_registrar_is_posted(
    role: Role, posted: bool, said: AccountRefusal | None, at: datetime
) -> None:
    by = replace(ADMINISTRATOR, confirmed_at=at)
    assert grant_refusal(by, SOMEBODY, role, at, posted=posted) is said


@pytest.mark.parametrize("role", sorted(STAFF))
def test_nobody_gives_themselves_a_role(role: Role, at: datetime) -> None:
    by = replace(ADMINISTRATOR, confirmed_at=at)
    assert grant_refusal(by, Holder(3), role, at) is AccountRefusal.OWN_ROLES


@pytest.mark.parametrize(
    ("held", "role", "said"),
    [
        (Role.ADMINISTRATOR, Role.AUDITOR, AccountRefusal.TWO_POWERS),
        (Role.AUDITOR, Role.ADMINISTRATOR, AccountRefusal.TWO_POWERS),
        (Role.AUDITOR, Role.AUDITOR, None),
        (Role.OPERATOR, Role.AUDITOR, None),
        (Role.ADMINISTRATOR, Role.DIRECTOR, None),
    ],
)
def test_who_audits_does_not_administer(
    held: Role, role: Role, said: AccountRefusal | None, at: datetime
) -> None:
    by = replace(ADMINISTRATOR, confirmed_at=at)
    assert grant_refusal(by, Holder(7, frozenset({held})), role, at) is said


@pytest.mark.parametrize(
    ("by", "holder", "role", "said"),
    [
        (OPERATOR, 7, Role.DIRECTOR, WhoRefusal.NOT_YOUR_ROLE),
        (ADMINISTRATOR, 7, Role.COMPANY, AccountRefusal.NOT_STAFF),
        (ADMINISTRATOR, 3, Role.ADMINISTRATOR, AccountRefusal.OWN_ROLES),
        (ADMINISTRATOR, 3, Role.OPERATOR, None),
        (ADMINISTRATOR, 7, Role.ADMINISTRATOR, None),
    ],
)
def test_an_administrator_lays_down_any_role_but_their_own_administration(
    by: Actor, holder: int, role: Role, said: Refusal | None, at: datetime
) -> None:
    by = replace(by, confirmed_at=at)
    assert take_refusal(by, Holder(holder), role, at) is said


@pytest.mark.parametrize(
    ("by", "minutes", "said"),
    [
        (OPERATOR, 0, WhoRefusal.NOT_YOUR_ROLE),
        (ADMINISTRATOR, None, WhoRefusal.PASSWORD_AGAIN),
        (ADMINISTRATOR, 5, None),
        (ADMINISTRATOR, 6, WhoRefusal.PASSWORD_AGAIN),
    ],
)
def test_a_role_is_given_by_an_administrator_who_gave_the_password_again(
    by: Actor, minutes: int | None, said: Refusal | None, at: datetime
) -> None:
    confirmed_at = None if minutes is None else at - timedelta(minutes=minutes)
    by = replace(by, confirmed_at=confirmed_at)
    assert grant_refusal(by, SOMEBODY, Role.AUDITOR, at) is said
    assert take_refusal(by, SOMEBODY, Role.AUDITOR, at) is said


def test_what_was_typed_wrong_is_no_conflict() -> None:
    assert AccountRefusal.WRONG_PASSWORD.status == 422
    assert AccountRefusal.OWN_ROLES.status == 409


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


@pytest.mark.parametrize(
    "wanted",
    ["/", "/listings/?q=%E7%94%B5%E6%B1%A0&page=2", "/me?", "/parties/7", "/检索?词=电池"],
)
def test_a_path_of_the_market_is_gone_on_to(wanted: str) -> None:
    assert local_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        *(None, "", "me", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil"),
        *("/%09/evil.example", "/%2f/evil.example", "/%5cevil.example", "/\t/evil.example"),
        *("https:evil.example", "https://evil.example", "javascript:alert(1)"),
        *("/me\r\nSet-Cookie: a=b", "/me%0d%0aSet-Cookie: a=b", "/me%0d%0a", " /me"),
        "/" + "a" * 3000,
    ],
)
def test_an_address_elsewhere_is_not(wanted: str | None) -> None:
    assert local_path(wanted) is None
