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
