"""A table for a spreadsheet: the same columns and typed rows as XLSX or as CSV.

**Text stays text.** In XLSX every cell has its type, so ``=1+1`` in a party's name is a name. CSV
has no types: what some program would take for a formula gets an apostrophe before it, at the head
of a cell and wherever a program that splits at another sign would see one (``;``, tab, line end).
Numbers and days are the market's own and are written as they are.

**The same facts, the same bytes**: the file says when it was read by ``dated``, and nothing in it
comes from the clock or the machine.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from unicodedata import east_asian_width
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from babel.numbers import get_currency_precision
from openpyxl import Workbook
from openpyxl.cell import Cell as Made
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

from market.kernel.clock import MARKET_ZONE
from market.kernel.money import Money, plain
from market.kernel.words import N_, Labelled

Cell = str | int | Money | date | datetime | None

MARK = "\ufeff"  # so that a spreadsheet reads UTF-8
LONGEST = 32_767  # what a cell of XLSX holds, in UTF-16 units
EXACT = 10**15  # a whole number beyond it loses its last digits in a spreadsheet
WIDTHS = range(8, 61)
NAME = 31

_RISKY = "=+\\-@＝＋－＠"
_AT_HEAD = re.compile(rf"\s*[{_RISKY}]|[\t\r\n]")
_INSIDE = re.compile(rf"(?<=[;\t\r\n])(?=[^\S\t\r\n]*[{_RISKY}])")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # read back as one character
_NO_NAME = re.compile(r"[\[\]:*?/\\]")
_BOLD, _LINES = Font(bold=True), Alignment(vertical="top", wrap_text=True)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first instant that a ZIP file can name


class TableKind(Labelled):
    """How a table leaves the market."""

    XLSX = "xlsx", N_("Excel (XLSX)")
    CSV = "csv", N_("Text (CSV)")

    @property
    def mimetype(self) -> str:
        """What the file says it is."""
        return {
            TableKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            TableKind.CSV: "text/csv; charset=utf-8",
        }[self]


@dataclass(frozen=True)
class Table:
    """A name, column titles and rows of typed cells, one for each title."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def written(table: Table, kind: TableKind, *, dated: datetime) -> bytes:
    """The file of a table; an amount is a number, an instant stands in the market's zone.

    Byte-identical for the same table and ``dated``. Refuses a naive instant (ValueError).
    """
    if kind is TableKind.CSV:
        return "".join(csv_lines(table.columns, table.rows)).encode()
    return _settled(_workbook(table, dated))


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The lines of a CSV file, its mark and titles first, each ended by CR LF."""
    yield MARK + _csv_line(columns)
    for row in rows:
        yield _csv_line(row)


def harmless(text: str) -> str:
    """A text that no program takes for a formula, an apostrophe before whatever looks like one."""
    text = _INSIDE.sub("'", text)
    return f"'{text}" if _AT_HEAD.match(text) else text


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def _csv_line(row: Sequence[Cell]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([_csv_cell(value) for value in row])
    return out.getvalue()


def _csv_cell(value: Cell) -> str:
    if isinstance(value, str):
        return harmless(_shown(value))
    if isinstance(value, Money):
        return plain(value)
    if isinstance(value, datetime):
        return f"{_local(value):%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────


def _workbook(table: Table, dated: datetime) -> Workbook:
    book = Workbook(write_only=True)
    book.properties.created = _local(dated)
    sheet = book.create_sheet(_NO_NAME.sub(" ", table.name)[:NAME])
    sheet.freeze_panes = "A2"
    for number, title in enumerate(table.columns):
        inside = [_csv_cell(row[number]) for row in table.rows]
        width = max(map(_width, [title, *inside])) + 2
        letter = get_column_letter(number + 1)
        sheet.column_dimensions[letter].width = min(max(width, WIDTHS[0]), WIDTHS[-1])
    heads = [_text(sheet, title) for title in table.columns]
    for head in heads:
        head.font = _BOLD
    sheet.append(heads)
    for row in table.rows:
        sheet.append([_cell(sheet, value) for value in row])
    return book


def _cell(sheet: WriteOnlyWorksheet, value: Cell) -> Made | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _text(sheet, value)
    if isinstance(value, Money):
        places = get_currency_precision(value.currency)
        return _number(sheet, Decimal(plain(value)), f"[${value.currency}] {_digits(places)}")
    if isinstance(value, datetime):
        return _number(sheet, _local(value), "yyyy-mm-dd hh:mm:ss")
    if isinstance(value, date):
        return _number(sheet, value, "yyyy-mm-dd")
    if abs(value) > EXACT:
        return _text(sheet, str(value))
    return WriteOnlyCell(sheet, value)


def _text(sheet: WriteOnlyWorksheet, text: str) -> Made:
    """A cell that is text, also after somebody has edited it."""
    kept = _ESCAPED.sub("_x005F_", _shown(text)).replace("\r", "_x000D_")
    cell = WriteOnlyCell(sheet)
    cell.value = kept.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = bool(_AT_HEAD.match(text))
    if "\n" in text:
        cell.alignment = _LINES
    return cell


def _number(sheet: WriteOnlyWorksheet, value: Decimal | date, shown_as: str) -> Made:
    cell = WriteOnlyCell(sheet)
    cell.value = value
    cell.number_format = shown_as
    return cell


def _digits(places: int) -> str:
    return "#,##0" + ("." + "0" * places if places else "")


def _width(text: str) -> int:
    """How many columns of a fixed font the longest line takes; a Chinese sign takes two."""
    return max(
        (sum(1 + (east_asian_width(c) in "WF") for c in line[: WIDTHS[-1]]))
        for line in text.splitlines() or [""]
    )


def _settled(book: Workbook) -> bytes:
    """The workbook without the two clocks that the library and ZIP would leave in it."""
    made, settled = io.BytesIO(), io.BytesIO()
    book.save(made)
    book.properties.modified = book.properties.created
    with ZipFile(made) as source, ZipFile(settled, "w") as target:
        for entry in source.infolist():
            core = entry.filename == ARC_CORE
            content = tostring(book.properties.to_tree()) if core else source.read(entry)
            target.writestr(ZipInfo(entry.filename, _EPOCH), content, ZIP_DEFLATED)
    return settled.getvalue()


# ── both ─────────────────────────────────────────────────────────────────────────────────────────


def _shown(text: str) -> str:
    """What no file can hold, as its code point: nothing vanishes silently."""
    return _UNWRITABLE.sub(lambda found: f"〔U+{ord(found[0]):04X}〕", text)


def _local(at: datetime) -> datetime:
    """An instant as it is read where the market is, to the second."""
    if at.tzinfo is None:
        raise ValueError("an instant in a table is aware")
    return at.astimezone(MARKET_ZONE).replace(tzinfo=None, microsecond=0)
