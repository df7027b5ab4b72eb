"""How places, venues and registries are stored."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.db import Base, Id, words
from market.places.rules import VenueKind


class Region(Base):
    """An administrative division (GB/T 2260); a code that ended names its successor."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    city_code: Mapped[str | None] = mapped_column(String(6), index=True)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    successor: Mapped[str | None] = mapped_column(String(6))


class Park(Base):
    """A park named by the zone's plans; a park is not a district and has its own code."""

    __tablename__ = "parks"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    city_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))


class Venue(Base):
    """A node of the market: the market itself, a city's sub-market, a workstation."""

    __tablename__ = "venues"
    __table_args__ = (
        CheckConstraint("(kind = 'market') = (parent_id IS NULL)", name="only_the_market_is_root"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[VenueKind] = mapped_column(words(VenueKind))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("venues.id"))
    name: Mapped[str] = mapped_column(String(120))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))


class Registry(Base):
    """A technology-contract registry (登记机构); its code opens each number it issues."""

    __tablename__ = "registries"
    __table_args__ = (CheckConstraint("length(code) = 6", name="code_has_six_digits"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(6), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    authority: Mapped[str] = mapped_column(String(120))


class Territory(Base):
    """A region served by a registry; each region by one only (REG-11)."""

    __tablename__ = "registry_territories"

    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registries.id"), index=True)
