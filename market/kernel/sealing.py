"""Secrets at rest: what the market must read again is sealed, never stored as it is.

Each purpose has a key of its own, drawn from the market's secret key (HKDF-SHA256), so that what
was sealed for one purpose opens for no other. A seal (AES-256-GCM) is bound to its owner: moved to
another row it does not open.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

KIND = "v1."  # which algorithms; a later kind stands beside it while old seals are still read
DOMAIN = b"ttm/seal/v1/"
NONCE_BYTES = 12


class Unsealable(ValueError):
    """What was given is no seal of this purpose and owner, or was altered."""


class Sealer:
    """Seals and opens for one market; made once, from its secret key."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key.encode()

    def seal(self, text: str, *, purpose: str, owner: str) -> str:
        """The text, sealed for this purpose and owner."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = self._cipher(purpose).encrypt(nonce, text.encode(), owner.encode())
        return _spelt(nonce + closed)

    def open(self, sealed: str, *, purpose: str, owner: str) -> str:
        """The text again; ``Unsealable`` for everything else."""
        try:
            raw = urlsafe_b64decode(sealed.removeprefix(KIND))
            if _spelt(raw) != sealed:  # one seal has one spelling
                raise Unsealable
            nonce, closed = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
            return self._cipher(purpose).decrypt(nonce, closed, owner.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Unsealable from error

    def _cipher(self, purpose: str) -> AESGCM:
        drawn = HKDF(algorithm=SHA256(), length=32, salt=None, info=DOMAIN + purpose.encode())
        return AESGCM(drawn.derive(self._secret_key))


def sealer() -> Sealer:
    """The sealer of the current application."""
    found = current_app.extensions["market.sealer"]
    assert isinstance(found, Sealer)
    return found


def _spelt(raw: bytes) -> str:
    return KIND + urlsafe_b64encode(raw).decode()
