"""P-22 and P-26 under real threads: a deposit backs what it covers, a late payer takes nothing.

Guards stand one behind the other: the lock of the row (obligation, deposit), the locks of the
accounts, and the dense number of an account's legs. Each test has its sabotage.
"""

import os
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from market.kernel.authority import NOBODY
from market.kernel.db import Database, worth_retrying
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.refusal import Refused
from market.ledger.booking import hold
from market.ledger.models import Leg, Transfer
from market.ledger.queries import balance
from market.ledger.rules import LedgerRefusal, Phase, Place, Purpose, Why
from market.parties.models import Party
from market.payments import settling
from market.payments.commands import cancel_obligation
from market.payments.deposit_commands import ask_deposit, hold_deposit
from market.payments.gateway_commands import begin_payment, note_fact
from market.payments.gateways import Fact, Stage
from market.payments.models import Obligation
from market.payments.payout_models import Payout
from market.payments.rules import PaymentRefusal
from market.payments.sheet import ObligationStatus, PayoutReason
from market.payments.splitting import divided
from market.payments.verifying import differences
from tests import legs, make
from tests.deals.test_contention import without_locks
from tests.engines import ENGINES
from tests.make import yuan
from tests.payments.test_gateway_commands import Cards, fact

SEED = int(os.environ.get("MARKET_SEED") or secrets.randbelow(2**32))
TRIALS = dict.fromkeys(ENGINES, 500) if legs.nightly() else {"sqlite": 25, "postgresql": 10}
INTERLEAVINGS = 200 if legs.nightly() else 20
THREADS, TRIES, TRIALS_TO_CATCH = 100, 20, 20
AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)

Begin = Callable[[], AbstractContextManager[Session]]
Act = Callable[[Session], object]


def answer(act: Act, begin: Begin) -> object:
    """None where it was done, else the refusal, or the fault of the database."""
    fault: DBAPIError | None = None
    for _ in range(TRIES):
        try:
            with begin() as s:
                act(s)
        except Refused as no:
            return no.refusal
        except DBAPIError as error:
            fault = error
            if not worth_retrying(error):
                break
        else:
            return None
    return fault


def at_once(acts: Sequence[Act], begins: Sequence[Begin]) -> list[object]:
    """One thread for each act, all let go together; what became of them."""
    gate = Barrier(len(acts))

    def run(n: int) -> object:
        gate.wait()
        return answer(acts[n], begins[n % len(begins)])

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, range(len(acts))))


@pytest.fixture
def begins(database: Database, engine_url: str) -> Iterator[list[Begin]]:
    """The market's own transactions, of two processes' worth: no lock in memory is shared."""
    other = Database(engine_url)
    yield [database.transaction, other.transaction]
    other.dispose()


@pytest.fixture
def careless(engine_url: str) -> Iterator[list[Begin]]:
    """Nobody waits for anybody."""
    engine, begin = without_locks(engine_url)
    yield [begin]
    engine.dispose()


@pytest.fixture
def no_witness(database: Database) -> None:
    """The database no longer knows that an account's legs are numbered without a gap."""
    with database.transaction() as s:
        s.execute(text("ALTER TABLE ledger_legs RENAME TO numbered_legs"))
        s.execute(text("CREATE TABLE ledger_legs AS SELECT * FROM numbered_legs"))


# ── P-22 ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Bidder:
    """A party with one paid deposit, for the first of two auctions."""

    party_id: int
    deposit_id: int


def bidder(database: Database, subject: int) -> Bidder:
    with database.transaction() as s:
        party, _ = make.party(s, at=AT)
        asked = ask_deposit(
            s, party.id, ("auction", subject), yuan(100), "保证金", AT.date(), by=NOBODY, at=AT
        )
        make.paid_by_bank(s, asked.obligation, 100, AT)
        return Bidder(party.id, asked.id)


def for_its_own(who: Bidder) -> Act:
    """The auction for which it was paid holds it."""
    return lambda s: hold_deposit(s, who.deposit_id, by=NOBODY, at=AT)


def for_another(who: Bidder, n: int) -> Act:
    """Another auction wants the same money held, each try under a key of its own."""

    def act(s: Session) -> None:
        own = Place(Purpose.DEPOSIT, who.party_id)
        credit = Place(Purpose.CREDIT, who.party_id)
        key, on = f"hold-{who.party_id}-{n}", ("party", who.party_id)
        hold(s, {own: yuan(-100), credit: yuan(100)}, key=key, why=Why.HOLD, on=on, at=AT)
        record(s, "test.held", by=NOBODY, at=AT, thread=("try", who.party_id * 1_000 + n))

    return act


def held(database: Database, who: Bidder) -> Money:
    """What transfers reserve of a bidder's deposits, added up from the transfers themselves."""
    with database.reading() as s:
        frozen = (
            select(func.coalesce(func.sum(Leg.amount_minor), 0))
            .join(Transfer, Transfer.id == Leg.transfer_id)
            .where(Transfer.phase == Phase.PENDING, Leg.amount_minor < 0)
            .where(Leg.account.has(party_id=who.party_id, purpose=Purpose.DEPOSIT))
        )
        return Money(-int(s.scalar(frozen) or 0))


def race(database: Database, begins: Sequence[Begin], trial: int, threads: int) -> Money:
    """Half of the threads for one auction, half for the other; what is held after it."""
    who = bidder(database, trial)
    acts = [for_its_own(who) if n % 2 else for_another(who, n) for n in range(threads)]
    answers = at_once(acts, begins)
    assert answers.count(None) >= 1
    assert set(answers) <= {None, LedgerRefusal.SHORT, PaymentRefusal.WRONG_STATE}, answers
    return held(database, who)


