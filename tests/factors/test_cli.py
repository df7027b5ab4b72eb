from flask import Flask

from market.kernel.clock import now
from tests import make, web


def test_the_machine_room_forgets_a_factor_after_asking(app: Flask) -> None:
    with app.extensions["market.database"].transaction() as s:
        person = make.user(s, at=now(), email="head@x.example")
        make.factor(s, person, now())
        s.expunge_all()
    runner = app.test_cli_runner()
    command = ["factors", "forget", "head@x.example"]
    signed_in = web.sign_in(app, person)
    assert runner.invoke(args=command, input="n\n").exit_code == 1
    assert signed_in.get("/me").status_code == 200
    done = runner.invoke(args=command, input="y\n")
    assert done.exit_code == 0, done.output
    assert signed_in.get("/me").status_code == 302
    again = runner.invoke(args=command, input="y\n")
    assert (again.exit_code, "No second factor is set up" in again.output) == (1, True)
    stranger = runner.invoke(args=["factors", "forget", "nobody@x.example"], input="y\n")
    assert stranger.output == again.output
