"""Plain builders: what a test needs, in one line, through the market's own commands."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

from sqlalchemy.orm import Session

from market.accounts.commands import (
    grant_role,
    sign_up,
)
from market.accounts.models import User
from market.accounts.queries import confirmed
from market.contracts import commands as contracts
from market.contracts.models import Contract
from market.contracts.terms import IpKind, Kind, Monopoly, Objective, Terms
from market.deals.models import Deal
from market.factors.codes import code_at, step_of
from market.factors.commands import enrol_factor
from market.kernel.authority import NOBODY, Actor, Role, Seat
from market.kernel.changes import PAST, PENDING
from market.kernel.clock import day_of
from market.kernel.money import Money
from market.kernel.sealing import Sealer
from market.ledger.booking import move
from market.ledger.rules import Place, Purpose, Why
from market.listings import commands as listings
from market.listings.identifiers import check_character
from market.listings.models import Listing
from market.listings.sheet import (
    Funding,
    LicenceType,
    Maturity,
    OwnerFacts,
    RightFacts,
    RightKind,
    Sheet,
    TechnologyField,
    Way,
)
from market.negotiation import commands as negotiation
from market.negotiation.models import Negotiation
from market.parties import commands as parties
from market.parties import member_commands as members
from market.parties.commands import found_party
from market.parties.models import Party
from market.parties.queries import find_actor
from market.parties.rules import (
    NEEDED,
    PartyFacts,
    PartyKind,
    PartyNature,
    SellerClass,
)
from market.parties.seats import Holding
from market.payments import commands as payments
from market.payments.gateways import Channel
from market.payments.models import Obligation, Receipt
from market.payments.payout_commands import set_payout_account
from market.payments.payout_models import PayoutAccount
from market.payments.royalties import RoyaltyBase, RoyaltyTerms
from market.payments.royalty_commands import agree_royalty, declare_royalty
from market.payments.royalty_models import RoyaltyAgreement, RoyaltyStatement
from market.payments.settling import Route
from market.payments.sheet import ObligationKind, Owed
from market.payments.splitting import less_fee
from market.places.commands import open_registry
from market.places.models import Registry
from market.registry import commands as registry
from market.registry.models import Application
from market.rulebook import commands as rulebook
from market.rulebook.models import Amendment
from tests import canary
from tests.canary import plant

PASSWORD = canary.PASSWORD
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SEALER = Sealer("test-" * 8)
ADMIN = Actor(user_id=0, roles=frozenset({Role.ADMINISTRATOR}))
FIRST = -1
"""Another administrator, who proposed what ``ADMIN`` gives."""
_serial = count(1)


def unwatched(s: Session) -> None:
    """Let this transaction commit what no command did: a state that a test prepares by hand."""
    s.flush()
    s.info.pop(PENDING, None)
    s.info.pop(PAST, None)


def day(text: str) -> date:
    """A day from ``2026-03-10``."""
    return date.fromisoformat(text)


def yuan(amount: int) -> Money:
    """So many yuan."""
    return Money(amount * 100, "CNY")


def money(amount: int | Money) -> Money:
    """So many yuan, or what is money already."""
    return yuan(amount) if isinstance(amount, int) else amount


def patent_number(serial: int | None = None) -> str:
    """A made-up invention number of 2020 whose check character is right."""
    digits = f"20201{(serial or next(_serial)) % 10_000_000:07d}"
    return f"{digits}.{check_character(digits)}"


def user(s: Session, *roles: Role, at: datetime, email: str = "", password_hash: str = "-") -> User:
    """A person who holds these roles (staff roles are given by an administrator)."""
    made = sign_up(
        s,
        email=email or f"person{next(_serial)}.{plant('mail')}@x.example",
        name=f"张三{next(_serial)}",
        password_hash=password_hash,
        roles=frozenset(roles) & {Role.RESEARCHER, Role.COMPANY, Role.BROKER},
        language="zh_Hans",
        by=NOBODY,
        at=at,
    )
    for role in sorted(set(roles) - {Role.RESEARCHER, Role.COMPANY, Role.BROKER}):
        grant_role(s, made.id, role, by=confirmed(ADMIN, at), at=at, proposed_by=FIRST)
    return made


def code(at: datetime, later: int = 0) -> str:
    """What the authenticator app of everybody here shows at an instant, or some steps later."""
    return code_at(SECRET, step_of(at) + later)


def factor(s: Session, person: User, at: datetime) -> list[str]:
    """Set up this person's second factor, whose present code is still good; the recovery codes."""
    by, then = actor(s, person, at), at - timedelta(minutes=5)
    return enrol_factor(s, SECRET, code(then), SEALER, by=confirmed(by, then), at=then)


