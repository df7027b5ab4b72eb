"""The index follows the journal: what was published is put, what left the market is dropped.

Each node keeps its own index and its own place in the journal, inside the index folder; so an index
that is lost, cut or copied from elsewhere heals itself.
"""

import threading
from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from market.kernel.journal import LATE, Entry, Mark, entries_after
from market.listings.models import Listing
from market.listings.queries import live
from market.listings.rules import Status
from market.listings.search import BrokenIndex, BusyIndex, Matches, TextDoc, TextIndex
from market.listings.tokens import TextQuery, identifier_tokens, tokens

SHELF_ACTS = frozenset(
    {"listing.published", "listing.withdrawn", "listing.redrafted", "listing.transferred"}
)
STEP = 500
CAP = 1000
_one_at_a_time = threading.RLock()


def find(session: Session, index: TextIndex, asked: TextQuery, *, steps: int = 4) -> Matches:
    """The listings that meet a query, after reading what the journal has to tell.

    At most ``steps`` batches are read before answering; the rest is the tick's. A missing or
    broken index is rebuilt first.
    """
    try:
        with suppress(BusyIndex):  # another process writes: what is there is searched
            catch_up(session, index, steps=steps)
        return index.match(asked, CAP)
    except BrokenIndex:
        rebuild(session, index)
        return index.match(asked, CAP)


def keep_up(session: Session, index: TextIndex) -> None:
    """What a tick does: read on, late entries too, or rebuild what is missing or broken."""
    try:
        with suppress(BusyIndex):
            catch_up(session, index, late=True)
    except BrokenIndex:
        rebuild(session, index)


def catch_up(
    session: Session, index: TextIndex, *, steps: int | None = None, late: bool = False
) -> int:
    """Read on from where the index stands; gives how many entries were news.

    ``late`` looks for late entries of the trailing window too, where nothing newer is there.
    """
    told = 0
    with _one_at_a_time:  # an older snapshot must not undo what a newer one did
        mark = index.mark()
        newest = session.scalar(select(func.max(Entry.id))) or 0
        while (newest > mark.upto or late) and (steps is None or steps > 0):
            first = max(mark.upto - LATE, 0) if late else mark.upto
            entries = entries_after(session, first, LATE + STEP)
            news = [each for each in entries if each.id > mark.upto or each.id not in mark.seen]
            if not news:
                break
            _shelve(session, index, news)
            told += len(news)
            mark = mark.after(entry.id for entry in news)
            index.move(mark)
            late, steps = False, None if steps is None else steps - 1
    return told


def rebuild(session: Session, index: TextIndex) -> int:
    """Fill the index anew from the database; gives how many listings are on the market."""
    with _one_at_a_time:
        upto = session.scalar(select(func.max(Entry.id))) or 0
        seen = session.scalars(select(Entry.id).where(Entry.id > upto - LATE, Entry.id <= upto))
        mark, docs = Mark(upto, frozenset(seen)), list(_all_docs(session))
        index.rebuild(docs, mark)
        return len(docs)


def text_doc(listing: Listing) -> TextDoc:
    """What a listing is found by: its words, its people, its numbers."""
    names = [listing.keywords, listing.ipc, listing.seller.name, listing.seller.name_en]
    names += [owner.name for owner in listing.owners]
    names += [right.title for right in listing.rights]
    numbers = [
        number
        for right in listing.rights
        for number in (right.number, right.publication_number)
        if number
    ]
    return TextDoc(
        listing.id,
        {
            "title": tuple(tokens(listing.title)),
            "names": (
                *tokens("\n".join(names)),
                *(token for number in numbers for token in identifier_tokens(number)),
            ),
            "text": tuple(tokens(listing.abstract)),
        },
    )


def _shelve(session: Session, index: TextIndex, entries: list[Entry]) -> None:
    moved = {
        entry.thread_id
        for entry in entries
        if entry.thread_kind == "listing" and entry.act in SHELF_ACTS
    }
    shown = live(session, sorted(moved))
    gone = moved - {listing.id for listing in shown}
    if shown:
        index.put([text_doc(listing) for listing in shown])
    if gone:
        index.drop(sorted(gone))


def _all_docs(session: Session) -> Iterator[TextDoc]:
    on_market = select(Listing).where(Listing.status == Status.PUBLISHED).order_by(Listing.id)
    wanted = on_market.options(selectinload(Listing.rights), selectinload(Listing.owners))
    for listing in session.scalars(wanted.execution_options(yield_per=500)):
        yield text_doc(listing)
        session.expunge(listing)
