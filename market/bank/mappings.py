"""Mappings: which column of a bank's export is what. Data; a bank of its own is one row more.

A column is found by any of its names, whatever its case, its width or the unit in brackets behind
it. Columns that a mapping does not name are let be.
"""

import re
from collections.abc import Mapping as Names
from collections.abc import Sequence
from dataclasses import dataclass

from market.kernel.text import folded
from market.kernel.words import N_, Labelled


class Part(Labelled):
    """What a column tells."""

    DAY = "day", N_("Day")
    CREDIT = "credit", N_("Money in")
    DEBIT = "debit", N_("Money out")
    AMOUNT = "amount", N_("Amount")
    SIDE = "side", N_("In or out")
    NAME = "name", N_("Counterparty")
    ACCOUNT = "account", N_("Account of the counterparty")
    WORDS = "words", N_("Words beside the payment")
    REF = "ref", N_("Number at the bank")
    BALANCE = "balance", N_("Balance")
    CURRENCY = "currency", N_("Currency")
    OWN = "own", N_("Own account")


@dataclass(frozen=True)
class Mapping:
    """A kind of export: the names that its columns may have, and which of them must be there."""

    name: str
    label: str
    columns: Names[Part, Sequence[str]]
    must: frozenset[Part]

    def fitted(self, header: Sequence[str]) -> dict[Part, list[int]] | None:
        """Where each part stands in this header, best name first; None where one is missing."""
        names = [plain_name(each) for each in header]
        found = {
            part: [names.index(plain_name(each)) for each in known if plain_name(each) in names]
            for part, known in self.columns.items()
        }
        places = {part: at for part, at in found.items() if at}
        return places if self.must <= places.keys() else None


_IN_BRACKETS = re.compile(r"[(\[【].*?[)\]】]|/元$")


def plain_name(name: str) -> str:
    """A column's name without what varies between exports of one bank."""
    return _IN_BRACKETS.sub("", folded(name)).strip(" :*")


_ZH: dict[Part, Sequence[str]] = {
    Part.DAY: (
        *("交易日期", "记账日期", "入账日期", "交易日", "记账日", "日期"),
        *("交易时间", "记账时间", "入账时间"),
    ),
    Part.NAME: (
        *("对方户名", "对方名称", "对方账户名称", "对方单位名称", "对方单位", "对手户名"),
        *("对手名称", "交易对方", "交易对手", "付款人名称", "收付款人名称", "付款方户名"),
    ),
    Part.ACCOUNT: (
        *("对方账号", "对方帐号", "对方账户", "对方卡号", "对手账号", "对手账户"),
        *("付款人账号", "收付款人账号", "付款方账号"),
    ),
    Part.WORDS: ("附言", "交易附言", "客户附言", "付款附言", "用途", "摘要", "备注"),
    Part.REF: ("交易流水号", "流水号", "银行流水号", "核心流水号", "交易序号"),
    Part.BALANCE: ("余额", "账户余额", "交易后余额", "本次余额"),
    Part.CURRENCY: ("币种", "交易币种"),
    Part.OWN: ("本方账号", "本方帐号", "我方账号", "账号"),
}
_EN: dict[Part, Sequence[str]] = {
    Part.DAY: ("booking date", "transaction date", "posting date", "date"),
    Part.NAME: ("counterparty", "counterparty name", "payer", "payer name", "name"),
    Part.ACCOUNT: ("counterparty account", "payer account", "account of counterparty"),
    Part.WORDS: (
        *("remittance information", "payment details", "reference", "description"),
        *("details", "narrative", "memo"),
    ),
    Part.REF: ("transaction id", "bank reference", "transaction reference", "serial number"),
    Part.BALANCE: ("balance", "running balance"),
    Part.CURRENCY: ("currency",),
    Part.OWN: ("own account", "account", "account number"),
}
_TWO = frozenset({Part.DAY, Part.CREDIT, Part.DEBIT, Part.NAME})
_ONE = frozenset({Part.DAY, Part.AMOUNT, Part.NAME})

MAPPINGS = (
    Mapping(
        "zh-in-out",
        N_("Chinese, money in and money out in two columns"),
        _ZH
        | {
            Part.CREDIT: (
                *("贷方发生额", "贷方金额", "贷方", "收入金额", "收入", "存入金额", "转入金额"),
            ),
            Part.DEBIT: (
                *("借方发生额", "借方金额", "借方", "支出金额", "支出", "支取金额", "转出金额"),
            ),
        },
        _TWO,
    ),
    Mapping(
        "zh-amount",
        N_("Chinese, one amount and which way it went"),
        _ZH
        | {
            Part.AMOUNT: ("交易金额", "发生额", "金额"),
            Part.SIDE: (
                *("借贷标志", "借贷标识", "借贷方向", "借贷", "借/贷", "收支标志", "收支方向"),
                *("收支类型", "收支", "收/支"),
            ),
        },
        _ONE | {Part.SIDE},
    ),
    Mapping(
        "en-in-out",
        N_("English, money in and money out in two columns"),
        _EN
        | {
            Part.CREDIT: ("credit", "credit amount", "money in", "paid in"),
            Part.DEBIT: ("debit", "debit amount", "money out", "paid out"),
        },
        _TWO,
    ),
    Mapping(
        "en-amount",
        N_("English, one amount, below zero where it went out"),
        _EN
        | {Part.AMOUNT: ("amount",), Part.SIDE: ("credit/debit", "debit/credit", "dr/cr", "cr/dr")},
        _ONE,
    ),
)

CAME = frozenset({"贷", "贷方", "收", "收入", "转入", "来账", "c", "cr", "crdt", "credit", "in"})
WENT = frozenset({"借", "借方", "支", "支出", "转出", "往账", "d", "dr", "dbit", "debit", "out"})
CURRENCIES = {"人民币": "CNY", "人民币元": "CNY", "rmb": "CNY", "156": "CNY", "01": "CNY"}
