from datetime import datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.commands import (
    choose_language,
    create_administrator,
    grant_role,
    sign_up,
    take_role,
)
from market.accounts.models import (
    User,
    UserRole,
)
from market.accounts.queries import users_page
from market.accounts.rules import AccountRefusal
from market.kernel.authority import NOBODY, Actor, Role
from market.kernel.journal import timeline
from market.kernel.refusal import Refusal, Refused
from market.parties.queries import (
    find_actor,
)
from tests import make


def administrator(s: Session, at: datetime) -> Actor:
    return make.actor(s, make.user(s, Role.ADMINISTRATOR, at=at), at)


def acts(s: Session, *thread: tuple[str, int]) -> list[str]:
    return [entry.act for entry in timeline(s, list(thread))]


def join(s: Session, at: datetime, **over: object) -> User:
    facts: dict[str, object] = {
        "email": "li@x.example",
        "name": "李四",
        "password_hash": "-",
        "roles": frozenset({Role.RESEARCHER}),
        "language": "en",
        **over,
    }
    return sign_up(s, **facts, by=NOBODY, at=at)  # type: ignore[arg-type]


def refused(said: Refusal, field: str | None = None) -> "pytest.RaisesExc[Refused]":
    def fits(error: Refused) -> bool:
        return error.refusal is said and field in (None, error.field)

    return pytest.RaisesExc(Refused, check=fits)


def test_who_signs_up_holds_the_roles_they_chose(session: Session, at: datetime) -> None:
    user = join(session, at, roles=frozenset({Role.RESEARCHER, Role.BROKER}))
    assert {held.role for held in user.roles} == {Role.RESEARCHER, Role.BROKER}
    assert acts(session, ("user", user.id)) == ["account.signed-up"]


def test_nobody_signs_up_as_staff(session: Session, at: datetime) -> None:
    user = join(session, at, roles=frozenset({Role.ADMINISTRATOR, Role.COMPANY}))
    assert [held.role for held in user.roles] == [Role.COMPANY]


def test_an_address_is_used_once(session: Session, at: datetime) -> None:
    join(session, at)
    with refused(AccountRefusal.EMAIL_TAKEN):
        join(session, at)
    assert len(list(session.scalars(select(User).where(User.email == "li@x.example")))) == 1


def test_a_reserved_name_is_refused_at_its_field(session: Session, at: datetime) -> None:
    with refused(AccountRefusal.NAME_RESERVED, "name"):
        join(session, at, name="系统")


def test_two_administrators_are_made_so_and_no_third(session: Session, at: datetime) -> None:
    first = create_administrator(
        session, email="a@x.example", name="甲", password_hash="-", by=NOBODY, at=at
    )
    assert find_actor(session, first.id, None).has(Role.ADMINISTRATOR)
    create_administrator(
        session, email="b@x.example", name="乙", password_hash="-", by=NOBODY, at=at
    )
    with refused(AccountRefusal.ADMINISTRATORS_ENOUGH):
        create_administrator(
            session, email="c@x.example", name="丙", password_hash="-", by=NOBODY, at=at
        )


def test_a_role_is_given_and_taken_and_both_are_on_record(session: Session, at: datetime) -> None:
    by, person = administrator(session, at), make.user(session, at=at)
    grant_role(session, person.id, Role.OPERATOR, by=by, at=at)
    grant_role(session, person.id, Role.OPERATOR, by=by, at=at)
    assert make.actor(session, person, at).roles == {Role.OPERATOR}
    take_role(session, person.id, Role.OPERATOR, by=by, at=at)
    assert make.actor(session, person, at).roles == frozenset()
    done = acts(session, ("user", person.id))
    assert done.count("account.role-granted") == 2
    assert done.count("account.role-taken") == 1


def test_a_registrar_is_posted_to_a_registry_until_the_role_is_taken(
    session: Session, at: datetime
) -> None:
    by, person = administrator(session, at), make.user(session, at=at)
    office = make.office(session, at)
    with refused(AccountRefusal.REGISTRY_MISSING, "registry_id"):
        grant_role(session, person.id, Role.REGISTRAR, by=by, at=at)
    grant_role(
        session,
        person.id,
        Role.REGISTRAR,
        by=by,
        at=at,
        registry_id=office.id,
        proposed_by=make.FIRST,
    )
    assert make.actor(session, person, at).registry_id == office.id
    take_role(session, person.id, Role.REGISTRAR, by=by, at=at)
    assert make.actor(session, person, at).registry_id is None


def test_a_market_role_is_not_given(session: Session, at: datetime) -> None:
    by, person = administrator(session, at), make.user(session, at=at)
    with refused(AccountRefusal.NOT_STAFF):
        grant_role(session, person.id, Role.COMPANY, by=by, at=at)


def test_the_database_keeps_audit_and_administration_apart(session: Session, at: datetime) -> None:
    person = make.user(session, Role.AUDITOR, at=at)
    with refused(AccountRefusal.TWO_POWERS, "role"):
        grant_role(session, person.id, Role.ADMINISTRATOR, by=administrator(session, at), at=at)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(UserRole).values(user_id=person.id, role=Role.ADMINISTRATOR))


def test_people_are_listed_newest_first(session: Session, at: datetime) -> None:
    first, second = make.user(session, at=at), make.user(session, at=at)
    ids = [user.id for user in users_page(session, 1).rows]
    assert ids.index(second.id) < ids.index(first.id)


def test_a_language_is_kept_and_recorded_when_it_changes(session: Session, at: datetime) -> None:
    user = join(session, at)
    by = make.actor(session, user, at)
    choose_language(session, user.id, "en", by=by, at=at)
    choose_language(session, user.id, "zh_Hans", by=by, at=at)
    assert user.language == "zh_Hans"
    assert acts(session, ("user", user.id)).count("account.language-chosen") == 1
