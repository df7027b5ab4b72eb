from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from market.accounts.models import User
from market.accounts.passwords import Passwords
from market.accounts.queries import find_user_by_email
from market.accounts.rules import AccountRefusal
from market.kernel.authority import Role
from tests import make, web

PASSWORD = "  seven rivers 🪨\0and a boat "
JOIN = {"email": "li@x.example", "name": "李四", "password": PASSWORD, "roles": ["researcher"]}


@pytest.fixture
def visitor(client: FlaskClient) -> FlaskClient:
    """A stranger who reads English."""
    with client.session_transaction() as kept:
        kept["language"] = "en"
    return client


def made(app: Flask, at: datetime, *roles: Role) -> int:
    """A person with these roles, committed."""
    with app.extensions["market.database"].transaction() as s:
        return make.user(s, *roles, at=at).id


def count(app: Flask, model: type) -> int:
    """How many rows a table holds."""
    with app.extensions["market.database"].reading() as s:
        return s.scalar(select(func.count()).select_from(model)) or 0


def enter(client: FlaskClient, email: str, password: str, **over: str) -> TestResponse:
    """Try to sign in."""
    return web.post(client, "/sign-in", {"email": email, "password": password, **over})


# ── signing up ───────────────────────────────────────────────────────────────────────────────────


def test_who_signs_up_is_signed_in_and_founds_a_party_next(
    app: Flask, visitor: FlaskClient
) -> None:
    answer = web.join(visitor, JOIN)
    assert (answer.status_code, answer.location) == (302, "/parties/new")
    page = visitor.get("/me")
    assert page.status_code == 200
    assert "李四" in page.text


def test_who_signs_up_without_a_role_goes_to_the_desk(visitor: FlaskClient) -> None:
    answer = web.join(visitor, {**JOIN, "roles": []})
    assert (answer.status_code, answer.location) == (302, "/home")


def test_a_password_is_taken_exactly_as_typed(app: Flask, visitor: FlaskClient) -> None:
    web.join(visitor, JOIN)
    assert enter(app.test_client(), "li@x.example", PASSWORD).status_code == 302
    assert enter(app.test_client(), "li@x.example", PASSWORD.strip()).status_code == 422


BAD_JOINS = [
    ("email", "li.x.example", "This is not an e-mail address"),
    ("email", "li@x@x.example", "This is not an e-mail address"),
    ("email", "l" * 250 + "@x.example", "at most 254 characters"),
    ("email", "li@x.example\r\nBcc: a@x.example", "line break or an invisible character"),
    ("email", "lі@x.example", "This is not an e-mail address"),  # a Cyrillic і
    ("email", "", "This field is required"),
    ("name", "admin", "This name is reserved"),
    ("name", "系统", "This name is reserved"),
    ("name", "ad\u200bmin", "This name is reserved"),
    ("name", "\u202eadmin", "This name is reserved"),
    ("name", "\u3000 \u200b", "This field is required"),
    ("name", "n" * 81, "at most 80 characters"),
    ("password", "elevenchars", "at least 12 characters"),
    ("password", "river stone " * 21 + "fours", "at most 256 characters"),
    ("password", "passwordpassword1", "too easy to guess"),
    ("password", "", "This field is required"),
    ("roles", ["administrator"], "not a valid choice"),
    ("roles", ["researcher", "emperor"], "Invalid Choice"),
    ("is_staff", "1", "Unknown field: is_staff"),
    ("name", ["李四", "王五"], "Given twice: name"),
]


@pytest.mark.parametrize(("field", "typed", "said"), BAD_JOINS)
def test_a_bad_sign_up_is_kept_as_typed_and_changes_nothing(
    app: Flask, visitor: FlaskClient, field: str, typed: object, said: str
) -> None:
    typed_all = {**JOIN, field: typed}
    if field == "email":
        answer = web.post(visitor, "/sign-up", {"email": typed})
    else:
        answer = web.join(visitor, typed_all)
        assert 'value="researcher"' in answer.text
        assert "li@x.example" in answer.text
    assert answer.status_code == 422
    assert said.casefold() in answer.text.casefold()
    assert PASSWORD not in answer.text
    assert count(app, User) == 0
    assert visitor.get("/me").status_code == 302


