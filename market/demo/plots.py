"""What the demo world's tables say: a result and how it fares, a contract and how it ends."""

from dataclasses import dataclass
from enum import Enum

from market.contracts.terms import DeductionKind, IpKind, Kind, Objective, Payment
from market.listings.sheet import (
    EncumbranceFacts,
    Funding,
    KeyField,
    LicenceType,
    Maturity,
    RightKind,
    TechnologyField,
    Way,
)


class Fate(Enum):
    """What becomes of a result; one that finds a buyer is published first."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    REDRAFTED = "redrafted"
    REPUBLISHED = "republished"


class End(Enum):
    """Where a contract's story stops."""

    DRAFT = "draft"
    SIGNING = "signing"
    DROPPED = "dropped"
    SIGNED = "signed"
    SUBMITTED = "submitted"
    TURNED_AWAY = "turned-away"
    ACCEPTED = "accepted"
    CORRECTION = "correction"
    RESUBMITTED = "resubmitted"
    WITHDRAWN = "withdrawn"
    PASSED = "passed"
    REFUSED = "refused"
    REPLACED = "replaced"
    REGISTERED = "registered"
    CHANGED = "changed"
    PROPOSED = "proposed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Price:
    """How the price of a deal is paid.

    ``parts`` are instalments: percent, and calendar days after signing; none: paid once. ``came``
    is how many payments were made. A royalty of ``rate_bp`` on sales is declared every so many
    months; ``figures`` are the sales declared so far, in 万元.
    """

    parts: tuple[tuple[int, int], ...] = ()
    came: int = 1
    rate_bp: int = 0
    every_months: int = 3
    figures: tuple[int, ...] = ()


@dataclass(frozen=True)
class Talk:
    """One company's talks on a result, told in moves.

    ``b80`` the buyer offers 80 (万元), ``s110`` the seller counters; ``s=`` the seller accepts,
    ``s-`` refuses; ``b~`` the buyer takes its offer back; ``b.`` ends the talks. ``b80!`` stands
    for one hour only, ``+9`` lets nine days more go by. ``contract`` is how the contract of an
    agreement ends; None: none is drafted.
    """

    buyer: str
    moves: str
    contract: End | None = None
    price: Price = Price()

    @property
    def signed(self) -> bool:
        """Whether both sides have signed the contract of its deal."""
        return self.contract not in (None, End.DRAFT, End.SIGNING, End.DROPPED)


@dataclass(frozen=True)
class Result:
    """A result of ``seller``, first drafted ``age`` working days ago, priced in 万元."""

    seller: str
    age: int
    title: str
    abstract: str
    field: TechnologyField
    wan: int | None
    makers: tuple[str, ...]
    rights: tuple[tuple[RightKind, int], ...] = ((RightKind.INVENTION, 2022),)
    way: Way | None = Way.ASSIGN
    licence: LicenceType | None = None
    licences: int | None = None
    key_field: KeyField | None = None
    maturity: Maturity | None = Maturity.PILOT
    funding: Funding | None = Funding.NONE
    ipc: str = ""
    keywords: str = ""
    valued: int | None = None
    co_owner: str = ""
    encumbrances: tuple[EncumbranceFacts, ...] = ()
    fate: Fate = Fate.PUBLISHED
    why: str = ""
    talks: tuple[Talk, ...] = ()


@dataclass(frozen=True)
class Work:
    """A contract from outside the market, drafted ``age`` working days ago, in 万元.

    ``costs`` are the lines of non-technical cost, ``parts`` instalments in percent.
    """

    seller: str
    buyer: str
    age: int
    kind: Kind
    title: str
    subject: str
    wan: int
    end: End
    field: TechnologyField
    objective: Objective = Objective.INDUSTRY
    ip: IpKind = IpKind.NONE
    plan: Funding = Funding.NONE
    costs: tuple[tuple[DeductionKind, int], ...] = ()
    parts: tuple[int, ...] = ()
    payment: Payment = Payment.ONCE
    royalty: str = ""
    licence: LicenceType | None = None
    rights: str = ""
    years: int = 2


@dataclass(frozen=True)
class Pledge:
    """A deposit of 万元 for a result, asked for ``age`` working days ago; ``back``: why it went."""

    buyer: str
    title: str
    wan: int
    age: int
    back: str = ""


@dataclass(frozen=True)
class Earning:
    """A seller's account, named ``age`` working days ago, and its orders: when, in 万元."""

    seller: str
    age: int
    orders: tuple[tuple[int, int], ...]
