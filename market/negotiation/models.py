"""How talks and their offers are stored."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.listings.models import Listing
from market.listings.rules import Status
from market.negotiation.rules import OfferStatus, Side, Standing, Table, TalksStatus, lapsed
from market.parties.models import Party


class Negotiation(Base):
    """The talks of one company on one listing."""

    __tablename__ = "negotiations"
    __table_args__ = (
        CheckConstraint("(status = 'agreed') = (deal_id IS NOT NULL)", name="agreed_has_its_deal"),
        Index(
            "uq_negotiations_one_open_per_buyer",
            "listing_id",
            "buyer_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    status: Mapped[TalksStatus] = mapped_column(words(TalksStatus))
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    opened_at: Mapped[datetime] = mapped_column(Instant)

    listing: Mapped[Listing] = relationship(lazy="joined")
    buyer: Mapped[Party] = relationship(lazy="joined")
    offers: Mapped[list["Offer"]] = relationship(
        back_populates="negotiation", order_by="Offer.seq", lazy="selectin"
    )

    @property
    def standing(self) -> "Offer | None":
        """The offer that waits for an answer, expired or not."""
        return next((o for o in self.offers if o.status is OfferStatus.STANDING), None)

    @property
    def table(self) -> Table:
        """The talks as one value for the rules."""
        offer = self.standing
        return Table(
            seller_id=self.listing.seller_id,
            buyer_id=self.buyer_id,
            seller_class=self.listing.seller.seller_class,
            listing_live=self.listing.status is Status.PUBLISHED,
            status=self.status,
            standing=(
                Standing(offer.id, offer.side, offer.price, offer.made_at, offer.expires_at)
                if offer
                else None
            ),
            published_at=self.listing.published_at,
            term_ends_at=self.listing.term_ends_at,
        )


class Offer(Base):
    """One price put on the table by one side, until a stated instant."""

    __tablename__ = "offers"
    __table_args__ = (
        UniqueConstraint("negotiation_id", "seq"),
        CheckConstraint("price_minor > 0", name="price_positive"),
        Index(
            "uq_offers_one_standing",
            "negotiation_id",
            unique=True,
            sqlite_where=text("status = 'standing'"),
            postgresql_where=text("status = 'standing'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    negotiation_id: Mapped[int] = mapped_column(ForeignKey("negotiations.id"))
    seq: Mapped[int] = mapped_column(Integer)
    side: Mapped[Side] = mapped_column(words(Side))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    price_currency: Mapped[str] = mapped_column(String(3))
    message: Mapped[str] = mapped_column(String(2000))
    status: Mapped[OfferStatus] = mapped_column(words(OfferStatus))
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)

    negotiation: Mapped[Negotiation] = relationship(back_populates="offers")

    @property
    def price(self) -> Money:
        """What is offered."""
        return Money(self.price_minor, self.price_currency)

    def shown(self, at: datetime) -> OfferStatus:
        """The status as a reader should see it at this instant."""
        if self.status is not OfferStatus.STANDING:
            return self.status
        if lapsed(self.made_at, self.negotiation.listing.published_at):
            return OfferStatus.LAPSED
        return OfferStatus.EXPIRED if at >= self.expires_at else self.status
