"""Whom an act concerns, and what it asks of them: one table, and how it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from market.inbox.news import News, Urgency
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


class Circle(Enum):
    """Who stands around an act."""

    SIDES = auto()  # both parties
    OWN = auto()  # the party that acted
    OTHER = auto()  # the party across from it
    SELLER = auto()
    APPLICANT = auto()
    BIDDERS = auto()  # companies in open talks on the result
    PARTY = auto()  # the party itself that the act is on
    PERSON = auto()  # the person that the act is on
    OFFICE = auto()  # registrars of the registry, related to neither side (REG-15)
    OPERATORS = auto()


PARTIES = frozenset(
    {
        *(Circle.SIDES, Circle.OWN, Circle.OTHER, Circle.SELLER),
        *(Circle.APPLICANT, Circle.BIDDERS, Circle.PARTY),
    }
)


@dataclass(frozen=True)
class Line:
    """One line of the table: what is told to whom, and what it asks of them.

    ``signers``: only who may bind the party can do it; its other members are told of it.
    ``doer``: who did it hears of it too, since it binds them.
    """

    news: News
    to: Circle
    urgency: Urgency = Urgency.TOLD
    signers: bool = False
    doer: bool = False


def _waits(news: News, to: Circle, *, signers: bool = False, doer: bool = False) -> Line:
    return Line(news, to, Urgency.WAITS, signers, doer)


def _binds(news: News, to: Circle = Circle.SIDES) -> Line:
    return Line(news, to, Urgency.BINDS, doer=True)


LINES: dict[str, tuple[Line, ...]] = {
    "negotiation.offer-made": (_waits(News.OFFER_MADE, Circle.OTHER, signers=True),),
    "negotiation.offer-refused": (Line(News.OFFER_REFUSED, Circle.OTHER),),
    "negotiation.offer-taken-back": (Line(News.OFFER_TAKEN_BACK, Circle.OTHER),),
    "negotiation.ended": (Line(News.TALKS_ENDED, Circle.OTHER),),
    "deal.struck": (_binds(News.DEAL_STRUCK),),
    "listing.submitted": (_waits(News.RESULT_CAME, Circle.OPERATORS),),
    "listing.returned": (_waits(News.RESULT_RETURNED, Circle.SELLER),),
    "listing.published": (
        Line(News.RESULT_PUBLISHED, Circle.SELLER),
        Line(News.PUBLISHED_ANEW, Circle.BIDDERS),
    ),
    "listing.withdrawn": (Line(News.OFF_MARKET, Circle.BIDDERS),),
    "listing.transferred": (Line(News.OFF_MARKET, Circle.BIDDERS),),
    "contract.drafted": (Line(News.CONTRACT_DRAFTED, Circle.OTHER),),
    "contract.drafted:corrected": (Line(News.CONTRACT_CORRECTED, Circle.OTHER),),
    "contract.text-fixed": (_waits(News.TEXT_FIXED, Circle.SIDES, signers=True),),
    "contract.reopened": (Line(News.TEXT_REOPENED, Circle.OTHER),),
    "contract.dropped": (Line(News.CONTRACT_DROPPED, Circle.OTHER),),
    "contract.signed": (
        _waits(News.OTHER_SIGNED, Circle.OTHER, signers=True),
        _binds(News.OWN_SIGNED, Circle.OWN),
    ),
    "contract.signed:record": (
        _waits(News.RECORDAL_DUE, Circle.SELLER, doer=True),
        _binds(News.CONCLUDED),
    ),
    "contract.signed:file": (
        _waits(News.FILING_DUE, Circle.SELLER, doer=True),
        _binds(News.CONCLUDED),
    ),
    "contract.recordal-noted": (Line(News.RECORDAL_NOTED, Circle.OTHER),),
    "registry.applied": (
        _waits(News.FILE_CAME, Circle.OFFICE),
        Line(News.FILED, Circle.SIDES),
    ),
    "registry.accepted": (Line(News.ACCEPTED, Circle.SIDES),),
    "registry.turned-away": (Line(News.TURNED_AWAY, Circle.SIDES, Urgency.BINDS),),
    "registry.correction-asked": (
        _waits(News.CORRECTION_ASKED, Circle.APPLICANT),
        Line(News.CORRECTION_ASKED, Circle.SIDES),
    ),
    "registry.resubmitted": (_waits(News.PAPERS_CAME, Circle.OFFICE),),
    "registry.withdrawn": (
        Line(News.FILE_WITHDRAWN, Circle.OFFICE),
        Line(News.FILE_WITHDRAWN, Circle.SIDES),
    ),
    "registry.lapsed": (Line(News.LAPSED, Circle.SIDES, Urgency.BINDS),),
    "registry.passed": (_waits(News.SECOND_DUE, Circle.OFFICE),),
    "registry.sent-back": (_waits(News.SENT_BACK, Circle.OFFICE),),
    "registry.certified": (Line(News.REGISTERED, Circle.SIDES, Urgency.BINDS),),
    "registry.refused": (Line(News.REFUSED, Circle.SIDES, Urgency.BINDS),),
    "registry.revision-proposed": (_waits(News.REVISION_DUE, Circle.OFFICE),),
    "registry.revision-rejected": (Line(News.REVISION_REJECTED, Circle.OFFICE),),
    "registry.revised": (Line(News.REVISED, Circle.SIDES, Urgency.BINDS),),
    "registry.revised:cancellation": (Line(News.CANCELLED, Circle.SIDES, Urgency.BINDS),),
    "party.founded:doubtful": (_waits(News.CODE_CAME, Circle.OPERATORS),),
    "party.uscc-confirmed": (Line(News.CODE_CONFIRMED, Circle.PARTY),),
    "account.role-granted": (Line(News.ROLE_GIVEN, Circle.PERSON),),
    "account.role-taken": (Line(News.ROLE_TAKEN, Circle.PERSON),),
}
"""Each act of the journal that waits on somebody or binds them. Where two lines of an act meet one
person, the first one speaks. An act without a line is told to nobody."""

KEPT = frozenset(
    {"price", "currency", "until", "due_on", "on_day", "number", "turnover", "reasons", "role"}
)
"""What a message keeps of an act's facts: codes, days and amounts, no free words."""


