"""Letters that open accounts, passwords, addresses, throttling (promises 6: 39 to 50; 7 C)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update
from werkzeug.test import TestResponse

from config import Settings
from market.accounts.models import Attempts, SignIn, Ticket, User
from market.accounts.passwords import Passwords
from market.accounts.rules import AccountRefusal
from market.app import create_app
from market.kernel.authority import Role
from market.kernel.clock import now
from market.kernel.db import Database
from market.kernel.mail import Letter
from tests import make, web

ANOTHER = "four calm green lanterns"
KNOWN = "li@x.example"
SPENT = AccountRefusal.TICKET_SPENT.sentence


@pytest.fixture
def database(app: Flask) -> Database:
    found = app.extensions["market.database"]
    assert isinstance(found, Database)
    return found


@pytest.fixture
def person(database: Database, app: Flask, at: datetime) -> int:
    """Somebody who has an account with the address li@x.example."""
    hashed = app.extensions["market.passwords"].make(make.PASSWORD)
    with database.transaction() as s:
        return make.user(s, Role.COMPANY, at=at, email=KNOWN, password_hash=hashed).id


def stranger(app: Flask, address: str = "198.51.100.7") -> FlaskClient:
    """A browser that nobody has used, reading English, somewhere in the network."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    with client.session_transaction() as kept:
        kept["language"] = "en"
    return client


def enter(client: FlaskClient, password: str, email: str = KNOWN) -> TestResponse:
    return web.post(client, "/sign-in", {"email": email, "password": password})


def reset_link(app: Flask, email: str = KNOWN) -> str:
    """Ask for a new password; where the letter leads."""
    assert web.post(stranger(app), "/reset", {"email": email}).location == "/letter-sent"
    return web.letter_link(app.extensions["market.database"], email)


