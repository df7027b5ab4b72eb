"""P-27: price and currency come from our books, never from the client; what is charged is what is
logged. And what reaches the gateway's door by itself: notices forged, foreign, again and again.
"""

import json
import os
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import BytecodeCache
from sqlalchemy import func, select

from config import Settings
from market.app import create_app
from market.kernel.authority import Actor
from market.kernel.clock import now
from market.kernel.db import Database
from market.kernel.journal import Entry
from market.kernel.money import Money
from market.parties.models import Party
from market.payments.gateway_models import GatewayEvent, Payment
from market.payments.models import Obligation, Receipt
from market.payments.sheet import ObligationStatus
from market.payments.verifying import differences
from market.payments.webhooks import HEADER
from tests import legs, make, web
from tests.stripe.books import Thing
from tests.stripe.fake import OLD_SECRET, SECRET, Fake, serving

SEED = int(os.environ.get("MARKET_SEED") or secrets.randbelow(2**32))
CHECKOUTS = 1_000 if legs.nightly() else 50
NOTICES = "/money/notices/stripe"

TAMPERINGS: dict[str, dict[str, str]] = {
    "amount": {"amount": "0.01", "amount_minor": "1", "price": "1", "remaining": "1"},
    "currency": {"currency": "JPY", "price_currency": "JPY"},
    "quantity": {"quantity": "-1", "count": "0"},
    "fee": {"fee": "-999", "application_fee_amount": "1", "weight_bp": "0"},
    "voucher": {"voucher": "FREE100", "coupon": "FREE", "discounts[0][coupon]": "FREE"},
    "metadata": {"metadata[key]": "payment-of-another", "metadata[market]": "evil", "key": "x"},
    "return URL": {"return_url": "https://evil.example", "next": "//evil.example", "paid": "1"},
    "whose": {"debtor_id": "1", "party_id": "1", "obligation_id": "1", "payment_id": "1"},
    "capture": {"capture": "later", "capture_method": "manual", "stage": "succeeded"},
}


@dataclass
class Till:
    """The application, the fake Stripe beside it, and a buyer who is signed in."""

    app: Flask
    fake: Fake
    buyer: Actor
    client: FlaskClient

    @property
    def database(self) -> Database:
        found = self.app.extensions["market.database"]
        assert isinstance(found, Database)
        return found

    def owes(self, minor: int) -> int:
        """So many fen more that the buyer owes."""
        with self.database.transaction() as s:
            seller, _ = make.party(s, at=now())
            debtor = s.get_one(Party, self.buyer.party_id)
            return make.owed(s, debtor, seller, Money(minor), now()).id

    def checkout(self, obligation_id: int, typed: dict[str, str], query: str = "") -> Thing:
        """The buyer pays by card, the form as typed; gives what the gateway was asked for."""
        page = f"/money/obligations/{obligation_id}"
        answer = web.post(self.client, f"{page}/pay/stripe{query}", typed, page=page)
        assert answer.status_code in (302, 422), answer.status
        if answer.status_code == 302:
            assert answer.location == f"{page}/card"
        else:
            web.post(self.client, f"{page}/pay/stripe", page=page)
        return self.fake.books.all("payment_intent")[0]

    def notice(self, body: bytes, header: str) -> int:
        return self.app.test_client().post(NOTICES, data=body, headers={HEADER: header}).status_code

    def booked(self) -> int:
        """How many receipts there are."""
        with self.database.reading() as s:
            return s.scalar(select(func.count()).select_from(Receipt)) or 0


def opened(fake: Fake, folder: Path, url: str, templates: BytecodeCache, **over: object) -> Flask:
    settings = Settings.for_tests(folder, database_url=url, **{"stripe": fake.settings, **over})
    fake.market = "127.0.0.1"
    app = create_app(settings)
    app.jinja_env.bytecode_cache = templates
    return app


