"""Entries as lines of a file: CSV for a table, JSON Lines to prove the hashes again."""

import csv
import io
import json
from collections.abc import Iterator

from market.kernel.journal import Entry
from market.record.rules import FileKind

COLUMNS = (
    *("id", "at", "act", "user_id", "party_id", "thread_kind", "thread_id", "seq"),
    *("subject_kind", "subject_id", "facts", "changes", "previous", "hash", "withheld"),
)
RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""A cell that begins so is a formula to some program; a quotation mark before it makes it text."""
MARK = "\ufeff"  # so that a spreadsheet reads UTF-8


def lines(entries: Iterator[tuple[Entry, bool]], kind: FileKind) -> Iterator[str]:
    """Each entry as a line; facts and changes of a sealed one are withheld, its hash stays."""
    if kind is FileKind.CSV:
        yield MARK + _row(COLUMNS)
    for entry, sealed in entries:
        told = _told(entry, sealed)
        if kind is FileKind.CSV:
            yield _row([told[name] for name in COLUMNS])
        else:
            yield json.dumps(told, ensure_ascii=False) + "\n"


def cell(value: object) -> str:
    """A value as a cell that no program takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


def _told(entry: Entry, sealed: bool) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(entry, name) for name in COLUMNS[:-1]}
    told["at"] = entry.at.isoformat(timespec="microseconds")
    if sealed:
        told |= {"facts": "", "changes": ""}
    return {**told, "withheld": sealed}


def _row(values: object) -> str:
    assert isinstance(values, list | tuple)
    out = io.StringIO()
    csv.writer(out).writerow([cell(value) for value in values])
    return out.getvalue()