@dataclass(frozen=True)
class Matter:
    """What an act is about, as far as it decides who hears of it."""

    seller_id: int | None = None
    buyer_id: int | None = None
    applicant_id: int | None = None
    registry_id: int | None = None
    party_id: int | None = None
    person_id: int | None = None
    bidders: frozenset[int] = frozenset()
    needs_recordal: bool = False

    @property
    def sides(self) -> frozenset[int]:
        """The parties to it."""
        return frozenset(p for p in (self.seller_id, self.buyer_id) if p is not None)


@dataclass(frozen=True)
class Tidings:
    """One thing to be told. ``key`` says what it is, so that nobody is told it twice.

    It goes to members of ``parties``, to one person, to registrars of ``office_id`` or to the
    operators; never to ``without``. ``related`` are the parties that a registrar must not be of.
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
    operators: bool = False
    signers: bool = False
    without: int | None = None
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
            person_id=matter.person_id if line.to is Circle.PERSON else None,
            office_id=matter.registry_id if line.to is Circle.OFFICE else None,
            operators=line.to is Circle.OPERATORS,
            signers=line.signers,
            without=None if line.doer else deed.user_id,
            related=matter.sides if line.to is Circle.OFFICE else frozenset(),
        )
        for line in LINES.get(variant(deed, matter), ())
    ]


def parties_of(to: Circle, matter: Matter, by_party: int | None) -> frozenset[int]:
    """The parties of a circle; none for circles of persons."""
    own = frozenset() if by_party is None else frozenset({by_party})
    one = {
        Circle.SELLER: matter.seller_id,
        Circle.APPLICANT: matter.applicant_id,
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
