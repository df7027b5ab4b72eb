"""Two stand-ins, one suite: what the fake and localstripe do alike, neither of us made up alone.

``DIFFERENCES`` is the rest: each row is asked of both, so the table stays true. Nothing here, and
nothing else in this suite, was ever run against Stripe itself (but see ``test_live.py``).
"""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import requests
import stripe
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from market.payments.stripe_line import VERSION
from market.payments.webhooks import HEADER, parse
from tests.provider import Quiet
from tests.stripe import fake as ours
from tests.stripe import neighbour as theirs

GOOD, DECLINED, PROVING = "4242424242424242", "4000000000000002", "4000002500003155"
OUR_CARDS = {
    GOOD: "pm_card_visa",
    DECLINED: "pm_card_chargeDeclined",
    PROVING: "pm_card_authenticationRequired",
}
SECRET = "whsec_of_the_suite"
News = tuple[bytes, str]


@dataclass
class Standin:
    """One of the two, as a client sees it."""

    name: str
    address: str
    key: str
    fake: ours.Fake | None = None

    @property
    def v1(self) -> stripe.V1Services:
        """The official client, pointed at it."""
        return self.with_key(self.key)

    def with_key(self, key: str) -> stripe.V1Services:
        """The same with another key."""
        return stripe.StripeClient(
            key,
            stripe_version=VERSION,
            base_addresses={"api": self.address},
            http_client=stripe.RequestsClient(timeout=20),
            max_network_retries=0,
        ).v1

    def card(self, number: str = GOOD) -> str:
        """The id of a payment method with this card."""
        if self.fake is not None:
            return OUR_CARDS[number]
        card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        made = requests.post(
            f"{self.address}/v1/payment_methods",
            {"type": "card", **{f"card[{name}]": str(value) for name, value in card.items()}},
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=20,
        )
        return str(made.json()["id"])

    def ready(self, amount: int = 100_00, *, later: bool = False, card: str = GOOD) -> str:
        """A payment that has its card and only waits to be confirmed."""
        payment = self.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "cny",
                "capture_method": "manual" if later else "automatic",
                "metadata": {"key": "payment-1"},
                "payment_method": self.card(card),
            }
        )
        return payment.id

    def paid(self, amount: int = 100_00, *, later: bool = False) -> stripe.PaymentIntent:
        """A payment that was confirmed: charged, or held."""
        return self.v1.payment_intents.confirm(self.ready(amount, later=later))

    @contextmanager
    def listening(self) -> Iterator["queue.Queue[News]"]:
        """What it sends as news while the block runs."""
        heard: queue.Queue[News] = queue.Queue()
        if self.fake is not None:
            self.fake.secrets = (SECRET,)
            self.fake.listener = _into(heard)
            yield heard
            return

        @Request.application
        def listener(request: Request) -> Response:
            return Response(status=_into(heard)(request.get_data(), request.headers[HEADER]))

        server = make_server("127.0.0.1", 0, listener, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        there = {"url": f"http://127.0.0.1:{server.server_port}/", "secret": SECRET}
        requests.post(f"{self.address}/_config/webhooks/suite", there, timeout=5).raise_for_status()
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _into(heard: "queue.Queue[News]") -> Callable[[bytes, str], int]:
    def note(body: bytes, header: str) -> int:
        heard.put((body, header))
        return 200

    return note


@pytest.fixture(scope="module")
def localstripe() -> Iterator[Standin]:
    with theirs.neighbour() as address:
        yield Standin("localstripe", address, theirs.KEY)


@pytest.fixture
def our_fake() -> Iterator[Standin]:
    with ours.serving() as fake:
        yield Standin("fake", fake.address, ours.KEY, fake)


@pytest.fixture(params=["our_fake", "localstripe"])
def standin(request: pytest.FixtureRequest) -> Standin:
    found: Standin = request.getfixturevalue(request.param)
    return found


def status_of(call: Callable[[], object]) -> str:
    """What came of a call: a class of error with its status, or nothing wrong."""
    try:
        call()
    except stripe.StripeError as error:
        return f"{type(error).__name__} {error.http_status}"
    return "done"


REFUSED = "InvalidRequestError 400"

# ── alike ────────────────────────────────────────────────────────────────────────────────────────


def test_a_payment_is_confirmed_and_charged(standin: Standin) -> None:
    waiting = standin.v1.payment_intents.retrieve(standin.ready())
    assert (waiting.status, waiting.latest_charge) == ("requires_confirmation", None)
    paid = standin.v1.payment_intents.confirm(waiting.id)
    assert (paid.status, paid.amount, paid.currency) == ("succeeded", 100_00, "cny")
    assert paid.livemode is False
    assert paid.metadata.to_dict() == {"key": "payment-1"}
    assert paid.client_secret is not None
    assert paid.client_secret.startswith(f"{paid.id}_secret_")


def test_without_a_card_a_payment_waits_for_one(standin: Standin) -> None:
    bare = standin.v1.payment_intents.create({"amount": 100_00, "currency": "cny"})
    assert bare.status == "requires_payment_method"


def test_a_hold_is_no_charge_until_it_is_captured(standin: Standin) -> None:
    held = standin.paid(later=True)
    assert held.status == "requires_capture"
    look = standin.v1.payment_intents.retrieve(held.id, {"expand": ["latest_charge"]})
    assert isinstance(look.latest_charge, stripe.Charge)
    assert look.latest_charge.captured is False
    assert look.latest_charge.balance_transaction is None
    assert standin.v1.payment_intents.capture(held.id).status == "succeeded"


def test_what_is_not_captured_is_counted_among_the_refunds(standin: Standin) -> None:
    held = standin.paid(later=True)
    standin.v1.payment_intents.capture(held.id, {"amount_to_capture": 60_00})
    look = standin.v1.payment_intents.retrieve(held.id, {"expand": ["latest_charge"]})
    assert isinstance(look.latest_charge, stripe.Charge)
    assert (look.latest_charge.amount_refunded, look.latest_charge.refunded) == (40_00, False)


def test_no_more_is_captured_than_held_and_only_once(standin: Standin) -> None:
    held = standin.paid(later=True)
    capture = standin.v1.payment_intents.capture
    assert status_of(lambda: capture(held.id, {"amount_to_capture": 100_01})) == REFUSED
    capture(held.id)
    assert status_of(lambda: capture(held.id)) == REFUSED


@pytest.mark.parametrize("card", [GOOD, PROVING])
def test_what_was_not_charged_can_be_cancelled_once(standin: Standin, card: str) -> None:
    payment = standin.ready(later=True, card=card)
    standin.v1.payment_intents.confirm(payment)
    cancel = standin.v1.payment_intents.cancel
    assert cancel(payment).status == "canceled"
    assert status_of(lambda: cancel(payment)) == REFUSED
    assert status_of(lambda: standin.v1.payment_intents.confirm(payment)) == REFUSED


def test_what_was_charged_is_not_cancelled(standin: Standin) -> None:
    paid = standin.paid()
    assert status_of(lambda: standin.v1.payment_intents.cancel(paid.id)) == REFUSED


def test_the_payers_bank_may_ask_for_a_proof(standin: Standin) -> None:
    asked = standin.v1.payment_intents.confirm(standin.ready(card=PROVING))
    assert asked.status == "requires_action"
    assert asked.next_action is not None
    assert asked.next_action.type == "use_stripe_sdk"


def test_money_goes_back_in_parts_and_is_listed(standin: Standin) -> None:
    paid = standin.paid()
    made = [
        standin.v1.refunds.create(
            {"payment_intent": paid.id, "amount": amount, "metadata": {"key": str(amount)}}
        )
        for amount in (10_00, 20_00)
    ]
    assert {refund.status for refund in made} == {"succeeded"}
    listed = standin.v1.refunds.list({"payment_intent": paid.id})
    assert {refund.id for refund in listed.data} == {refund.id for refund in made}
    again = standin.v1.refunds.retrieve(made[0].id)
    assert (again.amount, again.currency, again.payment_intent) == (10_00, "cny", paid.id)
    assert again.metadata is not None
    assert again.metadata.to_dict() == {"key": "1000"}
    look = standin.v1.payment_intents.retrieve(paid.id, {"expand": ["latest_charge"]})
    assert isinstance(look.latest_charge, stripe.Charge)
    assert look.latest_charge.amount_refunded == 30_00


def test_the_account_book_names_what_moved_the_money(standin: Standin) -> None:
    paid = standin.paid(123_00)
    refund = standin.v1.refunds.create({"payment_intent": paid.id, "amount": 23_00})
    lines = standin.v1.balance_transactions.list({"limit": 100, "expand": ["data.source"]}).data
    told = {
        line.source.id: (line.type, line.amount, line.reporting_category, line.net + line.fee)
        for line in lines
        if isinstance(line.source, stripe.Charge | stripe.Refund)
    }
    assert told[refund.id] == ("refund", -23_00, "refund", -23_00)
    charge = standin.v1.payment_intents.retrieve(paid.id, {"expand": ["latest_charge"]})
    assert isinstance(charge.latest_charge, stripe.Charge)
    assert told[charge.latest_charge.id] == ("charge", 123_00, "charge", 123_00)


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_that_is_none_is_refused(standin: Standin, amount: int) -> None:
    create = standin.v1.payment_intents.create
    assert status_of(lambda: create({"amount": amount, "currency": "cny"})) == REFUSED


def test_what_does_not_exist_is_missing_and_who_has_no_key_gets_nothing(standin: Standin) -> None:
    missing = "InvalidRequestError 404"
    assert status_of(lambda: standin.v1.payment_intents.retrieve("pi_nothing")) == missing
    assert status_of(lambda: standin.v1.refunds.retrieve("re_nothing")) == missing
    nobody = standin.with_key("pk_test_open")
    assert status_of(lambda: nobody.payment_intents.retrieve("pi_1")) == "AuthenticationError 401"


def test_news_is_signed_as_the_market_reads_it(standin: Standin) -> None:
    with standin.listening() as heard:
        paid = standin.paid()
        if standin.fake is not None:
            standin.fake.deliver()
        told = ""
        while told != paid.id:
            body, header = heard.get(timeout=20)
            at = standin.fake.clock.now if standin.fake else datetime.now(UTC)
            notice = parse(body, header, (SECRET,), at)
            told = notice.payment if notice.kind == "payment_intent.succeeded" else ""


# ── different ────────────────────────────────────────────────────────────────────────────────────


def same_key_twice(one: Standin) -> str:
    options: stripe.RequestOptions = {"idempotency_key": "same"}
    ids = {
        one.v1.payment_intents.create({"amount": 100_00, "currency": "cny"}, options).id
        for _ in range(2)
    }
    return f"{len(ids)} payments"


def refund_too_much(one: Standin) -> str:
    paid = one.paid()
    create = one.v1.refunds.create
    return status_of(lambda: create({"payment_intent": paid.id, "amount": 100_01}))


def pay_with_a_declined_card(one: Standin) -> str:
    return status_of(lambda: one.v1.payment_intents.confirm(one.ready(card=DECLINED)))


def confirm_with_a_card(one: Standin) -> str:
    bare = one.v1.payment_intents.create({"amount": 100_00, "currency": "cny"})
    confirm = one.v1.payment_intents.confirm
    return status_of(lambda: confirm(bare.id, {"payment_method": one.card()}))


def capture_what_nobody_paid(one: Standin) -> str:
    payment = one.ready(later=True)
    return status_of(lambda: one.v1.payment_intents.capture(payment))


def what_is_capturable(one: Standin) -> str:
    return str(one.paid(later=True).to_dict().get("amount_capturable"))


def describe_a_payment(one: Standin) -> str:
    create = one.v1.payment_intents.create
    return status_of(lambda: create({"amount": 1_00, "currency": "cny", "description": "x"}))


def leave_the_cards_to_stripe(one: Standin) -> str:
    wanted: stripe.params.PaymentIntentCreateParams = {"amount": 100_00, "currency": "cny"}
    wanted["automatic_payment_methods"] = {"enabled": True}
    return status_of(lambda: one.v1.payment_intents.create(wanted))


def use_a_parameter_of_yesterday(one: Standin) -> str:
    answer = requests.post(
        f"{one.address}/v1/payment_intents",
        {"amount": "10000", "currency": "cny", "payment_method_types[]": "card"},
        headers={"Authorization": f"Bearer {one.key}"},
        timeout=20,
    )
    return str(answer.status_code)


def charge_more_than_stripe_does(one: Standin) -> str:
    create = one.v1.payment_intents.create
    return status_of(lambda: create({"amount": 100_000_000, "currency": "cny"}))


def search(one: Standin) -> str:
    return status_of(lambda: one.v1.payment_intents.search({"query": "metadata['key']:'x'"}))


def name_the_account(one: Standin) -> str:
    return status_of(one.v1.accounts.retrieve_current)


def disputes(one: Standin) -> str:
    return status_of(one.v1.disputes.list)


def account_book_since(one: Standin) -> str:
    return status_of(lambda: one.v1.balance_transactions.list({"created": {"gte": 1}}))


def fee_of_a_payment(one: Standin) -> str:
    one.paid()
    return str(one.v1.balance_transactions.list({"limit": 1}).data[0].fee > 0)


def line_of_what_was_not_captured(one: Standin) -> str:
    """Whether a hold set free moved money in the account's book."""
    held = one.paid(later=True)
    one.v1.payment_intents.capture(held.id, {"amount_to_capture": 60_00})
    listed = one.v1.refunds.list({"payment_intent": held.id}).data
    return str([bool(each.balance_transaction) for each in listed])


def code_of_an_error(one: Standin) -> str:
    try:
        one.v1.payment_intents.retrieve("pi_nothing")
    except stripe.InvalidRequestError as error:
        return str(error.code)
    return "none"


DIFFERENCES: list[tuple[Callable[[Standin], str], str, str]] = [
    (same_key_twice, "1 payments", "2 payments"),
    (refund_too_much, REFUSED, "done"),
    (pay_with_a_declined_card, "CardError 402", "done"),
    (confirm_with_a_card, "done", "APIError 500"),
    (capture_what_nobody_paid, REFUSED, "APIError 500"),
    (what_is_capturable, "10000", "None"),
    (describe_a_payment, "done", REFUSED),
    (leave_the_cards_to_stripe, "done", REFUSED),
    (use_a_parameter_of_yesterday, "400", "200"),
    (charge_more_than_stripe_does, REFUSED, "done"),
    (search, "done", "InvalidRequestError 404"),
    (name_the_account, "done", "APIError 404"),
    (disputes, "done", "APIError 404"),
    (account_book_since, "done", REFUSED),
    (fee_of_a_payment, "True", "False"),
    (line_of_what_was_not_captured, "[False]", "[True]"),
    (code_of_an_error, "resource_missing", "None"),
]


@pytest.mark.parametrize(
    ("ask", "fake", "other"), DIFFERENCES, ids=[row[0].__name__ for row in DIFFERENCES]
)
def test_where_the_two_differ_the_table_says_how(
    ask: Callable[[Standin], str], fake: str, other: str, our_fake: Standin, localstripe: Standin
) -> None:
    assert (ask(our_fake), ask(localstripe)) == (fake, other)
