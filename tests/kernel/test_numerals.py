import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.kernel.numerals import capital_yuan, ordinal

DIGITS = {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (50, "伍角整"),
        (55, "伍角伍分"),
        (10_00, "壹拾元整"),
        (325_04, "叁佰贰拾伍元零肆分"),
        (1_409_50, "壹仟肆佰零玖元伍角整"),
        (6_007_14, "陆仟零柒元壹角肆分"),
        (16_409_02, "壹万陆仟肆佰零玖元零贰分"),
        (107_000_53, "壹拾万柒仟元伍角叁分"),
        (1_680_032_00, "壹佰陆拾捌万零叁拾贰元整"),
        (1_200_000_00, "壹佰贰拾万元整"),
        (20_000_005_00, "贰仟万零伍元整"),
        (100_010_000_00, "壹亿零壹万元整"),
        (10_000_000_000_00, "壹佰亿元整"),
        (1_000_000_000_001_00, "壹万亿零壹元整"),
    ],
)
def test_an_amount_is_written_out_as_on_a_cheque(fen: int, said: str) -> None:
    assert capital_yuan(fen) == said


@given(st.integers(0, 10**15))
def test_what_is_written_out_reads_back_as_the_same_amount(fen: int) -> None:
    said = capital_yuan(fen)
    assert read(said) == fen
    assert "零零" not in said
    assert said.endswith(("整", "分"))


def read(said: str) -> int:
    """The amount that a person reads in capital numerals, in fen."""
    yuan, _, rest = said.removesuffix("整").rpartition("元")
    fen = 0
    for digit, place in zip(rest.replace("零", "")[::2], rest.replace("零", "")[1::2], strict=True):
        fen += DIGITS[digit] * {"角": 10, "分": 1}[place]
    return 100 * whole(yuan) + fen


def whole(said: str) -> int:
    for name, unit in (("亿", 10**8), ("万", 10**4)):
        high, found, low = said.rpartition(name)
        if found:
            return whole(high) * unit + whole(low)
    total = digit = 0
    for each in said:
        if each in PLACES:
            total, digit = total + digit * PLACES[each], 0
        else:
            digit = DIGITS[each]
    return total + digit


@pytest.mark.parametrize("fen", [-1, 10**18])
def test_what_cannot_be_written_out_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="written out"):
        capital_yuan(fen)


@pytest.mark.parametrize(
    ("n", "said"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")]
)
def test_clauses_are_numbered_in_chinese(n: int, said: str) -> None:
    assert ordinal(n) == said


@pytest.mark.parametrize("n", [0, 100])
def test_a_clause_beyond_the_numbers_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="numbered"):
        ordinal(n)
