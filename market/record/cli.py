"""``flask accounts erase``, ``hold`` and ``release``: what a person's data may become, by hand."""

import sys
from collections.abc import Callable

import click
from sqlalchemy.orm import Session

from market.accounts.cli import accounts
from market.accounts.queries import find_user_by_email
from market.kernel.authority import NOBODY
from market.kernel.clock import now
from market.kernel.db import Missing, database, transaction
from market.kernel.refusal import Refused
from market.kernel.schema import sweep
from market.record.commands import erase_on_request, lay_hold, lift_hold

__all__ = ["accounts"]

Act = Callable[[Session, int], object]


@accounts.command("erase")
@click.argument("email")
@click.confirmation_option(prompt="This is for ever; nobody can undo it. Erase the account?")
def _erase(email: str) -> None:
    """Erase an account on the person's written request, and sweep what the files still hold."""
    _on(email, lambda s, user_id: erase_on_request(s, user_id, by=NOBODY, at=now()))
    sweep(database())
    click.echo("The account is erased. Older backups hold it until they are rotated.")


@accounts.command("hold")
@click.argument("email")
@click.option("--reference", required=True, help="Whose order it is, and its number.")
def _hold(email: str, reference: str) -> None:
    """Lay a legal hold on an account: it is not erased until the hold is lifted."""
    _on(email, lambda s, user_id: lay_hold(s, user_id, reference[:120], by=NOBODY, at=now()))
    click.echo("The hold lies on the account.")


@accounts.command("release")
@click.argument("email")
def _release(email: str) -> None:
    """Lift the legal hold on an account."""
    _on(email, lambda s, user_id: lift_hold(s, user_id, by=NOBODY, at=now()))
    click.echo("The hold is lifted.")


def _on(email: str, act: Act) -> None:
    try:
        with transaction() as session:
            user = find_user_by_email(session, email.strip().lower())
            if user is None:
                raise Missing("user", email)
            act(session, user.id)
    except Refused as refused:
        click.echo(refused.refusal.sentence % refused.detail, err=True)
        sys.exit(1)
    except Missing as missing:
        click.echo(f"There is no such {missing.args[0]}.", err=True)
        sys.exit(1)
