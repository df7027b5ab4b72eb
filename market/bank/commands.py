"""Bringing statements in, and explaining what waits. Locks: the bank account or the line first,
then obligations and payouts by id, then the ledger's accounts.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.bank.booking import book, on_line, proof_of, receive_line
from market.bank.matching import Found, Match, credit_match, debit_match
from market.bank.models import BankAccount, Statement, StatementLine
from market.bank.queries import (
    days_of_other_kinds,
    find_statement,
    known_prints,
    leaving,
    owed_for,
    returning,
)
from market.bank.rules import LineStatus, import_refusal
from market.bank.sheet import Extract, Line, fingerprints
from market.kernel.authority import Actor
from market.kernel.db import breaks_uniqueness, lock
from market.kernel.journal import record
from market.kernel.refusal import insist
from market.ledger.booking import post
from market.payments.models import Obligation
from market.payments.payout_commands import prove_payout
from market.payments.payout_models import Payout
from market.payments.references import ReferenceKind, found_references, key_of


def import_statement(
    session: Session,
    extract: Extract,
    raw: bytes,
    file_name: str,
    *,
    by: Actor,
    at: datetime,
) -> tuple[Statement, bool]:
    """Bring a statement in: each line once, booked at once, given to its owner where that is plain.

    The same file again changes nothing; gives the statement, and whether it is new.
    """
    account = _locked_account(session, extract.account, extract.currency)
    sha256 = hashlib.sha256(raw).hexdigest()
    insist(import_refusal(by, extract, days_of_other_kinds(session, account.id, extract), at))
    before = find_statement(session, account.id, sha256)
    if before is not None:
        return before, False
    fresh = _fresh(session, account, extract)
    statement = _statement(account, extract, sha256, file_name, len(fresh), by, at)
    session.add(statement)
    session.flush()
    matches = _matches(session, [line for line, _ in fresh])
    rows = [
        _row(statement, line, told, match)
        for (line, told), match in zip(fresh, matches, strict=True)
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        book(session, row, at)
    waiting = sum(not row.found.settled for row in rows)
    record(
        session,
        "bank.statement-imported",
        by=by,
        at=at,
        thread=("bank-account", account.id),
        on=("statement", statement.id),
        sha256=sha256,
        lines=len(rows),
        known=statement.known,
        refused=len(extract.refused),
        waiting=waiting,
        kind="waits" if waiting else "clear",
    )
    for row in rows:
        _give(session, row, by, at)
    return statement, True


# ── which lines are new, and whose they are ──────────────────────────────────────────────────────


def _locked_account(session: Session, number: str, currency: str) -> BankAccount:
    wanted = select(BankAccount).where(
        BankAccount.number == number, BankAccount.currency == currency
    )
    known = session.scalars(wanted).first()
    if known is None:
        with breaks_uniqueness(session):
            session.add(BankAccount(number=number, currency=currency))
        known = session.scalars(wanted).one()
    return lock(session, BankAccount, known.id)


def _fresh(session: Session, account: BankAccount, extract: Extract) -> list[tuple[Line, str]]:
    told = list(fingerprints(extract))
    known = known_prints(session, account.id, [each for _, each in told])
    return [(line, each) for line, each in told if each not in known]


def _matches(session: Session, lines: Sequence[Line]) -> list[Match]:
    """What each line is, judged under the locks of all that their references lead to."""
    found = [found_references(line.words) for line in lines]
    named = {reference for references in found for reference in references}
    owed = _locked(session, Obligation, ReferenceKind.OBLIGATION, named)
    payouts = _locked(session, Payout, ReferenceKind.PAYOUT, named)
    back = _locked(session, StatementLine, ReferenceKind.RETURN, named)
    due = {key: owed_for(each) for key, each in owed.items()}
    going = {key: leaving(each) for key, each in payouts.items()}
    going |= {key: returning(each) for key, each in back.items()}
    matches = []
    for line, references in zip(lines, found, strict=True):
        if line.amount.minor > 0:
            match = credit_match(line, references, [due[r] for r in references if r in due])
        else:
            match = debit_match(line, references, [going[r] for r in references if r in going])
        matches.append(match)
    return _each_once(matches)


def _each_once(matches: Sequence[Match]) -> list[Match]:
    """Money leaves once: a second line for the same order is not its proof."""
    seen: set[tuple[int | None, int | None]] = set()
    once = []
    for match in matches:
        out = match.payout_id, match.line_id
        again = out != (None, None) and out in seen
        seen.add(out)
        once.append(Match(Found.PAYOUT_OVER) if again else match)
    return once


Referred = TypeVar("Referred", Obligation, Payout, StatementLine)


def _locked(
    session: Session, model: type[Referred], kind: ReferenceKind, named: set[str]
) -> dict[str, Referred]:
    """The rows that references of a kind lead to, locked in the order of their ids."""
    keys = {key: each for each in named if (key := key_of(kind, each)) is not None}
    found = {}
    for key in sorted(keys):
        if session.get(model, key) is not None:
            found[keys[key]] = lock(session, model, key)
    return found


# ── rows and bookings ────────────────────────────────────────────────────────────────────────────


def _statement(
    account: BankAccount,
    extract: Extract,
    sha256: str,
    file_name: str,
    fresh: int,
    by: Actor,
    at: datetime,
) -> Statement:
    balances = extract.opening, extract.closing
    opening, closing = (None, None) if None in balances else balances
    return Statement(
        account_id=account.id,
        sha256=sha256,
        file_name=file_name,
        form=extract.form,
        kind=extract.kind,
        since=extract.from_on,
        until=extract.to_on,
        opening_minor=opening.minor if opening else None,
        closing_minor=closing.minor if closing else None,
        complete=extract.complete,
        known=len(extract.lines) - fresh,
        refused=json.dumps([each.told for each in extract.refused], ensure_ascii=False),
        imported_by=by.user_id,
        imported_at=at,
    )


def _row(statement: Statement, line: Line, told: str, match: Match) -> StatementLine:
    return StatementLine(
        account_id=statement.account_id,
        statement_id=statement.id,
        print=told,
        place=line.place,
        booked_on=line.booked_on,
        amount_minor=line.amount.minor,
        currency=line.amount.currency,
        counterparty=line.counterparty,
        counterparty_account=line.counterparty_account,
        note=line.words,
        bank_ref=line.bank_ref,
        reversal=line.reversal,
        status=LineStatus.WAITS,
        found=match.found,
        obligation_id=match.obligation_id,
        payout_id=match.payout_id,
        returns_id=match.line_id,
    )


def _give(session: Session, row: StatementLine, by: Actor, at: datetime) -> None:
    """Give a line to whom it plainly belongs; the others wait."""
    if not row.found.settled:
        return
    row.status, row.explained_at = LineStatus.DONE, at
    if row.found is Found.OBLIGATION:
        assert row.obligation_id is not None, "the match names it"
        receive_line(session, row, row.obligation_id, by=by, at=at)
    elif row.found is Found.PAYOUT:
        assert row.payout_id is not None, "the match names it"
        prove_payout(session, row.payout_id, proof_of(row), by=by, at=at)
    else:
        sent = lock(session, StatementLine, row.returns_id)
        assert sent.hold_id is not None, "a returning line is held"
        row.transfer_id = post(session, sent.hold_id, at=at).id
        sent.status = LineStatus.DONE
        record(
            session,
            "bank.line-returned",
            by=by,
            at=at,
            thread=on_line(sent),
            amount=sent.amount_minor,
            currency=sent.currency,
        )
