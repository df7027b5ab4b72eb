"""Text and queries meet in the same tokens, whatever was typed (promises E 73 to 77)."""

from itertools import combinations

import pytest

from market.kernel.text import Misread, TextFault
from market.listings.identifiers import check_character
from market.listings.tokens import QueryFault, identifier_tokens, read_query, tokens

TEXT = "一种钛铝合金锂离子电池正极材料的制备方法及其在新能源汽车热管理系统中的应用"


def found(typed: str, text: str) -> bool:
    """Whether a query meets a text, by the definition of a match."""
    words = set(tokens(text))
    terms = read_query(typed).terms
    return bool(terms) and all(any(words.issuperset(way) for way in term) for term in terms)


def test_every_stretch_of_a_chinese_text_finds_it() -> None:
    for first, last in combinations(range(len(TEXT) + 1), 2):
        assert found(TEXT[first:last], TEXT), TEXT[first:last]


@pytest.mark.parametrize("typed", ["专利", "钛锂", "池电", "铝离"])
def test_two_characters_that_are_not_neighbours_do_not_find_it(typed: str) -> None:
    assert not found(typed, TEXT)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("ＬＩＴＨＩＵＭ", "Lithium-ion cell"),
        ("lithium ion", "Lithium-ion cell"),
        ("电池 Cell", "a cell 电池"),
        ("ﬁlter", "filter"),
        ("and", "This AND that"),
        ("title:电池", "电池 title"),
        ("\U00020000", "rare \U00020000 character"),
    ],
)
def test_width_case_and_signs_make_no_difference(typed: str, text: str) -> None:
    assert found(typed, text)


@pytest.mark.parametrize("typed", ["AND", "NOT 电池", "NEAR(电池", "title:电池", "电池 OR 钛"])
def test_an_operator_is_a_word_like_any_other(typed: str) -> None:
    assert not found(typed, "电池 钛")


@pytest.mark.parametrize(
    "typed", ['"', "(", "^", "*", "%", "_", "?" * 50, "%%__", "(+)+$", "🙂", ""]
)
def test_signs_alone_ask_for_nothing_and_find_nothing(typed: str) -> None:
    assert read_query(typed).terms == ()


NUMBER = f"201710601862.{check_character('201710601862')}"


@pytest.mark.parametrize(
    "typed",
    [NUMBER, f"ZL{NUMBER}", f"zl 2017 1 0601862 {NUMBER[-1]}", NUMBER.replace(".", ""),
     f"CN{NUMBER}", "２０１７１０６０１８６２." + NUMBER[-1], "201710601862"],
)  # fmt: skip
def test_a_patent_number_is_found_in_any_spelling(typed: str) -> None:
    (term,) = read_query(typed).terms
    assert any(set(identifier_tokens(NUMBER)).issuperset(way) for way in term)


@pytest.mark.parametrize("typed", ["CN114129661A", "cn 114129661 a", "114129661A", "114129661"])
def test_a_publication_number_is_found_in_any_spelling(typed: str) -> None:
    (term,) = read_query(typed).terms
    assert any(set(identifier_tokens("CN114129661A")).issuperset(way) for way in term)


def test_a_number_of_the_united_states_is_found_as_it_is_written() -> None:
    for typed in ("13/033,085", "US 13/033,085"):
        words = set(identifier_tokens("US 13/033,085"))
        assert all(any(words.issuperset(way) for way in term) for term in read_query(typed).terms)


def test_too_long_a_query_and_too_many_words_are_refused() -> None:
    with pytest.raises(Misread) as long:
        read_query("电" * 201)
    assert long.value.reason is TextFault.TOO_LONG
    read_query(" ".join(f"a{n}" for n in range(50)))
    with pytest.raises(Misread) as many:
        read_query(" ".join("abcdefghijklmnopqrstuvwxyz0123456789" * 2)[:200])
    assert many.value.reason is QueryFault.TOO_MANY_TERMS
