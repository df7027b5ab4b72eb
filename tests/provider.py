"""A small OpenID Connect provider on loopback, with a key of its own and a fault for each test.

Whoever arrives is at once the person of ``subject``: no page, no password. Everything else is as a
real provider does it: discovery, a code that counts once, PKCE, a client that shows its secret.
"""

import hashlib
import json
import secrets
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from config import OpenId
from market.kernel.clock import now

CLIENT, SECRET = "market", "the market's own: secret / of 30 signs"
Claims = dict[str, Any]


class Quiet(WSGIRequestHandler):
    """Serves without a line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def new_key() -> RSAKey:
    """An RSA key as a provider signs with."""
    return RSAKey.generate_key(2048, {"kid": "today", "use": "sig"})


@cache
def usual_key() -> RSAKey:
    """The key of all providers of this run: making one takes longer than a test."""
    return new_key()


@dataclass
class Provider:
    """The provider; a test changes its fields to make it behave badly."""

    subject: str = "person-1"
    key: RSAKey | ECKey = field(default_factory=usual_key)
    shown_key: RSAKey | ECKey | None = None
    algorithm: str = "RS256"
    address: str = ""
    spoil: Callable[[Claims], Claims] = lambda claims: claims
    unsigned: bool = False
    discovery: Claims = field(default_factory=dict)
    answers: dict[str, Response] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    @property
    def openid(self) -> OpenId:
        """The settings of a market that trusts this provider."""
        return OpenId(self.address, CLIENT, SECRET, "一网通办", self.algorithm)

    def send_back(self, address: str) -> str:
        """What a browser does there: arrive at the address, be sent back; gives the way back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        return self._authorize(asked).location or ""

    def __call__(self, environ: Any, start: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        self.calls.append(request.path)
        answer = self.answers.get(request.path) or self._answer(request)
        return answer(environ, start)

    def _answer(self, request: Request) -> Response:
        if request.path == "/.well-known/openid-configuration":
            return _json(self._described())
        if request.path == "/authorize":
            return self._authorize(request.args.to_dict())
        if request.path == "/token":
            return self._token(request)
        if request.path == "/jwks":
            shown = self.shown_key or self.key
            return _json({"keys": [shown.as_dict(private=False)]})
        return Response("", 404)

    def _described(self) -> Claims:
        endpoints = {
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks",
        }
        return {"issuer": self.address, **endpoints, **self.discovery}

    def _authorize(self, asked: dict[str, str]) -> Response:
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert asked["scope"] == "openid"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return Response("", 302, {"Location": f"{asked['redirect_uri']}?{back}"})

    def _token(self, request: Request) -> Response:
        user, _, password = b64decode(request.headers["Authorization"][6:]).decode().partition(":")
        asked = self.codes.pop(request.form["code"], None)
        good = asked is not None and (unquote(user), unquote(password)) == (CLIENT, SECRET)
        if asked is None or not good or not _fits(asked, request.form.to_dict()):
            return _json({"error": "invalid_grant"}, 400)
        moment = int(now().timestamp())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": moment,
            "exp": moment + int(timedelta(minutes=5).total_seconds()),
        }
        token = self._signed(self.spoil(claims))
        return _json({"access_token": "unused", "token_type": "Bearer", "id_token": token})

    def _signed(self, claims: Claims) -> str:
        if self.unsigned:
            return f"{_base64({'alg': 'none'})}.{_base64(claims)}."
        header = {"alg": self.algorithm, "kid": "today"}
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])


def _fits(asked: dict[str, str], sent: dict[str, str]) -> bool:
    digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
    challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (challenge, sent.get("redirect_uri")) == (asked["code_challenge"], asked["redirect_uri"])


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, mimetype="application/json")


def _base64(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@contextmanager
def providing() -> Iterator[Provider]:
    """A provider that answers on loopback until the block ends."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider, threaded=True, request_handler=Quiet)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