def actor(s: Session, person: User, at: datetime) -> Actor:
    """That person, having just given the password."""
    s.flush()
    s.expire(person)
    return confirmed(find_actor(s, person.id, None), at)


def uscc(serial: int | None = None) -> str:
    """A made-up credit code of a company in Yuelu whose check character is right."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91430104MA{(serial or next(_serial)) % 1_000_000:06d}0"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]


def party(
    s: Session,
    *roles: Role,
    at: datetime,
    seller_class: SellerClass = SellerClass.PRIVATE_FIRM,
    region: str = "430104",
    **over: object,
) -> tuple[Party, Actor]:
    """A party and its signatory, who may both sell and buy unless roles say otherwise."""
    person = user(s, *(roles or (Role.RESEARCHER, Role.COMPANY)), at=at)
    is_person = seller_class is SellerClass.PERSON
    facts = PartyFacts(
        kind=PartyKind.PERSON if is_person else PartyKind.ORGANISATION,
        name=f"湘江某公司{next(_serial)}",
        seller_class=seller_class,
        nature=PartyNature.NATURAL_PERSON if is_person else PartyNature.LIMITED,
        region_code=region,
        uscc=None if is_person else uscc(),
        contact=f"王主任 {plant('contact')}",
    )
    by = actor(s, person, at)
    made = found_party(s, replace(facts, **over), by=by, at=at)  # type: ignore[arg-type]
    return made, actor(s, person, at)


def member(
    s: Session,
    of: Actor,
    seat: Seat,
    *,
    at: datetime,
    person: User | None = None,
    until: date | None = None,
) -> Actor:
    """Somebody with this seat in the party that ``of`` signs for, acting for it.

    ``until`` is the last day of a transfer office's written authority.
    """
    assert of.party_id is not None
    person = person or user(s, Role.RESEARCHER, Role.COMPANY, at=at)
    token = f"{next(_serial):064d}"
    invited = members.invite(s, of.party_id, person.email, seat, token_hash=token, by=of, at=at)
    members.accept_invitation(s, invited.id, by=actor(s, person, at), at=at)
    if until is not None:
        holding = Holding(seat, "授权书 2026-7", until)
        members.change_seat(s, of.party_id, person.id, holding, by=of, at=at)
    s.flush()
    return confirmed(find_actor(s, person.id, of.party_id), at)


def verified(s: Session, made: Party, of: Actor, *, at: datetime) -> Party:
    """This party, verified by an operator who has seen its papers."""
    by = operator(s, at)
    for kind in NEEDED[made.kind]:
        shown = parties.show_paper(
            s, made.id, kind, "430104-2026", issued_by="", issued_on=None, by=of, at=at
        )
        parties.see_paper(s, made.id, shown.id, by=by, at=at)
    return parties.verify_party(s, made.id, by=by, at=at)


def sheet(**over: object) -> Sheet:
    """A complete, lawful draft of an exclusive assignment of one invention."""
    complete = Sheet(
        title="一种锂硫电池正极材料的制备方法",
        abstract="本成果提供一种高比能锂硫电池正极材料的制备方法，循环五百次容量保持率百分之八十以上。"
        f"（{plant('draft')}）",
        way=Way.ASSIGN,
        price=yuan(1_200_000),
        technology_field=TechnologyField.MATERIALS,
        maturity=Maturity.PILOT,
        funding=Funding.NONE,
        rights=(right(),),
        owners=(OwnerFacts("湘江某公司", 10_000),),
        makers=("李四",),
    )
    return replace(complete, **over)  # type: ignore[arg-type]


def owned_by(seller: Party) -> tuple[OwnerFacts, ...]:
    """This seller as the only owner."""
    return (OwnerFacts(seller.name, 10_000),)


def right(number: str | None = None, **over: object) -> RightFacts:
    """An invention patent filed in 2020."""
    made = RightFacts(
        RightKind.INVENTION, "锂硫电池正极材料", number or patent_number(), None, day("2020-05-06")
    )
    return replace(made, **over)  # type: ignore[arg-type]


def operator(s: Session, at: datetime) -> Actor:
    """An operator."""
    return actor(s, user(s, Role.OPERATOR, at=at), at)


def listing(s: Session, seller: Actor, *, at: datetime, **over: object) -> Listing:
    """A published listing of this seller."""
    assert seller.party_id is not None
    owned = {"owners": owned_by(s.get_one(Party, seller.party_id)), **over}
    made = listings.draft(s, seller.party_id, sheet(**owned), by=seller, at=at)
    listings.submit(s, made.id, by=seller, at=at)
    return listings.publish(s, made.id, by=operator(s, at), at=at)


def ordinary(s: Session, seller: Actor, *, at: datetime, **over: object) -> Listing:
    """A published listing of ordinary licences; say how many with ``licences_offered``."""
    licence = {"way": Way.LICENSE, "licence_type": LicenceType.ORDINARY, "licences_offered": 1}
    return listing(s, seller, at=at, **{**licence, **over})


def talks(
    s: Session, on: Listing, buyer: Actor, *, at: datetime, price: Money | None = None
) -> int:
    """Open talks with the buyer's standing offer; gives their id."""
    opened = negotiation.open_talks(
        s,
        on.id,
        price or yuan(1_000_000),
        at + timedelta(days=7),
        by=buyer,
        at=at,
        message=f"请看附件。{plant('message')}",
    )
    return opened.id


