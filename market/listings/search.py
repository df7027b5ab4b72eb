"""The text index: a cache of the database that gives ids and scores, nothing else.

Counts, visibility, filters and order are SQL's word, never the index's (Whoosh counts hits that a
filter hides). ``WhooshIndex`` is the embedded adapter; another engine is another class.
"""

import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from whoosh import fields, index, scoring
from whoosh.analysis.tokenizers import SpaceSeparatedTokenizer
from whoosh.index import LockError
from whoosh.query.compound import And, Or
from whoosh.query.qcore import Query
from whoosh.query.terms import Term
from whoosh.searching import Searcher
from whoosh.writing import IndexWriter

from market.kernel.journal import Mark
from market.listings.tokens import TextQuery

WAIT = 2  # seconds for another process's writer
WEIGHTS = {"title": 3.0, "names": 2.0, "text": 1.0}


@dataclass(frozen=True)
class TextDoc:
    """A listing as the index sees it: its id and its tokens by field (see ``WEIGHTS``)."""

    id: int
    fields: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Matches:
    """Ids with their scores, best first; ``truncated`` says that the cap left some out."""

    hits: tuple[tuple[int, float], ...]
    truncated: bool = False

    @property
    def ids(self) -> list[int]:
        """The ids, best first."""
        return [key for key, _ in self.hits]


class BrokenIndex(Exception):
    """There is no index, or it cannot be read: rebuild it."""


class BusyIndex(Exception):
    """Another process writes just now; what was to be written is still in the journal."""


class TextIndex(Protocol):
    """What the market wants of a search engine."""

    def put(self, docs: Iterable[TextDoc]) -> None:
        """Take these documents in, each in place of its older self."""

    def drop(self, ids: Iterable[int]) -> None:
        """Forget these documents."""

    def match(self, asked: TextQuery, cap: int | None) -> Matches:
        """The documents that meet all terms, best first, at most ``cap``."""

    def rebuild(self, docs: Iterable[TextDoc], mark: Mark) -> None:
        """Hold these documents and no others, having read to ``mark``."""

    def mark(self) -> Mark:
        """How far in the journal it has read."""

    def move(self, mark: Mark) -> None:
        """Remember how far it has read; what was put before must be kept by then."""


class WhooshIndex:
    """Whoosh in a folder: ``CURRENT`` names the generation that is read, a rebuild swaps it.

    Safe among threads; among processes Whoosh's own lock lets one write at a time. Nothing is
    synced to disk: what a power cut breaks is rebuilt from the database.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = threading.RLock()
        self._opened: tuple[str, index.FileIndex] | None = None
        self._local = threading.local()

    def put(self, docs: Iterable[TextDoc]) -> None:
        """Take these documents in, each in place of its older self."""
        with self._writing:
            self._fill(self._index()[1], docs, fresh=False)

    def drop(self, ids: Iterable[int]) -> None:
        """Forget these documents."""
        with self._writing, _writer(self._index()[1]) as writer:
            for key in ids:
                writer.delete_by_term("id", str(key))

    def match(self, asked: TextQuery, cap: int | None) -> Matches:
        """The documents that meet all terms, best first, at most ``cap``."""
        if not asked.terms:
            return Matches(())
        try:
            limit = None if cap is None else cap + 1
            found = self._searcher().search(_whoosh_query(asked), limit=limit)
            hits = tuple((int(hit["id"]), float(hit.score or 0)) for hit in found)
        except BrokenIndex:
            raise
        except Exception as error:  # a cut segment fails in many ways, deep inside
            raise BrokenIndex from error
        return Matches(hits[:cap], truncated=cap is not None and len(hits) > cap)

    def rebuild(self, docs: Iterable[TextDoc], mark: Mark) -> None:
        """Build a new generation beside the old one and swap them; readers never wait."""
        with self._writing:
            name = f"g-{uuid4().hex}"
            fresh = self.folder / name
            fresh.mkdir(parents=True)
            self._fill(index.create_in(str(fresh), _schema()), docs, fresh=True)
            _replace(fresh / "mark.json", _mark_text(mark))
            _replace(self.folder / "CURRENT", name)
            self._opened = None
            for old in self.folder.glob("g-*"):
                if old.name != name:
                    shutil.rmtree(old, ignore_errors=True)

    def mark(self) -> Mark:
        """How far in the journal it has read."""
        try:
            kept = json.loads((self._generation() / "mark.json").read_text())
            return Mark(int(kept["upto"]), frozenset(map(int, kept["seen"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BrokenIndex from error

    def move(self, mark: Mark) -> None:
        """Remember how far it has read."""
        with self._writing:
            _replace(self._generation() / "mark.json", _mark_text(mark))

    @staticmethod
    def _fill(opened: index.FileIndex, docs: Iterable[TextDoc], *, fresh: bool) -> None:
        with _writer(opened) as writer:
            for doc in docs:
                kept = {name: " ".join(doc.fields.get(name, ())) for name in WEIGHTS}
                add = writer.add_document if fresh else writer.update_document
                add(id=str(doc.id), **kept)

    def _generation(self) -> Path:
        try:
            return self.folder / (self.folder / "CURRENT").read_text().strip()
        except OSError as error:
            raise BrokenIndex from error

    def _index(self) -> tuple[str, index.FileIndex]:
        generation = self._generation()
        opened = self._opened
        if opened is None or opened[0] != generation.name:
            try:
                opened = generation.name, index.open_dir(str(generation))
            except Exception as error:
                raise BrokenIndex from error
            self._opened = opened
        return opened

    def _searcher(self) -> Searcher:
        """This thread's searcher, as new as the index.

        Opened anew rather than refreshed: whoosh3 3.54.0 keeps segments in a refreshed reader that
        the index has dropped, so a deleted document would come back.
        """
        name, opened = self._index()
        mine: tuple[str, Searcher] | None = getattr(self._local, "searcher", None)
        if mine is not None and mine[0] == name and mine[1].up_to_date():  # type: ignore[no-untyped-call]
            return mine[1]
        if mine is not None:
            self._local.searcher = None
            with suppress(Exception):
                mine[1].close()  # type: ignore[no-untyped-call]
        searcher = opened.searcher(weighting=scoring.BM25F())
        self._local.searcher = (name, searcher)
        return searcher


@contextmanager
def _writer(opened: index.FileIndex) -> Iterator[IndexWriter]:
    """A writer that commits at the end, or leaves the index as it was."""
    try:
        writer = opened.writer(timeout=WAIT, limitmb=64)
    except LockError as error:
        raise BusyIndex from error
    except Exception as error:  # the table of contents is gone or cut
        raise BrokenIndex from error
    with writer:
        yield writer


def _schema() -> fields.Schema:
    words = {
        name: fields.TEXT(
            analyzer=SpaceSeparatedTokenizer(), phrase=False, field_boost=weight, stored=False
        )
        for name, weight in WEIGHTS.items()
    }
    return fields.Schema(id=fields.ID(unique=True, stored=True), **words)


def _whoosh_query(asked: TextQuery) -> Query:
    return And(
        [Or([And([_anywhere(token) for token in way]) for way in term]) for term in asked.terms]
    )


def _anywhere(token: str) -> Query:
    return Or([Term(name, token, boost=weight) for name, weight in WEIGHTS.items()])


def _mark_text(mark: Mark) -> str:
    return json.dumps({"upto": mark.upto, "seen": sorted(mark.seen)})


def _replace(target: Path, text: str) -> None:
    """Write a small file so that it is read whole or not at all."""
    beside = target.with_name(f"{target.name}.{uuid4().hex}")
    beside.write_text(text)
    beside.replace(target)
