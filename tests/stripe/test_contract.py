"""The library's own types are the contract, and the contract bites."""

import json

import pytest

from tests import legs
from tests.stripe import contract
from tests.stripe.books import Books

CREATE = contract.REQUESTS["POST", "/v1/payment_intents"]
CAPTURE = contract.REQUESTS["POST", "/v1/payment_intents/{id}/capture"]
LINES = contract.REQUESTS["GET", "/v1/balance_transactions"]
FINE = "amount=10000&currency=cny&"
NEWER = {"dispute": ["evidence_details.submission_method: missing"]}
"""What the library knows and the older fixtures do not."""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (CREATE, FINE),
        (CREATE, FINE + "automatic_payment_methods[enabled]=true&capture_method=manual"),
        (CREATE, FINE + "metadata[key]=payment-1&metadata[any]=word&expand[0]=latest_charge"),
        (CAPTURE, "amount_to_capture=1"),
        (LINES, "created[gte]=1&limit=100&expand[0]=data.source"),
    ],
)
def test_a_good_request_has_no_fault(kind: object, body: str) -> None:
    assert list(contract.faults_of_request(kind, contract.nested(body.rstrip("&")))) == []


@pytest.mark.parametrize(
    ("kind", "body", "fault"),
    [
        (CREATE, "currency=cny", "amount: missing"),
        (CREATE, "amount=12.5&currency=cny", "amount: '12.5' is not taken"),
        (CREATE, "amount=１&currency=cny", "amount: '１' is not taken"),
        (CREATE, FINE + "capture_method=never", "capture_method: 'never' is not taken"),
        (CREATE, FINE + "payment_method_types[0]=card", "payment_method_types: unknown"),
        (CREATE, FINE + "automatic_payment_methods[enable]=true",
         "automatic_payment_methods.enabled: missing"),
        (CREATE, FINE + "automatic_payment_methods[enabled]=yes",
         "automatic_payment_methods.enabled: 'yes' is not taken"),
        (CREATE, FINE + "metadata[key][deeper]=1", "metadata: {'key': {'deeper': '1'}} is not"),
        (CREATE, FINE + "idempotency_key=k", "idempotency_key: unknown"),
        (CAPTURE, "amount=1", "amount: unknown"),
        (LINES, "created[since]=1", "created.since: unknown"),
    ],
)  # fmt: skip
def test_a_bad_request_is_named_by_its_place(kind: object, body: str, fault: str) -> None:
    told = list(contract.faults_of_request(kind, contract.nested(body)))
    assert any(each.startswith(fault) for each in told), told


@pytest.mark.parametrize("kind", contract.REQUESTS, ids=" ".join)
def test_the_type_of_every_request_can_be_read(kind: tuple[str, str]) -> None:
    faults = list(contract.faults_of_request(contract.REQUESTS[kind], {"unheard_of": "1"}))
    assert "unheard_of: unknown" in faults


@pytest.mark.parametrize("kind", contract.ANSWERS)
def test_stripes_own_examples_keep_the_contract(kind: str) -> None:
    path = legs.need_real_data("stripe_fixtures", "fixtures3.json")
    examples = json.loads(path.read_text(encoding="utf-8"))["resources"]
    told = list(contract.faults_of_answer(contract.ANSWERS[kind], examples[kind]))
    assert told == NEWER.get(kind, [])


@pytest.mark.parametrize("kind", ["payment_intent", "charge", "refund", "dispute"])
def test_the_fake_speaks_of_nothing_that_stripes_own_examples_do_not(kind: str) -> None:
    path = legs.need_real_data("stripe_fixtures", "fixtures3.json")
    example = json.loads(path.read_text(encoding="utf-8"))["resources"][kind]
    books = Books()
    asked = {"amount": "10000", "currency": "cny", "confirm": "true", "payment_method": "pm_x"}
    payment = books.create_payment(asked)
    books.refund({"payment_intent": payment["id"], "amount": "1"})
    books.dispute(payment["id"])
    made = books.all(kind)[0]
    newer = {"allowed_payment_method_types", "evidence_details"}
    assert set(made) - set(example) <= newer
    for name, value in made.items():
        if value is not None and type(example.get(name)) in (int, bool, list):
            assert type(value) is type(example[name]), name


@pytest.mark.parametrize(
    ("spoilt", "fault"),
    [
        ({"status": "paid"}, "status: 'paid' is no such word"),
        ({"amount": "10000"}, "amount: '10000' is no int"),
        ({"amount": 1.5}, "amount: 1.5 is no int"),
        ({"livemode": None}, "livemode: null"),
        ({"latest_charge": {"object": "charge", "status": "x"}}, "latest_charge.amount: missing"),
    ],
)
def test_a_bad_answer_is_named_by_its_place(spoilt: dict[str, object], fault: str) -> None:
    good = Books().create_payment({"amount": "10000", "currency": "cny"})
    kind = contract.ANSWERS["payment_intent"]
    assert list(contract.faults_of_answer(kind, good)) == []
    assert fault in list(contract.faults_of_answer(kind, {**good, **spoilt}))
    del good["amount_received"]
    assert "amount_received: missing" in list(contract.faults_of_answer(kind, good))
