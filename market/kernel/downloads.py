"""Files for the reader, each with its name: Chinese for browsers of today, plain beside it.

The header is RFC 6266's: ``filename*`` holds the name whole, ``filename`` what of it is plain.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote

from flask import Response

Content = bytes | str | Iterable[str]

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def kept(content: Content, name: str, content_type: str) -> Response:
    """A file that the browser keeps under its name."""
    return _answer("attachment", content, name, content_type)


def opened(content: Content, name: str, content_type: str) -> Response:
    """A file that the browser shows, and keeps under its name when asked to."""
    return _answer("inline", content, name, content_type)


def _answer(manner: str, content: Content, name: str, content_type: str) -> Response:
    stem, dot, ending = name.rpartition(".")
    plain = _NOT_PLAIN.sub("", stem).strip("._-") or "file"
    spelt = f'filename="{plain}{dot}{_NOT_PLAIN.sub("", ending)}"'
    whole = f"filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": f"{manner}; {spelt}; {whole}"}
    return Response(content, content_type=content_type, headers=headers)
