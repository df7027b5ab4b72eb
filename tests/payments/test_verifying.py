"""``payments verify``: honest books show no difference; each kind of tampering is named (P-21)."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from market.kernel.db import Base, Database
from market.ledger.models import Account, Leg, Transfer
from market.payments.models import ObligationShare, Receipt, Settlement
from market.payments.verifying import differences
from tests.engines import Kit
from tests.payments import books

APPEND_ONLY: dict[type[Base], dict[str, object]] = {
    Account: {"currency": "USD"},
    Transfer: {"key": "another"},
    Leg: {"amount_minor": 7},
    ObligationShare: {"weight_bp": 7},
    Settlement: {"amount_minor": 7},
    Receipt: {"amount_minor": 7},
}
"""What is booked takes new rows only; of each an altered column."""

TABLES = [model.__tablename__ for model in APPEND_ONLY]
AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
Tampering = Callable[[Session], None]


@pytest.fixture(scope="module")
def _books(kit: Kit) -> Iterator[Database]:
    url = kit.fresh()
    database = Database(url)
    with database.transaction() as s:
        books.fill(s, AT)
    yield database
    database.dispose()
    kit.drop(url)


@pytest.fixture
def filled(_books: Database) -> Iterator[Session]:
    """Filled books; what is done to them is undone."""
    with Session(_books.engine.execution_options(writes=True)) as session:
        yield session


def named(s: Session) -> list[str]:
    s.expire_all()
    return [str(each) for each in differences(s)]


def test_honest_books_show_no_difference(filled: Session) -> None:
    assert named(filled) == []


# ── nothing that was booked is changed (P-21) ────────────────────────────────────────────────────


def guarded(s: Session) -> set[str]:
    """The tables that a trigger keeps from changes."""
    sqlite = s.get_bind().dialect.name == "sqlite"
    listed = (
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if sqlite
        else "SELECT event_object_table FROM information_schema.triggers"
    )
    return set(s.scalars(text(listed)))


def test_all_that_was_booked_is_kept_by_triggers(filled: Session) -> None:
    assert set(TABLES) <= guarded(filled)


@pytest.mark.parametrize("model", APPEND_ONLY, ids=TABLES)
@pytest.mark.parametrize("act", ["change", "delete"])
def test_the_session_changes_nothing_that_was_booked(
    filled: Session, model: type[Base], act: str
) -> None:
    row = filled.query(model).first()
    if act == "delete":
        filled.delete(row)
    for name, value in APPEND_ONLY[model].items():
        setattr(row, name, value)
    with pytest.raises(DBAPIError, match="append-only"):
        filled.flush()


def plain(s: Session, table: str) -> list[str]:
    """What plain SQL tries on a table."""
    columns = [column.name for column in Base.metadata.tables[table].columns]
    first = columns[0]
    tried = [f"UPDATE {table} SET {column} = {column}" for column in columns]
    tried += [f"DELETE FROM {table}", f"DELETE FROM {table} WHERE {first} > 0"]
    upsert = f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT"
    keys = ", ".join(column.name for column in Base.metadata.tables[table].primary_key)
    tried += [f"{upsert} ({keys}) DO UPDATE SET {first} = excluded.{first}"]
    if s.get_bind().dialect.name == "sqlite":
        tried += [f"REPLACE INTO {table} SELECT * FROM {table}"]
        tried += [f"UPDATE OR REPLACE {table} SET {first} = {first}"]
    else:
        tried += [f"TRUNCATE {table} CASCADE"]
    return tried


@pytest.mark.parametrize("table", TABLES)
def test_plain_sql_changes_nothing_that_was_booked(filled: Session, table: str) -> None:
    for statement in plain(filled, table):
        with pytest.raises(DBAPIError, match="append-only"), filled.begin_nested():
            filled.execute(text(statement))


# ── a superuser who takes the triggers away is found out ─────────────────────────────────────────


def unguard(s: Session) -> None:
    """Take the triggers away, as only the owner of the database can."""
    if s.get_bind().dialect.name == "sqlite":
        for name in s.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            s.execute(text(f"DROP TRIGGER {name}"))
        return
    for table in TABLES:
        s.execute(text(f"DROP TRIGGER {table}_append_only ON {table}"))
        s.execute(text(f"DROP TRIGGER {table}_no_truncate ON {table}"))


def sql(*statements: str) -> Tampering:
    def tamper(s: Session) -> None:
        for statement in statements:
            s.execute(text(statement))

    return tamper


LAST = "(SELECT max(id) FROM ledger_transfers)"
LINE = "(SELECT max(id) FROM ledger_transfers WHERE why = 'match')"
FIRST = "(SELECT min(id) FROM ledger_transfers WHERE why = 'receipt')"
FORGED = f"""
INSERT INTO ledger_transfers
  (key, phase, why, currency, subject_kind, subject_id, at, digest)
