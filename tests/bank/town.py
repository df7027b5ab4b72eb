"""A market with two companies that owe, for the tests of statements."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.bank.commands import import_statement
from market.bank.models import Statement, StatementLine
from market.bank.reading import read_statement
from market.kernel.authority import Actor, Role
from market.kernel.clock import day_of
from market.parties.models import Party
from market.payments.models import Obligation
from tests import make
from tests.bank.slips import ACCOUNT, text

HEAD = "交易日期,收入金额,支出金额,对方户名,对方账号,附言,流水号"
NAME = "湘江材料有限公司"
NUMBER = "6222020200012345678"


@dataclass
class Town:
    """Who owes whom, and two operators."""

    owed: Obligation
    debtor: Party
    seller: Party
    earner: Actor
    first: Actor
    second: Actor


def build(s: Session, at: datetime) -> Town:
    """A company that owes 1,000 yuan to a seller, and two operators who gave their passwords."""
    seller, earner = make.party(s, at=at, name="岳麓研究院")
    debtor, _ = make.party(s, Role.COMPANY, at=at, name=NAME)
    owed = make.owed(s, debtor, seller, 1_000, at)
    first, second = (confirmed(make.operator(s, at), at) for _ in range(2))
    return Town(owed, debtor, seller, earner, first, second)


def row(
    came: str = "", went: str = "", *, note: str = "", ref: str = "", name: str = NAME,
    number: str = NUMBER, day: str = "20260309",
) -> str:  # fmt: skip
    """A row of the Chinese export."""
    return ",".join((day, came, went, name, number, note, ref))


def bring(s: Session, by: Actor, at: datetime, *rows: str, name: str = "a.csv") -> Statement:
    """Bring in a statement of these rows."""
    raw = text([HEAD, *rows]).encode()
    return bring_file(s, by, at, raw, name)


def bring_file(s: Session, by: Actor, at: datetime, raw: bytes, name: str) -> Statement:
    """Bring in a file."""
    found = read_statement(raw, ACCOUNT, currency="CNY", today=day_of(at))
    return import_statement(s, found, raw, name, by=by, at=at)[0]


def lines(s: Session, statement: Statement) -> list[StatementLine]:
    """The lines of a statement."""
    return sorted(
        (line for line in s.query(StatementLine) if line.statement_id == statement.id),
        key=lambda line: line.place,
    )
