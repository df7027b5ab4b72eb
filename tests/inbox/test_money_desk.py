"""Who hears of deposits, payouts, reversals and money that is only authorised."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.inbox.ahead import look_ahead
from market.inbox.news import News, Urgency
from market.inbox.queries import lines
from market.kernel.authority import NOBODY, Actor, Role, Seat
from market.payments import correction_commands as corrections
from market.payments import deposit_commands as deposits
from market.payments import payout_commands as payouts
from market.payments.gateway_commands import begin_payment, note_fact
from market.payments.gateways import Channel, Stage
from market.payments.models import Deposit, Obligation
from market.payments.payout_models import Payout
from market.payments.settling import Route
from tests import make
from tests.inbox.town import asked, heard, messages, tell_all
from tests.payments.scene import Scene, lay_out
from tests.payments.test_gateway_commands import Cards, fact

OTHER = frozenset({News.ROLE_GIVEN, News.OWED, News.MONEY_CAME, News.ACCOUNT_SET})
"""What the scene itself tells."""


@pytest.fixture
def scene(session: Session, at: datetime) -> Scene:
    return lay_out(session, at)


def held(s: Session) -> Deposit:
    return s.scalars(select(Deposit).where(Deposit.ended_at.is_(None))).one()


def news(s: Session, person: Actor) -> list[News]:
    return [each for each in heard(s, person) if each not in OTHER]


def test_a_proposal_waits_for_the_other_operator_and_its_end_reaches_party_and_proposer(
    session: Session, scene: Scene, at: datetime
) -> None:
    later = at + timedelta(hours=9)
    one, two = make.operator(session, later), make.operator(session, later)
    proposal = deposits.propose_refund(session, held(session).id, "误。", by=one, at=later)
    deposits.decline_deposit_proposal(session, proposal.id, by=two, at=later)
    proposal = deposits.propose_forfeit(
        session, held(session).id, [], None, "悔约。", by=one, at=later
    )
    deposits.confirm_forfeit(session, proposal.id, by=two, at=later)
    tell_all(session, later)
    assert news(session, two) == [News.DEPOSIT_REFUND_DUE, News.DEPOSIT_FORFEIT_DUE]
    assert asked(session, two)[News.DEPOSIT_FORFEIT_DUE] is Urgency.WAITS
    assert news(session, one) == [News.PROPOSAL_REJECTED, News.PROPOSAL_CONFIRMED]
    assert news(session, scene.buyer) == [News.DEPOSIT_BACK, News.DEPOSIT_FORFEITED]
    assert asked(session, scene.buyer)[News.DEPOSIT_FORFEITED] is Urgency.BINDS
    assert messages(session, scene.buyer)[-1].told["amount"] == 5_000_000
    assert news(session, scene.seller) == []


def test_an_operator_who_belongs_to_the_party_is_not_asked_about_its_deposit(
    session: Session, scene: Scene, at: datetime
) -> None:
    one = make.operator(session, at)
    related = make.user(session, Role.OPERATOR, at=at)
    make.member(session, scene.buyer, Seat.EDITOR, at=at, person=related)
    deposits.propose_refund(session, held(session).id, "误。", by=one, at=at)
    tell_all(session, at)
    assert News.DEPOSIT_REFUND_DUE not in heard(session, make.actor(session, related, at))


def test_a_payout_that_came_back_is_told_and_so_is_the_account_it_is_sent_to_then(
    app: Flask, session: Session, scene: Scene, at: datetime
) -> None:
    operator = make.operator(session, at)
    payout = session.scalars(select(Payout)).one()
    payouts.return_payout(session, payout.id, "销户。", by=operator, at=at)
    route = Route(Channel.BANK, "麓谷", "某银行", "6217000099998888")
    again = payouts.order_again(session, payout.id, route, by=operator, at=at)
    payouts.prove_payout(session, again.id, "line 7", by=NOBODY, at=at)
    tell_all(session, at)
    assert news(session, operator) == [News.PAYOUT_BACK]
    told = [News.DEPOSIT_BACK, News.MONEY_BACK, News.SENT_AGAIN, News.MONEY_LEFT]
    assert news(session, scene.buyer) == told
    (once_more,) = [each for each in messages(session, scene.buyer) if each.news is News.SENT_AGAIN]
    with app.test_request_context():
        (line,) = lines(session, [once_more], scene.buyer, at)
        (back,) = lines(session, messages(session, operator)[-1:], operator, at)
    assert "8888" in line.sentence
    assert line.place == ("payments.payouts", {})
    assert back.place == ("payments.outgoing_payout", {"payout_id": payout.id})


def test_a_reversed_entry_is_told_to_both_sides_of_what_it_had_paid(
    app: Flask, session: Session, scene: Scene, at: datetime
) -> None:
    one, two = (
        make.actor(session, make.user(session, Role.ADMINISTRATOR, at=at), at) for _ in range(2)
    )
    paid = session.get_one(Obligation, scene.paid.id).settlements[0].transfer_id
    proposal = corrections.propose_correction(session, paid, "记错。", by=one, at=at)
    corrections.confirm_correction(session, proposal.id, by=two, at=at)
    tell_all(session, at)
    assert News.REVERSAL_DUE in heard(session, two)
    assert News.PROPOSAL_CONFIRMED in heard(session, one)
    for person in (scene.buyer, scene.seller):
        assert asked(session, person)[News.ENTRY_REVERSED] is Urgency.BINDS
    with app.test_request_context():
        (line,) = lines(session, messages(session, scene.seller)[-1:], scene.seller, at)
        (due,) = lines(session, messages(session, two)[-1:], two, at)
    assert line.place == ("payments.show", {"obligation_id": scene.paid.id})
    assert due.place == ("payments.entry", {"transfer_id": paid})


def test_two_days_before_its_end_money_that_is_only_authorised_is_told_once(
    session: Session, scene: Scene, at: datetime
) -> None:
    operator = make.operator(session, at)
    look_ahead(session, at=at)
    payment = begin_payment(session, scene.part.id, Cards(), by=scene.buyer, at=at)
    ends = at + timedelta(days=7)
    told = replace(fact(payment, Stage.AUTHORISED), capture_before=ends)
    note_fact(session, payment.id, told, by=NOBODY, at=at)
    look_ahead(session, at=ends - timedelta(hours=49))
    assert News.CAPTURE_ENDS not in heard(session, operator)
    for hours in (48, 47, 1):
        look_ahead(session, at=ends - timedelta(hours=hours))
    assert heard(session, operator).count(News.CAPTURE_ENDS) == 1
    assert asked(session, operator)[News.CAPTURE_ENDS] is Urgency.WAITS
    captured = replace(fact(payment, Stage.SUCCEEDED))
    note_fact(session, payment.id, captured, by=NOBODY, at=at)
    look_ahead(session, at=ends - timedelta(minutes=1))
    assert heard(session, operator).count(News.CAPTURE_ENDS) == 1
