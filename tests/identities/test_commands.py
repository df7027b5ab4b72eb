from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.models import Identity
from market.identities.commands import link_identity, unlink_identity
from market.identities.queries import find_identity, identities_of
from market.identities.rules import IdentityRefusal
from market.kernel.authority import Actor, WhoRefusal
from market.kernel.db import Database, Missing
from market.kernel.journal import timeline
from market.kernel.refusal import Refused
from tests import make

ISSUER, NAME = "https://id.example", "一网通办"


def link(s: Session, by: Actor, at: datetime, subject: str = "p-1") -> Identity:
    return link_identity(s, ISSUER, subject, NAME, by=by, at=at)


def people(s: Session, at: datetime, count: int = 2) -> list[Actor]:
    return [make.actor(s, make.user(s, at=at), at) for _ in range(count)]


def test_an_identity_is_linked_to_one_account_and_undone_there(
    session: Session, at: datetime
) -> None:
    li, _ = people(session, at)
    linked = link(session, li, at)
    assert (linked.user_id, linked.linked_at) == (li.user_id, at)
    assert link(session, li, at).id == linked.id  # once more is nothing
    assert [each.id for each in identities_of(session, li.user_id or 0)] == [linked.id]
    unlink_identity(session, linked.id, by=li, at=at)
    assert find_identity(session, ISSUER, "p-1") is None
    told = timeline(session, [("user", li.user_id or 0)])[-2:]
    assert [entry.act for entry in told] == ["account.identity-linked", "account.identity-unlinked"]
    assert "p-1" not in " ".join(entry.facts for entry in told)


def test_an_identity_of_another_account_is_taken(session: Session, at: datetime) -> None:
    li, wang = people(session, at)
    link(session, li, at)
    with pytest.raises(Refused) as no:
        link(session, wang, at)
    assert no.value.refusal is IdentityRefusal.TAKEN


def test_subjects_are_told_apart_by_case_and_by_issuer(session: Session, at: datetime) -> None:
    li, wang = people(session, at)
    link(session, li, at, "abc")
    assert link(session, wang, at, "ABC").user_id == wang.user_id
    other = link_identity(session, "https://other.example", "abc", NAME, by=wang, at=at)
    assert other.user_id == wang.user_id


def test_a_link_of_somebody_else_looks_as_if_it_had_never_been(
    session: Session, at: datetime
) -> None:
    li, wang = people(session, at)
    linked = link(session, li, at)
    for identity_id in (linked.id, linked.id + 1000):
        with pytest.raises(Missing):
            unlink_identity(session, identity_id, by=wang, at=at)
    assert find_identity(session, ISSUER, "p-1") is not None


def test_both_want_the_password_again(session: Session, at: datetime) -> None:
    li, _ = people(session, at)
    linked = link(session, li, at)
    unsure = replace(li, confirmed_at=at - timedelta(minutes=6))
    for act in (
        lambda: link(session, unsure, at, "p-2"),
        lambda: unlink_identity(session, linked.id, by=unsure, at=at),
    ):
        with pytest.raises(Refused) as no:
            act()
        assert no.value.refusal is WhoRefusal.PASSWORD_AGAIN


# ── two at once ──────────────────────────────────────────────────────────────────────────────────


@contextmanager
def two_links(database: Database, at: datetime) -> Iterator[list[object]]:
    """Two people link the same identity at one moment, each having seen that it is free."""
    with database.transaction() as s:
        both = people(s, at)
    seen = Barrier(2, timeout=5)

    def run(by: Actor) -> object:
        with Session(database.engine) as s:
            assert find_identity(s, ISSUER, "p-1") is None
        seen.wait()
        try:
            with database.transaction() as s:
                link(s, by, at)
        except Refused as no:
            return no.refusal
        return None

    with ThreadPoolExecutor(2) as pool:
        yield list(pool.map(run, both))


def test_of_two_who_link_one_identity_at_once_one_has_it(database: Database, at: datetime) -> None:
    with two_links(database, at) as told:
        assert sorted(told, key=str) == sorted([IdentityRefusal.TAKEN, None], key=str)


@pytest.mark.parametrize("kit", ["postgresql"], indirect=True)
def test_without_the_index_two_accounts_may_have_one_identity(
    database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        li, wang = people(s, at)
        s.execute(text("ALTER TABLE identities DROP CONSTRAINT uq_identities_issuer_subject"))
    with database.transaction() as first, database.transaction() as second:
        link(first, li, at)
        link(second, wang, at)  # the first has not committed: nobody can see it yet
    with database.reading() as s:
        assert s.query(Identity).count() == 2