@pytest.fixture
def till(engine_url: str, tmp_path: Path, templates: BytecodeCache) -> Iterator[Till]:
    with serving() as fake:
        fake.clock.now = now()
        app = opened(fake, tmp_path, engine_url, templates)
        database: Database = app.extensions["market.database"]
        with database.transaction() as s:
            _, buyer = make.party(s, at=now())
        assert buyer.user_id is not None
        till = Till(app, fake, buyer, web.sign_in(app, buyer.user_id))
        fake.listener = till.notice
        yield till
        database.dispose()


def asked_rightly(till: Till, asked: Thing, minor: int) -> None:
    """The gateway was asked for what is due and nothing else."""
    assert (asked["amount"], asked["currency"]) == (minor, "cny")
    assert not {"application_fee_amount", "transfer_data", "discounts"} & set(asked)
    assert asked["capture_method"] in ("automatic", "automatic_async")
    with till.database.reading() as s:
        payment = s.scalars(select(Payment).order_by(Payment.id.desc())).first()
        assert payment is not None
        assert asked["metadata"]["key"] == payment.key
        assert asked["metadata"]["market"] == till.fake.market
        assert payment.amount == Money(minor)


@pytest.mark.sqlite_by_day
@pytest.mark.parametrize("what", TAMPERINGS)
@pytest.mark.parametrize("where", ["form", "query"])
def test_what_the_client_adds_changes_nothing(till: Till, what: str, where: str) -> None:
    typed = TAMPERINGS[what]
    query = "?" + "&".join(f"{k}={v}" for k, v in typed.items()) if where == "query" else ""
    asked = till.checkout(till.owes(123_456), {} if query else typed, query)
    asked_rightly(till, asked, 123_456)


def test_json_is_not_taken_whatever_it_says(till: Till) -> None:
    path = f"/money/obligations/{till.owes(123_456)}/pay/stripe"
    token = {"X-CSRFToken": web.token(till.client, "/me")}
    body = {name: value for typed in TAMPERINGS.values() for name, value in typed.items()}
    assert till.client.post(path, json=body, headers=token).status_code == 415
    assert till.fake.calls == []


def test_a_way_back_that_claims_success_has_no_effect(till: Till) -> None:
    first, second = till.owes(100_000), till.owes(200_000)
    foreign = till.checkout(first, {})
    till.fake.pay(foreign["id"])
    claims = (
        "paid=1&session_id=other",
        f"redirect_status=succeeded&payment_intent={foreign['id']}",
        "stage=succeeded&amount=0",
    )
    for claim in claims:
        assert till.client.get(f"/money/obligations/{second}?{claim}").status_code == 200
    with till.database.reading() as s:
        assert s.get_one(Obligation, second).status is ObligationStatus.OPEN
    assert till.booked() == 0


def test_what_is_charged_is_what_is_logged(till: Till) -> None:
    chance = random.Random(SEED)
    due: dict[int, int] = {}
    for _ in range(CHECKOUTS):
        minor = chance.randint(400, 99_999_999)
        key = till.owes(minor)
        typed = chance.choice([{}, *TAMPERINGS.values()])
        due[key] = minor
        till.fake.pay(till.checkout(key, typed)["id"])
        assert set(till.fake.deliver(chance)) == {200}
    charged = {
        each["metadata"]["key"]: each["amount_received"]
        for each in till.fake.books.all("payment_intent")
    }
    with till.database.reading() as s:
        payments = {each.id: each for each in s.scalars(select(Payment))}
        logged = {
            payments[entry.subject_id].key: entry.told["amount"]
            for entry in s.scalars(select(Entry).where(Entry.act == "payment.requested"))
        }
        owed = {p.key: due[p.obligation_id] for p in payments.values()}
        assert charged == logged == owed
        assert len(charged) == CHECKOUTS
        assert {o.status for o in s.scalars(select(Obligation))} == {ObligationStatus.SETTLED}
        assert [str(each) for each in differences(s)] == []
    engine = till.database.engine.dialect.name
    print(f"\n[P-27 {engine}] seed {SEED}: {CHECKOUTS} checkouts, charged = logged = owed")


