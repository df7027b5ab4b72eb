import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.accounts.identifiers import (
    EmailError,
    EmailFault,
    PhoneError,
    PhoneFault,
    UsccError,
    UsccFault,
    canonical_email,
    canonical_phone,
    parse_uscc,
)

GOOD = [
    "91440300708461136T",
    "91330100799655058B",
    "914300007121944054",
    "91110108551385082Q",
    "91430100MA7XY9990Y",
    "91430200MA0AB1236F",
    "124303004450000118",
    "12430000TM000001XD",
]


@pytest.mark.parametrize("code", GOOD)
def test_a_known_code_holds_in_both_checks(code: str) -> None:
    read = parse_uscc(code)
    assert (read.code, str(read), read.check_ok, read.subject_ok) == (code, code, True, True)


@pytest.mark.parametrize(
    "typed",
    [" 9144 0300 7084 6113 6t ", "91-440300-708461136-T", "９１４４０３００７０８４６１１３６Ｔ"],
)
def test_a_code_is_read_however_it_is_written(typed: str) -> None:
    assert parse_uscc(typed).code == "91440300708461136T"


def test_an_early_real_code_that_fails_its_check_is_a_warning() -> None:
    assert not parse_uscc("91350100M0001TGQXM").check_ok


def test_the_two_checks_are_told_apart() -> None:
    wrong_end = parse_uscc("91440300708461136U")
    assert (wrong_end.check_ok, wrong_end.subject_ok) == (False, True)
    wrong_subject = parse_uscc("91440300708461137T")
    assert (wrong_subject.check_ok, wrong_subject.subject_ok) == (False, False)


def test_an_authority_named_by_a_letter_is_taken() -> None:
    assert parse_uscc("N2430100MF12345678").code == "N2430100MF12345678"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", UsccFault.REQUIRED),
        (" - ", UsccFault.REQUIRED),
        ("91440300708461136", UsccFault.WRONG_LENGTH),
        ("91440300708461136TT", UsccFault.WRONG_LENGTH),
        ("9" * 100_000, UsccFault.WRONG_LENGTH),
        ("9144030070846113IT", UsccFault.FORBIDDEN_LETTER),
        ("9144030070846113OT", UsccFault.FORBIDDEN_LETTER),
        ("9144030070846113ST", UsccFault.FORBIDDEN_LETTER),
        ("9144030070846113VT", UsccFault.FORBIDDEN_LETTER),
        ("9144030070846113ZT", UsccFault.FORBIDDEN_LETTER),
        ("91A40300708461136T", UsccFault.BAD_REGION),
        ("9144030070846113!T", UsccFault.BAD_CHARACTER),
        ("9144030070846113号T", UsccFault.BAD_CHARACTER),
        ("٩1440300708461136T", UsccFault.BAD_CHARACTER),
    ],
)
def test_what_is_no_code_is_refused_with_its_reason(typed: str, reason: UsccFault) -> None:
    with pytest.raises(UsccError) as refused:
        parse_uscc(typed)
    assert refused.value.reason is reason
    assert refused.value.sentence % refused.value.detail


