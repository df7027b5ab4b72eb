"""``flask journal``: prove the record, tie its heads together."""

import sys

import click
from flask.cli import AppGroup

from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.journal import checkpoint, verify

journal = AppGroup("journal", help="Prove the journal, tie its heads together.")


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
