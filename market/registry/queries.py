"""What pages and upper slices read of applications and the register."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from hmac import compare_digest

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from market.contracts.models import Contract
from market.contracts.rules import Status as ContractStatus
from market.kernel.authority import Actor
from market.kernel.clock import day_of
from market.kernel.db import Missing
from market.kernel.journal import canonical
from market.kernel.paging import Page, paged
from market.parties.queries import find_registry_for, related_parties
from market.registry.models import Application
from market.registry.rules import LIVE, OPEN, File, Filing, Status, history_refusal, visible
from market.rulebook.queries import law
from market.rulebook.rules import RELATED_SHARE

CODE = re.compile(r"[0-9a-f]{32}")
TO_DO = (Status.SUBMITTED, Status.ACCEPTED, Status.PASSED)


def get_application(session: Session, application_id: int, by: Actor) -> Application:
    """The application if this person may see it; else ``Missing``."""
    concerned = select(
        Application.registry_id,
        Contract.seller_id,
        Contract.buyer_id,
        Application.applicant_id,
        Application.status,
    ).join(Application.contract)
    found = session.execute(concerned.where(Application.id == application_id)).first()
    if found is None or not visible(by, File(*found)):
        raise Missing("application", application_id)
    return session.get_one(Application, application_id)


def file_of(session: Session, application: Application, on: date) -> File:
    """The application as the rules see it, with all who are related to its parties (REG-15)."""
    file = application.file
    return replace(file, related=relatives(session, file.parties, on))


def relatives(session: Session, of: Collection[int], on: date) -> frozenset[int]:
    """The parties related to any of these, by the law of the day."""
    return related_parties(session, of, on, law(session, on).number(RELATED_SHARE))


def find_for_contract(session: Session, contract_id: int) -> Application | None:
    """The latest application of a contract."""
    found = select(Application).where(Application.contract_id == contract_id)
    return session.scalars(found.order_by(Application.id.desc())).first()


def find_certificate(session: Session, check_code: str) -> Application | None:
    """The registration that a certificate's check code stands for; other shapes are not asked."""
    if CODE.fullmatch(check_code) is None:
        return None
    found = select(Application).where(Application.check_code == check_code)
    application = session.scalars(found).first()
    # The column compares as its collation likes; what counts is that every byte is the same.
    if application is None or not compare_digest(application.check_code or "", check_code):
        return None
    return application


def queue(
    session: Session, registry_id: int, statuses: Sequence[Status] = tuple(OPEN)
) -> list[Application]:
    """A registry's applications in these states: the nearest last day first, then the oldest."""
    return list(session.scalars(_queued(registry_id, statuses)))


def queue_page(
    session: Session, registry_id: int, statuses: Sequence[Status], number: int
) -> Page[Application]:
    """A page of the queue; what is settled is read newest first."""
    found = _queued(registry_id, statuses)
    if OPEN.isdisjoint(statuses):
        found = found.order_by(None).order_by(Application.id.desc())
    return paged(session, found, number)


def _queued(registry_id: int, statuses: Sequence[Status]) -> Select[Application]:
    # While papers are being corrected, their day is the one that runs.
    last_day = func.coalesce(Application.correction_due_on, Application.due_on)
    return (
        select(Application)
        .where(Application.registry_id == registry_id, Application.status.in_(statuses))
        .order_by(last_day.is_(None), last_day, Application.id)
    )


def next_file(
    session: Session, by: Actor, after: Application, status: Status | None, on: date
) -> Application | None:
    """The file this registrar opens next: of the same tab if there is one, else any to be done.

    Files of parties the registrar belongs or is related to and files that wait for another
    registrar are left out.
    """
    barred = by.parties | relatives(session, by.parties, on)
    for statuses in ([status] if status else []), list(TO_DO):
        found = (
            _queued(after.registry_id, statuses)
            .join(Contract, Contract.id == Application.contract_id)
            .where(
                Application.id != after.id,
                Contract.seller_id.not_in(barred),
                Contract.buyer_id.not_in(barred),
                or_(Application.status != Status.PASSED, Application.reviewer_id != by.user_id),
            )
        )
        file = session.scalars(found.limit(1)).first() if statuses else None
        if file is not None:
            return file
    return None


def queue_counts(session: Session, registry_id: int) -> dict[Status, int]:
    """How many applications a registry has in each state."""
    rows = session.execute(
        select(Application.status, func.count().label("files"))
        .where(Application.registry_id == registry_id)
        .group_by(Application.status)
    )
    return {row.status: row.files for row in rows}


def applications_page(session: Session, party_id: int, number: int) -> Page[Application]:
    """A page of the applications on a party's contracts, the latest first."""
    return paged(session, _of(party_id), number)


def _of(party_id: int) -> Select[Application]:
    near = (Contract.seller_id == party_id) | (Contract.buyer_id == party_id)
    found = select(Application).join(Contract, Contract.id == Application.contract_id).where(near)
    return found.order_by(Application.id.desc())


def fileable(session: Session, party_id: int, today: date) -> list[Contract]:
    """Signed contracts of this seller that may be filed, also once more, the oldest first.

    What a file still needs besides (a recordal, a confirmed code) is said when it is filed.
    """
    barred = select(Application.contract_id).where(
        or_(Application.status.in_(LIVE), Application.number.is_not(None))
    )
    found = select(Contract).where(
        Contract.seller_id == party_id,
        Contract.status == ContractStatus.SIGNED,
        Contract.id.not_in(barred),
    )
    signed = session.scalars(found.order_by(Contract.id)).all()
    return [c for c in signed if history_refusal(filing(session, c), today) is None]


def filing(session: Session, contract: Contract) -> Filing:
    """A contract as the rule of filing sees it, with all its applications so far."""
    found = select(Application).where(Application.contract_id == contract.id)
    before = session.scalars(found).all()
    return Filing(
        seller_id=contract.seller_id,
        kind=contract.kind,
        signed=contract.status is ContractStatus.SIGNED,
        recorded=contract.recorded_on is not None,
        ends_on=contract.ends_on,
        registry_found=find_registry_for(session, contract.seller) is not None,
        codes_doubtful=contract.seller.uscc_doubtful or contract.buyer.uscc_doubtful,
        live=any(file.status in LIVE for file in before),
        registered_before=any(file.number is not None for file in before),
        refused_for=frozenset(code for file in before for code in file.reason_codes),
    )


def duplicate_key(contract: Contract) -> str:
    """What makes two filings look like one contract (REG-11); a hit is checked by hand."""
    title = "".join(contract.title.casefold().split())
    signed_on = day_of(contract.signed_at) if contract.signed_at else date.min
    seller = contract.seller.uscc or contract.seller.name
    buyer = contract.buyer.uscc or contract.buyer.name
    facts = [seller, buyer, title, signed_on.isoformat(), contract.turnover_minor]
    return hashlib.sha256(canonical(facts)).hexdigest()


def duplicates(session: Session, application: Application) -> list[Application]:
    """Other live applications with the same parties, name, day and amount: checked by hand."""
    found = select(Application).where(
        Application.duplicate_key == application.duplicate_key,
        Application.id != application.id,
        Application.status.in_(LIVE),
    )
    return list(session.scalars(found.order_by(Application.id)))
