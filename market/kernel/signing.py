"""Checkpoints signed with Ed25519, and the file outside that keeps what was signed.

Who owns the database could write the whole journal anew, hashes, checkpoints and all. They cannot
sign it: the key need not be where the market runs. The signed lines kept outside say how far the
journal had come, so that a tail cut off is seen too (P-30).
"""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel.journal import Checkpoint, CheckpointSignature, Finding, canonical

SIGNATURE_DOMAIN = b"ttm/checkpoint-signature/v1\x00"
SIGNED_WITHIN = timedelta(minutes=10)
"""How old a checkpoint at the end may be and still wait for its signature."""


class KeyFault(ValueError):
    """A file that is no Ed25519 key."""


def make_key(path: Path) -> str:
    """Write a new key, readable by its owner only, and its public half beside it; gives its id."""
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
        kept.write(secret)
    public = key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.with_name(f"{path.name}.pub").write_bytes(pem)
    return key_id(public)


def read_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise KeyFault(f"{path} holds no private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFault(f"{path} holds no Ed25519 key")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The public key in a file."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except ValueError as error:
        raise KeyFault(f"{path} holds no public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFault(f"{path} holds no Ed25519 key")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """What a key is called: the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def statement(made: Checkpoint) -> dict[str, object]:
    """What is signed of a checkpoint."""
    stamp = made.at.isoformat(timespec="microseconds")
    return {"checkpoint": made.id, "at": stamp, "upto": made.upto, "hash": made.hash}


def _message(stated: dict[str, object]) -> bytes:
    return SIGNATURE_DOMAIN + canonical(stated)


def sign(session: Session, key: Ed25519PrivateKey, *, at: datetime) -> int:
    """Sign each checkpoint that this key has not signed yet; gives how many."""
    name = key_id(key.public_key())
    signed = select(CheckpointSignature.checkpoint_id).where(CheckpointSignature.key_id == name)
    bare = select(Checkpoint).where(Checkpoint.id.not_in(signed)).order_by(Checkpoint.id)
    count = 0
    for made in session.scalars(bare):
        signature = key.sign(_message(statement(made))).hex()
        session.add(
            CheckpointSignature(
                checkpoint_id=made.id, key_id=name, signature=signature, signed_at=at
            )
        )
        count += 1
    session.flush()
    return count


# ── the file outside ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """One line of the file outside: a checkpoint as it was signed, by whom."""

    stated: dict[str, object]
    key: str
    signature: str

    @property
    def checkpoint(self) -> int:
        """The checkpoint's number."""
        return int(str(self.stated["checkpoint"]))

    def written(self) -> bytes:
        """The line as it stands in the file."""
        return canonical({**self.stated, "key": self.key, "signature": self.signature}) + b"\n"


def read_outside(path: Path) -> tuple[list[Line], list[Finding]]:
    """The lines of the file outside, and those that are none."""
    lines, findings = [], []
    for number, text in enumerate(path.read_bytes().splitlines(), 1):
        try:
            told = json.loads(text)
            names = ("checkpoint", "at", "upto", "hash")
            line = Line({name: told[name] for name in names}, told["key"], told["signature"])
            lines += [line] if line.checkpoint > 0 else []
        except (ValueError, KeyError, TypeError):
            findings.append(Finding(f"outside#{number}", "is no line of a signed checkpoint"))
    return lines, findings


def append_outside(session: Session, key: Ed25519PublicKey, path: Path) -> int:
    """Append what was signed and is not outside yet, durably; gives how many lines."""
    path.touch(mode=0o644)
    known = {(line.checkpoint, line.key) for line in read_outside(path)[0]}
    found = (
        select(Checkpoint, CheckpointSignature.signature)
        .join(CheckpointSignature, CheckpointSignature.checkpoint_id == Checkpoint.id)
        .where(CheckpointSignature.key_id == key_id(key))
        .order_by(Checkpoint.id)
    )
    fresh = [
        Line(statement(made), key_id(key), signature)
        for made, signature in session.execute(found)
        if (made.id, key_id(key)) not in known
    ]
    with path.open("ab") as outside:
        outside.write(b"".join(line.written() for line in fresh))
        outside.flush()
        os.fsync(outside.fileno())
    return len(fresh)


# ── proof ────────────────────────────────────────────────────────────────────────────────────────


def verify_signatures(
    session: Session, keys: Sequence[Ed25519PublicKey], *, at: datetime
) -> list[Finding]:
    """Each checkpoint is signed by one of these keys, but for the newest, and by no other."""
    known = {key_id(key): key for key in keys}
    findings: list[Finding] = []
    signed: set[int] = set()
    made = {each.id: each for each in session.scalars(select(Checkpoint).order_by(Checkpoint.id))}
    for each in session.scalars(select(CheckpointSignature)):
        place = f"checkpoint/{each.checkpoint_id}"
        if each.key_id not in known:
            findings.append(Finding(place, f"is signed by a foreign key {each.key_id[:16]}"))
        elif each.checkpoint_id not in made:
            findings.append(Finding(place, "is signed and missing"))
        elif not _holds(known[each.key_id], statement(made[each.checkpoint_id]), each.signature):
            findings.append(Finding(place, "carries a signature that does not fit it"))
        else:
            signed.add(each.checkpoint_id)
    last = max(signed, default=0)
    for number, each_made in made.items():
        if number not in signed and (number < last or at - each_made.at > SIGNED_WITHIN):
            findings.append(Finding(f"checkpoint/{number}", "is not signed"))
    return findings


def verify_outside(
    session: Session, lines: Iterable[Line], keys: Sequence[Ed25519PublicKey]
) -> list[Finding]:
    """All that stands outside stands in the database too, exactly so; else its tail was cut off."""
    known = {key_id(key): key for key in keys}
    findings = []
    for line in lines:
        place = f"outside/checkpoint/{line.checkpoint}"
        made = session.get(Checkpoint, line.checkpoint)
        key = known.get(line.key)
        if keys and (key is None or not _holds(key, line.stated, line.signature)):
            findings.append(Finding(place, "carries a foreign or forged signature"))
        elif made is None:
            findings.append(Finding(place, "is missing inside: the record was cut off"))
        elif statement(made) != line.stated:
            findings.append(Finding(place, "differs inside: the record was written anew"))
    return findings


def _holds(key: Ed25519PublicKey, stated: dict[str, object], signature: str) -> bool:
    try:
        key.verify(bytes.fromhex(signature), _message(stated))
    except (InvalidSignature, ValueError):
        return False
    return True
