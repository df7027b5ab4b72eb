"""ISO 20022 camt.053 (versions .02 to .12) as lines; the only module that knows its XML.

The structure of each version is pyiso20022's, bound by xsdata. What is handed to it was parsed by
defusedxml first, which refuses document types and entities. Elements that a version does not have
are let be; what it requires must be there, and an amount must be a number.
"""

import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, parse
from xsdata.exceptions import ParserError
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.parsers.handlers import XmlEventHandler

from market.bank.rows import EARLIEST, MOST_BYTES, MOST_ROWS, plain_account
from market.bank.sheet import Extract, Form, Line, StatementFault
from market.kernel.delimited import FileError, FileFault
from market.kernel.money import Money, MoneyError
from market.kernel.text import TextError, clean_line

_SCHEMAS = {
    f"{version:02}": import_module(f"pyiso20022.camt.camt_053_001_{version:02}")
    for version in range(2, 13)
}
_NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.([0-9]{2})\}Document")
_LENIENT = ParserConfig(fail_on_unknown_properties=False, fail_on_converter_warnings=True)
_STATUSES = frozenset({"BOOK", "PDNG", "INFO", "FUTR"})
_UNGIVEN = frozenset({"", "NOTPROVIDED", "NOT PROVIDED"})


def read_camt(raw: bytes, account: str, *, currency: str, today: date) -> Extract:
    """The statement of one account; ``FileError`` where the file as a whole is at fault.

    Only booked entries count. A file may hold several statements of the account, in a row.
    """
    if len(raw) > MOST_BYTES:
        raise FileError(FileFault.TOO_LARGE, most=MOST_BYTES // 2**20)
    version, statements = _bound(_tree(raw))
    if not statements:
        raise FileError(StatementFault.NO_LINES)
    lines: list[Line] = []
    for statement in statements:
        _insist_on(statement, account)
        for entry in statement.ntry:
            lines += _lines(entry, len(lines), currency, today)
            if len(lines) > MOST_ROWS:
                raise FileError(FileFault.TOO_MANY_ROWS, most=f"{MOST_ROWS:,}")
    opening = _balance(statements[0], ("OPBD", "PRCD"), currency)
    closing = _balance(statements[-1], ("CLBD",), currency)
    kind = f"camt.053.001.{version}"
    found = Extract(
        *(account, Form.CAMT, kind, currency, tuple(lines)), opening=opening, closing=closing
    )
    if found.complete is False:
        raise FileError(StatementFault.UNBALANCED, opening=opening, closing=closing)
    return found


# ── XML ──────────────────────────────────────────────────────────────────────────────────────────


def _tree(raw: bytes) -> Any:
    try:
        return parse(io.BytesIO(raw), forbid_dtd=True).getroot()
    except DefusedXmlException as error:
        raise FileError(StatementFault.ENTITIES) from error
    except ParseError as error:
        raise FileError(StatementFault.BROKEN_XML, line=error.position[0]) from error
    except (ValueError, LookupError) as error:  # an encoding that nobody knows
        raise FileError(FileFault.UNDECODABLE) from error


def _bound(root: Any) -> tuple[str, list[Any]]:
    """The version of the document and its statements."""
    version = _NAMESPACE.fullmatch(root.tag)
    if version is None or version[1] not in _SCHEMAS:
        raise FileError(StatementFault.NOT_CAMT, why=root.tag[:80])
    parser = XmlParser(config=_LENIENT, handler=XmlEventHandler)
    try:
        document = parser.parse(root, _SCHEMAS[version[1]].Document)
    except (ParserError, ValueError, TypeError, ArithmeticError) as error:
        raise FileError(StatementFault.NOT_CAMT, why=str(error)[:200]) from error
    return version[1], document.bk_to_cstmr_stmt.stmt


def _at(thing: Any, *path: str) -> Any:
    """What stands at the end of a path of names, or None where it breaks off."""
    for name in path:
        thing = getattr(thing, name, None)
    return thing


def _word(value: Any) -> str:
    """A code, told by its element itself or (from version .08 on) inside a choice."""
    value = getattr(value, "cd", value)
    return str(getattr(value, "value", value) or "")


def _insist_on(statement: Any, account: str) -> None:
    told = _account(statement.acct)
    if plain_account(told) != plain_account(account):
        raise FileError(StatementFault.OTHER_ACCOUNT, given=told[:40], expected=account)


def _account(acct: Any) -> str:
    return str(_at(acct, "id", "iban") or _at(acct, "id", "othr", "id") or "")


# ── amounts, days, words ─────────────────────────────────────────────────────────────────────────


def _money(amount: Any, side: Any, currency: str) -> Money:
    if amount.ccy != currency:
        raise FileError(StatementFault.OTHER_CURRENCY, given=amount.ccy[:3], expected=currency)
    assert isinstance(amount.value, Decimal), "the schema says so"
    try:
        money = Money.parse(f"{amount.value:f}", currency)
    except MoneyError as error:
        raise FileError(StatementFault.NOT_CAMT, why=f"{amount.value}: {error.sentence}") from error
    return money if _word(side) == "CRDT" else -money


def _balance(statement: Any, codes: tuple[str, ...], currency: str) -> Money | None:
    """The first balance of these kinds, in their order."""
    for code in codes:
        for each in statement.bal:
            if _word(_at(each, "tp", "cd_or_prtry")) == code:
                return _money(each.amt, each.cdt_dbt_ind, currency)
    return None


def _day(entry: Any, today: date) -> date:
    told = _at(entry, "bookg_dt") or _at(entry, "val_dt")
    if not (_at(told, "dt") or _at(told, "dt_tm")):
        raise FileError(StatementFault.NOT_CAMT, why="Ntry/BookgDt")
    day: date = told.dt.to_date() if told.dt else told.dt_tm.to_datetime().date()
    if not EARLIEST <= day <= today:
        raise FileError(StatementFault.NOT_CAMT, why=f"Ntry/BookgDt {day.isoformat()}")
    return day


def _line_of(words: Iterator[Any], most: int) -> str:
    """Words that are given, each once, on one line and no longer than is kept."""
    given = dict.fromkeys(str(each) for each in words if each and each not in _UNGIVEN)
    try:
        return clean_line(" ".join(given)[:most], most=most)
    except TextError as error:
        raise FileError(StatementFault.NOT_CAMT, why=error.sentence % error.detail) from error


# ── entries ──────────────────────────────────────────────────────────────────────────────────────


def _lines(entry: Any, before: int, currency: str, today: date) -> list[Line]:
    """The lines of an entry: one, or one for each part of a batch that says its own amount."""
    if _word(entry.sts) not in _STATUSES:  # what is not understood is not passed over in silence
        raise FileError(StatementFault.NOT_CAMT, why=f"Ntry/Sts {_word(entry.sts)[:35]}")
    if _word(entry.sts) != "BOOK":
        return []
    amount = _money(entry.amt, entry.cdt_dbt_ind, currency)
    if not amount.minor:
        return []
    parts = [part for details in entry.ntry_dtls for part in details.tx_dtls]
    amounts = [_part_amount(part, entry, currency) for part in parts]
    told = [each for each in amounts if each is not None]
    if len(parts) > 1 and len(told) == len(parts) and sum(told, -amount).minor == 0:
        own = [(part, share, True) for part, share in zip(parts, told, strict=True) if share.minor]
    else:
        own = [(parts[0] if len(parts) == 1 else None, amount, False)]
    return [
        _line(entry, part, share, before + number, _day(entry, today), number if split else None)
        for number, (part, share, split) in enumerate(own, start=1)
    ]


def _part_amount(part: Any, entry: Any, currency: str) -> Money | None:
    """What one part of a batch moved, where it says so in the account's currency."""
    told = _at(part, "amt") or _at(part, "amt_dtls", "tx_amt", "amt")
    if told is None or told.ccy != currency:
        return None
    return _money(told, _at(part, "cdt_dbt_ind") or entry.cdt_dbt_ind, currency)


def _line(entry: Any, part: Any, amount: Money, place: int, day: date, nth: int | None) -> Line:
    reversal = bool(_at(entry, "rvsl_ind"))
    came = (amount.minor > 0) is not reversal  # a reversal names both sides as they first stood
    side = "dbtr" if came else "cdtr"
    party = _at(part, "rltd_pties", side)
    number = _at(part, "refs", "acct_svcr_ref") or _at(entry, "acct_svcr_ref") or ""
    split = nth is not None and number == (_at(entry, "acct_svcr_ref") or "")
    return Line(
        place,
        day,
        amount,
        _line_of(iter([_at(party, "nm") or _at(party, "pty", "nm")]), 120),
        plain_account(_account(_at(part, "rltd_pties", f"{side}_acct")))[:40],
        _line_of(_words(entry, part), 1_000),
        f"{number}/{nth}" if split and number else str(number),
        reversal,
    )


def _words(entry: Any, part: Any) -> Iterator[Any]:
    """All that the payer and the bank wrote beside it."""
    yield from _at(part, "rmt_inf", "ustrd") or ()
    for structured in _at(part, "rmt_inf", "strd") or ():
        yield _at(structured, "cdtr_ref_inf", "ref")
        yield from _at(structured, "addtl_rmt_inf") or ()
    yield _at(part, "refs", "end_to_end_id")
    yield _at(part, "addtl_tx_inf")
    yield _at(entry, "addtl_ntry_inf")
