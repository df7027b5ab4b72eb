"""Recomputing all money: the ledger, then whether every paper about money says what it moved."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from market.kernel.money import Money
from market.ledger import verifying as ledger
from market.ledger.models import Account, Leg, Transfer
from market.ledger.queries import heads, sums
from market.ledger.rules import OUTSIDE, Phase, Place, Purpose, Why, legs
from market.ledger.verifying import STEP, Difference
from market.payments.gateway_models import GatewayMovement, Payment
from market.payments.gateways import Stage
from market.payments.models import Deposit, Obligation, Receipt, Settlement
from market.payments.payout_models import Payout
from market.payments.sheet import DepositStatus, ObligationKind, PayoutStatus
from market.payments.splitting import by_place, divided

TAKEN = (DepositStatus.APPLIED, DepositStatus.FORFEITED)
LEAVING = (PayoutStatus.ORDERED, PayoutStatus.SENT)
MOVING = (Phase.DIRECT, Phase.POSTED)

Of = tuple[int | None, str]
Column = InstrumentedAttribute[Any]

_End = aliased(Transfer)
"""What a hold came to, where it came to something."""
_Undone = aliased(Transfer)
"""The reversing entry of a transfer, where there is one."""


def differences(session: Session) -> Iterator[Difference]:
    """What honest books have none of, the ledger's own first (P-20, P-21, P-23, P-24)."""
    yield from ledger.differences(session)
    for currency, total in sums(session).items():
        if total:
            yield Difference(currency, f"all accounts add to {total}")
    yield from _of_obligations(session)
    yield from _of_settlements(session)
    yield from _of_receipts(session)
    yield from _of_payments(session)
    yield from _of_deposits(session)
    yield from _of_deposit_accounts(session)
    yield from _of_payouts(session)
    yield from _of_movements(session)


def _of_obligations(session: Session) -> Iterator[Difference]:
    """What is said to be paid is what its settlements add to."""
    settled = func.coalesce(func.sum(Settlement.amount_minor), 0)
    found = (
        select(Obligation.id, Obligation.paid_minor, settled)
        .outerjoin(Settlement)
        .group_by(Obligation.id, Obligation.paid_minor)
        .having(settled != Obligation.paid_minor)
    )
    for key, paid, sum_of in session.execute(found.order_by(Obligation.id)):
        yield Difference(f"obligation {key}", f"says {paid} paid; its settlements add to {sum_of}")


def _of_settlements(session: Session) -> Iterator[Difference]:
    """A settlement's transfer divided just so much by the frozen terms, and each such has one."""
    found = select(Settlement).order_by(Settlement.id).execution_options(yield_per=STEP)
    with_legs = selectinload(Settlement.transfer).selectinload(Transfer.legs)
    for each in session.scalars(found.options(with_legs, selectinload(Settlement.obligation))):
        moved = {leg.account.place: leg.amount_minor for leg in each.transfer.legs}
        if moved != _division(each):
            yield Difference(
                f"settlement {each.id}", f"of {each.amount_minor} moved {_said(moved)}"
            )
    settled = select(Settlement.transfer_id)
    first = aliased(Transfer)
    unsaid = (
        select(Transfer.id)
        .outerjoin(first, first.id == Transfer.reverses_id)
        .where(Transfer.id.not_in(settled))
        .where(or_(Transfer.why == Why.SETTLEMENT, first.why == Why.SETTLEMENT))
    )
    for key in session.scalars(unsaid):
        yield Difference(f"transfer {key}", "settles, and no settlement says what")