@pytest.mark.parametrize(
    "typed", ["LI@X.example", " li@x.example ", "li@x.example.", "ｌｉ@x.example"]
)
def test_two_spellings_of_an_address_are_one_account(
    app: Flask, visitor: FlaskClient, typed: str
) -> None:
    web.join(visitor, JOIN)
    other = app.test_client()
    assert web.post(other, "/sign-up", {"email": typed}).location == "/letter-sent"
    assert web.letter_link(app.extensions["market.database"]).startswith("/reset/")
    assert count(app, User) == 1
    assert enter(other, typed, PASSWORD).status_code == 302


def test_a_tag_is_another_mailbox(app: Flask, visitor: FlaskClient) -> None:
    web.join(visitor, JOIN)
    web.join(app.test_client(), {**JOIN, "email": "li+market@x.example"})
    assert count(app, User) == 2


@pytest.mark.parametrize("page", ["join", "sign-in", "reset"])
@pytest.mark.parametrize(("length", "status"), [(1_000_000, 422), (1_100_000, 413)])
def test_a_megabyte_of_password_is_refused_before_it_is_hashed(
    app: Flask, visitor: FlaskClient, page: str, length: int, status: int
) -> None:
    hashed: list[str] = []
    keeper = app.extensions["market.passwords"]

    class Watched(Passwords):
        def make(self, password: str) -> str:
            hashed.append(password)
            return str(keeper.make(password))

        def check(self, password: str, stored: str | None) -> bool:
            hashed.append(password)
            return bool(keeper.check(password, stored))

    if page == "reset":
        web.join(visitor, JOIN)
        web.post(visitor, "/sign-out", page="/me")
    app.extensions["market.passwords"] = Watched((8, 1))
    typed = {"password": "ab cd ef gh " * (length // 12)}
    if page == "reset":
        web.post(visitor, "/reset", {"email": "li@x.example"})
    if page == "sign-in":
        answer = web.post(visitor, "/sign-in", {"email": "li@x.example", **typed})
    elif page == "join":
        answer = web.join(visitor, {**JOIN, **typed})
    else:
        answer = web.post(visitor, web.letter_link(app.extensions["market.database"]), typed)
    assert answer.status_code == status
    assert hashed == []


def test_markup_in_a_name_is_shown_as_text(visitor: FlaskClient) -> None:
    web.join(visitor, {**JOIN, "name": "<script>alert(1)</script>{{7*7}}"})
    page = visitor.get("/me").text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page


# ── signing in and out ───────────────────────────────────────────────────────────────────────────


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(
    visitor: FlaskClient,
) -> None:
    web.join(visitor, JOIN)
    web.post(visitor, "/sign-out", page="/me")
    wrong = enter(visitor, "li@x.example", "another quiet river")
    unknown = enter(visitor, "xu@x.example", "another quiet river")
    assert wrong.status_code == unknown.status_code == 422
    assert AccountRefusal.WRONG_PASSWORD.sentence in wrong.text
    said = wrong.text.replace("li@x.example", "xu@x.example")
    assert web.masked(said) == web.masked(unknown.text)


def test_an_unknown_address_costs_a_hash_too(app: Flask, visitor: FlaskClient) -> None:
    checked: list[str | None] = []
    keeper = app.extensions["market.passwords"]

    class Watched(Passwords):
        def check(self, password: str, stored: str | None) -> bool:
            checked.append(stored)
            return bool(keeper.check(password, stored))

    app.extensions["market.passwords"] = Watched((8, 1))
    enter(visitor, "xu@x.example", "another quiet river")
    assert checked == [None]


def test_a_session_planted_before_is_gone_after_signing_in(
    app: Flask, visitor: FlaskClient
) -> None:
    web.join(visitor, JOIN)
    victim = app.test_client()
    with victim.session_transaction() as planted:
        planted["_user_id"] = "known to the thief"
        planted["planted"] = "yes"
    token = web.token(victim, "/sign-in")
    enter(victim, "li@x.example", PASSWORD)
    with victim.session_transaction() as kept:
        assert "planted" not in kept
        assert kept["_user_id"] != "known to the thief"
    assert web.token(victim, "/me") != token


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/parties/new", "/parties/new"),
        ("/rulebook/?page=2", "/rulebook/?page=2"),
        ("", "/home"),
        ("//evil.example", "/home"),
        ("/\\evil.example", "/home"),
        ("/%09/evil.example", "/home"),
        ("https:evil.example", "/home"),
        ("///evil.example", "/home"),
        ("/me\r\nSet-Cookie: a=b", "/home"),
    ],
)
def test_signing_in_goes_on_to_a_page_of_the_market_only(
    app: Flask, visitor: FlaskClient, wanted: str, goes: str
) -> None:
    web.join(visitor, JOIN)
    other = app.test_client()
    answer = enter(other, "li@x.example", PASSWORD, next=wanted)
    assert (answer.status_code, answer.location) == (302, goes)


