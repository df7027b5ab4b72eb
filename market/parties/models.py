"""How parties and their members are stored."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Ticket, User
from market.kernel.authority import Seat
from market.kernel.db import Base, Id, Instant, words
from market.kernel.personal import Ref
from market.parties.rules import (
    Known,
    PaperKind,
    PartyKind,
    PartyNature,
    SellerClass,
    Standing,
)
from market.parties.seats import Offered
from market.parties.ties import Bond, TieKind
from market.places.models import Park, Region


def _person(row: "Party") -> Ref | None:
    """Whose an organisation's public entry is: nobody's; a person's is theirs."""
    return ("party", row.id) if row.kind is PartyKind.PERSON else None


def _people(row: "Party") -> Ref:
    """The people who stand for a party."""
    return "party", row.id


def _shown(row: "PartyPaper") -> Ref | None:
    """A paper of a person is theirs; an organisation's licence is public."""
    return None if row.kind is PaperKind.LICENCE else ("party", row.party_id)


def _invited(row: "Invitation") -> Ref:
    return "invitation", row.id


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
        CheckConstraint(
            "(verified_at IS NULL) = (verified_by IS NULL)", name="verified_by_somebody"
        ),
        CheckConstraint(
            "(suspended_at IS NULL) = (suspended_why = '')", name="suspended_for_a_reason"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[PartyKind] = mapped_column(words(PartyKind))
    name: Mapped[str] = mapped_column(String(120), info={"personal": _person})
    name_en: Mapped[str] = mapped_column(String(160), default="", info={"personal": _person})
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    uscc_check_ok: Mapped[bool] = mapped_column(default=True)
    uscc_confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    seller_class: Mapped[SellerClass] = mapped_column(words(SellerClass))
    nature: Mapped[PartyNature] = mapped_column(words(PartyNature))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    park_code: Mapped[str | None] = mapped_column(ForeignKey("parks.code"))
    address: Mapped[str] = mapped_column(String(200), default="", info={"personal": _person})
    representative: Mapped[str] = mapped_column(String(80), default="", info={"personal": _people})
    contact: Mapped[str] = mapped_column(String(80), default="", info={"personal": _people})
    phone: Mapped[str] = mapped_column(String(40), default="", info={"personal": _people})
    created_at: Mapped[datetime] = mapped_column(Instant)
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    verified_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    returned_why: Mapped[str] = mapped_column(String(500), default="")
    suspended_at: Mapped[datetime | None] = mapped_column(Instant)
    suspended_why: Mapped[str] = mapped_column(String(500), default="")

    region: Mapped[Region] = relationship(lazy="joined")
    park: Mapped[Park | None] = relationship(lazy="joined")
    papers: Mapped[list["PartyPaper"]] = relationship(order_by="PartyPaper.id")

    @property
    def known(self) -> Known:
        """What the market knows of the party, as the rules see it."""
        return Known(
            self.id,
            self.kind,
            uscc_doubtful=self.uscc_doubtful,
            shown=frozenset(paper.kind for paper in self.papers),
            seen=frozenset(paper.kind for paper in self.papers if paper.seen_at),
            papers=len(self.papers),
            returned=bool(self.returned_why),
            verified=self.verified_at is not None,
            suspended=self.suspended_at is not None,
        )

    @property
    def standing(self) -> Standing:
        """The market's word on the party; says no more than others may know."""
        if self.suspended_at is not None:
            return Standing.SUSPENDED
        return Standing.VERIFIED if self.verified_at is not None else Standing.UNVERIFIED

    @property
    def uscc_doubtful(self) -> bool:
        """The check digit fails and nobody of the market's staff has confirmed the code."""
        return self.uscc is not None and not self.uscc_check_ok and self.uscc_confirmed_by is None

    @property
    def city_code(self) -> str:
        """The city (four digits and two zeros) that the party's figures count for."""
        return self.region.city_code or self.region.code


class Membership(Base):
    """A person's seat in a party.

    ``authority_ref`` and ``authority_until`` are the party's written authority for a transfer
    office to bind it, and the last day it holds (REG-12).
    """

    __tablename__ = "memberships"
    of_person = "user_id"
    __table_args__ = (
        UniqueConstraint("user_id", "party_id"),
        CheckConstraint(
            "(authority_ref = '') = (authority_until IS NULL)", name="authority_has_a_paper"
        ),
        CheckConstraint(
            "authority_ref = '' OR seat = 'transfer-office'", name="offices_hold_authority"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    seat: Mapped[Seat] = mapped_column(words(Seat))
    suspended_at: Mapped[datetime | None] = mapped_column(Instant)
    authority_ref: Mapped[str] = mapped_column(String(120), default="")
    authority_until: Mapped[date | None] = mapped_column(Date)

    user: Mapped[User] = relationship()
    party: Mapped[Party] = relationship(lazy="joined")


UNANSWERED = "accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL"


class Invitation(Base):
    """A seat offered to an address; the ticket in the letter opens it once."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index(
            "uq_invitations_one_open",
            "party_id",
            "email",
            unique=True,
            sqlite_where=text(UNANSWERED),
            postgresql_where=text(UNANSWERED),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), info={"personal": _invited})
    seat: Mapped[Seat] = mapped_column(words(Seat))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), unique=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    invited_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    declined_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

    party: Mapped[Party] = relationship(lazy="joined")
    ticket: Mapped[Ticket] = relationship(lazy="joined")
    host: Mapped[User] = relationship()

    @property
    def offered(self) -> Offered:
        """The invitation as the rules see it."""
        return Offered(
            self.party_id,
            self.email,
            self.ticket.expires_at,
            answered=self.accepted_at is not None or self.declined_at is not None,
            withdrawn=self.withdrawn_at is not None,
        )


class PartyPaper(Base):
    """A paper that a party shows for its verification, and who of the market's staff saw it."""

    __tablename__ = "party_papers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    kind: Mapped[PaperKind] = mapped_column(words(PaperKind))
    reference: Mapped[str] = mapped_column(String(120), info={"personal": _shown})
    issued_on: Mapped[date | None] = mapped_column(Date)
    issued_by: Mapped[str] = mapped_column(String(120), default="")
    shown_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Tie(Base):
    """That one party controls another or holds a share in it; ended ties stay, with their day.

    Known to the market from the parties' own word or the operator's finding; ``source`` says which
    paper or register it rests on. ``share_bp`` are basis points of the equity, for a holding.
    """

    __tablename__ = "party_ties"
    __table_args__ = (
        CheckConstraint("holder_id <> held_id", name="nobody_holds_themselves"),
        CheckConstraint(
            "share_bp IS NULL OR (share_bp > 0 AND share_bp <= 10000)", name="share_is_a_part"
        ),
        CheckConstraint("(kind = 'equity') = (share_bp IS NOT NULL)", name="equity_has_a_share"),
        CheckConstraint("ended_on IS NULL OR ended_on >= since_on", name="ends_after_it_began"),
        Index(
            "uq_party_ties_one_open",
            "holder_id",
            "held_id",
            "kind",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    held_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    kind: Mapped[TieKind] = mapped_column(words(TieKind))
    share_bp: Mapped[int | None] = mapped_column()
    source: Mapped[str] = mapped_column(String(200), default="")
    since_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    noted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    noted_at: Mapped[datetime] = mapped_column(Instant)

    holder: Mapped[Party] = relationship(foreign_keys=holder_id, lazy="joined")
    held: Mapped[Party] = relationship(foreign_keys=held_id, lazy="joined")

    @property
    def bond(self) -> Bond:
        """The tie as the rules see it."""
        return Bond(self.holder_id, self.held_id, self.kind, self.share_bp)
