"""From a file of rows to sheets: how files are decoded, recognised and read. Pure, no database.

A mapping is declared as rows of data: which column goes where, read by what. Nothing is invented:
what a file does not say, or says ambiguously, is left out of the draft and named in the report.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from market.kernel.delimited import (
    DELIMITERS,
    FileError,
    FileFault,
    RowFault,
    by_column,
    cut,
    decoded,
    said,
)
from market.kernel.refusal import Refusal
from market.kernel.text import Misread, clean_line, clean_text
from market.kernel.words import N_
from market.listings.identifiers import parse_ipc, parse_publication_number, parse_us_application
from market.listings.sheet import RightFacts, RightKind, Sheet, published_kind

MOST_ROWS = 100_000
MOST_BYTES = 256 * 2**20


class ValueFault(Refusal):
    """Why a cell is not what its column says."""

    UNKNOWN_WORD = "unknown-word", N_("expected one of %(known)s")
    NOT_A_DAY = "not-a-day", N_("not a day of a known form")
    AMBIGUOUS_DAY = "ambiguous-day", N_("day and month may have been swapped")
    YEAR = "year-rolled", N_("the year cannot be meant")


Reader = Callable[[str], Any]


@dataclass(frozen=True)
class Column:
    """One column: its name, the field of the sheet it goes into, and how it is read.

    ``into`` is a field of ``Sheet``; ``right.…`` a field of the row's one right; ``note`` the
    report; ``""`` nowhere (its value is only checked, or is part of the key). A fault refuses the
    row where the column is ``must``; elsewhere the value is left out and the report says so.
    """

    name: str
    into: str = ""
    read: Reader = str
    must: bool = False


@dataclass(frozen=True)
class Mapping:
    """A kind of file: its columns, what makes a row the same row, how it is written."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    delimiter: str = ","
    quoted: bool = True
    right: RightKind | None = None

    @property
    def header(self) -> frozenset[str]:
        """The names that the first line must have, in any order."""
        return frozenset(column.name for column in self.columns)


@dataclass(frozen=True)
class Draft:
    """A row that became a sheet; ``notes`` say what of it was left out."""

    line: int
    key: str
    sheet: Sheet
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BadRow:
    """A row that is not taken, and why."""

    line: int
    why: str


@dataclass
class Reading:
    """All that a file holds, each row taken or refused."""

    mapping: Mapping
    drafts: list[Draft] = field(default_factory=list)
    refused: list[BadRow] = field(default_factory=list)


# ── readers of cells ─────────────────────────────────────────────────────────────────────────────


def line(most: int) -> Reader:
    """One line of text."""
    return lambda text: clean_line(text, most=most)


def prose(most: int) -> Reader:
    """Text of several lines."""
    return lambda text: clean_text(text, most=most)


def words(separator: str, most: int = 300) -> Reader:
    """A list of words, kept with semicolons."""
    return lambda text: clean_line(
        "; ".join(word.strip() for word in text.split(separator) if word.strip()), most=most
    )


def ipc_classes(separator: str) -> Reader:
    """Classes of the International Patent Classification, each in its normal form."""
    return lambda text: clean_line(
        "; ".join(parse_ipc(part) for part in text.split(separator) if part.strip()), most=200
    )


def publications(separator: str) -> Reader:
    """Rights known by their publication numbers only; the kind follows from the kind letter."""

    def read(text: str) -> tuple[RightFacts, ...]:
        numbers = [parse_publication_number(part) for part in text.split(separator)]
        return tuple(
            RightFacts(published_kind(number), publication_number=number.normal)
            for number in numbers
        )

    return read


def one_of(*known: str) -> Reader:
    """A word of a closed list."""

    def read(text: str) -> str:
        if text not in known:
            raise Misread(ValueFault.UNKNOWN_WORD, known=", ".join(known))
        return text

    return read


_MONTHS = [name.lower() for name in calendar.month_name[1:]]
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
_SPELT = re.compile(r"([0-9]{1,2}) ([a-z]+) ([0-9]{4})", re.ASCII)


def swapped_day(earliest: int) -> Reader:
    """A day written ``06/16/2024`` or ``10 March 2015`` in a file that a spreadsheet went through.

    It turned month-first days into spelt ones wherever that made a day of the calendar, so a day
    whose parts could both be the month is ambiguous in either form and is refused, not guessed. A
    year before ``earliest`` was rolled back by a century; which one was meant is not guessed.
    """

    def read(text: str) -> date:
        slashed, spelt = _SLASHED.fullmatch(text), _SPELT.fullmatch(text.lower())
        if slashed:
            month, day, year = (int(part) for part in slashed.groups())
        elif spelt and spelt[2] in _MONTHS:
            day, month, year = int(spelt[1]), _MONTHS.index(spelt[2]) + 1, int(spelt[3])
        else:
            raise Misread(ValueFault.NOT_A_DAY)
        if year < earliest:
            raise Misread(ValueFault.YEAR)
        try:
            meant = date(year, month, day)
        except ValueError as error:
            raise Misread(ValueFault.NOT_A_DAY) from error
        if day <= 12 and day != month:
            raise Misread(ValueFault.AMBIGUOUS_DAY)
        return meant

    return read


