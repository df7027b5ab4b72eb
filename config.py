"""Settings: frozen, typed, failing early; the only reader of the environment."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
BIND = "127.0.0.1:8000"
PASSWORD_PROFILES = ("asvs", "mlps")
ANYWHERE = ("0.0.0.0", "[::]", "")  # noqa: S104  named here, bound nowhere


class ConfigError(RuntimeError):
    """A setting is missing or contradicts another; the market does not start."""


SIGNED_BY = ("RS256", "PS256", "ES256", "EdDSA")


@dataclass(frozen=True)
class OpenId:
    """The outside provider by which people may sign in (OpenID Connect).

    ``algorithm`` is the only one in which its tokens may be signed; ``hosts`` are all that the
    market calls for it, the issuer's own first.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    algorithm: str = SIGNED_BY[0]
    more_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parts = urlsplit(self.issuer)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise ConfigError("MARKET_OIDC_ISSUER must be the address of a provider.")
        if not (self.client_id and self.client_secret and self.name):
            raise ConfigError(
                "MARKET_OIDC_ISSUER wants MARKET_OIDC_CLIENT_ID, …_CLIENT_SECRET and …_NAME."
            )
        if self.algorithm not in SIGNED_BY:
            raise ConfigError(f"MARKET_OIDC_ALGORITHM is one of {', '.join(SIGNED_BY)}.")

    @property
    def origins(self) -> tuple[str, ...]:
        """Where the provider lives: ``scheme://host``, the issuer's own first."""
        scheme, host = urlsplit(self.issuer)[:2]
        return tuple(f"{scheme}://{each}" for each in (host, *self.more_hosts))

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "OpenId | None":
        """Read ``MARKET_OIDC_*``; without an issuer nobody signs in from outside."""
        issuer = env.get("MARKET_OIDC_ISSUER", "")
        if not issuer:
            return None
        return cls(
            issuer=issuer,
            client_id=env.get("MARKET_OIDC_CLIENT_ID", ""),
            client_secret=env.get("MARKET_OIDC_CLIENT_SECRET", ""),
            name=env.get("MARKET_OIDC_NAME", ""),
            algorithm=env.get("MARKET_OIDC_ALGORITHM", SIGNED_BY[0]),
            more_hosts=tuple(env.get("MARKET_OIDC_HOSTS", "").split()),
        )


STRIPE_MODES = ("test", "live")
STRIPE_API = "https://api.stripe.com"
STRIPE_JS = "https://js.stripe.com/clover/stripe.js"


@dataclass(frozen=True)
class Stripe:
    """The account at Stripe into which people may pay by card or wallet.

    The two keys, ``mode`` and later each answer must agree: test money never becomes real credit.
    Two ``webhook_secrets`` are good at once while one takes over from the other.
    """

    key: str = field(repr=False)
    publishable_key: str
    account: str
    mode: str = STRIPE_MODES[0]
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    api: str = STRIPE_API
    js: str = STRIPE_JS

    def __post_init__(self) -> None:
        if self.mode not in STRIPE_MODES:
            raise ConfigError("MARKET_STRIPE_MODE is test or live.")
        if not self.key.startswith((f"sk_{self.mode}_", f"rk_{self.mode}_")):
            raise ConfigError(f"MARKET_STRIPE_KEY must be a secret or restricted {self.mode} key.")
        if not self.publishable_key.startswith(f"pk_{self.mode}_"):
            raise ConfigError(f"MARKET_STRIPE_PUBLISHABLE_KEY must be a {self.mode} key.")
        if not self.account.startswith("acct_"):
            raise ConfigError("MARKET_STRIPE_ACCOUNT must name the account, acct_….")
        if len(self.webhook_secrets) > 2 or not all(
            each.startswith("whsec_") and len(each) >= 16 for each in self.webhook_secrets
        ):
            raise ConfigError("MARKET_STRIPE_WEBHOOK_SECRETS are one or two of whsec_….")
        for name, address in (("API", self.api), ("JS", self.js)):
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
                raise ConfigError(f"MARKET_STRIPE_{name} must be an address.")
            if self.live and parts.scheme != "https":
                raise ConfigError(f"MARKET_STRIPE_{name} must begin with https:// in live mode.")

    @property
    def live(self) -> bool:
        """Whether real money moves."""
        return self.mode == "live"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Stripe | None":
        """Read ``MARKET_STRIPE_*``; without a key nobody pays by card."""
        key = env.get("MARKET_STRIPE_KEY", "")
        if not key:
            return None
        return cls(
            key=key,
            publishable_key=env.get("MARKET_STRIPE_PUBLISHABLE_KEY", ""),
            account=env.get("MARKET_STRIPE_ACCOUNT", ""),
            mode=env.get("MARKET_STRIPE_MODE", STRIPE_MODES[0]),
            webhook_secrets=tuple(env.get("MARKET_STRIPE_WEBHOOK_SECRETS", "").split()),
            api=env.get("MARKET_STRIPE_API", STRIPE_API).rstrip("/"),
            js=env.get("MARKET_STRIPE_JS", STRIPE_JS),
        )