class Watched(Passwords):
    """Counts the work."""

    def __init__(self) -> None:
        super().__init__((8, 1))
        self.checks = self.hashes = 0

    def make(self, password: str) -> str:
        self.hashes += 1
        return super().make(password)

    def check(self, password: str, stored: str | None) -> bool:
        self.checks += 1
        return super().check(password, stored)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is said to the database meanwhile, each by its verb and table."""
    said: list[str] = []

    def hear(_c: object, _u: object, statement: str, *_rest: object) -> None:
        words = statement.replace("\n", " ").split()
        said.append(" ".join(words[:3]) if words[0] != "SELECT" else "SELECT")

    event.listen(database.engine, "before_cursor_execute", hear)
    yield said
    event.remove(database.engine, "before_cursor_execute", hear)


# ── nobody learns who has an account ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/sign-up", "/reset"])
def test_an_address_with_an_account_and_one_without_get_the_same(
    app: Flask, database: Database, person: int, path: str
) -> None:
    heard: list[tuple[int, str | None, bytes, list[str], int]] = []
    for email in (KNOWN, "xu@x.example"):
        app.extensions["market.passwords"] = watched = Watched()
        client = stranger(app, f"198.51.100.{len(heard)}")
        client.get(path)
        with statements(database) as said:
            answer = web.post(client, path, {"email": email})
        page = web.masked(client.get(answer.location or "/").text).encode()
        work = watched.checks + watched.hashes
        heard.append((answer.status_code, answer.location, page, said, work))
    assert heard[0] == heard[1]
    with database.reading() as s:
        assert s.scalar(select(func.count(Letter.id))) == 2
        assert s.scalar(select(func.count(Ticket.id))) == 2


def test_a_wrong_password_and_an_unknown_address_cost_the_same(
    app: Flask, database: Database, person: int
) -> None:
    heard: list[tuple[int, str, int, list[str]]] = []
    for email in (KNOWN, "xu@x.example"):
        app.extensions["market.passwords"] = watched = Watched()
        client = stranger(app, f"198.51.100.{len(heard)}")
        client.get("/sign-in")
        with statements(database) as said:
            answer = enter(client, ANOTHER, email)
        body = web.masked(answer.text).replace(email, "")
        heard.append((answer.status_code, body, watched.checks, said))
    assert heard[0] == heard[1]
    assert heard[0][2] == 1


def test_the_letter_alone_says_whether_there_is_an_account(
    app: Flask, database: Database, person: int
) -> None:
    for path, email, leads in (
        ("/sign-up", KNOWN, "/reset/"),
        ("/sign-up", "xu@x.example", "/sign-up/"),
        ("/reset", KNOWN, "/reset/"),
        ("/reset", "yu@x.example", "/sign-up/"),
    ):
        web.post(stranger(app), path, {"email": email})
        assert web.letter_link(database, email).startswith(leads)
    with database.reading() as s:
        letters = s.scalars(select(Letter)).all()
        assert all(letter.secret and letter.key.startswith("ticket/") for letter in letters)
        assert len({letter.subject for letter in letters}) == 4
        kept = s.scalars(select(Ticket.token_hash)).all()
        assert not any(each in letter.plain for each in kept for letter in letters)


# ── a new password ───────────────────────────────────────────────────────────────────────────────


def test_a_reset_ends_all_sessions_tells_the_owner_and_signs_nobody_in(
    app: Flask, database: Database, person: int
) -> None:
    inside = web.sign_in(app, person)
    link, client = reset_link(app), stranger(app)
    assert KNOWN in client.get(link).text
    done = web.post(client, link, {"password": ANOTHER})
    assert done.status_code == 302
    assert inside.get("/me").status_code == 302
    assert client.get("/me").status_code == 302
    assert enter(stranger(app), make.PASSWORD).status_code == 422
    assert enter(stranger(app), ANOTHER).status_code == 302
    with database.reading() as s:
        last = s.scalars(select(Letter).order_by(Letter.id.desc()).limit(1)).one()
        assert (last.to_address, last.secret) == (KNOWN, False)


def _reused(app: Flask, link: str, person: int) -> FlaskClient:
    assert web.post(stranger(app), link, {"password": ANOTHER}).status_code == 302
    return stranger(app)


def _expired(app: Flask, link: str, person: int) -> FlaskClient:
    with app.extensions["market.database"].transaction() as s:
        s.execute(update(Ticket).values(expires_at=now() - timedelta(seconds=1)))
    return stranger(app)


def _of_another(app: Flask, link: str, person: int) -> FlaskClient:
    with app.extensions["market.database"].transaction() as s:
        other = make.user(s, Role.COMPANY, at=now()).id
    return web.sign_in(app, other)


def _after_a_change_of_address(app: Flask, link: str, person: int) -> FlaskClient:
    with app.extensions["market.database"].transaction() as s:
        s.execute(update(User).where(User.id == person).values(email="elsewhere@x.example"))
        make.unwatched(s)
    return stranger(app)


def _after_a_change_of_password(app: Flask, link: str, person: int) -> FlaskClient:
    inside = web.sign_in(app, person)
    typed = {"password": make.PASSWORD, "new_password": ANOTHER}
    assert web.post(inside, "/me/password", typed).status_code == 302
    return stranger(app)


def _after_a_newer_one(app: Flask, link: str, person: int) -> FlaskClient:
    reset_link(app)
    return stranger(app)


def _made_up(app: Flask, link: str, person: int) -> FlaskClient:
    with app.extensions["market.database"].transaction() as s:
        s.execute(update(Ticket).values(token_hash="no such thing"))
    return stranger(app)


SPOILT = (
    *(_reused, _expired, _of_another, _after_a_change_of_address, _after_a_change_of_password),
    *(_after_a_newer_one, _made_up),
)


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__.strip("_"))
def test_a_link_that_no_longer_opens_says_one_same_thing(
    app: Flask, person: int, spoil: object
) -> None:
    assert callable(spoil)
    link = reset_link(app)
    client = spoil(app, link, person)
    asked = client.get(link)
    sent = web.post(client, link, {"password": ANOTHER}, page="/listings/")
    assert (asked.status_code, sent.status_code) == (400, 400)
    assert SPENT in asked.text
    assert SPENT in sent.text


def test_a_ticket_for_one_thing_opens_no_other(app: Flask, database: Database, person: int) -> None:
    secret = reset_link(app).rpartition("/")[2]
    assert stranger(app).get(f"/sign-up/{secret}").status_code == 400
    assert web.sign_in(app, person).get(f"/me/address/{secret}").status_code == 400


def test_two_who_open_one_account_at_once_are_one(app: Flask, database: Database) -> None:
    web.post(stranger(app), "/sign-up", {"email": "xu@x.example"})
    link = web.letter_link(database, "xu@x.example")
    typed = {"name": "许一", "password": make.PASSWORD, "roles": ["company"]}
    one, other = stranger(app), stranger(app)
    bodies = [{**web.carried(each, link), **typed} for each in (one, other)]
    assert one.post(link, data=bodies[0]).status_code == 302
    assert other.post(link, data=bodies[1]).status_code == 400


# ── the password of one who is signed in ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"password": "not mine at all"}, "is not right"),
        ({"new_password": make.PASSWORD}, AccountRefusal.PASSWORD_SAME.sentence),
        ({"new_password": "password1234"}, AccountRefusal.PASSWORD_GUESSABLE.sentence),
        ({"new_password": "li@x.example-li"}, AccountRefusal.PASSWORD_GUESSABLE.sentence),
        ({"new_password": "short"}, "at least 12"),
        ({"new_password": "r" * 257}, "at most 256"),
    ],
)
def test_a_password_is_changed_to_a_better_one_only(
    app: Flask, person: int, typed: dict[str, str], said: str
) -> None:
    inside = web.sign_in(app, person)
    body = {"password": make.PASSWORD, "new_password": ANOTHER, **typed}
    answer = web.post(inside, "/me/password", body)
    assert answer.status_code == 422
    assert said in answer.text
    assert enter(stranger(app), make.PASSWORD).status_code == 302


@pytest.mark.parametrize("others", [True, False])
def test_a_change_of_password_offers_to_end_the_other_sessions(
    app: Flask, person: int, others: bool
) -> None:
    elsewhere, here = web.sign_in(app, person), web.sign_in(app, person)
    new = "\0 four 🏮 lanterns "
    body = {"password": make.PASSWORD, "new_password": new, **({"others": "y"} if others else {})}
    assert web.post(here, "/me/password", body).status_code == 302
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == (302 if others else 200)
    assert enter(stranger(app), new).status_code == 302


# ── another address ──────────────────────────────────────────────────────────────────────────────


def test_an_address_is_changed_by_a_letter_to_it(
    app: Flask, database: Database, person: int
) -> None:
    inside, new = web.sign_in(app, person), "elsewhere@x.example"
    old_reset = reset_link(app)
    typed = {"email": new, "password": make.PASSWORD}
    assert web.post(inside, "/me/address", typed).location == "/letter-sent"
    link = web.letter_link(database, new)
    assert stranger(app).get(link).location.startswith("/sign-in")
    assert new in inside.get(link).text
    assert web.post(inside, link).status_code == 302
    assert enter(stranger(app), make.PASSWORD).status_code == 422
    assert enter(stranger(app), make.PASSWORD, new).status_code == 302
    assert stranger(app).get(old_reset).status_code == 400
    with database.reading() as s:
        last = s.scalars(select(Letter).order_by(Letter.id.desc()).limit(1)).one()
        assert last.to_address == KNOWN


def test_an_address_in_use_is_answered_alike_and_changes_nothing(
    app: Flask, database: Database, person: int, at: datetime
) -> None:
    with database.transaction() as s:
        make.user(s, at=at, email="taken@x.example")
    inside = web.sign_in(app, person)
    typed = {"email": "taken@x.example", "password": make.PASSWORD}
    assert web.post(inside, "/me/address", typed).location == "/letter-sent"
    with database.reading() as s:
        letter = s.scalars(select(Letter)).one()
        assert "http" not in letter.plain


# ── sessions and suspension ──────────────────────────────────────────────────────────────────────


def test_ones_own_sessions_are_listed_and_ended(app: Flask, person: int) -> None:
    elsewhere, third, here = (web.sign_in(app, person) for _ in range(3))
    elsewhere.get("/me")
    page = here.get("/me/sessions").text
    assert page.count("End it") == 2
    assert "this one" in page
    assert "127.0.0.1" in page
    with app.extensions["market.database"].reading() as s:
        first = s.scalars(select(SignIn.id).order_by(SignIn.id)).first()
    end = f"/me/sessions/{first}/end"
    assert web.post(here, end, page="/me/sessions").status_code == 302
    assert elsewhere.get("/me").status_code == 302
    assert web.post(here, "/me/sessions/end-others", page="/me/sessions").status_code == 302
    assert third.get("/me").status_code == 302
    assert here.get("/me").status_code == 200
    assert web.post(here, "/me/sessions/987/end", page="/me/sessions").status_code == 404


def test_an_account_is_suspended_and_let_in_again(
    app: Flask, database: Database, person: int, at: datetime
) -> None:
    with database.transaction() as s:
        admin = make.user(s, Role.ADMINISTRATOR, at=at).id
    inside, administrator = web.sign_in(app, person), web.sign_in(app, admin)
    page, typed = f"/users/{person}/suspension", {"password": make.PASSWORD}

    def act(what: str, who: int = person) -> TestResponse:
        return web.post(administrator, f"/users/{who}/{what}", typed, page=page)

    assert AccountRefusal.NOT_SUSPENDED.sentence in act("restore").text
    assert act("suspend").status_code == 302
    assert AccountRefusal.SUSPENDED_ALREADY.sentence in act("suspend").text
    assert inside.get("/me").status_code == 302
    out = enter(stranger(app), make.PASSWORD)
    assert out.status_code == 403
    assert AccountRefusal.ACCOUNT_SUSPENDED.sentence in out.text
    assert "suspended" in administrator.get("/users").text
    assert act("restore").status_code == 302
    assert enter(stranger(app), make.PASSWORD).status_code == 302
    assert AccountRefusal.OWN_ACCOUNT.sentence in act("suspend", admin).text


# ── throttling ───────────────────────────────────────────────────────────────────────────────────


def test_a_thousand_guesses_are_slowed_and_the_owner_still_gets_in(
    app: Flask, database: Database, person: int
) -> None:
    """Every guess from another address; the account's door counts, not theirs (item 42)."""
    device = stranger(app, "203.0.113.9")
    assert enter(device, make.PASSWORD).status_code == 302
    web.post(device, "/sign-out", page="/me")
    app.extensions["market.passwords"] = watched = Watched()
    guesser = stranger(app)
    body = {**web.carried(guesser, "/sign-in"), "email": KNOWN, "password": ANOTHER}
    statuses = []
    for number in range(1000):
        where = {"REMOTE_ADDR": f"198.51.{number // 250}.{number % 250}"}
        answer = guesser.post("/sign-in", data=body, environ_overrides=where)
        statuses.append(answer.status_code)
    assert statuses[:10] == [422] * 10
    assert set(statuses[11:]) <= {429, 422}
    assert watched.checks <= 13  # the wait doubles: a minute of guessing earns two or three more
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many attempts" in answer.text
    assert 'value="li@x.example"' in answer.text
    app.extensions["market.passwords"] = Passwords((8, 1))
    assert enter(stranger(app), make.PASSWORD).status_code == 429
    assert enter(device, make.PASSWORD).status_code == 302
    with database.reading() as s:
        assert not [row for row in s.scalars(select(Attempts.door)) if "x.example" in row]


