"""Text that people typed: what is kept of it, and what is refused."""

import re
import unicodedata
from collections.abc import Sequence

from market.kernel.refusal import Refusal
from market.kernel.words import N_

MOST_MARKS = 8
"""Combining marks in a row; more is decoration that climbs over the neighbouring lines."""

# Characters that show nothing and so can hide, join or reverse what stands beside them: soft
# hyphen, zero-width spaces and joiners, bidirectional controls, invisible operators, tags.
_UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
_CONTROLS = "\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 and C1 but newline and tab; NUL is refused
_DROPPED = re.compile(f"[{_UNSEEN}{_CONTROLS}]")
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_WHITE = re.compile(r"\s+")
_ID = re.compile("0|[1-9][0-9]{0,17}")
_BLANKS = str.maketrans("", "", "\u115f\u1160\u2800\u3164\uffa0")  # letters that print nothing


class TextFault(Refusal):
    """Why a text is not taken."""

    NUL = "nul", N_("The text contains a null character.")
    BROKEN = "broken-character", N_("The text contains a broken character.")
    TOO_LONG = "too-long", N_("The text is too long: at most %(most)s characters.")
    TOO_MANY_MARKS = "too-many-marks", N_("The text stacks too many accents on one character.")


class Misread(ValueError):
    """Raised by whatever reads typed text; a form shows the sentence at the field.

    ``reason`` says why, ``sentence`` is its English, ``detail`` fills the sentence's named places.
    """

    def __init__(self, reason: Refusal, **detail: object) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.sentence = reason.sentence
        self.detail = detail


class TextError(Misread):
    """A text that is not taken; ``reason`` is a ``TextFault``."""


def clean_text(text: str, *, most: int) -> str:
    """The text as it is stored: NFC, trimmed, free of unseen characters; lines and tabs stay.

    Zero-width characters, bidirectional and other control characters are dropped and every kind of
    line end becomes a newline. What shows nothing at all becomes ``""``. Refused with
    ``TextError``: NUL, a lone surrogate, more than ``most`` code points (so that it fits a column
    of that width on both engines), more than eight combining marks in a row.
    """
    _refuse_hostile(text, most)
    kept = _DROPPED.sub("", _LINE_ENDS.sub("\n", text))
    # Marks are counted before composing: putting a long run of them in order takes quadratic time.
    if _longest_run_of_marks(kept) > MOST_MARKS:
        raise TextError(TextFault.TOO_MANY_MARKS, most=MOST_MARKS)
    kept = unicodedata.normalize("NFC", kept).strip()
    if len(kept) > most:
        raise TextError(TextFault.TOO_LONG, most=most)
    return kept if kept.translate(_BLANKS).strip() else ""


def clean_line(text: str, *, most: int) -> str:
    """Like ``clean_text`` for what stands on one line: newlines, tabs and runs become one space."""
    return _WHITE.sub(" ", clean_text(text, most=most))


def typed_id(given: Sequence[str]) -> int | None:
    """An id given once and in its one spelling; anything else is the id of nothing."""
    return int(given[0]) if len(given) == 1 and _ID.fullmatch(given[0]) else None


def folded(text: str) -> str:
    """The form in which two spellings of a name are the same: NFKC, one case, single spaces.

    For comparing and searching only; what is shown is what ``clean_text`` kept.
    """
    return _WHITE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def has_unseen(text: str) -> bool:
    """Whether a text holds a control, zero-width or bidirectional character, or a line end."""
    return any(unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in text) or bool(
        _DROPPED.search(text)
    )


def _refuse_hostile(text: str, most: int) -> None:
    # Generous, since unseen characters and decomposed accents are still in it; but a megabyte in a
    # title is refused before anything walks through it.
    if len(text) > 4 * most + 64:
        raise TextError(TextFault.TOO_LONG, most=most)
    if "\0" in text:
        raise TextError(TextFault.NUL)
    if any("\ud800" <= each <= "\udfff" for each in text):
        raise TextError(TextFault.BROKEN)


def _longest_run_of_marks(text: str) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if unicodedata.category(each) in {"Mn", "Me"} else 0
        longest = max(longest, run)
    return longest
