"""P-30 with the key kept elsewhere: who owns the database cannot write the record anew unseen."""

import json
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config import ConfigError, Settings
from market.kernel import signing
from market.kernel.authority import Actor
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.kernel.journal import (
    FIRST,
    Checkpoint,
    CheckpointSignature,
    Entry,
    canonical,
    checkpoint,
    record,
    verify,
)
from market.kernel.signing import (
    SIGNED_WITHIN,
    KeyFault,
    append_outside,
    key_id,
    make_key,
    read_key,
    read_outside,
    read_public_key,
    sign,
    verify_outside,
    verify_signatures,
)
from tests.kernel.test_journal import disarm

ACTOR = Actor(7, party_id=3)


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def public(key: Ed25519PrivateKey) -> Ed25519PublicKey:
    return key.public_key()


def write(s: Session, at: datetime, count: int = 6) -> datetime:
    """So many entries, each with its checkpoint; gives the instant of the last."""
    for n in range(count):
        at += timedelta(minutes=1)
        record(s, "offer.made", by=ACTOR, at=at, thread=("listing", n % 2 + 1), price=n)
        checkpoint(s, at=at)
    return at


def rewritten(s: Session) -> None:
    """All that an owner of the database without the key can do: chain everything anew."""
    disarm(s)
    heads: dict[tuple[str, int], str] = {}
    for entry in s.scalars(select(Entry).order_by(Entry.id)):
        entry.facts = entry.facts.replace("price", "prize")
        entry.previous = heads.get(entry.thread, FIRST)
        entry.hash = heads[entry.thread] = entry.digest()
    s.flush()
    fresh = {(e.thread_kind, e.thread_id, e.seq): e.hash for e in s.scalars(select(Entry))}
    previous = FIRST
    for made in s.scalars(select(Checkpoint).order_by(Checkpoint.id)):
        heads_then = [[k, i, n, fresh[k, i, n]] for k, i, n, _hash in json.loads(made.heads)]
        made.heads = canonical(heads_then).decode()
        made.previous = previous
        made.hash = previous = made.digest()
    s.flush()


def test_signed_checkpoints_hold(
    session: Session, key: Ed25519PrivateKey, public: Ed25519PublicKey, at: datetime
) -> None:
    last = write(session, at)
    assert sign(session, key, at=last) == 6
    assert sign(session, key, at=last) == 0, "each is signed once"
    assert verify_signatures(session, [public], at=last) == []


def test_what_is_chained_anew_without_the_key_is_found(
    session: Session, key: Ed25519PrivateKey, public: Ed25519PublicKey, at: datetime
) -> None:
    last = write(session, at)
    sign(session, key, at=last)
    rewritten(session)
    assert verify(session).findings == (), "the chain itself is whole again"
    assert len(verify_signatures(session, [public], at=last)) == 6


def test_chaining_anew_and_dropping_the_signatures_is_found_by_time(
    session: Session, key: Ed25519PrivateKey, public: Ed25519PublicKey, at: datetime
) -> None:
    last = write(session, at)
    sign(session, key, at=last)
    rewritten(session)
    session.execute(delete(CheckpointSignature))
    later = last + SIGNED_WITHIN + timedelta(seconds=1)
    assert len(verify_signatures(session, [public], at=later)) == 6


def test_signing_anew_with_another_key_is_found(
    session: Session, key: Ed25519PrivateKey, public: Ed25519PublicKey, at: datetime
) -> None:
    last = write(session, at)
    sign(session, key, at=last)
    rewritten(session)
    session.execute(delete(CheckpointSignature))
    sign(session, Ed25519PrivateKey.generate(), at=last)
    findings = verify_signatures(session, [public], at=last)
    assert sum("foreign key" in f.what for f in findings) == 6


def test_the_newest_checkpoint_may_wait_for_its_signature_a_while(
    session: Session, key: Ed25519PrivateKey, public: Ed25519PublicKey, at: datetime
) -> None:
    last = write(session, at, 3)
    sign(session, key, at=last)
    newest = write(session, last, 1)
    assert verify_signatures(session, [public], at=newest + SIGNED_WITHIN) == []
    late = verify_signatures(session, [public], at=newest + SIGNED_WITHIN + timedelta(seconds=1))
    assert [f.what for f in late] == ["is not signed"]