def test_an_unknown_account_is_slowed_alike(app: Flask, person: int) -> None:
    told = []
    for email in (KNOWN, "xu@x.example"):
        said = [
            enter(stranger(app, f"198.51.100.{n}"), ANOTHER, email).status_code for n in range(12)
        ]
        told.append(said)
    assert told[0] == told[1] == [422] * 10 + [429] * 2


def test_a_device_is_known_to_its_owner_alone(app: Flask, person: int, at: datetime) -> None:
    with app.extensions["market.database"].transaction() as s:
        hashed = app.extensions["market.passwords"].make(make.PASSWORD)
        make.user(s, at=at, email="thief@x.example", password_hash=hashed)
    thief = stranger(app)
    assert enter(thief, make.PASSWORD, "thief@x.example").status_code == 302
    web.post(thief, "/sign-out", page="/me")
    said = [enter(thief, ANOTHER).status_code for _ in range(12)]
    assert said == [422] * 10 + [429] * 2
    thief.set_cookie("device", "made up")
    assert enter(thief, make.PASSWORD).status_code == 429


def test_one_network_address_guesses_at_a_hundred_accounts_only(app: Flask) -> None:
    guesser = stranger(app)
    body = {**web.carried(guesser, "/sign-in"), "password": ANOTHER}
    said = [
        guesser.post("/sign-in", data={**body, "email": f"p{n}@x.example"}).status_code
        for n in range(102)
    ]
    assert said == [422] * 100 + [429] * 2


