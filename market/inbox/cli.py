"""``flask inbox``: one tick by hand or by cron."""

import click
from flask import current_app
from flask.cli import AppGroup

from market.inbox.delivery import deliver
from market.kernel.clock import now
from market.kernel.db import database

inbox = AppGroup("inbox", help="Tell people what concerns them, send their letters.")


@inbox.command("deliver")
def _deliver() -> None:
    """Follow the journal, look ahead, write letters and send what is due."""
    done = deliver(database(), current_app.extensions["market.post"], now)
    click.echo(
        f"{done.entries} entries read, {done.messages} messages told, "
        f"{done.sent.sent} letters sent, {done.sent.kept} kept for another try"
    )
