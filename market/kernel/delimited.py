"""Files of rows (CSV and its kin): how they are decoded and cut into cells, and what is refused.

Pure, no database. A fault of the file refuses all of it (``FileError``); a fault of a row is told
with its line, and the other rows are read on (promises 7 I 128).
"""

import csv
import io
from collections.abc import Iterator

from market.kernel.refusal import Refusal
from market.kernel.text import Misread
from market.kernel.words import N_

DELIMITERS = (",", "\t", ";")


class FileFault(Refusal):
    """Why a file is not imported at all."""

    TOO_LARGE = "file-too-large", N_("The file is larger than %(most)s MiB.")
    NUL = "file-nul", N_("The file holds null characters: it is no text.")
    UNDECODABLE = (
        "file-undecodable",
        N_("The file is no text in UTF-8, UTF-16 or GB18030."),
    )
    EMPTY = "file-empty", N_("The file is empty.")
    WRONG_HEADER = (
        "file-wrong-header",
        N_("The first line (%(given)s) is none of these headers: %(known)s."),
    )
    UNKNOWN_MAPPING = (
        "file-unknown-mapping",
        N_("There is no mapping %(given)s; there are %(known)s."),
    )
    TOO_MANY_ROWS = "file-too-many-rows", N_("The file has more than %(most)s rows.")
    OPEN_QUOTE = (
        "file-open-quote",
        N_("The quotation mark opened on line %(line)s is never closed."),
    )


class RowFault(Refusal):
    """Why a row is not taken, or a value of it is left out."""

    RAGGED = "row-ragged", N_("%(given)s cells instead of %(expected)s")
    QUOTING = "row-quoting", N_("a quotation mark in the wrong place")
    MISSING = "row-missing", N_("%(column)s is blank")
    TWICE = "row-twice", N_("the same key as line %(line)s")
    VALUE = "row-value", N_("%(column)s (%(given)s): %(why)s")
    LEFT_OUT = "row-left-out", N_("left out %(column)s (%(given)s): %(why)s")
    NO_PLACE = "row-no-place", N_("%(column)s is %(value)s; a draft has no place for it")


class FileError(Misread):
    """A file that is not imported; ``reason`` says why."""


def said(fault: Misread) -> str:
    """The English sentence of a fault, for the report of a command."""
    return fault.sentence % fault.detail


def decoded(raw: bytes, *, most: int) -> str:
    """The text of a file: UTF-8 or UTF-16 (by its mark), else UTF-8, else GB18030."""
    if len(raw) > most:
        raise FileError(FileFault.TOO_LARGE, most=most // 2**20)
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise FileError(FileFault.NUL)
        if not text.strip():
            raise FileError(FileFault.EMPTY)
        return text
    raise FileError(FileFault.NUL if b"\0" in raw else FileFault.UNDECODABLE)


def cut(
    text: str, *, delimiter: str, quoted: bool = True, most: int
) -> Iterator[tuple[int, list[str] | Misread]]:
    """Each row that is not blank, with the line it begins on: its cells, or why it has none."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        strict=True,
    )
    count = 0
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "field limit" in str(error) or "end of data" in str(error):
                raise FileError(FileFault.OPEN_QUOTE, line=begins) from error
            yield begins, Misread(RowFault.QUOTING)
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > most + 1:  # the first is the header
            raise FileError(FileFault.TOO_MANY_ROWS, most=f"{most:,}")
        yield begins, [cell.strip() for cell in cells]


def by_column(names: list[str], cells: list[str] | Misread) -> dict[str, str]:
    """The cells of a row by the names of their columns; ``Misread`` where there is no telling."""
    if isinstance(cells, Misread):
        raise cells
    if len(cells) != len(names):
        raise Misread(RowFault.RAGGED, given=len(cells), expected=len(names))
    return dict(zip(names, cells, strict=True))
