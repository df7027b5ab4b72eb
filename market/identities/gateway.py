"""The line to the provider: discovery, code flow with PKCE, and a token that is believed only after
every claim in it was held against what the market asked for (OpenID Connect Core 3.1).

The market calls the provider's hosts and no other, follows no redirection, waits five seconds, and
takes neither proxy nor password from its surroundings.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from joserfc import jwt
from joserfc.errors import InvalidClaimError, JoseError
from joserfc.jwk import KeySet
from requests.adapters import HTTPAdapter

from config import OpenId
from market.identities.rules import LEEWAY, MOST_SUBJECT, IdentityRefusal
from market.kernel.refusal import Refused

WAIT_SECONDS = 5
DISCOVERY = "/.well-known/openid-configuration"
METHODS = ("client_secret_basic", "client_secret_post")
NO_FAULT = (requests.RequestException, OAuthError, JoseError, ValueError, KeyError, TypeError)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Keys:
    """What one flow leaves in the browser that began it, and asks for at the end."""

    state: str
    nonce: str
    verifier: str


class Gateway(Protocol):
    """An outside provider, as pages know it."""

    @property
    def openid(self) -> OpenId:
        """Its settings."""

    def begin(self) -> tuple[str, Keys]:
        """Where to send the person, and what to keep for the way back."""

    def finish(self, code: str, keys: Keys, at: datetime) -> str:
        """Turn the code that came back into the proved subject."""


class OutOfBounds(requests.RequestException):
    """The provider named an address that is not its own, or sent the market elsewhere."""


class Fence(HTTPAdapter):
    """Lets requests through to the provider's own hosts, without redirections."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        super().__init__()
        self._origins = origins

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send what may go out, and wait for a while only."""
        if origin(request.url or "") not in self._origins:
            raise OutOfBounds(f"not a host of the provider: {request.url}")
        answer = super().send(request, timeout=WAIT_SECONDS)
        if answer.is_redirect:
            answer.close()
            raise OutOfBounds(f"sent on from {request.url}")
        return answer


class OpenIdGateway:
    """The provider of the settings, over HTTP."""

    def __init__(self, openid: OpenId, redirect_uri: str) -> None:
        self.openid, self._redirect_uri = openid, redirect_uri

    def begin(self) -> tuple[str, Keys]:
        """Where to send the person, and what to keep for the way back."""
        keys = Keys(*(secrets.token_urlsafe(32) for _ in range(3)))
        try:
            with self._line() as line:
                wanted = self._discover(line)["authorization_endpoint"]
                self._insist_on_bounds(wanted)
                address, _ = line.create_authorization_url(
                    wanted, state=keys.state, nonce=keys.nonce, code_verifier=keys.verifier
                )
        except NO_FAULT as error:
            raise self._no(IdentityRefusal.PROVIDER_SILENT, error) from error
        return str(address), keys

    def finish(self, code: str, keys: Keys, at: datetime) -> str:
        """Turn the code that came back into the proved subject."""
        try:
            with self._line() as line:
                known = self._discover(line)
                line.token_endpoint_auth_method = _method(known)
                told = line.fetch_token(
                    known["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=keys.verifier,
                )
                jwks = line.get(known["jwks_uri"], withhold_token=True)
                jwks.raise_for_status()
                key_set = KeySet.import_key_set(jwks.json())
            return self._proved(str(told.get("id_token")), key_set, keys, at)
        except (OAuthError, JoseError) as error:
            raise self._no(IdentityRefusal.NOT_PROVED, error) from error
        except NO_FAULT as error:
            raise self._no(IdentityRefusal.PROVIDER_SILENT, error) from error

    def _line(self) -> Any:
        line = OAuth2Session(
            self.openid.client_id,
            self.openid.client_secret,
            redirect_uri=self._redirect_uri,
            scope="openid",
            code_challenge_method="S256",
        )
        line.trust_env = False
        for scheme in ("http://", "https://"):
            line.mount(scheme, Fence(self.openid.origins))
        return line

    def _discover(self, line: Any) -> dict[str, Any]:
        found = line.get(self.openid.issuer.rstrip("/") + DISCOVERY, withhold_token=True)
        found.raise_for_status()
        known: dict[str, Any] = found.json()
        if known["issuer"] != self.openid.issuer:
            raise ValueError(f"the provider calls itself {known['issuer']}")
        return known

    def _insist_on_bounds(self, address: str) -> None:
        if origin(address) not in self.openid.origins:
            raise OutOfBounds(f"not a host of the provider: {address}")

    def _proved(self, id_token: str, key_set: KeySet, keys: Keys, at: datetime) -> str:
        token = jwt.decode(id_token, key_set, algorithms=[self.openid.algorithm])
        jwt.JWTClaimsRegistry(
            now=int(at.timestamp()),
            leeway=int(LEEWAY.total_seconds()),
            iss={"essential": True, "value": self.openid.issuer},
            aud={"essential": True, "value": self.openid.client_id},
            azp={"essential": _several(token.claims), "value": self.openid.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": keys.nonce},
            sub={"essential": True},
        ).validate(token.claims)
        subject = str(token.claims["sub"])
        if len(subject) > MOST_SUBJECT or not subject.isprintable():
            raise InvalidClaimError("sub")
        return subject

    def _no(self, refusal: IdentityRefusal, error: Exception) -> Refused:
        log.warning("openid: %s: %s: %s", refusal.code, type(error).__name__, error)
        return Refused(refusal, provider=self.openid.name)


def origin(address: str) -> str:
    """The part of an address that says who answers it."""
    scheme, host = urlsplit(address)[:2]
    return f"{scheme}://{host}"


def _method(known: dict[str, Any]) -> str:
    """How the market shows its own secret: as the provider takes it, in the header if it may."""
    offered = known.get("token_endpoint_auth_methods_supported") or METHODS
    return next((each for each in METHODS if each in offered), METHODS[0])


def _several(claims: dict[str, Any]) -> bool:
    return isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
