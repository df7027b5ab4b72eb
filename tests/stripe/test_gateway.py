"""The market's gateway to Stripe, against the fake: what it makes of answers, and of silence."""

from dataclasses import replace
from datetime import timedelta

import pytest

from market.kernel.money import Money
from market.payments.gateways import (
    Capture,
    Declined,
    Fact,
    Gateway,
    Intent,
    MovementKind,
    RefundStage,
    Stage,
    Unsure,
    mismatch,
)
from market.payments.stripe_gateway import StripeGateway
from tests.stripe.books import FEE_BP, HOLDS_LAST
from tests.stripe.fake import Fake
from tests.stripe.faults import NEWS, Fault, Killed

ASKED = Intent(
    key="payment-1",
    amount=Money(5_000_00),
    reference="CZX-2026-0001",
    capture=Capture.AT_ONCE,
    words="Deposit of an auction",
    return_url="https://market.example/payments/1",
)
HELD = replace(ASKED, key="payment-2", capture=Capture.LATER)
NOTHING = Money(0)
OPENING, REFUNDING = "POST /v1/payment_intents", "POST /v1/refunds"


def believed(fake: Fake, fact: Fact, asked: Intent) -> bool:
    account = fake.books.account
    return mismatch(fact, key=asked.key, amount=asked.amount, live=False, account=account) is None


# ── the way of a payment ─────────────────────────────────────────────────────────────────────────


def test_a_payment_waits_for_its_payer_and_is_received(fake: Fake, gateway: Gateway) -> None:
    opened = gateway.open(ASKED)
    assert (opened.stage, opened.received) == (Stage.ACTION, NOTHING)
    assert opened.client_secret
    assert believed(fake, opened, ASKED)
    fake.pay(opened.external_id)
    paid = gateway.look(opened.external_id)
    assert (paid.stage, paid.received, paid.why) == (Stage.SUCCEEDED, ASKED.amount, "")
    assert believed(fake, paid, ASKED)


def test_a_declined_card_leaves_the_payment_open_and_says_why(fake: Fake, gateway: Gateway) -> None:
    opened = gateway.open(ASKED)
    fake.pay(opened.external_id, "pm_card_visa_chargeDeclinedInsufficientFunds")
    declined = gateway.look(opened.external_id)
    assert (declined.stage, declined.why) == (Stage.ACTION, "insufficient_funds")
    fake.pay(opened.external_id)
    assert gateway.look(opened.external_id).stage is Stage.SUCCEEDED


@pytest.mark.parametrize(("passed", "stage"), [(True, Stage.SUCCEEDED), (False, Stage.ACTION)])
def test_the_payers_bank_may_ask_for_a_proof(
    fake: Fake, gateway: Gateway, passed: bool, stage: Stage
) -> None:
    opened = gateway.open(ASKED)
    fake.pay(opened.external_id, "pm_card_authenticationRequired")
    assert gateway.look(opened.external_id).stage is Stage.ACTION
    fake.prove(opened.external_id, passed=passed)
    assert gateway.look(opened.external_id).stage is stage


def test_a_hold_is_charged_in_part_and_the_rest_is_no_refund(fake: Fake, gateway: Gateway) -> None:
    held = gateway.open(HELD)
    fake.pay(held.external_id)
    authorised = gateway.look(held.external_id)
    assert (authorised.stage, authorised.capturable) == (Stage.AUTHORISED, HELD.amount)
    assert authorised.capture_before == fake.clock.now + HOLDS_LAST
    charged = gateway.capture(held.external_id, Money(2_000_00), HELD.key)
    assert (charged.received, charged.refunded) == (Money(2_000_00), NOTHING)
    assert (charged.capturable, charged.capture_before) == (NOTHING, None)
    assert believed(fake, charged, HELD)


@pytest.mark.parametrize("counted", [True, False])
def test_a_hold_set_free_is_no_refund_however_it_is_counted(
    fake: Fake, gateway: Gateway, counted: bool
) -> None:
    fake.books.release_is_refund = counted
    held = gateway.open(HELD)
    fake.pay(held.external_id)
    freed = gateway.cancel(held.external_id, HELD.key)
    assert (freed.stage, freed.received, freed.refunded) == (Stage.CANCELLED, NOTHING, NOTHING)
    assert gateway.refunds(held.external_id) == []


