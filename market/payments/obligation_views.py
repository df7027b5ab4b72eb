"""The page of one obligation: what is due, how to pay it, how it divides, what became of it."""

from datetime import datetime
from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from config import Settings
from market.kernel.authority import Actor, asks
from market.kernel.clock import day_of, now
from market.kernel.db import Missing, reading, transaction
from market.kernel.downloads import opened
from market.ledger.queries import balance
from market.ledger.rules import Place, Purpose
from market.parties.queries import party_names
from market.payments import commands
from market.payments.asking import Counter
from market.payments.models import Obligation
from market.payments.overview import find_deposit, paid_out_of
from market.payments.pages import bp
from market.payments.papers import file_name, instructions_of, instructions_pdf
from market.payments.queries import find_waiting, get_obligation, payments_of, transfers_of
from market.payments.rules import PAY, SEE, give_up_refusal, pay_refusal, use_credit_refusal
from market.payments.sheet import ObligationStatus
from market.payments.telling import Told, division, sees_division, told


@bp.get("/obligations/<int:obligation_id>")
@asks(SEE)
def show(obligation_id: int) -> ResponseReturnValue:
    """One obligation, from its opening to where its last yuan went."""
    by, at = current_user.actor, now()
    with reading() as s:
        obligation = get_obligation(s, obligation_id, by, at)
        steps = told(
            obligation,
            transfers_of(s, obligation),
            payments_of(s, obligation.id),
            paid_out_of(s, obligation, by.party_id),
            by,
        )
        return render_template(
            "payments/show.html",
            obligation=obligation,
            steps=steps,
            names=_names(s, steps),
            rest=_rest(obligation, by),
            deposit=find_deposit(s, obligation),
            division=division(obligation) if sees_division(by, obligation.due) else [],
            today=day_of(at),
            about=_about(obligation, by),
            **_ways(s, obligation, by, at),
        )


ABOUT = {
    "deal": ("deals.show", "deal_id"),
    "contract": ("contracts.show", "contract_id"),
    "listing": ("listings.show", "listing_id"),
}
"""Where the subjects of obligations have their pages: by name, since they stand above."""


def _about(obligation: Obligation, by: Actor) -> str | None:
    """The page of what is owed for, where the reader is a side of it."""
    if obligation.subject_kind not in ABOUT:
        return None
    if by.party_id not in (obligation.debtor_id, obligation.creditor_id):
        return None
    endpoint, name = ABOUT[obligation.subject_kind]
    place: dict[str, Any] = {name: obligation.subject_id}
    return url_for(endpoint, **place)


def _ways(s: Session, obligation: Obligation, by: Actor, at: datetime) -> dict[str, object]:
    """By which ways this reader may pay, or why not: the same rules that the commands ask."""
    place = Place(Purpose.CREDIT, obligation.debtor_id)
    free = balance(s, place, obligation.currency).available
    waiting = find_waiting(s, obligation.id)
    counter: Counter = current_app.extensions["market.counter"]
    return {
        "waiting": waiting,
        "may_give_up": give_up_refusal(by, obligation.due, waiting.stage, at) if waiting else None,
        "online": {
            channel: pay_refusal(by, obligation.due, at, takes=gateway.takes(obligation.remaining))
            for channel, gateway in counter.gateways.items()
        },
        "may_pay": pay_refusal(by, obligation.due, at),
        "may_use_credit": use_credit_refusal(by, obligation.due, free, at),
        "free": min(free, obligation.remaining),
        "into": _settings().bank,
    }


def _rest(obligation: Obligation, by: Actor) -> str:
    """What is not the reader's business: to who pays it is the payee, to others the others."""
    if by.party_id != obligation.debtor_id:
        return str(gettext("others"))
    return obligation.creditor.name if obligation.creditor else str(gettext("the market"))


def _names(s: Session, steps: list[Told]) -> dict[int, str]:
    """Names of the parties whose accounts are told of."""
    flows = [flow for step in steps for flow in (*step.sources, *step.targets)]
    return party_names(s, {f.place.party_id for f in flows if f.place and f.place.party_id})


@bp.get("/obligations/<int:obligation_id>/instructions.pdf")
@asks(SEE)
def instructions(obligation_id: int) -> ResponseReturnValue:
    """What a payer takes to the bank, as long as something is due."""
    settings = _settings()
    with reading() as s:
        obligation = get_obligation(s, obligation_id, current_user.actor, now())
        if obligation.status is not ObligationStatus.OPEN or settings.bank is None:
            raise Missing("instructions", obligation_id)
        page = settings.base_url + url_for(".show", obligation_id=obligation_id)
        due = instructions_of(obligation, settings.bank, page)
    return opened(instructions_pdf(due), file_name(due), "application/pdf")


@bp.post("/obligations/<int:obligation_id>/credit")
@asks(PAY)
def use_credit(obligation_id: int) -> ResponseReturnValue:
    """Pay with money of the debtor that lies free at the market."""
    by, at = current_user.actor, now()
    with transaction() as s:
        get_obligation(s, obligation_id, by, at)
        left = commands.use_credit(s, obligation_id, by=by, at=at).remaining
    said = gettext("Paid in part.") if left.minor else gettext("Paid in full.")
    flash(said)
    return redirect(url_for(".show", obligation_id=obligation_id))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["market.settings"]
    return settings