@pytest.mark.parametrize("path", ["/sign-up", "/reset"])
def test_letters_to_one_address_are_few(app: Flask, database: Database, path: str) -> None:
    said = [
        web.post(stranger(app, f"198.51.100.{n}"), path, {"email": KNOWN}).status_code
        for n in range(5)
    ]
    assert said == [302] * 3 + [429] * 2
    with database.reading() as s:
        assert s.scalar(select(func.count(Letter.id))) == 3


def test_the_password_again_is_not_guessed_for_ever(app: Flask, person: int) -> None:
    inside = web.sign_in(app, person)
    wrong = {"password": "guessing and guessing", "new_password": ANOTHER}
    said = [web.post(inside, "/me/password", wrong).status_code for _ in range(12)]
    assert said == [422] * 10 + [429] * 2
    assert AccountRefusal.TOO_MANY.status == AccountRefusal.TOO_MANY_LETTERS.status == 429


# ── proxies, production, the 等保 profile ────────────────────────────────────────────────────────


def made(tmp_path: object, engine_url: str, **over: object) -> Flask:
    """An application with other settings on the same database."""
    return create_app(Settings.for_tests(tmp_path, database_url=engine_url, **over))  # type: ignore[arg-type]


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.5")])
def test_a_proxy_is_believed_only_where_one_is_configured(
    engine_url: str, tmp_path: object, at: datetime, proxies: int, seen: str
) -> None:
    app = made(tmp_path, engine_url, proxies=proxies)
    with app.extensions["market.database"].transaction() as s:
        hashed = app.extensions["market.passwords"].make(make.PASSWORD)
        make.user(s, at=at, email=KNOWN, password_hash=hashed)
    client = app.test_client()
    body = {**web.carried(client, "/sign-in"), "email": KNOWN, "password": make.PASSWORD}
    spoofed = {"X-Forwarded-For": "192.0.2.66, 203.0.113.5", "X-Forwarded-Host": "evil.example"}
    client.post("/sign-in", data=body, headers=spoofed)
    with app.extensions["market.database"].reading() as s:
        assert s.scalars(select(SignIn.address)).one() == seen
    web.post(client, "/sign-out", page="/me")
    evil = client.post("/reset", data={**body, "email": KNOWN}, headers=spoofed)
    assert "evil.example" not in evil.headers.get("Location", "")
    app.extensions["market.database"].dispose()


