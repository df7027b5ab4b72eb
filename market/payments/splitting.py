"""Dividing money so that the parts always add to the whole. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from market.kernel.money import Money
from market.ledger.rules import Place
from market.payments.sheet import Share, ShareKind

WHOLE = 10_000


def shared(whole: Money, weights: Sequence[int]) -> list[Money]:
    """The whole divided by weights, to the minor unit, by largest remainder.

    Each part is its exact share rounded down; the units left over go to the largest remainders,
    of equal ones to the earlier. Refuses (``ValueError``) what is negative or has no weight.
    """
    total = sum(weights)
    if total <= 0 or whole.minor < 0 or any(weight < 0 for weight in weights):
        raise ValueError("only a whole of zero or more divides, by weights of zero or more")
    parts = [whole.minor * weight // total for weight in weights]
    remainders = [whole.minor * weight % total for weight in weights]
    order = sorted(range(len(weights)), key=lambda n: (-remainders[n], n))
    for n in order[: whole.minor - sum(parts)]:
        parts[n] += 1
    return [Money(part, whole.currency) for part in parts]


def divided(receipt: Money, shares: Sequence[Share]) -> list[tuple[Share, Money]]:
    """How one receipt divides by an obligation's frozen terms."""
    parts = shared(receipt, [share.weight_bp for share in shares])
    return list(zip(shares, parts, strict=True))


def less_fee(party_id: int, fee_bp: int) -> tuple[Share, ...]:
    """Terms of division that give the market its fee and a party the rest."""
    terms = (
        Share(ShareKind.SELLER, WHOLE - fee_bp, party_id),
        Share(ShareKind.PLATFORM, fee_bp),
    )
    return tuple(share for share in terms if share.weight_bp)


@dataclass(frozen=True)
class Claim:
    """What somebody may take out of a forfeited deposit."""

    kind: ShareKind
    party_id: int | None
    amount: Money


def forfeited(deposit: Money, claims: Sequence[Claim], rest: Share) -> list[tuple[Share, Money]]:
    """Who gets what of a forfeited deposit: claims in their order while it lasts, then the rest.

    The order is the law's (AUC-26, 拍卖法 39): costs, both commissions, the shortfall of the
    resale; what then remains goes where the contract says.
    """
    left, parts = deposit, []
    for claim in claims:
        taken = min(left, claim.amount)
        left = left - taken
        parts.append((Share(claim.kind, WHOLE, claim.party_id), taken))
    parts.append((rest, left))
    return [(share, money) for share, money in parts if money.minor]


def forfeit_terms(told: Mapping[str, object], currency: str) -> tuple[list[Claim], Share]:
    """The claims and the taker of the rest, as proposed."""
    listed, rest_to = told["claims"], told["rest_to"]
    assert isinstance(listed, list)
    assert rest_to is None or isinstance(rest_to, int)
    claims = [Claim(ShareKind.of(kind), party, Money(n, currency)) for kind, party, n in listed]
    kind = ShareKind.PLATFORM if rest_to is None else ShareKind.SELLER
    return claims, Share(kind, WHOLE, rest_to)


def by_place(parts: Sequence[tuple[Share, Money]]) -> list[tuple[Place, Money]]:
    """Where the parts go in the ledger; parts of nothing go nowhere."""
    return [(share.place, money) for share, money in parts if money.minor]
