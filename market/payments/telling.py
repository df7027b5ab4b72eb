"""What became of each yuan of an obligation, step by step: where it came from, where it went.

Who pays need not know how the price divides, and who has a part of it not what the others get: what
is not the reader's business is drawn together into one flow.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from market.kernel.authority import Actor
from market.kernel.money import Money
from market.kernel.words import N_, Labelled
from market.ledger.models import Transfer
from market.ledger.rules import OUTSIDE, Phase, Place, Purpose, Why
from market.payments.gateway_models import Payment
from market.payments.gateways import Stage
from market.payments.models import Obligation, ObligationShare
from market.payments.payout_models import Payout
from market.payments.rules import Due
from market.payments.splitting import divided


class Step(Labelled):
    """What happened, as a sentence with named places."""

    OPENED = "opened", N_("%(amount)s is to be paid by %(day)s.")
    ASKED = "asked", N_("A payment of %(amount)s was begun: %(channel)s.")
    NOTHING = "nothing", N_("The payment came to nothing: %(channel)s.")
    BOOKED = "booked", N_("%(why)s: %(amount)s.")
    RESERVED = "reserved", N_("%(why)s: %(amount)s is reserved.")
    CARRIED_OUT = "carried-out", N_("%(why)s: the reserved %(amount)s is booked.")
    RELEASED = "released", N_("%(why)s: the reserved %(amount)s is released.")
    LEFT = "left", N_("Of your part, %(amount)s was paid out: %(reference)s.")
    PAID = "paid", N_("Paid in full.")
    CANCELLED = "cancelled", N_("Cancelled; nothing is due any more.")


STEPS = {
    Phase.DIRECT: Step.BOOKED,
    Phase.PENDING: Step.RESERVED,
    Phase.POSTED: Step.CARRIED_OUT,
    Phase.VOIDED: Step.RELEASED,
    Phase.EXPIRED: Step.RELEASED,
}


OPEN = frozenset({*OUTSIDE, Purpose.UNMATCHED})
"""Places of the market that everybody may see money come from and go to."""


@dataclass(frozen=True)
class Flow:
    """Money at one place; ``place`` None is all that is not the reader's business."""

    place: Place | None
    money: Money


@dataclass(frozen=True)
class Told:
    """One step: when, what, where the money came from and where it went; which entry tells it."""

    at: datetime
    step: Step
    facts: Mapping[str, object] = field(default_factory=dict)
    sources: tuple[Flow, ...] = ()
    targets: tuple[Flow, ...] = ()
    entry: int | None = None


def sees_division(by: Actor, due: Due) -> bool:
    """How receipts divide is seen by who is paid and by the market's staff that reads it."""
    return (
        by.party_id is None
        or by.party_id not in ({due.debtor_id} | due.others)
        or (by.party_id == due.creditor_id)
    )


@dataclass(frozen=True)
class Part:
    """One part of the frozen terms: of the whole amount, and of what has come so far."""

    share: ObligationShare
    whole: Money
    received: Money


def division(obligation: Obligation) -> list[Part]:
    """How the amount divides, and how what came of it has divided, receipt by receipt."""
    received = [Money(0, obligation.currency) for _ in obligation.shares]
    for each in obligation.settlements:
        sign = 1 if each.amount_minor > 0 else -1
        came = divided(Money(abs(each.amount_minor), obligation.currency), obligation.terms)
        received = [had + part * sign for had, (_, part) in zip(received, came, strict=True)]
    whole = [part for _, part in divided(obligation.amount, obligation.terms)]
    parts = zip(obligation.shares, whole, received, strict=True)
    return [Part(*each) for each in parts]


def told(
    obligation: Obligation,
    transfers: Iterable[Transfer],
    payments: Iterable[Payment],
    left: Iterable[tuple[Payout, Money]],
    by: Actor,
) -> list[Told]:
    """All that happened, the earliest first, as this reader may know it."""
    mine = None if sees_division(by, obligation.due) else {by.party_id, obligation.debtor_id}
    steps = [
        *_opening(obligation),
        *_attempts(payments),
        *(booked(each, mine) for each in transfers),
        *_ending(obligation),
        *(_left(payout, part) for payout, part in left),
    ]
    return sorted(steps, key=lambda each: each.at)  # stable: at one instant as listed here


def _opening(obligation: Obligation) -> Iterator[Told]:
    facts = {"amount": obligation.amount, "day": obligation.due_on}
    yield Told(obligation.opened_at, Step.OPENED, facts)


def _attempts(payments: Iterable[Payment]) -> Iterator[Told]:
    for each in payments:
        facts = {"amount": each.amount, "channel": each.channel}
        yield Told(each.requested_at, Step.ASKED, facts)
        if each.stage in (Stage.FAILED, Stage.CANCELLED):
            yield Told(each.known_at, Step.NOTHING, facts)


def why(transfer: Transfer) -> Why:
    """What a transfer is for; one that reverses another is a correction, whatever it reverses."""
    return Why.CORRECTION if transfer.reverses_id else transfer.why


def booked(transfer: Transfer, mine: set[int | None] | None = None) -> Told:
    """One entry of the ledger; ``mine`` are the parties that the reader has to do with."""
    flows = [(leg.account.place, leg.amount_minor) for leg in transfer.legs]
    sources = _seen([(p, -n) for p, n in flows if n < 0], transfer.currency, mine)
    targets = _seen([(p, n) for p, n in flows if n > 0], transfer.currency, mine)
    whole = sum((n for _, n in flows if n > 0), start=0)
    facts: dict[str, object] = {
        "why": why(transfer),
        "amount": Money(whole, transfer.currency),
    }
    return Told(transfer.at, STEPS[transfer.phase], facts, sources, targets, transfer.id)


def _seen(
    flows: list[tuple[Place, int]], currency: str, mine: set[int | None] | None
) -> tuple[Flow, ...]:
    """Flows that the reader may see, and one for all the others."""
    if mine is None:
        return tuple(Flow(place, Money(n, currency)) for place, n in flows)
    own = [(p, n) for p, n in flows if p.purpose in OPEN or p.party_id in mine]
    rest = sum(n for p, n in flows if (p, n) not in own)
    seen = [Flow(place, Money(n, currency)) for place, n in own]
    return (*seen, Flow(None, Money(rest, currency))) if rest else tuple(seen)


def _left(payout: Payout, part: Money) -> Told:
    assert payout.ended_at is not None, "what has left has its instant"
    return Told(payout.ended_at, Step.LEFT, {"amount": part, "reference": payout.reference})


def _ending(obligation: Obligation) -> Iterator[Told]:
    if obligation.settled_at is not None:
        yield Told(obligation.settled_at, Step.PAID)
    if obligation.cancelled_at is not None:
        yield Told(obligation.cancelled_at, Step.CANCELLED)