def test_one_deposit_backs_what_it_covers_however_many_want_it(
    database: Database, begins: list[Begin]
) -> None:
    engine = database.engine.dialect.name
    for trial in range(TRIALS[engine]):
        assert race(database, begins, trial, THREADS) == yuan(100)
    with database.reading() as s:
        assert [str(each) for each in differences(s) if "account" not in each.where] == []
    print(f"\n[P-22 {engine}] {TRIALS[engine]} trials of {THREADS} threads on 2 auctions: 0 beyond")


def overbooked(database: Database, begins: list[Begin]) -> bool:
    """Whether some trial holds more than was paid."""
    for trial in range(TRIALS_TO_CATCH):
        who = bidder(database, trial)
        at_once([for_another(who, n) for n in range(20)], begins)
        if held(database, who) > yuan(100):
            return True
    return False


def test_the_number_of_an_accounts_legs_is_a_witness_alone(
    database: Database, careless: list[Begin]
) -> None:
    assert not overbooked(database, careless)


def test_with_no_guard_the_same_deposit_is_held_twice(
    database: Database, careless: list[Begin], no_witness: None
) -> None:
    assert overbooked(database, careless)


# ── P-26 ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Lot:
    """What A owes for a lot and pays by card, B waiting behind."""

    obligation_id: int
    payment_id: int
    told: Fact
    seller_id: int
    b_id: int
    number: int


def lot(database: Database, number: int) -> Lot:
    with database.transaction() as s:
        (a, by), (b, _), (seller, _) = (make.party(s, at=AT) for _ in range(3))
        owed = make.owed(s, a, seller, 1_000, AT, subject=("deal", number))
        payment = begin_payment(s, owed.id, Cards(), by=by, at=AT)
        told = fact(payment, Stage.SUCCEEDED)
        return Lot(owed.id, payment.id, told, seller.id, b.id, number)


def interleave(database: Database, begins: Sequence[Begin], one: Lot, chance: random.Random) -> str:
    """A's time is up and B buys and pays, while A's payment succeeds and is told thrice.

    Gives who has the lot, once it is seen that the other has all money back or under way.
    """
    pauses = [chance.uniform(0, 0.01) for _ in range(4)]
    pauses[0] *= chance.random() < 0.5  # else who is told thrice is nearly always first

    def sell_to_b(s: Session) -> None:
        time.sleep(pauses[0])
        cancel_obligation(s, one.obligation_id, "not paid in time", by=NOBODY, at=AT)
        b, seller = (s.get_one(Party, key) for key in (one.b_id, one.seller_id))
        owed = make.owed(s, b, seller, 1_000, AT, subject=("deal", one.number))
        make.paid_by_bank(s, owed, 1_000, AT, f"b-pays-{one.number}")

    def hear(n: int) -> Act:
        def act(s: Session) -> None:
            time.sleep(pauses[n])
            note_fact(s, one.payment_id, one.told, by=NOBODY, at=AT)

        return act

    answers = at_once([sell_to_b, hear(1), hear(2), hear(3)], begins)
    assert answers[1:] == [None, None, None], answers
    assert answers[0] in (None, PaymentRefusal.NOT_OPEN, PaymentRefusal.PAID_IN_PART)
    return "b" if answers[0] is None else "a"


def stands(database: Database, one: Lot, winner: str) -> None:
    """The winner alone has paid, the seller has one price, A's money is back or was well spent."""
    with database.reading() as s:
        owed = s.scalars(select(Obligation).where(Obligation.subject_id == one.number)).all()
        settled = [each for each in owed if each.status is ObligationStatus.SETTLED]
        assert len(settled) == 1
        assert (settled[0].debtor_id == one.b_id) == (winner == "b")
        assert balance(s, Place(Purpose.PROCEEDS, one.seller_id)).posted == yuan(1_000)
        back = s.scalars(select(Payout).where(Payout.obligation_id == one.obligation_id)).all()
        due = [(yuan(1_000), PayoutReason.MORE_THAN_DUE)] if winner == "b" else []
        assert [(each.amount, each.why) for each in back] == due


def test_who_pays_late_is_refunded_and_the_new_owner_keeps(
    database: Database, begins: list[Begin]
) -> None:
    chance, winners = random.Random(SEED), []
    for number in range(INTERLEAVINGS):
        one = lot(database, number)
        winners.append(interleave(database, begins, one, chance))
        stands(database, one, winners[-1])
    with database.reading() as s:
        assert [str(each) for each in differences(s)] == []
    engine = database.engine.dialect.name
    print(
        f"\n[P-26 {engine}] seed {SEED}: {INTERLEAVINGS} interleavings, A in time "
        f"{winners.count('a')}, too late and refunded {winners.count('b')}, 0 conflicts"
    )
    assert "b" in winners


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_a_settlement_that_forgets_to_ask_who_owns_it_is_caught(
    database: Database, begins: list[Begin], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sabotage: what comes late pays all the same."""

    def careless(
        s: Session, obligation: Obligation, most: Money, *, key: str, at: datetime
    ) -> Money:
        parts = divided(most, obligation.terms)
        settling.spend(
            s, obligation.debtor_id, parts, key, Why.SETTLEMENT, ("obligation", obligation.id), at
        )
        return most

    monkeypatch.setattr(settling, "settle", careless)
    one = lot(database, 1)
    with database.transaction() as s:
        cancel_obligation(s, one.obligation_id, "not paid in time", by=NOBODY, at=AT)
        note_fact(s, one.payment_id, one.told, by=NOBODY, at=AT)
    with pytest.raises(AssertionError):
        stands(database, one, "b")
