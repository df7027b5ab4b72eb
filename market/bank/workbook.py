"""XLSX exports of banks as rows of cells: values only, of the first sheet that is shown.

Read as a stream, so that one cell in the last corner of a sheet costs nothing. Formulas are not
computed: the value that was saved with them is read, as text like any other.
"""

import io
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

from market.bank.rows import HEADER_WITHIN, MOST_ROWS, Row, read_cells
from market.bank.sheet import Extract, StatementFault
from market.kernel.delimited import FileError, FileFault

UNPACKED = 8 * 2**20
ROWS, COLUMNS = 4 * MOST_ROWS, 100
EXACT = 2**53  # beyond it a cell's number has lost its last digits
BROKEN = (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error)


def read_workbook(
    raw: bytes, account: str, *, currency: str, today: date, named: str | None = None
) -> Extract:
    """The statement in a workbook; ``FileError`` where the file as a whole is at fault."""
    _refuse_bombs(raw)
    try:
        rows = list(_rows(raw))
    except FileError:
        raise
    except Exception as error:  # whatever a hostile part makes of the reader
        raise FileError(StatementFault.NOT_A_WORKBOOK) from error
    return read_cells(rows, account, currency=currency, today=today, named=named)


def _refuse_bombs(raw: bytes) -> None:
    """What the parts unpack to is bounded before anything reads them; a part that is longer than it
    says does not fit its checksum."""
    try:
        with ZipFile(io.BytesIO(raw)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
            broken = packed.testzip() if unpacked <= UNPACKED else None
    except BROKEN as error:
        raise FileError(StatementFault.NOT_A_WORKBOOK) from error
    if unpacked > UNPACKED:
        raise FileError(StatementFault.UNPACKS_TOO_LARGE, most=UNPACKED // 2**20)
    if broken is not None:
        raise FileError(StatementFault.NOT_A_WORKBOOK)


def _rows(raw: bytes) -> Iterator[Row]:
    """Each row that is not blank, with its number; too many of them, blank or not, are a fault."""
    book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not shown:
        return
    count = 0
    cells = shown[0].iter_rows(max_row=ROWS + 1, max_col=COLUMNS, values_only=True)
    for number, row in enumerate(cells, start=1):
        told = [_text(cell) for cell in row]
        while told and not told[-1]:
            told.pop()
        count += bool(told)
        if count > MOST_ROWS + HEADER_WITHIN or number > ROWS:
            raise FileError(FileFault.TOO_MANY_ROWS, most=f"{MOST_ROWS:,}")
        if told:
            yield number, told


def _text(cell: object) -> str:
    """A cell as it would be written; a number by its shortest exact digits, never rounded here."""
    if cell is None:
        return ""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        whole = float(cell).is_integer() and abs(cell) < EXACT
        return str(int(cell)) if whole else f"{Decimal(repr(cell)):f}"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return str(cell).strip()
