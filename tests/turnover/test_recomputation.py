"""P-32: every figure, at any time and as of any past instant, is what was registered, added up.

A machine registers, changes, cancels and rejects at instants that jump back and forth, in several
cities, parks and kinds, by the registry's own commands; a fold in plain Python keeps what was done.
The promise is 300 runs of 50 steps: `make nightly` runs them all, the suite about a twentieth.
"""

import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.contracts.terms import Kind
from market.kernel.authority import Actor
from market.kernel.clock import day_of
from market.kernel.db import Database
from market.kernel.money import Money
from market.listings.sheet import LicenceType
from market.places.queries import parks
from market.registry import commands as registry
from market.registry.rules import EntryKind
from market.turnover.queries import NO_PARK, entries, figures, seller_months, total
from market.turnover.rules import By, Figure, Period
from tests import legs, make

SEED = int(os.environ.get("MARKET_SEED") or secrets.randbelow(2**32))
RUNS = {"sqlite": 300, "postgresql": 40} if legs.nightly() else {"sqlite": 15, "postgresql": 2}
STEPS = 50
DAWN = datetime(2025, 1, 6, 2, 0, tzinfo=UTC)
EVER = Period(date(2024, 1, 1), date(2029, 12, 31))
KINDS = (Kind.DEV_C, Kind.DEV_J, Kind.TRF_S, Kind.LIC_S, Kind.CON, Kind.SRV_G, Kind.SRV_T)
CITIES = ("430100", "430200", "430300")


@dataclass(frozen=True)
class Done:
    """One thing that was done, as the test remembers it: deltas of one contract at one instant."""

    at: datetime
    kind: EntryKind
    turnover: int
    value: int
    keys: dict[By, str]
    seller_id: int

    @property
    def contracts(self) -> int:
        return {EntryKind.REGISTRATION: 1, EntryKind.CHANGE: 0, EntryKind.CANCELLATION: -1}[
            self.kind
        ]

    @property
    def month(self) -> str:
        return day_of(self.at).isoformat()[:7]


@dataclass
class Standing:
    """A registration as it stands."""

    application_id: int
    city: str
    turnover: int
    value: int
    keys: dict[By, str]
    seller_id: int
    live: bool = True


@dataclass(frozen=True)
class World:
    """What all runs share: sellers by place, a buyer, two registrars at each registry."""

    connection: Connection
    sellers: dict[tuple[str, str], Actor]
    buyer: Actor
    registrars: dict[str, tuple[Actor, Actor]]


def fold(done: Iterable[Done], by: By, period: Period, as_of: datetime | None) -> list[Figure]:
    """The figures in plain Python: nothing but what was done, added up."""
    cells: dict[str, list[Done]] = defaultdict(list)
    for each in done:
        if period.first <= day_of(each.at) <= period.last and (as_of is None or each.at <= as_of):
            cells[each.month if by is By.MONTH else each.keys[by]].append(each)
    return sorted((figure_of(key, cell) for key, cell in cells.items()), key=lambda f: f.key)


def figure_of(key: str, cell: list[Done]) -> Figure:
    held: dict[int, int] = defaultdict(int)
    for each in cell:
        held[each.seller_id] += each.contracts
    return Figure(
        key,
        sum(each.contracts for each in cell),
        Money(sum(each.turnover for each in cell)),
        Money(sum(each.value for each in cell)),
        sum(1 for contracts in held.values() if contracts > 0),
    )


INSTANTS = st.builds(
    lambda days, minutes: DAWN + timedelta(days=days, minutes=minutes),
    st.integers(0, 700),
    st.integers(0, 1439),
)
AMOUNTS = st.integers(1, 10**12).flatmap(lambda t: st.tuples(st.just(t), st.integers(0, t)))
BYS = st.sampled_from(By)
Read = Callable[[Session, By, Period, datetime | None], list[Figure]]


