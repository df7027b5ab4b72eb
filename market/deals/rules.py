"""When a deal may be struck: the waist knows grants and numbers, never how a price was found."""

from dataclasses import dataclass
from datetime import datetime

from market.kernel.authority import Act, Actor, Relation, Role, who_refusal
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_


class DealRefusal(Refusal):
    """Why no deal is struck."""

    OFF_MARKET = "off-market", N_("This listing is no longer on the market.")
    ALREADY_GRANTED = (
        "already-granted",
        N_("One of these rights has been granted exclusively already."),
    )
    SOLD_OUT = "sold-out", N_("All licences offered have been taken.")
    OWN_LISTING = "own-listing", N_("A seller cannot buy from itself.")
    NO_PRICE = "no-price", N_("A deal needs a price above zero.")


SEE_DEAL = Act(
    "deal.see",
    N_("See a deal"),
    relation=Relation.PARTY,
    reads=True,
    readers=frozenset({(Role.AUDITOR, Relation.ANY)}),
)
ACTS = (SEE_DEAL,)


@dataclass(frozen=True)
class Supply:
    """What of a listing is left to take, read under the listing's lock."""

    live: bool
    exclusive: bool
    granted: bool
    offered: int | None
    taken: int


def strike_refusal(
    supply: Supply, *, seller_id: int, buyer_id: int, price: Money
) -> DealRefusal | None:
    """Exactly one deal on an exclusive grant; ordinary licences up to the stated number (P-28)."""
    if supply.granted:
        return DealRefusal.ALREADY_GRANTED
    if not supply.exclusive and supply.offered is not None and supply.taken >= supply.offered:
        return DealRefusal.SOLD_OUT
    if not supply.live:
        return DealRefusal.OFF_MARKET
    if seller_id == buyer_id:
        return DealRefusal.OWN_LISTING
    return DealRefusal.NO_PRICE if price.minor <= 0 else None


def exhausted(supply: Supply) -> bool:
    """Whether the deal about to be struck leaves nothing to offer."""
    if supply.exclusive:
        return True
    return supply.offered is not None and supply.taken + 1 >= supply.offered


def see_refusal(by: Actor, seller_id: int, buyer_id: int, at: datetime) -> Refusal | None:
    """A deal is its parties' business."""
    near = {Relation.PARTY} if by.party_id in (seller_id, buyer_id) else set()
    return who_refusal(SEE_DEAL, by, at, near)