def test_in_production_cookies_are_bound_to_the_host_and_to_tls(
    engine_url: str, tmp_path: object, at: datetime
) -> None:
    app = made(
        tmp_path, engine_url, production=True, base_url="https://m.example", secret_key="k" * 40
    )
    with app.extensions["market.database"].transaction() as s:
        hashed = app.extensions["market.passwords"].make(make.PASSWORD)
        make.user(s, at=at, email=KNOWN, password_hash=hashed)
    client = app.test_client()
    safe = {"base_url": "https://m.example"}
    page = client.get("/sign-in", **safe)
    found = web.TOKEN.search(page.text)
    assert found is not None
    body = {"csrf_token": found[1], "email": KNOWN, "password": make.PASSWORD, "next": ""}
    referred = {"Referer": "https://m.example/sign-in"}
    answer = client.post("/sign-in", data=body, headers=referred, **safe)
    cookies = answer.headers.getlist("Set-Cookie")
    assert {each.partition("=")[0] for each in cookies} == {"__Host-market", "__Host-device"}
    for each in cookies:
        assert "; Secure" in each
        assert "; HttpOnly" in each
        assert "; SameSite=Lax" in each
        assert "; Path=/" in each
        assert "Domain" not in each
    for said in (page, answer, client.get("/nothing", **safe)):
        assert said.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    app.extensions["market.database"].dispose()


def test_the_mlps_profile_wants_kinds_of_characters_and_rotation_of_staff(
    engine_url: str, tmp_path: object, at: datetime
) -> None:
    app = made(tmp_path, engine_url, password_profile="mlps")
    database = app.extensions["market.database"]
    with database.transaction() as s:
        staff = make.user(s, Role.DIRECTOR, at=now()).id
        trader = make.user(s, Role.COMPANY, at=now() - timedelta(days=91)).id
    assert web.sign_in(app, trader).get("/home").status_code == 200
    assert web.sign_in(app, staff).get("/home").status_code == 200
    with database.transaction() as s:
        s.execute(update(User).values(password_changed_at=now() - timedelta(days=90)))
        make.unwatched(s)
    overdue = web.sign_in(app, staff)
    assert overdue.get("/home").location == "/me/password"
    assert "older than 90 days" in overdue.get("/me/password").text
    typed = {"password": make.PASSWORD, "new_password": ANOTHER}
    plain = web.post(overdue, "/me/password", typed)
    assert AccountRefusal.PASSWORD_CLASSES.sentence in plain.text
    typed["new_password"] = "Four calm green lanterns"
    assert web.post(overdue, "/me/password", typed).status_code == 302
    assert overdue.get("/home").status_code == 200
    database.dispose()


@pytest.mark.parametrize(
    "cookie", ["device=altered", "device=" + "x" * 7000, "device=a; device=b; market=c; market=d"]
)
def test_no_cookie_is_a_fault_of_ours(app: Flask, person: int, cookie: str) -> None:
    client = app.test_client(use_cookies=False)
    assert client.get("/me", headers={"Cookie": cookie}).status_code == 302
    assert client.post("/sign-in", headers={"Cookie": cookie}).status_code == 400
