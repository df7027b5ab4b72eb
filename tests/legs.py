"""What a test needs from the machine, and what it says when that is missing.

A leg that is missing skips its tests and is listed at the end of the run with what to install.
With ``CI=true`` a missing leg is a failure, except those that nobody owes us: the folder of real
data, and an office suite that only opens again what two libraries have opened already.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

CLOSING_TITLE = "What was not tested, and what to install"
MISSING = "missing leg: "


@dataclass(frozen=True)
class Leg:
    """One thing of the machine that some tests stand on."""

    name: str
    cure: str
    owed_in_ci: bool = True

    @property
    def reason(self) -> str:
        return f"{MISSING}{self.name} — {self.cure}"


POSTGRESQL = Leg(
    "PostgreSQL", "install the Debian package postgresql, or set MARKET_TEST_PG to a server's URL"
)
CHROMIUM = Leg("Chromium", "install the Debian packages chromium and fonts-noto-cjk")
STRACE = Leg("strace", "install the Debian package strace, and allow ptrace")
LIBREOFFICE = Leg(
    "LibreOffice", "install the Debian package libreoffice-calc-nogui", owed_in_ci=False
)
IPV6 = Leg("IPv6", "let the machine have a loopback address ::1; localstripe listens there")
REAL_DATA = Leg(
    "real data", "set MARKET_DATA to the folder of real data; it has no default", owed_in_ci=False
)
NOT_OWED = (REAL_DATA, LIBREOFFICE)
NIGHTLY = "full sizes — run `make nightly`"


def in_ci() -> bool:
    """True where nothing may be skipped quietly."""
    return os.environ.get("CI", "").lower() == "true"


def miss(leg: Leg) -> NoReturn:
    """Skip this test aloud; fail it where the leg is owed."""
    if in_ci() and leg.owed_in_ci:
        pytest.fail(leg.reason, pytrace=False)
    pytest.skip(leg.reason)


def need_chromium() -> str:
    """The path of a real Chromium."""
    return (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
        or miss(CHROMIUM)
    )


def need_strace() -> str:
    """The path of strace."""
    return shutil.which("strace") or miss(STRACE)


def need_libreoffice() -> str:
    """The path of LibreOffice."""
    return shutil.which("soffice") or miss(LIBREOFFICE)


def need_real_data(*parts: str) -> Path:
    """A file or folder under MARKET_DATA."""
    root = os.environ.get("MARKET_DATA")
    if not root:
        miss(REAL_DATA)
    found = Path(root).joinpath(*parts)
    if not found.exists():
        pytest.fail(f"MARKET_DATA is set, but {found} is not there", pytrace=False)
    return found


def nightly() -> bool:
    """True where `make nightly` asked for the full sizes."""
    return os.environ.get("MARKET_NIGHTLY") == "1"
