import re
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from market.contracts import commands
from market.contracts.forms import PROSE
from market.contracts.models import Contract
from market.contracts.papers import contract_pdf, dated, file_name, values
from market.contracts.terms import Kind, Payment
from tests import make

HOSTILE = '<script>alert(1)</script> #read("/etc/passwd") {{7*7}} ${7*7} *b* _i_ $x$ @a %s%n'


@pytest.fixture
def signed(session: Session, at: datetime) -> Contract:
    _, seller = make.party(session, at=at, representative="王建国", address="麓山南路1号")
    _, buyer = make.party(session, at=at)
    return make.contract(
        session, seller, buyer, at=at, kind=Kind.TRF_P, rights="发明专利“正极材料”", subject=HOSTILE
    )


def words(pdf: bytes) -> str:
    pages = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return re.sub(r"\s", "", pages)


def paragraphs(paper: dict[str, object]) -> list[str]:
    clauses = paper["clauses"]
    assert isinstance(clauses, list)
    return [str(paper["preamble"])] + [
        each for clause in clauses for each in (clause["heading"], *clause["paragraphs"])
    ]


def test_every_paragraph_on_paper_stands_in_the_signed_text_in_order(signed: Contract) -> None:
    rest = signed.text or ""
    for paragraph in paragraphs(values(signed, {})):
        _, found, rest = rest.partition(paragraph + "\n")
        assert found, paragraph
    assert not rest.strip(), "the text says more than the paper"


def test_the_paper_prints_every_line_of_the_signed_text(signed: Contract) -> None:
    printed = words(contract_pdf(signed, {}))
    for clause in paragraphs(values(signed, {})):
        if HOSTILE not in clause:
            assert re.sub(r"\s", "", clause) in printed
    for typed in HOSTILE.split():
        assert typed in printed
    assert "root:" not in printed


def test_a_text_that_the_wording_no_longer_gives_is_printed_as_it_was_signed(
    session: Session, signed: Contract
) -> None:
    session.flush()
    signed.seller.address = "后来迁入的地址"
    paper = values(signed, {})
    assert paper["parties"] == []
    assert signed.text is not None
    kept = [line.strip() for line in signed.text.splitlines() if line.strip()]
    assert paper["clauses"] == [{"heading": "合同正文", "paragraphs": kept}]
    printed = words(contract_pdf(signed, {}))
    assert "后来迁入的地址" not in printed
    assert "麓山南路1号" in printed


def test_the_same_contract_gives_the_same_bytes(signed: Contract) -> None:
    assert contract_pdf(signed, {1: "甲"}) == contract_pdf(signed, {1: "甲"})
    assert contract_pdf(signed, {}) != b""


def test_a_draft_is_watermarked_and_a_fixed_text_carries_its_hash(
    session: Session, at: datetime
) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    assert seller.party_id is not None
    assert buyer.party_id is not None
    made = commands.draft(session, seller.party_id, buyer.party_id, make.terms(), by=seller, at=at)
    assert "草稿" in words(contract_pdf(made, {}))
    commands.offer_text(session, made.id, by=seller, at=at)
    printed = words(contract_pdf(made, {}))
    assert "草稿" not in printed
    assert made.text_hash is not None
    assert made.text_hash in printed


def test_signatures_name_the_person_the_party_and_the_instant(signed: Contract) -> None:
    names = {s.user_id: f"签署人{n}" for n, s in enumerate(signed.signatures)}
    printed = words(contract_pdf(signed, names))
    for said in ("签署人0", "签署人1", "2026-03-1010:00:00（北京时间）", "电子签署"):
        assert said in printed
    assert dated(signed) == signed.signed_at


def test_the_paper_of_any_kind_of_payment_can_be_made(session: Session, at: datetime) -> None:
    _, seller = make.party(session, at=at)
    _, buyer = make.party(session, at=at)
    over = make.terms(payment=Payment.ENTRY_ROYALTY, royalty="净销售额的3%")
    assert seller.party_id is not None
    assert buyer.party_id is not None
    made = commands.draft(session, seller.party_id, buyer.party_id, over, by=seller, at=at)
    assert "净销售额的3%" in words(contract_pdf(made, {}))
    bare = replace(over, subject="", starts_on=None, acceptance="")
    commands.save_draft(session, made.id, bare, by=seller, at=at)
    assert words(contract_pdf(made, {}))


def test_the_file_has_a_name_that_says_what_it_is(signed: Contract) -> None:
    assert file_name(signed) == f"技术转让合同_{signed.number}.pdf"


PROSE_FIELDS = (
    *("subject", "rights", "delivery", "acceptance", "secrecy"),
    *("improvements", "liability", "special"),
)


@pytest.mark.parametrize(
    "text",
    ["x" * PROSE["most"], "😀" * PROSE["most"], "一" + "\n" * (PROSE["lines"] - 2) + "二"],
    ids=["unbroken", "unprintable", "all newlines"],
)
def test_the_longest_text_that_a_form_takes_prints_whenever_it_was_fixed(
    session: Session, at: datetime, text: str
) -> None:
    _, seller = make.party(session, at=at, address="麓山南路1号")
    _, buyer = make.party(session, at=at)
    longest: dict[str, Any] = dict.fromkeys(PROSE_FIELDS, text)
    made = make.contract(session, seller, buyer, at=at, kind=Kind.TRF_P, **longest)
    assert len(contract_pdf(made, {})) < 2**22
    made.seller.address = "后来迁入的地址"  # now it is printed from the text as stored
    assert len(contract_pdf(made, {})) < 2**22
