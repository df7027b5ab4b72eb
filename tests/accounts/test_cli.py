import pytest
from flask import Flask

from market.accounts.queries import (
    administrators,
    find_user_by_email,
)
from tests import make, web

NAME = ["--name", "王五"]


def run(app: Flask, *args: str, typed: str = f"{make.PASSWORD}\n{make.PASSWORD}\n"):  # type: ignore[no-untyped-def]
    command = ["accounts", "create-administrator", *args]
    return app.test_cli_runner().invoke(args=command, input=typed)


def test_the_first_administrator_is_made_and_may_sign_in(app: Flask) -> None:
    done = run(app, "WANG@x.example", *NAME)
    assert done.exit_code == 0, done.output
    assert make.PASSWORD not in done.output
    client = app.test_client()
    body = {"email": "wang@x.example", "password": make.PASSWORD}
    assert web.post(client, "/sign-in", body).location == "/me/second-factor/new"
    assert client.get("/users").status_code == 403  # no second factor yet
    with app.extensions["market.database"].reading() as s:
        wang = find_user_by_email(s, "wang@x.example")
    assert wang is not None
    assert web.sign_in(app, wang.id).get("/users").status_code == 200


def test_a_third_is_refused_before_a_password_is_asked(app: Flask) -> None:
    assert run(app, "wang@x.example", *NAME).exit_code == 0
    assert run(app, "zhao@x.example", *NAME).exit_code == 0
    done = run(app, "li@x.example", "--name", "李四", typed="")
    assert done.exit_code == 1
    assert "has two administrators already" in done.output
    with app.extensions["market.database"].reading() as s:
        assert find_user_by_email(s, "li@x.example") is None


@pytest.mark.parametrize(
    ("args", "typed", "said"),
    [
        (["no address", *NAME], "", "This is not an e-mail address"),
        (["wang@x.example", "--name", "admin"], None, "This name is reserved"),
        (["wang@x.example", *NAME], "too short\ntoo short\n", "at least 12 characters"),
        (["wang@x.example", *NAME], "wang@x.example\n" * 2, "too easy to guess"),
    ],
)
def test_what_is_refused_is_said_and_leaves_no_administrator(
    app: Flask, args: list[str], typed: str | None, said: str
) -> None:
    done = run(app, *args) if typed is None else run(app, *args, typed=typed)
    assert done.exit_code == 1
    assert said in done.output
    with app.extensions["market.database"].reading() as s:
        assert administrators(s) == 0


def test_two_different_passwords_are_asked_again(app: Flask) -> None:
    typed = f"{make.PASSWORD}\nanother one here\n{make.PASSWORD}\n{make.PASSWORD}\n"
    assert run(app, "wang@x.example", *NAME, typed=typed).exit_code == 0
