"""The demo world."""

from datetime import datetime

SIGN_INS = ""


def load_if_empty(at: datetime) -> None:
    """Load."""
