import time
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.listings.identifiers import (
    IdentifierError,
    IdentifierFault,
    PatentForm,
    PatentKind,
    PublicationNumber,
    check_character,
    parse_ipc,
    parse_locarno,
    parse_patent_number,
    parse_publication_number,
    parse_us_application,
    term_ends,
)

INVENTION, UTILITY_MODEL, DESIGN = PatentKind.INVENTION, PatentKind.UTILITY_MODEL, PatentKind.DESIGN

PARSERS: list[Callable[[str], object]] = [
    parse_patent_number,
    parse_publication_number,
    parse_us_application,
    parse_ipc,
    parse_locarno,
]


@pytest.mark.parametrize(
    ("number", "year"),
    [
        ("201710601862.3", 2017),
        ("201310699744.2", 2013),
        ("201911296074.3", 2019),
        ("201711439836.1", 2017),
        ("201811088661.9", 2018),
        ("97101765.4", 1997),
        ("95115608.X", 1995),
        ("85100001.0", 1985),
        ("202010012345.4", 2020),
        ("202110099999.X", 2021),
        ("201620011112.1", 2016),
    ],
)
def test_a_known_patent_number_holds(number: str, year: int) -> None:
    read = parse_patent_number(number)
    assert read.normal == str(read) == number
    assert read.year == year
    assert read.form is (PatentForm.NEW if len(number) == 14 else PatentForm.OLD)
    assert not read.zl


@pytest.mark.parametrize(
    "typed",
    [
        "ZL201710601862.3",
        "zl 2017 1 0601862.3",
        "ZL 2017 1 0601862 3",
        "CN201710601862.3",
        "2017106018623",
        " ２０１７１０６０１８６２．３ ",
        "ＺＬ　201710601862.3",
    ],
)
def test_one_number_is_read_however_it_is_written(typed: str) -> None:
    read = parse_patent_number(typed)
    assert read.normal == "201710601862.3"
    assert read.zl is ("ZL" in str(read))
    assert read.zl is not (typed.startswith(("CN", "2", " ")))


def test_a_small_x_is_the_check_character() -> None:
    assert parse_patent_number("95115608x").normal == "95115608.X"


@pytest.mark.parametrize(
    ("digit", "kind"),
    [
        ("1", INVENTION),
        ("2", UTILITY_MODEL),
        ("3", DESIGN),
        ("8", INVENTION),
        ("9", UTILITY_MODEL),
    ],
)
def test_the_kind_digit_tells_the_kind(digit: str, kind: PatentKind) -> None:
    for digits in (f"2020{digit}0012345", f"97{digit}01765"):
        assert parse_patent_number(digits + check_character(digits)).kind is kind