# ── the door for notices (7 G 106 to 110) ────────────────────────────────────────────────────────


@pytest.fixture
def event(till: Till) -> Thing:
    """What the gateway would tell of a payment that was paid."""
    till.fake.pay(till.checkout(till.owes(100_000), {})["id"])
    return next(e for e in till.fake.books.events if e["type"] == "payment_intent.succeeded")


def heard(till: Till) -> list[str]:
    """What became of the notices that were taken."""
    with till.database.reading() as s:
        return list(s.scalars(select(GatewayEvent.outcome).order_by(GatewayEvent.id)))


def test_a_forged_notice_is_a_400_and_changes_nothing(till: Till, event: Thing) -> None:
    body, header = till.fake.signed(event)
    stale = till.fake.signed(event, at=now() - timedelta(seconds=400))
    forged = {
        "unsigned": (body, ""),
        "wrong secret": till.fake.signed(event, "whsec_guessed"),
        "stale": stale,
        "re-serialised": (json.dumps(json.loads(body)).encode(), header),
        "no event": (b"[]", till.fake.signed({})[1]),
    }
    assert {name: till.notice(*each) for name, each in forged.items()} == dict.fromkeys(forged, 400)
    assert (till.booked(), heard(till)) == (0, [])


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_a_signed_notice_is_heard_a_thousand_times_to_one_effect(
    till: Till, event: Thing, secret: str
) -> None:
    notice = till.fake.signed(event, secret)
    for _ in range(1_000 if secret == SECRET else 2):
        assert till.notice(*notice) == 200
    assert (till.booked(), heard(till)) == (1, ["noted"])


def test_a_notice_of_an_unknown_kind_is_taken_and_ignored(till: Till, event: Thing) -> None:
    assert till.notice(*till.fake.signed({**event, "type": "invented.tomorrow"})) == 200
    assert (till.booked(), heard(till)) == (0, ["ignored"])


@pytest.mark.parametrize("over", [{"livemode": True}, {"account": "acct_of_another"}])
def test_a_notice_of_another_mode_or_account_is_kept_and_not_booked(
    till: Till, event: Thing, over: Thing
) -> None:
    assert till.notice(*till.fake.signed({**event, **over})) == 200
    assert (till.booked(), heard(till)) == (0, ["mismatch"])


@pytest.mark.parametrize("over", [{"amount": 1, "amount_received": 1}, {"currency": "usd"}])
def test_another_amount_or_currency_at_the_gateway_is_marked_and_not_booked(
    till: Till, event: Thing, over: Thing
) -> None:
    payment = till.fake.books.all("payment_intent")[0]
    payment |= over
    till.fake.books.things[payment["latest_charge"]] |= {
        name.replace("_received", "_captured"): value for name, value in over.items()
    }
    assert till.notice(*till.fake.signed(event)) == 200
    with till.database.reading() as s:
        (known,) = s.scalars(select(Payment))
        assert known.why.startswith("mismatch")
    assert till.booked() == 0


def test_a_notice_of_ten_megabytes_is_a_413(till: Till) -> None:
    assert till.notice(b"x" * 10_000_000, "t=1,v1=0") == 413


def test_without_a_secret_no_notice_is_believed(
    engine_url: str, tmp_path: Path, templates: BytecodeCache
) -> None:
    with serving() as fake:
        fake.secrets = ()
        bare = Settings.for_tests(tmp_path).stripe or fake.settings
        open_ = type(bare)(bare.key, bare.publishable_key, bare.account, api=fake.address)
        app = opened(fake, tmp_path, engine_url, templates, stripe=open_)
        answer = app.test_client().post(NOTICES, data=b"{}", headers={HEADER: "t=1,v1=0"})
        app.extensions["market.database"].dispose()
    assert answer.status_code == 503
