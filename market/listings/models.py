"""How results, their rights and their people are stored."""

from datetime import date, datetime, time

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

from market.kernel.clock import MARKET_ZONE
from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.listings.rules import Status, term_ends_on
from market.listings.sheet import (
    AssociateRole,
    EncumbranceFacts,
    EncumbranceKind,
    Funding,
    KeyField,
    LicenceType,
    Maturity,
    Mode,
    OwnerFacts,
    RightFacts,
    RightKind,
    Sheet,
    TechnologyField,
    Way,
)
from market.parties.models import Party


class Right(Base):
    """The identity of a right: one row per application or patent number, in whosever listings.

    It says nothing else; what has no such number has a row of its own in each listing.
    """

    __tablename__ = "rights"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(40), unique=True)


class Listing(Base):
    """A result and its offer: one price, one mode, one thread through all modes."""

    __tablename__ = "listings"
    __table_args__ = (
        UniqueConstraint("seller_id", "import_key"),
        CheckConstraint(
            "licence_type IS NULL OR way = 'license'", name="only_licences_have_a_type"
        ),
        CheckConstraint(
            "(status NOT IN ('published', 'transferred')) OR published_at IS NOT NULL",
            name="published_has_its_instant",
        ),
        CheckConstraint("dealt_at IS NULL OR status <> 'draft'", name="dealt_is_no_draft"),
        CheckConstraint("price_minor IS NULL OR price_minor > 0", name="price_positive"),
        CheckConstraint(
            "licences_offered IS NULL OR licences_offered > 0", name="licences_positive"
        ),
        Index("ix_listings_status_published", "status", "published_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venues.id"))
    status: Mapped[Status] = mapped_column(words(Status))
    mode: Mapped[Mode] = mapped_column(words(Mode))
    way: Mapped[Way | None] = mapped_column(words(Way))
    licence_type: Mapped[LicenceType | None] = mapped_column(words(LicenceType))
    licences_offered: Mapped[int | None] = mapped_column(Integer)
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    price_currency: Mapped[str | None] = mapped_column(String(3))
    title: Mapped[str] = mapped_column(String(300))
    abstract: Mapped[str] = mapped_column(Text)
    technology_field: Mapped[TechnologyField | None] = mapped_column(words(TechnologyField))
    key_field: Mapped[KeyField | None] = mapped_column(words(KeyField))
    maturity: Mapped[Maturity | None] = mapped_column(words(Maturity))
    funding: Mapped[Funding | None] = mapped_column(words(Funding))
    ipc: Mapped[str] = mapped_column(String(200))
    keywords: Mapped[str] = mapped_column(String(300))
    valuation_minor: Mapped[int | None] = mapped_column(BigInteger)
    valuation_currency: Mapped[str | None] = mapped_column(String(3))
    valuation_note: Mapped[str] = mapped_column(String(300))
    import_key: Mapped[str | None] = mapped_column(String(120))
    returned_reason: Mapped[str | None] = mapped_column(String(500))
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    drafted_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    dealt_at: Mapped[datetime | None] = mapped_column(Instant)

    seller: Mapped[Party] = relationship(foreign_keys=[seller_id], lazy="joined")
    rights: Mapped[list["ListingRight"]] = relationship(
        cascade="all, delete-orphan", order_by="ListingRight.place", back_populates="listing"
    )
    owners: Mapped[list["Owner"]] = relationship(
        cascade="all, delete-orphan", order_by="Owner.place"
    )
    makers: Mapped[list["Maker"]] = relationship(
        cascade="all, delete-orphan", order_by="Maker.place"
    )
    associates: Mapped[list["Associate"]] = relationship(
        cascade="all, delete-orphan", order_by="Associate.place"
    )
    encumbrances: Mapped[list["Encumbrance"]] = relationship(
        cascade="all, delete-orphan", order_by="Encumbrance.place"
    )

    @property
    def price(self) -> Money | None:
        """What the mode says it is: where talks begin, what you pay, where bidding starts."""
        return _money(self.price_minor, self.price_currency)

    @property
    def valuation(self) -> Money | None:
        """The appraised value (资产评估), where the seller had one made."""
        return _money(self.valuation_minor, self.valuation_currency)

    @property
    def term_ends_at(self) -> datetime | None:
        """The instant from which one of its patents no longer stands, if any has a term."""
        ends_on = term_ends_on(right.facts for right in self.rights)
        return datetime.combine(ends_on, time(), MARKET_ZONE) if ends_on else None

    @property
    def sheet(self) -> Sheet:
        """What the seller says, as one value for the rules."""
        return Sheet(
            title=self.title,
            abstract=self.abstract,
            mode=self.mode,
            way=self.way,
            licence_type=self.licence_type,
            licences_offered=self.licences_offered,
            price=self.price,
            technology_field=self.technology_field,
            key_field=self.key_field,
            maturity=self.maturity,
            funding=self.funding,
            ipc=self.ipc,
            keywords=self.keywords,
            valuation=self.valuation,
            valuation_note=self.valuation_note,
            rights=tuple(right.facts for right in self.rights),
            owners=tuple(OwnerFacts(o.name, o.share_bp, o.consents) for o in self.owners),
            makers=tuple(maker.name for maker in self.makers),
            associates=tuple((a.role, a.name) for a in self.associates),
            encumbrances=tuple(
                EncumbranceFacts(e.kind, e.holder, e.note, e.consents) for e in self.encumbrances
            ),
        )


