"""Statements: each line once, booked at once, given to its owner where that is plain."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.bank.desk_commands import decline_match, propose_match, release_match
from market.bank.matching import Found
from market.bank.models import Statement, StatementLine
from market.bank.queries import standing, suggestions, waiting_lines
from market.bank.rules import BankRefusal, LineStatus, Use
from market.kernel.authority import WhoRefusal
from market.kernel.journal import verify
from market.kernel.money import Money
from market.kernel.proposals import ProposalRefusal
from market.kernel.refusal import Refusal, Refused
from market.ledger.queries import balance, sums
from market.ledger.rules import Place, Purpose
from market.ledger.verifying import differences
from market.payments.payout_commands import request_payout, set_payout_account
from market.payments.payout_models import Payout
from market.payments.references import ReferenceKind, reference
from market.payments.sheet import ObligationStatus, PayoutStatus
from tests import make
from tests.bank.slips import Entry, Part, camt
from tests.bank.town import Town, bring, bring_file, build, lines, row


@pytest.fixture
def town(session: Session, at: datetime) -> Town:
    return build(session, at)


def there(s: Session, purpose: Purpose, party_id: int | None = None) -> int:
    return balance(s, Place(purpose, party_id), "CNY").posted.minor


def agree(s: Session) -> None:
    """The books add up, and agree with the statements."""
    assert sums(s).get("CNY", 0) == 0
    assert list(differences(s)) == []
    assert standing(s).difference == Money(0)
    assert not verify(s).findings


# ── what is plain ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("written", ["{0}", "付{1}款", "ｊｓ {2} ", "合同:JS{2};款"])
def test_a_credit_with_reference_and_payer_settles_what_is_owed(
    session: Session, town: Town, at: datetime, written: str
) -> None:
    issued = town.owed.reference
    digits = f"{issued[2:6]}-{issued[6:8]} {issued[8:]}"
    note = written.format(issued, issued.lower(), digits)
    made = bring(session, town.first, at, row("1000.00", note=note))
    (line,) = lines(session, made)
    assert (line.found, line.status) == (Found.OBLIGATION, LineStatus.DONE)
    assert town.owed.status is ObligationStatus.SETTLED
    assert there(session, Purpose.BANK) == 100_000
    assert there(session, Purpose.UNMATCHED) == 0
    assert there(session, Purpose.PROCEEDS, town.seller.id) == 100_000
    agree(session)


def test_a_payer_may_be_spelt_with_other_width_and_brackets(
    session: Session, town: Town, at: datetime
) -> None:
    town.debtor.name = "湘江材料（长沙）有限公司"
    note = town.owed.reference
    made = bring(session, town.first, at, row("10", note=note, name="湘江材料(长沙) 有限公司"))
    assert lines(session, made)[0].found is Found.OBLIGATION


def test_under_over_and_double_payments_settle_what_is_due_and_send_back_the_rest(
    session: Session, town: Town, at: datetime
) -> None:
    note = town.owed.reference
    rows = [row(amount, note=note, ref=f"L{n}") for n, amount in enumerate(("400", "700", "1000"))]
    bring(session, town.first, at, *rows)
    assert town.owed.status is ObligationStatus.SETTLED
    back = [payout.amount.minor for payout in session.scalars(select(Payout))]
    assert sorted(back) == [10_000, 100_000]
    assert there(session, Purpose.BANK) == 210_000
    agree(session)


WAITING: list[tuple[dict[str, str], Found]] = [
    ({"note": "货款"}, Found.NO_REFERENCE),
    ({"note": "{other}"}, Found.UNKNOWN_REFERENCE),
    ({"note": "{ref} {other}"}, Found.SEVERAL),
    ({"note": "{ref}", "name": "别的公司"}, Found.OTHER_PAYER),
    ({"note": "{ref}", "name": ""}, Found.OTHER_PAYER),
    ({"note": "{ref}", "number": "", "came": "1000.01"}, Found.NO_WAY_BACK),
]


@pytest.mark.parametrize(("over", "found"), WAITING)
def test_what_is_not_plain_is_booked_and_waits_with_its_reason(
    session: Session, town: Town, at: datetime, over: dict[str, str], found: Found
) -> None:
    other = reference(ReferenceKind.OBLIGATION, 99_999)
    told = {k: v.format(ref=town.owed.reference, other=other) for k, v in over.items()}
    made = bring(session, town.first, at, row(**{"came": "1000", **told}))
    (line,) = lines(session, made)
    assert (line.found, line.status) == (found, LineStatus.WAITS)
    assert there(session, Purpose.UNMATCHED) == line.amount_minor
    assert town.owed.paid == Money(0)
    assert waiting_lines(session, 1).rows == [line]
    agree(session)


def test_a_reversal_waits_whatever_its_reference(
    session: Session, town: Town, at: datetime
) -> None:
    entry = Entry(
        "10.00", reversal=True, day="<Dt>2026-03-09</Dt>", parts=(Part(words=town.owed.reference),)
    )
    (line,) = lines(session, bring_file(session, town.first, at, camt([entry]), "a.xml"))
    assert (line.found, line.status) == (Found.REVERSAL, LineStatus.WAITS)


def ordered(s: Session, town: Town, at: datetime) -> Payout:
    """Proceeds of the seller that are on their way out."""
    bring(s, town.first, at, row("1000", note=town.owed.reference, ref="IN"))
    seller = confirmed(town.earner, at)
    set_payout_account(s, town.seller.name, "某银行", "6222020000001234", by=seller, at=at)
    later = at + timedelta(days=2)
    return request_payout(s, make.yuan(300), by=confirmed(seller, later), at=later)


def test_a_debit_with_the_payouts_reference_proves_it_once(
    session: Session, town: Town, at: datetime
) -> None:
    payout = ordered(session, town, at)
    later = at + timedelta(days=3)
    by = confirmed(town.first, later)
    note = payout.reference
    rows = [
        row("", "300", note=note, ref=f"O{n}", name="岳麓研究院", day="20260312") for n in (1, 2)
    ]
    first, second = lines(session, bring(session, by, later, *rows))
    assert (first.found, payout.status) == (Found.PAYOUT, PayoutStatus.DONE)
    assert f"bank-line-{first.id}" in payout.proof
    assert (second.found, second.status) == (Found.PAYOUT_OVER, LineStatus.WAITS)
    assert there(session, Purpose.BANK) == 40_000
    assert there(session, Purpose.UNEXPLAINED) == 30_000
    agree(session)


def test_a_debit_of_another_amount_or_without_reference_waits_as_unexplained(
    session: Session, town: Town, at: datetime
) -> None:
    payout = ordered(session, town, at)
    later = at + timedelta(days=3)
    by = confirmed(town.first, later)
    rows = [row("", "299", note=payout.reference, ref="O1"), row("", "5", note="手续费", ref="O2")]
    found = [line.found for line in lines(session, bring(session, by, later, *rows))]
    assert found == [Found.OTHER_AMOUNT, Found.NO_REFERENCE]
    assert there(session, Purpose.UNEXPLAINED) == 30_400
    assert payout.status is PayoutStatus.ORDERED
    agree(session)


# ── once ─────────────────────────────────────────────────────────────────────────────────────────


def count(s: Session) -> tuple[int, int, int]:
    made = s.scalar(select(func.count()).select_from(StatementLine)) or 0
    brought = s.scalar(select(func.count()).select_from(Statement)) or 0
    return made, brought, there(s, Purpose.BANK)


def test_the_same_statement_twice_changes_nothing(
    session: Session, town: Town, at: datetime
) -> None:
    rows = [row("1000", note=town.owed.reference), row("5"), row("5")]
    first = bring(session, town.first, at, *rows)
    before, head = count(session), verify(session).entries
    assert bring(session, town.second, at, *rows, name="b.csv").id == first.id
    assert (count(session), verify(session).entries) == (before, head)
    assert before == (3, 1, 101_000)


def test_overlapping_statements_bring_each_line_once(
    session: Session, town: Town, at: datetime
) -> None:
    bring(session, town.first, at, row("1"), row("2", ref="X"))
    made = bring(
        session, town.first, at, row("1"), row("1"), row("2", ref="X", note="anders"), row("3")
    )
    assert [line.amount.minor for line in lines(session, made)] == [100, 300]
    assert made.known == 2
    assert there(session, Purpose.BANK) == 700
    agree(session)


def test_days_of_one_account_are_not_brought_in_from_two_kinds_of_file(
    session: Session, town: Town, at: datetime
) -> None:
    bring(session, town.first, at, row("1", day="20260308"), row("1"))
    for day, refusal in (("2026-03-09", BankRefusal.OTHER_KIND), ("2026-03-10", None)):
        raw = camt([Entry("1.00", day=f"<Dt>{day}</Dt>")])
        refused(refusal, bring_file, session, town.first, at, raw, "a.xml")


def test_only_an_operator_with_the_password_brings_statements_in(
    session: Session, town: Town, at: datetime
) -> None:
    company = confirmed(town.earner, at)
    refused(WhoRefusal.NOT_YOUR_ROLE, bring, session, company, at, row("1"))
    unsure = replace(town.first, confirmed_at=None)
    refused(WhoRefusal.PASSWORD_AGAIN, bring, session, unsure, at, row("1"))
    refused(BankRefusal.NOTHING, bring, session, town.first, at, row("x"))


def refused(why: Refusal | None, do: object, *args: object) -> None:
    assert callable(do)
    if why is None:
        do(*args)
        return
    with pytest.raises(Refused) as no:
        do(*args)
    assert no.value.refusal is why


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────


def waits(s: Session, town: Town, at: datetime, *cells: str, **over: str) -> StatementLine:
    (line,) = lines(s, bring(s, town.first, at, row(*cells, **over)))
    assert line.status is LineStatus.WAITS
    return line


def say(
    s: Session, town: Town, line: StatementLine, use: Use, target: int | None, at: datetime
) -> None:
    proposal = propose_match(s, line.id, use, target, "as seen", by=town.first, at=at)
    assert line.status is LineStatus.WAITS
    refused_by = ProposalRefusal.SAME_PERSON
    with pytest.raises(Refused) as no:
        release_match(s, proposal.id, by=town.first, at=at)
    assert no.value.refusal is refused_by
    release_match(s, proposal.id, by=town.second, at=at)


def test_two_persons_give_a_line_to_what_is_owed(
    session: Session, town: Town, at: datetime
) -> None:
    line = waits(session, town, at, "1000", name="付款人的母公司")
    assert suggestions(session, line) == [town.owed]
    say(session, town, line, Use.OBLIGATION, town.owed.id, at)
    assert (line.status, town.owed.status) == (LineStatus.DONE, ObligationStatus.SETTLED)
    agree(session)


def test_two_persons_make_it_a_partys_credit_interest_or_an_answer(
    session: Session, town: Town, at: datetime
) -> None:
    for n, (use, purpose) in enumerate(
        ((Use.CREDIT, Purpose.CREDIT), (Use.INTEREST, Purpose.FEES))
    ):
        line = waits(session, town, at, f"{n + 1}")
        say(session, town, line, use, town.debtor.id if use.named else None, at)
        party = town.debtor.id if use.named else None
        assert there(session, purpose, party) == line.amount_minor
    gone = waits(session, town, at, "", "50")
    say(session, town, waits(session, town, at, "50"), Use.ANSWERS, None, at)
    assert there(session, Purpose.UNEXPLAINED) == 0
    assert gone.status is LineStatus.WAITS
    agree(session)


def test_what_is_sent_back_is_reserved_until_the_statement_shows_that_it_left(
    session: Session, town: Town, at: datetime
) -> None:
    line = waits(session, town, at, "70", ref="IN")
    say(session, town, line, Use.RETURN, None, at)
    assert line.status is LineStatus.RETURNING
    assert balance(session, Place(Purpose.UNMATCHED), "CNY").available == Money(0)
    (sent,) = lines(
        session, bring(session, town.first, at, row("", "70", note=line.reference, ref="OUT"))
    )
    assert (sent.found, line.status) == (Found.RETURN, LineStatus.DONE)
    assert there(session, Purpose.BANK) == there(session, Purpose.UNMATCHED) == 0
    agree(session)


def test_two_persons_explain_what_left_as_a_charge_or_as_a_payout(
    session: Session, town: Town, at: datetime
) -> None:
    payout = ordered(session, town, at)
    later = at + timedelta(days=3)
    town.first, town.second = confirmed(town.first, later), confirmed(town.second, later)
    charge = waits(session, town, later, "", "5", ref="O1")
    say(session, town, charge, Use.CHARGE, None, later)
    assert there(session, Purpose.COSTS) == 500
    left = waits(session, town, later, "", "300", ref="O2")
    say(session, town, left, Use.PAYOUT, payout.id, later)
    assert (payout.status, there(session, Purpose.UNEXPLAINED)) == (PayoutStatus.DONE, 0)
    assert there(session, Purpose.BANK) == 100_000 - 500 - 30_000
    agree(session)


def test_the_desk_refuses_what_cannot_be(session: Session, town: Town, at: datetime) -> None:
    came = waits(session, town, at, "9", number="")
    went = waits(session, town, at, "", "9")
    cases: list[tuple[StatementLine, Use, int | None, Refusal]] = [
        (came, Use.CHARGE, None, BankRefusal.WRONG_WAY),
        (went, Use.INTEREST, None, BankRefusal.WRONG_WAY),
        (came, Use.OBLIGATION, None, BankRefusal.NO_TARGET),
        (came, Use.OBLIGATION, 999_999, BankRefusal.NO_SUCH),
        (came, Use.CREDIT, 999_999, BankRefusal.NO_SUCH),
        (went, Use.PAYOUT, 999_999, BankRefusal.NO_SUCH),
        (came, Use.RETURN, None, BankRefusal.NO_WAY_BACK),
    ]
    for line, use, target, why in cases:
        with pytest.raises(Refused) as no:
            propose_match(session, line.id, use, target, "x", by=town.first, at=at)
        assert no.value.refusal is why
    proposal = propose_match(session, came.id, Use.INTEREST, None, "x", by=town.first, at=at)
    decline_match(session, proposal.id, by=town.second, at=at)
    say(session, town, came, Use.INTEREST, None, at)
    with pytest.raises(Refused) as no:
        propose_match(session, came.id, Use.INTEREST, None, "x", by=town.first, at=at)
    assert no.value.refusal is BankRefusal.EXPLAINED
    assert BankRefusal.OTHER_SUM.sentence
    assert BankRefusal.NO_ACCOUNT.sentence
    agree(session)


# ── reconciliation ───────────────────────────────────────────────────────────────────────────────


def test_the_board_says_what_the_bank_has_more_than_our_lines(
    session: Session, town: Town, at: datetime
) -> None:
    entries = [Entry("100.00", ref="1", day="<Dt>2026-03-09</Dt>")]
    raw = camt(entries, balances={"OPBD": "40.00", "CLBD": "140.00"})
    bring_file(session, town.first, at, raw, "a.xml")
    told = standing(session)
    assert (told.booked, told.told, told.difference) == (Money(10_000), Money(10_000), Money(0))
    assert (told.closing, told.missing, told.waits) == (Money(14_000), Money(4_000), 1)
    make.paid_by_bank(session, town.owed, 10, at)
    assert standing(session).difference == Money(1_000)
    assert standing(session, "EUR").missing is None
