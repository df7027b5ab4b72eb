"""``flask accounts``: the first two administrators."""

import sys

import click
from flask.cli import AppGroup

from market.accounts.commands import create_administrator
from market.accounts.identifiers import canonical_email
from market.accounts.queries import administrators
from market.accounts.rules import MOST_FIRST_ADMINISTRATORS, AccountRefusal
from market.accounts.sessions import new_hash
from market.kernel.authority import NOBODY
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.refusal import Refused
from market.kernel.text import Misread, clean_line

MOST_NAME = 80

accounts = AppGroup("accounts", help="People of the market.")


@accounts.command("create-administrator")
@click.argument("email")
@click.option("--name", required=True, help="The administrator's name as people know it.")
def _create_administrator(email: str, name: str) -> None:
    """Make one of the first two administrators; asks for the password twice, unseen."""
    try:
        _create(canonical_email(email), clean_line(name, most=MOST_NAME))
    except Misread as error:
        _fail(error.sentence % error.detail)
    except Refused as refused:
        _fail(refused.refusal.sentence % refused.detail)


def _create(email: str, name: str) -> None:
    if not name:
        raise click.BadParameter("The name is empty.", param_hint="--name")
    with reading() as session:
        if administrators(session) >= MOST_FIRST_ADMINISTRATORS:
            raise Refused(AccountRefusal.ADMINISTRATORS_ENOUGH)
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    hashed = new_hash(password, email=email, name=name)
    with transaction() as session:
        create_administrator(
            session, email=email, name=name, password_hash=hashed, by=NOBODY, at=now()
        )
    click.echo(f"{email} is an administrator and may sign in.")


def _fail(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)
