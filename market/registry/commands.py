"""The registry's acts, from filing to the certificate, and the rows they append to the register."""

import secrets
from datetime import date, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.contracts.commands import replace_signed
from market.contracts.models import Contract
from market.kernel.authority import Actor
from market.kernel.calendar import last_day
from market.kernel.clock import day_of
from market.kernel.db import get, lock, witness
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.refusal import Refusal, Refused, insist
from market.parties.queries import find_registry_for
from market.registry.models import Application, NumberCounter, RegisterEntry
from market.registry.queries import duplicate_key, file_of, filing, find_for_contract
from market.registry.rules import (
    ACCEPT,
    MOVES,
    EntryKind,
    Reason,
    RegistryRefusal,
    Status,
    accept_refusal,
    applicant_refusal,
    apply_refusal,
    certify_refusal,
    confirm_refusal,
    due_on,
    lapse_refusal,
    office_refusal,
    pass_refusal,
    propose_refusal,
    refuse_refusal,
    registration_number,
    replacement_refusal,
    resubmit_refusal,
)
from market.rulebook.queries import law


def apply(session: Session, contract_id: int, *, by: Actor, at: datetime) -> Application:
    """File a signed contract with the registry of the seller's territory, once (REG-10, REG-11)."""
    contract = lock(session, Contract, contract_id)
    registry = find_registry_for(session, contract.seller)
    insist(apply_refusal(by, filing(session, contract), day_of(at), at))
    assert registry is not None, "the rule asked for it"
    application = Application(
        contract=contract,
        office=registry,
        applicant_id=contract.seller_id,
        status=Status.SUBMITTED,
        duplicate_key=duplicate_key(contract),
        submitted_at=at,
        currency=contract.turnover_currency,
    )
    with witness(session, RegistryRefusal.ONCE):
        session.add(application)
    _record(session, application, "registry.applied", by=by, at=at, registry=registry.code)
    return application


def resubmit(session: Session, application_id: int, *, by: Actor, at: datetime) -> Application:
    """Hand in corrected papers; by the 2026 Measures this day becomes the day of acceptance.

    The law of the day of acceptance says so, not the law of today.
    """
    application = _locked(session, application_id)
    today = day_of(at)
    insist(resubmit_refusal(by, application.file, today, at))
    application.status = MOVES[application.status, "resubmit"]
    application.correction_due_on = None
    if law(session, application.accepted_on or today).flag("reg.restart_clock_on_correction"):
        _start_clock(session, application, today)
    _record(
        session,
        application,
        "registry.resubmitted",
        by=by,
        at=at,
        due_on=application.due_on.isoformat() if application.due_on else None,
    )
    return application


def withdraw(session: Session, application_id: int, *, by: Actor, at: datetime) -> Application:
    """Take an application back before it is decided."""
    application = _locked(session, application_id)
    insist(applicant_refusal(by, application.file, "withdraw", at))
    application.status = MOVES[application.status, "withdraw"]
    _record(session, application, "registry.withdrawn", by=by, at=at)
    return application


def lapse(session: Session, application_id: int, *, by: Actor, at: datetime) -> Application:
    """Close an application whose corrected papers did not come in time (REG-16)."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    insist(lapse_refusal(by, file, day_of(at), at))
    application.status = MOVES[application.status, "lapse"]
    _record(session, application, "registry.lapsed", by=by, at=at)
    return application


def accept(session: Session, application_id: int, *, by: Actor, at: datetime) -> Application:
    """Accept an application: the review's clock starts on this day."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    insist(accept_refusal(by, file, day_of(at), at))
    application.status = MOVES[application.status, "accept"]
    if application.accepted_on is None:
        _start_clock(session, application, day_of(at))
    _record(
        session,
        application,
        "registry.accepted",
        by=by,
        at=at,
        due_on=application.due_on.isoformat() if application.due_on else None,
    )
    return application


def turn_away(
    session: Session, application_id: int, note: str, *, by: Actor, at: datetime
) -> Application:
    """Do not accept what is oral or no contract, with the reason (REG-01, REG-16)."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    insist(office_refusal(ACCEPT, by, file, "turn-away", at))
    _need_words(note)
    application.status = MOVES[application.status, "turn-away"]
    application.reason_note = note
    _record(session, application, "registry.turned-away", by=by, at=at, note=note)
    return application


def ask_correction(
    session: Session, application_id: int, note: str, *, by: Actor, at: datetime
) -> Application:
    """Ask in writing for corrected papers by a day (补正)."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    insist(office_refusal(ACCEPT, by, file, "ask-correction", at))
    _need_words(note)
    days = law(session, day_of(at)).number("reg.correction_due_days")
    application.status = MOVES[application.status, "ask-correction"]
    application.correction_note = note
    application.correction_due_on = last_day(day_of(at), days).on
    _record(session, application, "registry.correction-asked", by=by, at=at, note=note)
    return application


