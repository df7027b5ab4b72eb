"""How a contract fares at the registry."""

from market.contracts.models import Contract
from market.demo.cast import STAFF
from market.demo.diary import Story
from market.demo.people import Stage
from market.demo.plots import End
from market.kernel.db import get
from market.registry import commands as registry
from market.registry.models import Application
from market.registry.rules import Reason


def registration(stage: Stage, contract_id: int, seller: str, end: End) -> Story:
    """From filing to the state that the table names."""
    at = yield 2
    filed = registry.apply(stage.session, contract_id, by=stage.party(seller, at), at=at)
    if end is End.SUBMITTED:
        return
    first, second = registrars(filed)
    at = yield 2
    if end is End.TURNED_AWAY:
        note = "合同内容为设备采购与安装，不含技术内容，不属于技术合同，不予受理。"
        registry.turn_away(stage.session, filed.id, note, by=stage.person(first, at), at=at)
        return
    if end in (End.CORRECTION, End.RESUBMITTED):
        yield from _correction(stage, filed, seller, end)
        return
    if end is End.WITHDRAWN:
        registry.withdraw(stage.session, filed.id, by=stage.party(seller, at), at=at)
        return
    registry.accept(stage.session, filed.id, by=stage.person(first, at), at=at)
    if end is not End.ACCEPTED:
        yield from _review(stage, filed, (first, second), seller, end)


def registrars(filed: Application) -> tuple[str, str]:
    """The two registrars of the file's registry; they take turns in reviewing first."""
    one, other = (person.key for person in STAFF if person.office == filed.office.code)
    return (one, other) if filed.id % 2 else (other, one)


def _correction(stage: Stage, filed: Application, seller: str, end: End) -> Story:
    first, _ = registrars(filed)
    at = yield 1
    note = "请补充技术权属证明，并列明合同金额中设备费用的明细。"
    registry.ask_correction(stage.session, filed.id, note, by=stage.person(first, at), at=at)
    if end is End.RESUBMITTED:
        at = yield 4
        registry.resubmit(stage.session, filed.id, by=stage.party(seller, at), at=at)


def _review(
    stage: Stage, filed: Application, pair: tuple[str, str], seller: str, end: End
) -> Story:
    first, second = pair
    at = yield 4
    if end in (End.REFUSED, End.REPLACED):
        registry.refuse(
            stage.session,
            filed.id,
            frozenset({Reason.N02, Reason.N10}),
            "合同约定的是产品推广，没有特定技术内容，也没有可以考核的技术指标。",
            by=stage.person(first, at),
            at=at,
        )
        if end is End.REPLACED:
            at = yield 3
            registry.replace_contract(stage.session, filed.id, by=stage.party(seller, at), at=at)
        return
    contract = get(stage.session, Contract, filed.contract_id)
    registry.pass_review(
        stage.session,
        filed.id,
        contract.turnover,
        contract.technology_value,
        "合同文本、权属证明与金额核对无误。",
        by=stage.person(first, at),
        at=at,
    )
    if end is End.PASSED:
        return
    at = yield 2
    registry.certify(stage.session, filed.id, by=stage.person(second, at), at=at)
    if end is not End.REGISTERED:
        yield from _revision(stage, filed, pair, end)


def _revision(stage: Stage, filed: Application, pair: tuple[str, str], end: End) -> Story:
    first, second = pair
    at = yield 12
    turnover, value = filed.turnover, filed.technology_value
    assert turnover is not None, "it is registered"
    assert value is not None, "it is registered"
    cut = turnover.share(1_500)
    registry.propose_revision(
        stage.session,
        filed.id,
        None if end is End.CANCELLED else (turnover - cut, value - cut),
        "双方协商解除合同。" if end is End.CANCELLED else "双方签订补充协议，合同金额调减。",
        by=stage.person(first, at),
        at=at,
    )
    if end is not End.PROPOSED:
        at = yield 2
        registry.confirm_revision(stage.session, filed.id, by=stage.person(second, at), at=at)
