"""What every answer of the market must carry and must not, whoever asks for what (section 6).

The scan rides on every request that the tests of this folder send: the matrix, the state fuzz, the
id tricks, the generated ones.
"""

import re
from collections.abc import Iterator

from flask import Flask, Response, request

from market.guards import STATIC

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
POLICY = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'")
TELLING = ("Server", "X-Powered-By", "X-AspNet-Version", "Access-Control-Allow-Origin")
FAULTY = re.compile(
    r"Traceback|site-packages|sqlalchemy|psycopg|sqlite3|jinja2|werkzeug|/market/[a-z]+\.py"
    r"|SELECT .* FROM|\.py\", line",
)
ACTIVE = re.compile(
    r"<script|<iframe|<object|<embed|\son[a-z]+=|\sstyle="
    r"|\s(?:href|src|action|formaction)\s*=\s*[\"']?\s*javascript:",
    re.IGNORECASE,
)
TEXTUAL = ("text/html", "text/plain", "text/css")


def breaches(response: Response) -> Iterator[str]:
    """Each property that an answer lacks."""
    headers, policy = response.headers, response.headers.get("Content-Security-Policy", "")
    for name, value in WANTED.items():
        if headers.get(name) != value:
            yield f"{name} is {headers.get(name)!r}"
    yield from (f"the policy lacks {part}" for part in POLICY if part not in policy)
    if "unsafe" in policy or "*" in policy:
        yield f"the policy is open: {policy}"
    yield from (f"{name} tells too much" for name in TELLING if name in headers)
    if request.endpoint not in STATIC and headers.get("Cache-Control") != "no-store":
        yield "it may be kept in a cache"
    if response.mimetype in TEXTUAL and "utf-8" not in headers.get("Content-Type", "").lower():
        yield f"no character set: {headers.get('Content-Type')}"
    for cookie in headers.getlist("Set-Cookie"):
        if "HttpOnly" not in cookie or "SameSite" not in cookie or "Path=/" not in cookie:
            yield f"a loose cookie: {cookie.partition('=')[0]}"
    location = headers.get("Location", "")
    if location and not re.match(r"/(?![/\\])|http://localhost/", location):
        yield f"it leads away: {location}"
    if response.status_code != 405 and "Allow" in headers and request.method != "OPTIONS":
        yield "it tells methods unasked"
    if response.mimetype == "text/html" and not response.direct_passthrough:
        yield from _page(response.get_data(as_text=True))


def _page(text: str) -> Iterator[str]:
    tags = " ".join(re.findall(r"<[a-zA-Z][^>]*>", text))
    if found := ACTIVE.search(tags):
        yield f"the page holds {found[0]!r}"
    if found := FAULTY.search(text):
        yield f"the page tells of its works: {found[0]!r}"


class Scan:
    """How many answers of an application were looked at, and what they lacked."""

    def __init__(self, app: Flask) -> None:
        self.looked = 0
        self.found: set[str] = set()

        inner = app.process_response

        def look(response: Response) -> Response:
            """Look at what leaves, once every guard has done its part."""
            answered = inner(response)
            self.looked += 1
            self.found |= {
                f"{request.method} {request.path}: {each}" for each in breaches(answered)
            }
            return answered

        app.process_response = look  # type: ignore[method-assign]
