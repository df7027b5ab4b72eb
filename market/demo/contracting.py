"""How a contract is drafted, from a deal or from outside the market, and signed by both sides."""

from datetime import date, timedelta

from market.contracts import commands as contracts
from market.contracts.models import Contract
from market.contracts.terms import (
    Deduction,
    Instalment,
    IpKind,
    Kind5,
    Monopoly,
    Objective,
    Payment,
    Terms,
    kind_for,
)
from market.deals.models import Deal
from market.demo.diary import SPAN, Story
from market.demo.filing import registration
from market.demo.people import Stage
from market.demo.plots import End, Price, Talk, Work
from market.demo.stage import wan
from market.kernel.clock import day_of
from market.listings.sheet import Funding, RightKind
from market.payments.royalties import RoyaltyBase

ACCEPTANCE = "按双方确认的技术文件和测试大纲验收，验收合格后双方签署验收证明。"
DELIVERY = "让与人在合同生效后三十日内交付全套技术资料，并在受让人所在地指导实施。"
IP_KINDS = {
    RightKind.INVENTION: IpKind.INVENTION,
    RightKind.UTILITY_MODEL: IpKind.UTILITY_MODEL,
    RightKind.SECRET: IpKind.SECRET,
    RightKind.SOFTWARE: IpKind.SOFTWARE,
}


def outside_contract(stage: Stage, work: Work) -> Story:
    """A contract that found its parties without the market."""
    at = yield SPAN - work.age
    drafted = contracts.draft(
        stage.session,
        stage.parties[work.seller],
        stage.parties[work.buyer],
        _work_terms(work, day_of(at)),
        by=stage.party(work.seller, at),
        at=at,
    )
    yield from _conclusion(stage, drafted, (work.seller, work.buyer), work.end)


def contract_from_deal(stage: Stage, sides: tuple[str, str], deal: Deal, talk: Talk) -> Story:
    """A contract with the deal's price; ``sides`` are the keys of seller and buyer."""
    assert talk.contract is not None, "the table says how it ends"
    at = yield 2
    drafted = contracts.draft(
        stage.session,
        deal.seller_id,
        deal.buyer_id,
        _deal_terms(deal, day_of(at), talk.price),
        by=stage.party(sides[0], at),
        at=at,
        deal=deal,
    )
    yield from _conclusion(stage, drafted, sides, talk.contract)


def _conclusion(stage: Stage, drafted: Contract, sides: tuple[str, str], end: End) -> Story:
    """Fix the text, sign it on both sides, and file it where the table says so."""
    seller, buyer = sides
    if end is End.DRAFT:
        return
    at = yield 1
    contracts.offer_text(stage.session, drafted.id, by=stage.party(seller, at), at=at)
    assert drafted.text_hash is not None, "the text was just fixed"
    at = yield 1
    if end is End.DROPPED:
        contracts.drop(stage.session, drafted.id, by=stage.party(buyer, at), at=at)
        return
    contracts.sign(stage.session, drafted.id, drafted.text_hash, by=stage.party(seller, at), at=at)
    if end is End.SIGNING:
        return
    at = yield 1
    contracts.sign(stage.session, drafted.id, drafted.text_hash, by=stage.party(buyer, at), at=at)
    if end is End.SIGNED:
        return
    if drafted.kind.needs_recordal:
        yield from _recordal(stage, drafted, buyer)
    yield from registration(stage, drafted.id, seller, end)


def _recordal(stage: Stage, signed: Contract, buyer: str) -> Story:
    at = yield 6
    contracts.note_recordal(
        stage.session,
        signed.id,
        f"演示登字〔{at.year}〕{signed.id:05d}号",
        day_of(at),
        by=stage.party(buyer, at),
        at=at,
    )


def _deal_terms(deal: Deal, today: date, price: Price) -> Terms:
    listing = deal.listing
    kinds = [right.kind for right in listing.rights]
    kind = kind_for(deal.way, frozenset(kinds))
    numbers = "；".join(right.number or "技术秘密" for right in listing.rights)
    conversion = kind.kind5 is Kind5.DEVELOPMENT
    return Terms(
        kind=kind,
        title=deal.title,
        turnover=deal.price,
        payment=_payment(price),
        instalments=tuple(
            Instalment(today + timedelta(days=days), deal.price.share(percent * 100))
            for percent, days in price.parts
        ),
        royalty_base=RoyaltyBase.SALES if price.rate_bp else None,
        royalty_bp=price.rate_bp or None,
        royalty_months=price.every_months if price.rate_bp else None,
        starts_on=today,
        ends_on=_years_on(today, 3) - timedelta(days=1),
        licence_type=deal.licence_type,
        subject=listing.abstract,
        rights="" if conversion else f"标的技术权利：{deal.title}（{numbers}）。",
        delivery=DELIVERY,
        acceptance=ACCEPTANCE,
        technology_field=listing.technology_field,
        ip_kind=IP_KINDS.get(kinds[0], IpKind.NONE),
        plan_source=listing.funding or Funding.NONE,
        objective=Objective.INDUSTRY,
        no_monopoly=frozenset(Monopoly),
    )


def _payment(price: Price) -> Payment:
    if price.rate_bp:
        return Payment.ENTRY_ROYALTY
    return Payment.INSTALMENTS if price.parts else Payment.ONCE


def _work_terms(work: Work, today: date) -> Terms:
    total = wan(work.wan)
    starts, ends = today, _years_on(today, work.years)
    span = (ends - starts) // max(len(work.parts), 1)
    return Terms(
        kind=work.kind,
        title=work.title,
        turnover=total,
        payment=Payment.INSTALMENTS if work.parts else work.payment,
        royalty=work.royalty,
        deductions=tuple(Deduction(kind, wan(amount)) for kind, amount in work.costs),
        instalments=tuple(
            Instalment(starts + timedelta(days=30) + nth * span, total.share(part * 100))
            for nth, part in enumerate(work.parts)
        ),
        starts_on=starts,
        ends_on=ends,
        licence_type=work.licence,
        subject=work.subject,
        rights=work.rights,
        acceptance=ACCEPTANCE,
        technology_field=work.field,
        ip_kind=work.ip,
        plan_source=work.plan,
        objective=work.objective,
        no_monopoly=frozenset(Monopoly),
    )


def _years_on(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes the 28th."""
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year + years, day=last)
