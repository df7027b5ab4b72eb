"""What names or reaches a party or a person: credit code, e-mail address, telephone number."""

import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from stdnum.cn import uscc

from market.kernel.refusal import Refusal
from market.kernel.text import Misread, has_unseen
from market.kernel.words import N_

MOST_CODE_CHARACTERS = 64
MOST_PHONE_DIGITS = 15  # ITU-T E.164
MOST_EMAIL_CHARACTERS = 254  # RFC 5321, the longest path without its brackets

_GAPS = re.compile(r"[\s-]+")
_LETTERS_DIGITS = re.compile(r"[0-9A-Z]+", re.ASCII)
_FORBIDDEN = re.compile(r"[IOSVZ]", re.ASCII)
_REGION = re.compile(r"[0-9]{6}", re.ASCII)
_EXTENSION = re.compile(  # a word for it, or a last hyphen behind a whole number
    r"转|分机号?|ext\.?|x|#|(?:(?<=[0-9]{8})|(?<=[- ][0-9]{7}))-(?=[0-9]{1,6}$)"
)
_PUNCTUATION = re.compile(r"[\s().\-]+")
_HOME = re.compile(r"1[3-9][0-9]{9}|0?(?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}|[48]00[0-9]{7}")
_ABROAD = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT = re.compile(r"-[0-9]{1,6}")
_SUBJECT_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714, IDN-07


class UsccFault(Refusal):
    """Why a text is not a unified social credit code."""

    REQUIRED = "required", N_("Enter the unified social credit code.")
    WRONG_LENGTH = (
        "wrong-length",
        N_("A unified social credit code has 18 characters; this one has %(given)s."),
    )
    FORBIDDEN_LETTER = (
        "forbidden-letter",
        N_(
            "A unified social credit code never contains I, O, S, V or Z; please look at %(given)s "
            "again (1, 0, 5, U or 2 may be meant)."
        ),
    )
    BAD_CHARACTER = (
        "bad-character",
        N_("A unified social credit code consists of digits and capital letters."),
    )
    BAD_REGION = (
        "bad-region",
        N_("The third to eighth characters of a unified social credit code are digits."),
    )


class UsccError(Misread):
    """A text that is not a code; ``reason`` is a ``UsccFault``."""


class EmailFault(Refusal):
    """Why a text is not an e-mail address."""

    REQUIRED = "required", N_("Enter an e-mail address.")
    TOO_LONG = "too-long", N_("An e-mail address has at most 254 characters.")
    HIDDEN_CHARACTER = (
        "hidden-character",
        N_("The e-mail address contains a line break or an invisible character."),
    )
    NOT_AN_ADDRESS = (
        "not-an-address",
        N_("This is not an e-mail address; write it as name@example.com."),
    )


class EmailError(Misread):
    """A text that is not an address; ``reason`` is an ``EmailFault``."""


class PhoneFault(Refusal):
    """Why a text is not a telephone number."""

    TOO_LONG = "too-long", N_("A telephone number has at most 15 digits.")
    NOT_A_NUMBER = (
        "not-a-number",
        N_("Write a mobile number, or a landline with its area code: 0731-88880000."),
    )


class PhoneError(Misread):
    """A text that is not a telephone number; ``reason`` is a ``PhoneFault``."""


@dataclass(frozen=True, slots=True)
class Uscc:
    """A unified social credit code of the right form (IDN-05).

    ``check_ok`` is the code's own check character (IDN-06), ``subject_ok`` that of the subject code
    inside it (IDN-07). Either false is a warning that staff may confirm, since some early real
    codes fail (IDN-08).
    """

    code: str
    check_ok: bool
    subject_ok: bool

    def __str__(self) -> str:
        return self.code


