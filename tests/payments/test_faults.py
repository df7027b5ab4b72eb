"""P-23 and P-24: whatever goes wrong between us and the gateway, three cycles later all is well.

Twelve fault points × six flows, each against the fake Stripe over a real line. The end of each run
is the end of the same flow when nothing goes wrong; the gateway's own book and ours then say the
same, line by line. One seed each by day, twenty by night (1,440 runs an engine).
"""

import os
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select

from market.kernel.authority import NOBODY
from market.kernel.db import Database
from market.kernel.money import Money
from market.ledger.models import Transfer
from market.payments import deposit_commands as deposits
from market.payments.gateway_commands import want_capture, want_release
from market.payments.gateway_models import GatewayEvent, Payment
from market.payments.gateways import Stage
from market.payments.models import Receipt
from tests import legs, make
from tests.payments.shop import CYCLE, PRICE, Sale, Shop
from tests.stripe.fake import serving
from tests.stripe.faults import Fault

SEED = int(os.environ.get("MARKET_SEED") or secrets.randbelow(2**32))
SEEDS = 20 if legs.nightly() else 1
CYCLES = 3


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    with serving() as fake:
        yield Shop(database, fake)


# ── the six flows ────────────────────────────────────────────────────────────────────────────────

Step = Callable[[Shop, Sale], None]


@dataclass(frozen=True)
class Flow:
    """What leads to the step that goes wrong, that step, and what people do once it is through."""

    sale: Callable[[Shop], Sale]
    before: tuple[Step, ...]
    critical: Step
    on: str
    after: tuple[Step, ...] = ()


def begin(shop: Shop, sale: Sale) -> None:
    shop.begin(sale)


def pay(shop: Shop, sale: Sale) -> None:
    shop.pay(sale)


def look(shop: Shop, sale: Sale) -> None:
    shop.ask(sale)


def capture(shop: Shop, sale: Sale) -> None:
    shop.want(sale, want_capture)


def release(shop: Shop, sale: Sale) -> None:
    shop.want(sale, want_release)


def refund(shop: Shop, sale: Sale) -> None:
    shop.refund(sale)


def dispute(shop: Shop, sale: Sale) -> None:
    shop.call_back(sale)
    shop.ask(sale)


def apply(shop: Shop, sale: Sale) -> None:
    """The deposit that was charged is held and pays the price."""
    assert sale.deposit_id is not None
    with shop.database.transaction() as s:
        held = deposits.hold_deposit(s, sale.deposit_id, by=NOBODY, at=shop.now())
        seller, _ = make.party(s, at=shop.now())
        owed = make.owed(s, held.party, seller, PRICE, shop.now())
        deposits.apply_deposit(s, held.id, owed.id, by=NOBODY, at=shop.now())


OPEN, LOOK = "POST /v1/payment_intents", "GET /v1/payment_intents/pi_.*"
FLOWS = {
    "authorise a deposit": Flow(Shop.deposit, (), begin, OPEN, (pay,)),
    "capture and apply": Flow(
        Shop.deposit, (begin, pay, look), capture, "POST /v1/payment_intents/.*/capture", (apply,)
    ),
    "cancel and release": Flow(
        Shop.deposit, (begin, pay, look), release, "POST /v1/payment_intents/.*/cancel"
    ),
    "refund": Flow(Shop.deposit, (begin, pay, look, capture), refund, "POST /v1/refunds"),
    "pay the balance": Flow(Shop.price, (), begin, OPEN, (pay,)),
    "dispute": Flow(Shop.price, (begin, pay, look), dispute, LOOK),
}


def play(shop: Shop, flow: Flow, fault: Fault | None, chance: random.Random) -> dict[str, object]:
    """One run: the fault strikes the critical step; three cycles after each step all has come.

    Chance says whether it strikes once or twice, and in which order and how often news comes.
    """
    sale = flow.sale(shop)
    for step in flow.before:
        step(shop, sale)
    shop.fake.deliver()
    shop.chance = random.Random(chance.random())
    shop.deaf = fault is Fault.NEWS_LOST
    if fault is not None:
        shop.fake.script(fault, flow.on, times=chance.choice((1, 1, 2)))
    flow.critical(shop, sale)
    assert fault is None or shop.fake.struck, "the fault found nothing to strike"
    for step in ((lambda *_: None), *flow.after):
        step(shop, sale)
        for _ in range(CYCLES):
            shop.cycle()
    shop.deaf, shop.chance = False, None
    shop.fake.script_nothing()
    return shop.end(sale)


@pytest.mark.parametrize("name", FLOWS)
def test_after_three_cycles_a_fault_leaves_no_trace(shop: Shop, name: str) -> None:
    flow, runs = FLOWS[name], 0
    whole = play(shop, flow, None, random.Random(SEED))
    assert whole["orphans"] == (Money(0), Money(0))
    for seed in range(SEEDS):
        for fault in Fault:
            chance = random.Random(f"{SEED}-{seed}-{fault.name}")
            assert play(shop, flow, fault, chance) == whole, (fault, seed)
            runs += 1
    shop.insist_on_books()
    engine = shop.database.engine.dialect.name
    print(
        f"\n[P-23/24 {engine}] seed {SEED}: {name}, {runs} runs with a fault, same end, 0 orphans"
    )


