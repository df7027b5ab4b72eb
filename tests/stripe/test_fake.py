"""The fake's own laws: keys, concurrency, news, and that each of its faults is a real one."""

import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
import requests
import stripe

from market.kernel.money import Money
from market.payments.gateways import Capture, Gateway, Intent, Unsure
from market.payments.webhooks import parse
from tests.stripe.fake import KEPT, KEY, OLD_SECRET, SECRET, Fake
from tests.stripe.faults import Fault

FORM = {"amount": "10000", "currency": "cny"}
ASKED = Intent("payment-1", Money(100_00), "CZX-1", Capture.AT_ONCE, "Price", "https://x.example/")
OPENING = "POST /v1/payment_intents"


def post(fake: Fake, key: str, form: dict[str, str] | None = None) -> requests.Response:
    return fake.line().post(
        f"{fake.address}/v1/payment_intents",
        form or FORM,
        headers={"Authorization": f"Bearer {KEY}", "Idempotency-Key": key},
        timeout=5,
    )


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_key_and_body_repeats_the_answer_and_says_so(fake: Fake) -> None:
    first, second = post(fake, "k"), post(fake, "k")
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_same_key_with_another_body_is_refused(fake: Fake) -> None:
    post(fake, "k")
    refused = post(fake, "k", {**FORM, "amount": "20000"})
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "idempotency_error")


def test_an_error_is_kept_under_its_key_too(fake: Fake) -> None:
    bad = {**FORM, "amount": "1"}
    assert post(fake, "k", bad).status_code == post(fake, "k", bad).status_code == 400


def test_a_key_is_forgotten_after_a_day(fake: Fake) -> None:
    first = post(fake, "k").json()["id"]
    fake.clock.forward(KEPT - timedelta(seconds=1))
    assert post(fake, "k").json()["id"] == first
    fake.clock.forward(timedelta(seconds=1))
    assert post(fake, "k").json()["id"] != first


def test_of_twenty_at_once_with_one_key_one_is_carried_out(fake: Fake) -> None:
    fake.works_for = 0.2
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(fake, "k").status_code))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake.books.all("payment_intent")) == 1
    assert set(answers) <= {200, 409}
    assert answers.count(200) >= 1
    assert answers.count(409) >= 1


def test_a_request_that_breaks_the_contract_is_refused(fake: Fake) -> None:
    refused = post(fake, "k", {**FORM, "payment_method_types[]": "card"})
    assert refused.status_code == 400
    assert "payment_method_types: unknown" in refused.json()["error"]["message"]


# ── faults ───────────────────────────────────────────────────────────────────────────────────────

CAUSES: dict[Fault, type[BaseException]] = {
    Fault.CONNECT: requests.ConnectionError,
    Fault.TLS: requests.exceptions.SSLError,
    Fault.TIMEOUT_BEFORE: requests.Timeout,
    Fault.TIMEOUT_AFTER: requests.Timeout,
    Fault.RESET: requests.exceptions.ChunkedEncodingError,
    Fault.TOO_MANY: stripe.RateLimitError,
    Fault.STORED_500: stripe.APIError,
    Fault.CONCURRENT: stripe.APIError,
}


@pytest.mark.parametrize("fault", CAUSES, ids=lambda fault: fault.name)
def test_each_fault_is_what_it_says(fake: Fake, gateway: Gateway, fault: Fault) -> None:
    fake.searchable_after = timedelta(minutes=1)
    fake.script(fault, OPENING)
    with pytest.raises(Unsure) as caught:
        gateway.open(ASKED)
    causes = []
    cause: BaseException | None = caught.value
    while cause is not None:
        causes.append(type(cause))
        cause = cause.__cause__
    assert any(issubclass(each, CAUSES[fault]) for each in causes), causes


def test_a_fault_waits_for_its_own_request_and_happens_once(fake: Fake, gateway: Gateway) -> None:
    fake.script(Fault.TOO_MANY, "POST /v1/refunds", times=2)
    paid = gateway.open(ASKED)
    fake.pay(paid.external_id)
    for _ in range(2):
        with pytest.raises(Unsure):
            gateway.refund(paid.external_id, Money(1_00), "refund-1")
    gateway.refund(paid.external_id, Money(1_00), "refund-1")


# ── news ─────────────────────────────────────────────────────────────────────────────────────────


def listen(fake: Fake, status: int = 200) -> list[str]:
    """What arrives, by kind, each believed by the market."""
    heard: list[str] = []

    def listener(body: bytes, header: str) -> int:
        heard.append(parse(body, header, (SECRET,), fake.clock.now).kind)
        return status

    fake.listener = listener
    return heard


def test_news_waits_until_it_is_delivered_and_taken(fake: Fake, gateway: Gateway) -> None:
    opened = gateway.open(ASKED)
    fake.pay(opened.external_id)
    listen(fake, 503)
    assert fake.deliver() == [503] * 3
    heard = listen(fake)
    assert fake.deliver() == [200] * 3
    told = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    assert heard == told
    assert fake.deliver() == []


def test_news_is_signed_by_all_secrets_while_one_takes_over(fake: Fake, gateway: Gateway) -> None:
    gateway.open(ASKED)
    fake.secrets = (SECRET, OLD_SECRET)
    body, header = fake.signed(fake.news[0])
    for secret in fake.secrets:
        assert parse(body, header, (secret,), fake.clock.now).kind == "payment_intent.created"
        assert stripe.Webhook.construct_event(body, header, secret, tolerance=0)


def test_news_comes_twice_and_out_of_order(fake: Fake, gateway: Gateway) -> None:
    for number in range(4):
        fake.pay(gateway.open(Intent(**{**vars(ASKED), "key": f"payment-{number}"})).external_id)
    heard = listen(fake)
    fake.deliver(random.Random(4))
    assert set(Counter(heard)) == {
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    }
    assert len(heard) == 18


@pytest.mark.parametrize(
    ("fault", "during", "after"),
    [
        (Fault.NEWS_FIRST, ["refund.created", "charge.refunded"], []),
        (Fault.NEWS_LOST, [], []),
        (Fault.NEWS_DOUBLED, [], ["charge.refunded", "refund.created"] * 2),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_news_of_one_request_goes_astray_as_scripted(
    fake: Fake, gateway: Gateway, fault: Fault, during: list[str], after: list[str]
) -> None:
    paid = gateway.open(ASKED)
    fake.pay(paid.external_id)
    fake.lose()
    heard = listen(fake)
    fake.script(fault, "POST /v1/refunds")
    gateway.refund(paid.external_id, Money(1_00), "refund-1")
    assert heard == during
    fake.deliver()
    assert heard == during + after