def test_a_page_that_wants_a_sign_in_comes_back_after_it(app: Flask, visitor: FlaskClient) -> None:
    web.join(visitor, JOIN)
    other = app.test_client()
    sent = other.get("/me")
    assert sent.status_code == 302
    page = other.get(sent.location)
    assert 'name="next" type="hidden" value="/me?"' in page.text


def test_signing_out_leaves_nothing_but_the_language(app: Flask, visitor: FlaskClient) -> None:
    web.join(visitor, JOIN)
    answer = web.post(visitor, "/sign-out", page="/me")
    assert answer.status_code == 302
    with visitor.session_transaction() as kept:
        assert dict(kept) == {"language": "en"}
    assert visitor.get("/sign-out").status_code == 405


@pytest.mark.parametrize("cookie", ["altered", "x" * 8000, "."])
def test_an_altered_cookie_is_a_stranger(app: Flask, visitor: FlaskClient, cookie: str) -> None:
    web.join(visitor, JOIN)
    stranger = app.test_client(use_cookies=False)
    assert stranger.get("/me", headers={"Cookie": f"market={cookie}"}).status_code == 302


def test_fifty_cookies_are_no_harm(client: FlaskClient) -> None:
    for number in range(50):
        client.set_cookie(f"c{number}", "x" * 50)
    assert client.get("/sign-in").status_code == 200


def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    assert client.post("/sign-up", data=JOIN).status_code == 400


def test_a_null_character_is_taken_in_a_password_only(app: Flask, visitor: FlaskClient) -> None:
    assert web.join(visitor, {**JOIN, "name": "李\0四"}).status_code == 400
    assert count(app, User) == 0


# ── language ─────────────────────────────────────────────────────────────────────────────────────


def test_the_language_is_switched_and_kept_for_the_next_sign_in(
    app: Flask, visitor: FlaskClient
) -> None:
    web.join(visitor, JOIN)
    body = {"language": "zh_Hans", "next": "/me"}
    answer = web.post(visitor, "/language", body, page="/me")
    assert (answer.status_code, answer.location) == (302, "/me")
    assert '<html lang="zh-Hans">' in visitor.get("/me").text
    web.post(visitor, "/language", {"language": "en"}, page="/me")
    other = app.test_client()
    enter(other, "li@x.example", PASSWORD)
    assert '<html lang="en">' in other.get("/me").text


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_the_language_switch_leads_to_no_other_site(client: FlaskClient, wanted: str) -> None:
    body = {"language": "en", "next": wanted}
    assert web.post(client, "/language", body, page="/sign-in").location == "/"


def test_an_unknown_language_is_refused(client: FlaskClient) -> None:
    assert web.post(client, "/language", {"language": "tlh"}, page="/sign-in").status_code == 422


