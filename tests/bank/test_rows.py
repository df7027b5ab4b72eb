"""Bank statements in rows of text: columns by declared names, nothing guessed (I 127–130)."""

from datetime import date

import pytest

from market.bank import rows
from market.bank.mappings import MAPPINGS, Part
from market.bank.rows import read_day, read_text
from market.bank.sheet import Extract, Form, LineFault, StatementFault, fingerprints
from market.kernel.delimited import FileError, FileFault, RowFault
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.text import Misread
from tests.bank.slips import ACCOUNT, EN, ZH, ZH_HEAD, text

TODAY = date(2026, 11, 5)


def read(raw: str | bytes, named: str | None = None) -> Extract:
    given = raw.encode() if isinstance(raw, str) else raw
    return read_text(given, ACCOUNT, currency="CNY", today=TODAY, named=named)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_a_chinese_export_is_read_in_the_encodings_that_banks_send(encoding: str) -> None:
    found = read(text(ZH).encode(encoding))
    assert (found.kind, found.form, found.complete) == ("zh-in-out", Form.CSV, True)
    first, second, third = found.lines
    assert (first.booked_on, first.amount) == (date(2026, 11, 2), Money(120_000_000))
    assert (first.counterparty, first.counterparty_account) == (
        "湘江材料有限公司", "6222020200012345678",
    )  # fmt: skip
    assert (first.words, first.bank_ref) == ("JS0000000193 转账", "L1")
    assert (second.booked_on, second.amount) == (date(2026, 11, 3), Money(50_000))
    assert (third.booked_on, third.amount) == (date(2026, 11, 4), Money(-8_050))
    assert (found.opening, found.closing) == (Money(0), Money(120_041_950))
    assert (found.from_on, found.to_on) == (date(2026, 11, 2), date(2026, 11, 4))


def test_an_english_export_with_one_signed_amount_is_read() -> None:
    found = read(text(EN))
    assert found.kind == "en-amount"
    assert [line.amount.minor for line in found.lines] == [50_000, 50_000, -8_050]
    assert found.complete is None


SIDED = text(
    [
        "交易时间,借贷标志,交易金额（元）,对方户名",
        "2026-11-02 08:00:01,贷,￥100.00,甲",
        "2026-11-02 09:00:00,借,100.00元,乙",
    ]
)


def test_an_amount_gets_its_sign_from_the_column_beside_it() -> None:
    found = read(SIDED.replace(",", "\t"))
    assert (found.kind, [line.amount.minor for line in found.lines]) == (
        "zh-amount",
        [10_000, -10_000],
    )
    assert read(SIDED).lines == found.lines


def test_a_mapping_may_be_named_and_must_fit() -> None:
    assert read(text(ZH), "zh-in-out").kind == "zh-in-out"
    for named, fault in (("zh-amount", StatementFault.NO_HEADER), ("x", FileFault.UNKNOWN_MAPPING)):
        with pytest.raises(FileError) as refused:
            read(text(ZH), named)
        assert refused.value.reason is fault


def test_every_mapping_names_its_columns_apart() -> None:
    for mapping in MAPPINGS:
        names = [name for known in mapping.columns.values() for name in known]
        assert len(set(names)) == len(names)
        assert mapping.must <= mapping.columns.keys()
        assert mapping.fitted([next(iter(mapping.columns[part])) for part in mapping.must])
    assert Part.OWN.label


def test_what_stands_before_the_header_is_passed_over_but_for_the_account() -> None:
    def before(account: str) -> str:
        return text([f"账号：,{account},,,,,,,", "起止日期,20261101-20261105", *ZH])

    assert len(read(before("4300 1500 0610 5000 1234")).lines) == 3
    for other in (
        before("6222"),
        text(EN).replace("Date,", "Account,Date,").replace("\n2026", "\n77,2026"),
    ):
        with pytest.raises(FileError) as refused:
            read(other)
        assert refused.value.reason is StatementFault.OTHER_ACCOUNT


def row(**cells: str) -> str:
    """A row of the Chinese export, good but for what is given."""
    good = {"day": "20261102", "came": "1.00", "went": "", "balance": "", "name": "甲"}
    told = good | {"number": "", "why": "", "words": "", "ref": ""} | cells
    return ",".join(told.values())


BAD_ROWS: list[tuple[str, Refusal]] = [
    (row(day="02/11/2026"), LineFault.NOT_A_DAY), (row(day="2026-02-30"), LineFault.NOT_A_DAY),
    (row(day="1926-01-01"), LineFault.NOT_A_DAY), (row(day="46328"), LineFault.NOT_A_DAY),
    (row(day="２０２６-11-02"), LineFault.NOT_A_DAY), (row(day=""), LineFault.NOT_A_DAY),
    (row(day="20261106"), LineFault.IN_FUTURE),
    (row(came="1.2E+06"), LineFault.AMOUNT), (row(came="1.005"), LineFault.AMOUNT),
    (row(came='"1.000,00"'), LineFault.AMOUNT), (row(came="9" * 40), LineFault.AMOUNT),
    (row(came="=1+1"), LineFault.AMOUNT), (row(came="１.00"), LineFault.AMOUNT),
    (row(came="1-"), LineFault.AMOUNT), (row(came="--1"), LineFault.AMOUNT),
    (row(came="NaN"), LineFault.AMOUNT),
    (row(came=""), LineFault.NO_AMOUNT), (row(came="0.00"), LineFault.NO_AMOUNT),
    (row(went="1.00"), LineFault.BOTH_WAYS),
    (row(name="长" * 200), LineFault.TEXT),
    (row(ref="L1", day="20261102", came='"1,200,000.00"'), LineFault.TWICE),
    (row() + ",more", RowFault.RAGGED), ("合计,1.00", RowFault.RAGGED),
    ('"20261102"x,1.00', RowFault.QUOTING),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "fault"), BAD_ROWS)
