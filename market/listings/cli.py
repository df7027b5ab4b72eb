"""``flask listings``: bring listings in from files, rebuild the text index."""

import click
from flask import current_app
from flask.cli import AppGroup

from market.kernel.db import reading
from market.listings.following import rebuild

listings = AppGroup("listings", help="Import listings, rebuild the text index.")


@listings.command("reindex")
def _reindex() -> None:
    """Rebuild the text index from the database, beside the old one, and swap them."""
    with reading() as session:
        count = rebuild(session, current_app.extensions["market.search"])
    click.echo(f"{count} listings are in the index")
