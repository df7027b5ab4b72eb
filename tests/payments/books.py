"""Books in which everything has happened once, all of it by the market's own commands."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.kernel.authority import NOBODY, Actor, Role
from market.parties.models import Party
from market.payments.correction_commands import confirm_correction, propose_correction
from market.payments.deposit_commands import (
    apply_deposit,
    ask_deposit,
    confirm_forfeit,
    hold_deposit,
    propose_forfeit,
    refund_deposit,
)
from market.payments.gateway_commands import begin_payment, note_fact
from market.payments.gateways import Stage
from market.payments.models import Deposit
from market.payments.payout_commands import fail_payout, prove_payout
from market.payments.payout_models import Payout
from market.payments.sheet import Share, ShareKind
from market.payments.splitting import Claim
from tests import make
from tests.make import yuan
from tests.payments.test_gateway_commands import Cards, fact


def fill(s: Session, at: datetime) -> None:
    """Prices, deposits, refunds, payments by card and a correction: each in several states."""
    (buyer, by), (seller, _) = make.party(s, at=at), make.party(s, at=at)
    terms = (Share(ShareKind.SELLER, 9_750, seller.id), Share(ShareKind.PLATFORM, 250))
    part = make.owed(s, buyer, seller, 1_000, at, shares=terms)
    make.paid_by_bank(s, part, 333, at)
    make.paid_by_bank(s, make.owed(s, buyer, seller, 500, at, shares=terms), 720, at)
    make.owed(s, buyer, seller, 50, at)
    _deposits(s, buyer, seller, at)
    _cards(s, buyer, seller, by, at)
    _corrected(s, buyer, seller, at)
    payouts = s.query(Payout).order_by(Payout.id).all()
    prove_payout(s, payouts[0].id, "line 7", by=NOBODY, at=at)
    fail_payout(s, payouts[1].id, "account-closed", by=NOBODY, at=at)


def _deposits(s: Session, buyer: Party, seller: Party, at: datetime) -> None:
    def held(subject: int) -> Deposit:
        asked = ask_deposit(
            s, buyer.id, ("auction", subject), yuan(100), "保证金", at.date(), by=NOBODY, at=at
        )
        make.paid_by_bank(s, asked.obligation, 100, at)
        return hold_deposit(s, asked.id, by=NOBODY, at=at)

    held(1)
    refund_deposit(s, held(2).id, "outbid", by=NOBODY, at=at)
    refund_deposit(s, held(3).id, "outbid", by=NOBODY, at=at)
    price = make.owed(s, buyer, seller, 70, at)
    apply_deposit(s, held(4).id, price.id, by=NOBODY, at=at)
    first, second = make.operator(s, at), make.operator(s, at)
    claims = [Claim(ShareKind.COSTS, None, yuan(20)), Claim(ShareKind.SELLER, seller.id, yuan(30))]
    proposed = propose_forfeit(s, held(5).id, claims, None, "违约", by=first, at=at)
    confirm_forfeit(s, proposed.id, by=second, at=at)


def _cards(s: Session, buyer: Party, seller: Party, by: Actor, at: datetime) -> None:
    for stages in (
        (Stage.AUTHORISED,),
        (Stage.AUTHORISED, Stage.SUCCEEDED),
        (Stage.AUTHORISED, Stage.CANCELLED),
        (Stage.SUCCEEDED,),
    ):
        owed = make.owed(s, buyer, seller, 200, at)
        payment = begin_payment(s, owed.id, Cards(), by=by, at=at)
        for stage in stages:
            note_fact(s, payment.id, fact(payment, stage), by=NOBODY, at=at)
    disputed = fact(payment, Stage.SUCCEEDED, disputed=yuan(200))
    note_fact(s, payment.id, disputed, by=NOBODY, at=at)


def _corrected(s: Session, buyer: Party, seller: Party, at: datetime) -> None:
    owed = make.owed(s, buyer, seller, 60, at)
    make.paid_by_bank(s, owed, 60, at)
    first, second = (make.actor(s, make.user(s, Role.ADMINISTRATOR, at=at), at) for _ in range(2))
    wrong = owed.settlements[-1].transfer_id
    proposed = propose_correction(s, wrong, "twice", by=first, at=at)
    confirm_correction(s, proposed.id, by=second, at=at)
