"""Who follows whose timeline, and how much of it they read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from market.kernel.authority import Act, Actor, Relation, Role, reads
from market.kernel.words import N_, Labelled
from market.listings.rules import Status, relations, stage

HOME = Act("desk.home", N_("Open one's own home page"))
FOLLOW_CONTRACT = Act(
    "desk.follow-contract",
    N_("Follow a contract from the offer to the certificate"),
    relation=Relation.PARTY,
    article="REG-26",
    reads=True,
    readers=frozenset(
        {
            (Role.AUDITOR, Relation.ANY),
            (Role.REGISTRAR, Relation.OFFICE),
            (Role.DIRECTOR, Relation.REGISTERED),
        }
    ),
)
FOLLOW_LISTING = Act(
    "desk.follow-listing",
    N_("Follow everything that happened on a listing"),
    relation=Relation.OWN,
    reads=True,
    readers=frozenset({(Role.OPERATOR, Relation.SUBMITTED), (Role.AUDITOR, Relation.ANY)}),
)
ACTS = (HOME, FOLLOW_CONTRACT, FOLLOW_LISTING)

DEAL_ACTS = frozenset({"deal.struck", "listing.published", "listing.transferred"})

BARGAINING = frozenset({"negotiation", "deal"})
"""Slices whose acts name offers and prices."""


class Lens(Enum):
    """How much of a contract's way a reader sees.

    ``WHOLE``: its talks, its deal and the contract's own acts, with the words written there.
    ``PAPERS``: what the registry needs: offered, agreed, contracted; nothing of the bargaining.
    ``CODED``: the contract's own acts by their coded facts, no free words (REG-26).
    """

    WHOLE = "whole"
    PAPERS = "papers"
    CODED = "coded"

    @property
    def bargaining(self) -> bool:
        """Whether offers and answers are shown."""
        return self is Lens.WHOLE

    @property
    def listing(self) -> bool:
        """Whether anything before the contract is shown."""
        return self is not Lens.CODED

    @property
    def words(self) -> bool:
        """Whether notes in free words are shown."""
        return self is not Lens.CODED


def contract_lens(
    by: Actor, *, sides: Collection[int], offices: Collection[int], registered: bool
) -> Lens | None:
    """How much of a contract's timeline this person reads; None: to them there is no such contract.

    ``sides`` are the two parties, ``offices`` the registries it was filed with. A director reads
    what stands in the register, since only that is counted.
    """
    near = {Relation.PARTY} if by.party_id in sides else set()
    if by.registry_id in offices and by.parties.isdisjoint(sides):
        near.add(Relation.OFFICE)
    if registered:
        near.add(Relation.REGISTERED)
    if not reads(FOLLOW_CONTRACT, by, near):
        return None
    if Relation.PARTY in near or by.has(Role.AUDITOR):
        return Lens.WHOLE
    return Lens.PAPERS if Relation.OFFICE in near else Lens.CODED


def follows_listing(by: Actor, seller_id: int, status: Status) -> bool:
    """The seller, the auditor and, from submission on, the operator read what happened."""
    return reads(FOLLOW_LISTING, by, {*relations(by, seller_id), *stage(status)})


def reads_bargaining(by: Actor, seller_id: int) -> bool:
    """Offers and prices agreed are the parties' business; an operator has no need of them."""
    return by.party_id == seller_id or by.has(Role.AUDITOR)


class Wait(Labelled):
    """What can wait for a person, in the words of the line that leads to it."""

    OFFER = "offer", N_("An offer waits for your answer")
    SIGN = "sign", N_("A contract waits for your signature")
    CORRECT = "correct", N_("The registry asks for corrected papers")
    RETURNED = "returned", N_("A result was sent back to you")
    CONTRACT = "contract", N_("A deal waits for its contract")
    FINISH = "finish", N_("A draft contract waits to be completed")
    RECORDAL = "recordal", N_("A patent assignment waits for its recordal")
    FILE = "file", N_("A signed contract can be filed for registration")
    ACCEPT = "accept", N_("An application waits to be accepted")
    REVIEW = "review", N_("An application waits for its review")
    SECOND = "second", N_("An application waits for the second registrar")
    REVISION = "revision", N_("A change of a registration waits for confirmation")
    PUBLISH = "publish", N_("A result waits for publication")
    CODE = "code", N_("A credit code waits for a person's word")
    PAPERS = "papers", N_("A party waits for verification")
    SECOND_PERSON = "second-person", N_("A proposal waits for its second person")


@dataclass(frozen=True)
class Task:
    """One line of what waits: why, about what, where to go, and by when if there is a day."""

    wait: Wait
    title: str
    endpoint: str
    place: tuple[str, int] | None = None
    due_on: date | None = None
    overdue: bool = False


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Overdue first, then by day, then what has none; equal ones as they stand in ``Wait``."""
    order = {wait: place for place, wait in enumerate(Wait)}
    return sorted(
        tasks, key=lambda t: (not t.overdue, t.due_on is None, t.due_on or date.max, order[t.wait])
    )
