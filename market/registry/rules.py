"""Recognition and registration (认定登记): the registrar's law, its clock, its reasons."""

from dataclasses import dataclass
from datetime import date, datetime

from market.contracts.terms import Kind
from market.kernel.authority import Act, Actor, Relation, Role, reads, who_refusal
from market.kernel.calendar import Day, last_day, last_working_day
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled
from market.rulebook.rules import Law, Unit


class Status(Labelled):
    """Where an application stands (REG-16). Overdue is computed and never becomes approval."""

    SUBMITTED = "submitted", N_("Submitted")
    NOT_ACCEPTED = "not-accepted", N_("Not accepted")
    ACCEPTED = "accepted", N_("Accepted, under review")
    CORRECTION = "correction", N_("To be corrected")
    PASSED = "passed", N_("Passed first review")
    REGISTERED = "registered", N_("Registered")
    REFUSED = "refused", N_("Registration refused")
    WITHDRAWN = "withdrawn", N_("Withdrawn")
    CANCELLED = "cancelled", N_("Registration cancelled")


MOVES = {
    (Status.SUBMITTED, "accept"): Status.ACCEPTED,
    (Status.SUBMITTED, "turn-away"): Status.NOT_ACCEPTED,
    (Status.SUBMITTED, "ask-correction"): Status.CORRECTION,
    (Status.ACCEPTED, "ask-correction"): Status.CORRECTION,
    (Status.CORRECTION, "resubmit"): Status.SUBMITTED,
    (Status.SUBMITTED, "withdraw"): Status.WITHDRAWN,
    (Status.ACCEPTED, "withdraw"): Status.WITHDRAWN,
    (Status.CORRECTION, "withdraw"): Status.WITHDRAWN,
    (Status.CORRECTION, "lapse"): Status.WITHDRAWN,
    (Status.ACCEPTED, "pass"): Status.PASSED,
    (Status.ACCEPTED, "refuse"): Status.REFUSED,
    (Status.PASSED, "refuse"): Status.REFUSED,
    (Status.PASSED, "send-back"): Status.ACCEPTED,
    (Status.PASSED, "certify"): Status.REGISTERED,
    (Status.REGISTERED, "propose"): Status.REGISTERED,
    (Status.REGISTERED, "change"): Status.REGISTERED,
    (Status.REGISTERED, "cancel"): Status.CANCELLED,
}
OPEN = frozenset({Status.SUBMITTED, Status.ACCEPTED, Status.CORRECTION, Status.PASSED})
LIVE = OPEN | {Status.REGISTERED}


class Reason(Labelled):
    """Why registration is refused (不予登记, REG-17)."""

    N01 = "N01", N_("Parties not clear")
    N02 = "N02", N_("Subject not clear; the technical content cannot be learned")
    N03 = "N03", N_("Price, reward or fee not clear")
    N04 = "N04", N_("Illegal monopoly of technology, or infringement of another's result")
    N05 = "N05", N_("Evidence refused or not in order")
    N06 = "N06", N_("Seal does not match the written name")
    N07 = "N07", N_("Security condition not yet performed")
    N08 = "N08", N_("Name does not fit the content and was not corrected")
    N09 = "N09", N_("No certificate of the right, or the right has ended")
    N10 = "N10", N_("Not a technology contract")
    N11 = "N11", N_("Registered already")
    N12 = "N12", N_("Not in force, or expired")


TEXT_BOUND = frozenset(
    {
        Reason.N01,
        Reason.N02,
        Reason.N03,
        Reason.N04,
        Reason.N06,
        Reason.N08,
        Reason.N10,
        Reason.N11,
    }
)
"""Reasons that lie in the signed text: it cannot change, so the contract is not filed again.

Evidence, a security condition, a certificate or the day of effect (N05, N07, N09, N12) can be put
right outside the text.
"""


class EntryKind(Labelled):
    """What a row of the register records."""

    REGISTRATION = "registration", N_("Registration")
    CHANGE = "change", N_("Change")
    CANCELLATION = "cancellation", N_("Cancellation")


