"""Devices: by which cookie a browser is known again, and what it is called on a page."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

KNOWN_FOR = timedelta(days=365)
MOST_USERS = 5
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android")),
    *(("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)
BROWSERS = (
    *(("MicroMessenger", "WeChat"), ("QQBrowser", "QQ"), ("Edg", "Edge"), ("OPR/", "Opera")),
    *(("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome")),
    ("Safari", "Safari"),
)
"""In this order: most browsers claim to be several others too."""


@dataclass(frozen=True)
class Device:
    """A browser, and the people who have signed in on it, the latest last."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    users: tuple[int, ...] = ()


def known_device(key: str, cookie: str) -> Device:
    """The device of this cookie; a new one where it is missing, altered or too old."""
    try:
        device_id, users = _signer(key).loads(cookie, max_age=int(KNOWN_FOR.total_seconds()))
    except (BadData, TypeError, ValueError):
        return Device()
    return Device(str(device_id), tuple(users))


def remembered(key: str, device: Device, user_id: int) -> str:
    """The cookie of a device on which this person has signed in now."""
    users = [*(each for each in device.users if each != user_id), user_id][-MOST_USERS:]
    return str(_signer(key).dumps([device.id, users]))


def _signer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="market.device")


def named(agent: str) -> tuple[str, str]:
    """The browser and the system that a user agent speaks of; empty where it says nothing known."""
    return _first(BROWSERS, agent), _first(SYSTEMS, agent)


def _first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for sign, name in table if sign in agent), "")