def deal(s: Session, on: Listing, seller: Actor, buyer: Actor, *, at: datetime) -> Deal:
    """A deal struck by talks at one million yuan."""
    talks_id = talks(s, on, buyer, at=at)
    standing = s.get_one(Negotiation, talks_id).standing
    assert standing is not None
    return negotiation.accept_offer(
        s, talks_id, offer_id=standing.id, price=standing.price, by=seller, at=at
    )


def terms(**over: object) -> Terms:
    """Complete, lawful terms of a technical service for one million yuan."""
    complete = Terms(
        kind=Kind.SRV_G,
        title="电池产线节能改造技术服务",
        turnover=yuan(1_000_000),
        starts_on=day("2026-03-01"),
        ends_on=day("2027-12-31"),
        subject="为甲方电池产线提供节能改造方案，单位产品能耗降低百分之十。",
        acceptance="按双方确认的测试大纲验收。",
        technology_field=TechnologyField.ENERGY,
        ip_kind=IpKind.NONE,
        plan_source=Funding.NONE,
        objective=Objective.INDUSTRY,
        no_monopoly=frozenset(Monopoly),
    )
    return replace(complete, **over)  # type: ignore[arg-type]


def clause() -> str:
    """A special agreement that only its contract's people read."""
    return f"双方另行约定如下：{plant('clause')}。"


def contract(
    s: Session,
    seller: Actor,
    buyer: Actor,
    *,
    at: datetime,
    deal: Deal | None = None,
    **over: object,
) -> Contract:
    """A contract signed by both sides."""
    assert seller.party_id is not None
    assert buyer.party_id is not None
    over = {"special": clause(), **over}
    made = contracts.draft(
        s, seller.party_id, buyer.party_id, terms(**over), by=seller, at=at, deal=deal
    )
    contracts.offer_text(s, made.id, by=seller, at=at)
    assert made.text_hash is not None
    contracts.sign(s, made.id, made.text_hash, by=seller, at=at)
    contracts.sign(s, made.id, made.text_hash, by=buyer, at=at)
    return made


def office(s: Session, at: datetime, code: str = "430100", *regions: str) -> Registry:
    """A registry that serves Changsha (or these regions)."""
    who = user(s, Role.ADMINISTRATOR, at=at)
    return open_registry(
        s,
        code=code,
        name=f"技术合同登记处{code}",
        authority="市科学技术局",
        regions=list(regions) or [code],
        by=actor(s, who, at),
        at=at,
    )


def registrar(s: Session, at_office: Registry, at: datetime) -> Actor:
    """A registrar of this registry."""
    person, by = user(s, at=at), confirmed(ADMIN, at)
    grant_role(
        s, person.id, Role.REGISTRAR, by=by, at=at, registry_id=at_office.id, proposed_by=FIRST
    )
    return actor(s, person, at)


