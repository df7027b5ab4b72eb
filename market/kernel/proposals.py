"""Two persons for one act: the first proposes, another confirms (2p in the table of authority).

A proposal keeps the terms exactly as proposed, so that the second person confirms what the first
one meant. One proposal at a time stands open for an act on a subject.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Index, String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.authority import Act, Actor
from market.kernel.db import Base, Id, Instant, Missing, get, witness, words
from market.kernel.journal import canonical
from market.kernel.refusal import Refusal, insist
from market.kernel.words import N_, Labelled

HOLDS = timedelta(days=30)
"""How long a proposal waits for its second person."""


class ProposalRefusal(Refusal):
    """Why a proposal is not made, not confirmed or not declined."""

    WAITING = (
        "proposal-waiting",
        N_("A proposal about this waits for a second person already; decide that one first."),
    )
    DECIDED = "proposal-decided", N_("This proposal is decided already.")
    SAME_PERSON = (
        "proposal-same-person",
        N_("You proposed this yourself; another person confirms it."),
    )
    STALE = (
        "proposal-stale",
        N_(
            "This proposal is out of date: something changed since, or 30 days have passed. "
            "Decline it and propose it anew."
        ),
    )


class Outcome(Labelled):
    """What became of a proposal."""

    CONFIRMED = "confirmed", N_("confirmed")
    REJECTED = "rejected", N_("rejected")
    WITHDRAWN = "withdrawn", N_("withdrawn")
    LAPSED = "lapsed", N_("lapsed")


class Proposal(Base):
    """An act on a subject that waits for its second person; decided once."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index(
            "uq_proposals_one_open",
            "act",
            "subject_kind",
            "subject_id",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    act: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    terms: Mapped[str] = mapped_column(Text)
    stood: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[int] = mapped_column(Id)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[Outcome | None] = mapped_column(words(Outcome))
    decided_by: Mapped[int | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def told(self) -> dict[str, object]:
        """The terms, as proposed."""
        told = json.loads(self.terms)
        assert isinstance(told, dict)
        return told

    def expired(self, at: datetime) -> bool:
        """Whether its time has run out."""
        return at >= self.proposed_at + HOLDS


def confirm_refusal(proposal: Proposal, stood: object, by: Actor, at: datetime) -> Refusal | None:
    """Another person confirms what still stands as it did when it was proposed."""
    if proposal.outcome is not None:
        return ProposalRefusal.DECIDED
    if proposal.proposed_by == by.user_id:
        return ProposalRefusal.SAME_PERSON
    stale = proposal.expired(at) or proposal.stood != canonical(stood).decode()
    return ProposalRefusal.STALE if stale else None


def propose(
    session: Session,
    act: Act,
    subject: tuple[str, str],
    terms: Mapping[str, object],
    *,
    stood: object,
    by: Actor,
    at: datetime,
) -> Proposal:
    """Put terms before a second person; ``stood`` is what they change, as it is now.

    The calling command has locked the subject, asked who may, and records. One proposal waits for
    an act on a subject; one whose time has run out makes room.
    """
    for before in waiting(session, act):
        if (before.subject_kind, before.subject_id) == subject and before.expired(at):
            before.outcome, before.decided_at = Outcome.LAPSED, at
    session.flush()
    proposal = Proposal(
        act=act.name,
        subject_kind=subject[0],
        subject_id=subject[1],
        terms=canonical(dict(terms)).decode(),
        stood=canonical(stood).decode(),
        proposed_by=by.user_id,
        proposed_at=at,
    )
    with witness(session, ProposalRefusal.WAITING):
        session.add(proposal)
    return proposal


def confirm(
    session: Session, proposal: Proposal, *, stood: object, by: Actor, at: datetime
) -> dict[str, object]:
    """Confirm a locked proposal as another person; gives its terms, to be carried out at once."""
    insist(confirm_refusal(proposal, stood, by, at))
    _decide(proposal, Outcome.CONFIRMED, by, at)
    session.flush()
    return proposal.told


def decline(session: Session, proposal: Proposal, *, by: Actor, at: datetime) -> Outcome:
    """Take one's own locked proposal back, or reject another's."""
    insist(ProposalRefusal.DECIDED if proposal.outcome is not None else None)
    own = proposal.proposed_by == by.user_id
    outcome = Outcome.WITHDRAWN if own else Outcome.REJECTED
    _decide(proposal, outcome, by, at)
    session.flush()
    return outcome


def _decide(proposal: Proposal, outcome: Outcome, by: Actor, at: datetime) -> None:
    proposal.outcome, proposal.decided_by, proposal.decided_at = outcome, by.user_id, at


def get_proposal(session: Session, proposal_id: int, act: Act) -> Proposal:
    """The proposal of this act with this id; another act's is ``Missing``."""
    proposal = get(session, Proposal, proposal_id)
    if proposal.act != act.name:
        raise Missing("proposal", proposal_id)
    return proposal


def waiting(session: Session, act: Act) -> list[Proposal]:
    """The proposals of an act that nobody has decided, the oldest first."""
    found = select(Proposal).where(Proposal.act == act.name, Proposal.outcome.is_(None))
    return list(session.scalars(found.order_by(Proposal.id)))


def for_another(proposals: Iterable[Proposal], by: Actor, at: datetime) -> list[Proposal]:
    """Of these the ones that this person can decide: not their own, and still in time."""
    return [each for each in proposals if each.proposed_by != by.user_id and not each.expired(at)]


def number(told: object) -> int | None:
    """A whole number among the terms, or none."""
    return told if isinstance(told, int) else None