@pytest.mark.parametrize("page", ["0", "-1", "1.5", "x", "１", "100001", "9" * 40])
@pytest.mark.parametrize("path", ["/parties", "/users"])
def test_a_page_number_is_a_plain_number(app: Flask, at: datetime, path: str, page: str) -> None:
    staff = web.sign_in(app, made(app, at, Role.OPERATOR, Role.ADMINISTRATOR))
    assert staff.get(path, query_string={"page": page}).status_code == 404


# ── staff ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def administrator(app: Flask, at: datetime) -> FlaskClient:
    """The administrator, signed in."""
    return web.sign_in(app, made(app, at, Role.ADMINISTRATOR))


def test_an_administrator_gives_and_takes_a_role_with_the_password(
    app: Flask, administrator: FlaskClient, at: datetime
) -> None:
    person = made(app, at)
    path = f"/users/{person}/roles"
    body = {"role": "operator", "registry_id": "", "password": make.PASSWORD}
    wrong = web.post(administrator, path, {**body, "password": "not my password"})
    assert wrong.status_code == 422
    assert "is not right" in wrong.text
    operator = web.sign_in(app, person)
    assert operator.get("/parties").status_code == 403
    assert web.post(administrator, path, body).status_code == 302
    assert operator.get("/parties").status_code == 302  # with a role come a new session and secret
    operator = web.sign_in(app, person)
    assert operator.get("/parties").status_code == 200
    assert web.post(administrator, path + "/take", body, page=path).status_code == 302
    assert operator.get("/parties").status_code == 302
    assert web.sign_in(app, person).get("/parties").status_code == 403


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"role": "registrar"}, "posted to a registry"),
        ({"role": "researcher"}, "Not a valid choice"),
        ({"role": "emperor"}, "Not a valid choice"),
        ({"role": "operator", "registry_id": "77"}, "Not a valid choice"),
        ({"role": "registrar", "registry_id": " "}, "Not a valid choice"),
        ({"role": "registrar", "registry_id": "\u3000"}, "Not a valid choice"),
        ({"role": "operator", "password": ""}, "This field is required"),
    ],
)
def test_a_bad_role_is_refused(
    app: Flask, administrator: FlaskClient, at: datetime, body: dict[str, str], said: str
) -> None:
    person = made(app, at)
    full = {"registry_id": "", "password": make.PASSWORD, **body}
    answer = web.post(administrator, f"/users/{person}/roles", full)
    assert answer.status_code in (409, 422)
    assert said.casefold() in answer.text.casefold()


def test_an_administrator_gives_themselves_nothing_and_takes_themselves_not_away(
    app: Flask, at: datetime
) -> None:
    own = made(app, at, Role.ADMINISTRATOR)
    administrator, path = web.sign_in(app, own), f"/users/{own}/roles"
    body = {"role": "auditor", "registry_id": "", "password": make.PASSWORD}
    for answer in (
        web.post(administrator, path, body),
        web.post(administrator, f"{path}/take", {**body, "role": "administrator"}, page=path),
    ):
        assert answer.status_code == 409
        assert AccountRefusal.OWN_ROLES.sentence in answer.text
    assert administrator.get("/users").status_code == 200


def test_only_an_administrator_sees_people(app: Flask, at: datetime) -> None:
    operator = web.sign_in(app, made(app, at, Role.OPERATOR))
    person = made(app, at)
    for path in ("/users", f"/users/{person}/roles", "/venues/new", "/registries/new"):
        assert operator.get(path).status_code == 403
    assert app.test_client().get("/users").status_code == 302


def test_nobody_unknown_is_given_a_role(administrator: FlaskClient) -> None:
    assert administrator.get("/users/987654321/roles").status_code == 404


def test_the_stored_password_is_a_hash(app: Flask, visitor: FlaskClient) -> None:
    web.join(visitor, JOIN)
    with app.extensions["market.database"].reading() as s:
        user = find_user_by_email(s, "li@x.example")
        assert user is not None
        assert user.password_hash.startswith("$argon2id$")
