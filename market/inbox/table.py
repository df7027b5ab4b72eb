"""The table of the inbox: for each act of the journal, who stands around it and what it asks."""

from dataclasses import dataclass
from enum import Enum, auto

from market.inbox.news import News, Urgency
from market.kernel.authority import Role


class Circle(Enum):
    """Who stands around an act."""

    SIDES = auto()  # both parties
    OWN = auto()  # the party that acted
    OTHER = auto()  # the party across from it
    SELLER = auto()
    BUYER = auto()  # who buys, and who owes
    APPLICANT = auto()
    BIDDERS = auto()  # companies in open talks on the result
    PARTY = auto()  # the party itself that the act is on
    PERSON = auto()  # the person that the act is on
    PROPOSER = auto()  # who proposed what is decided
    OFFICE = auto()  # registrars of the registry, related to neither side (REG-15)
    OPERATORS = auto()
    ADMINISTRATORS = auto()


STAFF = {Circle.OPERATORS: Role.OPERATOR, Circle.ADMINISTRATORS: Role.ADMINISTRATOR}
"""Circles of all who hold a role."""


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
    "payment.owed": (_waits(News.OWED, Circle.BUYER, doer=True),),
    "payment.cancelled": (Line(News.OWED_NO_MORE, Circle.SIDES),),
    "payment.rest-cancelled": (Line(News.OWED_NO_MORE, Circle.SIDES),),
    "payment.received": (Line(News.MONEY_CAME, Circle.SIDES),),
    "payment.credit-used": (Line(News.MONEY_CAME, Circle.SELLER),),
    "payment.noted:succeeded": (Line(News.MONEY_CAME, Circle.SIDES),),
    "payment.account-set": (Line(News.ACCOUNT_SET, Circle.PARTY, Urgency.BINDS, doer=True),),
    "royalty.agreed": (Line(News.ROYALTY_BEGINS, Circle.SIDES, doer=True),),
    "royalty.declared": (Line(News.ROYALTY_TOLD, Circle.OTHER),),
    "royalty.corrected": (Line(News.ROYALTY_CORRECTED, Circle.OTHER),),
    "royalty.inspection-asked": (_waits(News.BOOKS_ASKED, Circle.OTHER),),
    "royalty.inspection-answered": (Line(News.BOOKS_ANSWERED, Circle.OTHER),),
    "bank.statement-imported:waits": (_waits(News.LINES_WAIT, Circle.OPERATORS),),
    "bank.match-proposed": (_waits(News.MATCH_PROPOSED, Circle.OPERATORS),),
    "payment.payout-done": (Line(News.MONEY_LEFT, Circle.PARTY),),
    "payment.payout-failed": (
        _waits(News.PAYOUT_BACK, Circle.OPERATORS, doer=True),
        Line(News.MONEY_BACK, Circle.PARTY),
    ),
    "payment.payout-ordered:again": (Line(News.SENT_AGAIN, Circle.PARTY, Urgency.BINDS),),
    "party.founded:doubtful": (_waits(News.CODE_CAME, Circle.OPERATORS),),
    "party.uscc-confirmed": (Line(News.CODE_CONFIRMED, Circle.PARTY),),
    "party.paper-shown": (_waits(News.PAPER_SHOWN, Circle.OPERATORS),),
    "party.papers-returned": (_waits(News.PARTY_PAPERS_RETURNED, Circle.PARTY),),
    "party.verified": (Line(News.PARTY_VERIFIED, Circle.PARTY),),
    "party.suspended": (Line(News.PARTY_SUSPENDED, Circle.PARTY, Urgency.BINDS),),
    "party.restored": (Line(News.PARTY_RESTORED, Circle.PARTY),),
    "party.invitation-accepted": (Line(News.INVITATION_ACCEPTED, Circle.PARTY),),
    "party.invitation-declined": (Line(News.INVITATION_DECLINED, Circle.PARTY),),
    "party.seat-changed": (Line(News.SEAT_CHANGED, Circle.PERSON),),
    "party.member-suspended": (Line(News.SEAT_SUSPENDED, Circle.PERSON),),
    "party.member-restored": (Line(News.SEAT_RESTORED, Circle.PERSON),),
    "party.member-removed": (Line(News.SEAT_ENDED, Circle.PERSON),),
    "party.tie-noted": (Line(News.TIE_NOTED, Circle.OTHER, Urgency.BINDS, signers=True),),
    "party.tie-ended": (Line(News.TIE_ENDED, Circle.OTHER, Urgency.BINDS, signers=True),),
    "rulebook.amendment-proposed": (_waits(News.AMENDMENT_DUE, Circle.OPERATORS),),
    "rulebook.amendment-declined": (Line(News.PROPOSAL_REJECTED, Circle.PROPOSER),),
    "rulebook.amended": (Line(News.PROPOSAL_CONFIRMED, Circle.PROPOSER),),
    "deposit.refund-proposed": (_waits(News.DEPOSIT_REFUND_DUE, Circle.OPERATORS),),
    "deposit.forfeit-proposed": (_waits(News.DEPOSIT_FORFEIT_DUE, Circle.OPERATORS),),
    "deposit.refunded": (
        Line(News.DEPOSIT_BACK, Circle.PARTY),
        Line(News.PROPOSAL_CONFIRMED, Circle.PROPOSER),
    ),
    "deposit.forfeited": (
        Line(News.DEPOSIT_FORFEITED, Circle.PARTY, Urgency.BINDS),
        Line(News.PROPOSAL_CONFIRMED, Circle.PROPOSER),
    ),
    "deposit.proposal-declined": (Line(News.PROPOSAL_REJECTED, Circle.PROPOSER),),
    "ledger.correction-proposed": (_waits(News.REVERSAL_DUE, Circle.ADMINISTRATORS),),
    "ledger.corrected": (
        Line(News.ENTRY_REVERSED, Circle.SIDES, Urgency.BINDS),
        Line(News.PROPOSAL_CONFIRMED, Circle.PROPOSER),
    ),
    "ledger.correction-declined": (Line(News.PROPOSAL_REJECTED, Circle.PROPOSER),),
    "account.role-proposed": (_waits(News.ROLE_DUE, Circle.ADMINISTRATORS),),
    "account.role-declined": (Line(News.PROPOSAL_REJECTED, Circle.PROPOSER),),
    "account.role-seconded": (Line(News.PROPOSAL_CONFIRMED, Circle.PROPOSER),),
    "account.all-signed-out": (Line(News.SESSIONS_ENDED, Circle.PERSON),),
    "account.restored": (Line(News.ACCOUNT_RESTORED, Circle.PERSON),),
    "account.role-granted": (Line(News.ROLE_GIVEN, Circle.PERSON),),
    "account.role-taken": (Line(News.ROLE_TAKEN, Circle.PERSON),),
}
"""Each act of the journal that waits on somebody or binds them. Where two lines of an act meet one
person, the first one speaks. An act without a line is told to nobody; a
reset factor has its own letter on security, and a suspended person is told nothing."""

KEPT = frozenset(
    {
        "price",
        "amount",
        "ending",
        "usable_at",
        "currency",
        "until",
        "due_on",
        "on_day",
        "number",
        "turnover",
        "reasons",
        "role",
        "seat",
    }
)
"""What a message keeps of an act's facts: codes, days and amounts, no free words."""
