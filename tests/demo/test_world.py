"""The demo world: every state there is, told by real acts, and never in production."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import ConfigError, Settings
from market.accounts.identifiers import parse_uscc
from market.accounts.models import User
from market.accounts.queries import find_user_by_email
from market.accounts.rules import password_refusal
from market.app import create_app
from market.bank.models import StatementLine
from market.bank.rules import LineStatus
from market.contracts.models import Contract
from market.contracts.rules import Status as ContractStatus
from market.contracts.terms import Kind5
from market.demo.world import PASSWORD, SIGN_INS, load, load_if_empty
from market.kernel.authority import Role, Seat
from market.kernel.clock import day_of
from market.kernel.db import Database
from market.kernel.journal import Entry, verify
from market.kernel.proposals import waiting
from market.ledger.queries import balance, sums
from market.ledger.rules import Place, Purpose
from market.ledger.verifying import differences
from market.listings.identifiers import parse_patent_number
from market.listings.models import Listing, ListingRight
from market.listings.rules import Status as ListingStatus
from market.listings.sheet import PATENTS
from market.negotiation.models import Negotiation, Offer
from market.negotiation.rules import OfferStatus, TalksStatus
from market.parties.models import Membership, Party, Tie
from market.parties.queries import doubtful_parties, find_actor, waiting_parties
from market.parties.rules import Standing
from market.parties.ties import TieKind
from market.payments.models import Deposit, Obligation
from market.payments.payout_models import Payout
from market.payments.royalty_models import RoyaltyAgreement
from market.payments.sheet import (
    DepositStatus,
    ObligationKind,
    ObligationStatus,
    PayoutKind,
    PayoutStatus,
)
from market.registry.models import Application, RegisterEntry
from market.registry.rules import EntryKind
from market.registry.rules import Status as FileStatus
from market.rulebook.rules import AMEND
from market.turnover.queries import figures
from market.turnover.rules import By, Period
from tests import make
from tests.engines import Kit

AT = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
OPEN, SETTLED = ObligationStatus.OPEN, ObligationStatus.SETTLED


@pytest.fixture(scope="module")
def world_url(kit: Kit) -> Iterator[str]:
    url = kit.fresh()
    database = Database(url)
    with database.transaction() as s:
        load(s, "-", make.SEALER, AT)
    database.dispose()
    yield url
    kit.drop(url)


@pytest.fixture
def world(world_url: str) -> Iterator[Database]:
    database = Database(world_url)
    yield database
    database.dispose()


@pytest.fixture
def demo_app(engine_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Settings.for_tests(tmp_path, database_url=engine_url, demo=True))
    yield app
    app.extensions["market.database"].dispose()


def test_the_journal_of_the_demo_world_holds_and_runs_forward(world: Database) -> None:
    with world.reading() as s:
        verdict = verify(s)
        instants = list(s.scalars(select(Entry.at).order_by(Entry.id)))
    assert not verdict.findings
    assert verdict.entries > 600
    assert verdict.checkpoints == 1
    assert instants == sorted(instants)
    assert instants[-1] < AT


def test_every_state_of_every_thing_occurs(world: Database) -> None:
    with world.reading() as s:
        assert set(s.scalars(select(Listing.status))) == set(ListingStatus)
        assert set(s.scalars(select(Negotiation.status))) == set(TalksStatus)
        assert set(s.scalars(select(Contract.status))) == set(ContractStatus)
        assert set(s.scalars(select(Application.status))) == set(FileStatus)
        assert set(s.scalars(select(RegisterEntry.kind))) == set(EntryKind)
        assert {kind.kind5 for kind in s.scalars(select(RegisterEntry.contract_kind))} == set(Kind5)
        offers = list(s.scalars(select(Offer)))
        assert {offer.status for offer in offers} == set(OfferStatus)
        assert any(o.status is o.shown(AT) is OfferStatus.STANDING for o in offers), "one to accept"
        files = list(s.scalars(select(Application)))
        assert any(file.overdue(day_of(AT)) for file in files)
        assert any(file.due_on and not file.overdue(day_of(AT)) for file in files)
        assert any(file.proposer_id for file in files), "a revision waits"
        assert s.scalar(select(func.count()).where(Listing.returned_reason.is_not(None)))


def test_money_is_in_every_state_and_adds_up(world: Database) -> None:
    today = day_of(AT)
    with world.reading() as s:
        owed = list(s.scalars(select(Obligation).order_by(Obligation.id)))
        kinds = {each.kind for each in owed}
        deposits = set(s.scalars(select(Deposit.status)))
        ways = {(each.kind, each.status) for each in s.scalars(select(Payout))}
        royalty = s.scalars(select(RoyaltyAgreement)).one()
        stated = [each.obligation for each in royalty.standing]
        assert list(differences(s)) == []
        assert set(sums(s).values()) == {0}
        assert balance(s, Place(Purpose.FEES)).posted.minor > 0
        assert [each and each.status for each in stated] == [SETTLED, OPEN]
        assert royalty.due_on is not None, "one more to declare"
        lines = Counter(s.scalars(select(StatementLine.status)))
        assert balance(s, Place(Purpose.UNMATCHED)).posted == make.yuan(50_000)
    assert lines[LineStatus.WAITS] == 1, "one line puzzles"
    assert set(lines) == {LineStatus.WAITS, LineStatus.DONE}
    assert kinds >= {
        ObligationKind.PRICE,
        ObligationKind.INSTALMENT,
        ObligationKind.ENTRY_FEE,
        ObligationKind.ROYALTY,
        ObligationKind.DEPOSIT,
    }
    plan = [each for each in owed if each.kind is ObligationKind.INSTALMENT]
    assert [each.status for each in plan] == [SETTLED, OPEN, OPEN]
    assert [each.overdue(today) for each in plan] == [False, True, False]
    assert deposits == {DepositStatus.HELD, DepositStatus.REFUNDED}
    assert ways == {
        (PayoutKind.REFUND, PayoutStatus.DONE),
        (PayoutKind.PROCEEDS, PayoutStatus.DONE),
        (PayoutKind.PROCEEDS, PayoutStatus.ORDERED),
    }


def test_the_three_cities_have_figures_in_most_months(world: Database) -> None:
    year = Period(day_of(AT).replace(year=2025), day_of(AT))
    with world.reading() as s:
        cities = {figure.key: figure for figure in figures(s, By.CITY, year)}
        months = figures(s, By.MONTH, year)
        parks = figures(s, By.PARK, year)
    assert set(cities) == {"430100", "430200", "430300"}
    for figure in cities.values():
        assert 0 < figure.technology_value.minor < figure.turnover.minor
    assert len(months) >= 10
    assert len(parks) >= 6


def test_the_invented_numbers_have_right_check_characters(world: Database) -> None:
    with world.reading() as s:
        for right in s.scalars(select(ListingRight).where(ListingRight.kind.in_(PATENTS))):
            assert right.right.number
            assert parse_patent_number(right.right.number).normal == right.right.number
        for code, check_ok in s.execute(
            select(Party.uscc, Party.uscc_check_ok).where(Party.uscc.is_not(None))
        ):
            assert code is not None
            parsed = parse_uscc(code)
            assert parsed.subject_ok
            assert parsed.check_ok == check_ok
        assert len(doubtful_parties(s)) == 1


def test_each_printed_address_belongs_to_somebody_of_the_role(world: Database) -> None:
    printed = re.findall(r"^  (\w+) .*?(\w+@demo\.example)", SIGN_INS, re.MULTILINE)
    assert {role for role, _ in printed} == {role.value for role in Role}
    with world.reading() as s:
        for role, address in printed:
            user = find_user_by_email(s, address)
            assert user is not None
            assert Role.of(role) in {held.role for held in user.roles}


def test_the_demo_password_satisfies_the_rules() -> None:
    assert password_refusal(PASSWORD, context=("demo.example",)) is None
    assert PASSWORD in SIGN_INS


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_an_empty_demo_market_is_filled_once(demo_app: Flask) -> None:
    with demo_app.app_context():
        assert load_if_empty(AT)
        assert not load_if_empty(AT)
    runner = demo_app.test_cli_runner()
    again = runner.invoke(args=["demo", "load"])
    assert again.exit_code == 1
    assert "has users already" in again.output
    with demo_app.extensions["market.database"].reading() as s:
        stored = s.scalars(select(User.password_hash)).first()
    assert demo_app.extensions["market.passwords"].check(PASSWORD, stored)


def test_a_market_that_is_no_demo_is_never_filled(app: Flask) -> None:
    with app.app_context(), pytest.raises(ConfigError):
        load_if_empty(AT)
    with app.extensions["market.database"].reading() as s:
        assert s.scalars(select(User)).first() is None


def test_production_refuses_a_database_that_holds_the_demo_world(
    world_url: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="demo world"):
        create_app(_production(world_url, tmp_path))


def test_production_starts_on_any_other_database(engine_url: str, tmp_path: Path) -> None:
    database = Database(engine_url)
    with database.transaction() as s:
        s.add(_somebody_of_the_demo_host())
        make.unwatched(s)
    database.dispose()
    app = create_app(_production(engine_url, tmp_path))
    app.extensions["market.database"].dispose()


def test_a_demo_refuses_to_be_production(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="demo world"):
        Settings.for_tests(tmp_path, demo=True, production=True)


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 2, 18, 22, 0, tzinfo=UTC),  # in the Spring Festival, before the 2026 rules
        datetime(2028, 2, 29, 0, 5, tzinfo=UTC),  # holidays not published, and a leap day
    ],
)
def test_the_world_can_be_told_on_any_day(database: Database, at: datetime) -> None:
    with database.transaction() as s:
        load(s, "-", make.SEALER, at)
        assert set(s.scalars(select(Application.status))) == set(FileStatus)
        assert set(s.scalars(select(Offer.status))) == set(OfferStatus)


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_the_same_instant_gives_the_same_world(world: Database, database: Database) -> None:
    with database.transaction() as s:
        load(s, "-", make.SEALER, AT)
    with world.reading() as one, database.reading() as other:
        assert acts(one) == acts(other)


def acts(s: Session) -> list[tuple[str, datetime, str, str]]:
    """Everything that was done, but for what the salts of people and keys to banks make of it."""
    told = select(Entry).order_by(Entry.id)
    return [(e.act, e.at, e.facts, BY_CHANCE.sub("", e.changes)) for e in s.scalars(told)]


BY_CHANCE = re.compile(r'"(commitment|digest)":"[0-9a-f]{64}"|"key":"payout-[0-9a-f]{24}"')


def _production(url: str, instance: Path) -> Settings:
    return Settings.for_tests(
        instance,
        database_url=url,
        production=True,
        secret_key="s" * 40,
        base_url="https://market.example",
    )


def _somebody_of_the_demo_host() -> User:
    return User(
        email="anybody@demo.example",
        name="An",
        password_hash="-",
        language="en",
        created_at=AT,
    )


def test_parties_are_verified_suspended_and_tied_and_a_proposal_waits(world: Database) -> None:
    with world.reading() as s:
        standings = {party.known.standing for party in s.scalars(select(Party))}
        seats = {member.seat for member in s.scalars(select(Membership))}
        kinds = {tie.kind for tie in s.scalars(select(Tie))}
        assert waiting_parties(s)
        (proposal,) = waiting(s, AMEND)
        office = s.scalars(select(Membership).where(Membership.authority_ref != "")).one()
        assert find_actor(s, office.user_id, office.party_id).binds(AT)
    assert standings >= {Standing.VERIFIED, Standing.SHOWN, Standing.SUSPENDED, Standing.UNVERIFIED}
    assert seats == set(Seat)
    assert kinds == set(TieKind)
    assert not proposal.expired(AT)
