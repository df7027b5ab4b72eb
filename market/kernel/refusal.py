"""Refusals: the only way the market says no."""

from enum import Enum


class Refusal(Enum):
    """A code and a sentence. Each slice lists its own beneath its laws.

    The value is ``(code, sentence)``: the code is kebab-case and stable (tests, API), the sentence
    is English marked with ``N_`` and translated where it is shown. A sentence may hold named
    places (``%(least)s``) that the refusing command fills.
    """

    code: str
    sentence: str

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        self.sentence = sentence

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this: the state of things forbids it."""
        return 409


class Denial(Refusal):
    """A refusal about *who*: it answers 403 and never shows a button."""

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this: this person may not."""
        return 403


class Refused(Exception):
    """Raised by a command when its rule gave a refusal; rolls the transaction back.

    ``field`` names the form field at which the sentence is best read.
    """

    def __init__(self, refusal: Refusal, field: str | None = None, **detail: object) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.field = field
        self.detail = detail


def insist(refusal: Refusal | None, field: str | None = None, **detail: object) -> None:
    """Raise ``Refused`` where a rule gave a refusal; the second beat of every command."""
    if refusal is not None:
        raise Refused(refusal, field, **detail)
