"""Two editors of one draft: what each of them saw, and what is no longer as it was seen.

A page that edits carries a glimpse of what it showed, a short word for each field. Saving holds the
glimpse against what stands now, under the lock: nothing that somebody else wrote is overwritten
unseen (promises 7 H 121).
"""

import hashlib
from collections.abc import Mapping

LETTERS = 10
"""Hexadecimal digits a field: 40 bits tell two texts of one field apart well enough."""


def glimpse(said: Mapping[str, object]) -> str:
    """What was shown, as ``field=word`` for each field, in the order of the fields."""
    return " ".join(f"{name}={_word(value)}" for name, value in said.items())


def moved(seen: str, said: Mapping[str, object]) -> list[str]:
    """The fields that are not as they were seen; all, where the glimpse is none of ours."""
    shown = dict(part.partition("=")[::2] for part in seen.split())
    return [name for name, value in said.items() if shown.get(name) != _word(value)]


def _word(value: object) -> str:
    if isinstance(value, set | frozenset):
        value = sorted(value, key=repr)
    return hashlib.sha256(repr(value).encode()).hexdigest()[:LETTERS]