class ListingRight(Base):
    """A right in a listing. ``holds`` marks a live exclusive offer or grant: one per right."""

    __tablename__ = "listing_rights"
    __table_args__ = (
        UniqueConstraint("listing_id", "right_id"),
        Index(
            "uq_listing_rights_one_exclusive_offer",
            "right_id",
            unique=True,
            sqlite_where=text("holds"),
            postgresql_where=text("holds"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    right_id: Mapped[int] = mapped_column(ForeignKey("rights.id"), index=True)
    place: Mapped[int] = mapped_column(Integer)
    kind: Mapped[RightKind] = mapped_column(words(RightKind))
    title: Mapped[str] = mapped_column(String(300))
    number: Mapped[str | None] = mapped_column(String(40))
    publication_number: Mapped[str | None] = mapped_column(String(40))
    filed_on: Mapped[date | None] = mapped_column(Date)
    holds: Mapped[bool] = mapped_column(default=False)

    right: Mapped[Right] = relationship(lazy="joined")
    listing: Mapped[Listing] = relationship(back_populates="rights")

    @property
    def facts(self) -> RightFacts:
        """The right as the seller states it."""
        return RightFacts(
            self.kind, self.title, self.number, self.publication_number, self.filed_on
        )


class Owner(Base):
    """An owner of the result and its share; the seller is one of them."""

    __tablename__ = "listing_owners"
    __table_args__ = (
        CheckConstraint("share_bp > 0 AND share_bp <= 10000", name="share_within_whole"),
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    share_bp: Mapped[int] = mapped_column(Integer)
    consents: Mapped[bool] = mapped_column(default=False)


def _of_listing(row: "Maker") -> Ref:
    return "listing", row.listing_id


class Maker(Base):
    """A person who made the result (成果完成人); first refusal is computed from these."""

    __tablename__ = "listing_makers"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), info={"personal": _of_listing})


class Associate(Base):
    """A commissioning or co-developing party."""

    __tablename__ = "listing_associates"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    role: Mapped[AssociateRole] = mapped_column(words(AssociateRole))
    name: Mapped[str] = mapped_column(String(120))


class Encumbrance(Base):
    """A pledge, an existing licence or a freeze; shown on the listing (PRC-22, IPF-03)."""

    __tablename__ = "listing_encumbrances"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[EncumbranceKind] = mapped_column(words(EncumbranceKind))
    holder: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(String(300))
    consents: Mapped[bool] = mapped_column(default=False)


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)
