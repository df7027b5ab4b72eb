"""Numbers for invented things: of the right form, with right check characters, issued to nobody."""

from datetime import date
from itertools import count

from market.accounts.identifiers import parse_uscc
from market.listings.identifiers import check_character
from market.listings.sheet import RightFacts, RightKind

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_KIND_DIGIT = {RightKind.INVENTION: "1", RightKind.UTILITY_MODEL: "2", RightKind.DESIGN: "3"}
_NEVER_ISSUED = 9_900_000  # the patent office counts far below this in any year


def credit_code(authority: str, region_code: str, serial: int) -> str:
    """A credit code (IDN-05 to IDN-07) with a subject code (TM…) that no office gives out."""
    body = f"{authority}{region_code}TM{serial:06d}"
    subject = next(c for c in "0123456789X" if parse_uscc(f"{body}{c}0").subject_ok)
    return next(code for c in _ALPHABET if parse_uscc(code := f"{body}{subject}{c}").check_ok)


def wrong_credit_code(authority: str, region_code: str, serial: int) -> str:
    """A code whose check character fails, as some early real ones do (IDN-08)."""
    right = credit_code(authority, region_code, serial)
    return right[:17] + _ALPHABET[(_ALPHABET.index(right[17]) + 1) % len(_ALPHABET)]


class Patents:
    """Hands out rights with made-up numbers (IDN-01, IDN-02), each one once."""

    def __init__(self) -> None:
        self._serials = count(_NEVER_ISSUED)

    def right(self, kind: RightKind, title: str, year: int) -> RightFacts:
        """A right filed in that year; what has no patent number gets none."""
        serial = next(self._serials)
        filed_on = date(year, 1 + serial % 12, 1 + serial % 27)
        if kind in _KIND_DIGIT:
            digits = f"{year}{_KIND_DIGIT[kind]}{serial}"
            number = f"{digits}.{check_character(digits)}"
            return RightFacts(kind, title, number, None, filed_on)
        if kind is RightKind.APPLICATION:
            digits = f"{year}1{serial}"
            number = f"{digits}.{check_character(digits)}"
            return RightFacts(kind, title, number, f"CN1{serial}0A", filed_on)
        if kind is RightKind.SOFTWARE:
            return RightFacts(kind, title, f"{year}SR{serial}", None, None)
        if kind is RightKind.PLANT_VARIETY:
            return RightFacts(kind, title, f"CNA{year}{serial % 10_000:04d}.7", None, filed_on)
        return RightFacts(kind, title)
