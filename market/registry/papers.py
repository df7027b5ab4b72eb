"""The certificate of registration (技术合同登记证明): an application's facts as a PDF."""

from datetime import date
from functools import cache
from pathlib import Path

from babel.support import Translations
from sqlalchemy.orm import Session

from market.accounts.queries import user_names
from market.contracts.wording import roles, title
from market.kernel.clock import day_of
from market.kernel.documents import document, qr_matrix
from market.kernel.i18n import catalogue
from market.kernel.money import Money, format_money
from market.kernel.words import Labelled
from market.registry.models import Application
from market.registry.rules import EntryKind, Status

TEMPLATE = Path(__file__).parent / "templates" / "registry" / "certificate.typ"
STATEMENT = (
    "经审核，该合同符合技术合同认定登记条件，认定为{kind}，准予登记。"
    "合同成交额和技术交易额经登记机构核定。"
)
CHANGED = "上列金额为{day}变更登记后的核定金额。"
CANCELLED = "该登记已于{day}注销。"
CHECK_NOTE = "扫描二维码或在查验页面输入校验码，可核对本证明的内容和当前状态。"


def certificate_pdf(session: Session, application: Application, base_url: str) -> bytes:
    """The certificate in PDF/A; the same facts give the same bytes."""
    assert application.registered_at is not None, "asked for what is registered only"
    last = application.entries[-1].registered_at
    return document(TEMPLATE, certificate(session, application, base_url), dated=last)


def certificate(session: Session, application: Application, base_url: str) -> dict[str, object]:
    """What the certificate says, in Chinese as registration requires."""
    names = user_names(session, {application.reviewer_id or 0, application.confirmer_id or 0})
    url = f"{base_url}/verify/{application.check_code}"
    kind = title(application.contract.terms)
    assert application.registered_at is not None, "asked for what is registered only"
    return {
        "title": "技术合同登记证明",
        "title_en": "Certificate of Registration of a Technology Contract",
        "number": application.number,
        "cancelled": application.status is Status.CANCELLED,
        "fields": _fields(application, kind),
        "statement": STATEMENT.format(kind=kind) + _since(application),
        "registry": application.office.name,
        "registrars": [
            names[i] for i in (application.reviewer_id, application.confirmer_id) if i in names
        ],
        "registered_on": _day(day_of(application.registered_at)),
        "verify_url": url,
        "check_note": CHECK_NOTE,
        "qr": qr_matrix(url),
    }


def _since(application: Application) -> str:
    """What became of the registration after it was certified."""
    changes = [e.registered_on for e in application.entries if e.kind is EntryKind.CHANGE]
    said = CHANGED.format(day=_day(changes[-1])) if changes else ""
    if application.cancelled_at is not None:
        said += CANCELLED.format(day=_day(day_of(application.cancelled_at)))
    return said


def _fields(application: Application, kind: str) -> list[tuple[str, str]]:
    contract = application.contract
    buyer, seller = roles(contract.terms)
    term = [_day(on) for on in (contract.starts_on, contract.ends_on) if on is not None]
    return [
        ("项目名称", contract.title),
        ("合同类型", f"{kind}（{_chinese(contract.kind)}）"),
        (seller, _party(contract.seller.name, contract.seller.uscc)),
        (buyer, _party(contract.buyer.name, contract.buyer.uscc)),
        ("合同成交额", _amount(application.turnover)),
        ("技术交易额", _amount(application.technology_value)),
        ("合同编号", contract.number),
        ("签订日期", _day(day_of(contract.signed_at)) if contract.signed_at else ""),
        ("履行期限", "至".join(term)),
        ("主管部门", application.office.authority),
    ]


def _party(name: str, uscc: str | None) -> str:
    return f"{name}（{uscc}）" if uscc else name


def _amount(money: Money | None) -> str:
    return format_money(money, "zh_Hans") if money is not None else ""


def _day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def _chinese(member: Labelled) -> str:
    return str(_words().gettext(member.label))


@cache
def _words() -> Translations:
    return catalogue("zh_Hans")
