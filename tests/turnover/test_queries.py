"""Sums over the register; that they equal the fold of what was done is test_recomputation's."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.contracts.terms import Kind
from market.kernel.authority import Actor
from market.kernel.money import Money
from market.places.queries import parks
from market.registry import commands as registry
from market.registry.models import RegisterEntry
from market.registry.rules import EntryKind
from market.turnover.queries import NO_PARK, entries, figures, places, seller_months, total
from market.turnover.rules import By, Period
from tests import make

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


class Town:
    """A registry with two registrars, a seller in a park, a buyer."""

    def __init__(self, s: Session, at: datetime) -> None:
        self.s = s
        self.office = make.office(s, at)
        self.first, self.second = (make.registrar(s, self.office, at) for _ in range(2))
        self.park = next(park.code for park in parks(s) if park.city_code == "430100")
        _, self.seller = make.party(s, at=at, park_code=self.park)
        _, self.buyer = make.party(s, at=at)

    def register(
        self, yuan: int, at: datetime, seller: Actor | None = None, kind: Kind = Kind.SRV_G
    ) -> int:
        """A registered contract; gives its application."""
        seller = confirmed(seller or self.seller, at)
        signed = make.contract(
            self.s,
            seller,
            confirmed(self.buyer, at),
            at=at,
            kind=kind,
            turnover=make.yuan(yuan),
            ends_on=date(2034, 1, 1),
        )
        first, second = (confirmed(r, at) for r in (self.first, self.second))
        return make.registration(self.s, signed, seller, first, second, at=at).id

    def revise(self, application_id: int, yuan: int | None, at: datetime) -> None:
        amounts = None if yuan is None else (make.yuan(yuan), make.yuan(yuan))
        first, second = (confirmed(r, at) for r in (self.first, self.second))
        registry.propose_revision(self.s, application_id, amounts, "核对", by=first, at=at)
        registry.confirm_revision(self.s, application_id, by=second, at=at)


@pytest.fixture
def town(session: Session, at: datetime) -> Town:
    return Town(session, at)


def test_a_change_counts_on_its_own_day_and_leaves_the_past_as_it_was(
    town: Town, at: datetime
) -> None:
    key = town.register(1000, at)
    later = at + timedelta(days=40)
    town.revise(key, 700, later)
    march, april = figures(town.s, By.MONTH, YEAR)
    assert (march.key, march.contracts, march.turnover) == ("2026-03", 1, make.yuan(1000))
    assert (april.key, april.contracts, april.turnover) == ("2026-04", 0, make.yuan(-300))
    assert total(town.s, YEAR).turnover == make.yuan(700)
    assert total(town.s, YEAR, as_of=later - timedelta(seconds=1)).turnover == make.yuan(1000)


def test_a_cancelled_contract_counts_no_more_and_its_rows_stay(town: Town, at: datetime) -> None:
    key = town.register(1000, at)
    town.revise(key, None, at + timedelta(days=1))
    whole = total(town.s, YEAR)
    assert (whole.contracts, whole.turnover, whole.parties) == (0, Money(0), 0)
    assert [row.turnover for row in entries(town.s, YEAR)] == [make.yuan(1000), make.yuan(-1000)]


def test_a_seller_of_two_fine_kinds_is_one_party_of_their_kind(town: Town, at: datetime) -> None:
    town.register(100, at, kind=Kind.SRV_G)
    town.register(200, at, kind=Kind.SRV_T)
    town.register(400, at, kind=Kind.DEV_C)
    development, service = figures(town.s, By.KIND, YEAR)
    assert (development.key, service.key) == ("development", "service")
    assert (service.contracts, service.parties, service.turnover) == (2, 1, make.yuan(300))


def test_a_contract_counts_in_its_sellers_park_and_outside_the_parks_by_a_key_of_its_own(
    town: Town, at: datetime
) -> None:
    _, outside = make.party(town.s, at=at)
    town.register(100, at)
    town.register(200, at, seller=outside)
    by_key = {figure.key: figure.turnover for figure in figures(town.s, By.PARK, YEAR)}
    assert by_key == {town.park: make.yuan(100), NO_PARK: make.yuan(200)}
    rows = entries(town.s, YEAR, By.PARK, NO_PARK)
    assert [row.seller_id for row in rows] == [outside.party_id]


def test_an_empty_period_has_no_cells_and_a_total_of_nothing(session: Session) -> None:
    assert figures(session, By.CITY, YEAR) == []
    assert total(session, YEAR).turnover == Money(0)
    assert seller_months(session, "2026-12") == []


def test_amounts_of_another_currency_are_never_added_to_yuan(town: Town, at: datetime) -> None:
    town.register(100, at)
    (row,) = entries(town.s, YEAR)
    kept = {c.key: getattr(row, c.key) for c in RegisterEntry.__table__.columns if c.key != "id"}
    town.s.add(RegisterEntry(**kept | {"version": 2, "kind": EntryKind.CHANGE, "currency": "USD"}))
    town.s.flush()
    assert total(town.s, YEAR).turnover == make.yuan(100)
    assert seller_months(town.s, "2026-12")[0].turnover == make.yuan(100)


def test_places_have_their_names_in_both_languages(session: Session) -> None:
    assert places(session, By.CITY)["430100"] == ("长沙市", "Changsha")
    assert all(name and english for name, english in places(session, By.PARK).values())