def test_the_flows_end_where_they_should(shop: Shop) -> None:
    """The end that all runs share is the right one."""
    whole = {name: play(shop, flow, None, random.Random(SEED)) for name, flow in FLOWS.items()}
    stages = {name: end["payment"][0] for name, end in whole.items()}  # type: ignore[index]
    assert stages == {
        "authorise a deposit": Stage.AUTHORISED,
        "capture and apply": Stage.SUCCEEDED,
        "cancel and release": Stage.CANCELLED,
        "refund": Stage.SUCCEEDED,
        "pay the balance": Stage.SUCCEEDED,
        "dispute": Stage.SUCCEEDED,
    }
    assert whole["refund"]["back"] == [("done", make.yuan(PRICE))]
    assert whole["dispute"]["payment"][2] == PRICE * 100  # type: ignore[index]


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_without_the_reconciler_a_lost_answer_stays_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sabotage: nobody asks again."""
    monkeypatch.setattr("tests.payments.shop.reconcile", lambda _counter: None)
    flow = FLOWS["refund"]
    whole = play(shop, flow, None, random.Random(SEED))
    shop.deaf = True
    sale = flow.sale(shop)
    for step in flow.before:
        step(shop, sale)
    shop.fake.script(Fault.TIMEOUT_AFTER, flow.on)
    flow.critical(shop, sale)
    for _ in range(CYCLES):
        shop.cycle()
    assert shop.end(sale) != whole


# ── orphans ──────────────────────────────────────────────────────────────────────────────────────


def test_money_that_nobody_asked_for_is_in_the_books_within_a_quarter_of_an_hour(
    shop: Shop,
) -> None:
    """Somebody charges a card, and refunds a payment of ours, at the gateway's own desk."""
    sale = shop.price()
    for step in (begin, pay, look):
        step(shop, sale)
    shop.cycle()
    books = shop.fake.books
    foreign = books.create_payment({"amount": "12345", "currency": "cny", "metadata": {}})
    books.confirm(foreign["id"], "pm_card_visa")
    with shop.database.reading() as s:
        own = s.get_one(Payment, sale.payment_id).external_id
    books.refund({"payment_intent": own, "amount": "500"})
    shop.deaf = True
    for _ in range(timedelta(minutes=15) // CYCLE):
        shop.cycle()
    with shop.database.reading() as s:
        assert shop.orphans(s) == (Money(12_345), Money(500))
    shop.insist_on_books()


# ── P-25 ─────────────────────────────────────────────────────────────────────────────────────────

ORDERS = 720 if legs.nightly() else 36
SIX = (
    "payment_intent.created",
    "payment_intent.amount_capturable_updated",
    "charge.captured",
    "payment_intent.succeeded",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
)


def life(shop: Shop, sale: Sale) -> Iterator[None]:
    """What happens at the gateway; each step is told by the next of the six."""
    with shop.database.reading() as s:
        own = s.get_one(Payment, sale.payment_id).external_id or ""
    yield
    shop.fake.pay(own)
    yield
    shop.fake.books.capture(own, None)
    yield
    yield
    shop.call_back(sale)
    yield
    yield


def told(shop: Shop, order: tuple[int, ...], chance: random.Random) -> dict[str, object]:
    """Hear six notices in this order, some of them again and again, while things go on."""
    sale = shop.deposit()
    shop.begin(sale)
    going_on, reached = life(shop, sale), -1
    mine = shop.fake.books.events[-1:]
    heard: list[int] = []
    for n in order:
        while reached < n:
            before = len(shop.fake.books.events)
            next(going_on)
            reached += 1
            mine += shop.fake.books.events[before:]
        events = {event["type"]: event for event in mine}
        for again in [n, *chance.choices([*heard, n], k=chance.randint(0, 2))]:
            assert shop.listen(*shop.fake.signed(events[SIX[again]])) == 200
        heard.append(n)
    shop.fake.lose()
    return shop.end(sale)


def test_six_notices_in_any_order_and_number_end_the_same(shop: Shop) -> None:
    chance = random.Random(SEED)
    orders = list(permutations(range(6)))
    if len(orders) > ORDERS:
        orders = [orders[0], *chance.sample(orders[1:], ORDERS - 1)]
    first = told(shop, orders[0], chance)
    assert first["payment"] == (Stage.SUCCEEDED, None, PRICE * 100)
    for order in orders[1:]:
        assert told(shop, order, chance) == first, order
    shop.cycle()
    shop.insist_on_books()
    with shop.database.reading() as s:
        assert s.scalar(select(func.count()).select_from(Receipt)) == len(orders)
    engine = shop.database.engine.dialect.name
    print(f"\n[P-25 {engine}] seed {SEED}: {len(orders)} of 720 orders with duplicates, one end")


def test_a_notice_heard_a_thousand_times_has_one_effect(shop: Shop) -> None:
    sale = shop.price()
    for step in (begin, pay):
        step(shop, sale)
    event = next(e for e in shop.fake.books.events if e["type"] == "payment_intent.succeeded")
    notice = shop.fake.signed(event)
    for _ in range(1_000):
        assert shop.listen(*notice) == 200
    with shop.database.reading() as s:
        assert s.scalar(select(func.count()).select_from(GatewayEvent)) == 1
        assert s.scalar(select(func.count()).select_from(Receipt)) == 1
        assert s.scalar(select(func.count()).select_from(Transfer)) == 2
    assert len([call for call in shop.fake.calls if call.startswith("GET /v1/payment_i")]) == 1
