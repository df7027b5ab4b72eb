"""The post: each letter once, none lost, whatever happens to senders and servers."""

import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError

from market.kernel.db import Database
from market.kernel.mail import Item, Letter, Words, write
from market.kernel.mailers import Rejected, SmtpMailer, Unreachable, Unsent
from market.kernel.outbox import (
    LEASE,
    MOST_TRIES,
    WIPED,
    Post,
    Sent,
    send_due,
    try_again,
    undelivered,
    wait_after,
)
from tests.engines import ROOT
from tests.kernel.smtp import free_port, mail_server

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SENDER = "post@market.example"


def clock() -> datetime:
    return AT


def letters(database: Database, count: int = 1, **over: object) -> None:
    """So many letters in the post."""
    with database.transaction() as s:
        for nth in range(count):
            written = {
                "key": f"letter-{nth}",
                "to_address": f"p{nth}@x.example",
                "language": "en",
                "subject": "Hello",
                "plain": "Hello",
                "html": "<p>Hello</p>",
                "written_at": AT,
                "due_at": AT,
                **over,
            }
            s.add(Letter(**written))


def only(database: Database) -> Letter:
    with database.reading() as s:
        letter = s.scalars(select(Letter)).one()
        s.expunge(letter)
        return letter


class Twin:
    """Takes letters, or raises what it was told to."""

    def __init__(self, error: Exception | None = None, pause: float = 0) -> None:
        self.error, self.pause = error, pause
        self.taken: list[str] = []

    def send(self, message: EmailMessage) -> None:
        time.sleep(self.pause)
        if self.error is not None:
            raise self.error
        self.taken.append(str(message["To"]))


def test_a_letter_goes_once_by_smtp(database: Database) -> None:
    letters(database, 3)
    with mail_server() as server:
        post = Post(SmtpMailer(server.url), SENDER)
        assert send_due(database, post, clock) == Sent(3, 0)
        assert send_due(database, post, clock) == Sent(0, 0)
    assert [str(m["To"]) for m in server.taken] == [f"p{n}@x.example" for n in range(3)]


def test_a_letter_is_not_sent_before_it_is_due(database: Database) -> None:
    letters(database, due_at=AT + timedelta(minutes=1))
    post = Post(Twin(), SENDER)
    assert send_due(database, post, clock) == Sent(0, 0)
    assert send_due(database, post, lambda: AT + timedelta(minutes=1)) == Sent(1, 0)


def test_a_server_that_comes_back_gets_the_letter(database: Database) -> None:
    letters(database, 2)
    port = free_port()
    post = Post(SmtpMailer(f"smtp://127.0.0.1:{port}"), SENDER)
    assert send_due(database, post, clock) == Sent(0, 1), "the second is not even tried"
    with mail_server() as server:
        post = Post(SmtpMailer(server.url), SENDER)
        assert send_due(database, post, clock) == Sent(1, 0), "the first waits a minute"
        assert send_due(database, post, lambda: AT + timedelta(minutes=1)) == Sent(1, 0)
    assert len(server.taken) == 2


def test_a_letter_waits_longer_after_each_try_and_is_given_up(database: Database) -> None:
    letters(database)
    post, at, waits = Post(Twin(Unsent("451 later")), SENDER), AT, []
    for _ in range(MOST_TRIES):
        assert send_due(database, post, lambda: at) == Sent(0, 1)  # noqa: B023  called at once
        waits.append(only(database).due_at - at)
        at = only(database).due_at
    assert waits[:4] == [timedelta(minutes=m) for m in (1, 2, 4, 8)]
    assert waits[-1] == wait_after(99) == timedelta(hours=6)
    assert timedelta(days=1) < sum(waits, timedelta()) < timedelta(days=4)
    assert send_due(database, post, lambda: at + timedelta(days=9)) == Sent(0, 0)
    with database.reading() as s:
        assert [letter.failed_why for letter in undelivered(s)] == ["451 later"]


def test_a_letter_that_was_refused_for_good_is_given_up_at_once_and_sent_again_by_hand(
    database: Database,
) -> None:
    letters(database)
    assert send_due(database, Post(Twin(Rejected("550 unknown")), SENDER), clock) == Sent(0, 1)
    later = AT + timedelta(days=1)
    assert send_due(database, Post(Twin(), SENDER), lambda: later) == Sent(0, 0)
    with database.transaction() as s:
        try_again(s.scalars(select(Letter)).one(), later)
    assert send_due(database, Post(Twin(), SENDER), lambda: later) == Sent(1, 0)
    assert only(database).failed_why == ""


def test_a_letter_that_no_mail_can_be_is_given_up_and_holds_up_nobody(database: Database) -> None:
    letters(database, to_address="a@x.example\r\nBcc: all@x.example")
    letters(database, key="good")
    twin = Twin()
    assert send_due(database, Post(twin, SENDER), clock) == Sent(1, 1)
    assert twin.taken == ["p0@x.example"]


@pytest.mark.parametrize("error", [None, Rejected("550"), Unsent("451"), Unreachable("away")])
def test_a_secret_letter_is_wiped_once_it_is_sent_or_given_up(
    database: Database, error: Exception | None
) -> None:
    letters(database, secret=True, plain="https://m.example/reset/abc", html="abc")
    send_due(database, Post(Twin(error), SENDER), clock)
    kept = only(database)
    wiped = error is None or isinstance(error, Rejected)
    assert (kept.plain == kept.html == WIPED) is wiped


