"""From text to tokens and from a typed query to terms: one module for the index and the query.

Engines see tokens only and never parse: ``AND``, ``title:`` and ``*`` are words, or nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import rjieba

from market.kernel.refusal import Refusal
from market.kernel.text import Misread, clean_line, folded
from market.kernel.words import N_
from market.listings.identifiers import (
    IdentifierError,
    parse_patent_number,
    parse_publication_number,
)

MOST_CHARACTERS = 200
MOST_TERMS = 64

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_PARTICLES = frozenset("的了和与及或之其在是")

Alternative = tuple[str, ...]


class QueryFault(Refusal):
    """Why a query is not searched for."""

    TOO_MANY_TERMS = (
        "too-many-terms",
        N_("These are too many words for one search: at most %(most)s."),
    )


@dataclass(frozen=True)
class TextQuery:
    """Terms that must all be met; a term is met by any of its alternatives, wholly."""

    terms: tuple[tuple[Alternative, ...], ...]


def tokens(text: str) -> list[str]:
    """What a text is found by.

    Latin and other scripts by whole words; Chinese by each character, each pair of neighbours, and
    the longer words that segmentation sees. Pairs make every two-character query an exact one,
    whatever the segmentation of its surroundings.
    """
    return [token for run in _RUNS.findall(folded(text)) for token in _tokens_of_run(run)]


def identifier_tokens(number: str) -> list[str]:
    """What a right's number is found by: its normal form, its parts, and itself cut short."""
    plain = folded(number)
    bare = plain.removeprefix("cn")
    without_kind = re.sub("[a-z][0-9]?$", "", bare)
    spelt = {plain, bare, without_kind, f"cn{without_kind}", plain.partition(".")[0]}
    return [*sorted(spelt), *tokens(number)]


def read_query(typed: str) -> TextQuery:
    """The terms of what a person typed; refused with ``Misread``: too long, too many words.

    A patent or publication number in any spelling is one term. What holds no letter or digit asks
    for nothing and so finds nothing.
    """
    text = clean_line(typed, most=MOST_CHARACTERS)
    whole = _identifier(text)
    if whole is not None:
        return TextQuery((((whole,),),))
    terms = [term for chunk in text.split(" ") for term in _terms(chunk)]
    if len(terms) > MOST_TERMS:
        raise Misread(QueryFault.TOO_MANY_TERMS, most=MOST_TERMS)
    return TextQuery(tuple(dict.fromkeys(terms)))


def _tokens_of_run(run: str) -> Iterator[str]:
    if not _is_han(run):
        yield run
        return
    yield from run
    yield from map("".join, pairwise(run))
    yield from (word for word in rjieba.cut_for_search(run) if len(word) > 2)


def _terms(chunk: str) -> Iterator[tuple[Alternative, ...]]:
    number = _identifier(chunk)
    if number is not None:
        yield ((number,),)
        return
    for run in _RUNS.findall(folded(chunk)):
        words = rjieba.cut(run) if _is_han(run) and len(run) > 2 else [run]
        for word in words:
            if len(words) == 1 or word not in _PARTICLES:
                yield _alternatives(word)


def _alternatives(word: str) -> tuple[Alternative, ...]:
    """A long Chinese word is met by itself, or by its pairs where the text was cut elsewhere."""
    if len(word) < 3 or not _is_han(word):
        return ((word,),)
    return ((word,), tuple("".join(pair) for pair in pairwise(word)))


def _identifier(text: str) -> str | None:
    """The token of a patent or publication number, however it is spelt."""
    for parse in (parse_patent_number, parse_publication_number):
        try:
            return folded(parse(text).normal)
        except IdentifierError:
            continue
    return None


def _is_han(run: str) -> bool:
    return re.match(f"[{_HAN}]", run) is not None
