from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from market.contracts.terms import Deduction, DeductionKind, Instalment, Kind, Payment, Terms
from market.contracts.wording import (
    INDENT,
    clauses,
    contract_text,
    in_full,
    preamble,
    rights_text,
    text_hash,
)
from market.kernel.money import Money
from market.listings.sheet import LicenceType, RightFacts, RightKind
from market.payments.royalties import RoyaltyBase
from tests.make import terms, yuan


@dataclass
class Named:
    name: str
    uscc: str | None = "91430104MA00000010"
    address: str = "长沙市岳麓区"
    representative: str = "王建国"


@dataclass
class Written:
    terms: Terms
    number: str = "TC-2026-000001"
    seller: Named = field(default_factory=lambda: Named("湘江研究院"))
    buyer: Named = field(default_factory=lambda: Named("株洲公司"))


def text(**over: object) -> str:
    return contract_text(Written(terms(**over)))


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_the_heads_that_the_law_asks_for(kind: Kind) -> None:
    licence = LicenceType.SOLE if kind.value.startswith("LIC") else None
    said = text(kind=kind, rights="一项权利", licence_type=licence)
    for head in ("标的的内容", "履行的期限", "价款", "验收标准", "保密", "归属", "风险", "违约责任",
                 "争议的解决", "名词和术语的解释", "生效"):  # fmt: skip
        assert head in said


def test_the_text_is_the_same_for_the_same_facts_and_another_for_others() -> None:
    assert text() == text()
    assert len({text_hash(t) for t in (text(), text(title="别的"), text(turnover=yuan(2)))}) == 3


def test_every_clause_stands_in_the_text_word_for_word_and_in_order() -> None:
    written = terms(
        kind=Kind.TRF_P,
        rights="发明专利\n第二行",
        payment=Payment.INSTALMENTS,
        deductions=(Deduction(DeductionKind.PARTS, yuan(5), "轴承"),),
        instalments=(Instalment(date(2026, 6, 1), yuan(1_000_000), "全款"),),
    )
    rest = contract_text(Written(written))
    for line in (
        preamble(written),
        *(p for c in clauses(written) for p in (c.heading, *c.paragraphs)),
    ):
        _, found, rest = rest.partition(line + "\n")
        assert found, line


def test_the_price_stands_in_figures_and_in_capital_numerals() -> None:
    said = text(turnover=yuan(1_200_000), deductions=(Deduction(DeductionKind.OTHER, Money(50)),))
    assert "合同成交总额为人民币1,200,000.00元（大写：壹佰贰拾万元整）" in said
    assert "技术交易额为人民币1,199,999.50元（大写：壹佰壹拾玖万玖仟玖佰玖拾玖元伍角整）" in said
    assert in_full(Money(1_00, "USD")) == "USD 1.00"


def test_a_royalty_says_what_is_known_and_how_the_rest_is_reckoned() -> None:
    said = text(payment=Payment.ENTRY_ROYALTY, royalty="净销售额的3%")
    assert "签订时可以确定的合同金额为人民币1,000,000.00元" in said
    assert "提成的基数、比例和结算：净销售额的3%" in said
    assert "查阅" in said


def test_a_royalty_that_the_market_reckons_says_base_rate_and_period() -> None:
    said = text(
        payment=Payment.ROYALTY,
        royalty_base=RoyaltyBase.SALES,
        royalty_bp=350,
        royalty_months=3,
    )
    assert "提成以产品销售额为基数，提成比例为3.5%。" in said
    assert "每3个月为一期；甲方在每期期满后30日内向乙方申报该期基数及其依据，并支付该期提成" in said
    assert "提成以" not in text(royalty_base=RoyaltyBase.SALES, royalty_bp=350, royalty_months=3)


def test_instalments_are_listed_with_day_and_amount() -> None:
    lines = (
        Instalment(date(2026, 6, 1), yuan(400_000), "签约款"),
        Instalment(date(2026, 12, 31), yuan(600_000)),
    )
    said = text(payment=Payment.INSTALMENTS, instalments=lines)
    assert (
        "第一期：甲方于2026年6月1日前支付人民币400,000.00元（大写：肆拾万元整）（签约款）。" in said
    )
    assert "第二期：甲方于2026年12月31日前支付人民币600,000.00元（大写：陆拾万元整）。" in said


def test_what_the_parties_say_takes_the_place_of_the_rule_of_the_code() -> None:
    assert "民法典第五百七十七条" in text()
    own = text(liability="按日万分之五支付违约金。")
    assert "民法典第五百七十七条" not in own
    assert "按日万分之五支付违约金。" in own


def test_no_typed_line_can_pass_itself_off_as_a_heading() -> None:
    forged = "第九条　伪造\n\u3000\u3000\n   甲方（委托人）：伪造\r\n第十条　再伪造"
    said = text(subject=forged, title="名称\n第一条　伪造", acceptance=forged)
    lines = said.splitlines()
    assert INDENT + "第九条　伪造" in lines
    assert not [line for line in lines if "伪造" in line and line.startswith(("第", "甲"))]


def test_a_note_or_a_name_with_line_ends_stays_on_its_line() -> None:
    note = (Deduction(DeductionKind.OTHER, yuan(1), "注\n第九条　伪造"),)
    written = Written(
        terms(deductions=note), seller=Named("名\n第九条　伪造", address="址\n第九条")
    )
    assert "\n第九条　伪造" not in contract_text(written)
    assert "\n第九条\n" not in contract_text(written)


@pytest.mark.parametrize(
    "typed",
    ["<script>alert(1)</script>", "{{7*7}}", "${7*7}", "%s%n", "' OR 1=1--", '#read("x")', "𠀀"],
)
def test_what_looks_like_code_is_only_text(typed: str) -> None:
    assert typed in text(subject=typed)
    assert typed in text(title=typed)


def test_each_right_is_stated_with_all_that_registration_asks() -> None:
    rights = [
        RightFacts(RightKind.INVENTION, "正极材料", "202010000001.X", "CN111A", date(2020, 5, 6)),
        RightFacts(RightKind.APPLICATION, "负极材料", "202110000002.1", None, date(2021, 1, 2)),
        RightFacts(RightKind.SECRET, "烧结工艺"),
    ]
    patent, applied, secret = rights_text(rights, ["湘江研究院", "李四"]).splitlines()
    assert patent == (
        "发明专利“正极材料”；专利权人：湘江研究院、李四；申请日：2020年5月6日；申请号：202010000001.X；"
        "专利号：ZL202010000001.X；公开（公告）号：CN111A；专利权有效期限至2040年5月6日的前一日。"
    )
    assert "专利申请人：湘江研究院、李四" in applied
    assert "专利号" not in applied
    assert secret == "技术秘密“烧结工艺”；权利人：湘江研究院、李四。"


def test_only_an_assignment_of_patents_waits_for_recordal() -> None:
    assert "权利的转移自登记之日起生效" in text(kind=Kind.TRF_P, rights="x")
    assert "自登记之日起生效" not in text(kind=Kind.TRF_S, rights="x")


def test_a_person_without_a_code_is_named_without_one() -> None:
    written = Written(terms(), seller=Named("张三", uscc=None, address="", representative=""))
    assert contract_text(written).count("统一社会信用代码") == 1


def test_a_draft_that_deducts_too_much_says_so_plainly() -> None:
    too_much = replace(terms(), deductions=(Deduction(DeductionKind.OTHER, yuan(1_000_001)),))
    assert "技术交易额为负人民币1.00元" in contract_text(Written(too_much))