class RegistryRefusal(Refusal):
    """Why an application does not move."""

    WRONG_STATE = "registry-wrong-state", N_("This application is not in a state for this step.")
    NOT_SIGNED = "not-signed", N_("Only a contract signed by both parties is registered (REG-13).")
    NOT_RECORDED = (
        "not-recorded",
        N_(
            "A patent assignment takes effect by recordal at the patent office; "
            "note its number and day on the contract first (REG-13)."
        ),
    )
    EXPIRED = "contract-expired", N_("The contract is no longer in force (REG-13).")
    NO_REGISTRY = "no-registry", N_("No registry serves the seller's territory (REG-11).")
    ONCE = "once", N_("This contract is being registered or registered already (REG-11).")
    CODE_DOUBTFUL = (
        "code-doubtful",
        N_("A party's credit code fails its check digit; the operator confirms it first."),
    )
    NOT_INDEPENDENT = (
        "not-independent",
        N_("A registrar may not be related to a party of the contract (REG-15)."),
    )
    SAME_PERSON = (
        "same-person",
        N_("The second review is made by another registrar than the first (REG-15)."),
    )
    VALUE_RANGE = (
        "value-range",
        N_("The technology value lies between zero and the turnover (REG-19)."),
    )
    TURNOVER_RANGE = "turnover-range", N_("The turnover must be greater than zero.")
    NO_REASON = "no-reason", N_("Name at least one reason, and explain it.")
    NOTHING_PROPOSED = "nothing-proposed", N_("No change or cancellation is proposed.")
    PROPOSED_ALREADY = "proposed-already", N_("A change or cancellation waits for confirmation.")
    REFUSED_BEFORE = (
        "refused-before",
        N_(
            "The registry refused this contract as it was signed. "
            "Conclude a corrected contract and file that one (REG-17)."
        ),
    )
    REGISTERED_BEFORE = (
        "registered-before",
        N_(
            "This contract has been registered, and a contract is registered once. "
            "Conclude a new contract and file that one (REG-11, REG-24)."
        ),
    )
    CORRECTION_LAPSED = (
        "correction-lapsed",
        N_(
            "The last day for corrected papers has passed, so this application counts as "
            "withdrawn. Withdraw it and file the contract anew (REG-16)."
        ),
    )
    NOT_LAPSED = (
        "not-lapsed",
        N_("The applicant may still hand in corrected papers."),
    )
    NUMBER_TAKEN = "number-taken", N_("This registration number exists already.")


_REGISTRAR = frozenset({Role.REGISTRAR})
APPLY = Act(
    "registry.apply",
    N_("File a contract for registration, correct it, withdraw it"),
    frozenset({Role.RESEARCHER, Role.COMPANY}),
    Relation.OWN,
    article="REG-10, REG-11",
)
SEE = Act(
    "registry.see",
    N_("See an application"),
    relation=Relation.PARTY,
    reads=True,
    readers=frozenset({(Role.REGISTRAR, Relation.OFFICE), (Role.AUDITOR, Relation.ANY)}),
)
QUEUE = Act("registry.queue", N_("Work through the registry's queue"), _REGISTRAR)
ACCEPT = Act(
    "registry.accept",
    N_("Accept an application, ask for correction, turn it away"),
    _REGISTRAR,
    Relation.OFFICE,
    article="REG-16",
)
REVIEW = Act(
    "registry.review",
    N_("Pass the first review with verified amounts"),
    _REGISTRAR,
    Relation.OFFICE,
    su=True,
    article="REG-15",
)
CERTIFY = Act(
    "registry.certify",
    N_("Confirm as the second registrar: certifies the contract"),
    _REGISTRAR,
    Relation.OFFICE,
    su=True,
    two=True,
    article="REG-15",
)
REFUSE = Act(
    "registry.refuse",
    N_("Refuse registration with coded reasons"),
    _REGISTRAR,
    Relation.OFFICE,
    su=True,
    article="REG-17",
)
REVISE = Act(
    "registry.revise",
    N_("Change or cancel a registration"),
    _REGISTRAR,
    Relation.OFFICE,
    su=True,
    two=True,
    article="REG-23, REG-24",
)
REPLACE = Act(
    "registry.replace-contract",
    N_("Replace a contract that was not registered by a corrected draft"),
    frozenset({Role.RESEARCHER, Role.COMPANY}),
    Relation.PARTY,
    binding=True,
    article="REG-17",
)
VERIFY = Act("registry.verify", N_("Verify a certificate"), public=True)
ACTS = (APPLY, SEE, QUEUE, ACCEPT, REVIEW, CERTIFY, REFUSE, REVISE, REPLACE, VERIFY)


