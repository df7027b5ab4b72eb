"""Money that leaves the market: ordered, handed over, proven, or come back."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.authority import Actor
from market.kernel.db import lock, witness
from market.kernel.journal import Entry, record
from market.kernel.money import Money
from market.kernel.refusal import insist
from market.ledger.booking import post, reverse, void
from market.ledger.queries import balance
from market.ledger.rules import Place, Purpose
from market.parties.models import Party
from market.payments.gateways import Channel, RefundFact, RefundStage
from market.payments.payout_models import Payout, PayoutAccount
from market.payments.queries import find_account, find_again, transfer_out
from market.payments.rules import (
    ACCOUNT_WAITS,
    PaymentRefusal,
    account_refusal,
    again_refusal,
    end_payout_refusal,
    pay_out_refusal,
    send_refusal,
    who_pays_out_refusal,
)
from market.payments.settling import Route, order
from market.payments.sheet import PayoutKind, PayoutReason, PayoutStatus


def set_payout_account(
    session: Session, holder: str, bank: str, number: str, *, by: Actor, at: datetime
) -> PayoutAccount:
    """Say where the acting party's proceeds go; used from a day later, so that theft is noticed."""
    insist(account_refusal(by, at))
    party = lock(session, Party, by.party_id)
    standing = find_account(session, party.id)
    if standing is not None:
        standing.replaced_at = at
        session.flush()
    account = PayoutAccount(
        party_id=party.id,
        holder=holder,
        bank=bank,
        number=number,
        set_by=by.user_id,
        set_at=at,
        usable_at=at + ACCOUNT_WAITS,
    )
    session.add(account)
    session.flush()
    record(
        session,
        "payment.account-set",
        by=by,
        at=at,
        thread=("party", party.id),
        on=("payout-account", account.id),
        ending=number[-4:],
        usable_at=account.usable_at.isoformat(),
    )
    return account


def request_payout(session: Session, amount: Money, *, by: Actor, at: datetime) -> Payout:
    """Order that proceeds of the acting party are sent to its own account."""
    insist(who_pays_out_refusal(by, at))
    party = lock(session, Party, by.party_id)
    place = Place(Purpose.PROCEEDS, party.id)
    account = find_account(session, party.id)
    available = balance(session, place, amount.currency).available
    usable_at = account.usable_at if account else None
    refusal = pay_out_refusal(amount, available, usable_at, at)
    insist(refusal, "amount", available=available, usable_at=usable_at)
    assert account is not None, "the rule saw one"
    route = Route(Channel.BANK, account.holder, account.bank, account.number)
    payout = order(
        session, PayoutKind.PROCEEDS, place, amount, route, PayoutReason.REQUESTED, at=at
    )
    _record(session, "payment.payout-ordered", payout, by, at)
    return payout


def send_payout(session: Session, payout_id: int, *, by: Actor, at: datetime) -> Payout:
    """Note that an ordered transfer was handed to the bank."""
    payout = lock(session, Payout, payout_id)
    insist(send_refusal(by, payout.channel, payout.status, at))
    payout.status, payout.sent_at = PayoutStatus.SENT, payout.sent_at or at
    _record(session, "payment.payout-sent", payout, by, at)
    return payout


def prove_payout(
    session: Session, payout_id: int, proof: str, *, by: Actor, at: datetime
) -> Payout:
    """Book money as gone: a line of the bank's statement, or the gateway's answer, proves it."""
    payout = lock(session, Payout, payout_id)
    insist(end_payout_refusal(payout.status))
    return _done(session, payout, proof, by=by, at=at)


def return_payout(session: Session, payout_id: int, why: str, *, by: Actor, at: datetime) -> Payout:
    """Note, as the operator, that a transfer did not arrive: the money is the party's again."""
    payout = lock(session, Payout, payout_id)
    insist(send_refusal(by, payout.channel, payout.status, at))
    return _failed(session, payout, why, by=by, at=at)