def test_a_checkpoint_skipped_between_signed_ones_is_found_at_once(
    session: Session, key: Ed25519PrivateKey, public: Ed25519PublicKey, at: datetime
) -> None:
    last = write(session, at, 3)
    sign(session, key, at=last)
    disarm(session)
    second = session.scalars(select(Checkpoint).order_by(Checkpoint.id)).all()[1].id
    session.execute(delete(CheckpointSignature).where(CheckpointSignature.checkpoint_id == second))
    found = verify_signatures(session, [public], at=last)
    assert [(f.where, f.what) for f in found] == [(f"checkpoint/{second}", "is not signed")]


@pytest.mark.parametrize("forged", ["00" * 64, "zz", "", "ab"])
def test_a_forged_signature_is_found(
    session: Session, key: Ed25519PrivateKey, public: Ed25519PublicKey, at: datetime, forged: str
) -> None:
    last = write(session, at, 2)
    sign(session, key, at=last)
    disarm(session)
    session.execute(update(CheckpointSignature).values(signature=forged))
    session.expire_all()
    found = verify_signatures(session, [public], at=last)
    assert sum("does not fit" in f.what for f in found) == 2


@pytest.mark.parametrize("verb", ["UPDATE {} SET key_id = key_id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_a_signature(
    database: Database, key: Ed25519PrivateKey, at: datetime, verb: str
) -> None:
    with database.transaction() as s:
        sign(s, key, at=write(s, at, 1))
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as s:
        s.execute(text(verb.format("journal_signatures")))


# ── the file outside ─────────────────────────────────────────────────────────────────────────────


def test_what_was_cut_off_is_found_by_what_stands_outside(
    session: Session,
    key: Ed25519PrivateKey,
    public: Ed25519PublicKey,
    at: datetime,
    tmp_path: Path,
) -> None:
    outside = tmp_path / "outside.jsonl"
    last = write(session, at)
    sign(session, key, at=last)
    assert append_outside(session, public, outside) == 6
    disarm(session)
    newest = session.scalars(select(Checkpoint).order_by(Checkpoint.id.desc()).limit(1)).one()
    session.execute(
        delete(CheckpointSignature).where(CheckpointSignature.checkpoint_id == newest.id)
    )
    session.execute(delete(Checkpoint).where(Checkpoint.id == newest.id))
    session.execute(delete(Entry).where(Entry.id == newest.upto))
    session.expire_all()
    assert verify(session).findings == ()
    assert verify_signatures(session, [public], at=last) == [], "from inside nothing is missing"
    lines, _ = read_outside(outside)
    found = verify_outside(session, lines, [public])
    assert [f.what for f in found] == ["is missing inside: the record was cut off"]


def test_what_was_written_anew_is_found_by_what_stands_outside(
    session: Session,
    key: Ed25519PrivateKey,
    public: Ed25519PublicKey,
    at: datetime,
    tmp_path: Path,
) -> None:
    """Sabotage beside it: without the file an owner who has the signing key too goes unseen."""
    outside = tmp_path / "outside.jsonl"
    last = write(session, at)
    sign(session, key, at=last)
    append_outside(session, public, outside)
    rewritten(session)
    session.execute(delete(CheckpointSignature))
    sign(session, key, at=last)
    assert verify_signatures(session, [public], at=last) == []
    lines, _ = read_outside(outside)
    assert len(verify_outside(session, lines, [public])) == 6


def test_lines_are_appended_once_and_none_is_left_out(
    session: Session, key: Ed25519PrivateKey, public: Ed25519PublicKey, at: datetime, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.jsonl"
    last = write(session, at, 2)
    sign(session, key, at=last)
    append_outside(session, public, outside)
    sign(session, key, at=write(session, last, 3))  # and here the machine stopped
    assert append_outside(session, public, outside) == 3
    assert append_outside(session, public, outside) == 0
    lines, strange = read_outside(outside)
    assert [line.checkpoint for line in lines] == sorted({line.checkpoint for line in lines})
    assert len(lines) == 5
    assert strange == []


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b"null", b'{"checkpoint": 1}', b"\xff", b'{"checkpoint": "x"}']
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: bytes) -> None:
    outside = tmp_path / "outside.jsonl"
    outside.write_bytes(line + b"\n")
    lines, strange = read_outside(outside)
    assert lines == []
    assert [f.where for f in strange] == ["outside#1"]


