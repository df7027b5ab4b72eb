"""What stands on a home page: one reading for each role, each ending in lines to click."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.queries import user_names
from market.accounts.rules import GRANT_POWER
from market.bank.models import StatementLine
from market.bank.rules import MATCH
from market.contracts.models import Contract
from market.contracts.queries import awaiting_signature
from market.contracts.rules import GONE
from market.contracts.rules import Status as ContractStatus
from market.deals.models import Deal
from market.desk.rules import Task, Wait, in_order
from market.kernel.authority import Actor, Role
from market.kernel.clock import day_of
from market.kernel.db import get
from market.kernel.proposals import HOLDS, Proposal, for_another, waiting
from market.listings.models import Listing
from market.listings.queries import counts, submitted
from market.listings.rules import Gap, gaps
from market.listings.rules import Status as ListingStatus
from market.negotiation.models import Negotiation
from market.negotiation.rules import OfferStatus, TalksStatus
from market.parties.queries import doubtful_parties, waiting_parties
from market.payments.backoffice import UnderWay, under_way
from market.payments.models import Deposit
from market.payments.rules import CORRECT, FORFEIT, REFUND
from market.places.models import (
    Registry,
    Venue,
)
from market.places.queries import registries
from market.record.queries import JournalState, journal_state, latest_threads
from market.registry.models import Application
from market.registry.queries import fileable, queue_counts, relatives
from market.registry.rules import OPEN
from market.registry.rules import Status as FileStatus
from market.rulebook.rules import AMEND
from market.turnover.queries import total
from market.turnover.rules import Figure, Period

SHOWN = 5


@dataclass(frozen=True)
class PartyHome:
    """A party's side of the market: its results, its talks, its contracts, its applications."""

    listings: dict[ListingStatus, int]
    drafts: Sequence[tuple[Listing, Sequence[Gap]]]
    talks: int
    contracts: dict[ContractStatus, int]
    applications: dict[FileStatus, int]


@dataclass(frozen=True)
class RegistrarHome:
    """A registry's queue."""

    office: Registry | None
    waiting: dict[FileStatus, int]
    nearest: Sequence[Application]
    overdue: int

    @property
    def open(self) -> int:
        """How many applications are not settled."""
        return sum(self.waiting.values())


@dataclass(frozen=True)
class DirectorHome:
    """This year's figures so far."""

    period: Period
    whole: Figure
    month: Figure


@dataclass(frozen=True)
class AuditorHome:
    """The journal, and the contracts in which something happened last."""

    journal: JournalState
    contracts: Sequence[tuple[Contract, datetime]]


@dataclass(frozen=True)
class AdministratorHome:
    """People, venues, registries."""

    users: int
    venues: int
    registries: int


@dataclass(frozen=True)
class Home:
    """All of one person's home; a part is None where the person does not hold the role."""

    tasks: Sequence[Task]
    party: PartyHome | None = None
    registrar: RegistrarHome | None = None
    director: DirectorHome | None = None
    auditor: AuditorHome | None = None
    administrator: AdministratorHome | None = None
    operator: tuple[int, int, int] | None = None
    money: UnderWay | None = None


def home(session: Session, by: Actor, at: datetime) -> Home:
    """The home page of this person at this instant: what waits comes first."""
    today = day_of(at)
    tasks: list[Task] = []
    if by.party_id is not None:
        tasks += _party_tasks(session, by.party_id, at)
    registrar = _registrar(session, by, today) if by.has(Role.REGISTRAR) else None
    if registrar is not None:
        tasks += _registrar_tasks(session, by, today)
    operator = None
    if by.has(Role.OPERATOR):
        results, codes = submitted(session), doubtful_parties(session)
        shown = waiting_parties(session)
        operator = len(results), len(codes), len(shown)
        tasks += [
            Task(Wait.PUBLISH, r.title, "listings.show", ("listing_id", r.id)) for r in results
        ]
        tasks += [Task(Wait.CODE, p.name, "parties.party", ("party_id", p.id)) for p in codes]
        tasks += [Task(Wait.PAPERS, p.name, "parties.papers", ("party_id", p.id)) for p in shown]
    tasks += _proposed(session, by, at)
    return Home(
        tasks=in_order(tasks),
        party=_party(session, by.party_id) if by.party_id is not None else None,
        registrar=registrar,
        director=_director(session, today) if by.has(Role.DIRECTOR) else None,
        auditor=_auditor(session) if by.has(Role.AUDITOR) else None,
        administrator=_administrator(session) if by.has(Role.ADMINISTRATOR) else None,
        operator=operator,
        money=under_way(session, at) if by.has(Role.OPERATOR) else None,
    )


