"""How people, parties, venues and registries are stored."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.rules import PartyKind, PartyNature, SellerClass, VenueKind
from market.kernel.authority import Role, Seat
from market.kernel.db import Base, Id, Instant, words


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


class User(Base):
    """A person who signs in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(10))
    registry_id: Mapped[int | None] = mapped_column(ForeignKey("registries.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)

    roles: Mapped[list["UserRole"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    seats: Mapped[list["Membership"]] = relationship(back_populates="user", lazy="selectin")


class UserRole(Base):
    """A role that a person holds."""

    __tablename__ = "user_roles"
    __table_args__ = (
        Index(
            "uq_user_roles_one_of_two_powers",
            "user_id",
            unique=True,
            sqlite_where=text("role IN ('administrator', 'auditor')"),
            postgresql_where=text("role IN ('administrator', 'auditor')"),
        ),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(words(Role), primary_key=True)


class Party(Base):
    """An organisation or a person that can be a side of a contract."""

    __tablename__ = "parties"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'organisation') = (uscc IS NOT NULL)", name="organisations_have_a_code"
        ),
        CheckConstraint(
            "(kind = 'person') = (seller_class = 'person')", name="persons_sell_as_persons"
        ),
        CheckConstraint(
            "nature NOT IN ('021', '022') OR seller_class = 'state-institute'",
            name="state_institutes_sell_as_such",
        ),
        CheckConstraint(
            "nature <> '110' OR seller_class = 'state-enterprise'",
            name="state_enterprises_sell_as_such",
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[PartyKind] = mapped_column(words(PartyKind))
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    uscc_check_ok: Mapped[bool] = mapped_column(default=True)
    uscc_confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    seller_class: Mapped[SellerClass] = mapped_column(words(SellerClass))
    nature: Mapped[PartyNature] = mapped_column(words(PartyNature))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    park_code: Mapped[str | None] = mapped_column(ForeignKey("parks.code"))
    address: Mapped[str] = mapped_column(String(200), default="")
    representative: Mapped[str] = mapped_column(String(80), default="")
    contact: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)

    region: Mapped[Region] = relationship(lazy="joined")
    park: Mapped[Park | None] = relationship(lazy="joined")

    @property
    def uscc_doubtful(self) -> bool:
        """The check digit fails and nobody of the market's staff has confirmed the code."""
        return self.uscc is not None and not self.uscc_check_ok and self.uscc_confirmed_by is None

    @property
    def city_code(self) -> str:
        """The city (four digits and two zeros) that the party's figures count for."""
        return self.region.city_code or self.region.code


class Membership(Base):
    """A person's seat in a party."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "party_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    seat: Mapped[Seat] = mapped_column(words(Seat))

    user: Mapped[User] = relationship(back_populates="seats")
    party: Mapped[Party] = relationship(lazy="joined")