def _of_receipts(session: Session) -> Iterator[Difference]:
    """A receipt's transfer gave the debtor just so much, each such has one, none is sent twice."""
    given = _leg(Receipt.transfer_id, Purpose.CREDIT, of=Obligation.debtor_id)
    found = select(Receipt.id, Receipt.amount_minor, given).join(Obligation)
    for key, amount, moved in session.execute(found.where(given != Receipt.amount_minor)):
        yield Difference(f"receipt {key}", f"says {amount}; its transfer moved {moved}")
    unsaid = (
        select(Transfer.id)
        .join(Leg, Leg.transfer_id == Transfer.id)
        .join(Account, Account.id == Leg.account_id)
        .where(Account.purpose == Purpose.CREDIT, Transfer.phase.in_(MOVING))
        .where(Transfer.why.in_((Why.RECEIPT, Why.MATCH)))
        .where(Transfer.id.not_in(select(Receipt.transfer_id)))
    )
    for key in session.scalars(unsaid):
        yield Difference(f"transfer {key}", "money came, and no receipt says for what")
    back = func.sum(Payout.amount_minor)
    more = (
        select(Receipt.id, Receipt.amount_minor, back)
        .join(Payout, Payout.receipt_id == Receipt.id)
        .where(Payout.status != PayoutStatus.FAILED)
        .group_by(Receipt.id, Receipt.amount_minor)
        .having(back > Receipt.amount_minor)
    )
    for key, came, went in session.execute(more):
        yield Difference(f"receipt {key}", f"brought {came}; {went} of it goes back")


def _of_payments(session: Session) -> Iterator[Difference]:
    """What a gateway charged has its receipt, what it only holds is held, what is over is not."""
    found = (
        select(Payment, Receipt.amount_minor, _End.phase)
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .outerjoin(_End, _End.resolves_id == Payment.hold_id)
    )
    for payment, received, end in session.execute(found.order_by(Payment.id)):
        name = f"payment {payment.id}"
        if (payment.stage is Stage.SUCCEEDED) != (received is not None):
            yield Difference(name, f"has {payment.stage.value}; its receipt says {received}")
        if payment.hold_id and (payment.stage is Stage.AUTHORISED) != (end is None):
            yield Difference(name, f"has {payment.stage.value}; its hold is {_word(end)}")


def _of_deposits(session: Session) -> Iterator[Difference]:
    """A deposit's hold stands, was booked or was released, as the deposit says."""
    held = -_leg(Deposit.hold_id, Purpose.DEPOSIT, of=Deposit.party_id)
    found = (
        select(Deposit.id, Deposit.status, Obligation.amount_minor, held, _End.phase)
        .join(Obligation)
        .outerjoin(_End, _End.resolves_id == Deposit.hold_id)
        .where(Deposit.hold_id.is_not(None))
    )
    ends = {DepositStatus.HELD: None, DepositStatus.REFUNDED: Phase.VOIDED}
    for key, status, amount, frozen, end in session.execute(found.order_by(Deposit.id)):
        name = f"deposit {key}"
        if frozen != amount:
            yield Difference(name, f"covers {amount}; its hold froze {frozen}")
        if end is not ends.get(status, Phase.POSTED):
            yield Difference(name, f"is {status.value}; its hold is {_word(end)}")


def _of_deposit_accounts(session: Session) -> Iterator[Difference]:
    """On a party's account of deposits lies what its deposits brought, and nothing else."""
    there, reserved = Counter[Of](), Counter[Of]()
    paid = (
        select(Deposit.status, Obligation)
        .join(Obligation)
        .where(Obligation.kind == ObligationKind.DEPOSIT)
    )
    for status, obligation in session.execute(paid):
        place = obligation.debtor_id, obligation.currency
        there[place] += 0 if status in TAKEN else obligation.paid_minor
        reserved[place] += obligation.amount_minor if status is DepositStatus.HELD else 0
    leaving = select(Payout).where(Payout.source == Purpose.DEPOSIT)
    for payout in session.scalars(leaving):
        place = payout.party_id, payout.currency
        there[place] -= payout.amount_minor if payout.status is PayoutStatus.DONE else 0
        reserved[place] += payout.amount_minor if payout.status in LEAVING else 0
    freed = (
        select(Account.party_id, Account.currency, Leg.amount_minor)
        .join(Leg, Leg.account_id == Account.id)
        .join(Transfer, Transfer.id == Leg.transfer_id)
        .where(Account.purpose == Purpose.DEPOSIT)
        .where(Transfer.why == Why.REFUND, Transfer.phase == Phase.DIRECT)
    )
    for party_id, currency, amount in session.execute(freed):
        there[party_id, currency] += amount
    accounts = select(Account).where(Account.purpose == Purpose.DEPOSIT).order_by(Account.id)
    known = {account.id: account for account in session.scalars(accounts)}
    for key, head in heads(session, list(known)).items():
        of = known[key].party_id, known[key].currency
        if (head.posted, head.held) != (there[of], reserved[of]):
            said = f"{there[of]}, {reserved[of]} reserved"
            yield Difference(
                f"account {key}", f"holds {head.posted}, {head.held} reserved; deposits say {said}"
            )


