"""A market that pays through the fake Stripe: its counter, its fake time, its payers."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.kernel.authority import NOBODY, Actor
from market.kernel.clock import day_of
from market.kernel.db import Database
from market.kernel.money import Money
from market.ledger.queries import balance, by_purpose
from market.ledger.rules import Place, Purpose
from market.payments import deposit_commands as deposits
from market.payments import gateway_commands as gateways
from market.payments.asking import Counter, ask_payment, ask_refund, hear
from market.payments.gateway_models import GatewayMovement, Payment
from market.payments.gateways import Channel, Declined, Stage, Unsure
from market.payments.models import Deposit, Obligation
from market.payments.payout_models import Payout
from market.payments.reconciling import reconcile
from market.payments.sheet import Share, ShareKind
from market.payments.verifying import differences
from market.payments.webhooks import foreign, parse
from tests import make
from tests.stripe.fake import Fake
from tests.stripe.faults import Killed

CYCLE = timedelta(minutes=5)
PRICE = 1_000


@dataclass
class Sale:
    """One payer's business: what is owed, its payment and, where it is one, its deposit."""

    payer: Actor
    obligation_id: int
    deposit_id: int | None = None
    payment_id: int = 0
    dispute: str = ""


@dataclass
class Shop:
    """The market beside its gateway. ``deaf``: no news reaches it."""

    database: Database
    fake: Fake
    deaf: bool = False
    chance: random.Random | None = None
    replayed: int = 0
    serial: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Open the counter, and listen for news."""
        gateway = self.fake.gateway()
        self.counter = Counter(
            self.database, {Channel.STRIPE: gateway}, "https://market.example", self.now
        )
        self.gateway = gateway
        self.fake.listener = self.listen

    def now(self) -> datetime:
        """The instant, in the fake's own time."""
        return self.fake.clock.now

    def listen(self, body: bytes, header: str) -> int:
        """The page that takes notices, without its page."""
        told = parse(body, header, self.fake.secrets, self.now())
        wrong = foreign(told, live=False, account=self.fake.books.account)
        try:
            hear(self.counter, told, wrong)
        except (Unsure, Killed):
            return 503
        return 200

    # ── what people do ──

    def deposit(self) -> Sale:
        """A deposit is asked for that is decided within two days, so a card is only held."""
        with self.database.transaction() as s:
            party, by = make.party(s, at=self.now())
            asked = deposits.ask_deposit(
                s, party.id, ("auction", next(self.serial)), make.yuan(PRICE), "保证金",
                day_of(self.now()), by=NOBODY, at=self.now(),
                settles_at=self.now() + timedelta(days=2),
            )  # fmt: skip
            return Sale(by, asked.obligation_id, asked.id)

    def price(self) -> Sale:
        """A price is owed, which divides between the seller and the market."""
        with self.database.transaction() as s:
            (buyer, by), (seller, _) = (make.party(s, at=self.now()) for _ in range(2))
            terms = (
                Share(ShareKind.SELLER, 9_750, seller.id),
                Share(ShareKind.PLATFORM, 250),
            )
            owed = make.owed(s, buyer, seller, PRICE, self.now(), shares=terms)
            return Sale(by, owed.id)

    def begin(self, sale: Sale) -> None:
        """The payer asks to pay: stored first, then asked."""
        with self.database.transaction() as s:
            by = confirmed(sale.payer, self.now())
            payment = gateways.begin_payment(
                s, sale.obligation_id, self.gateway, by=by, at=self.now()
            )
            sale.payment_id = payment.id
        self.ask(sale)

    def ask(self, sale: Sale) -> None:
        """Ask for the next step; the line may break, the process may die."""
        with suppress(Unsure, Declined, Killed):
            ask_payment(self.counter, sale.payment_id)

    def pay(self, sale: Sale) -> None:
        """The payer pays on the gateway's page, once it is known there and here."""
        with self.database.reading() as s:
            payment = s.get_one(Payment, sale.payment_id)
            if payment.stage is Stage.ACTION and payment.external_id:
                self.fake.pay(payment.external_id)

    def want(self, sale: Sale, act: Callable[..., Payment]) -> None:
        """The market decides to charge or to release what is held, and asks for it."""
        with self.database.transaction() as s:
            act(s, sale.payment_id, by=NOBODY, at=self.now())
        self.ask(sale)

    def refund(self, sale: Sale) -> None:
        """A deposit goes back, and the gateway is asked for it."""
        assert sale.deposit_id is not None
        with self.database.transaction() as s:
            deposits.refund_deposit(s, sale.deposit_id, "outbid", by=NOBODY, at=self.now())
            payouts = s.scalars(select(Payout.id).where(Payout.deposit_id == sale.deposit_id)).all()
        for payout_id in payouts:
            with suppress(Unsure, Declined, Killed):
                ask_refund(self.counter, payout_id)

    def call_back(self, sale: Sale) -> None:
        """The payer's bank takes the money back."""
        with self.database.reading() as s:
            external_id = s.get_one(Payment, sale.payment_id).external_id
        assert external_id is not None
        sale.dispute = self.fake.dispute(external_id)

    # ── what time does ──

    def cycle(self) -> None:
        """Minutes pass, news comes or is lost, the reconciler looks."""
        self.fake.clock.forward(CYCLE)
        if self.deaf:
            self.fake.lose()
        else:
            self.fake.deliver(self.chance)
        with suppress(Killed):
            reconcile(self.counter)

    # ── what is seen ──

    def end(self, sale: Sale) -> dict[str, object]:
        """How a sale stands, whatever its numbers are."""
        with self.database.reading() as s:
            owed = s.get_one(Obligation, sale.obligation_id)
            payment = s.get_one(Payment, sale.payment_id)
            deposit = s.get(Deposit, sale.deposit_id) if sale.deposit_id else None
            back = s.scalars(select(Payout).where(Payout.obligation_id == owed.id)).all()
            mine = (Purpose.CREDIT, Purpose.DEPOSIT, Purpose.CLAIM)
            return {
                "owed": (owed.status, owed.paid),
                "payment": (payment.stage, payment.wanted, payment.disputed_minor),
                "deposit": deposit and deposit.status,
                "back": sorted((each.status.value, each.amount) for each in back),
                "there": {p: balance(s, Place(p, owed.debtor_id)) for p in mine},
                "orphans": self.orphans(s),
            }

    def orphans(self, s: Session) -> tuple[Money, Money]:
        """Money that nobody expected, and money that left unexplained."""
        whole = by_purpose(s)
        return (
            whole.get((Purpose.UNMATCHED, "CNY"), Money(0)),
            whole.get((Purpose.UNEXPLAINED, "CNY"), Money(0)),
        )

    def insist_on_books(self) -> None:
        """Each line of the gateway's book has its transfer, our account of it says what its own
        book says, none was refunded twice, and all adds up."""
        lines = self.fake.books.all("balance_transaction")
        with self.database.reading() as s:
            noted = {line.external_id: line for line in s.scalars(select(GatewayMovement))}
            assert {line["id"] for line in lines} == set(noted)
            assert all(line.transfer_id for line in noted.values())
            net = sum(line["amount"] - line["fee"] for line in lines)
            assert balance(s, Place(Purpose.STRIPE)).posted == Money(net)
            assert [str(each) for each in differences(s)] == []
        for charge in self.fake.books.all("charge"):
            back = [
                each["amount"]
                for each in self.fake.books.all("refund")
                if each["charge"] == charge["id"] and each["balance_transaction"]
            ]
            assert sum(back) <= charge["amount_captured"]
            assert len(back) <= 1