def test_an_open_letter_is_kept_as_it_was_sent(database: Database) -> None:
    letters(database)
    send_due(database, Post(Twin(), SENDER), clock)
    assert only(database).plain == "Hello"


# ── senders at once, senders that die ────────────────────────────────────────────────────────────

SENDERS, MANY = 6, 24


def sent_by_many(database: Database) -> Counter[str]:
    """Many senders let go together; how often each address got its letter."""
    twin, gate = Twin(pause=0.01), threading.Barrier(SENDERS)

    def run() -> None:
        gate.wait()
        for _ in range(40):
            try:
                send_due(database, Post(twin, SENDER), clock)
            except DBAPIError:
                time.sleep(0.01)  # SQLite without its lock: busy; the next tick tries again
            else:
                return

    threads = [threading.Thread(target=run) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(twin.taken)


def test_senders_at_once_send_each_letter_once(database: Database) -> None:
    letters(database, MANY)
    assert sent_by_many(database) == Counter(f"p{n}@x.example" for n in range(MANY))


def test_without_the_lock_on_the_claim_a_letter_goes_twice(database: Database) -> None:
    """Sabotage: rows are claimed without FOR UPDATE, on SQLite without a transaction."""
    letters(database, MANY)
    database._writer = None

    @event.listens_for(database.engine, "before_cursor_execute", retval=True)
    def unlock(_c: Any, _cur: Any, sql: str, values: Any, _ctx: Any, _many: Any) -> Any:
        if sql == "BEGIN IMMEDIATE":
            sql = "SELECT 1"
        return sql.partition(" FOR UPDATE")[0], values

    @event.listens_for(database.engine, "after_cursor_execute")
    def dawdle(_c: Any, _cur: Any, sql: str, _values: Any, _ctx: Any, _many: Any) -> None:
        if "FROM letters" in sql:
            time.sleep(0.02)

    assert max(sent_by_many(database).values()) > 1


def test_a_sender_whose_lease_ran_out_does_not_undo_what_another_did(database: Database) -> None:
    letters(database)
    late = AT + LEASE

    class Slow(Twin):
        """While it sends, the lease runs out and another sender sends."""

        def send(self, message: EmailMessage) -> None:
            assert send_due(database, Post(Twin(), SENDER), lambda: late) == Sent(1, 0)
            raise Unsent("421 timeout")

    send_due(database, Post(Slow(), SENDER), clock)
    kept = only(database)
    assert kept.sent_at == late
    assert kept.failed_why == ""


KILLED = """
import os, signal, sys
from datetime import datetime
from market.kernel import outbox
from market.kernel.db import Database
from market.kernel.mailers import SmtpMailer

url, at, server, when = sys.argv[1:]

class Dying:
    def send(self, message):
        if when == "after":
            SmtpMailer(server).send(message)
        os.kill(os.getpid(), signal.SIGKILL)

outbox.send_due(Database(url), outbox.Post(Dying(), "post@market.example"),
                lambda: datetime.fromisoformat(at))
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_sender_loses_nothing_and_what_goes_twice_is_known_by_its_id(
    database: Database, engine_url: str, when: str
) -> None:
    letters(database)
    with mail_server() as server:
        command = [sys.executable, "-c", KILLED, engine_url, AT.isoformat(), server.url, when]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
        post = Post(SmtpMailer(server.url), SENDER)
        assert send_due(database, post, clock) == Sent(0, 0), "the dead one holds its claim"
        assert send_due(database, post, lambda: AT + LEASE) == Sent(1, 0)
        assert send_due(database, post, lambda: AT + 2 * LEASE) == Sent(0, 0)
    assert len(server.taken) == (2 if when == "after" else 1)
    assert len({str(message["Message-ID"]) for message in server.taken}) == 1


# ── what a letter says ───────────────────────────────────────────────────────────────────────────


def written(app: Flask, database: Database, words: Words, language: str = "en") -> Letter:
    with app.app_context(), database.transaction() as s:
        letter = write(s, words, key="k", to="a@x.example", language=language, at=AT)
        assert letter is not None
        assert write(s, words, key="k", to="a@x.example", language=language, at=AT) is None
        s.expunge(letter)
        return letter


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_a_letter_reads_well_as_plain_text_and_escapes_markup(
    app: Flask, database: Database
) -> None:
    evil = "<script>alert(1)</script>"
    words = Words(
        subject=f"Hello\r\nBcc: x {evil}",
        lines=("Dear A,", evil),
        facts=(("About", "R & D"),),
        items=(Item("Waits", "An offer", "A result", "https://m.example/inbox/1"),),
        link="https://m.example/inbox",
        link_words="Open",
        small="Why",
    )
    letter = written(app, database, words)
    assert letter.subject == f"Hello Bcc: x {evil}"
    assert evil in letter.plain
    assert "R & D" in letter.plain
    assert "1. [Waits] An offer\n   A result\n   https://m.example/inbox/1\n" in letter.plain
    assert evil not in letter.html
    assert "&lt;script&gt;" in letter.html
    assert letter.plain.startswith("Dear A,\n\n")
    assert "\n\n\n\n" not in letter.plain


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_letters_in_development_lie_in_the_instance_folder(
    app: Flask, database: Database, tmp_path: Path
) -> None:
    letters(database)
    post = app.extensions["market.post"]
    assert send_due(database, post, clock) == Sent(1, 0)
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1
