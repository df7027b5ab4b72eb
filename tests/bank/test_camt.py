"""Bank statements in ISO 20022 camt.053: every version, batches, reversals, and hostile XML."""

import time
from datetime import date

import pytest

from market.bank.camt import read_camt
from market.bank.sheet import Extract, StatementFault
from market.kernel.delimited import FileError, FileFault
from market.kernel.money import Money
from tests.bank.slips import ACCOUNT, Entry, Part, camt

TODAY = date(2026, 11, 5)


def read(raw: bytes) -> Extract:
    return read_camt(raw, ACCOUNT, currency="CNY", today=TODAY)


@pytest.mark.parametrize("version", range(2, 13))
def test_every_version_gives_the_same_line(version: int) -> None:
    part = Part(words="JS0000000193 货款", end_to_end="E2E-7", strd="RF18539007547034")
    raw = camt(
        [Entry("1200.50", parts=(part,))],
        version=version,
        balances={"OPBD": "100.00", "CLBD": "1300.50"},
    )
    found = read(raw)
    (line,) = found.lines
    assert (line.booked_on, line.amount) == (date(2026, 11, 2), Money(120_050))
    assert (line.counterparty, line.counterparty_account) == (
        "湘江材料有限公司",
        "6222020200012345678",
    )
    assert line.words == "JS0000000193 货款 RF18539007547034 E2E-7"
    assert (line.bank_ref, line.reversal) == ("R1", False)
    assert (found.opening, found.closing, found.complete) == (Money(10_000), Money(130_050), True)
    assert found.kind == f"camt.053.001.{version:02}"


def test_only_booked_entries_count_and_a_debit_names_who_was_paid() -> None:
    found = read(
        camt(
            [
                Entry("1.00", status="PDNG"),
                Entry("80.50", side="DBIT", ref="R2", day="<DtTm>2026-11-02T23:30:00</DtTm>"),
            ]
        )
    )
    (line,) = found.lines
    assert (line.amount, line.counterparty, line.bank_ref) == (
        Money(-8_050),
        "湘江材料有限公司",
        "R2",
    )
    assert found.complete is None


def test_a_reversal_is_marked_and_names_the_other_side_of_what_it_takes_back() -> None:
    (line,) = read(camt([Entry("80.50", side="CRDT", reversal=True)])).lines
    assert (line.amount, line.reversal, line.counterparty) == (
        Money(8_050),
        True,
        "湘江材料有限公司",
    )


@pytest.mark.parametrize("version", [2, 3, 4, 8, 12])
def test_a_batch_is_one_line_for_each_part_that_says_its_amount(version: int) -> None:
    parts = (Part("300.00", "A", ref="T1"), Part("700.00", "B"), Part("0.00"))
    found = read(camt([Entry("1000.00", parts=parts)], version=version))
    assert [(line.amount.minor, line.words, line.bank_ref) for line in found.lines] == [
        (30_000, "A", "T1"), (70_000, "B", "R1/2"),
    ]  # fmt: skip


@pytest.mark.parametrize("parts", [(Part("300.00"), Part("600.00")), (Part(), Part("600.00")), ()])
def test_a_batch_whose_parts_do_not_add_up_stays_one_line(parts: tuple[Part, ...]) -> None:
    (line,) = read(camt([Entry("1000.00", parts=parts)])).lines
    assert (line.amount, line.counterparty, line.bank_ref) == (Money(100_000), "", "R1")


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    + "".join(f'<!ENTITY c{n} "{f"&c{n - 1};" * 10 if n else "&b;" * 10}">' for n in range(12))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
GOOD = [Entry("10.00")]
FILES = [
    (camt(GOOD, head=LAUGHS), StatementFault.ENTITIES),
    (camt(GOOD, head=OUTSIDE), StatementFault.ENTITIES),
    (camt(GOOD, head='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'), StatementFault.ENTITIES),
    (camt(GOOD, head="<!DOCTYPE x>"), StatementFault.ENTITIES),
    (camt(GOOD)[:-20], StatementFault.BROKEN_XML),
    (camt(GOOD).replace(b"<Amt Ccy", b"\x00<Amt Ccy"), StatementFault.BROKEN_XML),
    (camt(GOOD).replace(b'"UTF-8"', b'"no-such"'), FileFault.UNDECODABLE),
    (camt(GOOD, version=13), StatementFault.NOT_CAMT),
    (camt(GOOD).replace(b"camt.053", b"camt.052"), StatementFault.NOT_CAMT),
    (b"<Document/>", StatementFault.NOT_CAMT),
    (camt([Entry("ten")]), StatementFault.NOT_CAMT),
    (camt([Entry("10.00", status="HOPE")]), StatementFault.NOT_CAMT),
    (camt([Entry("NaN")]), StatementFault.NOT_CAMT),
    (camt([Entry("-10.00")]), StatementFault.NOT_CAMT),
    (camt([Entry("10.005")]), StatementFault.NOT_CAMT),
    (camt([Entry("9" * 30)]), StatementFault.NOT_CAMT),
    (camt([Entry("10.00", side="UP")]), StatementFault.NOT_CAMT),
    (camt([Entry("10.00", day="")]), StatementFault.NOT_CAMT),
    (camt([Entry("10.00", day="<Dt>2026-11-06</Dt>")]), StatementFault.NOT_CAMT),
    (camt([Entry("10.00", day="<Dt>2026-13-06</Dt>")]), StatementFault.NOT_CAMT),
    (camt([Entry("10.00", currency="EUR")]), StatementFault.OTHER_CURRENCY),
    (camt(GOOD, account="999"), StatementFault.OTHER_ACCOUNT),
    (camt(GOOD, balances={"OPBD": "1.00", "CLBD": "12.00"}), StatementFault.UNBALANCED),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "fault"), FILES)
def test_a_fault_of_the_file_takes_nothing(raw: bytes, fault: FileFault | StatementFault) -> None:
    began = time.process_time()
    with pytest.raises(FileError) as refused:
        read(raw)
    assert refused.value.reason is fault
    assert time.process_time() - began < 2


def test_entries_that_are_lost_on_the_way_are_seen_by_the_balances() -> None:
    entries = [Entry(f"{n}.00", ref=f"R{n}") for n in range(1, 6)]
    balances = {"OPBD": "-100.00", "CLBD": "-85.00"}
    assert read(camt(entries, balances=balances)).complete
    with pytest.raises(FileError) as refused:
        read(camt(entries[:2] + entries[3:], balances=balances))
    assert refused.value.reason is StatementFault.UNBALANCED


def test_five_thousand_entries_are_the_most_and_take_few_seconds() -> None:
    began = time.process_time()
    assert len(read(camt([Entry("1.00", ref=f"R{n}") for n in range(5_000)])).lines) == 5_000
    assert time.process_time() - began < 10
    with pytest.raises(FileError) as refused:
        read(camt([Entry("1.00", ref=f"R{n}") for n in range(5_001)]))
    assert refused.value.reason is FileFault.TOO_MANY_ROWS
    with pytest.raises(FileError) as refused:
        read(camt(GOOD) + b" " * 9_000_000)
    assert refused.value.reason is FileFault.TOO_LARGE
