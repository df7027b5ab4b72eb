"""A statement file, whatever it is: camt.053, a workbook, or rows of text. Pure."""

from datetime import date

from market.bank.camt import read_camt
from market.bank.rows import MOST_BYTES, read_text
from market.bank.sheet import Extract
from market.bank.workbook import read_workbook
from market.kernel.delimited import FileError, FileFault

ZIP = b"PK\x03\x04"
XML = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<")


def read_statement(
    raw: bytes, account: str, *, currency: str, today: date, named: str | None = None
) -> Extract:
    """What the file says of the account; ``FileError`` where the file as a whole is at fault.

    ``named`` is the mapping to read rows by; without it the one that fits the header best.
    """
    if len(raw) > MOST_BYTES:
        raise FileError(FileFault.TOO_LARGE, most=MOST_BYTES // 2**20)
    if raw.startswith(ZIP):
        return read_workbook(raw, account, currency=currency, today=today, named=named)
    if raw.lstrip(b" \t\r\n").startswith(XML):
        return read_camt(raw.lstrip(b" \t\r\n"), account, currency=currency, today=today)
    return read_text(raw, account, currency=currency, today=today, named=named)
