"""Money follows the contract: what a signed contract of the market has its buyer owe.

Steps of commands, which hold the contract's lock. All of it is owed on the deal, so that a
corrected contract keeps the thread: at any time what stands adds to no more than the contract says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from market.contracts.models import Contract
from market.contracts.terms import ROYALTY_DAYS, Payment
from market.deals.models import Deal
from market.kernel.authority import Actor
from market.kernel.calendar import last_working_day
from market.kernel.clock import day_of
from market.kernel.db import lock
from market.kernel.money import Money
from market.kernel.personal import Ref
from market.kernel.words import N_
from market.payments.commands import cancel_obligation, owe
from market.payments.models import Obligation
from market.payments.queries import obligations_on, received_on
from market.payments.royalties import RoyaltyTerms
from market.payments.royalty_commands import agree_royalty, end_royalty
from market.payments.royalty_queries import find_running
from market.payments.rules import PLATFORM_FEE, PRICE_DUE_DAYS, cancel_refusal
from market.payments.sheet import ObligationKind, ObligationStatus, Owed, Share
from market.payments.splitting import less_fee
from market.rulebook.queries import law

REPLACED = N_("A corrected contract takes the place of the one that this was owed for.")
PRICES = frozenset({ObligationKind.PRICE, ObligationKind.INSTALMENT, ObligationKind.ENTRY_FEE})


@dataclass(frozen=True)
class Part:
    """One payment of a contract: place n of so many."""

    kind: ObligationKind
    amount: Money
    due_on: date
    place: int = 1
    of: int = 1


def open_owed(session: Session, contract: Contract, *, by: Actor, at: datetime) -> None:
    """Have the buyer owe what a contract of the market says, as far as it is not owed already.

    Of a contract that corrects another, the first payments count as made where money has come. A
    royalty begins, to be declared period by period.
    """
    if contract.deal is None:
        return
    rules, subject = law(session, day_of(at)), owed_for(contract.deal)
    shares = less_fee(contract.seller_id, rules.number(PLATFORM_FEE))
    once_on = last_working_day(day_of(at), rules.number(PRICE_DUE_DAYS)).on
    stands = [each.amount for each in standing(session, contract.deal)]
    for part in left(parts(contract, once_on), stands):
        owed = Owed(
            part.kind,
            contract.buyer_id,
            contract.seller_id,
            part.amount,
            subject,
            contract.title,
            part.due_on,
            shares=shares,
            place=part.place,
            of=part.of,
        )
        owe(session, owed, by=by, at=at)
    _open_royalty(session, contract, subject, shares, by=by, at=at)


def _open_royalty(
    session: Session,
    contract: Contract,
    subject: Ref,
    shares: tuple[Share, ...],
    *,
    by: Actor,
    at: datetime,
) -> None:
    reckoning, running = contract.terms.reckoning, find_running(session, subject)
    if reckoning is None:
        if running is not None:
            end_royalty(session, running.id, by=by, at=at)
        return
    assert contract.starts_on is not None, "what is signed lacks nothing"
    assert contract.ends_on is not None, "what is signed lacks nothing"
    terms = RoyaltyTerms(
        subject,
        contract.title,
        contract.seller_id,
        contract.buyer_id,
        reckoning.base,
        reckoning.rate_bp,
        contract.turnover_currency,
        reckoning.every_months,
        contract.starts_on,
        contract.ends_on,
        ROYALTY_DAYS,
        shares,
    )
    agree_royalty(session, terms, by=by, at=at)


def cancel_owed(session: Session, deal: Deal | None, *, by: Actor, at: datetime) -> None:
    """Cancel what a contract that is corrected had asked for, where nobody has paid of it yet."""
    for each in standing(session, deal) if deal is not None else ():
        if cancel_refusal(lock(session, Obligation, each.id).due) is None:
            cancel_obligation(session, each.id, REPLACED, by=by, at=at)


def standing(session: Session, deal: Deal) -> list[Obligation]:
    """What the buyer of a deal was asked for and what was not cancelled since."""
    return [
        each
        for each in obligations_on(session, owed_for(deal))
        if each.kind in PRICES and each.status is not ObligationStatus.CANCELLED
    ]


def money_of(session: Session, contract: Contract) -> dict[str, object]:
    """What its page shows: what was asked for on its deal and what was received (技术性收入)."""
    if contract.deal is None:
        return {"owed": [], "received": None, "royalty": None}
    subject = owed_for(contract.deal)
    return {
        "owed": obligations_on(session, subject),
        "received": received_on(session, subject, contract.turnover_currency),
        "royalty": find_running(session, subject),
    }


def owed_for(deal: Deal) -> Ref:
    """What a price is owed for: the deal, whichever of its contracts stands."""
    return "deal", deal.id


def parts(contract: Contract, once_on: date) -> list[Part]:
    """What is to be paid and by when: what is paid once, on ``once_on`` (民法典 846, LST-06).

    A royalty alone asks for nothing yet: it is declared when its base is known.
    """
    payment = contract.payment
    if payment is Payment.INSTALMENTS:
        lines = contract.instalments
        return [
            Part(
                ObligationKind.INSTALMENT,
                Money(line.amount_minor, contract.turnover_currency),
                line.due_on,
                n,
                len(lines),
            )
            for n, line in enumerate(lines, start=1)
        ]
    kinds = {
        Payment.ONCE: ObligationKind.PRICE,
        Payment.ENTRY_ROYALTY: ObligationKind.ENTRY_FEE,
    }
    return [Part(kinds[payment], contract.turnover, once_on)] if payment in kinds else []


def left(wanted: Sequence[Part], stands: Sequence[Money]) -> list[Part]:
    """The parts still to be asked for: what stands already counts against the first of them."""
    covered, asked = sum((money.minor for money in stands), start=0), []
    for part in wanted:
        counted = min(covered, part.amount.minor)
        covered -= counted
        if counted < part.amount.minor:
            rest = part.amount - Money(counted, part.amount.currency)
            asked.append(Part(part.kind, rest, part.due_on, part.place, part.of))
    return asked