def pass_review(
    session: Session,
    application_id: int,
    turnover: Money,
    technology_value: Money,
    note: str = "",
    *,
    by: Actor,
    at: datetime,
) -> Application:
    """First review: both amounts verified, the file goes to a second registrar."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    refusal = pass_refusal(by, file, at, turnover=turnover, technology_value=technology_value)
    insist(refusal, field=_AT.get(refusal))
    application.status = MOVES[application.status, "pass"]
    application.reviewer_id = by.user_id
    application.turnover_minor = turnover.minor
    application.technology_minor = technology_value.minor
    application.review_note = note
    _record(
        session,
        application,
        "registry.passed",
        by=by,
        at=at,
        turnover=turnover.minor,
        technology_value=technology_value.minor,
    )
    return application


def send_back(
    session: Session, application_id: int, note: str, *, by: Actor, at: datetime
) -> Application:
    """The second registrar does not agree: the file goes back to the first review."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    insist(office_refusal(ACCEPT, by, file, "send-back", at))
    _need_words(note)
    application.status = MOVES[application.status, "send-back"]
    application.reviewer_id = None
    application.turnover_minor = application.technology_minor = None
    application.review_note = note
    _record(session, application, "registry.sent-back", by=by, at=at, note=note)
    return application


def certify(session: Session, application_id: int, *, by: Actor, at: datetime) -> Application:
    """Second, different registrar: issues the number and appends the register's row (REG-15)."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    today = day_of(at)
    insist(certify_refusal(by, file, today, at))
    serial = _next_serial(session, application.registry_id, today.year)
    with witness(session, RegistryRefusal.NUMBER_TAKEN):
        application.status = MOVES[application.status, "certify"]
        application.confirmer_id = by.user_id
        application.registered_at = at
        application.check_code = secrets.token_hex(16)
        application.number = registration_number(today.year, application.office.code, serial)
    assert application.turnover_minor is not None, "the first review verified it"
    assert application.technology_minor is not None, "the first review verified it"
    _append(
        session,
        application,
        EntryKind.REGISTRATION,
        application.turnover_minor,
        application.technology_minor,
        at,
    )
    _record(
        session,
        application,
        "registry.certified",
        by=by,
        at=at,
        number=application.number,
        turnover=application.turnover_minor,
        technology_value=application.technology_minor,
    )
    return application


def refuse(
    session: Session,
    application_id: int,
    reasons: frozenset[Reason],
    note: str,
    *,
    by: Actor,
    at: datetime,
) -> Application:
    """Refuse registration (不予登记) with coded reasons and words (REG-17)."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    refusal = refuse_refusal(by, file, at, reasons=reasons, note=note)
    insist(refusal, field=_AT.get(refusal))
    application.status = MOVES[application.status, "refuse"]
    application.reasons = " ".join(sorted(reason.value for reason in reasons))
    application.reason_note = note
    _record(session, application, "registry.refused", by=by, at=at, reasons=application.reasons)
    return application


def replace_contract(session: Session, application_id: int, *, by: Actor, at: datetime) -> Contract:
    """After a refusal: the signed contract steps aside, a draft with the same terms begins."""
    application = _locked(session, application_id)
    latest = find_for_contract(session, application.contract_id) is application
    insist(replacement_refusal(by, application.file, at, latest=latest))
    draft = replace_signed(session, application.contract_id, by=by, at=at)
    _record(session, application, "registry.corrected-anew", by=by, at=at, contract=draft.id)
    return draft


