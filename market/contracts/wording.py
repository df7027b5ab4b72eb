"""The words of a contract: its facts set into clauses, the same facts always the same text.

The text is Chinese, as registration requires (REG-12); it is what both parties sign, by its hash.
Wording is our own, after the heads that 民法典 845 asks a technology contract to have; where the
parties said nothing, the rule of the Civil Code is written out, so that nobody has to look it up.

Headings stand at the beginning of a line and every paragraph is set in by two characters, so that
no paragraph a party typed can pass itself off as a heading of the contract.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from market.contracts.defaults import (
    CHANGES,
    DELIVERIES,
    DISPUTES,
    IMPROVEMENTS,
    LIABILITY,
    RISKS,
    SECRECY,
    TERMS_USED,
)
from market.contracts.terms import (
    ROYALTY_DAYS,
    DeductionKind,
    Instalment,
    Kind,
    Kind5,
    Payment,
    Terms,
)
from market.kernel.money import Money, format_bp, plain
from market.kernel.numerals import capital_yuan, ordinal
from market.listings.identifiers import PatentKind, term_ends
from market.listings.sheet import NUMBERED, PATENTS, LicenceType, RightFacts, RightKind
from market.payments.royalties import RoyaltyBase

KINDS = {
    Kind5.DEVELOPMENT: ("技术开发合同", "委托人", "研究开发人"),
    Kind5.TRANSFER: ("技术转让合同", "受让人", "让与人"),
    Kind5.LICENCE: ("技术许可合同", "被许可人", "许可人"),
    Kind5.CONSULTING: ("技术咨询合同", "委托人", "受托人"),
    Kind5.SERVICE: ("技术服务合同", "委托人", "受托人"),
}
FINE_KINDS = {
    Kind.DEV_C: "委托开发合同",
    Kind.DEV_J: "合作开发合同",
    Kind.DEV_V: "技术转化合同",
    Kind.TRF_P: "专利权转让合同",
    Kind.TRF_A: "专利申请权转让合同",
    Kind.TRF_S: "技术秘密转让合同",
    Kind.TRF_O: "其他技术转让合同",
    Kind.LIC_P: "专利实施许可合同",
    Kind.LIC_S: "技术秘密使用许可合同",
    Kind.LIC_O: "其他技术许可合同",
    Kind.CON: "技术咨询合同",
    Kind.SRV_G: "一般技术服务合同",
    Kind.SRV_T: "技术培训合同",
    Kind.SRV_I: "技术中介合同",
}
LICENCES = {
    LicenceType.EXCLUSIVE: "独占实施许可：许可期内，包括许可人在内，除被许可人外任何人不得实施",
    LicenceType.SOLE: "排他实施许可：许可期内，除许可人自己和被许可人外任何人不得实施",
    LicenceType.ORDINARY: "普通实施许可：许可人可以自己实施，也可以再许可他人实施",
}
RIGHTS = {
    RightKind.INVENTION: "发明专利",
    RightKind.UTILITY_MODEL: "实用新型专利",
    RightKind.DESIGN: "外观设计专利",
    RightKind.APPLICATION: "专利申请权",
    RightKind.FOREIGN_PATENT: "境外专利或专利申请",
    RightKind.SECRET: "技术秘密",
    RightKind.SOFTWARE: "计算机软件著作权",
    RightKind.IC_LAYOUT: "集成电路布图设计专有权",
    RightKind.PLANT_VARIETY: "植物新品种权",
}
DEDUCTIONS = {
    DeductionKind.EQUIPMENT: "设备",
    DeductionKind.INSTRUMENTS: "仪器",
    DeductionKind.PARTS: "零部件",
    DeductionKind.MATERIALS: "原材料",
    DeductionKind.OTHER: "其他非技术性费用",
}
PAYMENTS = {
    Payment.ONCE: "一次总算、一次总付",
    Payment.INSTALMENTS: "一次总算、分期支付",
    Payment.ROYALTY: "提成支付",
    Payment.ENTRY_ROYALTY: "提成支付附加预付入门费",
}
BASES = {
    RoyaltyBase.PRODUCT_PRICE: "产品价格",
    RoyaltyBase.ADDED_VALUE: "新增产值",
    RoyaltyBase.PROFIT: "利润",
    RoyaltyBase.SALES: "产品销售额",
}
INDENT = "　　"


class Side(Protocol):
    """A party as the text names it."""

    name: str
    uscc: str | None
    address: str
    representative: str


class Facts(Protocol):
    """A contract as the text needs it."""

    @property
    def terms(self) -> Terms: ...  # noqa: D102
    @property
    def number(self) -> str: ...  # noqa: D102
    @property
    def seller(self) -> Side: ...  # noqa: D102
    @property
    def buyer(self) -> Side: ...  # noqa: D102


@dataclass(frozen=True)
class Clause:
    """A heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