class Register(RuleBasedStateMachine):
    """The register under random use."""

    world: World
    read: Read = staticmethod(figures)

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(self.world.connection, join_transaction_mode="create_savepoint")
        self.done: list[Done] = []
        self.standing: list[Standing] = []
        self.step = 0

    def teardown(self) -> None:
        """Look at everything once more, then leave no trace for the next run."""
        try:
            for by in By:
                for as_of in self.instants():
                    self.compare(by, EVER, as_of)
        finally:
            self.session.close()

    def instants(self) -> list[datetime]:
        return sorted({each.at for each in self.done})

    def compare(self, by: By, period: Period, as_of: datetime | None) -> list[Figure]:
        """What is read, once it is seen to be the fold."""
        read = sorted(self.read(self.session, by, period, as_of), key=lambda f: f.key)
        assert read == fold(self.done, by, period, as_of)
        return read

    # ── what happens ──

    @rule(
        place=st.integers(0, 5),
        kind=st.sampled_from(KINDS),
        amounts=AMOUNTS,
        at=INSTANTS,
    )
    def register(self, place: int, kind: Kind, amounts: tuple[int, int], at: datetime) -> None:
        (city, park), seller = list(self.world.sellers.items())[place]
        first, second = self.at_office(city, at)
        seller, buyer = confirmed(seller, at), confirmed(self.world.buyer, at)
        turnover, value = amounts
        signed = make.contract(
            self.session,
            seller,
            buyer,
            at=at,
            kind=kind,
            turnover=Money(turnover),
            rights="技术秘密一项",
            starts_on=date(2024, 1, 1),
            ends_on=date(2034, 1, 1),
            licence_type=LicenceType.ORDINARY if kind is Kind.LIC_S else None,
        )
        filed = registry.apply(self.session, signed.id, by=seller, at=at)
        registry.accept(self.session, filed.id, by=first, at=at)
        registry.pass_review(self.session, filed.id, Money(turnover), Money(value), by=first, at=at)
        registry.certify(self.session, filed.id, by=second, at=at)
        assert seller.party_id is not None
        keys = {By.CITY: city, By.PARK: park, By.KIND: kind.kind5.value}
        self.standing.append(Standing(filed.id, city, turnover, value, keys, seller.party_id))
        self.note(self.standing[-1], EntryKind.REGISTRATION, turnover, value, at)

    @precondition(lambda self: any(each.live for each in self.standing))
    @rule(pick=st.integers(0, 10**6), amounts=AMOUNTS, at=INSTANTS, agreed=st.booleans())
    def change(self, pick: int, amounts: tuple[int, int], at: datetime, agreed: bool) -> None:
        which = self.live(pick)
        turnover, value = amounts
        self.revise(which, (Money(turnover), Money(value)), at, agreed)
        if agreed:
            deltas = turnover - which.turnover, value - which.value
            which.turnover, which.value = turnover, value
            self.note(which, EntryKind.CHANGE, *deltas, at)

    @precondition(lambda self: any(each.live for each in self.standing))
    @rule(pick=st.integers(0, 10**6), at=INSTANTS)
    def cancel(self, pick: int, at: datetime) -> None:
        which = self.live(pick)
        self.revise(which, None, at, agreed=True)
        which.live = False
        self.note(which, EntryKind.CANCELLATION, -which.turnover, -which.value, at)

    @rule(by=BYS, ends=st.tuples(INSTANTS, INSTANTS), as_of=INSTANTS)
    def look(self, by: By, ends: tuple[datetime, datetime], as_of: datetime) -> None:
        """Any period, as of any instant; each figure is the sum of the rows it opens to."""
        first, last = sorted(map(day_of, ends))
        period = Period(first, last)
        for figure in self.compare(by, period, as_of):
            rows = entries(self.session, period, by, figure.key, as_of)
            assert sum((row.turnover for row in rows), Money(0)) == figure.turnover
            assert sum((row.technology_value for row in rows), Money(0)) == figure.technology_value

    # ── what always holds ──

    @invariant()
    def figures_are_the_fold(self) -> None:
        """Now by every dimension: the fold, adding to the total, technology value within turnover
        (a month may hold differences alone)."""
        whole = total(self.session, EVER)
        for by in By:
            cells = self.compare(by, EVER, None)
            assert sum(cell.contracts for cell in cells) == whole.contracts
            assert sum((cell.turnover for cell in cells), Money(0)) == whole.turnover
            value = sum((cell.technology_value for cell in cells), Money(0))
            assert value == whole.technology_value
            if by is not By.MONTH:
                assert all(Money(0) <= c.technology_value <= c.turnover for c in cells)

    @invariant()
    def past_figures_are_the_fold(self) -> None:
        """As of past instants: all of them at night and at the end of each run, every seventh by
        one dimension in turn after each step of a short run."""
        self.step += 1
        dimensions = list(By) if legs.nightly() else [list(By)[self.step % len(By)]]
        instants = self.instants() if legs.nightly() else self.instants()[self.step % 7 :: 7]
        for by in dimensions:
            for as_of in instants:
                self.compare(by, EVER, as_of)

    @invariant()
    def months_of_sellers_are_the_fold(self) -> None:
        cells: dict[tuple[str, int], list[Done]] = defaultdict(list)
        for each in self.done:
            cells[each.month, each.seller_id].append(each)
        read = seller_months(self.session, "9999-12")
        assert [(m.month, m.seller_id, m.contracts, m.turnover.minor) for m in read] == [
            (*key, sum(d.contracts for d in cell), sum(d.turnover for d in cell))
            for key, cell in sorted(cells.items())
        ]

    # ── the hands ──

    def at_office(self, city: str, at: datetime) -> tuple[Actor, Actor]:
        first, second = self.world.registrars[city]
        return confirmed(first, at), confirmed(second, at)

    def live(self, pick: int) -> Standing:
        living = [each for each in self.standing if each.live]
        return living[pick % len(living)]

    def revise(
        self, which: Standing, amounts: tuple[Money, Money] | None, at: datetime, agreed: bool
    ) -> None:
        first, second = self.at_office(which.city, at)
        key = which.application_id
        registry.propose_revision(self.session, key, amounts, "核对", by=first, at=at)
        answer = registry.confirm_revision if agreed else registry.reject_revision
        answer(self.session, key, by=second, at=at)

    def note(
        self, which: Standing, kind: EntryKind, turnover: int, value: int, at: datetime
    ) -> None:
        self.done.append(Done(at, kind, turnover, value, which.keys, which.seller_id))


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Six sellers in three cities, one in a park and one outside in each."""
    with database.transaction() as s:
        by_city = {park.city_code: park.code for park in reversed(parks(s))}
        sellers = {}
        for city, district in zip(CITIES, ("430104", "430211", "430304"), strict=True):
            for park in (by_city[city], NO_PARK):
                code = None if park == NO_PARK else park
                _, seller = make.party(s, at=DAWN, region=district, park_code=code)
                sellers[city, park] = seller
        _, buyer = make.party(s, at=DAWN)
        registrars = {}
        for city in CITIES:
            office = make.office(s, DAWN, city)
            registrars[city] = make.registrar(s, office, DAWN), make.registrar(s, office, DAWN)
    with database.engine.execution_options(writes=True).connect() as connection:
        outer = connection.begin()
        yield World(connection, sellers, buyer, registrars)
        outer.rollback()


def run(machine: type[Register], runs: int, steps: int = STEPS) -> None:
    run_state_machine_as_test(
        seed(SEED)(machine),
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_figures_equal_the_recomputation_at_any_time_and_as_of_any_instant(world: World) -> None:
    engine = world.connection.dialect.name
    print(f"\n[P-32 {engine}] seed {SEED}: {RUNS[engine]} runs of {STEPS} steps")
    run(type("Sound", (Register,), {"world": world}), RUNS[engine])


def without_changes(s: Session, by: By, period: Period, as_of: datetime | None) -> list[Figure]:
    """A query that drops the register's differences."""
    kept = []
    for figure in figures(s, by, period, as_of):
        rows = entries(s, period, by, figure.key, as_of)
        lost = [row for row in rows if row.kind is EntryKind.CHANGE]
        kept.append(
            Figure(
                figure.key,
                figure.contracts,
                sum((Money(0) - row.turnover for row in lost), figure.turnover),
                sum((Money(0) - row.technology_value for row in lost), figure.technology_value),
                figure.parties,
            )
        )
    return kept


def as_it_stands_now(s: Session, by: By, period: Period, _as_of: datetime | None) -> list[Figure]:
    """A query that forgets to look back."""
    return figures(s, by, period, None)


def counting_cancelled(s: Session, by: By, period: Period, as_of: datetime | None) -> list[Figure]:
    """A query that counts every row as a contract."""
    return [
        Figure(
            f.key,
            len(entries(s, period, by, f.key, as_of)),
            f.turnover,
            f.technology_value,
            f.parties,
        )
        for f in figures(s, by, period, as_of)
    ]


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize("broken", [without_changes, as_it_stands_now, counting_cancelled])
def test_a_query_that_loses_rows_is_caught(broken: Read, world: World) -> None:
    machine = type("Broken", (Register,), {"world": world, "read": staticmethod(broken)})
    with pytest.raises(AssertionError):
        run(machine, runs=20, steps=15)
