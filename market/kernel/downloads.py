"""Files for the reader, each with its name: Chinese for browsers of today, plain beside it.

The header is RFC 6266's: ``filename*`` holds the name whole, ``filename`` what of it is plain.
Controls and characters that turn the direction of reading are in neither.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from flask import Response

from market.kernel.spreadsheets import Table, TableKind, written

Content = bytes | str | Iterable[str]

LONGEST = 120
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def kept(content: Content, name: str, content_type: str) -> Response:
    """A file that the browser keeps under its name."""
    return _answer("attachment", content, name, content_type)


def opened(content: Content, name: str, content_type: str) -> Response:
    """A file that the browser shows, and keeps under its name when asked to."""
    return _answer("inline", content, name, content_type)


def table_kept(table: Table, kind: TableKind, *, dated: datetime) -> Response:
    """A table for a spreadsheet, kept under its name."""
    return kept(written(table, kind, dated=dated), f"{table.name}.{kind.value}", kind.mimetype)


def _answer(manner: str, content: Content, name: str, content_type: str) -> Response:
    name = "".join(c for c in name if not unicodedata.category(c).startswith("C"))
    stem, dot, ending = name.rpartition(".")
    stem = stem[:LONGEST]
    plain = _NOT_PLAIN.sub("", stem).strip("._-") or "file"
    spelt = f'filename="{plain}{dot}{_NOT_PLAIN.sub("", ending)}"'
    whole = f"filename*=UTF-8''{quote(stem + dot + ending, safe='')}"
    headers = {"Content-Disposition": f"{manner}; {spelt}; {whole}"}
    return Response(content, content_type=content_type, headers=headers)
