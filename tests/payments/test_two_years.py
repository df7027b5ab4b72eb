"""The time machine: a deposit, a price in three instalments and a late payer, over two years."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.kernel.authority import NOBODY, Actor
from market.kernel.clock import day_of
from market.kernel.money import Money
from market.kernel.refusal import Refused
from market.ledger.queries import balance, sums
from market.ledger.rules import Place, Purpose
from market.parties.models import Party
from market.payments.deposit_commands import apply_deposit, ask_deposit, hold_deposit
from market.payments.models import Obligation
from market.payments.overview import standings
from market.payments.payout_commands import (
    prove_payout,
    request_payout,
    send_payout,
    set_payout_account,
)
from market.payments.payout_models import Payout
from market.payments.queries import received_on
from market.payments.rules import PaymentRefusal
from market.payments.sheet import (
    DepositStatus,
    ObligationKind,
    ObligationStatus,
    PayoutReason,
    PayoutStatus,
    Share,
    ShareKind,
)
from market.payments.verifying import differences
from tests import make
from tests.make import day, yuan

DAWN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SUBJECT = ("deal", 7)
DUE = ("2026-06-30", "2027-03-31", "2027-12-31")
PARTS = (400, 400, 200)


def on(text: str) -> datetime:
    """Ten in the morning of a day, in Shanghai."""
    return datetime.combine(day(text), DAWN.timetz())


def instalments(s: Session, buyer: Party, seller: Party) -> list[Obligation]:
    """A thousand yuan in three parts; one yuan of each hundred is the market's."""
    terms = (Share(ShareKind.SELLER, 9_900, seller.id), Share(ShareKind.PLATFORM, 100))
    return [
        make.owed(
            s,
            buyer,
            seller,
            part,
            on("2026-04-01"),
            kind=ObligationKind.INSTALMENT,
            subject=SUBJECT,
            due_on=day(due),
            shares=terms,
            place=n,
            of=3,
        )
        for n, (part, due) in enumerate(zip(PARTS, DUE, strict=True), 1)
    ]


def there(s: Session, purpose: Purpose, party: Party | None = None) -> Money:
    return balance(s, Place(purpose, party.id if party else None)).available


def test_two_years_of_money_add_up(session: Session) -> None:
    s = session
    (buyer, _), (seller, earns) = make.party(s, at=DAWN), make.party(s, at=DAWN)

    # March 2026: a deposit is asked, paid in two parts, held.
    deposit = ask_deposit(
        s, buyer.id, ("auction", 7), yuan(100), "保证金", day("2026-03-20"), by=NOBODY, at=DAWN
    )
    make.paid_by_bank(s, deposit.obligation, 60, on("2026-03-12"))
    assert deposit.status is DepositStatus.DUE
    make.paid_by_bank(s, deposit.obligation, 40, on("2026-03-16"))
    hold_deposit(s, deposit.id, by=NOBODY, at=on("2026-03-20"))
    assert there(s, Purpose.DEPOSIT, buyer) == yuan(0)

    # April: the lot is the buyer's; the deposit pays a part of the first instalment.
    first, second, third = instalments(s, buyer, seller)
    apply_deposit(s, deposit.id, first.id, by=NOBODY, at=on("2026-04-01"))
    assert (deposit.status, first.remaining) == (DepositStatus.APPLIED, yuan(300))
    make.paid_by_bank(s, first, 300, on("2026-06-29"))
    assert first.status is ObligationStatus.SETTLED
    (stands,) = standings(s, seller.id, day_of(on("2026-06-29")))
    assert stands.money(stands.owed) == yuan(600)

    # 2027: the second is paid late, twice: the payer feared that the first transfer was lost.
    assert not second.overdue(day(DUE[1]))
    assert second.overdue(day("2027-04-01"))
    make.paid_by_bank(s, second, 400, on("2027-05-20"))
    make.paid_by_bank(s, second, 400, on("2027-05-21"))
    assert (second.status, second.overdue(day("2027-06-01"))) == (ObligationStatus.SETTLED, False)
    (back,) = s.query(Payout).all()
    assert (back.amount, back.why) == (yuan(400), PayoutReason.MORE_THAN_DUE)
    assert back.due_at - back.ordered_at == timedelta(hours=24)
    prove_payout(s, back.id, "line of 22 May", by=NOBODY, at=on("2027-05-22"))

    # The seller is paid out what came so far, from an account that has stood for a day.
    paid_out(s, earns, yuan(792), on("2027-06-01"))
    assert there(s, Purpose.PROCEEDS, seller) == yuan(0)

    # 2028: the last instalment comes a quarter late, in three drops.
    for n, (amount, when) in enumerate(
        ((50, "2028-01-15"), (50, "2028-02-15"), (100, "2028-03-09"))
    ):
        assert third.overdue(day(when))
        assert third.remaining == yuan(200 - 50 * n)
        make.paid_by_bank(s, third, amount, on(when))
    assert third.status is ObligationStatus.SETTLED

    the_end(s, buyer, seller)


def paid_out(s: Session, by: Actor, amount: Money, at: datetime) -> None:
    """Requested too early, then in time; handed to the bank and proven."""
    set_payout_account(s, "某研究院", "中国银行", "6222 1", by=confirmed(by, at), at=at)
    with pytest.raises(Refused) as early:
        request_payout(s, amount, by=confirmed(by, at), at=at)
    assert early.value.refusal is PaymentRefusal.ACCOUNT_NEW
    later = at + timedelta(days=1)
    payout = request_payout(s, amount, by=confirmed(by, later), at=later)
    send_payout(s, payout.id, by=confirmed(make.operator(s, later), later), at=later)
    prove_payout(s, payout.id, "line of June", by=NOBODY, at=later + timedelta(hours=3))
    assert payout.status is PayoutStatus.DONE


def the_end(s: Session, buyer: Party, seller: Party) -> None:
    """Every yuan is somewhere, every year has its own, and all of it is recomputed."""
    assert there(s, Purpose.CREDIT, buyer) == there(s, Purpose.DEPOSIT, buyer) == yuan(0)
    assert there(s, Purpose.PROCEEDS, seller) == yuan(198)
    assert there(s, Purpose.FEES) == yuan(10)
    assert there(s, Purpose.BANK) == yuan(1_400 - 400 - 792)
    years = [on(f"{year}-01-01") for year in range(2026, 2030)]
    came = [
        received_on(s, SUBJECT, since=since, before=before) for since, before in pairwise(years)
    ]
    assert came == [yuan(400), yuan(400), yuan(200)]
    assert day_of(on("2028-03-09")) - day_of(DAWN) == timedelta(days=730)
    (stands,) = standings(s, buyer.id, day_of(on("2028-03-09")))
    assert (stands.money(stands.owes), stands.money(stands.owed)) == (yuan(0), yuan(0))
    assert sums(s) == {"CNY": 0}
    assert [str(each) for each in differences(s)] == []
