"""``flask payments``: reconcile with the gateways, verify the books."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from market.kernel.db import database
from market.ledger.verifying import differences
from market.payments.asking import Counter
from market.payments.reconciling import reconcile

payments = AppGroup("payments", help="Reconcile with the gateways, verify the books.")


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
    """Recompute all money from its first transfer on; name the first difference."""
    with database().reading() as session:
        first = next(differences(session), None)
    if first is None:
        click.echo("The books add up: no difference.")
        return
    click.echo(f"DIFFERENCE at {first}")
    sys.exit(1)
