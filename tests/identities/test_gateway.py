"""The line to the provider: what it believes, what it refuses, whom it calls."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import ECKey
from werkzeug.wrappers import Response

from config import OpenId
from market.identities.gateway import Keys, OpenIdGateway
from market.identities.rules import IdentityRefusal
from market.kernel.clock import now
from market.kernel.refusal import Refused
from tests.provider import CLIENT, Provider, new_key, providing

BACK = "http://market.example/sign-in/openid/return"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


def there_and_back(provider: Provider, openid: OpenId | None = None) -> str:
    """The whole way: to the provider, back with a code, and the subject it proves."""
    gateway = OpenIdGateway(openid or provider.openid, BACK)
    address, keys = gateway.begin()
    return gateway.finish(code_in(provider.send_back(address)), keys, now())


def code_in(back: str) -> str:
    assert back.startswith(BACK)
    return dict(parse_qsl(urlsplit(back).query))["code"]


def refused(act: Callable[[], object]) -> IdentityRefusal:
    with pytest.raises(Refused) as error:
        act()
    assert isinstance(error.value.refusal, IdentityRefusal)
    return error.value.refusal


def test_the_provider_proves_who_somebody_is(provider: Provider) -> None:
    assert there_and_back(provider) == "person-1"
    assert provider.calls[-3:] == ["/.well-known/openid-configuration", "/token", "/jwks"]


def test_a_provider_that_signs_with_an_elliptic_key_is_believed_where_the_setting_says_so(
    provider: Provider,
) -> None:
    provider.key = ECKey.generate_key("P-256", {"kid": "today"})
    provider.algorithm = "ES256"
    assert there_and_back(provider) == "person-1"


def test_several_audiences_are_believed_only_with_the_market_as_the_authorized_party(
    provider: Provider,
) -> None:
    two = [CLIENT, "another"]
    provider.spoil = lambda claims: {**claims, "aud": two, "azp": CLIENT}
    assert there_and_back(provider) == "person-1"
    provider.spoil = lambda claims: {**claims, "aud": two}
    assert refused(lambda: there_and_back(provider)) is IdentityRefusal.NOT_PROVED
    provider.spoil = lambda claims: {**claims, "aud": two, "azp": "another"}
    assert refused(lambda: there_and_back(provider)) is IdentityRefusal.NOT_PROVED


def later(claims: dict[str, Any], name: str, by: timedelta) -> dict[str, Any]:
    return {**claims, name: int((now() + by).timestamp())}


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


SPOILT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "wrong nonce": lambda claims: {**claims, "nonce": "another"},
    "no nonce": lambda claims: without(claims, "nonce"),
    "wrong audience": lambda claims: {**claims, "aud": "another"},
    "no audience": lambda claims: without(claims, "aud"),
    "wrong issuer": lambda claims: {**claims, "iss": "https://another.example"},
    "expired": lambda claims: later(claims, "exp", -timedelta(minutes=2)),
    "no expiry": lambda claims: without(claims, "exp"),
    "never expires": lambda claims: {**claims, "exp": float("nan")},
    "from the future": lambda claims: later(claims, "iat", timedelta(minutes=5)),
    "not yet valid": lambda claims: later(claims, "nbf", timedelta(minutes=5)),
    "no subject": lambda claims: without(claims, "sub"),
    "empty subject": lambda claims: {**claims, "sub": ""},
    "a number for a subject": lambda claims: {**claims, "sub": 7},
    "a subject too long to keep": lambda claims: {**claims, "sub": "x" * 256},
    "a subject with a line end": lambda claims: {**claims, "sub": "person-1\nperson-2"},
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_token_proves_nothing(
    provider: Provider, spoil: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    provider.spoil = spoil
    assert refused(lambda: there_and_back(provider)) is IdentityRefusal.NOT_PROVED


def test_an_unsigned_token_proves_nothing(provider: Provider) -> None:
    provider.unsigned = True
    assert refused(lambda: there_and_back(provider)) is IdentityRefusal.NOT_PROVED


def test_a_token_signed_by_another_key_proves_nothing(provider: Provider) -> None:
    provider.shown_key = new_key()
    assert refused(lambda: there_and_back(provider)) is IdentityRefusal.NOT_PROVED


def test_a_token_signed_otherwise_than_the_setting_says_proves_nothing(provider: Provider) -> None:
    expected = provider.openid
    provider.algorithm = "PS256"  # the same key, and the provider's own claim of how it signs
    assert refused(lambda: there_and_back(provider, expected)) is IdentityRefusal.NOT_PROVED


def test_a_code_counts_once(provider: Provider) -> None:
    gateway = OpenIdGateway(provider.openid, BACK)
    address, keys = gateway.begin()
    code = code_in(provider.send_back(address))
    assert gateway.finish(code, keys, now()) == "person-1"
    assert refused(lambda: gateway.finish(code, keys, now())) is IdentityRefusal.NOT_PROVED


def test_a_code_of_another_browser_is_of_no_use(provider: Provider) -> None:
    gateway = OpenIdGateway(provider.openid, BACK)
    theirs, _ = gateway.begin()
    _, mine = gateway.begin()
    code = code_in(provider.send_back(theirs))
    assert refused(lambda: gateway.finish(code, mine, now())) is IdentityRefusal.NOT_PROVED


def test_two_flows_share_no_secret(provider: Provider) -> None:
    gateway = OpenIdGateway(provider.openid, BACK)
    drawn = [gateway.begin()[1] for _ in range(5)]
    secrets = {each for keys in drawn for each in (keys.state, keys.nonce, keys.verifier)}
    assert len(secrets) == 15
    assert min(map(len, secrets)) >= 43  # 256 bits


# ── a provider that misbehaves ───────────────────────────────────────────────────────────────────


def test_a_provider_that_is_down_is_said_to_be(provider: Provider) -> None:
    gateway = OpenIdGateway(OpenId("http://127.0.0.1:9", CLIENT, "-", "省统一身份"), BACK)
    assert refused(gateway.begin) is IdentityRefusal.PROVIDER_SILENT
    keys = Keys("s", "n", "v")
    assert refused(lambda: gateway.finish("c", keys, now())) is IdentityRefusal.PROVIDER_SILENT


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
@pytest.mark.parametrize(
    "answer",
    [
        Response("out of order", 500),
        Response("<p>hello</p>", 200, mimetype="text/html"),
        Response("[]", 200, mimetype="application/json"),
        Response("{}", 404, mimetype="application/json"),
        Response("", 302, {"Location": "/elsewhere"}),
    ],
    ids=["a fault", "a page", "a list", "missing", "sent on"],
)
def test_an_answer_that_is_none_proves_nothing(
    provider: Provider, path: str, answer: Response
) -> None:
    provider.answers[path] = answer
    told = refused(lambda: there_and_back(provider))
    assert told in {IdentityRefusal.PROVIDER_SILENT, IdentityRefusal.NOT_PROVED}
    assert "/elsewhere" not in provider.calls


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_an_address_outside_the_provider_is_never_called(provider: Provider, endpoint: str) -> None:
    with providing() as stranger:
        for elsewhere in (
            stranger.address,
            provider.address.replace("127.0.0.1", "localhost"),
            provider.address.replace("http://", "https://"),
            provider.address.replace("http://", "http://user@"),
            "http://169.254.169.254",
            "file:///etc/passwd",
        ):
            provider.discovery = {endpoint: f"{elsewhere}/{endpoint}"}
            told = refused(lambda: there_and_back(provider))
            assert told is IdentityRefusal.PROVIDER_SILENT, elsewhere
        assert stranger.calls == []


def test_a_second_host_of_the_provider_is_called_where_the_setting_names_it(
    provider: Provider,
) -> None:
    with providing() as second:
        second.key, second.codes = provider.key, provider.codes
        provider.discovery = {"jwks_uri": f"{second.address}/jwks"}
        host = second.address.removeprefix("http://")
        named = OpenId(
            provider.address, CLIENT, provider.openid.client_secret, "x", "RS256", (host,)
        )
        assert there_and_back(provider, named) == "person-1"


def test_a_provider_that_calls_itself_otherwise_is_not_believed(provider: Provider) -> None:
    provider.discovery = {"issuer": "https://another.example"}
    assert refused(lambda: there_and_back(provider)) is IdentityRefusal.PROVIDER_SILENT
