"""Paying through a gateway, giving it up, and the notices that gateways send."""

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from config import Settings
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import Missing, apart, reading, transaction
from market.kernel.policy import POLICY
from market.payments.asking import Counter, ask_payment, hear
from market.payments.card_page import widened
from market.payments.gateway_commands import begin_payment, give_up_payment
from market.payments.gateways import Channel, Stage, Unsure
from market.payments.pages import bp
from market.payments.queries import find_waiting, get_obligation
from market.payments.rules import NOTICE, PAY
from market.payments.webhooks import HEADER, Forged, Unset, foreign, parse


@bp.post("/obligations/<int:obligation_id>/pay/<any(stripe, play):channel>")
@asks(PAY, creates=True)
def pay(obligation_id: int, channel: str) -> ResponseReturnValue:
    """Store what is to be paid, then ask the gateway, then note its answer: three steps apart."""
    at, by, counter = now(), current_user.actor, _counter()
    gateway = counter.gateway(Channel.of(channel))
    with apart() as s:
        get_obligation(s, obligation_id, by, at)
        payment_id = begin_payment(s, obligation_id, gateway, by=by, at=at).id
    try:
        fact = ask_payment(counter, payment_id)
    except Unsure:
        flash(gettext("The gateway has not answered yet. Nothing is lost: we ask again by itself."))
        return redirect(url_for(".show", obligation_id=obligation_id))
    if fact is not None and fact.stage is Stage.ACTION:
        return redirect(url_for(".card", obligation_id=obligation_id))
    paid = fact is not None and fact.stage is Stage.SUCCEEDED
    flash(gettext("Paid.") if paid else gettext("The gateway declined the payment."))
    return redirect(url_for(".show", obligation_id=obligation_id))


@bp.get("/obligations/<int:obligation_id>/card")
@asks(PAY)
def card(obligation_id: int) -> ResponseReturnValue:
    """Where the payer gives the card to the gateway; we never see it."""
    at, by, counter = now(), current_user.actor, _counter()
    stripe = _settings().stripe
    with reading() as s:
        obligation = get_obligation(s, obligation_id, by, at)
        waiting = find_waiting(s, obligation_id)
        gateway = counter.gateway(Channel.STRIPE)
        if waiting is None or gateway is None or stripe is None or waiting.external_id is None:
            raise Missing("payment", obligation_id)
        if by.party_id != obligation.debtor_id:
            raise Missing("payment", obligation_id)
        external_id, title = waiting.external_id, obligation.title
    try:
        fact = gateway.look(external_id)
    except Unsure:
        flash(gettext("The gateway has not answered yet. Nothing is lost: we ask again by itself."))
        return redirect(url_for(".show", obligation_id=obligation_id))
    back = url_for(".show", obligation_id=obligation_id)
    page = render_template(
        "payments/card.html",
        words=title,
        fact=fact,
        stripe=stripe,
        return_url=_settings().base_url + back,
        back_url=back,
        bank_url=back,
    )
    return Response(page, headers={"Content-Security-Policy": widened(POLICY, stripe)})


@bp.post("/obligations/<int:obligation_id>/give-up")
@asks(PAY)
def give_up(obligation_id: int) -> ResponseReturnValue:
    """Give up a payment that is under way; the gateway is told within minutes."""
    at, by = now(), current_user.actor
    with transaction() as s:
        get_obligation(s, obligation_id, by, at)
        waiting = find_waiting(s, obligation_id)
        if waiting is None:
            raise Missing("payment", obligation_id)
        give_up_payment(s, waiting.id, by=by, at=at)
    flash(gettext("The payment is given up. If money was taken all the same, it is booked."))
    return redirect(url_for(".show", obligation_id=obligation_id))


@bp.post("/notices/stripe")
@asks(NOTICE)
def notice() -> ResponseReturnValue:
    """Believe only what the gateway signed; then ask it how things stand now (P-25)."""
    stripe, counter = _settings().stripe, _counter()
    if stripe is None:
        raise Missing("gateway", "stripe")
    try:
        told = parse(
            request.get_data(), request.headers.get(HEADER, ""), stripe.webhook_secrets, now()
        )
    except Unset:
        return Response("no secret is set\n", 503, mimetype="text/plain")
    except Forged:
        return Response("not believed\n", 400, mimetype="text/plain")
    try:
        outcome = hear(counter, told, foreign(told, live=stripe.live, account=stripe.account))
    except Unsure:
        return Response("ask again later\n", 503, mimetype="text/plain")
    return Response(f"{outcome}\n", 200, mimetype="text/plain")


def _counter() -> Counter:
    counter: Counter = current_app.extensions["market.counter"]
    return counter


def _settings() -> Settings:
    settings: Settings = current_app.extensions["market.settings"]
    return settings