def _proposed(session: Session, by: Actor, at: datetime) -> list[Task]:
    """What another has proposed and this person may decide."""
    tasks = []
    if by.has(Role.ADMINISTRATOR):
        for each in for_another(waiting(session, GRANT_POWER), by, at):
            if int(each.subject_id) != by.user_id:
                name = user_names(session, {int(each.subject_id)}).get(int(each.subject_id), "")
                tasks.append(_second(name, "accounts.proposal", each))
    if by.has(Role.OPERATOR):
        for each in for_another(waiting(session, AMEND), by, at):
            tasks.append(_second(each.subject_id, "rulebook.proposal", each))
        for each in for_another(waiting(session, MATCH), by, at):
            line = session.get_one(StatementLine, int(each.subject_id))
            tasks.append(_second(line.counterparty or line.bank_ref, "bank.proposal", each))
    for act, endpoint in DECIDED.items():
        if by.has(*act.roles):
            for each in for_another(waiting(session, act), by, at):
                tasks.append(_second(_money_title(session, each), endpoint, each))
    return tasks


DECIDED = {
    REFUND: "payments.refund_proposal",
    FORFEIT: "payments.forfeit_proposal",
    CORRECT: "payments.correction",
}
"""What two of the staff decide about money, and where."""


def _money_title(session: Session, proposal: Proposal) -> str:
    if proposal.subject_kind != "deposit":
        return f"№ {proposal.subject_id}"
    return get(session, Deposit, int(proposal.subject_id)).obligation.title


def _second(title: str, endpoint: str, proposal: Proposal) -> Task:
    last = day_of(proposal.proposed_at + HOLDS)
    return Task(Wait.SECOND_PERSON, title, endpoint, ("proposal_id", proposal.id), last)


# ── a party ──────────────────────────────────────────────────────────────────────────────────────


def _party(session: Session, party_id: int) -> PartyHome:
    near = or_(Contract.seller_id == party_id, Contract.buyer_id == party_id)
    contracts = session.execute(
        select(Contract.status, func.count().label("many")).where(near).group_by(Contract.status)
    )
    applications = session.execute(
        select(Application.status, func.count().label("many"))
        .join(Contract, Contract.id == Application.contract_id)
        .where(near)
        .group_by(Application.status)
    )
    drafts = session.scalars(
        select(Listing)
        .where(Listing.seller_id == party_id, Listing.status == ListingStatus.DRAFT)
        .order_by(Listing.id.desc())
        .limit(SHOWN)
    )
    return PartyHome(
        listings=counts(session, party_id),
        drafts=[(listing, gaps(listing.sheet)) for listing in drafts],
        talks=len(_open_talks(session, party_id)),
        contracts={row.status: row.many for row in contracts},
        applications={row.status: row.many for row in applications},
    )


def _party_tasks(session: Session, party_id: int, at: datetime) -> list[Task]:
    tasks = [
        Task(
            Wait.OFFER,
            talks.listing.title,
            "negotiation.table",
            ("negotiation_id", talks.id),
            day_of(talks.standing.expires_at),
        )
        for talks in _open_talks(session, party_id)
        if talks.standing is not None and _waits(talks, party_id, at)
    ]
    tasks += [
        Task(Wait.SIGN, paper.title, "contracts.show", ("contract_id", paper.id))
        for paper in awaiting_signature(session, party_id)
    ]
    tasks += [
        Task(Wait.RETURNED, listing.title, "listings.edit", ("listing_id", listing.id))
        for listing in session.scalars(
            select(Listing)
            .where(
                Listing.seller_id == party_id,
                Listing.status == ListingStatus.DRAFT,
                Listing.returned_reason.is_not(None),
            )
            .order_by(Listing.id)
        )
    ]
    return tasks + _contract_tasks(session, party_id, day_of(at))


def _waits(talks: Negotiation, party_id: int, at: datetime) -> bool:
    """Whether it is this party's turn: the other side's offer stands, not expired, not lapsed."""
    offer = talks.standing
    if offer is None or offer.shown(at) is not OfferStatus.STANDING:
        return False
    return (offer.side.value == "buyer") is (talks.buyer_id != party_id)


def _open_talks(session: Session, party_id: int) -> list[Negotiation]:
    near = or_(Negotiation.buyer_id == party_id, Listing.seller_id == party_id)
    found = select(Negotiation).join(Listing, Listing.id == Negotiation.listing_id)
    found = found.where(near, Negotiation.status == TalksStatus.OPEN)
    return list(session.scalars(found.order_by(Negotiation.id)))


