"""Mode 1, negotiated price (协议定价): offers by turns, and the one acceptance that binds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from market.kernel.authority import Act, Actor, Relation, Role, between, who_refusal
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled
from market.parties.rules import SellerClass


class Side(Labelled):
    """The two sides of the table."""

    BUYER = "buyer", N_("Buyer")
    SELLER = "seller", N_("Seller")

    @property
    def other(self) -> "Side":
        """The one across the table."""
        return Side.SELLER if self is Side.BUYER else Side.BUYER


class TalksStatus(Labelled):
    """Where a negotiation stands."""

    OPEN = "open", N_("Talks are open")
    AGREED = "agreed", N_("Agreed")
    ENDED = "ended", N_("Ended without agreement")


class OfferStatus(Labelled):
    """What became of an offer.

    That one expired or lapsed is computed from the clock and the listing, and stored only when
    another offer follows.
    """

    STANDING = "standing", N_("Standing")
    COUNTERED = "countered", N_("Answered with a counter-offer")
    ACCEPTED = "accepted", N_("Accepted")
    REFUSED = "refused", N_("Refused")
    WITHDRAWN = "withdrawn", N_("Taken back")
    EXPIRED = "expired", N_("Expired")
    LAPSED = "lapsed", N_("Lapsed: the listing was published anew")


class Waiting(Labelled):
    """On whom talks wait, as one of the two sides sees it."""

    MINE = "mine", N_("Waiting for you")
    THEIRS = "theirs", N_("Waiting for the other side")
    CLOSED = "closed", N_("Closed")


class TalksRefusal(Refusal):
    """Why an offer or an answer is not taken."""

    NOTICE_FIRST = (
        "notice-first",
        N_(
            "A state university or institute must publish name and proposed price for at least "
            "15 days first (促进科技成果转化法 18). Public notice is not open on this market yet."
        ),
    )
    OPEN_SALE_FIRST = (
        "open-sale-first",
        N_(
            "A state-owned enterprise transfers openly in a property exchange "
            "(企业国有资产法 54); a negotiated price is not open to it."
        ),
    )
    OFF_MARKET = "talks-off-market", N_("This listing is no longer on the market.")
    TERM_ENDED = (
        "talks-term-ended",
        N_("The term of a patent in this result has ended; it cannot be sold any more."),
    )
    OWN_LISTING = "talks-own-listing", N_("You cannot make an offer to your own party.")
    TALKS_OVER = "talks-over", N_("These talks are over.")
    NOT_YOUR_TURN = "not-your-turn", N_("It is the other side's turn to answer your offer.")
    NO_OFFER = "no-offer", N_("No offer stands that could be answered.")
    OWN_OFFER = "own-offer", N_("Only the other side may answer this offer.")
    NOT_YOUR_OFFER = "not-your-offer", N_("Only its maker may take an offer back.")
    OFFER_EXPIRED = "offer-expired", N_("This offer expired. Make a new one.")
    OFFER_LAPSED = (
        "offer-lapsed",
        N_(
            "This offer was made before the listing was published anew, maybe on other terms. "
            "Make a new one."
        ),
    )
    PRICE_MOVED = (
        "price-moved",
        N_("The standing offer is not the one you saw. Look at it again before you accept."),
    )
    EXPIRY_RANGE = (
        "expiry-range",
        N_("An offer must stand at least one hour and at most %(days)s days."),
    )
    TALKS_EXIST = "talks-exist", N_("You are in talks on this listing already.")


_SIDES = frozenset({Role.RESEARCHER, Role.COMPANY})
OFFER = Act(
    "negotiation.offer",
    N_("Make an offer or a counter-offer"),
    _SIDES,
    Relation.PARTY,
    binding=True,
    article="民法典 472",
)
OPEN = Act(
    "negotiation.open",
    N_("Open talks with a first offer"),
    frozenset({Role.COMPANY}),
    Relation.OWN,
    binding=True,
    article="民法典 472",
)
ANSWER = Act("negotiation.answer", N_("Refuse or take back an offer"), _SIDES, Relation.PARTY)
ACCEPT = Act(
    "negotiation.accept",
    N_("Accept the standing offer: strikes the deal"),
    _SIDES,
    Relation.PARTY,
    binding=True,
    su=True,
)
SEE = Act(
    "negotiation.see",
    N_("See a negotiation"),
    relation=Relation.PARTY,
    reads=True,
    readers=frozenset({(Role.AUDITOR, Relation.ANY)}),
    case=True,
)
ACTS = (SEE, OPEN, OFFER, ANSWER, ACCEPT)


@dataclass(frozen=True)
class Table:
    """The negotiation as the rules see it at one instant, read under the listing's lock.

    ``published_at`` is when the listing went on the market as it now is; ``term_ends_at`` is the
    instant from which one of its patents no longer stands.
    """

    seller_id: int
    buyer_id: int
    seller_class: SellerClass
    listing_live: bool
    status: TalksStatus
    standing: "Standing | None"
    published_at: datetime | None
    term_ends_at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """The offer that waits for an answer."""

    offer_id: int
    side: Side
    price: Money
    made_at: datetime
    expires_at: datetime


def lapsed(made_at: datetime, published_at: datetime | None) -> bool:
    """Whether an offer speaks of a listing redrafted since (民法典 488): it binds nobody."""
    return published_at is None or made_at < published_at


def _stands(table: Table, at: datetime) -> bool:
    standing = table.standing
    if standing is None or lapsed(standing.made_at, table.published_at):
        return False
    return at < standing.expires_at


def side_of(by: Actor, table: Table) -> Side | None:
    """On which side of the table a person sits."""
    if by.party_id is None:
        return None
    return {table.seller_id: Side.SELLER, table.buyer_id: Side.BUYER}.get(by.party_id)


def turn(table: Table, at: datetime) -> Side | None:
    """Whose turn it is; None where no offer stands any more and either side may make one."""
    return table.standing.side.other if table.standing and _stands(table, at) else None


def relations(by: Actor, table: Table) -> set[Relation]:
    """A person is party to the talks or is not."""
    return between(by, (table.seller_id, table.buyer_id))


def class_refusal(seller_class: SellerClass) -> TalksRefusal | None:
    """Whose results may be sold by talk alone (PRC-02, PRC-03; 企业国有资产法 54)."""
    if seller_class is SellerClass.STATE_INSTITUTE:
        return TalksRefusal.NOTICE_FIRST
    if seller_class is SellerClass.STATE_ENTERPRISE:
        return TalksRefusal.OPEN_SALE_FIRST
    return None


def open_refusal(
    by: Actor,
    *,
    seller_id: int,
    seller_class: SellerClass,
    live: bool,
    at: datetime,
    term_ends_at: datetime | None = None,
) -> Refusal | None:
    """Whether a company may open talks on a listing; its first offer binds it already."""
    acting = {Relation.OWN} if by.party_id is not None else set()
    who = who_refusal(OPEN, by, at, acting)
    if who is not None:
        return who
    if by.party_id == seller_id:
        return TalksRefusal.OWN_LISTING
    return _sale_refusal(live, term_ends_at, seller_class, at)


def expiry_refusal(at: datetime, expires_at: datetime, days_most: int) -> TalksRefusal | None:
    """An offer needs an end the other side can use (民法典 481)."""
    if not timedelta(hours=1) <= expires_at - at <= timedelta(days=days_most):
        return TalksRefusal.EXPIRY_RANGE
    return None


def _open_refusal(table: Table, at: datetime) -> TalksRefusal | None:
    if table.status is not TalksStatus.OPEN:
        return TalksRefusal.TALKS_OVER
    return _sale_refusal(table.listing_live, table.term_ends_at, table.seller_class, at)


def _sale_refusal(
    live: bool, term_ends_at: datetime | None, seller_class: SellerClass, at: datetime
) -> TalksRefusal | None:
    """Whether the result can be sold by talk at this instant."""
    if not live:
        return TalksRefusal.OFF_MARKET
    if term_ends_at is not None and term_ends_at <= at:
        return TalksRefusal.TERM_ENDED  # 专利法 42, IDN-04
    return class_refusal(seller_class)


def offer_refusal(by: Actor, table: Table, at: datetime) -> Refusal | None:
    """By turns: a new offer answers the other side's, or follows where none stands any more."""
    who = who_refusal(OFFER, by, at, relations(by, table))
    if who is not None:
        return who
    over = _open_refusal(table, at)
    if over is not None:
        return over
    standing = table.standing
    if standing and standing.side is side_of(by, table) and _stands(table, at):
        return TalksRefusal.NOT_YOUR_TURN
    return None


