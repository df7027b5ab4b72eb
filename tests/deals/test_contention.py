"""P-28 under real threads: what is exclusive is granted once, n licences at most n times.

Two guards stand before a second grant: the locks (the listing, then its rights) and the partial
unique index. Each test has its sabotage: with the guards taken away the same race must oversell,
or it would prove nothing. ``make nightly`` runs the full number of rounds.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from market.deals.models import Deal
from market.deals.rules import DealRefusal
from market.kernel.authority import Actor
from market.kernel.db import Database, worth_retrying
from market.kernel.money import Money
from market.kernel.refusal import Refused
from market.listings import commands as listings
from market.listings.models import Listing
from market.listings.rules import Status
from market.listings.sheet import RightFacts
from market.negotiation.commands import accept_offer, make_offer
from market.negotiation.models import Negotiation
from market.negotiation.rules import TalksRefusal, TalksStatus
from tests import make
from tests.legs import nightly

ROUNDS = 200 if nightly() else 2
ROUNDS_TO_CATCH = 20
"""A sabotage that is not caught in so many rounds fails its test."""

BUYERS, LICENCES, TRIES = 20, 5, 10
AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SENTENCES = {
    DealRefusal.ALREADY_GRANTED,
    DealRefusal.SOLD_OUT,
    DealRefusal.OFF_MARKET,
    TalksRefusal.OFF_MARKET,
}

Begin = Callable[[], AbstractContextManager[Session]]

# ── who takes part ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Street:
    """One seller and twenty companies, all real rows."""

    seller: Actor
    buyers: tuple[Actor, ...]


@dataclass(frozen=True)
class Acceptance:
    """Somebody's finger on the button: which offer, at which price."""

    talks_id: int
    offer_id: int
    price: Money
    by: Actor

    def __call__(self, s: Session) -> None:
        accept_offer(s, self.talks_id, offer_id=self.offer_id, price=self.price, by=self.by, at=AT)


@pytest.fixture
def street(database: Database) -> Street:
    with database.transaction() as s:
        seller, *buyers = (make.party(s, at=AT)[1] for _ in range(BUYERS + 1))
    return Street(seller, tuple(buyers))


def ready(s: Session, street: Street, on: Listing, buyer: Actor, *, sides: str) -> Acceptance:
    """Talks whose standing offer waits for the seller, or (the seller countered) for the buyer."""
    talks = s.get_one(Negotiation, make.talks(s, on, buyer, at=AT))
    if sides == "buyers":
        make_offer(
            s, talks.id, make.yuan(1_100_000), AT + timedelta(days=7), by=street.seller, at=AT
        )
    assert talks.standing is not None
    by = street.seller if sides == "seller" else buyer
    return Acceptance(talks.id, talks.standing.id, talks.standing.price, by)


# ── what is raced for ────────────────────────────────────────────────────────────────────────────


def one_exclusive(s: Session, street: Street, patent: RightFacts) -> list[Listing]:
    """One exclusive offer."""
    return [make.listing(s, street.seller, at=AT, rights=(patent,))]


def beside_ordinary(s: Session, street: Street, patent: RightFacts) -> list[Listing]:
    """The same patent lawfully in two listings: an exclusive offer and ordinary licences."""
    ordinary = make.ordinary(s, street.seller, at=AT, rights=(patent,), licences_offered=BUYERS)
    return [*one_exclusive(s, street, patent), ordinary]


def two_exclusive(s: Session, street: Street, patent: RightFacts) -> list[Listing]:
    """The same patent in two exclusive offers: the second one slipped past its rule and index."""
    assert street.seller.party_id is not None
    sheet = make.sheet(rights=(patent,))
    second = listings.draft(s, street.seller.party_id, sheet, by=street.seller, at=AT)
    second.status, second.published_at = Status.PUBLISHED, AT
    return [*one_exclusive(s, street, patent), second]


def some_ordinary(s: Session, street: Street, patent: RightFacts) -> list[Listing]:
    """A stated number of ordinary licences."""
    number = {"licences_offered": LICENCES}
    return [make.ordinary(s, street.seller, at=AT, rights=(patent,), **number)]


def oversold(deals: Sequence[Deal]) -> bool:
    """Something was granted after an exclusive grant, or more licences than were offered."""
    exclusive = [place for place, deal in enumerate(deals) if deal.exclusive]
    if exclusive:
        return exclusive[0] < len(deals) - 1
    return len(deals) > LICENCES


# ── the race ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Outcome:
    """What came of one round."""

    deals: list[Deal]
    agreed: int
    answers: list[object]

    @property
    def refused(self) -> list[object]:
        """What those heard who got nothing."""
        return [answer for answer in self.answers if answer is not None]


def race(
    database: Database,
    street: Street,
    offer: Callable[[Session, Street, RightFacts], list[Listing]],
    begins: Sequence[Begin],
    sides: str = "seller",
) -> Outcome:
    """Twenty acceptances at once, each in its own thread and transaction."""
    with database.transaction() as s:
        offered = offer(s, street, make.right())
        ids = [listing.id for listing in offered]
        jobs = [
            ready(s, street, offered[n % len(offered)], buyer, sides=sides)
            for n, buyer in enumerate(street.buyers)
        ]
    barrier = Barrier(len(jobs))

    def run(n: int) -> object:
        barrier.wait()
        return answer(jobs[n], begins[n % len(begins)])

    with ThreadPoolExecutor(len(jobs)) as pool:
        answers = list(pool.map(run, range(len(jobs))))
    with database.reading() as s:
        deals = list(s.scalars(select(Deal).where(Deal.listing_id.in_(ids)).order_by(Deal.id)))
        agreed = select(Negotiation).where(
            Negotiation.listing_id.in_(ids), Negotiation.status == TalksStatus.AGREED
        )
        return Outcome(deals, len(list(s.scalars(agreed))), answers)