def _of_payouts(session: Session) -> Iterator[Difference]:
    """Money on its way out is reserved, gone, or back where it left from, as its order says."""
    taken = -_leg(Payout.hold_id, Payout.source, of=Payout.party_id)
    found = (
        select(Payout.id, Payout.status, Payout.amount_minor, taken, _End.phase, _Undone.id)
        .outerjoin(_End, _End.resolves_id == Payout.hold_id)
        .outerjoin(_Undone, _Undone.reverses_id == _End.id)
    )
    for key, status, amount, reserved, end, undone in session.execute(found.order_by(Payout.id)):
        name = f"payout {key}"
        if reserved != amount:
            yield Difference(name, f"is of {amount}; its hold reserved {reserved}")
        gone = end is Phase.POSTED and undone is None
        back = end is Phase.VOIDED or (end is Phase.POSTED and undone is not None)
        said = {PayoutStatus.DONE: gone, PayoutStatus.FAILED: back}
        if not said.get(status, end is None):
            yield Difference(name, f"is {status.value}; its hold is {_word(end)}")


def _of_movements(session: Session) -> Iterator[Difference]:
    """Each line of a gateway's account book is answered by one transfer of so much (P-24)."""
    moved = -_leg(GatewayMovement.transfer_id, *OUTSIDE)
    found = select(GatewayMovement, moved).order_by(GatewayMovement.id)
    for line, amount in session.execute(found):
        name = f"{line.channel.value} {line.external_id}"
        if line.transfer_id is None:
            yield Difference(name, f"moved {line.amount_minor}, and no transfer answers it")
        elif amount != line.amount_minor:
            yield Difference(name, f"moved {line.amount_minor}; its transfer moved {amount}")


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def _leg(
    transfer_id: Column, *purposes: Column | Purpose, of: Column | None = None
) -> ScalarSelect[int]:
    """What a row's transfer added to the one account of these purposes; no money is 0."""
    found = (
        select(func.coalesce(func.sum(Leg.amount_minor), 0))
        .join(Account, Account.id == Leg.account_id)
        .where(Leg.transfer_id == transfer_id, Account.purpose.in_(purposes))
    )
    if of is not None:
        found = found.where(Account.party_id == of)
    return found.scalar_subquery()


def _division(settlement: Settlement) -> dict[Place, int]:
    """The legs that a settlement must have; one below zero took the same money back."""
    obligation, minor = settlement.obligation, settlement.amount_minor
    paid = Money(abs(minor), obligation.currency)
    credit = Place(Purpose.CREDIT, obligation.debtor_id)
    parts = by_place(divided(paid, obligation.terms))
    sign = 1 if minor > 0 else -1
    return {place: sign * n for place, n in legs([(credit, -paid), *parts])[1].items()}


def _said(moved: dict[Place, int]) -> str:
    return ", ".join(f"{n} {p.purpose.value} {p.party_id or ''}".strip() for p, n in moved.items())


def _word(end: Phase | None) -> str:
    return end.value if end else "not resolved"
