"""Whom an act concerns, and what it asks of them: how the table of the inbox is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from market.inbox.news import News, Urgency
from market.inbox.table import KEPT, LINES, STAFF, Circle, Line
from market.kernel.authority import Act, Actor, Role, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_

SEE = Act("inbox.see", N_("Read one's own messages, mark them as read"), reads=True)
SEE_LETTERS = Act(
    "inbox.see-letters",
    N_("See which letters could not be sent, have them sent again"),
    frozenset({Role.OPERATOR}),
)
ACTS = (SEE, SEE_LETTERS)


class LetterRefusal(Refusal):
    """Why a letter is not sent again."""

    LETTER_SENT = "letter-sent", N_("This letter has been sent.")
    LETTER_WIPED = (
        "letter-wiped",
        N_("This letter held a secret link and was destroyed. Its reader asks for a new one."),
    )


def again_refusal(by: Actor, at: datetime, *, sent: bool, wiped: bool) -> Refusal | None:
    """An operator has a letter sent again that could not be sent so far."""
    who = who_refusal(SEE_LETTERS, by, at)
    if who is not None:
        return who
    if sent:
        return LetterRefusal.LETTER_SENT
    return LetterRefusal.LETTER_WIPED if wiped else None


Ref = tuple[str, int]

OFFICIAL = frozenset({Circle.OFFICE, *STAFF})
"""Circles of people who act by their office: never on what their own party is a side of."""


@dataclass(frozen=True)
class Matter:
    """What an act is about, as far as it decides who hears of it."""

    seller_id: int | None = None
    buyer_id: int | None = None
    applicant_id: int | None = None
    payer_id: int | None = None
    payee_id: int | None = None
    registry_id: int | None = None
    party_id: int | None = None
    person_id: int | None = None
    proposer_id: int | None = None
    tied: frozenset[int] = frozenset()
    bidders: frozenset[int] = frozenset()
    needs_recordal: bool = False

    @property
    def sides(self) -> frozenset[int]:
        """The parties to it."""
        return self.tied | {p for p in (self.seller_id, self.buyer_id) if p is not None}

    @property
    def related(self) -> frozenset[int]:
        """The parties whose members do not act on it by their office."""
        return self.sides | {p for p in (self.party_id,) if p is not None}


@dataclass(frozen=True)
class Tidings:
    """One thing to be told. ``key`` says what it is, so that nobody is told it twice.

    It goes to members of ``parties``, to one person, to registrars of ``office_id`` or to all
    of a ``staff`` role; never to those of ``without``. ``related`` are the parties of which neither
    a registrar nor these must be a member.
    """

    key: str
    news: News
    urgency: Urgency
    subject: Ref
    at: datetime
    facts: Mapping[str, object]
    entry_id: int | None = None
    parties: frozenset[int] = frozenset()
    person_id: int | None = None
    office_id: int | None = None
    staff: Role | None = None
    signers: bool = False
    without: frozenset[int] = frozenset()
    related: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Deed:
    """An entry of the journal as the rules see it."""

    entry_id: int
    act: str
    at: datetime
    user_id: int | None
    party_id: int | None
    subject: Ref
    facts: Mapping[str, object]


def variant(deed: Deed, matter: Matter) -> str:
    """The finer name of an act, where its facts make other news of it."""
    facts = deed.facts
    if deed.act == "contract.signed" and facts.get("concluded"):
        return "contract.signed:record" if matter.needs_recordal else "contract.signed:file"
    if deed.act == "contract.drafted" and facts.get("replaces") is not None:
        return "contract.drafted:corrected"
    if deed.act == "party.founded" and facts.get("check_ok") is False:
        return "party.founded:doubtful"
    finer = f"{deed.act}:{facts.get('kind')}"
    return finer if finer in LINES else deed.act


def tidings(deed: Deed, matter: Matter) -> list[Tidings]:
    """What an act tells, and to whom, in the order in which it is told."""
    kept = {name: value for name, value in deed.facts.items() if name in KEPT}
    return [
        Tidings(
            key=f"entry-{deed.entry_id}",
            news=line.news,
            urgency=line.urgency,
            subject=deed.subject,
            at=deed.at,
            facts={**kept, "party": deed.party_id},
            entry_id=deed.entry_id,
            parties=parties_of(line.to, matter, deed.party_id),
            person_id=_person(line.to, matter),
            office_id=matter.registry_id if line.to is Circle.OFFICE else None,
            staff=STAFF.get(line.to),
            signers=line.signers,
            without=_without(line, deed, matter),
            related=matter.related if line.to in OFFICIAL else frozenset(),
        )
        for line in LINES.get(variant(deed, matter), ())
    ]


def _person(to: Circle, matter: Matter) -> int | None:
    return {Circle.PERSON: matter.person_id, Circle.PROPOSER: matter.proposer_id}.get(to)


def _without(line: Line, deed: Deed, matter: Matter) -> frozenset[int]:
    """Who did it knows; who it is about does not decide it for the market's staff."""
    doer = None if line.doer else deed.user_id
    about = matter.person_id if line.to in STAFF else None
    return frozenset(each for each in (doer, about) if each is not None)


def parties_of(to: Circle, matter: Matter, by_party: int | None) -> frozenset[int]:
    """The parties of a circle; none for circles of persons."""
    own = frozenset() if by_party is None else frozenset({by_party})
    one = {
        Circle.SELLER: matter.seller_id,
        Circle.APPLICANT: matter.applicant_id,
        Circle.PAYER: matter.payer_id,
        Circle.PAYEE: matter.payee_id,
        Circle.PARTY: matter.party_id,
    }
    if to in one:
        found = one[to]
        return frozenset() if found is None else frozenset({found})
    many = {
        Circle.SIDES: matter.sides,
        Circle.OWN: matter.sides & own,
        Circle.OTHER: matter.sides - own,
        Circle.BIDDERS: matter.bidders - own,
    }
    return many.get(to, frozenset())


def urgency_for(tidings: Tidings, *, binds: bool) -> Urgency:
    """What waits for a signatory's hand is information to the party's other members."""
    return tidings.urgency if binds or not tidings.signers else Urgency.TOLD


# ── ahead of time ────────────────────────────────────────────────────────────────────────────────

OFFER_AHEAD = timedelta(hours=24)
SIGNATURE_AFTER = timedelta(days=3)
DAYS_AHEAD = 3
LOOK_BACK = timedelta(days=30)
HISTORY = timedelta(days=7)
"""What is this much older than the follower's first look is history: kept, told to nobody."""


def reminds(made_at: datetime, expires_at: datetime, at: datetime) -> bool:
    """Whether to remind of an offer's end; one made within its last day has just been told."""
    return made_at <= expires_at - OFFER_AHEAD <= at < expires_at


# ── letters ──────────────────────────────────────────────────────────────────────────────────────


def waiting_first(urgencies: Sequence[Urgency]) -> list[int]:
    """The order in which a letter tells: what waits, what binds, the rest; each as it came."""
    order = {urgency: place for place, urgency in enumerate(Urgency)}
    return sorted(range(len(urgencies)), key=lambda nth: order[urgencies[nth]])