def test_a_bad_row_is_told_by_its_line_and_the_others_are_read(bad: str, fault: Refusal) -> None:
    found = read(text([*ZH[:2], bad, *ZH[2:]]))
    assert [line.place for line in found.lines] == [2, 4, 5]
    assert [(each.line, each.why.reason) for each in found.refused] == [(3, fault)]
    assert RowFault.MISSING.sentence


@pytest.mark.parametrize(("side", "currency"), [("?", ""), ("", ""), ("贷", "USD"), ("贷", "美元")])
def test_a_side_or_a_currency_that_is_not_known_is_not_guessed(side: str, currency: str) -> None:
    head = "交易日期,借贷标志,交易金额,币种,对方户名"
    good = "20261102,贷,1.00,人民币,甲"
    found = read(text([head, good, f"20261102,{side},1.00,{currency},甲"]))
    (bad,) = found.refused
    assert bad.why.reason is (LineFault.CURRENCY if currency else LineFault.NO_SIDE)
    assert len(found.lines) == 1


def test_marks_against_spreadsheets_are_no_part_of_a_cell() -> None:
    (line,) = read(text([ZH_HEAD, '="20261102",\'-5.00\t,,,甲,="62 22",\t,=cmd|x,-,'])).lines
    assert (line.amount, line.counterparty_account) == (Money(-500), "6222")
    assert (line.words, line.bank_ref) == ("=cmd|x", "")


FILES: list[tuple[bytes, Refusal]] = [
    (b"", FileFault.EMPTY), (b"\xef\xbb\xbf\r\n", FileFault.EMPTY),
    (text(ZH).encode("utf-16-le"), FileFault.NUL),
    (text(ZH).replace("甲", "").replace("L1", "L\x001").encode(), FileFault.NUL),
    (text(ZH).encode() + b"\xff\xff", FileFault.UNDECODABLE),
    (b"id,status,title\n1,registered,x\n", StatementFault.NO_HEADER),
    (text([ZH_HEAD.replace("对方户名", "谁"), *ZH[1:]]).encode(), StatementFault.NO_HEADER),
    (text([*["x"] * 31, *ZH]).encode(), StatementFault.NO_HEADER),
    (text([ZH_HEAD]).encode(), StatementFault.NO_LINES),
    (text(ZH).encode() + b'20261102,"1', FileFault.OPEN_QUOTE),
    (text([ZH_HEAD, *[row()] * 5_001]).encode(), FileFault.TOO_MANY_ROWS),
    (text([ZH_HEAD, *[row()] * 9_001]).encode(), FileFault.TOO_MANY_ROWS),
    (b"x" * (rows.MOST_BYTES + 1), FileFault.TOO_LARGE),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "fault"), FILES)
def test_a_fault_of_the_file_takes_nothing(raw: bytes, fault: Refusal) -> None:
    with pytest.raises(FileError) as refused:
        read(raw)
    assert refused.value.reason is fault
    assert isinstance(refused.value, Misread)


# ── balances ─────────────────────────────────────────────────────────────────────────────────────


def test_the_newest_may_stand_first() -> None:
    turned = read(text([ZH_HEAD, *ZH[:0:-1]]))
    assert [line.bank_ref for line in turned.lines] == ["L1", "L2", "L3"]
    assert (turned.opening, turned.closing, turned.complete) == (Money(0), Money(120_041_950), True)


def test_a_row_that_was_cut_out_or_not_taken_is_seen_by_the_balances() -> None:
    assert read(text([ZH[0], ZH[1], ZH[3]])).complete is False
    assert read(text([*ZH[:2], ZH[2].replace("500.00,,", "x,,"), ZH[3]])).complete is False
    assert read(text([*ZH, "合计,,"])).complete is True
    assert read(text([*ZH, row()])).complete is None


# ── prints ───────────────────────────────────────────────────────────────────────────────────────


def prints(raw: str) -> list[str]:
    return [told for _, told in fingerprints(read(raw))]


def test_a_line_is_known_again_in_another_file_and_equal_ones_are_counted() -> None:
    first, second, third = prints(text(EN))
    assert len({first, second, third}) == 3
    assert prints(text(EN[:2])) == [first]
    assert prints(text([EN[0], EN[3], EN[2]])) == [third, first]


def test_the_banks_number_tells_a_line_whatever_the_words_beside_it() -> None:
    told = prints(text(ZH))
    assert prints(text(ZH).replace("转账", "转帐").replace("货款", "")) == told
    assert prints(text(ZH).replace("L2", "L9"))[1] != told[1]
    assert prints(text(ZH).replace(",500.00", ",501.00"))[1] != told[1]


@pytest.mark.parametrize(
    "typed",
    ["20261102", "2026-11-02", "2026/11/2", "2026.11.02", "2026年11月2日", "2026-11-02 08:00:00",
     "2026-11-02T08:00:00", "20261102 080000", "20261102080000", "2026年11月2日 8:00"],
)  # fmt: skip
def test_a_day_is_read_as_banks_write_it(typed: str) -> None:
    assert read_day(typed, TODAY) == date(2026, 11, 2)
