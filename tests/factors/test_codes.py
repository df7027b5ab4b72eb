"""What a code is, and what is none."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from market.factors.codes import (
    ALPHABET,
    STEP_SECONDS,
    address,
    code_at,
    matching_step,
    new_recovery_code,
    new_secret,
    picture,
    recovery_hash,
    step_of,
)
from tests import make

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
HERE = step_of(AT)


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_234_567_890, "005924"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    secret = b32encode(
        b"12345678901234567890"
    ).decode()  # RFC 6238, appendix B, the last six digits
    assert code_at(secret, step_of(datetime.fromtimestamp(moment, UTC))) == code


@pytest.mark.parametrize("off", range(-3, 4))
def test_the_code_of_the_present_half_minute_and_its_neighbours_is_good(off: int) -> None:
    found = matching_step(make.SECRET, make.code(AT, off), AT)
    assert found == (HERE + off if abs(off) <= 1 else None)


@pytest.mark.parametrize("second", [0, 1, 29])
def test_a_half_minute_begins_and_ends_for_everybody_at_once(second: int) -> None:
    assert step_of(AT + timedelta(seconds=second)) == HERE
    assert step_of(AT + timedelta(seconds=STEP_SECONDS)) == HERE + 1


def test_a_code_may_be_typed_as_the_app_shows_it() -> None:
    code = make.code(AT)
    for typed in (code, f" {code} ", f"{code[:3]} {code[3:]}", f"{code[:3]}\u3000{code[3:]}"):
        assert matching_step(make.SECRET, typed, AT) == HERE


WIDE = {ord("0") + n: ord("０") + n for n in range(10)}
ARABIC = {ord("0") + n: ord("٠") + n for n in range(10)}


def test_what_is_not_six_digits_is_no_code() -> None:
    good = make.code(AT)
    for typed in (
        *("", good[:5], good + "0", good[:5] + "a", "abcdef", "-" + good[1:], good * 100_000),
        *(good.translate(WIDE), good.translate(ARABIC), "²" * 6, "一二三四五六"),
    ):
        assert matching_step(make.SECRET, typed, AT) is None, typed[:20]


def test_secrets_are_of_160_bits_and_never_the_same() -> None:
    drawn = {new_secret() for _ in range(100)}
    assert len(drawn) == 100
    assert {len(each) for each in drawn} == {32}  # base32: five bits a character


def test_an_app_learns_all_it_needs_from_the_picture() -> None:
    told = urlsplit(address(make.SECRET, account="li@x.example", market="技术市场"))
    assert (told.scheme, told.netloc) == ("otpauth", "totp")
    assert unquote(told.path) == "/技术市场:li@x.example"
    asked = {name: values[0] for name, values in parse_qs(told.query).items()}
    assert (asked["secret"], asked["issuer"]) == (make.SECRET, "技术市场")
    shown = picture(told.geturl())
    assert shown.startswith("data:image/svg+xml;")
    assert make.SECRET not in shown


def test_recovery_codes_hold_120_bits_and_are_never_the_same() -> None:
    drawn = [new_recovery_code() for _ in range(200)]
    assert len(set(drawn)) == 200
    assert len(ALPHABET) == 32
    assert {len(each.replace("-", "")) for each in drawn} == {24}  # five bits a character
    assert {len(group) for each in drawn for group in each.split("-")} == {4}


def test_a_recovery_code_may_be_typed_in_any_case_and_with_look_alikes() -> None:
    written = recovery_hash("0123-4567-89AB-CDEF-GHJK-MN11")
    for typed in (
        "0123456789abcdefghjkmn11",
        " o123 4567 89ab cdef ghjk mnIl ",
        "O123-4567-89AB-CDEF-GHJK-MNL1",
    ):
        assert recovery_hash(typed) == written
    assert recovery_hash("0123-4567-89AB-CDEF-GHJK-MN12") != written
