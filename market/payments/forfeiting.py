"""Who would get what of a deposit that is forfeited, from what was typed or proposed (AUC-26)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.kernel.money import Money
from market.kernel.refusal import Refused
from market.parties.queries import find_party, party_names
from market.payments.desk_forms import ClaimsForm, Rest
from market.payments.models import Deposit
from market.payments.rules import PaymentRefusal
from market.payments.sheet import Share, ShareKind
from market.payments.splitting import WHOLE, Claim, forfeited


@dataclass(frozen=True)
class Got:
    """What somebody gets: as what, who (the market where there is no name), how much."""

    kind: ShareKind
    name: str
    money: Money


@dataclass(frozen=True)
class Outcome:
    """How a deposit divides; ``unmet`` is what of the claims it does not cover."""

    parts: list[Got]
    claimed: Money
    unmet: Money


def claims_of(session: Session, form: ClaimsForm) -> tuple[list[Claim], int | None]:
    """The claims in the law's order, and the taker of the rest; None is the market."""
    seller = _party(session, form, "seller")
    to_seller = form.rest.data is Rest.SELLER
    shortfall = form.amount("shortfall")
    if seller is None and (to_seller or shortfall.minor):
        raise Refused(PaymentRefusal.SELLER_UNNAMED, field="seller")
    claims = [Claim(ShareKind.COSTS, None, form.amount("costs"))]
    for side in ("buyer", "seller"):
        broker = _party(session, form, f"{side}_broker")
        kind = ShareKind.PLATFORM if broker is None else ShareKind.COMMISSION
        claims.append(Claim(kind, broker, form.amount(f"{side}_commission")))
    claims.append(Claim(ShareKind.SELLER, seller, shortfall))
    return [each for each in claims if each.amount.minor], seller if to_seller else None


def _party(session: Session, form: ClaimsForm, field: str) -> int | None:
    """The party that a field names; None where it names none."""
    named = str(form._fields[field].data or "").strip()
    if not named:
        return None
    try:
        found = find_party(session, named)
    except Refused as error:
        raise Refused(error.refusal, field=field) from error
    if found is None:
        raise Refused(PaymentRefusal.UNKNOWN_TAKER, field=field)
    return found.id


def outcome(session: Session, deposit: Deposit, claims: list[Claim], rest: Share) -> Outcome:
    """Who gets what: computed as the confirming command computes it."""
    parts = forfeited(deposit.amount, claims, rest)
    names = party_names(session, {share.party_id for share, _ in parts if share.party_id})
    claimed = sum((claim.amount for claim in claims), start=Money(0, deposit.amount.currency))
    nothing = Money(0, claimed.currency)
    return Outcome(
        [Got(share.kind, names.get(share.party_id or 0, ""), money) for share, money in parts],
        claimed,
        max(claimed - deposit.amount, nothing),
    )


def rest_share(party_id: int | None) -> Share:
    """Whose the rest is, as a part."""
    return Share(ShareKind.PLATFORM if party_id is None else ShareKind.SELLER, WHOLE, party_id)
