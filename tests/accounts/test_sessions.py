"""Sessions kept by the server: begun, seen, ended (ASVS 7; promises 6, items 48 to 50)."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from market.accounts.commands import grant_role, take_role
from market.accounts.models import SignIn, User
from market.accounts.queries import confirmed, find_sign_in, sessions_of
from market.accounts.session_commands import (
    begin_session,
    end_all_sessions,
    end_other_sessions,
    end_session,
)
from market.accounts.tickets import digest
from market.kernel.authority import Actor, Role, WhoRefusal
from market.kernel.clock import now
from market.kernel.db import Missing
from market.kernel.journal import Entry
from market.kernel.refusal import Refused
from tests import make, web

TRADES = Role.RESEARCHER


def begun(s: Session, person: User, at: datetime, *, secret: str = "", factor: bool = True) -> int:
    """A session of this person."""
    return begin_session(
        s,
        person.id,
        token_hash=digest(secret or f"{person.id}/{s.scalar(select(func.count(SignIn.id)))}"),
        factor=factor,
        address="192.0.2.7",
        agent="Firefox",
        by=Actor(person.id),
        at=at,
    ).id


def live(s: Session, person: User, at: datetime) -> set[int]:
    """The sessions in which a person is signed in."""
    s.expire_all()
    return {each.id for each in sessions_of(s, person.id, at)}


def person_of(app: Flask, at: datetime, *roles: Role) -> int:
    """A person, committed."""
    with app.extensions["market.database"].transaction() as s:
        return make.user(s, *roles, at=at).id


# ── commands ─────────────────────────────────────────────────────────────────────────────────────


def test_a_session_is_found_by_its_secret_until_it_ends(session: Session, at: datetime) -> None:
    person = make.user(session, TRADES, at=at)
    first = begun(session, person, at, secret="one")
    found = find_sign_in(session, digest("one"), at)
    assert found is not None
    assert (found.id, found.token_hash == "one") == (first, False)
    assert find_sign_in(session, digest("two"), at) is None
    end_session(session, first, by=Actor(person.id), at=at)
    assert find_sign_in(session, digest("one"), at) is None


def test_a_session_ends_once_and_says_so_once(session: Session, at: datetime) -> None:
    person = make.user(session, TRADES, at=at)
    first = begun(session, person, at)
    for later in (at, at + timedelta(hours=1)):
        ended = end_session(session, first, by=Actor(person.id), at=later)
        assert ended.ended_at == at
    acts = select(Entry.act).where(Entry.subject_kind == "sign-in").order_by(Entry.id)
    assert list(session.scalars(acts)) == ["account.signed-in", "account.signed-out"]


def test_the_journal_names_no_network_address(session: Session, at: datetime) -> None:
    begun(session, make.user(session, TRADES, at=at), at)
    entry = session.scalars(select(Entry).where(Entry.act == "account.signed-in")).one()
    assert "192.0.2.7" not in entry.facts
    assert "Firefox" not in entry.facts


def test_nobody_ends_the_session_of_another(session: Session, at: datetime) -> None:
    one, other = (make.user(session, TRADES, at=at) for _ in range(2))
    theirs = begun(session, other, at)
    with pytest.raises(Missing):
        end_session(session, theirs, by=Actor(one.id), at=at)
    assert live(session, other, at) == {theirs}


def test_all_others_end_and_this_one_stays(session: Session, at: datetime) -> None:
    person, other = (make.user(session, TRADES, at=at) for _ in range(2))
    here, *_away = (begun(session, person, at) for _ in range(3))
    theirs = begun(session, other, at)
    assert end_other_sessions(session, here, by=Actor(person.id), at=at) == 2
    assert live(session, person, at) == {here}
    assert live(session, other, at) == {theirs}


def test_an_administrator_ends_all_sessions_of_a_person(session: Session, at: datetime) -> None:
    person = make.user(session, TRADES, at=at)
    begun(session, person, at)
    with pytest.raises(Refused) as refused:
        end_all_sessions(session, person.id, by=Actor(person.id), at=at)
    assert refused.value.refusal is WhoRefusal.NOT_YOUR_ROLE
    assert end_all_sessions(session, person.id, by=make.ADMIN, at=at) == 1
    assert live(session, person, at) == set()


@pytest.mark.parametrize("change", [grant_role, take_role])
def test_a_role_given_or_taken_ends_the_sessions_of_its_holder(
    session: Session, at: datetime, change: object
) -> None:
    assert callable(change)
    person = make.user(session, *([Role.OPERATOR] if change is take_role else []), at=at)
    begun(session, person, at)
    by = confirmed(make.ADMIN, at)
    change(session, person.id, Role.OPERATOR, by=by, at=at)
    assert live(session, person, at) == set()


@pytest.mark.parametrize(
    ("role", "idle", "absolute"),
    [
        (Role.OPERATOR, timedelta(minutes=30), timedelta(hours=12)),
        (TRADES, timedelta(hours=8), timedelta(days=14)),
    ],
)
def test_a_session_ends_by_itself(
    session: Session, at: datetime, role: Role, idle: timedelta, absolute: timedelta
) -> None:
    person = make.user(session, role, at=at)
    begun(session, person, at, secret="mine")
    assert find_sign_in(session, digest("mine"), at + idle) is None
    session.execute(update(SignIn).values(seen_at=at + absolute - timedelta(seconds=1)))
    assert find_sign_in(session, digest("mine"), at + absolute - timedelta(seconds=1)) is not None
    assert find_sign_in(session, digest("mine"), at + absolute) is None


# ── the cookie and the table ─────────────────────────────────────────────────────────────────────


def test_the_cookie_keeps_a_secret_and_the_table_its_hash(app: Flask, at: datetime) -> None:
    visitor = web.sign_in(app, person_of(app, at, TRADES))
    with visitor.session_transaction() as kept:
        secret = kept["_user_id"]
    assert len(secret) >= 43  # 256 bits
    with app.extensions["market.database"].reading() as s:
        row = s.scalars(select(SignIn)).one()
        assert row.token_hash == digest(secret)
        assert secret not in {str(value) for value in vars(row).values()}


def test_each_sign_in_draws_a_new_secret(app: Flask, at: datetime) -> None:
    person, known = person_of(app, at, TRADES), set()
    for _ in range(2):
        with web.sign_in(app, person).session_transaction() as kept:
            known.add(kept["_user_id"])
    assert len(known) == 2


def test_an_answer_does_not_send_the_cookie_again_that_came_with_the_request(
    app: Flask, at: datetime
) -> None:
    """Else an answer that comes late puts an ended session in the place of a newer one."""
    visitor = web.sign_in(app, person_of(app, at, TRADES))
    visitor.get("/me")
    assert "Set-Cookie" not in visitor.get("/me").headers


def test_a_network_address_of_any_length_is_no_fault(app: Flask, at: datetime) -> None:
    """A link-local address of IPv6 names its interface."""
    person = person_of(app, at, TRADES)
    web.sign_in(app, person)
    with app.extensions["market.database"].reading() as s:
        email = s.get_one(User, person).email
    visitor = app.test_client()
    visitor.environ_base["REMOTE_ADDR"] = "fe80::1%" + "e" * 100
    answer = web.post(visitor, "/sign-in", {"email": email, "password": make.PASSWORD})
    assert (answer.status_code, visitor.get("/me").status_code) == (302, 200)


def test_a_cookie_kept_from_before_signing_out_is_a_strangers(app: Flask, at: datetime) -> None:
    visitor = web.sign_in(app, person_of(app, at, TRADES))
    cookie = visitor.get_cookie("market")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("market", cookie.value)
    assert thief.get("/me").status_code == 200
    answer = web.post(visitor, "/sign-out", page="/me")
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert thief.get("/me").status_code == 302


@pytest.mark.parametrize("moment", ["suspended_at", "erased_at"])
def test_who_is_suspended_or_erased_is_out_on_the_next_request(
    app: Flask, at: datetime, moment: str
) -> None:
    visitor = web.sign_in(app, person_of(app, at, TRADES))
    with app.extensions["market.database"].transaction() as s:
        s.execute(update(User).values({moment: at}))
        make.unwatched(s)
    assert visitor.get("/me").status_code == 302


def test_roles_that_need_a_second_factor_do_not_count_without_one(app: Flask, at: datetime) -> None:
    visitor = web.sign_in(app, person_of(app, at, Role.OPERATOR, Role.DIRECTOR))
    assert visitor.get("/listings/submitted").status_code == 200
    with app.extensions["market.database"].transaction() as s:
        s.execute(update(SignIn).values(factor=False))
    assert visitor.get("/listings/submitted").status_code == 403
    assert visitor.get("/turnover").status_code == 200


def test_a_sign_of_life_is_noted_once_a_minute(app: Flask, at: datetime) -> None:
    visitor = web.sign_in(app, person_of(app, at, TRADES))
    database = app.extensions["market.database"]

    def seen(set_to: datetime | None = None) -> datetime:
        with database.transaction() as s:
            if set_to:
                s.execute(update(SignIn).values(seen_at=set_to))
            found: datetime = s.scalars(select(SignIn.seen_at)).one()
            return found

    recent = seen(now() - timedelta(seconds=30))
    visitor.get("/me")
    assert seen() == recent
    old = seen(now() - timedelta(seconds=61))
    with visitor.get("/static/market.css"):
        assert seen() == old
    visitor.get("/listings/")
    assert seen() > old


def test_a_sign_of_life_is_noted_on_the_way_into_a_writing_view(
    app: Flask, at: datetime, client: FlaskClient
) -> None:
    """The note has a transaction of its own; inside the view's it would wait for itself."""
    visitor = web.sign_in(app, person_of(app, at, TRADES))
    token = web.token(visitor, "/me")
    with app.extensions["market.database"].transaction() as s:
        s.execute(update(SignIn).values(seen_at=now() - timedelta(minutes=5)))
    answer = visitor.post("/language", data={"csrf_token": token, "language": "zh_Hans"})
    assert answer.status_code == 302


def test_an_administrator_ends_a_persons_sessions_from_their_page(app: Flask, at: datetime) -> None:
    person = person_of(app, at, TRADES)
    visitor = web.sign_in(app, person)
    administrator = web.sign_in(app, person_of(app, at, Role.ADMINISTRATOR))
    path = f"/users/{person}/roles"
    answer = web.post(administrator, f"/users/{person}/sessions/end", page=path)
    assert answer.location == path
    assert "1 session is ended." in administrator.get(path).text
    assert visitor.get("/me").status_code == 302
    assert web.post(administrator, "/users/987/sessions/end", page=path).status_code == 404
