"""Owing and paying: a receipt settles what is owed, divides, and what is over goes back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from market.kernel.authority import NOBODY
from market.kernel.money import Money
from market.kernel.refusal import Refused
from market.ledger.queries import balance, sums
from market.ledger.rules import LedgerRefusal, Place, Purpose
from market.ledger.verifying import differences
from market.parties.models import Party
from market.payments.commands import cancel_obligation, use_credit
from market.payments.deposit_commands import (
    apply_deposit,
    ask_deposit,
    confirm_forfeit,
    hold_deposit,
    lapse_deposit,
    propose_forfeit,
    refund_deposit,
)
from market.payments.models import Deposit
from market.payments.payout_commands import order_again, prove_payout, return_payout
from market.payments.payout_models import Payout
from market.payments.queries import received_on
from market.payments.rules import PaymentRefusal
from market.payments.sheet import (
    DepositStatus,
    ObligationStatus,
    PayoutStatus,
    Share,
    ShareKind,
)
from market.payments.splitting import Claim
from tests import make
from tests.make import yuan

Ending = Callable[..., Deposit]


def there(s: Session, purpose: Purpose, party: Party | None = None) -> Money:
    return balance(s, Place(purpose, party.id if party else None)).posted


@pytest.fixture
def two(session: Session, at: datetime) -> tuple[Party, Party]:
    """Who pays, and who is paid."""
    return make.party(session, at=at)[0], make.party(session, at=at)[0]


def payouts(s: Session) -> list[Payout]:
    return s.query(Payout).order_by(Payout.id).all()


def test_a_receipt_divides_by_the_frozen_terms(
    session: Session, two: tuple[Party, Party], at: datetime
) -> None:
    buyer, seller = two
    terms = (Share(ShareKind.SELLER, 9_900, seller.id), Share(ShareKind.PLATFORM, 100))
    obligation = make.owed(session, buyer, seller, 1_000, at, shares=terms)
    make.paid_by_bank(session, obligation, 400, at)
    assert (obligation.status, obligation.remaining) == (ObligationStatus.OPEN, yuan(600))
    make.paid_by_bank(session, obligation, 600, at)
    assert obligation.status is ObligationStatus.SETTLED
    assert there(session, Purpose.PROCEEDS, seller) == yuan(990)
    assert there(session, Purpose.FEES) == yuan(10)
    assert there(session, Purpose.CREDIT, buyer) == yuan(0)
    assert received_on(session, ("deal", 1)) == yuan(1_000)
    assert list(differences(session)) == []


@pytest.mark.parametrize(("sent", "back"), [((1_200,), 200), ((1_000, 1_000), 1_000)])
def test_what_is_too_much_or_double_goes_back(
    session: Session, two: tuple[Party, Party], at: datetime, sent: tuple[int, ...], back: int
) -> None:
    obligation = make.owed(session, *two, 1_000, at)
    for amount in sent:
        make.paid_by_bank(session, obligation, amount, at)
    (payout,) = payouts(session)
    assert (payout.amount, payout.number) == (yuan(back), "6222 0000 1111 2222")
    assert payout.due_at == at + timedelta(hours=24)
    prove_payout(session, payout.id, "statement line 7", by=NOBODY, at=at)
    assert there(session, Purpose.BANK) == yuan(1_000)
    assert there(session, Purpose.CREDIT, two[0]) == yuan(0)


def test_what_comes_too_late_goes_back_whole(
    session: Session, two: tuple[Party, Party], at: datetime
) -> None:
    obligation = make.owed(session, *two, 1_000, at)
    cancel_obligation(session, obligation.id, "sold to another", by=NOBODY, at=at)
    make.paid_by_bank(session, obligation, 1_000, at)
    assert obligation.status is ObligationStatus.CANCELLED
    assert [each.amount for each in payouts(session)] == [yuan(1_000)]
    assert there(session, Purpose.PROCEEDS, two[1]) == yuan(0)


def test_what_was_paid_in_part_or_whole_is_not_cancelled(
    session: Session, two: tuple[Party, Party], at: datetime
) -> None:
    obligation = make.owed(session, *two, 1_000, at)
    make.paid_by_bank(session, obligation, 1, at)
    with pytest.raises(Refused) as part:
        cancel_obligation(session, obligation.id, "no", by=NOBODY, at=at)
    assert part.value.refusal is PaymentRefusal.PAID_IN_PART
    make.paid_by_bank(session, obligation, 999, at)
    with pytest.raises(Refused) as whole:
        cancel_obligation(session, obligation.id, "no", by=NOBODY, at=at)
    assert whole.value.refusal is PaymentRefusal.NOT_OPEN


def test_shares_that_are_not_the_whole_are_a_fault(
    session: Session, two: tuple[Party, Party], at: datetime
) -> None:
    with pytest.raises(ValueError, match="10,000"):
        make.owed(session, *two, 1, at, shares=(Share(ShareKind.SELLER, 9_999, two[1].id),))


def test_nothing_is_paid_with_credit_that_is_not_there(session: Session, at: datetime) -> None:
    buyer, by = make.party(session, at=at)
    obligation = make.owed(session, buyer, None, 10, at)
    with pytest.raises(Refused) as refused:
        use_credit(session, obligation.id, by=by, at=at)
    assert refused.value.refusal is PaymentRefusal.NO_CREDIT


# ── deposits ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def deposit(session: Session, two: tuple[Party, Party], at: datetime) -> Deposit:
    """A deposit of a hundred yuan, paid and held."""
    made = ask_deposit(
        session, two[0].id, ("auction", 1), yuan(100), "保证金", at.date(), by=NOBODY, at=at
    )
    make.paid_by_bank(session, made.obligation, 100, at)
    return hold_deposit(session, made.id, by=NOBODY, at=at)


def test_a_held_deposit_is_applied_and_the_rest_goes_back(
    session: Session, two: tuple[Party, Party], deposit: Deposit, at: datetime
) -> None:
    price = make.owed(session, *two, 70, at)
    apply_deposit(session, deposit.id, price.id, by=NOBODY, at=at)
    assert (deposit.status, price.status) == (DepositStatus.APPLIED, ObligationStatus.SETTLED)
    assert there(session, Purpose.PROCEEDS, two[1]) == yuan(70)
    assert [each.amount for each in payouts(session)] == [yuan(30)]
    assert list(differences(session)) == []


def test_a_deposit_goes_back_to_where_it_came_from(
    session: Session, two: tuple[Party, Party], deposit: Deposit, at: datetime
) -> None:
    refund_deposit(session, deposit.id, "outbid", by=NOBODY, at=at)
    (payout,) = payouts(session)
    assert (payout.amount, payout.number) == (yuan(100), "6222 0000 1111 2222")
    prove_payout(session, payout.id, "line 9", by=NOBODY, at=at)
    assert payout.status is PayoutStatus.DONE
    assert there(session, Purpose.DEPOSIT, two[0]) == yuan(0)
    assert sums(session) == {"CNY": 0}


def test_a_forfeited_deposit_divides_in_the_laws_order(
    session: Session, two: tuple[Party, Party], deposit: Deposit, at: datetime
) -> None:
    claims = [
        Claim(ShareKind.COSTS, None, yuan(20)),
        Claim(ShareKind.SELLER, two[1].id, yuan(500)),
    ]
    first, second = make.operator(session, at), make.operator(session, at)
    proposal = propose_forfeit(session, deposit.id, claims, None, "默认", by=first, at=at)
    confirm_forfeit(session, proposal.id, by=second, at=at)
    assert deposit.status is DepositStatus.FORFEITED
    assert there(session, Purpose.FEES) == yuan(20)
    assert there(session, Purpose.PROCEEDS, two[1]) == yuan(80)
    assert list(differences(session)) == []


def test_what_was_paid_of_a_lapsed_deposit_goes_back(
    session: Session, two: tuple[Party, Party], at: datetime
) -> None:
    made = ask_deposit(
        session, two[0].id, ("auction", 1), yuan(100), "保证金", at.date(), by=NOBODY, at=at
    )
    make.paid_by_bank(session, made.obligation, 40, at)
    lapse_deposit(session, made.id, "auction called off", by=NOBODY, at=at)
    make.paid_by_bank(session, made.obligation, 60, at)
    assert made.status is DepositStatus.LAPSED
    assert [each.amount for each in payouts(session)] == [yuan(40), yuan(60)]


@pytest.mark.parametrize("end", [refund_deposit, lapse_deposit])
def test_a_deposit_ends_once(
    session: Session, two: tuple[Party, Party], deposit: Deposit, at: datetime, end: Ending
) -> None:
    refund_deposit(session, deposit.id, "outbid", by=NOBODY, at=at)
    with pytest.raises(Refused) as refused:
        end(session, deposit.id, "again", by=NOBODY, at=at)
    assert refused.value.refusal is PaymentRefusal.WRONG_STATE
    price = make.owed(session, *two, 70, at)
    with pytest.raises(Refused) as applied:
        apply_deposit(session, deposit.id, price.id, by=NOBODY, at=at)
    assert applied.value.refusal is PaymentRefusal.WRONG_STATE


def test_what_came_back_is_ordered_once_more_and_only_once(
    session: Session, two: tuple[Party, Party], at: datetime
) -> None:
    obligation = make.owed(session, *two, 1_000, at)
    for _ in range(2):
        make.paid_by_bank(session, obligation, 1_000, at)
    (payout,) = payouts(session)
    operator = make.operator(session, at)
    return_payout(session, payout.id, "wrong account", by=operator, at=at)
    again = order_again(session, payout.id, None, by=operator, at=at)
    assert (payout.status, again.amount) == (PayoutStatus.FAILED, yuan(1_000))
    with pytest.raises(Refused) as refused:
        order_again(session, payout.id, None, by=operator, at=at)
    assert refused.value.refusal in (PaymentRefusal.ORDERED_AGAIN, LedgerRefusal.SHORT)