def test_a_line_that_was_tampered_with_outside_is_found(
    session: Session, key: Ed25519PrivateKey, public: Ed25519PublicKey, at: datetime, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.jsonl"
    sign(session, key, at=write(session, at, 1))
    append_outside(session, public, outside)
    told = json.loads(outside.read_text())
    outside.write_text(json.dumps({**told, "hash": "0" * 64}) + "\n")
    lines, _ = read_outside(outside)
    assert [f.what for f in verify_outside(session, lines, [public])] == [
        "carries a foreign or forged signature"
    ]
    assert [f.what for f in verify_outside(session, lines, [])] == [
        "differs inside: the record was written anew"
    ]


def test_without_comparing_signatures_a_rewritten_record_would_pass(
    session: Session,
    key: Ed25519PrivateKey,
    public: Ed25519PublicKey,
    at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sabotage: with the check of the signature taken away the rewriting goes unseen."""
    last = write(session, at)
    sign(session, key, at=last)
    rewritten(session)
    assert verify_signatures(session, [public], at=last)
    monkeypatch.setattr(signing, "_holds", lambda *_args: True)
    assert not verify_signatures(session, [public], at=last)


# ── keys and commands ────────────────────────────────────────────────────────────────────────────


def test_a_key_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "sign.key"
    name = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = read_public_key(tmp_path / "sign.key.pub")
    assert name == key_id(public) == key_id(read_key(path).public_key())
    with pytest.raises(FileExistsError):
        make_key(path)


def test_what_is_no_key_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "no.key"
    path.write_text("nothing")
    for read in (read_key, read_public_key):
        with pytest.raises(KeyFault):
            read(path)


@pytest.fixture
def _clock(at: datetime) -> Iterator[None]:
    set_clock(lambda: at)
    yield
    set_clock(None)


@pytest.mark.usefixtures("_clock")
def test_the_commands_sign_append_and_prove(app: Flask, at: datetime, tmp_path: Path) -> None:
    run = app.test_cli_runner().invoke
    key, outside = str(tmp_path / "k"), str(tmp_path / "o")
    assert run(args=["journal", "keygen", key]).exit_code == 0
    assert run(args=["journal", "keygen", key]).exit_code == 1
    with app.extensions["market.database"].transaction() as s:
        write(s, at, 3)
    signed = run(args=["journal", "sign", "--key", key, "--append", outside])
    assert "3 checkpoints signed" in signed.output
    assert "3 lines appended" in signed.output
    proof = ["journal", "verify", "--public-key", f"{key}.pub", "--against", outside]
    assert run(args=proof).output.endswith("holds\n")
    with app.extensions["market.database"].transaction() as s:
        disarm(s)
        s.execute(text("DELETE FROM journal_signatures"))
        s.execute(text("DELETE FROM journal_checkpoints"))
        s.execute(text("DELETE FROM journal_entries"))
    cut = run(args=proof)
    assert cut.exit_code == 1
    assert cut.output.count("the record was cut off") == 3
    assert run(args=["journal", "verify"]).exit_code == 0, "from inside nothing is missing"
    assert run(args=["journal", "sign", "--key", f"{key}.pub"]).exit_code == 1


def test_settings_for_signing_contradict_nothing(tmp_path: Path) -> None:
    key = tmp_path / "k"
    with pytest.raises(ConfigError, match="MARKET_CHECKPOINT_FILE"):
        Settings.for_tests(tmp_path, checkpoint_file=tmp_path / "o")
    with pytest.raises(ConfigError, match="MARKET_SIGNING_KEY"):
        Settings.for_tests(tmp_path, signing_key=key)
    make_key(key)
    kept = Settings.from_env({"MARKET_INSTANCE": str(tmp_path), "MARKET_SIGNING_KEY": str(key)})
    assert kept.signing_key == key