@pytest.mark.parametrize(
    ("typed", "reason", "expected"),
    [
        ("", IdentifierFault.REQUIRED, None),
        (" \u3000", IdentifierFault.REQUIRED, None),
        ("CN1234", IdentifierFault.NOT_A_PATENT_NUMBER, None),
        ("ZL 2020 1 0000001.X", IdentifierFault.CHECK_WRONG, check_character("202010000001")),
        ("201710601862.4", IdentifierFault.CHECK_WRONG, "3"),
        ("201710601862", IdentifierFault.CHECK_MISSING, "3"),
        ("ZL201710601862.", IdentifierFault.CHECK_MISSING, "3"),
        ("97101765", IdentifierFault.CHECK_MISSING, "4"),
        ("202040012345.1", IdentifierFault.UNKNOWN_KIND, None),
        ("199910012345.1", IdentifierFault.UNKNOWN_YEAR, None),
        ("999910012345.1", IdentifierFault.UNKNOWN_YEAR, None),
        ("05100001.0", IdentifierFault.UNKNOWN_YEAR, None),
        ("84100001.0", IdentifierFault.UNKNOWN_YEAR, None),
        ("CN114129661A", IdentifierFault.IS_PUBLICATION, None),
        ("CN114129661", IdentifierFault.KIND_CODE_MISSING, None),
        ("CN85100001", IdentifierFault.KIND_CODE_MISSING, None),
        ("20171060186X.3", IdentifierFault.NOT_A_PATENT_NUMBER, None),
        ("US201710601862.3", IdentifierFault.NOT_A_PATENT_NUMBER, None),
        ("201710601862..3", IdentifierFault.NOT_A_PATENT_NUMBER, None),
        ("٢٠١٧10601862.3", IdentifierFault.NOT_A_PATENT_NUMBER, None),
        ("201710601862.3; DROP TABLE", IdentifierFault.NOT_A_PATENT_NUMBER, None),
        ("2" * 65, IdentifierFault.TOO_LONG, None),
        ("\ufdfa" * 60, IdentifierFault.TOO_LONG, None),
    ],
)
def test_what_is_no_patent_number_is_refused_with_a_hint(
    typed: str, reason: IdentifierFault, expected: str | None
) -> None:
    with pytest.raises(IdentifierError) as refused:
        parse_patent_number(typed)
    assert refused.value.reason is reason
    assert refused.value.detail.get("expected") == expected
    assert (expected or "") in refused.value.sentence % refused.value.detail


@given(
    st.one_of(
        st.integers(0, 10**12 - 1).map("{:012d}".format),
        st.integers(0, 10**8 - 1).map("{:08d}".format),
    ),
    st.data(),
)
def test_any_changed_digit_changes_the_check(digits: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([each for each in "0123456789" if each != digits[at]]))
    assert check_character(digits) != check_character(digits[:at] + other + digits[at + 1 :])


@given(st.integers(2003, 2030), st.sampled_from("12389"), st.integers(0, 10**7 - 1), st.data())
def test_a_mistyped_digit_is_never_taken(
    year: int, kind: str, serial: int, data: st.DataObject
) -> None:
    digits = f"{year}{kind}{serial:07d}"
    number = digits + check_character(digits)
    assert parse_patent_number(number).digits == digits
    at = data.draw(st.integers(0, 12))
    other = data.draw(st.sampled_from([each for each in "0123456789" if each != number[at]]))
    with pytest.raises(IdentifierError):
        parse_patent_number(number[:at] + other + number[at + 1 :])


def test_a_check_is_asked_of_eight_or_twelve_digits_only() -> None:
    with pytest.raises(ValueError, match="eight or twelve"):
        check_character("123")


@pytest.mark.parametrize(
    ("typed", "normal", "kind"),
    [
        ("CN114129661A", "CN114129661A", INVENTION),
        ("cn 114129661 a", "CN114129661A", INVENTION),
        ("114129661B", "CN114129661B", INVENTION),
        ("CN101234567B2", "CN101234567B2", INVENTION),
        ("CN215667380U", "CN215667380U", UTILITY_MODEL),
        ("CN2345678Y", "CN2345678Y", UTILITY_MODEL),
        ("CN1234567C", "CN1234567C", INVENTION),
        ("CN85100001A", "CN85100001A", INVENTION),
        ("CN306123456S", "CN306123456S", DESIGN),
    ],
)
def test_a_publication_number_is_its_own_kind_of_identifier(
    typed: str, normal: str, kind: PatentKind
) -> None:
    read = parse_publication_number(typed)
    assert isinstance(read, PublicationNumber)
    assert (read.normal, str(read), read.kind) == (normal, normal, kind)
    with pytest.raises(IdentifierError):
        parse_patent_number(typed)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", IdentifierFault.REQUIRED),
        ("CN114129661", IdentifierFault.KIND_CODE_MISSING),
        ("114129661", IdentifierFault.KIND_CODE_MISSING),
        ("CN1234", IdentifierFault.KIND_CODE_MISSING),
        ("CN114129661K", IdentifierFault.NOT_A_PUBLICATION),
        ("CN1234A", IdentifierFault.NOT_A_PUBLICATION),
        ("US114129661A", IdentifierFault.NOT_A_PUBLICATION),
        ("201710601862.3", IdentifierFault.NOT_A_PUBLICATION),
        ("CN" + "1" * 100, IdentifierFault.TOO_LONG),
    ],
)
def test_what_is_no_publication_number_is_refused(typed: str, reason: IdentifierFault) -> None:
    with pytest.raises(IdentifierError) as refused:
        parse_publication_number(typed)
    assert refused.value.reason is reason


