"""How deals are stored: terms are copied at agreement and never follow later edits."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.kernel.db import Base, Id, Instant, words
from market.kernel.money import Money
from market.listings.models import Listing
from market.listings.sheet import LicenceType, Mode, Way
from market.parties.models import Party


class Deal(Base):
    """One agreement on one listing."""

    __tablename__ = "deals"
    __table_args__ = (
        CheckConstraint("seller_id <> buyer_id", name="two_parties"),
        CheckConstraint("price_minor > 0", name="price_positive"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    price_currency: Mapped[str] = mapped_column(String(3))
    mode: Mapped[Mode] = mapped_column(words(Mode))
    way: Mapped[Way] = mapped_column(words(Way))
    licence_type: Mapped[LicenceType | None] = mapped_column(words(LicenceType))
    exclusive: Mapped[bool]
    struck_at: Mapped[datetime] = mapped_column(Instant)

    listing: Mapped[Listing] = relationship()
    seller: Mapped[Party] = relationship(foreign_keys=[seller_id], lazy="joined")
    buyer: Mapped[Party] = relationship(foreign_keys=[buyer_id], lazy="joined")
    rights: Mapped[list["DealRight"]] = relationship(back_populates="deal")

    @property
    def price(self) -> Money:
        """The price agreed."""
        return Money(self.price_minor, self.price_currency)


class DealRight(Base):
    """A right that a deal disposes of. ``holds``: granted exclusively, and still so."""

    __tablename__ = "deal_rights"
    __table_args__ = (
        Index(
            "uq_deal_rights_one_exclusive_grant",
            "right_id",
            unique=True,
            sqlite_where=text("holds"),
            postgresql_where=text("holds"),
        ),
    )

    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), primary_key=True)
    right_id: Mapped[int] = mapped_column(ForeignKey("rights.id"), primary_key=True)
    holds: Mapped[bool]

    deal: Mapped[Deal] = relationship(back_populates="rights")