def parse_uscc(text: str) -> Uscc:
    """Read a code as typed: full-width and small letters, spaces and hyphens are put right.

    A wrong length, a letter that the alphabet lacks and a region that is no number are refused
    with ``UsccError``; a failed check only shows in the answer.
    """
    # Longer input is measured, not read.
    code = text if len(text) > MOST_CODE_CHARACTERS else _GAPS.sub("", _plain(text)).upper()
    if not code:
        raise UsccError(UsccFault.REQUIRED)
    if len(code) != 18:
        raise UsccError(UsccFault.WRONG_LENGTH, given=len(code))
    if not _LETTERS_DIGITS.fullmatch(code):
        raise UsccError(UsccFault.BAD_CHARACTER)
    forbidden = _FORBIDDEN.search(code)
    if forbidden:
        raise UsccError(UsccFault.FORBIDDEN_LETTER, given=forbidden[0])
    if not _REGION.fullmatch(code[2:8]):
        raise UsccError(UsccFault.BAD_REGION)
    # uscc.validate would refuse the authorities whose codes are letters (A, N, Y): ask it only for
    # the check character.
    return Uscc(
        code,
        check_ok=uscc.calc_check_digit(code[:17]) == code[17],
        subject_ok=_subject_check(code[8:16]) == code[16],
    )


def canonical_phone(text: str) -> str:
    """The one form of a telephone number: ``+8613…``, an extension behind a hyphen.

    A number without a country is one of China: a mobile, a landline with its area code, or a
    400/800 number. Spaces, hyphens, brackets and full-width digits are put right, ``00`` is ``+``.
    Anything else is refused with ``PhoneError``; nothing is dropped or guessed.
    """
    if len(text) > MOST_CODE_CHARACTERS:
        raise PhoneError(PhoneFault.TOO_LONG)
    written = _EXTENSION.split(_plain(text).strip().lower(), maxsplit=1)
    if not written[0]:
        return ""
    number = _PUNCTUATION.sub("", written[0])
    extension = f"-{written[1].strip()}" if len(written) > 1 else ""
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if len(number) > MOST_PHONE_DIGITS + 1:
        raise PhoneError(PhoneFault.TOO_LONG)
    home = number.removeprefix("+86") if number.startswith("+86") else number
    if _HOME.fullmatch(home):
        number = f"+86{home.removeprefix('0')}"
    elif number.startswith("+86") or not _ABROAD.fullmatch(number):
        raise PhoneError(PhoneFault.NOT_A_NUMBER)
    if extension and not _SHORT.fullmatch(extension):
        raise PhoneError(PhoneFault.NOT_A_NUMBER)
    return number + extension


def canonical_email(text: str) -> str:
    """The one form of an address that is stored and compared: two spellings, one account.

    NFKC, trimmed, lower case throughout, the domain in its ASCII form without a closing dot; a
    ``+tag`` stays, since it is another mailbox to most hosts. Refused with ``EmailError``: no or
    several @, more than 254 characters, control and invisible characters (so nothing is smuggled
    into a mail's head), a local part beyond ASCII (look-alikes). The domain is not looked up.
    """
    if len(text) > MOST_EMAIL_CHARACTERS + 64:
        raise EmailError(EmailFault.TOO_LONG)
    if has_unseen(text):
        raise EmailError(EmailFault.HIDDEN_CHARACTER)
    address = _plain(text).strip().lower()
    if not address:
        raise EmailError(EmailFault.REQUIRED)
    if address.count("@") != 1:
        raise EmailError(EmailFault.NOT_AN_ADDRESS)
    address = address.removesuffix(".")
    if len(address) > MOST_EMAIL_CHARACTERS:
        raise EmailError(EmailFault.TOO_LONG)
    try:
        valid = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise EmailError(EmailFault.NOT_AN_ADDRESS) from None
    return f"{valid.local_part}@{valid.ascii_domain}".lower()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _subject_check(body: str) -> str:
    """The check character of an eight-character subject code (IDN-07)."""
    total = sum(int(each, 36) * weight for each, weight in zip(body, _SUBJECT_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]
