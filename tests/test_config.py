"""Settings: where the market's own links lead."""

from pathlib import Path

import pytest

from config import ConfigError, Settings

KEY = "a key of the test, long enough for production"


@pytest.mark.parametrize(
    ("bind", "led_to"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("market.example:80", "http://market.example:80"),
        ("0.0.0.0:9000", "http://127.0.0.1:9000"),
        (":9000", "http://127.0.0.1:9000"),
        ("[::]:9000", "http://127.0.0.1:9000"),
        ("[::1]:9000", "http://[::1]:9000"),
        ("[::1]", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
        ("unix:/run/market.sock", "http://127.0.0.1:8000"),
    ],
)
def test_links_lead_to_where_the_market_listens(tmp_path: Path, bind: str, led_to: str) -> None:
    bare = {"MARKET_INSTANCE": str(tmp_path)}
    assert Settings.from_env(bare, bind=bind).base_url == led_to
    told = {**bare, "MARKET_BASE_URL": "http://market.example/"}
    assert Settings.from_env(told, bind=bind).base_url == "http://market.example"


def test_in_production_links_never_follow_the_listening_address(tmp_path: Path) -> None:
    serious = {
        "MARKET_INSTANCE": str(tmp_path),
        "MARKET_ENV": "production",
        "MARKET_SECRET_KEY": KEY,
        "MARKET_SMTP_URL": "smtps://mail.example",
        "MARKET_MAIL_FROM": "post@market.example",
    }
    with pytest.raises(ConfigError):
        Settings.from_env(serious, bind="10.0.0.1:8000")
    told = {**serious, "MARKET_BASE_URL": "https://market.example"}
    assert Settings.from_env(told, bind="10.0.0.1:8000").base_url == "https://market.example"


def test_production_needs_a_mail_server_and_somebody_whom_letters_come_from(
    tmp_path: Path,
) -> None:
    """Without one nobody would set a password, and secret links would lie in a folder."""
    serious = {
        "MARKET_INSTANCE": str(tmp_path),
        "MARKET_ENV": "production",
        "MARKET_SECRET_KEY": KEY,
        "MARKET_BASE_URL": "https://market.example",
    }
    with pytest.raises(ConfigError, match="MARKET_SMTP_URL"):
        Settings.from_env(serious)
    with pytest.raises(ConfigError, match="MARKET_MAIL_FROM"):
        Settings.from_env({**serious, "MARKET_SMTP_URL": "smtps://mail.example"})


# ── the provider by which people sign in ─────────────────────────────────────────────────────────

PROVIDER = {
    "MARKET_OIDC_ISSUER": "https://id.example/realm",
    "MARKET_OIDC_CLIENT_ID": "market",
    "MARKET_OIDC_CLIENT_SECRET": "not for the log",
    "MARKET_OIDC_NAME": "一网通办",
}


def test_a_provider_is_known_by_its_issuer_and_the_hosts_named_beside_it(tmp_path: Path) -> None:
    bare = {"MARKET_INSTANCE": str(tmp_path)}
    assert Settings.from_env(bare).openid is None
    told = {**bare, **PROVIDER, "MARKET_OIDC_HOSTS": "keys.example:8443 token.example"}
    openid = Settings.from_env(told).openid
    assert openid is not None
    assert openid.algorithm == "RS256"
    assert openid.origins == (
        "https://id.example",
        "https://keys.example:8443",
        "https://token.example",
    )
    assert "not for the log" not in repr(openid)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MARKET_OIDC_ISSUER", "id.example"),
        ("MARKET_OIDC_ISSUER", "file:///etc/passwd"),
        ("MARKET_OIDC_ISSUER", "https://id.example/?realm=1"),
        ("MARKET_OIDC_CLIENT_ID", ""),
        ("MARKET_OIDC_CLIENT_SECRET", ""),
        ("MARKET_OIDC_NAME", ""),
        ("MARKET_OIDC_ALGORITHM", "none"),
        ("MARKET_OIDC_ALGORITHM", "HS256"),
    ],
)
def test_a_provider_half_described_keeps_the_market_from_starting(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigError):
        Settings.from_env({"MARKET_INSTANCE": str(tmp_path), **PROVIDER, name: value})


def test_in_production_the_provider_is_reached_by_tls(tmp_path: Path) -> None:
    serious = {
        "MARKET_INSTANCE": str(tmp_path),
        "MARKET_ENV": "production",
        "MARKET_SECRET_KEY": KEY,
        "MARKET_BASE_URL": "https://market.example",
        "MARKET_SMTP_URL": "smtps://mail.example",
        "MARKET_MAIL_FROM": "post@market.example",
        **PROVIDER,
    }
    assert Settings.from_env(serious).openid is not None
    with pytest.raises(ConfigError):
        Settings.from_env({**serious, "MARKET_OIDC_ISSUER": "http://id.example"})
