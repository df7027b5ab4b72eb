"""Words for people, kept beside what they name and translated where they are shown."""

from enum import Enum
from typing import Self


def N_(text: str) -> str:  # noqa: N802  the marker that extraction knows
    """Mark a sentence for translation; the page translates it when it is shown."""
    return text


class Labelled(str, Enum):
    """An enum whose members carry a stored value and a label: ``DRAFT = "draft", N_("Draft")``."""

    label: str

    def __new__(cls, value: str, label: str) -> "Labelled":
        """A member from its stored value and its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def of(cls, value: str) -> Self:
        """The member with this value; ValueError where there is none."""
        for member in cls:
            if member.value == value:
                return member
        raise ValueError(value)

    def __str__(self) -> str:
        return str(self._value_)
