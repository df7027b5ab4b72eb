"""``flask factors``: the way out when nobody is left who could reset a lost factor."""

import sys

import click
from flask.cli import AppGroup

from market.accounts.queries import find_user_by_email
from market.factors.commands import forget_factor
from market.factors.letters import Tidings, tell
from market.factors.rules import FactorRefusal
from market.kernel.authority import NOBODY
from market.kernel.clock import now
from market.kernel.db import transaction
from market.kernel.refusal import Refused

factors = AppGroup("factors", help="Second factors.")


@factors.command("forget")
@click.argument("email")
@click.confirmation_option(prompt="Are you sure that this person asked for it?")
def _forget(email: str) -> None:
    """Forget the second factor of EMAIL, end all sessions and write a letter about it."""
    at = now()
    try:
        with transaction() as session:
            user = find_user_by_email(session, email)
            if user is None:
                raise Refused(FactorRefusal.NOT_ENROLLED)
            tell(session, forget_factor(session, user.id, by=NOBODY, at=at), Tidings.RESET, at=at)
    except Refused as refused:
        click.echo(refused.refusal.sentence, err=True)
        sys.exit(1)
    click.echo(f"{email} signs in with the password and sets a second factor up anew.")
