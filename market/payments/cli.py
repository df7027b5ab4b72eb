"""``flask payments``: reconcile with the gateways, prove that the market's money adds up."""

import sys
from itertools import islice

import click
from flask import current_app
from flask.cli import AppGroup

from market.kernel.db import reading
from market.ledger.queries import by_purpose
from market.payments.asking import Counter
from market.payments.reconciling import reconcile
from market.payments.verifying import differences

MOST = 20
"""After so many differences the rest says nothing new."""

payments = AppGroup("payments", help="Reconcile with the gateways, prove that the money adds up.")


@payments.command("reconcile")
def _reconcile() -> None:
    """Ask the gateways about what waits, and hold their account books against ours."""
    counter: Counter = current_app.extensions["market.counter"]
    done = reconcile(counter)
    click.echo(
        f"{done.asked} asked about, {done.noted} lines noted, {done.later} left for later, "
        f"{done.unsure} without an answer"
    )


@payments.command("verify")
def _verify() -> None:
    """Recompute all money from its first transfer on; name the first differences. Exit 1 if any."""
    with reading() as session:
        found = list(islice(differences(session), MOST))
        held = by_purpose(session)
    for (purpose, currency), money in sorted(held.items(), key=str):
        click.echo(f"{currency} {money.minor:>20,d}  {purpose.value}")
    for each in found:
        click.echo(str(each))
    if found:
        click.echo(f"DOES NOT ADD UP: {len(found)}{'+' * (len(found) == MOST)} differences")
        sys.exit(1)
    click.echo("adds up: 0 differences")
