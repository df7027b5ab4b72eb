"""Royalties: agreed from above, declared period by period, inspected, corrected.

Each locks the agreement first. What was asked for on its subject and what was declared are kept
equal: a higher figure asks for the difference, a lower one gives up what is unpaid, and what was
paid beyond it counts against what is declared next.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.clock import day_of
from market.kernel.db import get, lock, witness
from market.kernel.journal import record
from market.kernel.money import Money
from market.kernel.refusal import insist
from market.kernel.words import N_
from market.payments.commands import cancel_rest, owe
from market.payments.royalties import (
    Period,
    RoyaltyRefusal,
    RoyaltyTerms,
    answer_refusal,
    correct_statement_refusal,
    declare_refusal,
    earned,
    from_then_on,
    inspect_refusal,
    period_count,
    still_due,
)
from market.payments.royalty_models import (
    RoyaltyAgreement,
    RoyaltyInspection,
    RoyaltyShare,
    RoyaltyStatement,
)
from market.payments.royalty_queries import (
    asked_on,
    counted,
    declared_on,
    find_running,
    paid_beyond,
)
from market.payments.sheet import ObligationKind, ObligationStatus, Owed

LESS = N_("A corrected statement of the royalty says that less is due.")


def agree_royalty(
    session: Session, terms: RoyaltyTerms, *, by: Actor, at: datetime
) -> RoyaltyAgreement:
    """Open a royalty that an upper slice has found; its terms are frozen from here on.

    Where one runs on the subject already it ends, and the new one goes on where its last
    statement stopped: no day is declared twice. Where nothing is left to declare it stays.
    """
    before = find_running(session, terms.subject)
    if before is not None:
        before = lock(session, RoyaltyAgreement, before.id)
        later = from_then_on(terms, [each.last_on for each in before.standing])
        if later is None:
            return before
        terms, before.ended_at = later, at
        session.flush()
    agreement = RoyaltyAgreement(
        subject_kind=terms.subject[0],
        subject_id=terms.subject[1],
        title=terms.title,
        licensor_id=terms.licensor_id,
        licensee_id=terms.licensee_id,
        base=terms.base,
        rate_bp=terms.rate_bp,
        currency=terms.currency,
        every_months=terms.every_months,
        first_on=terms.first_on,
        last_on=terms.last_on,
        days_to_declare=terms.days_to_declare,
        agreed_at=at,
        shares=[
            RoyaltyShare(
                place=n, kind=share.kind, party_id=share.party_id, weight_bp=share.weight_bp
            )
            for n, share in enumerate(terms.shares)
        ],
    )
    session.add(agreement)
    session.flush()
    _record(session, "royalty.agreed", agreement, by, at, rate=terms.rate_bp)
    return agreement


def end_royalty(
    session: Session, agreement_id: int, *, by: Actor, at: datetime
) -> RoyaltyAgreement:
    """End a royalty that an upper slice agrees no longer; what was declared stays owed."""
    agreement = lock(session, RoyaltyAgreement, agreement_id)
    agreement.ended_at = agreement.ended_at or at
    _record(session, "royalty.ended", agreement, by, at)
    return agreement


def declare_royalty(
    session: Session,
    agreement_id: int,
    place: int,
    base: Money,
    evidence: str,
    *,
    by: Actor,
    at: datetime,
) -> RoyaltyStatement:
    """Declare what a royalty is reckoned from in its next period; what it earns is owed at once."""
    agreement = lock(session, RoyaltyAgreement, agreement_id)
    today, period = day_of(at), agreement.upcoming
    refusal = declare_refusal(by, agreement.royalty, today, at, place=place)
    insist(refusal, over_on=period.last_on if period else None)
    assert period is not None, "the rule saw one"
    statement = _stated(session, agreement, period, base, evidence, by=by, at=at)
    _settle(session, statement, None, by=by, at=at)
    _record(session, "royalty.declared", agreement, by, at, **_told(statement))
    return statement


def correct_statement(
    session: Session, statement_id: int, base: Money, evidence: str, *, by: Actor, at: datetime
) -> RoyaltyStatement:
    """Replace what stands for a declared period by a later statement; both stay to be read."""
    old = get(session, RoyaltyStatement, statement_id)
    agreement = lock(session, RoyaltyAgreement, old.agreement_id)
    session.refresh(old)
    superseded = old.superseded_at is not None
    insist(correct_statement_refusal(by, agreement.royalty, at, superseded=superseded))
    old.superseded_at = at
    period = Period(old.place, old.first_on, old.last_on)
    statement = _stated(session, agreement, period, base, evidence, by=by, at=at, corrects=old)
    _settle(session, statement, old.obligation_id, by=by, at=at)
    _record(session, "royalty.corrected", agreement, by, at, **_told(statement))
    return statement


def request_inspection(
    session: Session, statement_id: int, why: str, *, by: Actor, at: datetime
) -> RoyaltyInspection:
    """Ask, as who is paid, to see the books behind a statement (民法典 846)."""
    statement, agreement = _locked(session, statement_id)
    waiting = statement.waiting is not None
    insist(inspect_refusal(by, agreement.royalty, at, waiting=waiting))
    inspection = RoyaltyInspection(
        statement_id=statement.id, asked_by=by.user_id, asked_at=at, why=why, answer=""
    )
    with witness(session, RoyaltyRefusal.INSPECTION_OPEN):
        session.add(inspection)
    session.expire(statement, ["inspections"])
    place = statement.place
    _record(session, "royalty.inspection-asked", agreement, by, at, place=place, why=why)
    return inspection


def answer_inspection(
    session: Session, statement_id: int, answer: str, *, by: Actor, at: datetime
) -> RoyaltyInspection:
    """Answer, as who declared, when and how the books are shown."""
    statement, agreement = _locked(session, statement_id)
    waiting = statement.waiting
    insist(answer_refusal(by, agreement.royalty, at, waiting=waiting is not None))
    assert waiting is not None, "the rule saw one"
    waiting.answered_by, waiting.answered_at, waiting.answer = by.user_id, at, answer
    place = statement.place
    _record(session, "royalty.inspection-answered", agreement, by, at, place=place, note=answer)
    return waiting


# ── steps ────────────────────────────────────────────────────────────────────────────────────────


def _locked(session: Session, statement_id: int) -> tuple[RoyaltyStatement, RoyaltyAgreement]:
    """A statement under its agreement's lock, read afresh."""
    statement = get(session, RoyaltyStatement, statement_id)
    agreement = lock(session, RoyaltyAgreement, statement.agreement_id)
    session.refresh(statement)
    return statement, agreement


