"""``flask listings``: bring listings in from files, rebuild the text index."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from market.accounts.queries import find_user_by_email
from market.kernel.authority import Actor, Seat, WhoRefusal
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.delimited import FileError, said
from market.kernel.refusal import Refusal, Refused
from market.listings.commands import draft
from market.listings.following import rebuild
from market.listings.importing import BadRow, Draft, read_file
from market.listings.queries import imported_keys
from market.listings.rules import (
    ListingRefusal,
    gaps,
    import_refusal,
    secrecy_mark,
    sheet_refusal,
)
from market.parties.queries import (
    find_actor,
    find_party,
    get_party,
    members,
)

BATCH = 100
"""Rows drafted in one transaction: less than the text index looks back for late entries."""

listings = AppGroup("listings", help="Import listings, rebuild the text index.")


class Stop(click.ClickException):
    """Nothing is done, and the sentence says why; the command ends with 2."""

    exit_code = 2


@dataclass
class Summary:
    """What became of the rows."""

    taken: list[Draft] = field(default_factory=list)
    there: int = 0
    refused: list[BadRow] = field(default_factory=list)


@listings.command("reindex")
def _reindex() -> None:
    """Rebuild the text index from the database, beside the old one, and swap them."""
    with reading() as session:
        count = rebuild(session, current_app.extensions["market.search"])
    click.echo(f"{count} listings are in the index")


@listings.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--for", "party", required=True, help="Id, credit code or exact name of the seller.")
@click.option("--as", "email", help="The person who imports; a signatory of the party if not said.")
@click.option("--mapping", help="The kind of file; recognised by its first line if not said.")
@click.option("--dry-run", is_flag=True, help="Read and report, change nothing.")
def _import(file: Path, party: str, email: str | None, mapping: str | None, dry_run: bool) -> None:
    """Make drafts of the rows of FILE; rows taken before are left as they are."""
    try:
        found = read_file(file.read_bytes(), mapping)
    except FileError as fault:
        raise Stop(said(fault)) from fault
    with reading() as session:
        by = _importer(session, party, email)
        known = imported_keys(session, by.party_id or 0)
    summary = Summary(refused=list(found.refused))
    fresh = [row for row in found.drafts if row.key not in known]
    summary.there = len(found.drafts) - len(fresh)
    fresh = _sayable(fresh, summary)
    if dry_run:
        summary.taken = fresh
    else:
        with _progress(len(fresh)) as advance:
            for start in range(0, len(fresh), BATCH):
                rows = fresh[start : start + BATCH]
                _take(rows, by, summary)
                advance(len(rows))
    _report(summary, found.mapping.name, dry_run=dry_run)


def _sayable(rows: Sequence[Draft], summary: Summary) -> list[Draft]:
    """The rows that may stand in a draft; the others go to the report with their reason."""
    on, taken = day_of(now()), []
    for row in rows:
        refusal = sheet_refusal(row.sheet, on)
        if refusal is None:
            taken.append(row)
        else:
            why = refusal.sentence % {"mark": secrecy_mark(row.sheet)}
            summary.refused.append(BadRow(row.line, why))
    return taken


def _take(rows: Sequence[Draft], by: Actor, summary: Summary) -> None:
    """Draft these rows in one transaction; a row that somebody else just took is already there."""
    taken: list[Draft] = []
    there = 0
    with transaction() as session:
        seller = get_party(session, by.party_id or 0)  # held, so that each draft finds it at hand
        for row in rows:
            try:
                draft(session, seller.id, row.sheet, by=by, at=now(), import_key=row.key)
                taken.append(row)
            except Refused as refused:
                if refused.refusal is not ListingRefusal.ALREADY_IMPORTED:
                    raise
                there += 1
    summary.taken += taken
    summary.there += there


def _importer(session: Session, named: str, email: str | None) -> Actor:
    """The person who imports for a party: the one named, or a signatory who may list results."""
    try:
        party = find_party(session, named)
    except Refused as refused:  # several bear this name
        raise Stop(refused.refusal.sentence) from refused
    if party is None:
        raise Stop(f"There is no party {named}.")
    if email is None:
        seats = [seat for seat in members(session, party.id) if seat.seat is Seat.SIGNATORY]
        ids = [seat.user_id for seat in seats]
    else:
        user = find_user_by_email(session, email)
        ids = [user.id] if user else []
    refusal: Refusal = WhoRefusal.NOT_SIGNATORY
    for user_id in ids:
        actor = find_actor(session, user_id, party.id)
        why_not = import_refusal(actor, party.id, now())
        if why_not is None:
            return actor
        refusal = why_not
    if email is None:
        raise Stop(
            f"{party.name} has no signatory who is a researcher; say who imports: --as EMAIL"
        )
    raise Stop(refusal.sentence if ids else f"Nobody signs in as {email}.")


@contextmanager
def _progress(length: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    with click.progressbar(length=length, label="Drafting", file=sys.stderr) as bar:
        yield bar.update


def _report(summary: Summary, mapping: str, *, dry_run: bool) -> None:
    for bad in sorted(summary.refused, key=lambda row: row.line):
        click.echo(f"line {bad.line}: refused: {bad.why}")
    for row in summary.taken:
        for note in row.notes:
            click.echo(f"line {row.line}: {note}")
    lacking = {gap.label for row in summary.taken for gap in gaps(row.sheet)}
    if lacking:
        click.echo(f"each draft says what it still lacks, among it: {'; '.join(sorted(lacking))}")
    click.echo(
        f"{mapping}: {len(summary.taken)} {'would be taken' if dry_run else 'taken'}, "
        f"{summary.there} already there, {len(summary.refused)} refused"
    )