def title(terms: Terms) -> str:
    """The name of the contract, by its kind."""
    return KINDS[terms.kind.kind5][0]


def roles(terms: Terms) -> tuple[str, str]:
    """What buyer and seller are called in a contract of this kind."""
    _, buyer, seller = KINDS[terms.kind.kind5]
    return buyer, seller


def clauses(terms: Terms) -> list[Clause]:
    """The clauses in their order, numbered (the heads of 民法典 845)."""
    kind = terms.kind.kind5
    heads = [
        ("标的的内容、范围和要求", _lines(terms.subject)),
        ("技术权属与授权", _rights(terms)),
        ("履行的期限、地点和方式", _performance(terms)),
        ("价款及其支付", _price(terms)),
        ("验收标准和方法", _lines(terms.acceptance)),
        ("技术信息和资料的保密", _lines(terms.secrecy) or SECRECY),
        ("技术成果的归属和后续改进", _lines(terms.improvements) or IMPROVEMENTS[kind]),
        ("风险的承担和技术保证", RISKS[kind]),
        ("违约责任", _lines(terms.liability) or LIABILITY),
        ("合同的变更和解除", CHANGES),
        ("争议的解决", DISPUTES),
        ("名词和术语的解释", TERMS_USED),
        ("其他约定", _lines(terms.special)),
        ("生效", _effect(terms)),
    ]
    kept = [(head, paragraphs) for head, paragraphs in heads if paragraphs]
    return [
        Clause(f"第{ordinal(n)}条　{head}", paragraphs)
        for n, (head, paragraphs) in enumerate(kept, start=1)
    ]


def contract_text(contract: Facts) -> str:
    """The whole text, plain and in one piece: what is hashed, shown, printed and signed."""
    terms = contract.terms
    buyer, seller = roles(terms)
    lines = [title(terms), f"合同编号：{contract.number}", f"项目名称：{_flat(terms.title)}"]
    for letter, role, party in (("甲", buyer, contract.buyer), ("乙", seller, contract.seller)):
        lines += ["", f"{letter}方（{role}）：{_flat(party.name)}"]
        if party.uscc:
            lines.append(f"统一社会信用代码：{party.uscc}")
        if party.representative:
            lines.append(f"法定代表人：{_flat(party.representative)}")
        if party.address:
            lines.append(f"住所：{_flat(party.address)}")
    lines += ["", INDENT + preamble(terms)]
    for clause in clauses(terms):
        lines += ["", clause.heading, *(INDENT + each for each in clause.paragraphs)]
    return "\n".join(lines) + "\n"


def preamble(terms: Terms) -> str:
    """The sentence before the clauses: who contracts on what, by which law."""
    return (
        f"甲乙双方依照《中华人民共和国民法典》，就“{_flat(terms.title)}”"
        f"（{FINE_KINDS[terms.kind]}）经协商一致，订立本合同。"
    )


def text_hash(text: str) -> str:
    """SHA-256 of the text in UTF-8: the thing that a signature names."""
    return hashlib.sha256(text.encode()).hexdigest()


def rights_text(rights: Iterable[RightFacts], owners: Iterable[str]) -> str:
    """Each right with its name, owners, filing day, number and term (民法典 845, REG-14)."""
    held = "、".join(_flat(owner) for owner in owners)
    return "\n".join(f"{_right(right, held)}。" for right in rights)


def _right(right: RightFacts, owners: str) -> str:
    said = [f"{RIGHTS[right.kind]}“{_flat(right.title)}”"]
    if owners:
        said.append(f"{_owner(right.kind)}：{owners}")
    if right.filed_on is not None:
        said.append(f"申请日：{chinese_day(right.filed_on)}")
    if right.number:
        said.append(f"申请号：{right.number}" if right.kind in NUMBERED else right.number)
    if right.kind in PATENTS and right.number:
        said.append(f"专利号：ZL{right.number}")
    if right.publication_number:
        said.append(f"公开（公告）号：{right.publication_number}")
    if right.kind in PATENTS and right.filed_on is not None:
        ends = term_ends(PatentKind.of(right.kind.value), right.filed_on)
        said.append(f"专利权有效期限至{chinese_day(ends)}的前一日")
    return "；".join(said)


