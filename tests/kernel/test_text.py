import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.kernel.text import (
    MOST_MARKS,
    TextError,
    TextFault,
    clean_line,
    clean_text,
    folded,
    has_unseen,
    typed_id,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  钛合金热处理 ", "钛合金热处理"),
        ("e\u0301tude", "étude"),
        ("已\u202e认证\u202c", "已认证"),
        ("pay\u200bment\ufeff", "payment"),
        ("bell\x07 and \x85next", "bell and next"),
        ("one\r\ntwo\rthree\u2028four\tfive", "one\ntwo\nthree\nfour\tfive"),
        ("𠀀𪚥 are rare", "𠀀𪚥 are rare"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("{{7*7}} ${7*7} %s%n", "{{7*7}} ${7*7} %s%n"),
        ("' OR 1=1--", "' OR 1=1--"),
        ("１０００", "１０００"),
    ],
)
def test_text_keeps_what_is_seen_and_drops_what_hides(typed: str, kept: str) -> None:
    assert clean_text(typed, most=100) == kept


@pytest.mark.parametrize(
    "blank", ["", "   ", "\u3000\u3000", "\u200b\u200d\ufeff", "\u3164 \u2800"]
)
def test_what_shows_nothing_is_the_empty_text(blank: str) -> None:
    assert clean_text(blank, most=100) == ""


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("a\0b", TextFault.NUL),
        ("a\ud800b", TextFault.BROKEN),
        ("字" * 11, TextFault.TOO_LONG),
        ("x" * 1_000_000, TextFault.TOO_LONG),
        ("e" + "\u0301\u0323" * 5, TextFault.TOO_MANY_MARKS),
        ("e" + "\u0301\u200d" * 9, TextFault.TOO_MANY_MARKS),
    ],
)
def test_a_hostile_text_is_refused_with_its_reason(typed: str, reason: TextFault) -> None:
    with pytest.raises(TextError) as refused:
        clean_text(typed, most=10)
    assert refused.value.reason is reason
    assert refused.value.sentence % refused.value.detail


def test_eight_marks_in_a_row_are_taken() -> None:
    assert clean_text("q" + "\u0301" * MOST_MARKS, most=10)


def test_the_length_is_that_of_the_text_which_is_kept() -> None:
    assert clean_text("\u200b" * 20 + "字" * 10 + "  ", most=10) == "字" * 10


def test_ten_thousand_marks_are_refused_in_no_time() -> None:
    begun = time.perf_counter()
    with pytest.raises(TextError):
        clean_text("e" + "\u0301\u0323" * 5_000, most=100_000)
    assert time.perf_counter() - begun < 0.05


def test_a_line_has_no_line_ends() -> None:
    assert clean_line("湖南\n大学\t  科技处", most=100) == "湖南 大学 科技处"


def test_two_spellings_of_a_name_fold_into_one() -> None:
    assert folded("ＡＢＣ　公司") == folded("abc 公司")
    assert folded("cafe\u0301") == folded("CAFÉ")


@pytest.mark.parametrize("typed", ["a\nb", "a\r", "a\u202eb", "a\u200bb", "\x1b", "a\tb", "a\0"])
def test_unseen_characters_are_found(typed: str) -> None:
    assert has_unseen(typed)
    assert not has_unseen("纯 plain")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_cleaning_twice_changes_nothing_more(typed: str) -> None:
    try:
        once = clean_text(typed, most=100)
    except TextError:
        return
    assert clean_text(once, most=100) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize("typed", ["", "01", "+1", " 1", "1 ", "1.0", "１", "-1", "x", "1" * 19])
def test_an_id_has_one_spelling(typed: str) -> None:
    assert typed_id(["7"]) == 7
    assert typed_id([typed]) is None
    assert typed_id(["7", "8"]) is None
    assert typed_id([]) is None
