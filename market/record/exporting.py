"""Entries as lines of a file: CSV for a table, JSON Lines to prove the hashes again."""

import json
from collections.abc import Iterator

from market.kernel.journal import Entry
from market.kernel.spreadsheets import csv_lines
from market.record.rules import FileKind

COLUMNS = (
    *("id", "at", "act", "user_id", "party_id", "thread_kind", "thread_id", "seq"),
    *("subject_kind", "subject_id", "facts", "changes", "previous", "hash", "withheld"),
)


def lines(entries: Iterator[tuple[Entry, bool]], kind: FileKind) -> Iterator[str]:
    """Each entry as a line; facts and changes of a sealed one are withheld, its hash stays."""
    told = (_told(entry, sealed) for entry, sealed in entries)
    if kind is FileKind.CSV:
        yield from csv_lines(COLUMNS, ([each[name] for name in COLUMNS] for each in told))
    else:
        yield from (json.dumps(each, ensure_ascii=False) + "\n" for each in told)


def _told(entry: Entry, sealed: bool) -> dict[str, str | int | None]:
    told: dict[str, str | int | None] = {name: getattr(entry, name) for name in COLUMNS[:-1]}
    told["at"] = entry.at.isoformat(timespec="microseconds")
    if sealed:
        told |= {"facts": "", "changes": ""}
    return {**told, "withheld": sealed}
