"""The laws of payments: who may, and when money is not taken. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from market.kernel.authority import Actor, Role, Seat, WhoRefusal
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.ledger.rules import Purpose, Why
from market.payments.gateways import Channel, Stage
from market.payments.references import ReferenceKind, found_references, reference
from market.payments.rules import (
    MOVES,
    Booked,
    Due,
    PaymentRefusal,
    again_refusal,
    apply_refusal,
    correct_refusal,
    end_payout_refusal,
    forfeit_refusal,
    give_up_refusal,
    move_refusal,
    pay_out_refusal,
    pay_refusal,
    send_refusal,
)
from market.payments.sheet import (
    DepositStatus,
    ObligationKind,
    ObligationStatus,
    PayoutKind,
    PayoutStatus,
    Share,
    ShareKind,
)
from market.payments.splitting import Claim, divided, forfeited, shared

AT = datetime(2026, 3, 10, 2, tzinfo=UTC)
BUYER = Actor(1, roles=frozenset({Role.COMPANY}), party_id=1, seat=Seat.EDITOR)
OTHER = replace(BUYER, user_id=2, party_id=2)
OPERATOR = Actor(3, roles=frozenset({Role.OPERATOR}), confirmed_at=AT)
ADMINISTRATOR = Actor(4, roles=frozenset({Role.ADMINISTRATOR}), confirmed_at=AT)


def yuan(amount: int) -> Money:
    return Money(amount * 100)


DUE = Due(ObligationKind.PRICE, ObligationStatus.OPEN, 1, 2, yuan(100), yuan(0))
SETTLED = replace(DUE, status=ObligationStatus.SETTLED, remaining=yuan(0), paid=yuan(100))


@pytest.mark.parametrize(
    ("by", "due", "over", "expected"),
    [
        (BUYER, DUE, {}, None),
        (OTHER, DUE, {}, WhoRefusal.NOT_YOURS),
        (BUYER, SETTLED, {}, PaymentRefusal.NOT_OPEN),
        (BUYER, DUE, {"offered": False}, PaymentRefusal.CHANNEL_OFF),
        (BUYER, DUE, {"takes": False}, PaymentRefusal.BEYOND_CHANNEL),
    ],
)
def test_the_debtors_people_pay_while_something_is_due(
    by: Actor, due: Due, over: dict[str, bool], expected: Refusal | None
) -> None:
    assert pay_refusal(by, due, AT, **over) is expected


def test_a_payment_that_came_to_something_is_not_given_up() -> None:
    assert give_up_refusal(BUYER, DUE, Stage.ACTION, AT) is None
    assert give_up_refusal(BUYER, DUE, Stage.SUCCEEDED, AT) is PaymentRefusal.PAYMENT_OVER
    assert give_up_refusal(OTHER, DUE, Stage.ACTION, AT) is WhoRefusal.NOT_YOURS


def test_a_deposit_moves_only_as_the_table_says() -> None:
    every = {move for _, move in MOVES}
    for status in DepositStatus:
        for move in every:
            allowed = move_refusal(status, move) is None
            assert allowed is ((status, move) in MOVES), (status, move)
    ends = {DepositStatus.APPLIED, DepositStatus.REFUNDED, DepositStatus.FORFEITED}
    assert not any(status in ends | {DepositStatus.LAPSED} for status, _ in MOVES)


@pytest.mark.parametrize(
    ("status", "party", "due", "expected"),
    [
        (DepositStatus.HELD, 1, DUE, None),
        (DepositStatus.RECEIVED, 1, DUE, PaymentRefusal.WRONG_STATE),
        (DepositStatus.HELD, 2, DUE, PaymentRefusal.OTHER_DEBTOR),
        (DepositStatus.HELD, 1, SETTLED, PaymentRefusal.NOT_OPEN),
        (DepositStatus.HELD, 1, replace(DUE, kind=ObligationKind.DEPOSIT), PaymentRefusal.NOT_OPEN),
        (
            DepositStatus.HELD,
            1,
            replace(DUE, remaining=Money(100, "USD")),
            PaymentRefusal.OTHER_DEBTOR,
        ),
    ],
)
def test_a_deposit_pays_what_its_own_party_owes(
    status: DepositStatus, party: int, due: Due, expected: Refusal | None
) -> None:
    assert apply_refusal(status, party, yuan(10), due) is expected


@pytest.mark.parametrize(
    ("amount", "usable_at", "expected"),
    [
        (100, AT, None),
        (101, AT, PaymentRefusal.TOO_MUCH),
        (1, AT + timedelta(seconds=1), PaymentRefusal.ACCOUNT_NEW),
        (1, None, PaymentRefusal.NO_ACCOUNT),
    ],
)
def test_proceeds_go_to_an_account_that_has_stood_for_a_day(
    amount: int, usable_at: datetime | None, expected: Refusal | None
) -> None:
    assert pay_out_refusal(yuan(amount), yuan(100), usable_at, AT) is expected


def test_money_leaves_once() -> None:
    bank = Channel.BANK
    assert send_refusal(OPERATOR, bank, PayoutStatus.ORDERED, AT) is None
    assert send_refusal(OPERATOR, bank, PayoutStatus.DONE, AT) is PaymentRefusal.PAYOUT_OVER
    by_card = send_refusal(OPERATOR, Channel.STRIPE, PayoutStatus.ORDERED, AT)
    assert by_card is PaymentRefusal.BY_GATEWAY
    assert end_payout_refusal(PayoutStatus.FAILED) is PaymentRefusal.PAYOUT_OVER
    assert again_refusal(OPERATOR, PayoutStatus.SENT, AT) is PaymentRefusal.PAYOUT_RUNS
    assert again_refusal(OPERATOR, PayoutStatus.FAILED, AT) is None
    assert again_refusal(BUYER, PayoutStatus.FAILED, AT) is WhoRefusal.NOT_YOUR_ROLE


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"done": True}, PaymentRefusal.ORDERED_AGAIN),
        ({"elsewhere": True}, None),
        ({"elsewhere": True, "kind": PayoutKind.PROCEEDS}, PaymentRefusal.OWN_ACCOUNT_ONLY),
        ({"kind": PayoutKind.PROCEEDS}, None),
    ],
)
def test_what_came_back_is_sent_once_more_and_proceeds_only_to_their_own_account(
    over: dict[str, Any], expected: Refusal | None
) -> None:
    assert again_refusal(OPERATOR, PayoutStatus.FAILED, AT, **over) is expected


def test_a_forfeited_deposit_goes_to_others_than_who_paid_it() -> None:
    held = DepositStatus.HELD
    assert forfeit_refusal(OPERATOR, held, 1, {None, 2}, AT) is None
    assert forfeit_refusal(OPERATOR, held, 1, {1, 2}, AT) is PaymentRefusal.TO_ITSELF
    due = forfeit_refusal(OPERATOR, DepositStatus.DUE, 1, {None}, AT)
    assert due is PaymentRefusal.WRONG_STATE
    assert forfeit_refusal(BUYER, held, 1, {None}, AT) is WhoRefusal.NOT_YOUR_ROLE


@pytest.mark.parametrize("why", [Why.SETTLEMENT, Why.MATCH, Why.FORFEIT])
def test_what_moved_outside_is_not_reversed_by_hand(why: Why) -> None:
    inside = frozenset({Purpose.CREDIT, Purpose.PROCEEDS})
    assert correct_refusal(ADMINISTRATOR, Booked(why, inside), AT) is None
    outside = Booked(why, inside | {Purpose.BANK})
    assert correct_refusal(ADMINISTRATOR, outside, AT) is PaymentRefusal.NOT_BY_HAND
    assert correct_refusal(OPERATOR, Booked(why, inside), AT) is WhoRefusal.NOT_YOUR_ROLE


@pytest.mark.parametrize("why", [Why.HOLD, Why.REFUND, Why.PAYOUT, Why.CHARGE, Why.CORRECTION])
def test_what_has_its_own_end_is_not_reversed_by_hand(why: Why) -> None:
    booked = Booked(why, frozenset({Purpose.CREDIT, Purpose.DEPOSIT}))
    assert correct_refusal(ADMINISTRATOR, booked, AT) is PaymentRefusal.NOT_BY_HAND


@pytest.mark.parametrize("status", DepositStatus)
def test_what_paid_a_deposit_is_corrected_until_the_deposit_goes_on(status: DepositStatus) -> None:
    booked = Booked(Why.SETTLEMENT, frozenset({Purpose.CREDIT, Purpose.DEPOSIT}), status)
    early = status in (DepositStatus.DUE, DepositStatus.RECEIVED)
    refusal = None if early else PaymentRefusal.NOT_BY_HAND
    assert correct_refusal(ADMINISTRATOR, booked, AT) is refusal


# ── dividing ─────────────────────────────────────────────────────────────────────────────────────


def test_parts_add_to_the_whole_and_the_largest_remainder_gets_the_fen() -> None:
    assert [part.minor for part in shared(Money(100), [1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in shared(Money(10), [9_850, 150])] == [10, 0]
    for whole in range(200):
        parts = shared(Money(whole), [3_333, 3_333, 3_334])
        assert sum(part.minor for part in parts) == whole
        assert all(abs(part.minor - whole / 3) <= 1 for part in parts)


@pytest.mark.parametrize(("whole", "weights"), [(-1, [1]), (1, []), (1, [0]), (1, [2, -1])])
def test_what_has_no_share_does_not_divide(whole: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="divides"):
        shared(Money(whole), weights)


def test_a_receipt_divides_by_its_terms() -> None:
    terms = (Share(ShareKind.SELLER, 9_700, 2), Share(ShareKind.PLATFORM, 300))
    assert [money.minor for _, money in divided(Money(101), terms)] == [98, 3]


def test_claims_on_a_forfeited_deposit_are_met_in_their_order_while_it_lasts() -> None:
    rest = Share(ShareKind.SELLER, 10_000, 2)
    claims = [
        Claim(ShareKind.COSTS, None, yuan(30)),
        Claim(ShareKind.COMMISSION, 5, yuan(50)),
        Claim(ShareKind.SELLER, 2, yuan(40)),
    ]
    told = [(share.party_id, money) for share, money in forfeited(yuan(100), claims, rest)]
    assert told == [(None, yuan(30)), (5, yuan(50)), (2, yuan(20))]
    told = [(share.party_id, money) for share, money in forfeited(yuan(150), claims, rest)]
    assert told == [(None, yuan(30)), (5, yuan(50)), (2, yuan(40)), (2, yuan(30))]


# ── references ───────────────────────────────────────────────────────────────────────────────────

WRITTEN = reference(ReferenceKind.OBLIGATION, 42)


@pytest.mark.parametrize(
    "words",
    [
        WRITTEN,
        f"货款{WRITTEN}谢谢",
        "js 0000 0042-75",
        "ＪＳ００００００４２７５",
        f"{WRITTEN} {WRITTEN}",
        f"JS0000004276, {WRITTEN}",
    ],
)
def test_a_reference_is_found_however_it_was_typed(words: str) -> None:
    assert found_references(words) == [WRITTEN]


@pytest.mark.parametrize("words", ["", "JS0000004257", "JS00000042755", "XJS0000004275", "42"])
def test_what_is_mistyped_is_no_reference(words: str) -> None:
    assert found_references(words) == []
