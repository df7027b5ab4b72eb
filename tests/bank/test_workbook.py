"""Bank statements as workbooks: values only, and no bomb takes longer than two seconds (I 130)."""

import io
import time
from datetime import date, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from market.bank.reading import read_statement
from market.bank.sheet import Extract, Form, LineFault, StatementFault
from market.kernel.delimited import FileError, FileFault
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from tests.bank.slips import ACCOUNT, Entry, camt

HEAD: list[Any] = ["交易日期", "收入金额", "支出金额", "对方户名", "附言", "流水号"]


def read(raw: bytes) -> Extract:
    return read_statement(raw, ACCOUNT, currency="CNY", today=date(2026, 11, 5))


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def book(*rows: list[Any], hidden: bool = False) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    if hidden:
        sheet.append(["交易日期", "收入金额"])
        sheet.sheet_state = "hidden"
        sheet = made.create_sheet("明细")
    for row in rows:
        sheet.append(row)
    return saved(made)


def test_values_of_the_first_shown_sheet_are_read_and_formulas_are_not_computed() -> None:
    rows: list[list[Any]] = [
        ["账号", ACCOUNT], HEAD,
        [datetime.fromisoformat("2026-11-02 09:30"), 1200.5, None, "甲", "=1+1", "L1"],
        ["2026-11-03", None, "80.50", "乙", "x", 42],
        [date(2026, 11, 3), 1 / 3, None, "丙"],
    ]  # fmt: skip
    found = read(book(*rows, hidden=True))
    assert (found.form, found.kind) == (Form.XLSX, "zh-in-out")
    assert [(line.amount, line.bank_ref) for line in found.lines] == [
        (Money(120_050), "L1"), (Money(-8_050), "42"),
    ]  # fmt: skip
    assert found.lines[0].words == ""
    assert [(bad.line, bad.why.reason) for bad in found.refused] == [(5, LineFault.AMOUNT)]


def packed(parts: dict[str, bytes], base: bytes) -> bytes:
    """A workbook with some of its parts replaced or added."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(base)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return out.getvalue()


STRINGS, SHEET = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"
SPACE = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
GOOD = book(HEAD, ["2026-11-02", 1, None, "甲"])


def sheet(rows: bytes) -> bytes:
    return packed({SHEET: SPACE + rows + b"</sheetData></worksheet>"}, GOOD)


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "hahahahaha"><!ENTITY b "' + b"&a;" * 99 + b'">]>'
ROWS = [b'<row r="%d"/>' % n for n in range(1, 10**6)]
BOMBS: list[tuple[bytes, Refusal]] = [
    (packed({STRINGS: b"<sst>" + b" " * 10**8}, GOOD), StatementFault.UNPACKS_TOO_LARGE),
    (sheet(b"".join(ROWS)), StatementFault.UNPACKS_TOO_LARGE),
    (sheet(b"".join(ROWS[:300_000])), FileFault.TOO_MANY_ROWS),
    (sheet(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), FileFault.TOO_MANY_ROWS),
    (sheet(b'<row r="1"><c r="XFD1"><v>1</v></c></row>'), StatementFault.NO_HEADER),
    (sheet(b'<row r="1"><c r="A1" t="s"><v>9999</v></c></row>'), StatementFault.NOT_A_WORKBOOK),
    (packed({SHEET: LAUGHS + SPACE}, GOOD), StatementFault.NOT_A_WORKBOOK),
    (GOOD[:-30], StatementFault.NOT_A_WORKBOOK), (b"PK\x03\x04", StatementFault.NOT_A_WORKBOOK),
    (GOOD[:600] + bytes([GOOD[600] ^ 1]) + GOOD[601:], StatementFault.NOT_A_WORKBOOK),
    (book(HEAD, *([["2026-11-02", 1, None, "甲"]] * 5_001)), FileFault.TOO_MANY_ROWS),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "fault"), BOMBS)
def test_a_hostile_workbook_is_refused_within_two_seconds(raw: bytes, fault: Refusal) -> None:
    began = time.process_time()
    with pytest.raises(FileError) as refused:
        read(raw)
    assert refused.value.reason is fault
    assert time.process_time() - began < 2


def test_the_kind_of_file_is_seen_from_its_first_bytes() -> None:
    assert read(GOOD).form is Form.XLSX
    assert read(b"\r\n" + camt([Entry("1.00")])).form is Form.CAMT
    assert read("日期,收入,支出,对方户名\n20261102,1,,甲\n".encode("gb18030")).form is Form.CSV
    with pytest.raises(FileError) as refused:
        read(b"x" * 9_000_000)
    assert refused.value.reason is FileFault.TOO_LARGE
