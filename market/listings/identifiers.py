"""What names a right: patent and publication numbers, classes, terms (IDN-01 to IDN-04).

Every pattern is linear and is asked only about a text of at most 64 characters.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from market.kernel.refusal import Refusal
from market.kernel.text import Misread
from market.kernel.words import N_, Labelled

MOST_CHARACTERS = 64

_SPACES = re.compile(r"\s+")
_PREFIXED = re.compile(r"(ZL|CN)?(.*)", re.ASCII)
_DIGITS_CHECK = re.compile(r"([0-9]{8}|[0-9]{12})\.?([0-9X])", re.ASCII)
_DIGITS = re.compile(r"[0-9]+\.?", re.ASCII)
_PUBLICATION = re.compile(r"(?:CN)?([0-9]{7,9})([A-Z])([0-9]?)", re.ASCII)
_US_APPLICATION = re.compile(r"(?:US)?([0-9]{2})/([0-9]{3}),?([0-9]{3})", re.ASCII)
_IPC = re.compile(r"([A-H][0-9]{2}[A-Z])(?:([0-9]{1,4})/([0-9]{2,6}))?", re.ASCII)
_LOCARNO = re.compile(r"([0-9]{2})-([0-9]{2})", re.ASCII)

_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)  # the first eight serve the old form (IDN-02)
_NEW_FORM_SINCE = 2003
_FIRST_YEAR = 1985  # the Patent Law came into force on 1 April 1985
_DESIGN_TERM_GREW = date(2021, 6, 1)


class PatentKind(Labelled):
    """The three kinds of patent (Patent Law 2)."""

    INVENTION = "invention", N_("Invention patent")
    UTILITY_MODEL = "utility-model", N_("Utility model")
    DESIGN = "design", N_("Design")


class PatentForm(Enum):
    """How long the number is: twelve digits since 1 October 2003, eight before."""

    NEW = "new"
    OLD = "old"


class IdentifierFault(Refusal):
    """Why a text is not an identifier of the asked kind."""

    REQUIRED = "required", N_("Enter the number.")
    TOO_LONG = "too-long", N_("This is too long for a number of this kind.")
    NOT_A_PATENT_NUMBER = (
        "not-a-patent-number",
        N_(
            "Write the patent number as 201710601862.3: twelve digits (eight before October 2003), "
            "a point and the check character."
        ),
    )
    CHECK_MISSING = (
        "check-missing",
        N_("The check character is missing; for these digits it would be %(expected)s."),
    )
    CHECK_WRONG = (
        "check-wrong",
        N_(
            "The check character %(given)s does not fit; for these digits it would be "
            "%(expected)s. Please compare the digits with the document."
        ),
    )
    UNKNOWN_KIND = (
        "unknown-kind",
        N_("No patent number has the kind digit %(given)s; expected 1, 2, 3, 8 or 9."),
    )
    UNKNOWN_YEAR = "unknown-year", N_("No patent number of this form begins with %(given)s.")
    IS_PUBLICATION = (
        "is-publication",
        N_(
            "This is a publication number; the patent number is another one, "
            "such as 201710601862.3."
        ),
    )
    KIND_CODE_MISSING = (
        "kind-code-missing",
        N_(
            "The kind code is missing: a publication number ends with a letter, "
            "such as CN114129661A."
        ),
    )
    NOT_A_PUBLICATION = (
        "not-a-publication",
        N_(
            "Write the publication number as CN114129661A: CN, seven to nine digits "
            "and the kind code A, B, C, U, Y or S."
        ),
    )
    NOT_A_US_APPLICATION = (
        "not-a-us-application",
        N_("Write the United States application number as 13/033,085."),
    )
    NOT_IPC = "not-ipc", N_("Write the IPC class as A61K 31/00 or A61K; its section is A to H.")
    NOT_LOCARNO = "not-locarno", N_("Write the Locarno class as 12-16; its class is 01 to 32.")


class IdentifierError(Misread):
    """A text that is not an identifier; ``reason`` is an ``IdentifierFault``, ``detail`` hints."""


@dataclass(frozen=True, slots=True)
class PatentNumber:
    """A Chinese application or patent number whose check character holds (IDN-01, IDN-02).

    ``zl`` says that it was written with ``ZL``, the mark of a granted patent (IDN-03); the number
    is the same right with or without it: compare ``normal``.
    """

    digits: str
    check: str
    kind: PatentKind
    form: PatentForm
    zl: bool = False

    @property
    def normal(self) -> str:
        """The one way it is stored and compared: ``201710601862.3``."""
        return f"{self.digits}.{self.check}"

    @property
    def year(self) -> int:
        """The year of filing."""
        return _year(self.digits)

    def __str__(self) -> str:
        return f"ZL{self.normal}" if self.zl else self.normal


@dataclass(frozen=True, slots=True)
class PublicationNumber:
    """A Chinese publication number: another thing than the patent number (IDN-03).

    ``code`` is the kind code: A published application, B or C granted invention, U or Y utility
    model, S design, with the digit some have.
    """

    digits: str
    code: str

    @property
    def normal(self) -> str:
        """The one way it is stored and compared: ``CN114129661A``."""
        return f"CN{self.digits}{self.code}"

    @property
    def kind(self) -> PatentKind:
        """The kind of patent that the kind code names."""
        return _KIND_BY_CODE[self.code[0]]

    def __str__(self) -> str:
        return self.normal


_KIND_BY_DIGIT = {
    "1": PatentKind.INVENTION,
    "2": PatentKind.UTILITY_MODEL,
    "3": PatentKind.DESIGN,
    "8": PatentKind.INVENTION,  # PCT, national phase
    "9": PatentKind.UTILITY_MODEL,  # PCT, national phase
}
_KIND_BY_CODE = {
    "A": PatentKind.INVENTION,
    "B": PatentKind.INVENTION,
    "C": PatentKind.INVENTION,
    "U": PatentKind.UTILITY_MODEL,
    "Y": PatentKind.UTILITY_MODEL,
    "S": PatentKind.DESIGN,
}


def parse_patent_number(text: str) -> PatentNumber:
    """Read ``201710601862.3`` however it is written: ``ZL``/``CN``, spaces, no point, small x.

    Full-width characters are read as their plain ones. Refused with ``IdentifierError``: a wrong
    or missing check character (``detail["expected"]`` is the right one), a kind digit or year that
    does not exist, a publication number.
    """
    compact = _compact(text)
    found = _PREFIXED.fullmatch(compact)
    prefix, number = (found[1], found[2]) if found else (None, compact)
    checked = _DIGITS_CHECK.fullmatch(number)
    if checked is None:
        raise _not_a_patent_number(prefix, compact, number)
    digits, check = checked[1], checked[2]
    old = len(digits) == 8
    year, kind = _year(digits), digits[2 if old else 4]
    if not (_FIRST_YEAR <= year <= _NEW_FORM_SINCE if old else _NEW_FORM_SINCE <= year < 2100):
        if old and compact == f"CN{digits}{check}":  # CN114129661 lost its letter
            raise IdentifierError(IdentifierFault.KIND_CODE_MISSING)
        raise IdentifierError(IdentifierFault.UNKNOWN_YEAR, given=digits[: 2 if old else 4])
    if kind not in _KIND_BY_DIGIT:
        raise IdentifierError(IdentifierFault.UNKNOWN_KIND, given=kind)
    expected = check_character(digits)
    if check != expected:
        raise IdentifierError(IdentifierFault.CHECK_WRONG, given=check, expected=expected)
    form = PatentForm.OLD if old else PatentForm.NEW
    return PatentNumber(digits, check, _KIND_BY_DIGIT[kind], form, prefix == "ZL")


def check_character(digits: str) -> str:
    """The check character of eight or twelve digits (IDN-02): their weighted sum mod 11, 10 is X.

    ASCII digits only; anything else is a fault of the caller.
    """
    if len(digits) not in {8, 12}:
        raise ValueError("a patent number has eight or twelve digits before its check character")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return "0123456789X"[total % 11]


def filing_year(number: str) -> int | None:
    """The year that an application or patent number carries; None where it is no such number."""
    try:
        return parse_patent_number(number).year
    except IdentifierError:
        return None


def parse_publication_number(text: str) -> PublicationNumber:
    """Read ``CN114129661A``, with or without ``CN``, spaces and small letters.

    Nine digits since 2007, seven and eight before. Refused with ``IdentifierError``.
    """
    compact = _compact(text)
    found = _PUBLICATION.fullmatch(compact)
    if found and found[2] in _KIND_BY_CODE:
        return PublicationNumber(found[1], found[2] + found[3])
    if _DIGITS.fullmatch(compact.removeprefix("CN")):
        raise IdentifierError(IdentifierFault.KIND_CODE_MISSING)
    raise IdentifierError(IdentifierFault.NOT_A_PUBLICATION)


def parse_us_application(text: str) -> str:
    """Read ``13/033,085`` (or ``13/033085``) and give ``US 13/033,085``.

    Series code, stroke, six digits; a number with a digit lost is refused, never padded.
    """
    found = _US_APPLICATION.fullmatch(_compact(text))
    if found is None:
        raise IdentifierError(IdentifierFault.NOT_A_US_APPLICATION)
    return f"US {found[1]}/{found[2]},{found[3]}"


def parse_ipc(text: str) -> str:
    """Read a class of the International Patent Classification: ``A61K 31/00`` or ``A61K``."""
    found = _IPC.fullmatch(_compact(text))
    if found is None:
        raise IdentifierError(IdentifierFault.NOT_IPC)
    return found[1] if found[2] is None else f"{found[1]} {found[2]}/{found[3]}"


def parse_locarno(text: str) -> str:
    """Read a class of the Locarno Classification for designs: ``12-16``."""
    found = _LOCARNO.fullmatch(_compact(text))
    if found is None or not 1 <= int(found[1]) <= 32:
        raise IdentifierError(IdentifierFault.NOT_LOCARNO)
    return found[0]


def term_ends(kind: PatentKind, filed_on: date) -> date:
    """The day on which the term is over, counted from filing (IDN-04, Patent Law 42).

    Invention 20 years, utility model 10, design 15 (10 where filed before 1 June 2021). It is the
    corresponding day of the last year (or the month's last, where there is none); the right stands
    through the day before.
    """
    years = {PatentKind.INVENTION: 20, PatentKind.UTILITY_MODEL: 10, PatentKind.DESIGN: 15}[kind]
    if kind is PatentKind.DESIGN and filed_on < _DESIGN_TERM_GREW:
        years = 10
    try:
        return filed_on.replace(year=filed_on.year + years)
    except ValueError:  # 29 February in a year that has none
        return date(filed_on.year + years, 3, 1) - timedelta(days=1)


def _compact(text: str) -> str:
    """Plain capital characters without spaces; too long or empty is refused before any pattern."""
    if len(text) > MOST_CHARACTERS:
        raise IdentifierError(IdentifierFault.TOO_LONG)
    compact = _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not compact:
        raise IdentifierError(IdentifierFault.REQUIRED)
    if len(compact) > MOST_CHARACTERS:  # one character may stand for eighteen
        raise IdentifierError(IdentifierFault.TOO_LONG)
    return compact


def _year(digits: str) -> int:
    if len(digits) == 12:
        return int(digits[:4])
    return 1900 + int(digits[:2]) if digits[:2] >= "85" else 2000 + int(digits[:2])


def _not_a_patent_number(prefix: str | None, compact: str, number: str) -> IdentifierError:
    """The most helpful reason why a text has not the shape of a patent number."""
    published = _PUBLICATION.fullmatch(compact)
    if published and published[2] in _KIND_BY_CODE:
        return IdentifierError(IdentifierFault.IS_PUBLICATION)
    if _DIGITS.fullmatch(number):
        digits = number.removesuffix(".")
        if len(digits) == 12 or (len(digits) == 8 and prefix != "CN"):
            return IdentifierError(IdentifierFault.CHECK_MISSING, expected=check_character(digits))
        if prefix == "CN" and 7 <= len(digits) <= 9:
            return IdentifierError(IdentifierFault.KIND_CODE_MISSING)
    return IdentifierError(IdentifierFault.NOT_A_PATENT_NUMBER)
