"""Payment instructions say all that a transfer needs, in the same bytes each time."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from config import BankAccount
from market.kernel.documents import qr_matrix
from market.kernel.money import Money
from market.payments.papers import (
    Instructions,
    file_name,
    instructions_pdf,
    values,
)

DUE = Instructions(
    reference="JS0000004275",
    payer="湘江新材料有限公司（914301001234567890）",
    purpose=("价款", "Price"),
    title="一种锂电池正极材料的制备方法",
    amount=Money(120_000_005),
    whole=Money(120_000_005),
    due_on=date(2026, 4, 30),
    into=BankAccount("长株潭技术市场（演示）", "中国某银行长沙麓谷支行", "4301000000000000123"),
    page="https://market.example/money/obligations/42",
    dated=datetime(2026, 3, 10, 2, 0, tzinfo=UTC),
)


def read(due: Instructions) -> str:
    pages = PdfReader(BytesIO(instructions_pdf(due))).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def test_the_paper_says_who_pays_what_by_when_into_which_account() -> None:
    said = read(DUE)
    for fact in (
        *("JS0000004275", "CNY1,200,000.05", "壹佰贰拾万元零伍分", "2026-04-30"),
        *(DUE.payer, DUE.title, DUE.into.holder, DUE.into.bank, "4301000000000000123", DUE.page),
        *("价款", "Price", "付款附言", "Paymentreference"),
    ):
        assert fact in said
    assert values(DUE)["qr"] == qr_matrix(DUE.page)


def test_it_fits_on_one_page_with_the_longest_words_that_are_taken() -> None:
    assert len(PdfReader(BytesIO(instructions_pdf(DUE))).pages) == 1
    longest = replace(DUE, payer="甲" * 220, title="x" * 300, into=BankAccount(*["乙" * 120] * 3))
    assert len(PdfReader(BytesIO(instructions_pdf(longest))).pages) <= 2


def test_what_is_paid_in_part_says_the_whole_and_what_came() -> None:
    said = read(replace(DUE, amount=Money(20_000_005)))
    assert "CNY200,000.05" in said
    assert "总额TotalCNY1,200,000.05，已付paidCNY1,000,000.00" in said
    assert "总额" not in read(DUE)


def test_only_yuan_are_written_out_in_capital_numerals() -> None:
    dollars = replace(DUE, amount=Money(500, "USD"), whole=Money(500, "USD"))
    assert "USD5.00" in read(dollars)
    assert "大写" not in read(dollars)


def test_the_same_amount_due_prints_the_same_bytes_and_another_does_not() -> None:
    assert instructions_pdf(DUE) == instructions_pdf(replace(DUE))
    assert instructions_pdf(DUE) != instructions_pdf(replace(DUE, reference="JS0000004372"))


@pytest.mark.parametrize("hostile", ['#read("/etc/passwd")', "*b* _i_ $x$", "<b>x</b>", "1\u202e0"])
def test_no_name_is_markup(hostile: str) -> None:
    said = read(replace(DUE, payer=hostile, title=hostile, into=BankAccount(hostile, hostile, "1")))
    assert re.sub(r"\s", "", hostile.replace("\u202e", "〔U+202E〕")) in said
    assert "root:" not in said


def test_the_file_has_a_name_that_says_what_it_is() -> None:
    assert file_name(DUE) == "付款通知书_JS0000004275.pdf"
