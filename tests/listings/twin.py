"""A naive twin of the text index: in memory, by the definition of a match and nothing else."""

from collections.abc import Iterable

from market.kernel.journal import Mark
from market.listings.search import WEIGHTS, BrokenIndex, Matches, TextDoc
from market.listings.tokens import TextQuery


class PlainIndex:
    """Walks all documents for every query."""

    def __init__(self) -> None:
        self.docs: dict[int, TextDoc] = {}
        self.kept: Mark | None = None

    def put(self, docs: Iterable[TextDoc]) -> None:
        self.docs |= {doc.id: doc for doc in docs}

    def drop(self, ids: Iterable[int]) -> None:
        for key in ids:
            self.docs.pop(key, None)

    def match(self, asked: TextQuery, cap: int | None) -> Matches:
        hits = [(key, score(doc, asked)) for key, doc in self.docs.items() if meets(doc, asked)]
        hits.sort(key=lambda hit: -hit[1])
        return Matches(tuple(hits[:cap]), truncated=cap is not None and len(hits) > cap)

    def rebuild(self, docs: Iterable[TextDoc], mark: Mark) -> None:
        self.docs = {doc.id: doc for doc in docs}
        self.kept = mark

    def mark(self) -> Mark:
        if self.kept is None:
            raise BrokenIndex
        return self.kept

    def move(self, mark: Mark) -> None:
        self.kept = mark


def meets(doc: TextDoc, asked: TextQuery) -> bool:
    """Each term by one of its alternatives, each of its tokens somewhere."""
    words = {token for tokens in doc.fields.values() for token in tokens}
    return bool(asked.terms) and all(
        any(words.issuperset(way) for way in term) for term in asked.terms
    )


def score(doc: TextDoc, asked: TextQuery) -> float:
    """How much of the query stands in the heavier fields."""
    wanted = {token for term in asked.terms for way in term for token in way}
    return sum(WEIGHTS[name] * len(wanted & set(words)) for name, words in doc.fields.items())
