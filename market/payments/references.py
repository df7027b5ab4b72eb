"""Payment references: what the payer writes beside a transfer, and how it is found again. Pure.

Two letters say what is paid, eight digits which, two check digits (ISO 7064, mod 97-10) that no
digit was mistyped: ``JS0000004275``.
"""

import re
import unicodedata
from enum import Enum

from stdnum.iso7064 import mod_97_10

DIGITS = 8


class ReferenceKind(Enum):
    """What a reference names."""

    OBLIGATION = "JS"  # 技术市场收款
    PAYOUT = "JF"  # 技术市场付款
    RETURN = "JT"  # 技术市场退回: a bank line that is sent back


_LOOKS_LIKE_ONE = re.compile(
    r"(?<![A-Z0-9])(J[SFT])[\s-]*((?:[0-9][\s-]*){9}[0-9])(?![A-Z0-9])", re.ASCII
)


def reference(kind: ReferenceKind, key: int) -> str:
    """The reference of a row of this kind."""
    stem = f"{kind.value}{key:0{DIGITS}d}"
    return stem + str(mod_97_10.calc_check_digits(stem))


def found_references(words: str) -> list[str]:
    """The valid references in a free text, as they are issued; full-width, spaced or lower case."""
    plain = unicodedata.normalize("NFKC", words[:2_000]).upper()
    found = (
        letters + re.sub(r"[\s-]", "", digits) for letters, digits in _LOOKS_LIKE_ONE.findall(plain)
    )
    return [each for each in dict.fromkeys(found) if mod_97_10.is_valid(each)]


def key_of(kind: ReferenceKind, found: str) -> int | None:
    """Which row of this kind a valid reference names; None where it is of another kind."""
    return int(found[2:-2]) if found.startswith(kind.value) else None