SELECT 'forged', phase, why, currency, subject_kind, subject_id, at, digest
FROM ledger_transfers WHERE id = {FIRST}
"""


def sealed_anew(s: Session) -> None:
    """Amounts altered throughout, and the digest of the altered transfer computed anew."""
    transfer = s.get_one(Transfer, s.scalar(text(f"SELECT {FIRST}")))
    for leg in transfer.legs:
        more = 1 if leg.amount_minor > 0 else -1
        s.execute(
            text(
                f"UPDATE ledger_legs SET amount_minor = amount_minor + {more}, "
                f"posted_minor = posted_minor + {more * leg.account.purpose.sign} "
                f"WHERE account_id = {leg.account_id} AND seq = {leg.seq}"
            )
        )
    seal(s, transfer)


def forged(s: Session) -> None:
    """A transfer of the same money once more, after all others, with the digest that it needs."""
    s.execute(text(FORGED))
    first = s.get_one(Transfer, s.scalar(text(f"SELECT {FIRST}")))
    added = s.get_one(Transfer, s.scalar(text(f"SELECT {LAST}")))
    for leg in first.legs:
        s.execute(
            text(
                "INSERT INTO ledger_legs (account_id, seq, transfer_id, outside, amount_minor, "
                f"posted_minor, held_minor) SELECT account_id, seq + 1, {added.id}, outside, "
                f"{leg.amount_minor}, posted_minor + {leg.gain}, held_minor FROM ledger_legs "
                f"WHERE account_id = {leg.account_id} ORDER BY seq DESC LIMIT 1"
            )
        )
    seal(s, added)


def seal(s: Session, transfer: Transfer) -> None:
    s.expire_all()
    told = (
        (x.account_id, x.seq, x.amount_minor, x.posted_minor, x.held_minor) for x in transfer.legs
    )
    digest = transfer.digest_with(told)
    s.execute(text(f"UPDATE ledger_transfers SET digest = '{digest}' WHERE id = {transfer.id}"))


TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    "an amount": (
        sql(f"UPDATE ledger_legs SET amount_minor = amount_minor + 1 WHERE transfer_id = {LINE} "
            "AND amount_minor > 0"),
        r"transfer \d+: legs add to 1",
    ),
    "a balance": (
        sql(f"UPDATE ledger_legs SET posted_minor = posted_minor + 1 WHERE transfer_id = {LINE} "
            "AND amount_minor > 0"),
        r"transfer \d+: the digest is of other facts",
    ),
    "an account": (
        sql(f"UPDATE ledger_legs SET account_id = (SELECT max(id) FROM ledger_accounts), seq = 99 "
            f"WHERE transfer_id = {LINE} AND amount_minor > 0"),
        r"transfer \d+: the digest is of other facts",
    ),
    "an instant": (
        sql(f"UPDATE ledger_transfers SET at = '2020-01-01 00:00:00' WHERE id = {LINE}"),
        r"transfer \d+: the digest is of other facts",
    ),
    "amounts, the digest computed anew": (sealed_anew, r"account \d+: leg \d+ carries"),
    "a transfer added, with its digest": (
        forged, r"transfer \d+: the journal tells of another, or of none"
    ),
    "a transfer gone": (
        sql(f"DELETE FROM ledger_legs WHERE transfer_id = {LAST}",
            f"DELETE FROM ledger_transfers WHERE id = {LAST}"),
        r"the journal tells of it; it is gone",
    ),
    "a leg gone": (
        sql(f"DELETE FROM ledger_legs WHERE transfer_id = {LINE} AND amount_minor > 0"),
        r"transfer \d+: legs add to -\d+",
    ),
    "whose account it is": (
        sql("UPDATE ledger_accounts SET party_id = party_id - 1 WHERE purpose = 'proceeds'"),
        r"settlement \d+: of \d+ moved",
    ),
    "terms of division": (
        sql("UPDATE obligation_shares SET weight_bp = weight_bp + 50 WHERE kind = 'platform' "
            "AND weight_bp < 10000",
            "UPDATE obligation_shares SET weight_bp = weight_bp - 50 WHERE kind = 'seller' "
            "AND weight_bp < 10000"),
        r"settlement \d+: of \d+ moved",
    ),
    "what is paid": (
        sql("UPDATE obligations SET paid_minor = paid_minor - 1, settled_at = NULL, "
            "status = 'open' WHERE status = 'settled'"),
        r"obligation \d+: says \d+ paid; its settlements add to \d+",
    ),
    "a settlement": (
        sql("UPDATE settlements SET amount_minor = amount_minor + 1 "
            "WHERE id = (SELECT min(id) FROM settlements)"),
        r"obligation \d+: says \d+ paid; its settlements add to \d+",
    ),
    "a settlement gone": (
        sql("UPDATE obligations SET paid_minor = 0 "
            "WHERE id = (SELECT min(obligation_id) FROM settlements)",
            "DELETE FROM settlements WHERE id = (SELECT min(id) FROM settlements)"),
        r"transfer \d+: settles, and no settlement says what",
    ),
    "a receipt": (
        sql("UPDATE receipts SET amount_minor = amount_minor - 1"),
        r"receipt \d+: says \d+; its transfer moved \d+",
    ),
    "a receipt gone": (
        sql("DELETE FROM receipts WHERE id = (SELECT min(id) FROM receipts)"),
        r"transfer \d+: money came, and no receipt says for what",
    ),
    "a refund twice": (
        sql("UPDATE payouts SET receipt_id = "
            "(SELECT id FROM receipts ORDER BY amount_minor LIMIT 1)"),
        r"receipt \d+: brought \d+; \d+ of it goes back",
    ),
    "a payment": (
        sql("UPDATE payments SET stage = 'succeeded' WHERE stage = 'cancelled'"),
        r"payment \d+: has succeeded; its receipt says None",
    ),
    "what is authorised": (
        sql("UPDATE payments SET stage = 'cancelled' WHERE stage = 'authorised'"),
        r"payment \d+: has cancelled; its hold is not resolved",
    ),
    "a deposit": (
        sql("UPDATE deposits SET status = 'forfeited' WHERE status = 'refunded'"),
        r"deposit \d+: is forfeited; its hold is voided",
    ),
    "a deposit's end": (
        sql("UPDATE deposits SET status = 'refunded', ended_at = held_at WHERE status = 'held'"),
        r"deposit \d+: is refunded; its hold is not resolved",
    ),
    "a payout": (
        sql("UPDATE payouts SET amount_minor = amount_minor - 1"),
        r"payout \d+: is of \d+; its hold reserved \d+",
    ),
    "a payout that has left": (
        sql("UPDATE payouts SET status = 'failed', proof = '' WHERE status = 'done'"),
        r"payout \d+: is failed; its hold is posted",
    ),
    "a line of the gateway's book": (
        sql("INSERT INTO gateway_movements (channel, external_id, kind, source, amount_minor, "
            "fee_minor, currency, at, seen_at) SELECT 'stripe', 'txn_1', 'payment', 'pi_1', 1, 0, "
            "'CNY', at, at FROM ledger_transfers LIMIT 1"),
        r"stripe txn_1: moved 1, and no transfer answers it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_whoever_takes_the_triggers_away_is_found_out(filled: Session, kind: str) -> None:
    tamper, sentence = TAMPERINGS[kind]
    unguard(filled)
    tamper(filled)
    found = named(filled)
    assert any(re.search(sentence, each) for each in found[:3]), found


def test_the_command_names_the_first_difference_and_fails(app: Flask, at: datetime) -> None:
    database: Database = app.extensions["market.database"]
    with database.transaction() as s:
        books.fill(s, at)
    honest = app.test_cli_runner().invoke(args=["payments", "verify"])
    assert (honest.exit_code, honest.output.splitlines()[-1]) == (0, "adds up: 0 differences")
    with database.transaction() as s:
        unguard(s)
        TAMPERINGS["an amount"][0](s)
    broken = app.test_cli_runner().invoke(args=["payments", "verify"])
    assert broken.exit_code == 1
    assert re.search(TAMPERINGS["an amount"][1], broken.output)
    assert "DOES NOT ADD UP" in broken.output
