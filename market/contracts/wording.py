"""The words of a contract: its facts set into clauses, the same facts always the same text.

The text is Chinese, as registration requires (REG-12); it is what both parties sign, by its hash.
Wording is our own, after the heads that 民法典 845 asks a technology contract to have.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from market.contracts.rules import Kind5, Payment, Terms
from market.kernel.money import Money, format_money
from market.listings.rules import LicenceType

KINDS = {
    Kind5.DEVELOPMENT: ("技术开发合同", "委托人", "研究开发人"),
    Kind5.TRANSFER: ("技术转让合同", "受让人", "让与人"),
    Kind5.LICENCE: ("技术许可合同", "被许可人", "许可人"),
    Kind5.CONSULTING: ("技术咨询合同", "委托人", "受托人"),
    Kind5.SERVICE: ("技术服务合同", "委托人", "受托人"),
}
LICENCES = {
    LicenceType.EXCLUSIVE: "独占实施许可：许可期内，包括许可人在内，除被许可人外任何人不得实施",
    LicenceType.SOLE: "排他实施许可：许可期内，除许可人自己和被许可人外任何人不得实施",
    LicenceType.ORDINARY: "普通实施许可：许可人可以自己实施，也可以再许可他人实施",
}
NUMERALS = "零一二三四五六七八九十"


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
    """The clauses in their order, numbered."""
    heads = [
        ("项目内容", _lines(terms.subject)),
        ("技术权属与授权", _rights(terms)),
        ("价款与支付方式", _price(terms)),
        ("履行期限、地点和方式", _performance(terms)),
        ("验收标准和方法", _lines(terms.acceptance)),
        ("保密义务", _lines(terms.secrecy) or _DEFAULT_SECRECY),
        ("后续改进成果的归属", _lines(terms.improvements) or _DEFAULT_IMPROVEMENTS),
        ("违约责任", _lines(terms.liability) or _DEFAULT_LIABILITY),
        ("争议解决", _DISPUTES),
        ("其他约定", _lines(terms.special)),
        ("生效", _effect(terms)),
    ]
    kept = [(head, paragraphs) for head, paragraphs in heads if paragraphs]
    return [
        Clause(f"第{_numeral(n)}条　{head}", paragraphs)
        for n, (head, paragraphs) in enumerate(kept, start=1)
    ]


def contract_text(contract: Facts) -> str:
    """The whole text, plain and in one piece: what is hashed, shown, printed and signed."""
    terms = contract.terms
    buyer, seller = roles(terms)
    lines = [f"{title(terms)}　{contract.number}", f"项目名称：{terms.title}", ""]
    for letter, role, party in (("甲", buyer, contract.buyer), ("乙", seller, contract.seller)):
        lines.append(f"{letter}方（{role}）：{party.name}")
        if party.uscc:
            lines.append(f"统一社会信用代码：{party.uscc}")
        if party.representative:
            lines.append(f"法定代表人：{party.representative}")
        if party.address:
            lines.append(f"地址：{party.address}")
    for clause in clauses(terms):
        lines += ["", clause.heading, *clause.paragraphs]
    return "\n".join(lines) + "\n"


def text_hash(text: str) -> str:
    """SHA-256 of the text in UTF-8: the thing that a signature names."""
    return hashlib.sha256(text.encode()).hexdigest()


_DEFAULT_SECRECY = (
    "双方对在订立和履行本合同过程中知悉的对方技术秘密和商业秘密负有保密义务，"
    "未经对方书面同意不得向第三人披露，不得用于本合同以外的目的。",
)
_DEFAULT_IMPROVEMENTS = (
    "一方在合同约定技术基础上完成的后续改进成果归完成方所有，另一方无权分享（民法典第八百七十五条）。",
)
_DEFAULT_LIABILITY = (
    "任何一方不履行合同义务或者履行不符合约定的，应当承担继续履行、采取补救措施或者赔偿损失等违约责任。",
)
_DISPUTES = (
    "因本合同发生的争议由双方协商解决；协商不成的，任何一方可以向合同履行地有管辖权的人民法院起诉。",
)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _rights(terms: Terms) -> tuple[str, ...]:
    said = list(_lines(terms.rights))
    if terms.licence_type is not None:
        said.append(f"许可方式为{LICENCES[terms.licence_type]}。")
    if terms.kind.needs_recordal:
        said.append("专利权（专利申请权）的转让自国务院专利行政部门登记之日起生效。")
    return tuple(said)


def _price(terms: Terms) -> tuple[str, ...]:
    total, value = (_yuan(m) for m in (terms.turnover, terms.technology_value))
    known = "合同成交总额" if terms.payment.fixed else "签订时可确定的合同金额"
    said = [f"{known}为人民币{total}，其中技术交易额{value}。"]
    said += [
        f"非技术性费用：{_DEDUCTIONS[d.kind.value]}{_yuan(d.amount)}"
        + (f"（{d.note}）" if d.note else "")
        + "。"
        for d in terms.deductions
    ]
    said.append(f"支付方式：{_PAYMENTS[terms.payment]}。")
    said += [
        f"第{_numeral(n)}期：{i.due_on.isoformat()}前支付{_yuan(i.amount)}"
        + (f"（{i.note}）" if i.note else "")
        + "。"
        for n, i in enumerate(terms.instalments, start=1)
    ]
    said += _lines(terms.royalty)
    return tuple(said)


_DEDUCTIONS = {
    "equipment": "设备",
    "instruments": "仪器",
    "parts": "零部件",
    "materials": "原材料",
    "other": "其他",
}
_PAYMENTS = {
    Payment.ONCE: "一次总算、一次总付",
    Payment.INSTALMENTS: "一次总算、分期支付",
    Payment.ROYALTY: "提成支付",
    Payment.ENTRY_ROYALTY: "提成支付附加预付入门费",
}


def _yuan(money: Money) -> str:
    return format_money(money, "zh").removeprefix("¥") + "元"


def _performance(terms: Terms) -> tuple[str, ...]:
    said = []
    if terms.starts_on and terms.ends_on:
        said.append(f"履行期限自{terms.starts_on.isoformat()}至{terms.ends_on.isoformat()}。")
    return (*said, *_lines(terms.delivery))


def _effect(terms: Terms) -> tuple[str, ...]:
    said = "本合同自双方签署之日起成立并生效"
    if terms.kind.needs_recordal:
        said += "；权利的转移自登记之日起生效"
    return (f"{said}。双方以电子方式签署本合同全文，签署以全文的SHA-256摘要为准。",)


def _numeral(n: int) -> str:
    ten = 10
    if n <= ten:
        return NUMERALS[n]
    tens, ones = divmod(n, ten)
    return ("" if tens == 1 else NUMERALS[tens]) + "十" + (NUMERALS[ones] if ones else "")
