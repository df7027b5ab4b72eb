"""A contract on paper: the values that its Typst template prints, and the PDF.

What both sides sign is ``contract.text``. Paper prints those words: set into clauses where today's
wording gives exactly the stored text again, line by line as stored where it does not (a party
moved, or a later release words a clause anew). Nothing is parsed, and the two cannot drift apart.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from market.contracts.models import Contract, Signature
from market.contracts.rules import Side
from market.contracts.wording import (
    DEDUCTIONS,
    FINE_KINDS,
    PAYMENTS,
    chinese_day,
    clauses,
    contract_text,
    in_full,
    preamble,
    roles,
    title,
)
from market.kernel.clock import MARKET_ZONE
from market.kernel.documents import document
from market.parties.models import Party

TEMPLATE = Path(__file__).parent / "templates" / "contracts" / "contract.typ"
MANNER = "电子签署：登录后输入密码确认"
FIXED_NOTE = "本页所印正文即双方签署的全文；签署以全文的SHA-256摘要为准。"
DRAFT_NOTE = "草稿：正文尚未确定，不作签署之用。"


def contract_pdf(contract: Contract, names: Mapping[int, str]) -> bytes:
    """The contract as PDF, a draft watermarked; ``names`` are those of the people who signed."""
    return document(TEMPLATE, values(contract, names), dated=dated(contract))


def dated(contract: Contract) -> datetime:
    """The instant of the latest fact on the paper: its last signature, or its drafting."""
    return max([contract.drafted_at, *(s.signed_at for s in contract.signatures)])


def file_name(contract: Contract) -> str:
    """What the file is called when it is kept."""
    return f"{title(contract.terms)}_{contract.number}.pdf"


def values(contract: Contract, names: Mapping[int, str]) -> dict[str, object]:
    """All that the template reads, in JSON types."""
    terms, fixed = contract.terms, contract.text is not None
    return {
        "title": title(terms),
        "kind": FINE_KINDS[terms.kind],
        "number": contract.number,
        "language": "zh",
        "draft": not fixed,
        "text_hash": contract.text_hash or "",
        "hash_note": FIXED_NOTE if fixed else DRAFT_NOTE,
        "signatures": _signatures(contract, names),
        **_body(contract),
    }


def _body(contract: Contract) -> dict[str, object]:
    if contract.text is not None and contract.text != contract_text(contract):
        lines = [line.strip() for line in contract.text.splitlines() if line.strip()]
        stored = [{"heading": "合同正文", "paragraphs": lines}]
        return {"parties": [], "summary": [], "preamble": "", "clauses": stored, "deductions": []}
    terms = contract.terms
    buyer, seller = roles(terms)
    concluded = contract.signed_at is not None
    return {
        "parties": [
            _party(f"甲方（{buyer}）", contract.buyer, told=concluded),
            _party(f"乙方（{seller}）", contract.seller, told=concluded),
        ],
        "summary": _summary(contract),
        "preamble": preamble(terms),
        "clauses": [
            {"heading": clause.heading, "paragraphs": list(clause.paragraphs)}
            for clause in clauses(terms)
        ],
        "deductions": [[DEDUCTIONS[d.kind], in_full(d.amount)] for d in terms.deductions],
    }


def _party(side: str, party: Party, *, told: bool) -> dict[str, str]:
    """A party's lines; who answers its telephone is told once both sides have signed."""
    return {
        "side": side,
        "name": party.name,
        "uscc": party.uscc or "",
        "address": party.address,
        "representative": party.representative,
        "contact": " ".join(filter(None, (party.contact, party.phone))) if told else "",
    }


def _summary(contract: Contract) -> list[list[str]]:
    terms = contract.terms
    rows = [
        ["项目名称", terms.title],
        ["合同成交总额", in_full(terms.turnover)],
        ["支付方式", PAYMENTS[terms.payment]],
    ]
    if terms.technology_value.minor >= 0:
        rows.insert(2, ["技术交易额", in_full(terms.technology_value)])
    if terms.starts_on and terms.ends_on:
        rows.append(["履行期限", f"{chinese_day(terms.starts_on)}至{chinese_day(terms.ends_on)}"])
    return rows


def _signatures(contract: Contract, names: Mapping[int, str]) -> list[dict[str, str]]:
    given = {s.side: s for s in contract.signatures}
    buyer, seller = roles(contract.terms)
    return [
        _signature(f"甲方（{buyer}）", contract.buyer, given.get(Side.BUYER), names),
        _signature(f"乙方（{seller}）", contract.seller, given.get(Side.SELLER), names),
    ]


def _signature(
    side: str, party: Party, signature: Signature | None, names: Mapping[int, str]
) -> dict[str, str]:
    made = {"side": side, "name": party.name, "signed_by": "", "signed_at": "", "manner": ""}
    if signature is not None:
        local = signature.signed_at.astimezone(MARKET_ZONE)
        made["signed_by"] = names.get(signature.user_id, "")
        made["signed_at"] = f"{local:%Y-%m-%d %H:%M:%S}（北京时间）"
        made["manner"] = MANNER
    return made