# ── the mappings that come with the market ───────────────────────────────────────────────────────

MAPPINGS = (
    Mapping(
        "cn-patents",
        (
            Column("publication_numbers", "rights", publications("|"), must=True),
            Column("title", "title", line(300), must=True),
            Column("ipc_subclasses", "ipc", ipc_classes("|")),
        ),
        key=("publication_numbers",),
    ),
    Mapping(
        "zh-papers",
        (
            Column("split"),
            Column("row"),
            Column("title", "title", line(300), must=True),
            Column("abstract", "abstract", prose(5000)),
            Column("keywords", "keywords", words("_")),
            Column("category"),
            Column("discipline"),
        ),
        key=("split", "row"),
        delimiter="\t",
        quoted=False,
    ),
    Mapping(
        "nasa-patents",
        (
            Column("Center", "keywords", line(300)),
            Column("Status", read=one_of("Issued", "Application"), must=True),
            Column("Case Number"),
            Column("Application SN", "right.number", parse_us_application),
            Column("Title", "title", line(300), must=True),
            Column("Patent Expiration Date", "note", swapped_day(1995)),
        ),
        key=("Case Number",),
        delimiter=";",
        right=RightKind.FOREIGN_PATENT,
    ),
)


# ── reading a file ───────────────────────────────────────────────────────────────────────────────


def read_file(raw: bytes, named: str | None = None) -> Reading:
    """Every row of a file as a draft or with its reason; refused with ``FileError`` as a whole.

    The mapping is the one whose columns stand in the first line, or the one that is named.
    """
    text = decoded(raw, most=MOST_BYTES)
    mapping, delimiter = recognised(text, named)
    reading = Reading(mapping)
    first_line: dict[str, int] = {}
    for number, names, cells in _rows(text, mapping, delimiter):
        try:
            draft = _draft(mapping, number, by_column(names, cells))
        except Misread as fault:
            reading.refused.append(BadRow(number, said(fault)))
            continue
        if draft.key in first_line:
            why = said(Misread(RowFault.TWICE, line=first_line[draft.key]))
            reading.refused.append(BadRow(number, why))
            continue
        first_line[draft.key] = number
        reading.drafts.append(draft)
    return reading


def recognised(text: str, named: str | None = None) -> tuple[Mapping, str]:
    """The mapping whose columns stand in the first line, and the delimiter between them."""
    fitting = [mapping for mapping in MAPPINGS if named in (None, mapping.name)]
    if not fitting:
        known = ", ".join(mapping.name for mapping in MAPPINGS)
        raise FileError(FileFault.UNKNOWN_MAPPING, given=named, known=known)
    first = text.partition("\n")[0].rstrip("\r")
    for mapping in fitting:
        for delimiter in (mapping.delimiter, *DELIMITERS):
            names = [name.strip().strip('"') for name in first.split(delimiter)]
            if len(names) == len(mapping.columns) and set(names) == mapping.header:
                return mapping, delimiter
    headers = "; ".join(
        f"{mapping.name}: {', '.join(column.name for column in mapping.columns)}"
        for mapping in fitting
    )
    raise FileError(FileFault.WRONG_HEADER, given=first[:200], known=headers)


def _rows(
    text: str, mapping: Mapping, delimiter: str
) -> Iterator[tuple[int, list[str], list[str] | Misread]]:
    """Each row with its line and the names of its columns; the first row is those names."""
    rows = cut(text, delimiter=delimiter, quoted=mapping.quoted, most=MOST_ROWS)
    _, names = next(rows)
    if isinstance(names, Misread):
        raise FileError(FileFault.OPEN_QUOTE, line=1) from names
    return ((number, names, cells) for number, cells in rows)


def _draft(mapping: Mapping, number: int, cells: dict[str, str]) -> Draft:
    """The sheet of one row; raises ``Misread`` where the row is not taken."""
    sheet: dict[str, Any] = {}
    right: dict[str, Any] = {}
    notes: list[str] = []
    for column in mapping.columns:
        text = cells[column.name]
        if not text:
            if column.must or column.name in mapping.key:
                raise Misread(RowFault.MISSING, column=column.name)
            continue
        try:
            value = column.read(text)
        except Misread as fault:
            detail = {"column": column.name, "given": text[:60], "why": said(fault)}
            if column.must:
                raise Misread(RowFault.VALUE, **detail) from fault
            notes.append(said(Misread(RowFault.LEFT_OUT, **detail)))
            continue
        if column.must and value == "":  # nothing but characters that show nothing
            raise Misread(RowFault.MISSING, column=column.name)
        if column.into == "note":
            notes.append(said(Misread(RowFault.NO_PLACE, column=column.name, value=value)))
        elif column.into.startswith("right."):
            right[column.into.removeprefix("right.")] = value
        elif column.into:
            sheet[column.into] = value
    if mapping.right is not None:
        sheet["rights"] = (RightFacts(mapping.right, **right),)
    key = clean_line(f"{mapping.name}:{':'.join(cells[name] for name in mapping.key)}", most=120)
    return Draft(number, key, Sheet(**sheet), tuple(notes))