@dataclass(frozen=True)
class File:
    """An application as the rules see it at one instant, read under its lock."""

    registry_id: int
    seller_id: int
    buyer_id: int
    applicant_id: int
    status: Status
    reviewer_id: int | None = None
    proposer_id: int | None = None
    correction_due_on: date | None = None
    signers: frozenset[int] = frozenset()
    ends_on: date | None = None
    related: frozenset[int] = frozenset()
    """Parties related to those of the contract, by persons or ties."""

    @property
    def parties(self) -> frozenset[int]:
        """The parties of the contract."""
        return frozenset({self.seller_id, self.buyer_id})


def relations(by: Actor, file: File) -> set[Relation]:
    """A registrar of the file's registry, the applicant, or a party."""
    near: set[Relation] = set()
    if by.has(Role.REGISTRAR) and by.registry_id == file.registry_id:
        near.add(Relation.OFFICE)
    if by.party_id == file.applicant_id:
        near.add(Relation.OWN)
    if by.party_id in file.parties:
        near.add(Relation.PARTY)
    return near


@dataclass(frozen=True)
class Filing:
    """A contract that is about to be filed, as the rules see it, and what became of it before."""

    seller_id: int
    kind: Kind
    signed: bool
    recorded: bool
    ends_on: date | None
    registry_found: bool
    codes_doubtful: bool
    live: bool = False
    registered_before: bool = False
    refused_for: frozenset[Reason] = frozenset()


def history_refusal(filing: Filing, today: date) -> RegistryRefusal | None:
    """Whether the contract as it is signed may still be filed (REG-11, 13, 17, 24)."""
    if not filing.signed:
        return RegistryRefusal.NOT_SIGNED
    if filing.live:
        return RegistryRefusal.ONCE
    if filing.registered_before:
        return RegistryRefusal.REGISTERED_BEFORE
    if filing.refused_for & TEXT_BOUND:
        return RegistryRefusal.REFUSED_BEFORE
    return RegistryRefusal.EXPIRED if _expired(filing.ends_on, today) else None


def _expired(ends_on: date | None, today: date) -> bool:
    return ends_on is not None and ends_on < today


def apply_refusal(by: Actor, filing: Filing, today: date, at: datetime) -> Refusal | None:
    """The seller's side files, once, with the contract in force (REG-10, 11, 13)."""
    near = {Relation.OWN} if by.party_id == filing.seller_id else set()
    refusal = who_refusal(APPLY, by, at, near) or history_refusal(filing, today)
    if refusal is not None:
        return refusal
    if filing.kind.needs_recordal and not filing.recorded:
        return RegistryRefusal.NOT_RECORDED
    if filing.codes_doubtful:
        return RegistryRefusal.CODE_DOUBTFUL
    return None if filing.registry_found else RegistryRefusal.NO_REGISTRY


def applicant_refusal(by: Actor, file: File, move: str, at: datetime) -> Refusal | None:
    """The applicant corrects and resubmits, or withdraws."""
    who = who_refusal(APPLY, by, at, relations(by, file))
    if who is not None:
        return who
    return None if (file.status, move) in MOVES else RegistryRefusal.WRONG_STATE


def lapsed(file: File, today: date) -> bool:
    """Whether the time for corrected papers ran out; computed, no clock has to strike (REG-16)."""
    if file.status is not Status.CORRECTION or file.correction_due_on is None:
        return False
    return today > file.correction_due_on


def resubmit_refusal(by: Actor, file: File, today: date, at: datetime) -> Refusal | None:
    """Corrected papers come in by their last day; after it the application is as withdrawn."""
    refusal = applicant_refusal(by, file, "resubmit", at)
    if refusal is not None:
        return refusal
    return RegistryRefusal.CORRECTION_LAPSED if lapsed(file, today) else None


def independent(by: Actor, file: File) -> bool:
    """Whether a registrar belongs to no party, nor to one related, and has not signed (REG-15)."""
    near = file.parties | file.related
    return by.parties.isdisjoint(near) and by.user_id not in file.signers


def office_refusal(act: Act, by: Actor, file: File, move: str, at: datetime) -> Refusal | None:
    """A registrar of this registry, related to no party, while the state allows the step."""
    who = who_refusal(act, by, at, relations(by, file))
    if who is not None:
        return who
    if not independent(by, file):
        return RegistryRefusal.NOT_INDEPENDENT
    return None if (file.status, move) in MOVES else RegistryRefusal.WRONG_STATE


def accept_refusal(by: Actor, file: File, today: date, at: datetime) -> Refusal | None:
    """What is accepted is in force; the rest is turned away (REG-13)."""
    refusal = office_refusal(ACCEPT, by, file, "accept", at)
    if refusal is not None:
        return refusal
    return RegistryRefusal.EXPIRED if _expired(file.ends_on, today) else None


