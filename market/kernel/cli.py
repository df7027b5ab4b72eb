"""``flask journal`` proves the record and ties its heads; ``flask schema`` brings the tables."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from flask.cli import AppGroup

from market.kernel.clock import now
from market.kernel.db import database, reading, transaction
from market.kernel.journal import checkpoint, verify
from market.kernel.schema import sweep, upgrade
from market.kernel.signing import (
    KeyFault,
    append_outside,
    make_key,
    read_key,
    read_outside,
    read_public_key,
    sign,
    verify_outside,
    verify_signatures,
)

schema = AppGroup("schema", help="Bring the database to the schema of this code.")
journal = AppGroup("journal", help="Prove the journal, tie its heads together.")
Key = TypeVar("Key")
FILE = click.Path(dir_okay=False, path_type=Path)
PRESENT = click.Path(exists=True, dir_okay=False, path_type=Path)


@schema.command("upgrade")
def _upgrade() -> None:
    """Run the migrations that the database has not seen yet."""
    upgrade(database().engine.url.render_as_string(hide_password=False))
    click.echo("the schema is the newest")


@schema.command("sweep")
def _sweep() -> None:
    """Write the files anew, so that nothing erased is left in them; each night is often enough."""
    sweep(database())
    click.echo("swept")


@journal.command("verify")
@click.option("--public-key", "keys", type=PRESENT, multiple=True, help="Whose signatures count.")
@click.option("--against", "outside", type=PRESENT, help="The file of signed lines kept outside.")
def _verify(keys: tuple[Path, ...], outside: Path | None) -> None:
    """Walk every entry and checkpoint; name what was altered, dropped or swapped. Exit 1 if any."""
    public = [_readable(read_public_key, key) for key in keys]
    with reading() as session:
        verdict = verify(session)
        findings = list(verdict.findings)
        if public:
            findings += verify_signatures(session, public, at=now())
        if outside is not None:
            lines, strange = read_outside(outside)
            findings += strange + verify_outside(session, lines, public)
    for finding in findings:
        click.echo(f"{finding.where}: {finding.what}")
    click.echo(
        f"{verdict.entries} entries in {verdict.threads} threads, "
        f"{verdict.checkpoints} checkpoints, head {verdict.head}"
    )
    if findings:
        click.echo(f"DOES NOT HOLD: {len(findings)} findings")
        sys.exit(1)
    click.echo("holds")


@journal.command("checkpoint")
def _checkpoint() -> None:
    """Tie the heads of all threads that moved; keep the printed hash elsewhere."""
    with transaction() as session:
        made = checkpoint(session, at=now())
        click.echo(made.hash if made else "nothing moved since the last checkpoint")


@journal.command("keygen")
@click.argument("file", type=FILE)
def _keygen(file: Path) -> None:
    """Make a key that signs checkpoints; its public half goes beside it, as FILE.pub."""
    try:
        name = make_key(file)
    except FileExistsError:
        raise click.ClickException(f"{file} exists already; a key is never overwritten.") from None
    click.echo(f"key {name}: keep {file} where the market cannot read it")


@journal.command("sign")
@click.option("--key", type=PRESENT, required=True, help="The key made by `journal keygen`.")
@click.option("--append", "outside", type=FILE, help="A file outside that gets each signed line.")
def _sign(key: Path, outside: Path | None) -> None:
    """Sign all checkpoints not signed yet; run it by another user than the market's."""
    secret = _readable(read_key, key)
    with transaction() as session:
        count = sign(session, secret, at=now())
    click.echo(f"{count} checkpoints signed")
    if outside is not None:
        with reading() as session:
            added = append_outside(session, secret.public_key(), outside)
        click.echo(f"{added} lines appended to {outside}")


def _readable(read: Callable[[Path], Key], path: Path) -> Key:
    try:
        return read(path)
    except KeyFault as fault:
        raise click.ClickException(str(fault)) from fault