@dataclass(frozen=True)
class BankAccount:
    """The market's own account at a bank, into which people pay by transfer."""

    holder: str
    bank: str
    number: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "BankAccount | None":
        """Read ``MARKET_BANK_*``; without an account nobody pays by transfer, but in the demo."""
        names = ("MARKET_BANK_HOLDER", "MARKET_BANK_NAME", "MARKET_BANK_ACCOUNT")
        holder, bank, number = (env.get(name, "").strip() for name in names)
        if not (holder or bank or number):
            return PLAY_ACCOUNT if env.get("MARKET_DEMO", "") == "1" else None
        if not (holder and bank):
            raise ConfigError("MARKET_BANK_HOLDER, …_NAME and …_ACCOUNT are given together.")
        if not re.fullmatch(r"[0-9A-Za-z]{8,34}", number):
            raise ConfigError("MARKET_BANK_ACCOUNT is the number as the bank writes it, no blanks.")
        return cls(holder, bank, number)


PLAY_ACCOUNT = BankAccount("长株潭技术市场（演示）", "演示银行长沙分行", "4301000000000000")


@dataclass(frozen=True)
class Settings:
    """All that differs between one market and another.

    ``production`` wants its own secret key and refuses the demo world. ``instance`` holds what an
    embedded market writes: the SQLite file, the search index, a development key.
    """

    secret_key: str
    database_url: str
    instance: Path
    demo: bool = False
    production: bool = False
    base_url: str = f"http://{BIND}"
    password_cost: tuple[int, int] = (19 * 1024, 2)  # argon2id: KiB, passes (OWASP's first choice)
    smtp_url: str = ""
    mail_from: str = ""
    password_profile: str = PASSWORD_PROFILES[0]
    proxies: int = 0  # how many proxies stand before the market and tell whom they speak for
    signing_key: Path | None = None
    checkpoint_file: Path | None = None
    openid: OpenId | None = None
    stripe: Stripe | None = None
    bank: BankAccount | None = None
    testing: bool = False

    def __post_init__(self) -> None:
        if self.demo and self.production:
            raise ConfigError(
                "The demo world has known passwords: it refuses MARKET_ENV=production."
            )
        if self.checkpoint_file is not None and self.signing_key is None:
            raise ConfigError("MARKET_CHECKPOINT_FILE is written by who holds MARKET_SIGNING_KEY.")
        if self.signing_key is not None and not self.signing_key.is_file():
            raise ConfigError("MARKET_SIGNING_KEY names no file; see flask journal keygen.")
        if self.production and len(self.secret_key) < 32:
            raise ConfigError("MARKET_SECRET_KEY must hold at least 32 characters in production.")
        if self.production and not self.base_url.startswith("https://"):
            raise ConfigError("MARKET_BASE_URL must begin with https:// in production.")
        if self.smtp_url and not self.mail_from:
            raise ConfigError("MARKET_MAIL_FROM must say whom letters come from.")
        if self.production and self.openid and not self.openid.issuer.startswith("https://"):
            raise ConfigError("MARKET_OIDC_ISSUER must begin with https:// in production.")
        if self.stripe is not None:
            self._refuse_mixed_money(self.stripe)
        if self.password_profile not in PASSWORD_PROFILES:
            raise ConfigError("MARKET_PASSWORD_PROFILE is asvs or mlps.")
        if not 0 <= self.proxies <= 9:
            raise ConfigError("MARKET_PROXIES is how many proxies stand before the market: 0 to 9.")

    def _refuse_mixed_money(self, stripe: Stripe) -> None:
        """Real money for real markets, test money for all others; and news of it only if signed."""
        if self.production and not stripe.live:
            raise ConfigError("A test card would buy real credit: production wants live keys.")
        if stripe.live and not self.production:
            raise ConfigError("Live keys move real money: they want MARKET_ENV=production.")
        if self.production and not stripe.webhook_secrets:
            raise ConfigError("MARKET_STRIPE_WEBHOOK_SECRETS must be set in production.")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, *, bind: str = BIND) -> "Settings":
        """Read ``MARKET_*``; what is not set is what a bare machine needs.

        ``bind`` is where the market listens: outside production the links on its certificates lead
        there unless ``MARKET_BASE_URL`` says otherwise.
        """
        env = os.environ if env is None else env
        instance = Path(env.get("MARKET_INSTANCE", HERE / "instance"))
        production = env.get("MARKET_ENV", "development") == "production"
        key = env.get("MARKET_SECRET_KEY", "")
        if production and not env.get("MARKET_SMTP_URL"):
            raise ConfigError("MARKET_SMTP_URL must name a mail server in production.")
        if not key and not production:
            key = _development_key(instance)
        return cls(
            secret_key=key,
            database_url=env.get("MARKET_DATABASE_URL", f"sqlite:///{instance / 'market.sqlite'}"),
            instance=instance,
            demo=env.get("MARKET_DEMO", "") == "1",
            production=production,
            base_url=env.get("MARKET_BASE_URL", address(bind)).rstrip("/"),
            smtp_url=env.get("MARKET_SMTP_URL", ""),
            mail_from=env.get("MARKET_MAIL_FROM", ""),
            password_profile=env.get("MARKET_PASSWORD_PROFILE", PASSWORD_PROFILES[0]),
            proxies=_count(env.get("MARKET_PROXIES", "0")),
            signing_key=_path(env.get("MARKET_SIGNING_KEY", "")),
            checkpoint_file=_path(env.get("MARKET_CHECKPOINT_FILE", "")),
            openid=OpenId.from_env(env),
            stripe=Stripe.from_env(env),
            bank=BankAccount.from_env(env),
        )

    @classmethod
    def for_tests(cls, instance: Path, **over: object) -> "Settings":
        """Settings of a test: cheap password hashes, everything below one folder."""
        made = cls(
            secret_key="test-" * 8,
            database_url=f"sqlite:///{instance / 'market.sqlite'}",
            instance=instance,
            password_cost=(8, 1),
            testing=True,
        )
        return replace(made, **over)  # type: ignore[arg-type]


def address(bind: str) -> str:
    """The address at which this machine reaches what listens at ``bind`` (``host:port``).

    Who listens everywhere is reached here; a socket file has no address, so it gets the usual one.
    """
    if bind.startswith(("unix:", "fd://")):
        return f"http://{BIND}"
    host, colon, port = bind.rpartition(":")
    if not colon or bind.endswith("]"):
        host, port = bind, "8000"
    return f"http://{'127.0.0.1' if host in ANYWHERE else host}:{port}"


def _count(typed: str) -> int:
    """A whole number; anything else is one that no setting takes."""
    return int(typed) if typed.isascii() and typed.isdigit() else -1


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _development_key(instance: Path) -> str:
    """A key that outlives a restart, made once and readable by its owner only."""
    kept = instance / "secret_key"
    if not kept.exists():
        instance.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32))
    return kept.read_text()