def _contract_tasks(session: Session, party_id: int, today: date) -> list[Task]:
    """Deals without a contract, drafts, recordals, what can be filed, what must be corrected."""
    near = or_(Deal.seller_id == party_id, Deal.buyer_id == party_id)
    contracted = select(Contract.deal_id).where(
        Contract.deal_id.is_not(None), Contract.status.not_in(GONE)
    )
    deals = select(Deal).where(near, Deal.id.not_in(contracted)).order_by(Deal.id)
    tasks = [
        Task(Wait.CONTRACT, deal.title, "deals.show", ("deal_id", deal.id))
        for deal in session.scalars(deals)
    ]
    drafts = select(Contract).where(
        Contract.seller_id == party_id, Contract.status == ContractStatus.DRAFT
    )
    tasks += [
        Task(Wait.FINISH, paper.title, "contracts.show", ("contract_id", paper.id))
        for paper in session.scalars(drafts.order_by(Contract.id))
    ]
    for paper in fileable(session, party_id, today):
        unrecorded = paper.kind.needs_recordal and paper.recorded_on is None
        wait = Wait.RECORDAL if unrecorded else Wait.FILE
        tasks.append(Task(wait, paper.title, "contracts.show", ("contract_id", paper.id)))
    asked = (
        select(Application)
        .join(Contract, Contract.id == Application.contract_id)
        .where(Application.applicant_id == party_id, Application.status == FileStatus.CORRECTION)
        .order_by(Application.id)
    )
    for file in session.scalars(asked):
        late = file.correction_due_on is not None and today > file.correction_due_on
        tasks.append(_of_file(Wait.CORRECT, file, file.correction_due_on, late))
    return tasks


# ── staff ────────────────────────────────────────────────────────────────────────────────────────


def _registrar(session: Session, by: Actor, today: date) -> RegistrarHome:
    if by.registry_id is None:
        return RegistrarHome(None, {}, [], 0)
    running = _queue(session, by.registry_id)
    return RegistrarHome(
        session.get(Registry, by.registry_id),
        {s: n for s, n in queue_counts(session, by.registry_id).items() if s in OPEN},
        [file for file in running if file.due_on is not None][:SHOWN],
        sum(file.overdue(today) for file in running),
    )


def _registrar_tasks(session: Session, by: Actor, today: date) -> list[Task]:
    """Files that this registrar may take up: of no party of theirs, not their own first review."""
    if by.registry_id is None:
        return []
    steps = {
        FileStatus.SUBMITTED: Wait.ACCEPT,
        FileStatus.ACCEPTED: Wait.REVIEW,
        FileStatus.PASSED: Wait.SECOND,
    }
    tasks = []
    near = by.parties | relatives(session, by.parties, today)
    for file in _queue(session, by.registry_id):
        related = not near.isdisjoint({file.contract.seller_id, file.contract.buyer_id})
        second = file.status is FileStatus.PASSED and file.reviewer_id == by.user_id
        if file.status in steps and not related and not second:
            tasks.append(_of_file(steps[file.status], file, file.due_on, file.overdue(today)))
    proposed = select(Application).where(
        Application.registry_id == by.registry_id,
        Application.proposer_id.is_not(None),
        Application.proposer_id != by.user_id,
    )
    tasks += [
        _of_file(Wait.REVISION, file, None, False)
        for file in session.scalars(proposed.order_by(Application.id))
    ]
    return tasks


def _queue(session: Session, registry_id: int) -> list[Application]:
    """The open files of a registry, the nearest last day first."""
    found = select(Application).where(
        Application.registry_id == registry_id, Application.status.in_(OPEN)
    )
    return list(
        session.scalars(
            found.order_by(Application.due_on.is_(None), Application.due_on, Application.id)
        )
    )


def _of_file(wait: Wait, file: Application, due_on: date | None, overdue: bool) -> Task:
    place = ("application_id", file.id)
    return Task(wait, file.contract.title, "registry.show", place, due_on, overdue)


def _director(session: Session, today: date) -> DirectorHome:
    year = Period(date(today.year, 1, 1), today)
    month = Period(today.replace(day=1), today)
    return DirectorHome(year, total(session, year), total(session, month))


def _auditor(session: Session) -> AuditorHome:
    moved = latest_threads(session, "contract")
    papers = {
        paper.id: paper
        for paper in session.scalars(select(Contract).where(Contract.id.in_([i for i, _ in moved])))
    }
    return AuditorHome(journal_state(session), [(papers[i], at) for i, at in moved if i in papers])


def _administrator(session: Session) -> AdministratorHome:
    count = func.count()
    return AdministratorHome(
        session.scalar(select(count).select_from(User)) or 0,
        session.scalar(select(count).select_from(Venue)) or 0,
        len(registries(session)),
    )
