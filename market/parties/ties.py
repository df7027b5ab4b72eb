"""How parties stand to each other: control and equity, and what follows from them. Pure."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from market.kernel.authority import Act, Actor, Relation, Role, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled

HALF_BP = 5_000
"""More than half of the equity is control, whatever it is called (公司法 265)."""


class TieKind(Labelled):
    """How one party stands to another: it controls it, or holds a share of it."""

    CONTROL = "control", N_("controls")
    EQUITY = "equity", N_("holds a share of")


class TieRefusal(Refusal):
    """Why a tie is not noted or ended."""

    ITSELF = "tie-itself", N_("A party is not tied to itself; name the other one.")
    UNKNOWN = "tie-unknown", N_("The market knows no party of this credit code or number.")
    SHARE_MISSING = "share-missing", N_("A holding has a share, above 0 and at most 100 percent.")
    SHARE_UNWANTED = "share-unwanted", N_("Control has no share; leave it empty.")
    SINCE_AHEAD = "since-ahead", N_("A tie is noted from the day on which it began, not ahead.")
    NOTED = "tie-noted", N_("This tie is noted already; end it before you note it anew.")
    ENDED = "tie-ended", N_("This tie has ended already.")
    END_DAY = "tie-end-day", N_("A tie ends between the day it began and today.")

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this: 422 where what was typed can never be."""
        return 409 if self in (TieRefusal.NOTED, TieRefusal.ENDED) else 422


NOTE_TIE = Act(
    "party.note-tie",
    N_("Note or end a tie of one's own party, or of any as the operator"),
    relation=Relation.OWN,
    binding=True,
    article="公司法 265",
)
NOTE_ANY_TIE = Act(
    "party.note-any-tie",
    N_("Note or end a tie between any parties"),
    frozenset({Role.OPERATOR}),
    article="公司法 265",
)
ACTS = (NOTE_TIE, NOTE_ANY_TIE)


@dataclass(frozen=True)
class Bond:
    """One party over another: control, or so many basis points of its equity."""

    holder_id: int
    held_id: int
    kind: TieKind
    share_bp: int | None = None

    @property
    def controls(self) -> bool:
        """Whether the holder decides what the held party does."""
        return self.kind is TieKind.CONTROL or (self.share_bp or 0) > HALF_BP


def tie_refusal(by: Actor, between: Collection[int], at: datetime) -> Refusal | None:
    """A signatory speaks of their own party, the operator of any but their own."""
    if by.has(Role.OPERATOR) and by.parties.isdisjoint(between):
        return who_refusal(NOTE_ANY_TIE, by, at)
    near = {Relation.OWN} if by.party_id in between else set()
    return who_refusal(NOTE_TIE, by, at, near)


def note_refusal(
    by: Actor, bond: Bond, since_on: date, today: date, at: datetime
) -> Refusal | None:
    """A tie joins two parties, from a day that has come, with a share where it is a holding."""
    who = tie_refusal(by, (bond.holder_id, bond.held_id), at)
    if who is not None:
        return who
    if bond.holder_id == bond.held_id:
        return TieRefusal.ITSELF
    if bond.kind is TieKind.EQUITY and not 0 < (bond.share_bp or 0) <= 10_000:
        return TieRefusal.SHARE_MISSING
    if bond.kind is TieKind.CONTROL and bond.share_bp is not None:
        return TieRefusal.SHARE_UNWANTED
    return TieRefusal.SINCE_AHEAD if since_on > today else None


def end_refusal(
    by: Actor,
    bond: Bond,
    at: datetime,
    *,
    since_on: date,
    ended: bool,
    on: date,
    today: date,
) -> Refusal | None:
    """A tie is ended with its day and never deleted."""
    who = tie_refusal(by, (bond.holder_id, bond.held_id), at)
    if who is not None:
        return who
    if ended:
        return TieRefusal.ENDED
    return None if since_on <= on <= today else TieRefusal.END_DAY


def kin(bonds: Iterable[Bond], of: Collection[int], share_bp: int) -> frozenset[int]:
    """All parties related to any of these (公司法 265; 企业会计准则第36号 4).

    Related are who controls whom through any number of steps and who are under common control; and
    whoever of such a circle holds at least ``share_bp`` of a party: the whole circle with that
    party and all that it controls.
    """
    known = tuple(bonds)
    circle = _circle(known, of)
    held = {b.held_id for b in known if b.holder_id in circle and (b.share_bp or 0) >= share_bp}
    above = _reach(known, of, up=True)
    holders = {b.holder_id for b in known if b.held_id in above and (b.share_bp or 0) >= share_bp}
    return frozenset(circle | _reach(known, held, up=False) | _circle(known, holders)) - set(of)


def related(bonds: Iterable[Bond], one: int, other: int, share_bp: int) -> bool:
    """Whether two parties are related to each other."""
    return other in kin(bonds, {one}, share_bp)


def _circle(bonds: Collection[Bond], of: Collection[int]) -> set[int]:
    """These parties, all who control them, and all whom those control."""
    return _reach(bonds, _reach(bonds, of, up=True), up=False)


def _reach(bonds: Collection[Bond], of: Collection[int], *, up: bool) -> set[int]:
    """These parties and all above them (or below them) along control."""
    ends: Callable[[Bond], tuple[int, int]] = (
        (lambda b: (b.held_id, b.holder_id)) if up else (lambda b: (b.holder_id, b.held_id))
    )
    steps = [ends(bond) for bond in bonds if bond.controls]
    found, fresh = set(of), set(of)
    while fresh:
        fresh = {to for start, to in steps if start in fresh} - found
        found |= fresh
    return found