def answer(job: Acceptance, begin: Begin) -> object:
    """None where the deal was struck, else the refusal, or the fault of the database."""
    fault: DBAPIError | None = None
    for _ in range(TRIES):
        try:
            with begin() as s:
                job(s)
        except Refused as no:
            return no.refusal
        except DBAPIError as error:
            fault = error
            if not worth_retrying(error):
                break
        else:
            return None
    return fault


@pytest.fixture
def begins(database: Database, engine_url: str) -> Iterator[list[Begin]]:
    """The market's own transactions, of two processes' worth: no lock in memory is shared."""
    other = Database(engine_url)
    yield [database.transaction, other.transaction]
    other.dispose()


# ── the promise ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sides", ["seller", "buyers"])
@pytest.mark.parametrize("offer", [one_exclusive, two_exclusive])
def test_of_twenty_acceptances_of_one_exclusive_grant_one_stands(
    database: Database, street: Street, begins: list[Begin], offer: Any, sides: str
) -> None:
    for _ in range(ROUNDS):
        outcome = race(database, street, offer, begins, sides)
        assert len(outcome.deals) == outcome.agreed == 1
        assert len(outcome.refused) == BUYERS - 1
        assert set(outcome.refused) <= SENTENCES


@pytest.mark.parametrize("sides", ["seller", "buyers"])
def test_nothing_is_licensed_once_the_patent_is_assigned_through_its_other_listing(
    database: Database, street: Street, begins: list[Begin], sides: str
) -> None:
    for _ in range(ROUNDS):
        outcome = race(database, street, beside_ordinary, begins, sides)
        assert [deal.exclusive for deal in outcome.deals].count(True) == 1
        assert not oversold(outcome.deals)
        assert outcome.agreed == len(outcome.deals) == BUYERS - len(outcome.refused)
        assert set(outcome.refused) <= SENTENCES


@pytest.mark.parametrize("sides", ["seller", "buyers"])
def test_of_n_licences_exactly_n_are_taken(
    database: Database, street: Street, begins: list[Begin], sides: str
) -> None:
    for _ in range(ROUNDS):
        outcome = race(database, street, some_ordinary, begins, sides)
        assert len(outcome.deals) == outcome.agreed == LICENCES
        assert len(outcome.refused) == BUYERS - LICENCES
        assert set(outcome.refused) <= SENTENCES


# ── each guard alone, and none ───────────────────────────────────────────────────────────────────

LOCKS = re.compile(r"\sFOR (NO KEY )?UPDATE( OF \w+)?")


def without_locks(engine_url: str) -> tuple[Engine, Begin]:
    """Transactions as SQLAlchemy begins them by default, and every row lock struck out."""
    engine = create_engine(engine_url, pool_size=BUYERS)

    def unlock(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> Any:
        return LOCKS.sub("", statement), parameters

    event.listen(engine, "before_cursor_execute", unlock, retval=True)

    @contextmanager
    def begin() -> Iterator[Session]:
        with Session(engine) as s, s.begin():
            yield s

    return engine, begin


@pytest.fixture
def careless(engine_url: str) -> Iterator[list[Begin]]:
    """Nobody waits for anybody."""
    engine, begin = without_locks(engine_url)
    yield [begin]
    engine.dispose()


@pytest.fixture
def no_index(database: Database) -> None:
    """The database no longer knows that a right is granted exclusively once."""
    with database.transaction() as s:
        s.execute(text("DROP INDEX uq_deal_rights_one_exclusive_grant"))


@pytest.fixture
def no_chain(database: Database) -> None:
    """The journal takes two entries with one number: its chain, too, stops most of a stampede.

    SQLite keeps the constraint, which cannot be dropped there; it oversells all the same.
    """
    if database.engine.dialect.name == "postgresql":
        with database.transaction() as s:
            for unique in inspect(s.connection()).get_unique_constraints("journal_entries"):
                s.execute(text(f"ALTER TABLE journal_entries DROP CONSTRAINT {unique['name']}"))


@pytest.mark.parametrize("offer", [one_exclusive, two_exclusive])
def test_the_locks_alone_suffice(
    database: Database, street: Street, begins: list[Begin], no_index: None, offer: Any
) -> None:
    for _ in range(ROUNDS):
        outcome = race(database, street, offer, begins)
        assert (len(outcome.deals), len(outcome.refused)) == (1, BUYERS - 1)


@pytest.mark.parametrize("offer", [one_exclusive, two_exclusive])
def test_the_index_alone_suffices(
    database: Database, street: Street, careless: list[Begin], offer: Any
) -> None:
    for _ in range(ROUNDS):
        assert len(race(database, street, offer, careless).deals) == 1


@pytest.mark.parametrize("offer", [one_exclusive, two_exclusive, beside_ordinary, some_ordinary])
def test_with_no_guard_the_same_race_oversells(
    database: Database,
    street: Street,
    careless: list[Begin],
    no_index: None,
    no_chain: None,
    offer: Any,
) -> None:
    for _ in range(ROUNDS_TO_CATCH):
        if oversold(race(database, street, offer, careless).deals):
            return
    pytest.fail(f"{ROUNDS_TO_CATCH} rounds without guards, and nothing was sold twice")
