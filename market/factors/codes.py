"""The codes themselves: six digits that change every half minute (TOTP, RFC 6238), and recovery
codes that stand in for them once each.

Both are compared in constant time. A recovery code holds 120 bits, so a plain hash keeps it safe at
rest (ASVS 6.5.2 wants a password's hash below 112).
"""

import hashlib
import secrets
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
DIGITS = 6
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that the eye takes for another
LOOK_ALIKES = str.maketrans("OIL", "011", " -")
GROUPS, GROUP = 6, 4


def new_secret() -> str:
    """160 bits that an authenticator app and the market will share, as it reads them (base32)."""
    return pyotp.random_base32()


def step_of(at: datetime) -> int:
    """The half minute in which an instant lies."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The code of one half minute."""
    return pyotp.TOTP(secret).generate_otp(step)


def matching_step(secret: str, typed: str, at: datetime) -> int | None:
    """The half minute whose code was typed: the present one, the one before or after; else None.

    Only ASCII digits are digits: pyotp would take full-width ones for the same.
    """
    code = "".join(typed.split())
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return None
    here = step_of(at)
    fits = [
        step
        for step in (here - 1, here, here + 1)
        if secrets.compare_digest(code, code_at(secret, step))
    ]
    return max(fits, default=None)


def address(secret: str, *, account: str, market: str) -> str:
    """The ``otpauth:`` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=market)


def picture(address: str) -> str:
    """The address as a QR code: an SVG in a ``data:`` address, for the page that shows it once."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=4)


def new_recovery_code() -> str:
    """Six groups of four characters to print or write down."""
    drawn = [secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)]
    return "-".join("".join(drawn[at : at + GROUP]) for at in range(0, len(drawn), GROUP))


def recovery_hash(typed: str) -> str:
    """What is stored of a recovery code; case, blanks, hyphens and look-alikes are all one."""
    plain = typed.upper().translate(LOOK_ALIKES)
    return hashlib.sha256(plain.encode()).hexdigest()