def test_a_hold_lapses_by_itself(fake: Fake, gateway: Gateway) -> None:
    held = gateway.open(HELD)
    fake.pay(held.external_id)
    fake.clock.forward(HOLDS_LAST)
    lapsed = gateway.look(held.external_id)
    assert (lapsed.stage, lapsed.capturable, lapsed.why) == (Stage.CANCELLED, NOTHING, "automatic")
    with pytest.raises(Declined, match="payment_intent_unexpected_state"):
        gateway.capture(held.external_id, HELD.amount, HELD.key)


def test_no_more_is_charged_than_held_and_no_more_refunded_than_charged(
    fake: Fake, gateway: Gateway
) -> None:
    held = gateway.open(HELD)
    fake.pay(held.external_id)
    with pytest.raises(Declined, match="amount_too_large"):
        gateway.capture(held.external_id, HELD.amount + Money(1), HELD.key)
    gateway.capture(held.external_id, Money(2_000_00), "payment-2-again")
    gateway.refund(held.external_id, Money(1_500_00), "refund-1")
    with pytest.raises(Declined, match="amount_too_large"):
        gateway.refund(held.external_id, Money(500_01), "refund-2")
    assert gateway.look(held.external_id).refunded == Money(1_500_00)


def test_a_refund_is_on_its_way_arrives_or_comes_back(fake: Fake, gateway: Gateway) -> None:
    fake.books.refunds_wait = True
    paid = gateway.open(ASKED)
    fake.pay(paid.external_id)
    one, other = (
        gateway.refund(paid.external_id, Money(100_00), key) for key in ("refund-1", "refund-2")
    )
    assert one.stage is other.stage is RefundStage.PENDING
    assert gateway.look(paid.external_id).refunded == Money(200_00)
    fake.settle_refund(one.external_id, arrived=True)
    fake.settle_refund(other.external_id, arrived=False)
    assert gateway.look_refund(one.external_id).stage is RefundStage.SUCCEEDED
    failed = gateway.look_refund(other.external_id)
    assert (failed.stage, failed.why) == (RefundStage.FAILED, "lost_or_stolen_card")
    assert gateway.look(paid.external_id).refunded == Money(100_00)
    assert {each.key for each in gateway.refunds(paid.external_id)} == {"refund-1", "refund-2"}


def test_a_dispute_takes_the_money_and_may_give_it_back(fake: Fake, gateway: Gateway) -> None:
    paid = gateway.open(ASKED)
    fake.pay(paid.external_id)
    fake.dispute(paid.external_id, inquiry=True)
    assert gateway.look(paid.external_id).disputed == NOTHING
    dispute = fake.dispute(paid.external_id)
    taken = gateway.look(paid.external_id)
    assert taken.disputed == ASKED.amount
    assert believed(fake, taken, ASKED)
    fake.decide(dispute, won=True)
    assert gateway.look(paid.external_id).disputed == NOTHING


def test_the_account_book_is_read_oldest_first(fake: Fake, gateway: Gateway) -> None:
    begin = fake.clock.now
    paid = gateway.open(ASKED)
    fake.pay(paid.external_id)
    fake.clock.forward(timedelta(hours=1))
    refund = gateway.refund(paid.external_id, Money(100_00), "refund-1")
    dispute = fake.dispute(paid.external_id, 4_900_00)
    fake.decide(dispute, won=True)
    kinds = [MovementKind.PAYMENT, MovementKind.REFUND, MovementKind.DISPUTE]
    kinds.append(MovementKind.DISPUTE_BACK)
    lines = list(gateway.movements(begin))
    assert [line.kind for line in lines] == kinds
    assert {line.payment for line in lines} == {paid.external_id}
    sources = [paid.external_id, refund.external_id, dispute, dispute]
    assert [line.source for line in lines] == sources
    assert lines[0].amount == ASKED.amount
    assert lines[0].fee == ASKED.amount.share(FEE_BP)
    assert len(list(gateway.movements(fake.clock.now))) == 3


def test_the_account_book_is_read_to_its_end(fake: Fake, gateway: Gateway) -> None:
    paid = gateway.open(ASKED)
    fake.pay(paid.external_id)
    for number in range(250):
        fake.books.refund({"payment_intent": paid.external_id, "amount": str(number + 1)})
    lines = list(gateway.movements(fake.clock.now))
    assert [line.amount.minor for line in lines[1:]] == [-number - 1 for number in range(250)]
    assert len(gateway.refunds(paid.external_id)) == 250