@given(
    st.sampled_from(GOOD), st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY")
)
def test_any_changed_character_is_noticed(code: str, at: int, other: str) -> None:
    changed = code[:at] + other + code[at + 1 :]
    if changed[2:8].isdecimal():
        assert parse_uscc(changed).check_ok is (changed == code)
    else:
        with pytest.raises(UsccError):
            parse_uscc(changed)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("user@example.com", "user@example.com"),
        (" USER@Example.COM ", "user@example.com"),
        ("user@example.com.", "user@example.com"),
        ("u+tag@example.com", "u+tag@example.com"),
        ("ｕｓｅｒ＠example.com", "user@example.com"),
        ("li@湖南大学.中国", "li@xn--6kr28kk1b8z7a.xn--fiqs8s"),
    ],
)
def test_an_address_has_one_form(typed: str, canonical: str) -> None:
    read = canonical_email(typed)
    assert canonical_email(read) == read
    assert read.isascii()
    assert read == canonical


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", EmailFault.REQUIRED),
        ("   ", EmailFault.REQUIRED),
        ("user.example.com", EmailFault.NOT_AN_ADDRESS),
        ("a@b@example.com", EmailFault.NOT_AN_ADDRESS),
        ('"a@b"@example.com', EmailFault.NOT_AN_ADDRESS),
        ("@example.com", EmailFault.NOT_AN_ADDRESS),
        ("user@", EmailFault.NOT_AN_ADDRESS),
        ("user@.", EmailFault.NOT_AN_ADDRESS),
        ("user@example..com", EmailFault.NOT_AN_ADDRESS),
        ("user@example.com..", EmailFault.NOT_AN_ADDRESS),
        ("user@[127.0.0.1]", EmailFault.NOT_AN_ADDRESS),
        ("Li <li@example.com>", EmailFault.NOT_AN_ADDRESS),
        ("us\u0435r@example.com", EmailFault.NOT_AN_ADDRESS),  # a Cyrillic е
        ("user@example.com\r\nBcc: all@example.com", EmailFault.HIDDEN_CHARACTER),
        ("user@example.com\n", EmailFault.HIDDEN_CHARACTER),
        ("us\u200ber@example.com", EmailFault.HIDDEN_CHARACTER),
        ("\u202euser@example.com", EmailFault.HIDDEN_CHARACTER),
        ("user\0@example.com", EmailFault.HIDDEN_CHARACTER),
        ("user\ud800@example.com", EmailFault.HIDDEN_CHARACTER),
        ("a@" + "b" * 249 + ".com", EmailFault.TOO_LONG),
        ("a" * 1_000_000 + "@example.com", EmailFault.TOO_LONG),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(typed: str, reason: EmailFault) -> None:
    begun = time.perf_counter()
    with pytest.raises(EmailError) as refused:
        canonical_email(typed)
    assert refused.value.reason is reason
    assert time.perf_counter() - begun < 0.5


@given(st.one_of(st.emails(), st.text(max_size=60)))
def test_any_text_is_an_address_of_one_form_or_a_reason(typed: str) -> None:
    try:
        read = canonical_email(typed)
    except EmailError:
        return
    assert canonical_email(read) == read == read.lower()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812345678", "+8613812345678"),
        ("+86 138 1234 5678", "+8613812345678"),
        ("0086-138-1234-5678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("0731-88880000", "+8673188880000"),
        ("(0731) 8888 0000", "+8673188880000"),
        ("010 62345678", "+861062345678"),
        ("+86 (0)731 88880000", "+8673188880000"),
        ("0731-88880000-801", "+8673188880000-801"),
        ("0731 88880000 转 801", "+8673188880000-801"),
        ("0731 88880000 ext. 801", "+8673188880000-801"),
        ("400-810-5999", "+864008105999"),
        ("+49 30 123456", "+4930123456"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_telephone_number_has_one_form(typed: str, kept: str) -> None:
    assert canonical_phone(typed) == kept
    assert canonical_phone(kept) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1" * 40, PhoneFault.TOO_LONG),
        ("1" * 100_000, PhoneFault.TOO_LONG),
        ("88880000", PhoneFault.NOT_A_NUMBER),
        ("12812345678", PhoneFault.NOT_A_NUMBER),
        ("+8612812345678", PhoneFault.NOT_A_NUMBER),
        ("call me", PhoneFault.NOT_A_NUMBER),
        ("13812345678 ext abc", PhoneFault.NOT_A_NUMBER),
        ("13812345678 or 13912345678", PhoneFault.TOO_LONG),
        ("一三八一二三四五六七八", PhoneFault.NOT_A_NUMBER),
    ],
)
def test_what_is_no_telephone_number_is_refused(typed: str, said: PhoneFault) -> None:
    with pytest.raises(PhoneError) as refused:
        canonical_phone(typed)
    assert refused.value.reason is said