def amendment(
    s: Session, key: str, value: int, valid_from: date, *, article: str, at: datetime
) -> Amendment:
    """A new value of a parameter, proposed by one operator and confirmed by another."""
    proposed = rulebook.propose_amendment(
        s, key, value, valid_from, article=article, by=operator(s, at), at=at
    )
    return rulebook.confirm_amendment(s, proposed.id, by=operator(s, at), at=at)


def registration(
    s: Session, signed: Contract, seller: Actor, first: Actor, second: Actor, *, at: datetime
) -> Application:
    """A contract taken all the way to its certificate."""
    filed = registry.apply(s, signed.id, by=seller, at=at)
    registry.accept(s, filed.id, by=first, at=at)
    registry.pass_review(s, filed.id, signed.turnover, signed.technology_value, by=first, at=at)
    return registry.certify(s, filed.id, by=second, at=at)


def owed(
    s: Session,
    debtor: Party,
    creditor: Party | None,
    amount: int | Money,
    at: datetime,
    **over: object,
) -> Obligation:
    """So many yuan that one party owes another (or the market), for deal number 1."""
    terms: dict[str, object] = {
        "kind": ObligationKind.PRICE,
        "debtor_id": debtor.id,
        "creditor_id": creditor.id if creditor else None,
        "amount": money(amount),
        "subject": ("deal", 1),
        "title": "一种电池",
        "due_on": day_of(at) + timedelta(days=5),
    }
    return payments.owe(s, Owed(**terms | over), by=NOBODY, at=at)  # type: ignore[arg-type]


def paid_by_bank(
    s: Session, obligation: Obligation, amount: int | Money, at: datetime, key: str = ""
) -> Receipt:
    """Money that came by bank and was given to an obligation, as the matching desk does."""
    line = key or f"line-{next(_serial)}"
    came = money(amount)
    bank, unmatched = Place(Purpose.BANK), Place(Purpose.UNMATCHED)
    legs = {bank: -came, unmatched: came}
    move(s, legs, key=f"{line}-in", why=Why.RECEIPT, on=("line", 1), at=at)
    route = Route(Channel.BANK, obligation.debtor.name, "中国银行", "6222 0000 1111 2222")
    return payments.receive_transfer(s, obligation.id, came, route, key=line, by=NOBODY, at=at)


def payout_account(s: Session, by: Actor, *, at: datetime) -> PayoutAccount:
    """Where the proceeds of this signatory's party go, from a day later on."""
    sure = replace(by, confirmed_at=at)
    bank = f"某银行长沙分行 {plant('account')}"
    return set_payout_account(s, "湘江某公司", bank, "6222020000001234", by=sure, at=at)


def royalty(
    s: Session, licensor: Party, licensee: Party, *, at: datetime, **over: object
) -> RoyaltyAgreement:
    """Three percent of sales in each quarter of 2026, declared within 30 days; for deal 1."""
    terms: dict[str, object] = {
        "subject": ("deal", 1),
        "title": "一种电池",
        "licensor_id": licensor.id,
        "licensee_id": licensee.id,
        "base": RoyaltyBase.SALES,
        "rate_bp": 300,
        "currency": "CNY",
        "every_months": 3,
        "first_on": day("2026-01-01"),
        "last_on": day("2026-12-31"),
        "days_to_declare": 30,
        "shares": less_fee(licensor.id, 100),
    }
    agreed = RoyaltyTerms(**terms | over)  # type: ignore[arg-type]
    return agree_royalty(s, agreed, by=NOBODY, at=at)


def stated(
    s: Session, agreed: RoyaltyAgreement, place: int, amount: int, *, by: Actor, at: datetime
) -> RoyaltyStatement:
    """So many yuan of sales in one period of a royalty."""
    books = f"销售明细账第{place}期 {plant('books')}"
    return declare_royalty(s, agreed.id, place, yuan(amount), books, by=by, at=at)


def at_desk(by: Actor, on: str) -> tuple[Actor, datetime]:
    """This person at ten in the morning of a later day, having just given the password."""
    then = datetime.combine(day(on), time(2, 0), UTC)
    return confirmed(by, then), then


def chance(seed: int) -> Random:
    """Chance that can be played again: the seed stands in the test's name."""
    return Random(seed)
