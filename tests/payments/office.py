"""The scene of money with the market's staff around it, each at a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from market.kernel.authority import Role
from market.kernel.clock import set_clock
from market.payments.models import Deposit, Obligation
from tests import make, web
from tests.payments.scene import Known, Scene, lay_out

SURE = {"password": make.PASSWORD}


@dataclass
class Office:
    """Two operators, an auditor, two administrators, and the parties of the scene."""

    app: Flask
    at: datetime
    scene: Scene
    people: dict[str, int]
    ids: dict[str, int]
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def who(self, name: str) -> FlaskClient:
        """This person's browser."""
        if name not in self.clients:
            self.clients[name] = web.sign_in(self.app, self.people[name])
        return self.clients[name]

    def page(self, name: str, path: str) -> str:
        """What this person reads at this address."""
        answer = self.who(name).get(path)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        return answer.text

    def post(self, name: str, path: str, page: str = "", **typed: object) -> TestResponse:
        """Post as this person, with the password again."""
        return web.post(self.who(name), path, {**SURE, **typed}, page=page)

    @contextmanager
    def books(self) -> Iterator[Session]:
        """The database, to read."""
        with self.app.extensions["market.database"].reading() as s:
            yield s


STAFF = {
    "operator": Role.OPERATOR,
    "second": Role.OPERATOR,
    "auditor": Role.AUDITOR,
    "administrator": Role.ADMINISTRATOR,
    "another": Role.ADMINISTRATOR,
}


def _deposit(s: Session, of: Known) -> int:
    return s.scalars(select(Deposit.id).where(Deposit.obligation_id == of.id)).one()


@contextmanager
def open_office(app: Flask, at: datetime) -> Iterator[Office]:
    """The office nine hours into the scene's day."""
    later = at + timedelta(hours=9)
    with app.extensions["market.database"].transaction() as s:
        scene = lay_out(s, at)
        people = {name: make.user(s, role, at=at).id for name, role in STAFF.items()}
        for name in ("seller", "buyer", "broker"):
            people[name] = getattr(scene, name).user_id
        paid = s.get_one(Obligation, scene.paid.id)
        ids = {
            "held": _deposit(s, scene.held),
            "back": _deposit(s, scene.back),
            "settled": paid.settlements[0].transfer_id,
        }
    set_clock(lambda: later)
    try:
        yield Office(app, later, scene, people, ids)
    finally:
        set_clock(None)
