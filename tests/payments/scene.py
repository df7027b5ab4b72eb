"""A seller, a broker and a buyer with money in every state, for the tests of the pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.kernel.authority import NOBODY, Actor, Role
from market.kernel.clock import day_of
from market.payments import deposit_commands as deposits
from market.payments.models import Obligation
from market.payments.sheet import ObligationKind, Share, ShareKind
from tests import make, web


@dataclass(frozen=True)
class Known:
    """An obligation as the tests name it, whatever session is closed."""

    id: int
    reference: str
    title: str

    @classmethod
    def of(cls, obligation: Obligation) -> "Known":
        return cls(obligation.id, obligation.reference, obligation.title)


@dataclass(frozen=True)
class Scene:
    """Who is who, and what is owed; ``held`` and ``back`` are for deposits."""

    seller: Actor
    buyer: Actor
    broker: Actor
    names: tuple[str, str, str]
    paid: Known
    part: Known
    late: Known
    fee: Known
    held: Known
    back: Known


def lay_out(s: Session, at: datetime) -> Scene:
    """An instalment plan paid in part, something late, two deposits, a payout that left."""
    seller_party, seller = make.party(s, at=at, name="湘江材料研究院")
    buyer_party, buyer = make.party(s, Role.COMPANY, at=at, name="麓谷新能源有限公司")
    broker_party, broker = make.party(s, Role.BROKER, at=at, name="岳麓技术经纪有限公司")
    shares = (
        Share(ShareKind.PLATFORM, 100),
        Share(ShareKind.COMMISSION, 300, broker_party.id),
        Share(ShareKind.SELLER, 9_600, seller_party.id),
    )
    plan = [
        make.owed(
            s,
            buyer_party,
            seller_party,
            400_000,
            at,
            kind=ObligationKind.INSTALMENT,
            title="一种锂电池正极材料的制备方法",
            due_on=day_of(at) + timedelta(days=days),
            shares=shares,
            place=n,
            of=3,
        )
        for n, days in ((1, 5), (2, 35), (3, 95))
    ]
    fee = make.owed(s, seller_party, None, 1_200, at, kind=ObligationKind.FEE, title="挂牌服务费")
    late = make.owed(
        s,
        buyer_party,
        seller_party,
        80_000,
        at - timedelta(days=40),
        kind=ObligationKind.ENTRY_FEE,
        title="储能变流器控制软件许可入门费",
        due_on=day_of(at) - timedelta(days=10),
    )
    make.paid_by_bank(s, plan[0], 400_000, at + timedelta(hours=1))
    make.paid_by_bank(s, plan[1], 150_000, at + timedelta(hours=2))
    make.paid_by_bank(s, late, 30_000, at + timedelta(hours=3))
    held, back = (
        deposits.ask_deposit(
            s,
            buyer_party.id,
            ("auction", n),
            make.yuan(50_000),
            title,
            day_of(at) + timedelta(days=7),
            by=NOBODY,
            at=at,
        )
        for n, title in ((1, "光伏逆变器专利包竞买保证金"), (2, "电机密封专利竞买保证金"))
    )
    for each in (held, back):
        make.paid_by_bank(s, each.obligation, 50_000, at + timedelta(hours=4))
        deposits.hold_deposit(s, each.id, by=NOBODY, at=at + timedelta(hours=5))
    deposits.refund_deposit(s, back.id, "not-the-winner", by=NOBODY, at=at + timedelta(hours=6))
    make.payout_account(s, seller, at=at + timedelta(hours=7))
    owed = (plan[0], plan[1], late, fee, held.obligation, back.obligation)
    names = (seller_party.name, buyer_party.name, broker_party.name)
    return Scene(seller, buyer, broker, names, *map(Known.of, owed))


def visitor(town: Flask, by: Actor) -> FlaskClient:
    """A browser of this person, in English."""
    assert by.user_id is not None
    return web.sign_in(town, by.user_id, language="en")


def staff(town: Flask, role: Role, at: datetime) -> FlaskClient:
    """A browser of somebody new in this role."""
    with town.extensions["market.database"].transaction() as s:
        person = make.user(s, role, at=at).id
    return web.sign_in(town, person, language="en")
