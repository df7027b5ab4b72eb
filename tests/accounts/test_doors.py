"""Doors at which attempts are counted: patience, and many at once (promises 6, item 42)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from werkzeug.exceptions import ServiceUnavailable

from market.accounts import doors
from market.accounts.devices import known_device, named, remembered
from market.accounts.limits import Door, counted, wait
from market.accounts.models import Attempts
from market.accounts.passwords import Passwords
from market.kernel.db import Database

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
KEY = "k" * 32


@pytest.mark.parametrize("kind", Door)
def test_the_wait_doubles_up_to_its_longest_and_is_forgotten(kind: Door) -> None:
    none = timedelta(0)
    assert wait(kind, kind.free - 1, AT, AT) == none
    assert wait(kind, kind.free, AT, AT) == kind.first
    assert wait(kind, kind.free, AT, AT + kind.first) == none
    assert wait(kind, kind.free + 1, AT, AT) == min(kind.first * 2, kind.most)
    assert wait(kind, kind.free + 10**9, AT, AT) == kind.most
    assert wait(kind, 10**9, AT, AT + kind.forgets) == none
    assert counted(kind, 10**9, AT, AT + kind.forgets) == 0


def test_a_name_behind_a_door_is_not_read_from_it() -> None:
    kind, name = doors.door(Door.ACCOUNT, "li@x.example", KEY)
    assert name.startswith("account:")
    assert len(name) <= 80
    assert name != doors.door(Door.ACCOUNT, "li@x.example", "other key")[1]
    assert name[8:] != doors.door(Door.LETTER_TO, "li@x.example", KEY)[1][10:]
    assert kind is Door.ACCOUNT


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_network_address_is_a_host_or_a_household(address: str, network: str) -> None:
    assert doors.network_of(address) == network


def test_who_got_in_has_a_clean_door_and_the_network_its_one_attempt_back(
    database: Database,
) -> None:
    both = [doors.door(Door.ACCOUNT, "a", KEY), doors.door(Door.NETWORK, "192.0.2.7", KEY)]
    with database.transaction() as s:
        for _ in range(4):
            assert not doors.knock(s, both, AT)
        doors.forgive(s, both)
    with database.transaction() as s:
        assert {row.door: row.failures for row in s.scalars(select(Attempts))} == {both[1][1]: 3}
        assert not doors.has_counted(s, both[:1])
        assert doors.forget(s, AT + timedelta(days=2)) == 1


def _knock(database: Database, at_doors: list[doors.At]) -> bool:
    with database.transaction() as s:
        return not doors.knock(s, at_doors, AT)


def _look_and_count_later(database: Database, at_doors: list[doors.At]) -> bool:
    """What ``knock`` would be if it looked first and counted after the hash."""
    with database.reading() as s:
        may = not doors.pause(s, at_doors, AT)
    both.wait()
    if may:
        with database.transaction() as s:
            doors.knock(s, at_doors, AT)
    return may


both = threading.Barrier(24, timeout=20)


def through(database: Database, attempt: Callable[[Database, list[doors.At]], bool]) -> int:
    """How many of twenty-four guessers at once get as far as a hash."""
    at_doors = [doors.door(Door.ACCOUNT, "a", KEY)]
    passed: list[bool] = []
    guessers = [
        threading.Thread(target=lambda: passed.append(attempt(database, at_doors)))
        for _ in range(24)
    ]
    for each in guessers:
        each.start()
    for each in guessers:
        each.join()
    assert len(passed) == 24
    return sum(passed)


def test_of_many_guesses_at_once_ten_are_tried(database: Database) -> None:
    assert through(database, _knock) == Door.ACCOUNT.free
    with database.reading() as s:
        assert s.scalar(select(func.sum(Attempts.failures))) == Door.ACCOUNT.free


def test_without_counting_first_all_would_be_tried(database: Database) -> None:
    assert through(database, _look_and_count_later) == 24


# ── hashing in turns ─────────────────────────────────────────────────────────────────────────────


@contextmanager
def busy(passwords: Passwords, places: int) -> Iterator[None]:
    for _ in range(places):
        passwords._places.acquire()
    yield
    for _ in range(places):
        passwords._places.release()


def test_a_long_queue_before_the_hasher_sends_the_next_one_away() -> None:
    passwords = Passwords((8, 1), waiting=0)
    stored = passwords.make("four calm lanterns")
    with busy(passwords, passwords._turns._initial_value):  # type: ignore[attr-defined]
        with pytest.raises(ServiceUnavailable) as crowded:
            passwords.check("four calm lanterns", stored)
        assert ("Retry-After", "2") in crowded.value.get_headers()
    assert passwords.check("four calm lanterns", stored)


# ── devices ──────────────────────────────────────────────────────────────────────────────────────


def test_a_device_knows_its_last_five_people_and_no_altered_cookie() -> None:
    device = known_device(KEY, "")
    cookie = ""
    for user_id in (1, 2, 3, 4, 5, 2, 6):
        cookie = remembered(KEY, known_device(KEY, cookie) if cookie else device, user_id)
    kept = known_device(KEY, cookie)
    assert (kept.id, kept.users) == (device.id, (3, 4, 5, 2, 6))
    assert known_device("another key " * 3, cookie).users == ()
    assert known_device(KEY, cookie[:-2]).users == ()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 "
            "(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0",
            "WeChat iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1 (KHTML, like Gecko) "
            "Version/18.0 Safari/605.1",
            "Safari macOS",
        ),
        ("curl/8.0", " "),
    ],
)
def test_a_device_is_named_in_plain_words(agent: str, words: str) -> None:
    assert " ".join(named(agent)) == words