def _owner(kind: RightKind) -> str:
    if kind is RightKind.APPLICATION:
        return "专利申请人"
    return "专利权人" if kind in PATENTS else "权利人"


def chinese_day(on: date) -> str:
    """A day as contracts write it: 2026年3月1日."""
    return f"{on.year}年{on.month}月{on.day}日"


def in_full(money: Money) -> str:
    """An amount in figures and, for yuan, in capital numerals."""
    whole, point, cents = plain(money).partition(".")
    figures = f"{int(whole):,}{point}{cents}"
    if money.currency != "CNY":
        return f"{money.currency} {figures}"
    return f"人民币{figures}元（大写：{capital_yuan(money.minor)}）"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _rights(terms: Terms) -> tuple[str, ...]:
    said = list(_lines(terms.rights))
    if terms.licence_type is not None:
        said.append(f"许可方式为{LICENCES[terms.licence_type]}。")
    if terms.kind is Kind.LIC_P:
        said.append("本合同仅在专利权的存续期限内有效（民法典第八百六十五条）。")
    if terms.kind.needs_recordal:
        said.append(
            "双方应当自本合同成立之日起三十日内共同向国务院专利行政部门办理登记；"
            "专利权（专利申请权）的转让自登记之日起生效。"
        )
    return tuple(said)


def _price(terms: Terms) -> tuple[str, ...]:
    known = "合同成交总额" if terms.payment.fixed else "签订时可以确定的合同金额"
    said = [f"{known}为{in_full(terms.turnover)}。"]
    for line in terms.deductions:
        note = f"（{_flat(line.note)}）" if line.note else ""
        said.append(f"其中非技术性费用：{DEDUCTIONS[line.kind]}{note}，{in_full(line.amount)}。")
    said.append(f"扣除非技术性费用后的技术交易额为{_signed(terms.technology_value)}。")
    said.append(f"支付方式：{PAYMENTS[terms.payment]}。")
    said += [_instalment(n, line) for n, line in enumerate(terms.instalments, start=1)]
    if not terms.payment.fixed:
        said += _reckoned(terms)
        said += [f"提成的基数、比例和结算：{line}" for line in _lines(terms.royalty)]
        said.append("乙方有权查阅与提成计算有关的会计账目（民法典第八百四十六条）。")
    return tuple(said)


def _reckoned(terms: Terms) -> list[str]:
    royalty = terms.reckoning
    if royalty is None:
        return []
    return [
        f"提成以{BASES[royalty.base]}为基数，提成比例为{format_bp(royalty.rate_bp)}%。",
        f"自履行期限的第一日起每{royalty.every_months}个月为一期；甲方在每期期满后{ROYALTY_DAYS}日内"
        "向乙方申报该期基数及其依据，并支付该期提成。",
    ]


def _instalment(n: int, line: Instalment) -> str:
    note = f"（{_flat(line.note)}）" if line.note else ""
    return f"第{ordinal(n)}期：甲方于{chinese_day(line.due_on)}前支付{in_full(line.amount)}{note}。"


def _signed(money: Money) -> str:
    """In full; a draft whose deductions exceed its total shows the negative figure plainly."""
    return in_full(money) if money.minor >= 0 else f"负{in_full(-money)}"


def _performance(terms: Terms) -> tuple[str, ...]:
    said = []
    if terms.starts_on and terms.ends_on:
        said.append(f"履行期限自{chinese_day(terms.starts_on)}起至{chinese_day(terms.ends_on)}止。")
    return (*said, *(_lines(terms.delivery) or DELIVERIES[terms.kind.kind5]))


def _effect(terms: Terms) -> tuple[str, ...]:
    said = "本合同自双方签署之日起成立并生效"
    if terms.kind.needs_recordal:
        said += "；权利的转移自登记之日起生效"
    return (
        f"{said}。",
        "双方在技术市场平台上以电子方式签署本合同全文，双方各自的签署以全文的SHA-256摘要为准；"
        "甲乙双方各保存一份，内容相同。",
    )
