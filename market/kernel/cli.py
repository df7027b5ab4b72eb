"""``flask journal`` proves the record and ties its heads; ``flask schema`` brings the tables."""

import sys

import click
from flask.cli import AppGroup

from market.kernel.clock import now
from market.kernel.db import database, reading, transaction
from market.kernel.journal import checkpoint, verify
from market.kernel.schema import upgrade

schema = AppGroup("schema", help="Bring the database to the schema of this code.")
journal = AppGroup("journal", help="Prove the journal, tie its heads together.")


@schema.command("upgrade")
def _upgrade() -> None:
    """Run the migrations that the database has not seen yet."""
    upgrade(database().engine.url.render_as_string(hide_password=False))
    click.echo("the schema is the newest")


@journal.command("verify")
def _verify() -> None:
    """Walk every entry and checkpoint; name what was altered, dropped or swapped. Exit 1 if any."""
    with reading() as session:
        verdict = verify(session)
    for finding in verdict.findings:
        click.echo(f"{finding.where}: {finding.what}")
    click.echo(
        f"{verdict.entries} entries in {verdict.threads} threads, "
        f"{verdict.checkpoints} checkpoints, head {verdict.head}"
    )
    if verdict.findings:
        click.echo(f"DOES NOT HOLD: {len(verdict.findings)} findings")
        sys.exit(1)
    click.echo("holds")


@journal.command("checkpoint")
def _checkpoint() -> None:
    """Tie the heads of all threads that moved; keep the printed hash elsewhere."""
    with transaction() as session:
        made = checkpoint(session, at=now())
        click.echo(made.hash if made else "nothing moved since the last checkpoint")