# ── what is not ours ─────────────────────────────────────────────────────────────────────────────


def test_what_another_market_began_is_not_ours(fake: Fake, gateway: Gateway) -> None:
    other = StripeGateway(fake.settings, "other.example", fake.line())
    theirs = other.open(ASKED)
    assert gateway.look(theirs.external_id).key == ""
    assert gateway.find(ASKED.key) is None
    assert gateway.open(ASKED).external_id != theirs.external_id


def test_a_key_of_another_account_is_found_out_before_anything_is_asked(fake: Fake) -> None:
    foreign = StripeGateway(replace(fake.settings, account="acct_other"), "x", fake.line())
    with pytest.raises(Declined, match="foreign-account"):
        foreign.open(ASKED)
    assert fake.calls == ["GET /v1/account"]


def test_a_wrong_key_says_nothing_about_a_payment(fake: Fake) -> None:
    wrong = StripeGateway(replace(fake.settings, key="sk_test_wrong"), "x", fake.line())
    with pytest.raises(Unsure):
        wrong.open(ASKED)


@pytest.mark.parametrize(
    ("amount", "taken"),
    [
        (Money(4_00), True),
        (Money(3_99), False),
        (Money(999_999_99), True),
        (Money(1_000_000_00), False),
        (Money(5_000, "JPY"), True),
        (Money(5_000, "ISK"), False),
        (Money(0), False),
    ],
)
def test_only_what_stripe_charges_in_one_go_is_asked(
    fake: Fake, gateway: Gateway, amount: Money, taken: bool
) -> None:
    assert gateway.takes(amount) is taken
    if not taken:
        with pytest.raises(Declined):
            gateway.open(replace(ASKED, amount=amount))
        assert not fake.calls


def test_words_of_any_kind_arrive_and_are_found(fake: Fake, gateway: Gateway) -> None:
    odd = replace(ASKED, key="it's a \\ key & more=1", words="保证金 [a] " + "字" * 600)
    opened = gateway.open(odd)
    assert opened.key == odd.key
    found = gateway.find(odd.key)
    assert found is not None
    assert found.external_id == opened.external_id


# ── faults ───────────────────────────────────────────────────────────────────────────────────────

DONE = {Fault.TIMEOUT_AFTER, Fault.RESET}
SILENT = [fault for fault in Fault if fault not in {*NEWS, Fault.BEFORE_SEND, Fault.STORED_500}]


@pytest.mark.parametrize("fault", SILENT, ids=lambda fault: fault.name)
def test_after_any_fault_nothing_is_known_and_once_more_finds_the_one_payment(
    fake: Fake, gateway: Gateway, fault: Fault
) -> None:
    gateway.look(gateway.open(replace(ASKED, key="before")).external_id)
    fake.script(fault, OPENING)
    with pytest.raises(Unsure):
        gateway.open(ASKED)
    assert (gateway.find(ASKED.key) is not None) is (fault in DONE)
    assert gateway.open(ASKED).key == ASKED.key
    assert len(fake.books.all("payment_intent")) == 2


def test_a_fault_kept_under_the_key_does_not_hide_what_was_done(
    fake: Fake, gateway: Gateway
) -> None:
    """Stripe repeats its own 500 for a day: every step is looked for instead."""
    fake.script(Fault.STORED_500, "POST .*", times=4)
    opened = gateway.open(ASKED)
    fake.pay(opened.external_id)
    assert gateway.open(ASKED).stage is Stage.SUCCEEDED
    refund = gateway.refund(opened.external_id, Money(100_00), "refund-1")
    assert gateway.refund(opened.external_id, Money(100_00), "refund-1") == refund
    held = gateway.open(HELD)
    fake.pay(held.external_id)
    charged = gateway.capture(held.external_id, HELD.amount, HELD.key)
    assert (charged.stage, charged.received) == (Stage.SUCCEEDED, HELD.amount)
    assert len(fake.books.all("payment_intent")) == 2
    assert len(fake.books.all("refund")) == 1


def test_a_fault_that_left_nothing_to_find_is_silence(fake: Fake, gateway: Gateway) -> None:
    fake.searchable_after = timedelta(minutes=1)
    fake.script(Fault.STORED_500, OPENING)
    for _ in range(2):
        with pytest.raises(Unsure):
            gateway.open(ASKED)
    fake.clock.forward(timedelta(minutes=1))
    assert gateway.open(ASKED).key == ASKED.key
    assert len(fake.books.all("payment_intent")) == 1


