"""Settings: where the market's own links lead."""

from pathlib import Path

import pytest

from config import PLAY_ACCOUNT, BankAccount, ConfigError, Settings

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


# ── the account into which people pay ────────────────────────────────────────────────────────────

TEST_MONEY = {
    "MARKET_STRIPE_KEY": "sk_test_notforthelog",
    "MARKET_STRIPE_PUBLISHABLE_KEY": "pk_test_open",
    "MARKET_STRIPE_ACCOUNT": "acct_market",
    "MARKET_STRIPE_WEBHOOK_SECRETS": "whsec_notforthelog_1 whsec_notforthelog_2",
}
LIVE_MONEY = {
    "MARKET_STRIPE_MODE": "live",
    "MARKET_STRIPE_KEY": "rk_live_notforthelog",
    "MARKET_STRIPE_PUBLISHABLE_KEY": "pk_live_open",
    "MARKET_STRIPE_ACCOUNT": "acct_market",
    "MARKET_STRIPE_WEBHOOK_SECRETS": "whsec_notforthelog_1",
}
PRODUCTION = {
    "MARKET_ENV": "production",
    "MARKET_SECRET_KEY": KEY,
    "MARKET_BASE_URL": "https://market.example",
    "MARKET_SMTP_URL": "smtps://mail.example",
    "MARKET_MAIL_FROM": "post@market.example",
}


def test_without_a_key_nobody_pays_by_card(tmp_path: Path) -> None:
    assert Settings.from_env({"MARKET_INSTANCE": str(tmp_path)}).stripe is None


def test_two_secrets_of_webhooks_are_good_at_once_and_no_secret_is_printed(tmp_path: Path) -> None:
    settings = Settings.from_env({"MARKET_INSTANCE": str(tmp_path), **TEST_MONEY})
    assert settings.stripe is not None
    assert settings.stripe.webhook_secrets == ("whsec_notforthelog_1", "whsec_notforthelog_2")
    assert not settings.stripe.live
    assert "notforthelog" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MARKET_STRIPE_MODE", "live"),
        ("MARKET_STRIPE_MODE", "both"),
        ("MARKET_STRIPE_KEY", "sk_live_mixed"),
        ("MARKET_STRIPE_KEY", "pk_test_swapped"),
        ("MARKET_STRIPE_PUBLISHABLE_KEY", "pk_live_mixed"),
        ("MARKET_STRIPE_PUBLISHABLE_KEY", "sk_test_swapped_and_shown_to_all"),
        ("MARKET_STRIPE_PUBLISHABLE_KEY", ""),
        ("MARKET_STRIPE_ACCOUNT", ""),
        ("MARKET_STRIPE_WEBHOOK_SECRETS", "sk_test_no_secret_of_a_webhook"),
        ("MARKET_STRIPE_WEBHOOK_SECRETS", "whsec_"),
        ("MARKET_STRIPE_WEBHOOK_SECRETS", "whsec_0123456789 whsec_1234567890 whsec_2345678901"),
        ("MARKET_STRIPE_API", "api.stripe.com"),
        ("MARKET_STRIPE_JS", "file:///stripe.js"),
    ],
)
def test_an_account_half_described_keeps_the_market_from_starting(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigError):
        Settings.from_env({"MARKET_INSTANCE": str(tmp_path), **TEST_MONEY, name: value})


def test_test_money_and_real_money_never_meet(tmp_path: Path) -> None:
    bare = {"MARKET_INSTANCE": str(tmp_path)}
    live = Settings.from_env({**bare, **PRODUCTION, **LIVE_MONEY}).stripe
    assert live is not None
    assert live.live
    with pytest.raises(ConfigError, match="production wants live keys"):
        Settings.from_env({**bare, **PRODUCTION, **TEST_MONEY})
    with pytest.raises(ConfigError, match="MARKET_ENV=production"):
        Settings.from_env({**bare, **LIVE_MONEY})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MARKET_STRIPE_WEBHOOK_SECRETS", ""),
        ("MARKET_STRIPE_API", "http://api.stripe.com"),
        ("MARKET_STRIPE_JS", "http://js.stripe.com/v3/"),
    ],
)
def test_in_production_news_is_signed_and_the_line_is_closed(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigError):
        Settings.from_env(
            {"MARKET_INSTANCE": str(tmp_path), **PRODUCTION, **LIVE_MONEY, name: value}
        )


# ── the market's account at its bank ─────────────────────────────────────────────────────────────

BANK = {
    "MARKET_BANK_HOLDER": "长株潭技术市场有限公司",
    "MARKET_BANK_NAME": "某银行长沙麓谷支行",
    "MARKET_BANK_ACCOUNT": "4301000000000123",
}


def test_an_account_at_a_bank_is_described_whole_or_not_at_all(tmp_path: Path) -> None:
    bare = {"MARKET_INSTANCE": str(tmp_path)}
    assert Settings.from_env(bare).bank is None
    assert Settings.from_env({**bare, "MARKET_DEMO": "1"}).bank == PLAY_ACCOUNT
    real = Settings.from_env({**bare, **BANK, "MARKET_DEMO": "1"}).bank
    assert real == BankAccount(*BANK.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in BANK),
        ("MARKET_BANK_ACCOUNT", "4301 0000 0000 0123"),
        ("MARKET_BANK_ACCOUNT", "１２３４５６７８９"),
    ],
)
def test_a_half_described_account_keeps_the_market_from_starting(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigError):
        Settings.from_env({"MARKET_INSTANCE": str(tmp_path), **BANK, name: value})
