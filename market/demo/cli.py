"""``flask demo``: fill an empty demo market by hand."""

import click
from flask.cli import AppGroup

from market.demo.world import SIGN_INS, load_if_empty
from market.kernel.clock import now

demo = AppGroup("demo", help="The demo world: invented parties and results in every state.")


@demo.command("load")
def _load() -> None:
    """Load the demo world into an empty market in demo mode (MARKET_DEMO=1), print its sign-ins."""
    if not load_if_empty(now()):
        raise click.ClickException("This market has users already; the demo world was not loaded.")
    click.echo(SIGN_INS)