def propose_revision(
    session: Session,
    application_id: int,
    amounts: tuple[Money, Money] | None,
    note: str,
    *,
    by: Actor,
    at: datetime,
) -> Application:
    """Propose new verified amounts (REG-23), or with none a cancellation (REG-24)."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    turnover, value = amounts or (None, None)
    refusal = propose_refusal(by, file, at, turnover=turnover, technology_value=value)
    insist(refusal, field=_AT.get(refusal))
    _need_words(note)
    application.proposer_id = by.user_id
    application.proposed_kind = EntryKind.CHANGE if amounts else EntryKind.CANCELLATION
    application.proposed_turnover_minor = turnover.minor if turnover else None
    application.proposed_technology_minor = value.minor if value else None
    application.proposed_note = note
    _record(
        session,
        application,
        "registry.revision-proposed",
        by=by,
        at=at,
        kind=application.proposed_kind.value,
        turnover=application.proposed_turnover_minor,
        technology_value=application.proposed_technology_minor,
    )
    return application


def confirm_revision(
    session: Session, application_id: int, *, by: Actor, at: datetime
) -> Application:
    """Another registrar confirms: the register gets the difference as a row of today."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    insist(confirm_refusal(by, file, at))
    kind = application.proposed_kind
    assert kind is not None, "the rule saw a proposal"
    turnover = application.proposed_turnover_minor or 0
    value = application.proposed_technology_minor or 0
    _append(
        session,
        application,
        kind,
        turnover - (application.turnover_minor or 0),
        value - (application.technology_minor or 0),
        at,
    )
    if kind is EntryKind.CHANGE:
        application.turnover_minor, application.technology_minor = turnover, value
    else:
        application.status = MOVES[application.status, "cancel"]
        application.cancelled_at = at
    _clear_proposal(application)
    _record(
        session, application, "registry.revised", by=by, at=at, kind=kind.value, turnover=turnover
    )
    return application


def reject_revision(
    session: Session, application_id: int, *, by: Actor, at: datetime
) -> Application:
    """Another registrar does not agree: the registration stays as it was."""
    application = _locked(session, application_id)
    file = file_of(session, application, day_of(at))
    insist(confirm_refusal(by, file, at))
    _clear_proposal(application)
    _record(session, application, "registry.revision-rejected", by=by, at=at)
    return application


# At which field of the form a refusal is best read.
_AT: dict[Refusal | None, str] = {
    RegistryRefusal.TURNOVER_RANGE: "turnover",
    RegistryRefusal.VALUE_RANGE: "technology_value",
    RegistryRefusal.NO_REASON: "note",
}


def _start_clock(session: Session, application: Application, today: date) -> None:
    """The review runs from this day, by the law in force on it (domain 1.5)."""
    last = due_on(law(session, today), today, application.contract.technology_value)
    application.accepted_on, application.due_on = today, last.on
    application.due_provisional = last.provisional


def _need_words(note: str) -> None:
    if not note:
        raise Refused(RegistryRefusal.NO_REASON, field="note")


def _clear_proposal(application: Application) -> None:
    application.proposer_id = application.proposed_kind = None
    application.proposed_turnover_minor = application.proposed_technology_minor = None
    application.proposed_note = ""


def _locked(session: Session, application_id: int) -> Application:
    """The application, read afresh under the lock of its contract, whose thread it writes to."""
    lock(session, Contract, get(session, Application, application_id).contract_id)
    return lock(session, Application, application_id)


def _next_serial(session: Session, registry_id: int, year: int) -> int:
    """The next serial of a registry's year, its counter locked until commit (P-33)."""
    session.execute(_FIRST_SERIAL, {"registry": registry_id, "year": year})
    counter = lock(session, NumberCounter, (registry_id, year))
    counter.last += 1
    session.flush()
    return counter.last


_FIRST_SERIAL = text(
    "INSERT INTO registry_counters (registry_id, year, last) VALUES (:registry, :year, 0) "
    "ON CONFLICT DO NOTHING"
)


def _append(
    session: Session,
    application: Application,
    kind: EntryKind,
    turnover_minor: int,
    technology_minor: int,
    at: datetime,
) -> None:
    contract = get(session, Contract, application.contract_id)
    versions = select(func.count()).select_from(RegisterEntry)
    version = session.scalar(versions.where(RegisterEntry.application_id == application.id)) or 0
    session.add(
        RegisterEntry(
            application_id=application.id,
            version=version + 1,
            kind=kind,
            number=application.number,
            registered_on=day_of(at),
            registered_at=at,
            turnover_minor=turnover_minor,
            technology_minor=technology_minor,
            currency=application.currency,
            contract_kind=contract.kind,
            technology_field=contract.technology_field,
            ip_kind=contract.ip_kind,
            plan_source=contract.plan_source,
            mode=contract.deal.mode if contract.deal else None,
            city_code=contract.seller.city_code,
            park_code=contract.seller.park_code,
            seller_id=contract.seller_id,
            buyer_id=contract.buyer_id,
            buyer_city_code=contract.buyer.city_code,
        )
    )
    session.flush()


def _record(
    session: Session,
    application: Application,
    act: str,
    *,
    by: Actor,
    at: datetime,
    **facts: object,
) -> None:
    """An application's acts stand in the thread of its contract."""
    record(
        session,
        act,
        by=by,
        at=at,
        thread=("contract", application.contract_id),
        on=("application", application.id),
        **facts,
    )