def fail_payout(session: Session, payout_id: int, why: str, *, by: Actor, at: datetime) -> Payout:
    """Note, from the gateway's word, that a refund was not carried out."""
    payout = lock(session, Payout, payout_id)
    insist(end_payout_refusal(payout.status))
    return _failed(session, payout, why, by=by, at=at)


def note_refund(
    session: Session, payout_id: int, fact: RefundFact, *, by: Actor, at: datetime
) -> Payout:
    """Take notice of what a gateway says of a refund; told twice, it changes nothing.

    A refund that failed after it had succeeded brings its money back to where it left.
    """
    payout = lock(session, Payout, payout_id)
    if fact.amount != payout.amount or fact.key != payout.key:
        return payout
    if payout.external_id is None:
        payout.external_id = fact.external_id
    if fact.stage is RefundStage.SUCCEEDED and not payout.ended:
        _done(session, payout, fact.external_id, by=by, at=at)
    elif fact.stage is RefundStage.FAILED and payout.status is not PayoutStatus.FAILED:
        _failed(session, payout, fact.why, by=by, at=at)
    elif payout.status is PayoutStatus.ORDERED:
        payout.status, payout.sent_at = PayoutStatus.SENT, at
        _record(session, "payment.payout-sent", payout, by, at)
    elif session.is_modified(payout):
        _record(session, "payment.known", payout, by, at)
    return payout


def _done(session: Session, payout: Payout, proof: str, *, by: Actor, at: datetime) -> Payout:
    post(session, payout.hold_id, at=at)
    payout.status, payout.ended_at, payout.proof = PayoutStatus.DONE, at, proof
    payout.sent_at = payout.sent_at or at
    _record(session, "payment.payout-done", payout, by, at, proof=proof)
    return payout


def _failed(session: Session, payout: Payout, why: str, *, by: Actor, at: datetime) -> Payout:
    """The money is where it left from again: it was only reserved, or it is booked back."""
    if payout.status is PayoutStatus.DONE:
        reverse(session, transfer_out(session, payout).id, at=at)
        payout.proof = ""
    else:
        void(session, payout.hold_id, at=at)
    payout.status, payout.ended_at = PayoutStatus.FAILED, at
    _record(session, "payment.payout-failed", payout, by, at, why=why)
    return payout


def order_again(
    session: Session, payout_id: int, route: Route | None, *, by: Actor, at: datetime
) -> Payout:
    """Order once more what came back, by the same way or, where that is closed, by another."""
    payout = lock(session, Payout, payout_id)
    done = find_again(session, payout.id) is not None
    insist(
        again_refusal(
            by, payout.status, at, kind=payout.kind, elsewhere=route is not None, done=done
        )
    )
    route = route or Route(payout.channel, payout.holder, payout.bank, payout.number)
    with witness(session, PaymentRefusal.ORDERED_AGAIN):
        again = order(
            session,
            payout.kind,
            payout.from_place,
            payout.amount,
            route,
            payout.why,
            at=at,
            receipt=payout.receipt,
            deposit=payout.deposit,
            replaces=payout,
        )
    ending = route.number[-4:]
    _record(session, "payment.payout-ordered", again, by, at, kind="again", ending=ending)
    return again


def take_transfer_file(
    session: Session, payout_ids: Collection[int], form: str, *, by: Actor, at: datetime
) -> Entry:
    """Note that the operator takes payouts to the bank as a file; it is read from this entry."""
    user = lock(session, User, by.user_id)
    ids = sorted(set(payout_ids))
    for payout in (lock(session, Payout, each) for each in ids):
        insist(send_refusal(by, payout.channel, payout.status, at))
    return record(
        session,
        "payment.transfer-file-taken",
        by=by,
        at=at,
        thread=("user", user.id),
        payouts=ids,
        many=len(ids),
        form=form,
    )


def _record(
    session: Session, act: str, payout: Payout, by: Actor, at: datetime, **facts: object
) -> None:
    thread = on = ("payout", payout.id)
    told = {"amount": payout.amount.minor, "currency": payout.currency, **facts}
    record(session, act, by=by, at=at, thread=thread, on=on, **told)
