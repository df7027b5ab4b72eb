"""How contracts, their money lines and their signatures are stored."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.contracts.rules import Agreed, Paper, Side, Status
from market.contracts.terms import (
    Deduction,
    DeductionKind,
    Instalment,
    IpKind,
    Kind,
    Monopoly,
    Objective,
    Payment,
    Terms,
    kinds_for,
)
from market.deals.models import Deal
from market.kernel.clock import day_of
from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.listings.rules import term_ends_on
from market.listings.sheet import Funding, LicenceType, TechnologyField, Way
from market.parties.models import Party
from market.payments.royalties import RoyaltyBase


class Contract(Base):
    """A technology contract, from a deal or from outside the market."""

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("seller_id <> buyer_id", name="two_parties"),
        CheckConstraint("turnover_minor > 0", name="turnover_positive"),
        CheckConstraint(
            "(status IN ('signing', 'signed', 'replaced')) = (text_hash IS NOT NULL)",
            name="fixed_text_has_its_hash",
        ),
        CheckConstraint(
            "(status IN ('signed', 'replaced')) = (signed_at IS NOT NULL)",
            name="signed_has_its_instant",
        ),
        CheckConstraint(
            "(recordal_number IS NULL) = (recorded_on IS NULL)", name="recordal_is_whole"
        ),
        Index(
            "uq_contracts_one_per_deal",
            "deal_id",
            unique=True,
            sqlite_where=text("status NOT IN ('dropped', 'replaced')"),
            postgresql_where=text("status NOT IN ('dropped', 'replaced')"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("contracts.id"), unique=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venues.id"))
    status: Mapped[Status] = mapped_column(words(Status))
    kind: Mapped[Kind] = mapped_column(words(Kind))
    title: Mapped[str] = mapped_column(String(300))
    turnover_minor: Mapped[int] = mapped_column(BigInteger)
    turnover_currency: Mapped[str] = mapped_column(String(3))
    payment: Mapped[Payment] = mapped_column(words(Payment))
    royalty: Mapped[str] = mapped_column(String(1000), default="")
    royalty_base: Mapped[RoyaltyBase | None] = mapped_column(words(RoyaltyBase))
    royalty_bp: Mapped[int | None]
    royalty_months: Mapped[int | None]
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    licence_type: Mapped[LicenceType | None] = mapped_column(words(LicenceType))
    subject: Mapped[str] = mapped_column(Text, default="")
    rights: Mapped[str] = mapped_column(Text, default="")
    delivery: Mapped[str] = mapped_column(Text, default="")
    acceptance: Mapped[str] = mapped_column(Text, default="")
    secrecy: Mapped[str] = mapped_column(Text, default="")
    improvements: Mapped[str] = mapped_column(Text, default="")
    liability: Mapped[str] = mapped_column(Text, default="")
    special: Mapped[str] = mapped_column(Text, default="")
    technology_field: Mapped[TechnologyField | None] = mapped_column(words(TechnologyField))
    ip_kind: Mapped[IpKind | None] = mapped_column(words(IpKind))
    plan_source: Mapped[Funding | None] = mapped_column(words(Funding))
    objective: Mapped[Objective | None] = mapped_column(words(Objective))
    industry: Mapped[str] = mapped_column(String(10), default="")
    related: Mapped[bool] = mapped_column(default=False)
    monopoly: Mapped[str] = mapped_column(String(120), default="")
    no_monopoly: Mapped[str] = mapped_column(String(120), default="")
    text: Mapped[str | None] = mapped_column(Text)
    text_hash: Mapped[str | None] = mapped_column(String(64))
    drafted_at: Mapped[datetime] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    recordal_number: Mapped[str | None] = mapped_column(String(60))
    recorded_on: Mapped[date | None] = mapped_column(Date)

    deal: Mapped[Deal | None] = relationship(lazy="joined")
    seller: Mapped[Party] = relationship(foreign_keys=[seller_id], lazy="joined")
    buyer: Mapped[Party] = relationship(foreign_keys=[buyer_id], lazy="joined")
    deductions: Mapped[list["DeductionLine"]] = relationship(
        cascade="all, delete-orphan", order_by="DeductionLine.place", lazy="selectin"
    )
    instalments: Mapped[list["InstalmentLine"]] = relationship(
        cascade="all, delete-orphan", order_by="InstalmentLine.place", lazy="selectin"
    )
    signatures: Mapped[list["Signature"]] = relationship(
        cascade="all, delete-orphan", order_by="Signature.signed_at", lazy="selectin"
    )

    @property
    def number(self) -> str:
        """The market's own number of the contract (not the registration number)."""
        return f"TC-{day_of(self.drafted_at).year}-{self.id:06d}"

    @property
    def turnover(self) -> Money:
        """合同成交总额, the total amount of the contract."""
        return Money(self.turnover_minor, self.turnover_currency)

    @property
    def technology_value(self) -> Money:
        """技术交易额: turnover less the lines of non-technical cost."""
        return self.terms.technology_value

    @property
    def terms(self) -> Terms:
        """All that the parties agree, as one value for the rules."""
        currency = self.turnover_currency
        return Terms(
            kind=self.kind,
            title=self.title,
            turnover=self.turnover,
            payment=self.payment,
            royalty=self.royalty,
            royalty_base=self.royalty_base,
            royalty_bp=self.royalty_bp,
            royalty_months=self.royalty_months,
            deductions=tuple(
                Deduction(d.kind, Money(d.amount_minor, currency), d.note) for d in self.deductions
            ),
            instalments=tuple(
                Instalment(i.due_on, Money(i.amount_minor, currency), i.note)
                for i in self.instalments
            ),
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            licence_type=self.licence_type,
            subject=self.subject,
            rights=self.rights,
            delivery=self.delivery,
            acceptance=self.acceptance,
            secrecy=self.secrecy,
            improvements=self.improvements,
            liability=self.liability,
            special=self.special,
            technology_field=self.technology_field,
            ip_kind=self.ip_kind,
            plan_source=self.plan_source,
            objective=self.objective,
            industry=self.industry,
            related=self.related,
            monopoly=frozenset(Monopoly.of(m) for m in self.monopoly.split()),
            no_monopoly=frozenset(Monopoly.of(m) for m in self.no_monopoly.split()),
        )

    @property
    def paper(self) -> Paper:
        """The contract as the rules see it."""
        return Paper(
            seller_id=self.seller_id,
            buyer_id=self.buyer_id,
            status=self.status,
            terms=self.terms,
            text_hash=self.text_hash,
            signed=frozenset(s.side for s in self.signatures),
            signed_on=day_of(self.signed_at) if self.signed_at else None,
            recorded=self.recorded_on is not None,
            agreed=agreed(self.deal),
            hands=frozenset(s.user_id for s in self.signatures),
            verified=frozenset(p.id for p in (self.seller, self.buyer) if p.verified_at),
        )


def agreed(deal: Deal | None) -> Agreed | None:
    """What the contract's deal fixed, if it comes from one."""
    if deal is None:
        return None
    rights = frozenset(right.kind for right in deal.listing.rights)
    licence = (deal.licence_type or LicenceType.ORDINARY) if deal.way is Way.LICENSE else None
    ends = [term_ends_on([right.facts]) for right in deal.listing.rights]
    last = max((end for end in ends if end is not None), default=None)
    return Agreed(deal.price, kinds_for(deal.way, rights), licence, last)


class DeductionLine(Base):
    """A line of non-technical cost."""

    __tablename__ = "contract_deductions"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[DeductionKind] = mapped_column(words(DeductionKind))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(String(200))


class InstalmentLine(Base):
    """A payment due on a day."""

    __tablename__ = "contract_instalments"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    due_on: Mapped[date] = mapped_column(Date)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(String(200))


class Signature(Base):
    """One side's signature under exactly the text whose hash it names; one for each side.

    One person signs for one side only, whoever's seats they hold (民法典 168).
    """

    __tablename__ = "contract_signatures"
    __table_args__ = (UniqueConstraint("contract_id", "user_id"),)

    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    side: Mapped[Side] = mapped_column(words(Side), primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text_hash: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(Instant)
