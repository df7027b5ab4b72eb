"""Pages of second factors: the second step, one's own factor, a lost device."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from config import Settings
from market.accounts.models import RecoveryCode, SignIn, User
from market.accounts.queries import get_user
from market.app import create_app
from market.factors.codes import STEP_SECONDS, code_at, step_of
from market.factors.queries import factor_of
from market.factors.rules import FactorRefusal
from market.kernel import clock
from market.kernel.authority import NEEDS_FACTOR, Role, WhoRefusal
from market.kernel.mail import Letter
from tests import make, web

STEP, RECOVER = "/sign-in/second-factor", "/sign-in/recovery-code"
MINE = "/me/second-factor"
OFFER = re.compile(r'name="offer"[^>]*value="([^"]+)"')
SECRET = re.compile(r'class="secret"[^>]*>([A-Z2-7 ]+)<')
CODE = re.compile(r"(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}")
WIDE = {ord("0") + n: ord("０") + n for n in range(10)}
AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # the instant of the fixture ``at``


@pytest.fixture(autouse=True)
def still(at: datetime) -> Iterator[None]:
    """The clock stands, so a code is what it is."""
    clock.set_clock(lambda: at)
    yield
    clock.set_clock(None)


def go_on(seconds: int) -> datetime:
    """Move the clock."""
    then = clock.now() + timedelta(seconds=seconds)
    clock.set_clock(lambda: then)
    return then


def made(app: Flask, *roles: Role, factor: bool, email: str = "") -> tuple[User, list[str]]:
    """A person, and their recovery codes where they have a factor."""
    with app.extensions["market.database"].transaction() as s:
        person = make.user(
            s,
            *roles,
            at=clock.now(),
            email=email,
            password_hash=app.extensions["market.passwords"].make(make.PASSWORD),
        )
        codes = make.factor(s, person, clock.now()) if factor else []
        s.expunge_all()
        return person, codes


def first_step(app: Flask, person: User, **over: str) -> tuple[FlaskClient, TestResponse]:
    """A browser in which the right password was given."""
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["language"] = "en"
    body = {"email": person.email, "password": make.PASSWORD, **over}
    return client, web.post(client, "/sign-in", body)


def letters(app: Flask, person: User) -> list[str]:
    with app.extensions["market.database"].reading() as s:
        mine = select(Letter).where(Letter.to_address == person.email).order_by(Letter.id)
        return [letter.plain for letter in s.scalars(mine)]


def live_sessions(app: Flask, person: User) -> int:
    with app.extensions["market.database"].reading() as s:
        mine = select(SignIn).where(SignIn.user_id == person.id, SignIn.ended_at.is_(None))
        return len(list(s.scalars(mine)))


# ── the second step ──────────────────────────────────────────────────────────────────────────────


def test_after_the_password_comes_the_code_and_then_the_page_that_was_wanted(app: Flask) -> None:
    person, _ = made(app, Role.OPERATOR, factor=True)
    client, answer = first_step(app, person, next="/parties")
    assert answer.location == STEP
    assert web.post(client, STEP, {"code": make.code(clock.now())}).location == "/parties"
    assert client.get("/parties").status_code == 200


def test_between_the_steps_nobody_is_signed_in_and_nothing_of_the_person_is_read(
    app: Flask,
) -> None:
    person, _ = made(app, Role.OPERATOR, factor=True)
    client, _ = first_step(app, person)
    assert live_sessions(app, person) == 0
    for path in ("/me", "/home", "/parties", MINE):
        assert client.get(path).location.startswith("/sign-in?next="), path
    for page in (STEP, RECOVER, "/", "/sign-in"):
        text = client.get(page).text
        assert person.name not in text
        assert person.email not in text


WRONG = {
    "past": make.code(AT, -2),
    "future": make.code(AT, 2),
    "five": make.code(AT)[:5],
    "seven": make.code(AT) + "0",
    "letters": "abcdef",
    "wide": make.code(AT).translate(WIDE),
    "chinese": "六位验证码",
    "long": "9" * 100_000,
}


@pytest.mark.parametrize("code", WRONG.values(), ids=WRONG)
def test_a_wrong_code_is_a_401_with_one_sentence(
    app: Flask, at: datetime, code: str
) -> None:  # promises 7 C 45
    person, _ = made(app, factor=True)
    client, _ = first_step(app, person)
    answer = web.post(client, STEP, {"code": code})
    assert answer.status_code == 401
    assert answer.text.count(FactorRefusal.WRONG_CODE.sentence) == 1
    assert live_sessions(app, person) == 0
    assert web.post(client, STEP, {"code": make.code(at)}).status_code == 302  # and nothing is lost


def test_a_code_that_was_given_is_a_401_the_next_time(app: Flask, at: datetime) -> None:
    person, _ = made(app, factor=True)
    for expected in (302, 401):
        client, _ = first_step(app, person)
        assert web.post(client, STEP, {"code": make.code(at)}).status_code == expected
    go_on(STEP_SECONDS)
    assert web.post(client, STEP, {"code": make.code(clock.now())}).status_code == 302


def test_no_code_at_all_is_marked_at_its_field(app: Flask) -> None:
    person, _ = made(app, factor=True)
    client, _ = first_step(app, person)
    assert web.post(client, STEP, {"code": ""}).status_code == 422


def test_the_second_step_has_a_first(app: Flask) -> None:
    client = app.test_client()
    for page in (STEP, RECOVER):
        assert client.get(page).location == "/sign-in"


def test_the_first_step_is_forgotten_after_ten_minutes(app: Flask) -> None:
    person, _ = made(app, factor=True)
    client, _ = first_step(app, person)
    go_on(600)
    assert client.get(STEP).status_code == 200
    go_on(1)
    assert client.get(STEP).location == "/sign-in"


@pytest.mark.parametrize("change", ["password", "suspended", "factor"])
def test_the_first_step_is_worth_nothing_once_the_account_has_changed(
    app: Flask, at: datetime, change: str
) -> None:
    person, _ = made(app, factor=True)
    client, _ = first_step(app, person)
    with app.extensions["market.database"].transaction() as s:
        user = get_user(s, person.id)
        if change == "password":
            user.password_hash = "another"
        elif change == "suspended":
            user.suspended_at = at
        else:
            user.totp_secret = user.totp_since = user.totp_step = None
        make.unwatched(s)
    assert client.get(STEP).location == "/sign-in"


def test_a_session_begun_by_the_second_step_has_a_secret_of_its_own(
    app: Flask, at: datetime
) -> None:
    person, _ = made(app, factor=True)
    client, _ = first_step(app, person)
    token = web.token(client, STEP)
    web.post(client, STEP, {"code": make.code(at)})
    with client.session_transaction() as kept:
        assert "half" not in kept
    assert web.token(client, "/me") != token


# ── guessing ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("door", [STEP, RECOVER])
def test_guessing_codes_is_slowed_down_and_a_right_one_must_wait_too(
    app: Flask, door: str
) -> None:  # ASVS 6.3.1: 10^6 codes, three of them good at any time
    person, codes = made(app, factor=True)
    client, _ = first_step(app, person)
    told = [web.post(client, door, {"code": f"{n:06d}"}).status_code for n in range(6)]
    assert told == [401] * 5 + [429]
    right = {"code": make.code(clock.now()) if door == STEP else codes[0]}
    answer = web.post(client, door, right)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    fresh, _ = first_step(app, person)  # another browser, the same door
    assert web.post(fresh, door, right).status_code == 429
    go_on(61)
    right = {"code": make.code(clock.now()) if door == STEP else codes[0]}
    assert web.post(client, door, right).status_code == 302


def test_who_guesses_elsewhere_does_not_keep_the_owner_out(app: Flask) -> None:
    person, _ = made(app, factor=True)
    mine = web.sign_in(app, person)
    web.post(mine, "/sign-out", {}, page="/me")
    guesser, _ = first_step(app, person)
    for n in range(6):
        answer = web.post(guesser, STEP, {"code": f"{n:06d}"})
    assert answer.status_code == 429
    go_on(STEP_SECONDS)
    web.post(mine, "/sign-in", {"email": person.email, "password": make.PASSWORD})
    assert web.post(mine, STEP, {"code": make.code(clock.now())}).status_code == 302


def test_a_right_code_opens_the_door_again(app: Flask) -> None:
    person, _ = made(app, factor=True)
    for _ in range(3):
        client, _ = first_step(app, person)
        for n in range(3):
            assert web.post(client, STEP, {"code": f"{n:06d}"}).status_code == 401
        assert web.post(client, STEP, {"code": make.code(clock.now())}).status_code == 302
        go_on(STEP_SECONDS)


# ── a new password ───────────────────────────────────────────────────────────────────────────────


def test_a_new_password_by_letter_does_not_pass_by_the_second_factor(
    app: Flask,
) -> None:  # ASVS 6.4.3
    person, _ = made(app, Role.OPERATOR, factor=True, email="li@x.example")
    client = app.test_client()
    web.post(client, "/reset", {"email": person.email})
    link = web.letter_link(app.extensions["market.database"], person.email)
    another = "nine slow green herons"
    assert web.post(client, link, {"password": another}).status_code == 302
    assert client.get("/home").location.startswith("/sign-in")
    assert live_sessions(app, person) == 0
    body = {"email": person.email, "password": another}
    assert web.post(client, "/sign-in", body).location == STEP
    assert client.get("/parties").location.startswith("/sign-in")
    assert web.post(client, STEP, {"code": make.code(clock.now())}).status_code == 302
    assert client.get("/parties").status_code == 200


# ── recovery codes ───────────────────────────────────────────────────────────────────────────────


def test_a_recovery_code_opens_once_and_the_owner_hears_of_it(app: Flask) -> None:
    person, codes = made(app, factor=True)
    client, _ = first_step(app, person)
    assert web.post(client, RECOVER, {"code": codes[0].lower()}).location == "/home"
    assert "Recovery codes left: 9." in client.get("/me").text
    assert len(letters(app, person)) == 1
    client, _ = first_step(app, person)
    answer = web.post(client, RECOVER, {"code": codes[0]})
    assert answer.status_code == 401
    assert FactorRefusal.WRONG_RECOVERY_CODE.sentence in answer.text
    assert len(letters(app, person)) == 1


def test_new_recovery_codes_are_shown_once_and_void_the_old(app: Flask) -> None:
    person, old = made(app, factor=True)
    client = web.sign_in(app, person)
    page = f"{MINE}/recovery-codes/new"
    assert web.post(client, page, {"password": "wrong, but long"}).status_code == 422
    assert web.post(client, page, {"password": make.PASSWORD}).location == f"{MINE}/recovery-codes"
    new = CODE.findall(client.get(f"{MINE}/recovery-codes").text)
    assert len(new) == 10
    assert set(new).isdisjoint(old)
    assert client.get(f"{MINE}/recovery-codes").location == MINE
    again, _ = first_step(app, person)
    assert web.post(again, RECOVER, {"code": old[0]}).status_code == 401
    assert web.post(again, RECOVER, {"code": new[0]}).status_code == 302


def test_codes_that_wait_to_be_shown_are_sealed_in_the_cookie(app: Flask) -> None:
    person, _ = made(app, factor=True)
    client = web.sign_in(app, person)
    web.post(client, f"{MINE}/recovery-codes/new", {"password": make.PASSWORD})
    with client.session_transaction() as kept:
        sealed = str(kept["recovery-codes"])
    assert not CODE.search(sealed)
    other = web.sign_in(app, made(app, factor=False)[0])
    with other.session_transaction() as kept:
        kept["recovery-codes"] = sealed
    assert other.get(f"{MINE}/recovery-codes").location == MINE


# ── setting up ───────────────────────────────────────────────────────────────────────────────────


def offered(client: FlaskClient) -> tuple[str, str]:
    """The secret of the page that sets a factor up, sealed and as the app takes it."""
    page = client.get(f"{MINE}/new").text
    sealed, secret = OFFER.search(page), SECRET.search(page)
    assert sealed is not None
    assert secret is not None
    assert 'src="data:image/svg+xml' in page
    return unescape(sealed[1]), secret[1].replace(" ", "")


def set_up(client: FlaskClient, offer: str, code: str, **over: str) -> TestResponse:
    body = {"offer": offer, "code": code, "password": make.PASSWORD, **over}
    return web.post(client, f"{MINE}/new", body)


def test_who_needs_a_factor_and_has_none_is_led_to_setting_one_up(app: Flask) -> None:
    person, _ = made(app, Role.OPERATOR, factor=False)
    client, answer = first_step(app, person, next="/parties")
    assert answer.location == f"{MINE}/new"
    assert "your staff role sleeps" in client.get(f"{MINE}/new").text
    refused = client.get("/parties")
    assert refused.status_code == 403
    assert WhoRefusal.FACTOR_NEEDED.sentence in refused.text
    offer, secret = offered(client)
    here = step_of(clock.now())
    assert set_up(client, offer, code_at(secret, here)).location == f"{MINE}/recovery-codes"
    assert len(CODE.findall(client.get(f"{MINE}/recovery-codes").text)) == 10
    assert client.get("/parties").status_code == 200
    assert len(letters(app, person)) == 1


def test_everybody_may_set_one_up_and_the_other_sessions_end(app: Flask) -> None:
    person, _ = made(app, Role.COMPANY, factor=False)
    other, client = web.sign_in(app, person), web.sign_in(app, person)
    assert "not set up" in client.get(MINE).text
    with client.session_transaction() as kept:
        before = kept["_user_id"]
    offer, secret = offered(client)
    set_up(client, offer, code_at(secret, step_of(clock.now())))
    with client.session_transaction() as kept:
        assert kept["_user_id"] != before
    assert "Recovery codes left" in client.get(MINE).text
    assert other.get("/me").status_code == 302
    assert live_sessions(app, person) == 1


def test_a_form_sent_twice_does_not_take_the_new_session_and_its_codes_away(app: Flask) -> None:
    """The second answer comes last, from the session that the first one ended."""
    person, _ = made(app, factor=False)
    client = web.sign_in(app, person)
    page = client.get(f"{MINE}/new").text
    body = {
        "csrf_token": web.token(client, f"{MINE}/new"),
        "once": web.key(),
        "offer": OFFER.search(page)[1],  # type: ignore[index]
        "code": code_at(SECRET.search(page)[1].replace(" ", ""), step_of(clock.now())),  # type: ignore[index]
        "password": make.PASSWORD,
    }
    before = client.get_cookie("market")
    assert before is not None
    assert client.post(f"{MINE}/new", data=body).location == f"{MINE}/recovery-codes"
    twin = app.test_client()
    twin.set_cookie("market", before.value)
    assert "Set-Cookie" not in twin.post(f"{MINE}/new", data=body).headers
    assert len(CODE.findall(client.get(f"{MINE}/recovery-codes").text)) == 10


def test_nothing_is_kept_before_the_first_right_code_and_the_password(app: Flask) -> None:
    person, _ = made(app, factor=False)
    client = web.sign_in(app, person)
    offer, secret = offered(client)
    good = code_at(secret, step_of(clock.now()))
    for code, over, status in (
        ("000000", {}, 401),
        (good, {"password": "wrong, but long"}, 422),
        (good, {"password": ""}, 422),
        ("", {}, 422),
    ):
        answer = set_up(client, offer, code, **over)
        assert answer.status_code == status
        assert unescape(OFFER.search(answer.text)[1]) == offer  # type: ignore[index]
    with app.extensions["market.database"].reading() as s:
        assert factor_of(s, person.id).since is None
    assert set_up(client, offer, good).status_code == 302


@pytest.mark.parametrize("fault", ["stale", "foreign", "broken", "none"])
def test_a_secret_that_was_not_offered_here_just_now_is_not_taken(app: Flask, fault: str) -> None:
    person, _ = made(app, factor=False)
    client = web.sign_in(app, person)
    if fault == "foreign":
        offer, secret = offered(web.sign_in(app, made(app, factor=False)[0]))
    else:
        offer, secret = offered(client)
    if fault == "stale":
        go_on(31 * 60)
    elif fault != "foreign":
        offer = {"broken": offer[:-4] + "AAA=", "none": ""}[fault]
    answer = set_up(client, offer, code_at(secret, step_of(clock.now())))
    assert answer.status_code == 409
    assert FactorRefusal.OFFER_OVER.sentence in answer.text
    assert SECRET.search(answer.text)[1].replace(" ", "") != secret  # type: ignore[index]
    with app.extensions["market.database"].reading() as s:
        assert factor_of(s, person.id).since is None


def test_a_factor_moves_to_another_device(app: Flask) -> None:
    person, _ = made(app, Role.AUDITOR, factor=True)
    client = web.sign_in(app, person)
    offer, secret = offered(client)
    assert set_up(client, offer, code_at(secret, step_of(clock.now()))).status_code == 302
    go_on(60)
    again, _ = first_step(app, person)
    assert web.post(again, STEP, {"code": make.code(clock.now())}).status_code == 401
    assert web.post(again, STEP, {"code": code_at(secret, step_of(clock.now()))}).status_code == 302


# ── turning off, a lost device ───────────────────────────────────────────────────────────────────


def test_a_factor_is_turned_off_with_the_password_by_who_may_do_without(app: Flask) -> None:
    person, _ = made(app, Role.COMPANY, factor=True)
    client = web.sign_in(app, person)
    assert web.post(client, f"{MINE}/off", {"password": "wrong, but long"}).status_code == 422
    assert web.post(client, f"{MINE}/off", {"password": make.PASSWORD}).location == MINE
    assert len(letters(app, person)) == 1
    assert first_step(app, person)[1].location == "/home"


def test_a_factor_that_a_role_needs_stays(app: Flask) -> None:
    person, _ = made(app, Role.OPERATOR, factor=True)
    client = web.sign_in(app, person)
    answer = web.post(client, f"{MINE}/off", {"password": make.PASSWORD})
    assert answer.status_code == 409
    assert FactorRefusal.NEEDED.sentence in answer.text


def test_a_lost_device_is_reset_by_an_administrator(app: Flask) -> None:
    head = web.sign_in(app, made(app, Role.ADMINISTRATOR, factor=True)[0])
    person, _ = made(app, Role.OPERATOR, factor=True)
    theirs, page = web.sign_in(app, person), f"/users/{person.id}/second-factor"
    assert page in head.get(f"/users/{person.id}/roles").text
    assert web.post(head, page, {"password": "wrong, but long"}).status_code == 422
    assert web.post(head, page, {"password": make.PASSWORD}).location.endswith("/roles")
    assert theirs.get("/me").status_code == 302
    assert len(letters(app, person)) == 1
    client, answer = first_step(app, person)
    assert answer.location == f"{MINE}/new"
    assert client.get("/parties").status_code == 403
    with app.extensions["market.database"].reading() as s:
        assert s.scalars(select(RecoveryCode).where(RecoveryCode.user_id == person.id)).all() == []


def test_nobody_resets_their_own(app: Flask) -> None:
    person, _ = made(app, Role.ADMINISTRATOR, factor=True)
    client = web.sign_in(app, person)
    answer = web.post(client, f"/users/{person.id}/second-factor", {"password": make.PASSWORD})
    assert answer.status_code == 409
    assert FactorRefusal.OWN_FACTOR.sentence in answer.text


@pytest.mark.parametrize("role", [Role.COMPANY, Role.OPERATOR, Role.AUDITOR, Role.DIRECTOR])
def test_nobody_else_resets_a_factor(app: Flask, role: Role) -> None:
    person, _ = made(app, Role.COMPANY, factor=True)
    client = web.sign_in(app, made(app, role, factor=True)[0])
    page = f"/users/{person.id}/second-factor"
    assert client.get(page).status_code == 403
    body = {"password": make.PASSWORD, "csrf_token": web.token(client, "/me")}
    assert client.post(page, data=body).status_code == 403


# ── every page of staff, without the factor (ASVS 6.3.3) ─────────────────────────────────────────


def test_no_page_of_those_who_need_a_factor_opens_without_one(app: Flask) -> None:
    staff = sorted(NEEDS_FACTOR - {Role.REGISTRAR})
    bare = {role: first_step(app, made(app, role, factor=False)[0])[0] for role in staff}
    seen = 0
    for rule in app.url_map.iter_rules():
        act = getattr(app.view_functions[rule.endpoint], "act", None)
        if act is None or act.public or not act.roles or not act.roles <= NEEDS_FACTOR:
            continue
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(
                rule.endpoint,
                {name: "csv" if name == "kind" else 1 for name in rule.arguments},
                force_external=False,
            )
        for role, client in bare.items():
            seen += 1
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            body = {"csrf_token": web.token(client, MINE + "/new")} if method == "POST" else None
            answer = client.open(path, method=method, data=body)
            assert answer.status_code == 403, (role, rule)
    assert seen >= 20


# ── the demo ─────────────────────────────────────────────────────────────────────────────────────


def test_only_a_demo_market_shows_the_code(app: Flask, engine_url: str, tmp_path: object) -> None:
    person, _ = made(app, Role.OPERATOR, factor=True)
    code = make.code(clock.now())
    client, _ = first_step(app, person)
    assert "Demo" not in client.get(STEP).text
    demo = create_app(Settings.for_tests(tmp_path, database_url=engine_url, demo=True))  # type: ignore[arg-type]
    client, _ = first_step(demo, person)
    assert f"Demo: the code is {code[:3]} {code[3:]}" in client.get(STEP).text
    assert web.post(client, STEP, {"code": code}).status_code == 302
    client, _ = first_step(demo, person)  # in a hurry: the next code is shown, and good
    shown = re.search(r"the code is (\d{3} \d{3})", client.get(STEP).text)
    assert shown is not None
    assert web.post(client, STEP, {"code": shown[1]}).status_code == 302
    demo.extensions["market.database"].dispose()
