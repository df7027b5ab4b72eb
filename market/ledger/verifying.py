"""Recomputing the ledger from its first transfer on, and naming each difference."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel.journal import Entry
from market.ledger.models import Account, Leg, Transfer
from market.ledger.rules import Head, Phase

STEP = 1_000


@dataclass(frozen=True)
class Difference:
    """Where something is not as its transfers say it should be."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def differences(session: Session) -> Iterator[Difference]:
    """What an honest ledger has none of: P-20 and P-21, recomputed."""
    yield from _of_transfers(session)
    yield from _of_accounts(session)
    yield from _against_journal(session)


def _of_transfers(session: Session) -> Iterator[Difference]:
    """Legs add to zero, the digest is theirs, a hold is resolved by its own legs."""
    phases: dict[int, tuple[Phase, tuple[tuple[int, int], ...]]] = {}
    for transfer, legs in _transfers(session):
        name = f"transfer {transfer.id}"
        if len(legs) < 2 or sum(leg.amount_minor for leg in legs) != 0:
            yield Difference(name, f"legs add to {sum(leg.amount_minor for leg in legs)}")
        if {leg.account.currency for leg in legs} - {transfer.currency}:
            yield Difference(name, "legs in another currency")
        told = ((x.account_id, x.seq, x.amount_minor, x.posted_minor, x.held_minor) for x in legs)
        if transfer.digest_with(told) != transfer.digest:
            yield Difference(name, "the digest is of other facts")
        moved = tuple(sorted((leg.account_id, leg.amount_minor) for leg in legs))
        if transfer.phase is Phase.PENDING or transfer.phase.moves:
            phases[transfer.id] = transfer.phase, moved
        if transfer.resolves_id and phases.get(transfer.resolves_id) != (Phase.PENDING, moved):
            yield Difference(name, f"is not the second step of transfer {transfer.resolves_id}")
        undone = tuple(sorted((account, -amount) for account, amount in moved))
        if transfer.reverses_id and phases.get(transfer.reverses_id, (None, ()))[1] != undone:
            yield Difference(name, f"does not reverse transfer {transfer.reverses_id}")


def _transfers(session: Session) -> Iterator[tuple[Transfer, list[Leg]]]:
    last = 0
    while True:
        after = select(Transfer).where(Transfer.id > last).order_by(Transfer.id).limit(STEP)
        transfers = list(session.scalars(after))
        if not transfers:
            return
        found: dict[int, list[Leg]] = {each.id: [] for each in transfers}
        for leg in session.scalars(select(Leg).where(Leg.transfer_id.in_(found))):
            found[leg.transfer_id].append(leg)
        yield from ((each, found[each.id]) for each in transfers)
        last = transfers[-1].id


def _of_accounts(session: Session) -> Iterator[Difference]:
    """Each leg carries what folding all legs before it gives; nothing is below zero."""
    for account in list(session.scalars(select(Account).order_by(Account.id))):
        head, name, sign = Head(), f"account {account.id}", account.purpose.sign
        legs = (
            select(Leg.seq, Leg.amount_minor, Leg.posted_minor, Leg.held_minor, Transfer.phase)
            .join(Transfer, Transfer.id == Leg.transfer_id)
            .where(Leg.account_id == account.id)
            .order_by(Leg.seq)
        )
        for seq, amount, posted, held, phase in session.execute(legs):
            head = head.after(phase, sign * amount)
            if (seq, posted, held) != (head.seq, head.posted, head.held):
                yield Difference(name, f"leg {seq} carries {posted}/{held}, not {head}")
                head = Head(seq, posted, held)
            if not account.purpose.outside and head.available < 0:
                yield Difference(name, f"leg {seq} leaves {head.available}")


def _against_journal(session: Session) -> Iterator[Difference]:
    """Each transfer is told by an entry of the journal, with its digest, and each told one is."""
    told: dict[int, str] = {}
    marked = select(Entry).where(Entry.changes.contains(f'"table":"{Transfer.__tablename__}"'))
    for entry in session.scalars(marked.order_by(Entry.id)):
        for change in entry.changed:
            after = change.get("after")
            if change["table"] == Transfer.__tablename__ and isinstance(after, dict):
                key = change["key"]
                assert isinstance(key, list)
                told[int(key[0])] = str(after["digest"])
    for transfer_id, digest in session.execute(select(Transfer.id, Transfer.digest)):
        if told.pop(transfer_id, None) != digest:
            yield Difference(f"transfer {transfer_id}", "the journal tells of another, or of none")
    for transfer_id in sorted(told):
        yield Difference(f"transfer {transfer_id}", "the journal tells of it; it is gone")
