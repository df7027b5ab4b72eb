"""Reading statements: what came in, what waits, and whether our books agree with the bank."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.bank.matching import Leaving, OwedFor, plain_payer
from market.bank.models import BankAccount, Statement, StatementLine
from market.bank.rules import LineStatus
from market.bank.sheet import Extract
from market.kernel.money import Money
from market.kernel.paging import Page, paged
from market.ledger.queries import balance
from market.ledger.rules import Place, Purpose
from market.parties.models import Party
from market.payments.models import Obligation
from market.payments.payout_models import Payout
from market.payments.sheet import ObligationStatus

SUGGESTED = 5
STEP = 500


def find_statement(session: Session, account_id: int, sha256: str) -> Statement | None:
    """The statement that a file brought in, if it did."""
    found = select(Statement).where(Statement.account_id == account_id, Statement.sha256 == sha256)
    return session.scalars(found).first()


def known_prints(session: Session, account_id: int, prints: Collection[str]) -> set[str]:
    """Which of these lines came in before."""
    known: set[str] = set()
    asked = list(prints)
    for at in range(0, len(asked), STEP):
        found = select(StatementLine.print).where(
            StatementLine.account_id == account_id, StatementLine.print.in_(asked[at : at + STEP])
        )
        known |= set(session.scalars(found))
    return known


def days_of_other_kinds(
    session: Session, account_id: int, extract: Extract
) -> list[tuple[date, date]]:
    """The days that files of another kind brought in."""
    found = select(Statement.since, Statement.until).where(
        Statement.account_id == account_id, Statement.kind != extract.kind
    )
    return [(since, until) for since, until in session.execute(found)]


def owed_for(obligation: Obligation) -> OwedFor:
    """An obligation as the matching sees it."""
    return OwedFor(obligation.id, obligation.debtor.name, obligation.remaining)


def leaving(payout: Payout) -> Leaving:
    """Money on its way out as the matching sees it."""
    return Leaving(payout.amount, payout.ended, payout_id=payout.id)


def returning(line: StatementLine) -> Leaving:
    """A line that is sent back as the matching sees it."""
    return Leaving(line.amount, line.status is not LineStatus.RETURNING, line_id=line.id)


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def statements(session: Session, number: int) -> Page[Statement]:
    """One page of statements, the latest first."""
    return paged(session, select(Statement).order_by(Statement.id.desc()), number)


def lines_of(session: Session, statement_id: int, number: int) -> Page[StatementLine]:
    """One page of the lines that a statement brought, in its order."""
    found = select(StatementLine).where(StatementLine.statement_id == statement_id)
    return paged(session, found.order_by(StatementLine.place, StatementLine.id), number)


def waiting_lines(session: Session, number: int) -> Page[StatementLine]:
    """One page of the desk's queue, the oldest first."""
    found = select(StatementLine).where(StatementLine.status == LineStatus.WAITS)
    return paged(session, found.order_by(StatementLine.booked_on, StatementLine.id), number)


def returning_lines(session: Session) -> list[StatementLine]:
    """What is to be sent back, the oldest first."""
    found = select(StatementLine).where(StatementLine.status == LineStatus.RETURNING)
    return list(session.scalars(found.order_by(StatementLine.id)))


def suggestions(session: Session, line: StatementLine) -> list[Obligation]:
    """What the line may have been meant for: of this payer, or of exactly this amount."""
    due = select(Obligation).where(
        Obligation.status == ObligationStatus.OPEN, Obligation.currency == line.currency
    )
    exact = due.where(Obligation.amount_minor - Obligation.paid_minor == line.amount_minor)
    theirs = due.join(Obligation.debtor).where(Party.name == line.counterparty)
    found: dict[int, Obligation] = {}
    for each in (due.where(Obligation.id == line.obligation_id), theirs, exact):
        rows = session.scalars(each.order_by(Obligation.due_on, Obligation.id).limit(SUGGESTED))
        found |= {row.id: row for row in rows}
    payer = plain_payer(line.counterparty)
    ranked = sorted(found.values(), key=lambda each: plain_payer(each.debtor.name) != payer)
    return ranked[:SUGGESTED]


# ── reconciliation ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Standing:
    """A currency's money at the bank as three books tell it.

    ``booked`` is the ledger's account, ``told`` the sum of all imported lines, ``closing`` what the
    last statement with balances says, as of its last day, and ``there`` what our lines say of that
    day. ``waits`` and ``unexplained`` are what nobody has explained yet.
    """

    booked: Money
    told: Money
    closing: Money | None
    there: Money | None
    until: date | None
    waits: int

    @property
    def difference(self) -> Money:
        """What the ledger has more than the statements; zero, or somebody must look."""
        return self.booked - self.told

    @property
    def missing(self) -> Money | None:
        """What the bank says it holds more than our lines say: lines that were never brought in,
        or what the account held before the first of them."""
        if self.closing is None or self.there is None:
            return None
        return self.closing - self.there


def standing(session: Session, currency: str = "CNY") -> Standing:
    """Whether the ledger, the statements and the bank agree."""
    last = session.scalars(
        select(Statement)
        .join(Statement.account)
        .where(Statement.closing_minor.is_not(None), BankAccount.currency == currency)
        .order_by(Statement.until.desc(), Statement.id.desc())
        .limit(1)
    ).first()
    all_lines = select(func.coalesce(func.sum(StatementLine.amount_minor), 0)).where(
        StatementLine.currency == currency
    )
    there = None
    if last is not None:
        upto = all_lines.where(
            StatementLine.account_id == last.account_id, StatementLine.booked_on <= last.until
        )
        there = Money(int(session.scalar(upto) or 0), currency)
    waits = select(func.count()).where(
        StatementLine.status == LineStatus.WAITS, StatementLine.currency == currency
    )
    return Standing(
        balance(session, Place(Purpose.BANK), currency).posted,
        Money(int(session.scalar(all_lines) or 0), currency),
        last.closing if last else None,
        there,
        last.until if last else None,
        session.scalar(waits) or 0,
    )


def told_by_bank(session: Session, currency: str) -> tuple[Money | None, datetime | None]:
    """What all lines of the bank's statements add to, and when the last of them came in."""
    found = (
        select(func.sum(StatementLine.amount_minor), func.max(Statement.imported_at))
        .join(StatementLine.statement)
        .where(StatementLine.currency == currency)
    )
    for added, read_at in session.execute(found.having(func.count() > 0)):
        return Money(int(added), currency), read_at
    return None, None