@pytest.mark.parametrize("fault", SILENT, ids=lambda fault: fault.name)
def test_after_any_fault_money_goes_back_once(fake: Fake, gateway: Gateway, fault: Fault) -> None:
    paid = gateway.open(ASKED)
    fake.pay(paid.external_id)
    fake.script(fault, REFUNDING)
    for _ in range(3):
        try:
            gateway.refund(paid.external_id, Money(100_00), "refund-1")
        except Unsure:
            continue
    assert [each.key for each in gateway.refunds(paid.external_id)] == ["refund-1"]
    assert gateway.look(paid.external_id).refunded == Money(100_00)


class Forgetful(StripeGateway):
    """The sabotage: a new key for each try."""

    def _step(self, key: str, step: str) -> str:
        self.tries = getattr(self, "tries", 0) + 1
        return f"{super()._step(key, step)}-{self.tries}"


def test_without_its_key_money_goes_back_twice(fake: Fake) -> None:
    forgetful = Forgetful(fake.settings, fake.market, fake.line())
    paid = forgetful.open(ASKED)
    fake.pay(paid.external_id)
    fake.script(Fault.TIMEOUT_AFTER, REFUNDING)
    with pytest.raises(Unsure):
        forgetful.refund(paid.external_id, Money(100_00), "refund-1")
    forgetful.refund(paid.external_id, Money(100_00), "refund-1")
    assert forgetful.look(paid.external_id).refunded == Money(200_00)


def test_killed_before_anything_was_sent_nothing_happened(fake: Fake, gateway: Gateway) -> None:
    fake.script(Fault.BEFORE_SEND, OPENING)
    with pytest.raises(Killed):
        gateway.open(ASKED)
    assert fake.books.all("payment_intent") == []


def test_a_repeated_answer_is_not_taken_for_the_present(fake: Fake, gateway: Gateway) -> None:
    """Stripe repeats the answer of the first time, in which nobody had paid."""
    opened = gateway.open(ASKED)
    fake.pay(opened.external_id)
    assert gateway.open(ASKED).stage is Stage.SUCCEEDED


def test_a_repeated_refund_is_not_taken_for_the_present(fake: Fake, gateway: Gateway) -> None:
    fake.books.refunds_wait = True
    paid = gateway.open(ASKED)
    fake.pay(paid.external_id)
    refund = gateway.refund(paid.external_id, Money(100_00), "refund-1")
    fake.settle_refund(refund.external_id, arrived=False)
    again = gateway.refund(paid.external_id, Money(100_00), "refund-1")
    assert (again.external_id, again.stage) == (refund.external_id, RefundStage.FAILED)


def test_the_same_key_for_another_amount_is_seen_to_contradict(
    fake: Fake, gateway: Gateway
) -> None:
    opened = gateway.open(ASKED)
    other = replace(ASKED, amount=Money(6_000_00))
    found = gateway.open(other)
    assert found == opened
    assert believed(fake, found, ASKED)
    assert not believed(fake, found, other)


def test_what_was_begun_just_now_is_not_found_yet(fake: Fake, gateway: Gateway) -> None:
    fake.searchable_after = timedelta(minutes=1)
    opened = gateway.open(ASKED)
    assert gateway.find(ASKED.key) is None
    fake.clock.forward(timedelta(minutes=1))
    found = gateway.find(ASKED.key)
    assert found is not None
    assert found.external_id == opened.external_id


@pytest.mark.parametrize("spoilt", ["status", "amount_received", "currency", "metadata"])
def test_an_answer_of_an_unknown_shape_says_nothing(
    fake: Fake, gateway: Gateway, spoilt: str
) -> None:
    opened = gateway.open(ASKED)
    fake.books.things[opened.external_id][spoilt] = "unheard-of"
    with pytest.raises(Unsure):
        gateway.look(opened.external_id)
    fake.unlike.clear()


def test_what_does_not_exist_is_declined(gateway: Gateway) -> None:
    with pytest.raises(Declined, match="resource_missing"):
        gateway.look("pi_nothing")
    with pytest.raises(Declined, match="resource_missing"):
        gateway.look_refund("re_nothing")
