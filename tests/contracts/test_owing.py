"""Money follows the contract: what it says is owed once, also after it was corrected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from market.contracts import commands
from market.contracts.models import Contract
from market.contracts.owing import REPLACED, Part, left, owed_for, standing
from market.contracts.terms import Instalment, Kind, Payment
from market.deals.models import Deal
from market.kernel.authority import Actor
from market.ledger.verifying import differences
from market.payments.models import Obligation
from market.payments.payout_models import Payout
from market.payments.queries import obligations_on, received_on
from market.payments.royalties import RoyaltyBase
from market.payments.royalty_commands import declare_royalty
from market.payments.royalty_queries import find_running
from market.payments.sheet import ObligationKind, ObligationStatus, ShareKind
from tests import make
from tests.make import yuan

MILLION = yuan(1_000_000)
Sign = Callable[..., Contract]


@dataclass
class Sale:
    """A deal at a million yuan, and how its contract is signed and corrected."""

    session: Session
    deal: Deal
    seller: Actor
    buyer: Actor
    at: datetime

    def sign(self, **over: object) -> Contract:
        over = {"kind": Kind.TRF_P, "rights": "发明专利", **over}
        return make.contract(
            self.session, self.seller, self.buyer, at=self.at, deal=self.deal, **over
        )

    def correct(self, old: Contract, **over: object) -> Contract:
        s, at = self.session, self.at
        new = commands.replace_signed(s, old.id, by=self.buyer, at=at)
        terms = make.terms(**{"kind": Kind.TRF_P, "rights": "发明专利", **over})
        commands.save_draft(s, new.id, terms, by=self.buyer, at=at)
        commands.offer_text(s, new.id, by=self.seller, at=at)
        assert new.text_hash is not None
        commands.sign(s, new.id, new.text_hash, by=self.seller, at=at)
        return commands.sign(s, new.id, new.text_hash, by=self.buyer, at=at)

    def owed(self) -> list[Obligation]:
        return obligations_on(self.session, owed_for(self.deal))

    def asked(self) -> list[tuple[int, int, str]]:
        """Place, yuan, state of all that was ever asked for."""
        return [(o.place, o.amount.minor // 100, o.status.value) for o in self.owed()]


@pytest.fixture
def sale(session: Session, at: datetime) -> Sale:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    deal = make.deal(session, make.listing(session, seller, at=at), seller, buyer, at=at)
    return Sale(session, deal, seller, buyer, at)


def lines(*amounts: int) -> dict[str, object]:
    """Payment by instalments of so many yuan, due month after month."""
    due = [
        Instalment(make.day(f"2026-{month:02d}-15"), yuan(amount))
        for month, amount in enumerate(amounts, start=4)
    ]
    return {"payment": Payment.INSTALMENTS, "instalments": tuple(due)}


def test_a_price_paid_once_is_owed_within_five_working_days_less_the_markets_fee(
    sale: Sale,
) -> None:
    contract = sale.sign()
    (owed,) = sale.owed()
    assert (owed.kind, owed.amount) == (ObligationKind.PRICE, MILLION)
    assert (owed.debtor_id, owed.creditor_id) == (contract.buyer_id, contract.seller_id)
    assert (sale.at.date(), owed.due_on) == (make.day("2026-03-10"), make.day("2026-03-17"))
    assert [(s.kind, s.party_id, s.weight_bp) for s in owed.shares] == [
        (ShareKind.SELLER, contract.seller_id, 9_900),
        (ShareKind.PLATFORM, None, 100),
    ]


def test_only_the_second_signature_makes_it_owed(sale: Sale) -> None:
    s, at = sale.session, sale.at
    terms = make.terms(kind=Kind.TRF_P, rights="发明专利")
    draft = commands.draft(
        s, sale.deal.seller_id, sale.deal.buyer_id, terms, by=sale.seller, at=at, deal=sale.deal
    )
    commands.offer_text(s, draft.id, by=sale.seller, at=at)
    assert draft.text_hash is not None
    commands.sign(s, draft.id, draft.text_hash, by=sale.seller, at=at)
    assert sale.owed() == []
    commands.sign(s, draft.id, draft.text_hash, by=sale.buyer, at=at)
    assert len(sale.owed()) == 1


def test_each_instalment_is_owed_on_its_day(sale: Sale) -> None:
    sale.sign(**lines(300_000, 700_000))
    assert [(o.kind, o.place, o.of_places, o.amount, o.due_on) for o in sale.owed()] == [
        (ObligationKind.INSTALMENT, 1, 2, yuan(300_000), make.day("2026-04-15")),
        (ObligationKind.INSTALMENT, 2, 2, yuan(700_000), make.day("2026-05-15")),
    ]


def test_an_entry_fee_is_owed_and_a_royalty_alone_asks_for_nothing_yet(
    sale: Sale, session: Session, at: datetime
) -> None:
    sale.sign(payment=Payment.ENTRY_ROYALTY, royalty="产品销售额的百分之三")
    assert [(o.kind, o.amount) for o in sale.owed()] == [(ObligationKind.ENTRY_FEE, MILLION)]
    right = make.right()
    other = make.listing(session, sale.seller, at=at, rights=(right,))
    deal = make.deal(session, other, sale.seller, sale.buyer, at=at)
    alone = Sale(session, deal, sale.seller, sale.buyer, at)
    alone.sign(payment=Payment.ROYALTY, royalty="产品销售额的百分之三")
    assert alone.owed() == []


def test_a_contract_from_outside_the_market_owes_nothing_here(sale: Sale) -> None:
    make.contract(sale.session, sale.seller, sale.buyer, at=sale.at)
    assert sale.session.query(Obligation).count() == 0


def test_where_the_market_takes_no_fee_the_seller_has_the_whole(sale: Sale) -> None:
    today = make.day("2026-03-10")
    before = sale.at.replace(day=9)
    make.amendment(sale.session, "pay.platform_fee", 0, today, article="平台规则", at=before)
    sale.sign()
    (owed,) = sale.owed()
    assert [(s.kind, s.weight_bp) for s in owed.shares] == [(ShareKind.SELLER, 10_000)]


RECKONED: dict[str, object] = {
    "payment": Payment.ENTRY_ROYALTY,
    "royalty_base": RoyaltyBase.SALES,
    "royalty_bp": 300,
    "royalty_months": 3,
}


def test_a_royalty_that_the_market_reckons_begins_with_the_contract(sale: Sale) -> None:
    contract = sale.sign(**RECKONED)
    agreed = find_running(sale.session, owed_for(sale.deal))
    assert agreed is not None
    assert (agreed.base, agreed.rate_bp, agreed.every_months) == (RoyaltyBase.SALES, 300, 3)
    assert (agreed.licensor_id, agreed.licensee_id) == (contract.seller_id, contract.buyer_id)
    assert (agreed.first_on, agreed.last_on) == (contract.starts_on, contract.ends_on)
    assert [share.weight_bp for share in agreed.shares] == [9_900, 100]
    assert [o.kind for o in sale.owed()] == [ObligationKind.ENTRY_FEE]


def test_the_royalty_of_a_corrected_contract_goes_on_where_it_was_declared(sale: Sale) -> None:
    old = sale.sign(**RECKONED)
    first = find_running(sale.session, owed_for(sale.deal))
    assert first is not None
    by, then = make.at_desk(sale.buyer, "2026-06-10")
    declare_royalty(sale.session, first.id, 1, yuan(100_000), "账簿", by=by, at=then)
    new = sale.correct(old, **{**RECKONED, "royalty_bp": 500})
    second = find_running(sale.session, owed_for(sale.deal))
    assert second is not None
    assert (second.rate_bp, second.first_on) == (500, make.day("2026-06-01"))
    assert first.ended_at == sale.at
    sale.correct(new)
    assert find_running(sale.session, owed_for(sale.deal)) is None
    assert [o.status.value for o in sale.owed() if o.kind is ObligationKind.ROYALTY] == ["open"]


# ── the corrected contract ───────────────────────────────────────────────────────────────────────


def test_what_nobody_paid_is_cancelled_with_the_contract_that_asked_for_it(sale: Sale) -> None:
    old = sale.sign()
    commands.replace_signed(sale.session, old.id, by=sale.buyer, at=sale.at)
    (owed,) = sale.owed()
    assert (owed.status, owed.cancelled_why) == (ObligationStatus.CANCELLED, REPLACED)


def test_what_came_before_counts_against_the_first_instalments(sale: Sale) -> None:
    old = sale.sign(**lines(300_000, 700_000))
    make.paid_by_bank(sale.session, sale.owed()[0], 300_000, sale.at)
    sale.correct(old, **lines(200_000, 200_000, 600_000))
    assert sale.asked() == [
        (1, 300_000, "settled"),
        (2, 700_000, "cancelled"),
        (2, 100_000, "open"),
        (3, 600_000, "open"),
    ]
    for each in sale.owed()[2:]:
        make.paid_by_bank(sale.session, each, each.amount.minor // 100, sale.at)
    assert received_on(sale.session, owed_for(sale.deal)) == MILLION
    assert list(differences(sale.session)) == []


def test_what_was_paid_in_part_stays_owed_and_is_not_asked_for_again(sale: Sale) -> None:
    old = sale.sign(**lines(300_000, 700_000))
    make.paid_by_bank(sale.session, sale.owed()[0], 1, sale.at)
    sale.correct(old)
    assert sale.asked() == [
        (1, 300_000, "open"),
        (2, 700_000, "cancelled"),
        (1, 700_000, "open"),
    ]


def test_a_price_that_was_paid_is_owed_no_second_time(sale: Sale) -> None:
    old = sale.sign()
    make.paid_by_bank(sale.session, sale.owed()[0], 1_000_000, sale.at)
    third = sale.correct(sale.correct(old))
    assert (third.deal_id, sale.asked()) == (sale.deal.id, [(1, 1_000_000, "settled")])


def test_money_for_what_was_cancelled_goes_back(sale: Sale) -> None:
    old = sale.sign()
    sale.correct(old)
    make.paid_by_bank(sale.session, sale.owed()[0], 1_000_000, sale.at)
    assert sale.asked() == [(1, 1_000_000, "cancelled"), (1, 1_000_000, "open")]
    assert [payout.amount for payout in sale.session.query(Payout)] == [MILLION]
    assert [each.amount for each in standing(sale.session, sale.deal)] == [MILLION]


@given(
    plan=st.lists(st.integers(1, 50), min_size=1, max_size=8),
    before=st.lists(st.integers(1, 50), max_size=8),
)
def test_what_stands_and_what_is_asked_for_add_to_the_contract(
    plan: list[int], before: list[int]
) -> None:
    wanted = [
        Part(ObligationKind.INSTALMENT, yuan(n), make.day("2026-04-15"), place, len(plan))
        for place, n in enumerate(plan, start=1)
    ]
    asked = sum(part.amount.minor for part in left(wanted, [yuan(n) for n in before]))
    stands = 100 * sum(before)
    assert asked + stands == max(100 * sum(plan), stands)