def lapse_refusal(by: Actor, file: File, today: date, at: datetime) -> Refusal | None:
    """The office closes an application whose corrected papers never came (REG-16)."""
    refusal = office_refusal(ACCEPT, by, file, "lapse", at)
    if refusal is not None:
        return refusal
    return None if lapsed(file, today) else RegistryRefusal.NOT_LAPSED


def amounts_refusal(turnover: Money, technology_value: Money) -> RegistryRefusal | None:
    """0 ≤ technology value ≤ turnover, turnover above zero (REG-19)."""
    if turnover.minor <= 0:
        return RegistryRefusal.TURNOVER_RANGE
    if not 0 <= technology_value.minor <= turnover.minor:
        return RegistryRefusal.VALUE_RANGE
    return None


def pass_refusal(
    by: Actor, file: File, at: datetime, *, turnover: Money, technology_value: Money
) -> Refusal | None:
    """The first review verifies both amounts."""
    return office_refusal(REVIEW, by, file, "pass", at) or amounts_refusal(
        turnover, technology_value
    )


def certify_refusal(by: Actor, file: File, today: date, at: datetime) -> Refusal | None:
    """The second review is made by a different registrar, on a contract in force (REG-13, 15)."""
    refusal = office_refusal(CERTIFY, by, file, "certify", at)
    if refusal is not None:
        return refusal
    if by.user_id == file.reviewer_id:
        return RegistryRefusal.SAME_PERSON
    return RegistryRefusal.EXPIRED if _expired(file.ends_on, today) else None


def refuse_refusal(
    by: Actor, file: File, at: datetime, *, reasons: frozenset[Reason], note: str
) -> Refusal | None:
    """A refusal names its reasons by code and in words (REG-17)."""
    refusal = office_refusal(REFUSE, by, file, "refuse", at)
    if refusal is not None:
        return refusal
    return None if reasons and note else RegistryRefusal.NO_REASON


def propose_refusal(
    by: Actor, file: File, at: datetime, *, turnover: Money | None, technology_value: Money | None
) -> Refusal | None:
    """A change verifies the amounts again; a cancellation gives none (REG-23, REG-24)."""
    refusal = office_refusal(REVISE, by, file, "propose", at)
    if refusal is not None:
        return refusal
    if file.proposer_id is not None:
        return RegistryRefusal.PROPOSED_ALREADY
    if turnover is None or technology_value is None:
        return None
    return amounts_refusal(turnover, technology_value)


def confirm_refusal(by: Actor, file: File, at: datetime) -> Refusal | None:
    """Another registrar confirms what one has proposed."""
    refusal = office_refusal(REVISE, by, file, "propose", at)
    if refusal is not None:
        return refusal
    if file.proposer_id is None:
        return RegistryRefusal.NOTHING_PROPOSED
    return RegistryRefusal.SAME_PERSON if by.user_id == file.proposer_id else None


def replacement_refusal(by: Actor, file: File, at: datetime, *, latest: bool) -> Refusal | None:
    """A party sets a contract aside once its latest application was refused or turned away."""
    who = who_refusal(REPLACE, by, at, relations(by, file))
    if who is not None:
        return who
    ended = file.status in (Status.REFUSED, Status.NOT_ACCEPTED)
    return None if latest and ended else RegistryRefusal.WRONG_STATE


def visible(by: Actor, file: File) -> bool:
    """The parties, the registry's registrars and the auditor see an application."""
    return reads(SEE, by, relations(by, file))


def large(law: Law, technology_value: Money) -> bool:
    """Whether expert review is due (from 5 million yuan, draft of the 2026 Measures)."""
    line = law.number("reg.large_threshold_tech_value")
    return line > 0 and technology_value.minor >= line


def due_on(law: Law, accepted_on: date, technology_value: Money) -> Day:
    """Last day of the review by the law of the acceptance date (REG 1.5)."""
    key = "reg.large_review_days" if large(law, technology_value) else "reg.review_days"
    period = law[key]
    count = last_working_day if period.unit is Unit.WORKING_DAYS else last_day
    return count(accepted_on, period.value)


def registration_number(year: int, registry_code: str, serial: int) -> str:
    """``YYYY`` + registry 6 digits + serial 6 digits; nobody parses one (domain 1.8)."""
    return f"{year:04d}{registry_code}{serial:06d}"
