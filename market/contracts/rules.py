"""The technology contract of the Civil Code, ch. 20: its kinds, its facts, its signatures."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from market.contracts.terms import Kind, Kind5, Monopoly, Payment, Terms
from market.kernel.authority import Act, Actor, Relation, Role, between, who_refusal
from market.kernel.edits import moved
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled
from market.listings.sheet import LicenceType

DURATION_MOST_YEARS = 50


class Status(Labelled):
    """Where a contract stands between its parties."""

    DRAFT = "draft", N_("Being drafted")
    SIGNING = "signing", N_("Ready for signature")
    SIGNED = "signed", N_("Signed by both parties")
    DROPPED = "dropped", N_("Dropped")
    REPLACED = "replaced", N_("Replaced by a corrected contract")


MOVES = {
    (Status.DRAFT, "offer"): Status.SIGNING,
    (Status.SIGNING, "reopen"): Status.DRAFT,
    (Status.SIGNING, "complete"): Status.SIGNED,
    (Status.DRAFT, "drop"): Status.DROPPED,
    (Status.SIGNING, "drop"): Status.DROPPED,
    (Status.SIGNED, "replace"): Status.REPLACED,
}
GONE = frozenset({Status.DROPPED, Status.REPLACED})
"""States of a contract that no longer stands for its deal."""


class Side(Labelled):
    """The two sides of a contract."""

    SELLER = "seller", N_("Seller side")
    BUYER = "buyer", N_("Buyer side")


class ContractRefusal(Refusal):
    """Why a contract does not move."""

    WRONG_STATE = "contract-wrong-state", N_("This contract is not in a state for this step.")
    ONE_PARTY = "one-party", N_("A contract needs two different parties.")
    INCOMPLETE = "contract-incomplete", N_("The contract still lacks: %(gaps)s.")
    DEDUCTIONS = (
        "deductions",
        N_("Non-technical costs add up to more than the contract amount (REG-19)."),
    )
    INSTALMENTS = (
        "instalments",
        N_(
            "Instalments are listed where payment is by instalments, "
            "and add to exactly the contract amount (REG-22)."
        ),
    )
    PERIOD = "period", N_("The contract ends before it begins.")
    ENDED = "ended", N_("The contract's term would already be over.")
    TOO_LONG = "too-long", N_("A contract may run at most 50 years.")
    LICENCE_TYPE = "contract-licence-type", N_("A licence states its type; other contracts do not.")
    MONOPOLY = (
        "monopoly",
        N_("A clause that %(clause)s illegally monopolises technology (民法典 850, REG-18)."),
    )
    TEXT_CHANGED = (
        "text-changed",
        N_("The text is not the one you read. Read it again before you sign."),
    )
    SIGNED_ALREADY = "signed-already", N_("Your side has signed already.")
    SAME_HAND = (
        "same-hand",
        N_("You have signed for the other side. Nobody contracts with themselves (民法典 168)."),
    )
    NOT_VERIFIED = (
        "not-verified",
        N_("The market verifies a party before it signs; show its papers to the operator."),
    )
    DEAL_HAS_CONTRACT = "deal-has-contract", N_("This deal has its contract already.")
    DEAL_PRICE = "deal-price", N_("The contract amount must be the price of the deal.")
    DEAL_KIND = (
        "deal-kind",
        N_("The deal agreed another way of transfer; a contract of this kind does not carry it."),
    )
    DEAL_LICENCE = (
        "deal-licence",
        N_("The type of licence must be the one that the deal agreed."),
    )
    OUTLASTS = (
        "outlasts",
        N_("A patent licence is valid only within the term of the patent (民法典 865)."),
    )
    EDITED_MEANWHILE = (
        "edited-meanwhile",
        N_(
            "Somebody saved this draft while you were editing. What you typed is still here, and "
            "beside it what now stands: compare, then save again to replace it."
        ),
    )
    NO_COUNTERPARTY = (
        "no-counterparty",
        N_(
            "The market knows no party of this credit code, nor of this name and number. It gets "
            "in within minutes: one of its people signs up and enters it under “New party”."
        ),
    )
    NO_RECORDAL = "no-recordal", N_("Only the assignment of a patent or application is recorded.")
    RECORDED_ALREADY = (
        "recorded-already",
        N_("The recordal is noted already; what was noted is evidence and stays as it is."),
    )
    RECORDAL_DAY = (
        "recordal-day",
        N_("The day of recordal lies between signing and today."),
    )


class Gap(Labelled):
    """What a contract still lacks."""

    TITLE = "title", N_("the project name")
    SUBJECT = "subject", N_("the technical content")
    PERIOD = "period", N_("first and last day")
    FIELD = "field", N_("the technology field")
    IP = "ip", N_("the intellectual property concerned")
    PLAN = "plan", N_("the plan source")
    OBJECTIVE = "objective", N_("the socio-economic objective")
    RIGHTS = "rights", N_("the rights transferred or licensed")
    ROYALTY = "royalty", N_("the royalty's base and rate")
    ACCEPTANCE = "acceptance", N_("how the work is accepted")
    MONOPOLY = "monopoly", N_("an answer to each question on the monopoly of technology")


_SIDES = frozenset({Role.RESEARCHER, Role.COMPANY})
DRAFT = Act("contract.draft", N_("Draft a contract"), _SIDES, Relation.PARTY)
SEE = Act(
    "contract.see",
    N_("See a contract"),
    relation=Relation.PARTY,
    reads=True,
    readers=frozenset({(Role.AUDITOR, Relation.ANY)}),
)
OFFER_TEXT = Act(
    "contract.offer-text", N_("Fix the text for signature, or reopen it"), _SIDES, Relation.PARTY
)
SIGN = Act(
    "contract.sign",
    N_("Sign a contract"),
    _SIDES,
    Relation.PARTY,
    binding=True,
    su=True,
    article="民法典 490",
)
RECORD = Act(
    "contract.note-recordal",
    N_("Note the recordal of an assignment"),
    _SIDES,
    Relation.PARTY,
    article="REG-13",
)
ACTS = (DRAFT, SEE, OFFER_TEXT, SIGN, RECORD)


@dataclass(frozen=True)
class Agreed:
    """What a deal fixed; ``licence_type`` is None where the deal is no licence.

    ``term_ends`` is the first day on which the last of its patents no longer stands.
    """

    price: Money
    kinds: frozenset[Kind]
    licence_type: LicenceType | None = None
    term_ends: date | None = None


@dataclass(frozen=True)
class Paper:
    """A contract as the rules see it at one instant, read under its lock."""

    seller_id: int
    buyer_id: int
    status: Status
    terms: Terms
    text_hash: str | None = None
    signed: frozenset[Side] = frozenset()
    signed_on: date | None = None
    recorded: bool = False
    agreed: Agreed | None = None
    hands: frozenset[int | None] = frozenset()
    """The persons who have signed."""
    verified: frozenset[int] = frozenset()
    """The parties that the market has verified."""


def side_of(by: Actor, paper: Paper) -> Side | None:
    """On which side of the contract a person stands."""
    if by.party_id is None:
        return None
    return {paper.seller_id: Side.SELLER, paper.buyer_id: Side.BUYER}.get(by.party_id)


def relations(by: Actor, paper: Paper) -> set[Relation]:
    """A person is party to the contract or is not."""
    return between(by, (paper.seller_id, paper.buyer_id))


def gaps(terms: Terms) -> list[Gap]:
    """What is still missing before the text can be fixed."""
    with_rights = terms.kind.kind5 in (Kind5.TRANSFER, Kind5.LICENCE)
    missing = {
        Gap.TITLE: not terms.title,
        Gap.SUBJECT: not terms.subject,
        Gap.PERIOD: terms.starts_on is None or terms.ends_on is None,
        Gap.FIELD: terms.technology_field is None,
        Gap.IP: terms.ip_kind is None,
        Gap.PLAN: terms.plan_source is None,
        Gap.OBJECTIVE: terms.objective is None,
        Gap.RIGHTS: with_rights and not terms.rights,
        Gap.ROYALTY: not terms.payment.fixed and not terms.royalty_said,
        Gap.ACCEPTANCE: not terms.acceptance,
        Gap.MONOPOLY: terms.monopoly | terms.no_monopoly != frozenset(Monopoly),
    }
    return [gap for gap, lacks in missing.items() if lacks]


def terms_refusal(terms: Terms, today: date) -> ContractRefusal | None:
    """Whether these terms can be a contract at all (REG-18, 19, 22; 民法典 845)."""
    if gaps(terms):
        return ContractRefusal.INCOMPLETE
    if (terms.kind.kind5 is Kind5.LICENCE) != (terms.licence_type is not None):
        return ContractRefusal.LICENCE_TYPE
    if terms.monopoly:
        return ContractRefusal.MONOPOLY
    if terms.payment is Payment.INSTALMENTS and not terms.instalments:
        return ContractRefusal.INSTALMENTS
    return contradiction(terms) or _period_refusal(terms, today)


def contradiction(terms: Terms) -> ContractRefusal | None:
    """What not even a draft may say: parts that break the whole, an end before its beginning."""
    if terms.technology_value.minor < 0:
        return ContractRefusal.DEDUCTIONS
    total = sum(line.amount.minor for line in terms.instalments)
    by_instalments = terms.payment is Payment.INSTALMENTS
    if terms.instalments and not (by_instalments and total == terms.turnover.minor):
        return ContractRefusal.INSTALMENTS
    if terms.starts_on and terms.ends_on and terms.ends_on < terms.starts_on:
        return ContractRefusal.PERIOD
    return None


def _period_refusal(terms: Terms, today: date) -> ContractRefusal | None:
    assert terms.starts_on is not None, "gaps were asked first"
    assert terms.ends_on is not None, "gaps were asked first"
    if terms.ends_on < today:
        return ContractRefusal.ENDED
    return ContractRefusal.TOO_LONG if _longest(terms.starts_on) < terms.ends_on else None


def _longest(starts_on: date) -> date:
    """The last day that a contract beginning on this day may have."""
    year = starts_on.year + DURATION_MOST_YEARS
    leap = (starts_on.month, starts_on.day) == (2, 29)
    return date(year, 2, 28) if leap else starts_on.replace(year=year)


def begin_refusal(by: Actor, sides: Collection[int], at: datetime) -> Refusal | None:
    """Whether this person may draft a contract between these sides, before anything is typed."""
    return who_refusal(DRAFT, by, at, between(by, sides))


def draft_refusal(
    by: Actor,
    paper: Paper,
    at: datetime,
    *,
    seen: str | None = None,
    stands: Terms | None = None,
) -> Refusal | None:
    """Either party drafts, while nothing is fixed; what a deal agreed is not drafted away.

    ``seen`` is the glimpse of the draft as the editor read it, ``stands`` its present terms.
    """
    who = who_refusal(DRAFT, by, at, relations(by, paper))
    if who is not None:
        return who
    if paper.seller_id == paper.buyer_id:
        return ContractRefusal.ONE_PARTY
    if paper.status is not Status.DRAFT:
        return ContractRefusal.WRONG_STATE
    if seen is not None and stands is not None and moved(seen, vars(stands)):
        return ContractRefusal.EDITED_MEANWHILE
    return _strays(paper) or contradiction(paper.terms)


def _strays(paper: Paper) -> ContractRefusal | None:
    """Where the terms leave the deal: price, way (REG-13), type of licence, term (IDN-04)."""
    agreed, terms = paper.agreed, paper.terms
    if agreed is None:
        return None
    if terms.turnover != agreed.price:
        return ContractRefusal.DEAL_PRICE
    if terms.kind not in agreed.kinds:
        return ContractRefusal.DEAL_KIND
    if agreed.licence_type is not None and terms.licence_type is not agreed.licence_type:
        return ContractRefusal.DEAL_LICENCE
    if terms.kind is Kind.LIC_P and _outlasts(terms.ends_on, agreed.term_ends):
        return ContractRefusal.OUTLASTS
    return None


def _outlasts(ends_on: date | None, term_ends: date | None) -> bool:
    return ends_on is not None and term_ends is not None and ends_on >= term_ends


def move_refusal(by: Actor, paper: Paper, move: str, at: datetime) -> Refusal | None:
    """Before both have signed, either may reopen the text or drop the contract."""
    who = who_refusal(OFFER_TEXT, by, at, relations(by, paper))
    if who is not None:
        return who
    return None if (paper.status, move) in MOVES else ContractRefusal.WRONG_STATE


def replace_refusal(by: Actor, paper: Paper, at: datetime) -> Refusal | None:
    """A signed contract makes room for a corrected one; when, the registry above says (REG-17)."""
    who = who_refusal(DRAFT, by, at, relations(by, paper))
    if who is not None:
        return who
    return None if (paper.status, "replace") in MOVES else ContractRefusal.WRONG_STATE


def offer_text_refusal(by: Actor, paper: Paper, today: date, at: datetime) -> Refusal | None:
    """A complete and lawful draft becomes the text that both will sign."""
    return move_refusal(by, paper, "offer", at) or terms_refusal(paper.terms, today)


def sign_refusal(
    by: Actor,
    paper: Paper,
    at: datetime,
    *,
    seen_hash: str | None = None,
    verified_first: bool = False,
) -> Refusal | None:
    """A signatory signs exactly the text that was read, once, for one side (民法典 168, 490).

    Where the rulebook wants it, only for a party that the market has verified.
    """
    who = who_refusal(SIGN, by, at, relations(by, paper))
    if who is not None:
        return who
    if paper.status is not Status.SIGNING:
        return ContractRefusal.WRONG_STATE
    if side_of(by, paper) in paper.signed:
        return ContractRefusal.SIGNED_ALREADY
    if by.user_id in paper.hands:
        return ContractRefusal.SAME_HAND
    if verified_first and by.party_id not in paper.verified:
        return ContractRefusal.NOT_VERIFIED
    if seen_hash is not None and seen_hash != paper.text_hash:
        return ContractRefusal.TEXT_CHANGED
    return None


def recordal_refusal(
    by: Actor, paper: Paper, recorded_on: date, today: date, at: datetime
) -> Refusal | None:
    """Evidence that the patent office recorded the assignment (REG-13)."""
    who = who_refusal(RECORD, by, at, relations(by, paper))
    if who is not None:
        return who
    if paper.status is not Status.SIGNED:
        return ContractRefusal.WRONG_STATE
    if not paper.terms.kind.needs_recordal:
        return ContractRefusal.NO_RECORDAL
    if paper.recorded:
        return ContractRefusal.RECORDED_ALREADY
    if paper.signed_on is None or not paper.signed_on <= recorded_on <= today:
        return ContractRefusal.RECORDAL_DAY
    return None
