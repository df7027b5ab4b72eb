"""The small world of the crash tests: sellers who draft, registrars who certify."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from config import Settings
from market.app import create_app
from market.kernel.db import Database
from market.kernel.journal import verify
from market.listings.models import Listing
from market.registry import commands as registry
from market.registry.models import Application
from market.registry.rules import Status
from tests import make, web
from tests.durability.runner import Client

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SELLERS = 18
Acts = Iterator[tuple[str, dict[str, str], str]]


def clients(url: str, folder: Path, *, passed: int) -> list[Client]:
    """Eighteen sellers and two registrars, signed in; ``passed`` files wait for a second look."""
    app = create_app(Settings.for_tests(folder, database_url=url))
    database: Database = app.extensions["market.database"]
    with database.transaction() as s:
        sellers = [make.party(s, at=AT)[1] for _ in range(SELLERS)]
        office = make.office(s, AT)
        first, *seconds = (make.registrar(s, office, AT) for _ in range(3))
        waiting = []
        for _ in range(passed):
            signed = make.contract(s, sellers[0], sellers[1], at=AT)
            filed = registry.apply(s, signed.id, by=sellers[0], at=AT)
            registry.accept(s, filed.id, by=first, at=AT)
            amounts = (signed.turnover, signed.technology_value)
            registry.pass_review(s, filed.id, *amounts, by=first, at=AT)
            waiting.append(filed.id)
    made = []
    for n, person in enumerate((*sellers, *seconds)):
        assert person.user_id is not None
        acts = drafting(n) if n < SELLERS else certifying(waiting[n - SELLERS :: 2])
        made.append(_client(app, person.user_id, folder / f"acks{n}", acts))
    database.dispose()
    return made


def drafting(n: int) -> Acts:
    """New drafts with titles of their own."""
    for serial in count():
        title = f"Result {n}/{serial}"
        yield "/listings/new", {"title": title, "mode": "negotiation"}, f"draft {title}"


def certifying(waiting: list[int]) -> Acts:
    """Second reviews, until none is left; then nothing but patience."""
    for filed in waiting:
        yield (
            f"/registry/applications/{filed}/certify",
            {"password": make.PASSWORD},
            f"certified {filed}",
        )
    while True:
        yield "/language", {"language": "en"}, "nothing"


def _client(app: Flask, user_id: int, acks: Path, acts: Acts) -> Client:
    visitor = web.sign_in(app, user_id)
    cookie = visitor.get_cookie("market")
    assert cookie is not None
    token = web.token(visitor, "/me")
    kept = visitor.get_cookie("market")
    assert kept is not None
    return Client(f"market={kept.value}", token, acks, acts)


def lost(url: str, folder: Path) -> list[str]:
    """Acknowledged acts that the database does not know, acts that were carried out twice, and
    whatever the journal says is wrong."""
    told = {line for acks in folder.glob("acks*") for line in acks.read_text().splitlines()}
    database = Database(url)
    with database.reading() as s:
        titles = s.scalars(select(Listing.title)).all()
        certified = s.scalars(select(Application.id).where(Application.status == Status.REGISTERED))
        known = {f"draft {t}" for t in titles} | {f"certified {i}" for i in certified}
        wrong = [f"{f.where}: {f.what}" for f in verify(s).findings]
    database.dispose()
    twice = [f"twice: {title}" for title, times in Counter(titles).items() if times > 1]
    return sorted(told - known - {"nothing"}) + twice + wrong


def acknowledged(folder: Path) -> int:
    """How many acts were acknowledged so far."""
    return sum(len(acks.read_text().splitlines()) for acks in folder.glob("acks*"))
