"""What an act changed stands in its entry, whoever forgot to say so; and nothing else does."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.commands import choose_language, grant_role
from market.accounts.models import Identity, User, UserRole
from market.accounts.queries import get_user
from market.kernel import changes
from market.kernel.authority import NOBODY, Actor, Role
from market.kernel.changes import Unrecorded, drain
from market.kernel.db import Database, witness
from market.kernel.journal import Entry, record, verify
from market.kernel.personal import Salt, committed
from market.listings import commands as listings
from market.listings.models import Listing
from market.listings.rules import ListingRefusal
from market.parties.models import Party
from tests import make


def last(s: Session) -> Entry:
    entry = s.scalars(select(Entry).order_by(Entry.id.desc()).limit(1)).one()
    assert isinstance(entry, Entry)
    return entry


def rows(entry: Entry, table: str) -> list[dict[str, object]]:
    return [row for row in entry.changed if row["table"] == table]


@pytest.fixture
def person(session: Session, at: datetime) -> User:
    return make.user(session, Role.COMPANY, at=at)


def note(s: Session, act: str, user: User, at: datetime) -> Entry:
    return record(s, act, by=NOBODY, at=at, thread=("user", user.id))


def test_a_changed_column_stands_with_what_was_before(
    session: Session, person: User, at: datetime
) -> None:
    by = Actor(person.id)
    choose_language(session, person.id, "en", by=by, at=at)
    assert last(session).changed == [
        {
            "table": "users",
            "key": [person.id],
            "before": {"language": "zh_Hans"},
            "after": {"language": "en"},
        }
    ]


def test_a_new_row_stands_whole_and_a_row_that_goes_too(
    session: Session, person: User, at: datetime
) -> None:
    made = rows(
        session.scalars(select(Entry).where(Entry.act == "account.signed-up")).all()[-1], "users"
    )
    assert made[0].get("before") is None
    assert made[0]["after"]["language"] == "zh_Hans"  # type: ignore[index]
    person.roles = []
    entry = note(session, "account.role-taken", person, at)
    gone = rows(entry, "user_roles")
    assert gone[0]["before"] == {"user_id": person.id, "role": "company"}
    assert "after" not in gone[0]


def test_a_list_that_is_written_anew_as_it_was_has_not_changed(
    session: Session, at: datetime
) -> None:
    _, seller = make.party(session, at=at)
    assert seller.party_id is not None
    sheet = make.sheet(rights=(make.right(),))
    draft = listings.draft(session, seller.party_id, sheet, by=seller, at=at)
    listings.save_draft(
        session, draft.id, lambda old: replace(old, title="新标题"), by=seller, at=at
    )
    changed = last(session).changed
    assert [row["table"] for row in changed] == ["listings"], changed
    assert changed[0]["after"] == {"title": "新标题"}


def test_two_changes_of_a_row_are_one_and_one_taken_back_is_none(
    session: Session, person: User, at: datetime
) -> None:
    person.language = "en"
    session.flush()
    person.language = "fr"
    session.flush()
    assert note(session, "account.language-chosen", person, at).changed[0]["before"] == {
        "language": "zh_Hans"
    }
    person.language = "en"
    session.flush()
    person.language = "fr"
    assert note(session, "account.language-chosen", person, at).changes == ""


def test_an_entry_tells_only_what_changed_since_the_one_before(
    session: Session, person: User, at: datetime
) -> None:
    person.language = "en"
    first = note(session, "account.language-chosen", person, at)
    assert first.changed
    assert note(session, "account.language-chosen", person, at).changes == ""


def test_secrets_are_only_said_to_have_changed(
    session: Session, person: User, at: datetime
) -> None:
    person.password_hash, person.totp_secret = "KANARIENHASH", "KANARIENSECRET"
    person.totp_since, person.totp_step = at, 1
    entry = note(session, "account.password-changed", person, at)
    assert "KANARIEN" not in entry.changes
    assert rows(entry, "users")[0]["after"] == {
        "password_hash": {"secret": True},
        "totp_secret": {"secret": True},
        "totp_since": at.isoformat(),
    }


def test_personal_values_are_salted_commitments(
    session: Session, person: User, at: datetime
) -> None:
    old, person.name = person.name, "李雷"
    entry = note(session, "account.name-corrected", person, at)
    assert "李雷" not in entry.changes
    salt = session.get_one(Salt, ("user", person.id)).salt
    row = rows(entry, "users")[0]
    assert row["before"] == {"name": {"commitment": committed(salt, old)}}
    assert row["after"] == {"name": {"commitment": committed(salt, "李雷")}}


def test_the_people_of_a_party_are_personal_and_a_firms_name_is_not(
    session: Session, at: datetime
) -> None:
    party, _ = make.party(session, at=at)
    founded = session.scalars(select(Entry).where(Entry.act == "party.founded")).all()[-1]
    after = rows(founded, "parties")[0]["after"]
    assert isinstance(after, dict)
    assert after["name"] == party.name
    party.contact = "王小明"
    record(session, "party.edited", by=NOBODY, at=at, thread=("party", party.id))
    assert "王小明" not in last(session).changes
    assert "commitment" in last(session).changes


def test_a_long_text_is_told_by_its_hash(session: Session, at: datetime) -> None:
    _, seller = make.party(session, at=at)
    assert seller.party_id is not None
    sheet = make.sheet(abstract="长" * 300)
    listings.draft(session, seller.party_id, sheet, by=seller, at=at)
    abstract = rows(last(session), "listings")[0]["after"]["abstract"]  # type: ignore[index]
    assert abstract["length"] == 300
    assert len(abstract["sha256"]) == 64


def test_what_a_row_in_memory_forgot_is_read_from_the_database(
    session: Session, person: User, at: datetime
) -> None:
    session.flush()
    session.expire(person)
    person.language = "en"
    entry = note(session, "account.language-chosen", person, at)
    assert rows(entry, "users")[0]["before"] == {"language": "zh_Hans"}


# ── savepoints and rollback ──────────────────────────────────────────────────────────────────────


def test_what_a_savepoint_took_back_did_not_change(
    session: Session, person: User, at: datetime
) -> None:
    with session.begin_nested() as savepoint:
        person.language = "en"
        session.flush()
        savepoint.rollback()
    assert note(session, "account.language-chosen", person, at).changes == ""


def test_what_an_undone_entry_told_is_untold_again(
    session: Session, person: User, at: datetime
) -> None:
    person.language = "en"
    session.flush()
    with session.begin_nested() as savepoint:
        note(session, "account.language-chosen", person, at)
        savepoint.rollback()
    assert note(session, "account.language-chosen", person, at).changed


def test_a_refused_savepoint_keeps_what_came_before_it(
    session: Session, person: User, at: datetime
) -> None:
    session.add(Identity(user_id=person.id, issuer="i", subject="s", linked_at=at))
    session.flush()
    with pytest.raises(Exception, match="already-imported"):  # noqa: SIM117
        with witness(session, ListingRefusal.ALREADY_IMPORTED):
            session.add(Identity(user_id=person.id, issuer="i", subject="s", linked_at=at))
    told = note(session, "account.linked", person, at)
    assert len(rows(told, "identities")) == 1


# ── every act leaves a record ────────────────────────────────────────────────────────────────────


@pytest.fixture
def user_id(database: Database, at: datetime) -> int:
    with database.transaction() as s:
        return make.user(s, Role.COMPANY, at=at).id


def language(database: Database, user_id: int) -> str:
    with database.reading() as s:
        return get_user(s, user_id).language


def test_a_change_that_no_entry_tells_of_does_not_happen(database: Database, user_id: int) -> None:
    with pytest.raises(Unrecorded, match="users"), database.transaction() as s:
        get_user(s, user_id).language = "en"
    assert language(database, user_id) == "zh_Hans"


def test_a_change_after_the_entry_does_not_happen_either(
    database: Database, user_id: int, at: datetime
) -> None:
    def forgetful(s: Session) -> None:
        choose_language(s, user_id, "en", by=Actor(user_id), at=at)
        get_user(s, user_id).name = "李雷"

    with pytest.raises(Unrecorded, match="users"), database.transaction() as s:
        forgetful(s)
    assert language(database, user_id) == "zh_Hans"


def test_a_change_of_many_rows_at_once_does_not_happen(database: Database, user_id: int) -> None:
    with pytest.raises(Unrecorded, match="users in bulk"), database.transaction() as s:
        s.execute(update(User).values(language="en"))
    assert language(database, user_id) == "zh_Hans"


def test_what_is_rolled_back_leaves_nothing_to_tell(
    database: Database, user_id: int, at: datetime
) -> None:
    with database.transaction() as s:
        try:
            with s.begin_nested():
                get_user(s, user_id).language = "en"
                s.flush()
                raise ValueError
        except ValueError:
            pass
    assert language(database, user_id) == "zh_Hans"


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "untold", lambda _session: [])


def test_without_the_watch_a_change_would_go_unrecorded(
    database: Database, user_id: int, careless: None
) -> None:
    """Sabotage: with the watch taken away the change stands and no entry tells of it."""
    with database.transaction() as s:
        get_user(s, user_id).language = "en"
    assert language(database, user_id) == "en"
    with database.reading() as s:
        assert not verify(s).findings


def test_each_step_of_a_draft_tells_its_rows(database: Database, at: datetime) -> None:
    """From the draft to the deal each journaled row of the database is told by some entry."""
    with database.transaction() as s:
        _, seller = make.party(s, at=at)
        _, buyer = make.party(s, at=at)
        listing = make.listing(s, seller, at=at)
        make.deal(s, listing, seller, buyer, at=at)
    with database.reading() as s:
        told = {
            (row["table"], json.dumps(row["key"]))
            for entry in s.scalars(select(Entry))
            for row in entry.changed
        }
        for model in (User, UserRole, Party, Listing):
            for row in s.scalars(select(model)):
                key = list(model.__mapper__.primary_key_from_instance(row))
                plain = [each.value if isinstance(each, Role) else each for each in key]
                assert (model.__tablename__, json.dumps(plain)) in told


def test_draining_twice_gives_nothing_twice(session: Session, person: User, at: datetime) -> None:
    person.language = "en"
    assert len(drain(session)) == 1
    assert drain(session) == []


def test_roles_given_by_an_administrator_are_told(session: Session, at: datetime) -> None:
    admin = make.actor(session, make.user(session, Role.ADMINISTRATOR, at=at), at)
    someone = make.user(session, at=at)
    grant_role(session, someone.id, Role.DIRECTOR, by=admin, at=at)
    assert rows(last(session), "user_roles")[0]["after"] == {
        "user_id": someone.id,
        "role": "director",
    }
