"""From rows of cells to lines: the header is found, each row is read strictly, faults are told.

The same for text and for workbooks. What stands before the header (whose account, which days) is
looked through for the account only; a total beneath is a row that is no line, and is told as one.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from market.bank.mappings import CAME, CURRENCIES, MAPPINGS, WENT, Mapping, Part
from market.bank.sheet import BadRow, Extract, Form, Line, LineFault, StatementFault
from market.kernel.delimited import DELIMITERS, FileError, FileFault, RowFault, cut, decoded
from market.kernel.money import Money, MoneyError
from market.kernel.text import Misread, TextError, clean_line

MOST_ROWS = 5_000
MOST_BYTES = 8 * 2**20
HEADER_WITHIN = 30
EARLIEST = date(1990, 1, 1)

Row = tuple[int, Sequence[str] | Misread]
Places = dict[Part, list[int]]

_SPLIT_DAY = re.compile(r"([0-9]{4})([-/.年])([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[T ].*)?", re.A)
_PLAIN_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?: ?[0-9]{2}:?[0-9]{2}:?[0-9]{2})?", re.A)
_FORCED_TEXT = re.compile(r'="(.*)"|\'(.*)')
_NOTHING = frozenset({"", "-", "--", "—"})
_SIGNS = re.compile(r"^[¥￥]|\s*元$")
_ACCOUNT_BEFORE = re.compile(
    r"(?:账号|帐号|account(?: number| no\.?)?)\s*[:：]?\s*([0-9][0-9 -]{7,40})?", re.I
)


def read_text(
    raw: bytes, account: str, *, currency: str, today: date, named: str | None = None
) -> Extract:
    """A statement in rows of text; ``FileError`` where the file as a whole is at fault."""
    text = decoded(raw, most=MOST_BYTES)
    for delimiter in DELIMITERS:
        rows = list(cut(text, delimiter=delimiter, most=MOST_ROWS + HEADER_WITHIN))
        found = _header(rows, named)
        if found is not None:
            break
    else:
        raise _headless(named)
    return _extract(Form.CSV, rows, found, account, currency, today)


def read_cells(
    rows: Sequence[Row], account: str, *, currency: str, today: date, named: str | None = None
) -> Extract:
    """A statement in the cells of a workbook."""
    found = _header(rows, named)
    if found is None:
        raise _headless(named)
    return _extract(Form.XLSX, rows, found, account, currency, today)


# ── the header ───────────────────────────────────────────────────────────────────────────────────


def _header(rows: Sequence[Row], named: str | None) -> tuple[int, Mapping, Places] | None:
    """The row that names the columns, the mapping that it fits best, and what stands where."""
    known = [mapping for mapping in MAPPINGS if named in (None, mapping.name)]
    if not known:
        names = ", ".join(mapping.name for mapping in MAPPINGS)
        raise FileError(FileFault.UNKNOWN_MAPPING, given=named, known=names)
    for number, (_, cells) in enumerate(rows[:HEADER_WITHIN]):
        if isinstance(cells, Misread):
            continue
        fits = [(mapping, mapping.fitted([_plain(c) for c in cells])) for mapping in known]
        fitting = [(mapping, places) for mapping, places in fits if places]
        if fitting:
            mapping, places = max(fitting, key=lambda fit: len(fit[1]))
            return number, mapping, places
    return None


def _headless(named: str | None) -> FileError:
    known = ", ".join(
        named or mapping.name for mapping in MAPPINGS if named in (None, mapping.name)
    )
    return FileError(StatementFault.NO_HEADER, most=HEADER_WITHIN, known=known)


def _refuse_other_account(rows: Iterable[Row], account: str) -> None:
    """What stands before the header may say whose statement it is: not of another account."""
    for _, cells in rows:
        if isinstance(cells, Misread):
            continue
        for told, after in zip(cells, [*cells[1:], ""], strict=True):
            said = _ACCOUNT_BEFORE.fullmatch(_plain(told))
            if said:
                _insist_on(account, said[1] or _plain(after))


def _insist_on(account: str, told: str) -> None:
    if told and plain_account(told) != plain_account(account):
        raise FileError(StatementFault.OTHER_ACCOUNT, given=told[:40], expected=account)


def plain_account(number: str) -> str:
    """An account number without the gaps that people write into it."""
    return re.sub(r"[\s-]", "", number).upper()


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────


def _extract(
    form: Form,
    rows: Sequence[Row],
    found: tuple[int, Mapping, Places],
    account: str,
    currency: str,
    today: date,
) -> Extract:
    at, mapping, places = found
    _refuse_other_account(rows[:at], account)
    header, body = rows[at][1], rows[at + 1 :]
    if not body:
        raise FileError(StatementFault.NO_LINES)
    if len(body) > MOST_ROWS:
        raise FileError(FileFault.TOO_MANY_ROWS, most=f"{MOST_ROWS:,}")
    assert not isinstance(header, Misread), "it was fitted"
    lines: list[Line] = []
    refused: list[BadRow] = []
    known: dict[tuple[object, ...], int] = {}
    for number, cells in body:
        try:
            row = _Row(_whole(cells, len(header), padded=form is Form.XLSX), places, currency)
            _insist_on(account, row.text(Part.OWN))
            line = row.line(number, today)
            same = (line.bank_ref, line.booked_on, line.amount)
            if line.bank_ref and same in known:
                raise Misread(LineFault.TWICE, line=known[same])
            known[same] = number
            lines.append(line)
        except FileError:
            raise
        except Misread as fault:
            refused.append(BadRow(number, fault))
    ordered, opening, closing = _balances(lines)
    return Extract(
        account, form, mapping.name, currency, ordered, tuple(refused), opening, closing
    )  # fmt: skip


def _whole(cells: Sequence[str] | Misread, expected: int, *, padded: bool) -> Sequence[str]:
    """The cells of a row, one for each column; empty ones too many at the end are none.

    A workbook (``padded``) leaves out what is empty at the end of a row; text does not.
    """
    if isinstance(cells, Misread):
        raise cells
    if (len(cells) < expected and not padded) or any(cells[expected:]):
        raise Misread(RowFault.RAGGED, given=len(cells), expected=expected)
    filled = [*cells[:expected], *[""] * (expected - len(cells))]
    return [_plain(cell) for cell in filled]


def _plain(cell: str) -> str:
    """A cell without the marks by which a bank keeps spreadsheets from taking it for a number."""
    forced = _FORCED_TEXT.fullmatch(cell.strip())
    return ((forced[1] or forced[2] or "") if forced else cell).strip()


class _Row:
    """One row of cells, asked by what its columns tell."""

    def __init__(self, cells: Sequence[str], places: Places, currency: str) -> None:
        self.cells, self.places, self.currency = cells, places, currency

    def text(self, part: Part, most: int = 140) -> str:
        """What the first filled column of this part says, cleaned."""
        return next(iter(self._texts(part, most)), "")

    def line(self, number: int, today: date) -> Line:
        """The line that the row tells; ``Misread`` where it tells none."""
        told = self.text(Part.CURRENCY)
        if told and CURRENCIES.get(told.lower(), told.upper()) != self.currency:
            raise Misread(LineFault.CURRENCY, given=told[:20], expected=self.currency)
        return Line(
            number,
            read_day(self.text(Part.DAY), today),
            self._amount(),
            self.text(Part.NAME, 120),
            plain_account(self.text(Part.ACCOUNT, 40)),
            " ".join(dict.fromkeys(self._texts(Part.WORDS, 500)))[:1_000],
            self.text(Part.REF, 60),
            balance=self._money(Part.BALANCE),
        )

    def _texts(self, part: Part, most: int) -> list[str]:
        try:
            cleaned = [clean_line(self.cells[at], most=most) for at in self.places.get(part, ())]
        except TextError as error:
            raise Misread(LineFault.TEXT, why=error) from error
        return [text for text in cleaned if text not in _NOTHING]

    def _amount(self) -> Money:
        if Part.AMOUNT in self.places:
            amount = self._money(Part.AMOUNT)
            if amount is None or not amount.minor:
                raise Misread(LineFault.NO_AMOUNT)
            return self._sided(amount)
        came, went = self._money(Part.CREDIT), self._money(Part.DEBIT)
        if came and came.minor and went and went.minor:
            raise Misread(LineFault.BOTH_WAYS)
        nothing = Money(0, self.currency)
        amount = (came or nothing) - (went or nothing)
        if not amount.minor:
            raise Misread(LineFault.NO_AMOUNT)
        return amount

    def _sided(self, amount: Money) -> Money:
        """An amount with the sign that its other column gives it; without one it has its own."""
        if Part.SIDE not in self.places:
            return amount
        side = self.text(Part.SIDE)
        if side.lower() not in CAME | WENT:
            raise Misread(LineFault.NO_SIDE, given=side[:20])
        return amount if side.lower() in CAME else -amount

    def _money(self, part: Part) -> Money | None:
        """The first filled amount of this part, with its sign; None where all are blank."""
        typed = self.text(part)
        if not typed:
            return None
        unsigned = _SIGNS.sub("", typed)
        signed = unsigned[:1] in ("+", "-", "−")
        try:
            money = Money.parse(_SIGNS.sub("", unsigned[signed:]), self.currency)
        except MoneyError as error:
            raise Misread(LineFault.AMOUNT, given=typed[:40], why=error) from error
        return -money if signed and unsigned[0] != "+" else money


def read_day(typed: str, today: date) -> date:
    """A day as banks write it, year first, a time behind it or not; other forms are not guessed."""
    split, plain = _SPLIT_DAY.fullmatch(typed), _PLAIN_DAY.fullmatch(typed)
    parts = split.group(1, 3, 4) if split else plain.groups() if plain else None
    try:
        day = date(*map(int, parts)) if parts else None
    except ValueError:
        day = None
    if day is None or day < EARLIEST:
        raise Misread(LineFault.NOT_A_DAY, given=typed[:40])
    if day > today:
        raise Misread(LineFault.IN_FUTURE, given=typed[:40])
    return day


def _balances(lines: list[Line]) -> tuple[tuple[Line, ...], Money | None, Money | None]:
    """The lines, oldest first, and what the account held before and after them, where all tell it.

    Many banks put the newest first. The order is the one in which more balances follow from the
    one before; both ends are told even where some in between do not follow: then a row is missing,
    and the sum says so.
    """
    if not lines or any(line.balance is None for line in lines):
        return tuple(lines), None, None
    ordered = max((lines, lines[::-1]), key=_following)
    first, last = ordered[0], ordered[-1]
    assert first.balance is not None
    return tuple(ordered), first.balance - first.amount, last.balance


def _following(lines: Sequence[Line]) -> int:
    return sum(
        before.balance is not None and before.balance + after.amount == after.balance
        for before, after in pairwise(lines)
    )