@pytest.mark.parametrize("typed", ["13/033,085", "13/033085", "US 13/033,085", "us13/ 033085"])
def test_a_united_states_application_has_one_form(typed: str) -> None:
    assert parse_us_application(typed) == "US 13/033,085"


@pytest.mark.parametrize("typed", ["/9", "09/74,024", "13/033/085", "13033085", "13/0,33085", "/"])
def test_a_united_states_application_with_a_lost_digit_is_not_guessed(typed: str) -> None:
    with pytest.raises(IdentifierError) as refused:
        parse_us_application(typed)
    assert refused.value.reason is IdentifierFault.NOT_A_US_APPLICATION


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("a61k 31/00", "A61K 31/00"),
        ("A61K31/00", "A61K 31/00"),
        ("A61K", "A61K"),
        ("Ｂ６０Ｓ", "B60S"),
        ("H04L 9/0819", "H04L 9/0819"),
    ],
)
def test_an_ipc_class_is_put_in_its_normal_form(typed: str, normal: str) -> None:
    assert parse_ipc(typed) == normal


@pytest.mark.parametrize(
    "typed", ["Z99Z", "A61", "A61K 31", "A61K 31/0", "A61K/00", "61AK", "12-16"]
)
def test_what_is_no_ipc_class_is_refused(typed: str) -> None:
    with pytest.raises(IdentifierError) as refused:
        parse_ipc(typed)
    assert refused.value.reason is IdentifierFault.NOT_IPC


def test_a_locarno_class_names_designs() -> None:
    assert parse_locarno(" 12-16 ") == "12-16"
    for typed in ("00-01", "33-01", "12-1", "12/16", "A61K"):
        with pytest.raises(IdentifierError) as refused:
            parse_locarno(typed)
        assert refused.value.reason is IdentifierFault.NOT_LOCARNO


@pytest.mark.parametrize(
    ("kind", "filed", "over"),
    [
        (INVENTION, date(2017, 7, 21), date(2037, 7, 21)),
        (UTILITY_MODEL, date(2017, 7, 21), date(2027, 7, 21)),
        (DESIGN, date(2021, 5, 31), date(2031, 5, 31)),
        (DESIGN, date(2021, 6, 1), date(2036, 6, 1)),
        (UTILITY_MODEL, date(2020, 2, 29), date(2030, 2, 28)),
        (INVENTION, date(2020, 2, 29), date(2040, 2, 29)),
    ],
)
def test_a_patent_lasts_from_its_filing(kind: PatentKind, filed: date, over: date) -> None:
    assert term_ends(kind, filed) == over


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    "bomb", ["a" * 100_000 + "!", " " * 100_000, "2" * 63 + "!", "1 " * 31 + "!", "CN" * 31 + "!"]
)
def test_a_regex_bomb_is_refused_in_no_time(parse: Callable[[str], object], bomb: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(IdentifierError):
        parse(bomb)
    assert time.perf_counter() - begun < 0.05


@pytest.mark.parametrize("parse", PARSERS)
@given(typed=st.text(max_size=70))
def test_any_text_is_an_identifier_or_a_reason(parse: Callable[[str], object], typed: str) -> None:
    try:
        read = parse(typed)
    except IdentifierError:
        return
    assert parse(str(read).removeprefix("US ")) == read
