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
from market.kernel.authority import STAFF, Actor, Role, WhoRefusal
from market.kernel.refusal import Refusal

RESEARCHER = Actor(1, "张三", frozenset({Role.RESEARCHER}))
OPERATOR = Actor(2, "李四", frozenset({Role.OPERATOR}))
ADMINISTRATOR = Actor(3, "王五", frozenset({Role.ADMINISTRATOR}))
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
        ("seven rivers", AccountRefusal.PASSWORD_GUESSABLE),
        ("xkqjzvbwpfmh", None),
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
    assert grant_refusal(by, SOMEBODY, role, at, posted=posted, proposed_by=9) is said


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
    assert grant_refusal(by, Holder(7, frozenset({held})), role, at, proposed_by=9) is said


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
    assert grant_refusal(by, SOMEBODY, Role.AUDITOR, at, proposed_by=9) is said
    assert take_refusal(by, SOMEBODY, Role.AUDITOR, at) is said


def test_what_was_typed_wrong_is_no_conflict() -> None:
    assert AccountRefusal.WRONG_PASSWORD.status == 422
    assert AccountRefusal.OWN_ROLES.status == 409


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


@pytest.mark.parametrize(
    ("role", "proposed_by", "said"),
    [
        (Role.OPERATOR, None, None),
        (Role.DIRECTOR, None, None),
        (Role.REGISTRAR, None, AccountRefusal.TWO_PERSONS),
        (Role.AUDITOR, None, AccountRefusal.TWO_PERSONS),
        (Role.ADMINISTRATOR, None, AccountRefusal.TWO_PERSONS),
        (Role.ADMINISTRATOR, 3, AccountRefusal.SAME_GRANTER),
        (Role.ADMINISTRATOR, 4, None),
    ],
)
def test_the_roles_of_power_take_two_administrators(
    role: Role, proposed_by: int | None, said: Refusal | None, at: datetime
) -> None:
    by = replace(ADMINISTRATOR, confirmed_at=at)
    assert grant_refusal(by, SOMEBODY, role, at, proposed_by=proposed_by) is said
