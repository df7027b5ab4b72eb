"""Prove what left the market, without the market: needs this file and `cryptography` only.

    python prove.py sign.key.pub signed.jsonl [record-….jsonl …]

Checks the signature of each line kept outside, and the hash and the chain of each exported entry.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

SIGNATURE, ENTRY = b"ttm/checkpoint-signature/v1\x00", b"ttm/journal/v1\x00"


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed(line: dict[str, Any], key: Ed25519PublicKey) -> bool:
    """Whether a line kept outside carries this key's signature."""
    stated = {name: line[name] for name in ("checkpoint", "at", "upto", "hash")}
    try:
        key.verify(bytes.fromhex(line["signature"]), SIGNATURE + canonical(stated))
    except (InvalidSignature, ValueError):
        return False
    return True


def digest(entry: dict[str, Any]) -> str:
    """The hash that an exported entry must carry."""
    body = {
        "thread": [entry["thread_kind"], entry["thread_id"]],
        "seq": entry["seq"],
        "act": entry["act"],
        "at": entry["at"],
        "user": entry["user_id"],
        "party": entry["party_id"],
        "subject": [entry["subject_kind"], entry["subject_id"]],
        "facts": entry["facts"],
    }
    if entry["changes"]:
        body["changes"] = entry["changes"]
    return hashlib.sha256(ENTRY + entry["previous"].encode() + canonical(body)).hexdigest()


def rows(path: Path) -> list[dict[str, Any]]:
    """The lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def faults(public: Path, outside: Path, *exports: Path) -> list[str]:
    """Whatever does not hold, by its place."""
    key = load_pem_public_key(public.read_bytes())
    assert isinstance(key, Ed25519PublicKey), "the first file is no Ed25519 key"
    found = [
        f"{outside}: checkpoint {line['checkpoint']} is not signed by this key"
        for line in rows(outside)
        if not signed(line, key)
    ]
    heads: dict[tuple[str, int], tuple[int, str]] = {}
    for entry in (entry for path in exports for entry in rows(path)):
        thread = entry["thread_kind"], entry["thread_id"]
        if not entry["withheld"] and digest(entry) != entry["hash"]:
            found.append(f"entry {entry['id']} was altered")
        seq, head = heads.get(thread, (0, ""))
        if entry["seq"] == seq + 1 and head and entry["previous"] != head:
            found.append(f"entry {entry['id']} does not follow the one before it")
        heads[thread] = entry["seq"], entry["hash"]
    return found


if __name__ == "__main__":
    wrong = faults(*map(Path, sys.argv[1:]))
    print("\n".join(wrong) or "holds")
    sys.exit(1 if wrong else 0)