def accept_refusal(
    by: Actor, table: Table, at: datetime, *, seen: tuple[int, Money] | None = None
) -> Refusal | None:
    """One accepts the other side's standing offer only, at the exact price seen (民法典 483)."""
    who = who_refusal(ACCEPT, by, at, relations(by, table))
    if who is not None:
        return who
    over = _open_refusal(table, at)
    if over is not None:
        return over
    return _answerable_refusal(by, table, at, seen)


def refuse_refusal(by: Actor, table: Table, at: datetime) -> Refusal | None:
    """The other side's standing offer may be refused."""
    who = who_refusal(ANSWER, by, at, relations(by, table))
    if who is not None:
        return who
    if table.status is not TalksStatus.OPEN:
        return TalksRefusal.TALKS_OVER
    return _answerable_refusal(by, table, at, None)


def _answerable_refusal(
    by: Actor, table: Table, at: datetime, seen: tuple[int, Money] | None
) -> TalksRefusal | None:
    standing = table.standing
    if standing is None:
        return TalksRefusal.NO_OFFER
    if standing.side is side_of(by, table):
        return TalksRefusal.OWN_OFFER
    if lapsed(standing.made_at, table.published_at):
        return TalksRefusal.OFFER_LAPSED
    if at >= standing.expires_at:
        return TalksRefusal.OFFER_EXPIRED
    if seen is not None and seen != (standing.offer_id, standing.price):
        return TalksRefusal.PRICE_MOVED
    return None


def take_back_refusal(by: Actor, table: Table, at: datetime) -> Refusal | None:
    """An offer may be taken back by its maker until it is answered (民法典 476)."""
    who = who_refusal(ANSWER, by, at, relations(by, table))
    if who is not None:
        return who
    if table.status is not TalksStatus.OPEN:
        return TalksRefusal.TALKS_OVER
    if table.standing is None:
        return TalksRefusal.NO_OFFER
    return None if table.standing.side is side_of(by, table) else TalksRefusal.NOT_YOUR_OFFER


def end_refusal(by: Actor, table: Table, at: datetime) -> Refusal | None:
    """Either side may end the talks."""
    who = who_refusal(ANSWER, by, at, relations(by, table))
    if who is not None:
        return who
    return None if table.status is TalksStatus.OPEN else TalksRefusal.TALKS_OVER