def _stated(
    session: Session,
    agreement: RoyaltyAgreement,
    period: Period,
    base: Money,
    evidence: str,
    *,
    by: Actor,
    at: datetime,
    corrects: RoyaltyStatement | None = None,
) -> RoyaltyStatement:
    statement = RoyaltyStatement(
        agreement_id=agreement.id,
        place=period.place,
        first_on=period.first_on,
        last_on=period.last_on,
        base_minor=base.minor,
        amount_minor=earned(base, agreement.rate_bp).minor,
        evidence=evidence,
        declared_by=by.user_id,
        declared_at=at,
        corrects_id=corrects.id if corrects else None,
    )
    with witness(session, RoyaltyRefusal.OTHER_PERIOD):
        session.add(statement)
    session.expire(agreement, ["statements"])
    return statement


def _settle(
    session: Session, statement: RoyaltyStatement, first: int | None, *, by: Actor, at: datetime
) -> None:
    """Ask for exactly what is declared: give up unpaid surplus, ``first`` of all, then ask."""
    agreement = statement.agreement
    subject = agreement.subject
    standing = [each for each in asked_on(session, subject) if each.status is ObligationStatus.OPEN]
    for each in sorted(standing, key=lambda o: (o.id == first, o.id), reverse=True):
        if not paid_beyond(session, agreement).minor:
            break
        cancel_rest(session, each.id, LESS, by=by, at=at)
    asked = [counted(each) for each in asked_on(session, subject)]
    due = still_due(declared_on(session, subject), asked, agreement.currency)
    if not due.minor:
        return
    period = Period(statement.place, statement.first_on, statement.last_on)
    owed = Owed(
        ObligationKind.ROYALTY,
        agreement.licensee_id,
        agreement.licensor_id,
        due,
        subject,
        agreement.title,
        max(day_of(at), period.declared_by(agreement.days_to_declare)),
        shares=agreement.terms,
        place=statement.place,
        of=period_count(agreement.first_on, agreement.last_on, agreement.every_months),
    )
    statement.obligation_id = owe(session, owed, by=by, at=at).id


def _told(statement: RoyaltyStatement) -> dict[str, object]:
    """What the journal says of a statement."""
    return {
        "place": statement.place,
        "from_base": statement.base_minor,
        "amount": statement.amount_minor,
        "currency": statement.agreement.currency,
        "due_on": statement.obligation.due_on.isoformat() if statement.obligation else None,
    }


def _record(
    session: Session,
    act: str,
    agreement: RoyaltyAgreement,
    by: Actor,
    at: datetime,
    **facts: object,
) -> None:
    thread = on = ("royalty", agreement.id)
    record(session, act, by=by, at=at, thread=thread, on=on, **facts)
