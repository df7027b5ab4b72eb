"""Statement files as banks send them, written out for tests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ACCOUNT = "43001500061050001234"

ZH_HEAD = "交易日期,收入金额,支出金额,余额,对方户名,对方账号,摘要,附言,交易流水号"
ZH = (
    ZH_HEAD,
    '20261102,"1,200,000.00",,1200000.00,湘江材料有限公司,6222020200012345678,转账,JS0000000193,L1',
    "20261103 10:22:33,500.00,,1200500.00,张三,6222020200099999999,转账,货款,L2",
    "2026/11/4,,80.5,1200419.50,某银行,,手续费,,L3",
)
EN = (
    "Date,Amount,Counterparty,Counterparty account,Reference",
    "2026-11-02,500.00,Alpha Ltd,GB82WEST12345698765432,js 0000 0001 93",
    "2026-11-02,500.00,Alpha Ltd,GB82WEST12345698765432,js 0000 0001 93",
    "2026-11-03,-80.50,Bank,,charges",
)


def text(rows: Iterable[str]) -> str:
    """Rows as a file."""
    return "\r\n".join([*rows, ""])


@dataclass(frozen=True)
class Part:
    """One transaction inside an entry of camt.053."""

    amount: str = ""
    words: str = ""
    end_to_end: str = "NOTPROVIDED"
    ref: str = ""
    name: str = "湘江材料有限公司"
    number: str = "6222020200012345678"
    strd: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry of camt.053."""

    amount: str
    side: str = "CRDT"
    status: str = "BOOK"
    ref: str = "R1"
    day: str = "<Dt>2026-11-02</Dt>"
    reversal: bool = False
    currency: str = "CNY"
    parts: tuple[Part, ...] = field(default_factory=lambda: (Part(),))


def _entry(entry: Entry, version: int) -> str:
    new = version >= 7
    status = f"<Sts><Cd>{entry.status}</Cd></Sts>" if new else f"<Sts>{entry.status}</Sts>"
    reversal = "<RvslInd>true</RvslInd>" if entry.reversal else ""
    ref = f"<AcctSvcrRef>{entry.ref}</AcctSvcrRef>" if entry.ref else ""
    details = "".join(_part(part, entry, version) for part in entry.parts)
    return (
        f'<Ntry><Amt Ccy="{entry.currency}">{entry.amount}</Amt><CdtDbtInd>{entry.side}</CdtDbtInd>'
        f"{reversal}{status}<BookgDt>{entry.day}</BookgDt>{ref}"
        f"<BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _part(part: Part, entry: Entry, version: int) -> str:
    role = "Dbtr" if (entry.side == "CRDT") is not entry.reversal else "Cdtr"
    name = f"<Nm>{part.name}</Nm>"
    party = f"<Pty>{name}</Pty>" if version >= 7 else name
    amount, own = "", ""
    if 3 <= version <= 6 or (part.amount and version > 6):
        told = part.amount or entry.amount
        own = f'<Amt Ccy="{entry.currency}">{told}</Amt><CdtDbtInd>{entry.side}</CdtDbtInd>'
    elif part.amount:
        inner = f'<TxAmt><Amt Ccy="{entry.currency}">{part.amount}</Amt></TxAmt>'
        amount = f"<AmtDtls>{inner}</AmtDtls>"
    ref = f"<AcctSvcrRef>{part.ref}</AcctSvcrRef>" if part.ref else ""
    structured = f"<Strd><CdtrRefInf><Ref>{part.strd}</Ref></CdtrRefInf></Strd>"
    words = f"<Ustrd>{part.words}</Ustrd>" if part.words else ""
    number = f"<{role}Acct><Id><Othr><Id>{part.number}</Id></Othr></Id></{role}Acct>"
    return (
        f"<TxDtls><Refs>{ref}<EndToEndId>{part.end_to_end}</EndToEndId></Refs>{own}{amount}"
        f"<RltdPties><{role}>{party}</{role}>{number}</RltdPties>"
        f"<RmtInf>{words}{structured if part.strd else ''}</RmtInf></TxDtls>"
    )


def _balance(code: str, amount: str) -> str:
    side = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{amount.lstrip("-")}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        "<Dt><Dt>2026-11-02</Dt></Dt></Bal>"
    )


def camt(
    entries: Iterable[Entry],
    *,
    version: int = 8,
    balances: Mapping[str, str] | None = None,
    account: str = ACCOUNT,
    head: str = "",
) -> bytes:
    """A statement camt.053 of this version; without balances it has the two that prove nothing."""
    told = balances if balances is not None else {"OPAV": "0.00"}
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<Document xmlns="{space}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-03T01:00:00+08:00</CreDtTm></GrpHdr>"
        "<Stmt><Id>S1</Id><CreDtTm>2026-11-03T01:00:00+08:00</CreDtTm>"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
        + "".join(_balance(code, amount) for code, amount in told.items())
        + "".join(_entry(entry, version) for entry in entries)
        + "</Stmt></BkToCstmrStmt></Document>"
    ).encode()
