"""Paying through a gateway: asked for once, booked once, whatever is told how often."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from market.kernel.authority import NOBODY, Actor
from market.kernel.money import Money
from market.kernel.refusal import Refused
from market.ledger.queries import balance
from market.ledger.rules import Place, Purpose
from market.ledger.verifying import differences
from market.payments.deposit_commands import ask_deposit
from market.payments.gateway_commands import begin_payment, give_up_payment, note_fact
from market.payments.gateway_models import Payment
from market.payments.gateways import Capture, Channel, Fact, Intent, Stage
from market.payments.models import Obligation, Receipt
from market.payments.play import PlayGateway
from market.payments.rules import PaymentRefusal
from market.payments.sheet import ObligationStatus
from tests import make
from tests.make import yuan


class Cards(PlayGateway):
    """The play gateway, speaking for cards."""

    channel = Channel.STRIPE


@pytest.fixture
def debtor(session: Session, at: datetime) -> tuple[Obligation, Actor]:
    """A thousand yuan that somebody owes, and who pays it."""
    buyer, by = make.party(session, at=at)
    seller, _ = make.party(session, at=at)
    return make.owed(session, buyer, seller, 1_000, at), by


def fact(payment: Payment, stage: Stage, **over: object) -> Fact:
    """What a gateway says of a payment."""
    none = Money(0, payment.currency)
    held = payment.amount if stage is Stage.AUTHORISED else none
    came = payment.amount if stage is Stage.SUCCEEDED else none
    told = Fact(
        f"x-{payment.key}",
        payment.key,
        stage,
        payment.amount,
        held,
        came,
        none,
        none,
        payment.live,
        payment.account,
    )
    return replace(told, **over)  # type: ignore[arg-type]


def test_play_money_pays_at_a_click(
    session: Session, debtor: tuple[Obligation, Actor], at: datetime
) -> None:
    obligation, by = debtor
    gateway = PlayGateway()
    payment = begin_payment(session, obligation.id, gateway, by=by, at=at)
    intent = Intent(payment.key, payment.amount, "r", Capture.AT_ONCE, "w", "/")
    told = gateway.open(intent)
    for _ in range(3):
        note_fact(session, payment.id, told, by=NOBODY, at=at)
    assert (payment.stage, obligation.status) == (Stage.SUCCEEDED, ObligationStatus.SETTLED)
    assert session.query(Receipt).count() == 1
    assert balance(session, Place(Purpose.PLAY)).posted == yuan(1_000)
    assert list(differences(session)) == []


def test_one_payment_waits_at_a_time(
    session: Session, debtor: tuple[Obligation, Actor], at: datetime
) -> None:
    obligation, by = debtor
    first = begin_payment(session, obligation.id, PlayGateway(), by=by, at=at)
    assert begin_payment(session, obligation.id, PlayGateway(), by=by, at=at) is first
    with pytest.raises(Refused) as refused:
        begin_payment(session, obligation.id, Cards(), by=by, at=at)
    assert refused.value.refusal is PaymentRefusal.PAYMENT_WAITS


def test_what_is_authorised_is_reserved_and_booked_when_charged(
    session: Session, debtor: tuple[Obligation, Actor], at: datetime
) -> None:
    obligation, by = debtor
    obligation.settles_at = at + timedelta(days=4)
    payment = begin_payment(session, obligation.id, Cards(), by=by, at=at)
    assert payment.capture is Capture.LATER
    note_fact(session, payment.id, fact(payment, Stage.AUTHORISED), by=NOBODY, at=at)
    assert obligation.paid == yuan(0)
    note_fact(session, payment.id, fact(payment, Stage.SUCCEEDED), by=NOBODY, at=at)
    note_fact(session, payment.id, fact(payment, Stage.AUTHORISED), by=NOBODY, at=at)
    assert (payment.stage, obligation.paid) == (Stage.SUCCEEDED, yuan(1_000))
    assert list(differences(session)) == []


def test_what_was_given_up_and_charged_all_the_same_is_booked(
    session: Session, debtor: tuple[Obligation, Actor], at: datetime
) -> None:
    obligation, by = debtor
    payment = begin_payment(session, obligation.id, Cards(), by=by, at=at)
    give_up_payment(session, payment.id, by=by, at=at)
    note_fact(session, payment.id, fact(payment, Stage.SUCCEEDED), by=NOBODY, at=at)
    assert (payment.wanted, obligation.status) == (None, ObligationStatus.SETTLED)


@pytest.mark.parametrize(
    "over",
    [
        {"amount": yuan(999)},
        {"amount": Money(100_000, "USD")},
        {"live": True},
        {"account": "another"},
        {"key": "payment-of-another"},
    ],
)
def test_what_contradicts_our_books_is_not_booked(
    session: Session, debtor: tuple[Obligation, Actor], at: datetime, over: dict[str, object]
) -> None:
    obligation, by = debtor
    payment = begin_payment(session, obligation.id, Cards(), by=by, at=at)
    note_fact(session, payment.id, fact(payment, Stage.SUCCEEDED, **over), by=NOBODY, at=at)
    assert payment.why.startswith("mismatch")
    assert (payment.stage, obligation.paid) == (Stage.REQUESTED, yuan(0))


def test_what_the_payers_bank_took_back_is_claimed_until_it_is_given_back(
    session: Session, debtor: tuple[Obligation, Actor], at: datetime
) -> None:
    obligation, by = debtor
    payment = begin_payment(session, obligation.id, Cards(), by=by, at=at)
    paid = fact(payment, Stage.SUCCEEDED)
    note_fact(session, payment.id, paid, by=NOBODY, at=at)
    claim = Place(Purpose.CLAIM, obligation.debtor_id)
    for disputed, expected in ((1_000, 1_000), (1_000, 1_000), (0, 0)):
        told = replace(paid, disputed=yuan(disputed))
        note_fact(session, payment.id, told, by=NOBODY, at=at)
        assert balance(session, claim).posted == yuan(expected)
    assert list(differences(session)) == []


def test_one_deposit_of_a_party_stands_for_a_subject(session: Session, at: datetime) -> None:
    party, _ = make.party(session, at=at)
    terms = (("auction", 1), yuan(10), "保证金", at.date())
    ask_deposit(session, party.id, *terms, by=NOBODY, at=at)
    with pytest.raises(Refused) as refused:
        ask_deposit(session, party.id, *terms, by=NOBODY, at=at)
    assert refused.value.refusal is PaymentRefusal.DEPOSIT_EXISTS
