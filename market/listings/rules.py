"""What may be offered, and when an offer is fit for the market."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from market.kernel.authority import Act, Actor, Relation, Role, who_refusal
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled
from market.listings.identifiers import PatentKind, term_ends

WHOLE_BP = 10_000
LICENCES_MOST = 10_000


class Mode(Labelled):
    """How a price is found; the value is the name of the mode's slice."""

    NEGOTIATION = "negotiation", N_("Negotiated price")

    @property
    def meaning(self) -> str:
        """What a listing's price is in this mode, as a sentence for its page."""
        return {"negotiation": N_("Talks begin at this price; the agreed one may differ.")}[
            self.value
        ]


class Way(Labelled):
    """Ways of conversion that are offered to others (促进科技成果转化法 16, PRC-01)."""

    ASSIGN = "assign", N_("Assignment")
    LICENSE = "license", N_("Licence")
    COOPERATE = "cooperate", N_("Joint implementation")
    INVEST = "invest", N_("Investment at a value")


class LicenceType(Labelled):
    """Types of licence (民法典 863; silence means ordinary)."""

    EXCLUSIVE = "exclusive", N_("Exclusive licence")
    SOLE = "sole", N_("Sole licence")
    ORDINARY = "ordinary", N_("Ordinary licence")


class RightKind(Labelled):
    """Rights a result may consist of (domain 1.8)."""

    INVENTION = "invention", N_("Invention patent")
    UTILITY_MODEL = "utility-model", N_("Utility model patent")
    DESIGN = "design", N_("Design patent")
    APPLICATION = "application", N_("Patent application right")
    FOREIGN_PATENT = "foreign-patent", N_("Foreign patent or application")
    SECRET = "secret", N_("Technical secret")
    SOFTWARE = "software", N_("Software copyright")
    IC_LAYOUT = "ic-layout", N_("IC layout-design right")
    PLANT_VARIETY = "plant-variety", N_("Plant-variety right")


PATENTS = frozenset({RightKind.INVENTION, RightKind.UTILITY_MODEL, RightKind.DESIGN})
NUMBERED = PATENTS | {RightKind.APPLICATION, RightKind.FOREIGN_PATENT}


class TechnologyField(Labelled):
    """The eleven technology fields of the national system (技术领域)."""

    ELECTRONICS = "1", N_("Electronic information")
    AEROSPACE = "2", N_("Aerospace")
    MANUFACTURING = "3", N_("Advanced manufacturing")
    BIOMEDICINE = "4", N_("Biology, medicine and medical devices")
    MATERIALS = "5", N_("New materials and their use")
    ENERGY = "6", N_("New energy and energy efficiency")
    ENVIRONMENT = "7", N_("Environmental protection and resource use")
    NUCLEAR = "8", N_("Nuclear applications")
    AGRICULTURE = "9", N_("Agriculture")
    TRANSPORT = "10", N_("Modern transport")
    CITY = "11", N_("Urban construction and social development")


class KeyField(Labelled):
    """The ten key fields of the zone's action plan (十大关键领域)."""

    INFORMATION = "information", N_("New-generation information technology")
    EQUIPMENT = "equipment", N_("High-end equipment manufacturing")
    TRANSPORT = "transport", N_("Future transport")
    ENERGY = "energy", N_("New energy")
    MATERIALS = "materials", N_("New materials")
    AGRICULTURE = "agriculture", N_("Modern agriculture")
    ENVIRONMENT = "environment", N_("Energy saving and environmental protection")
    BIOMEDICINE = "biomedicine", N_("Biomedicine")
    AEROSPACE = "aerospace", N_("Aerospace and aviation")
    SERVICES = "services", N_("High-technology services")


class Maturity(Labelled):
    """How far a result is from use."""

    RESEARCH = "research", N_("In research")
    SAMPLE = "sample", N_("Sample made")
    LAB = "lab", N_("Passed laboratory test")
    PILOT = "pilot", N_("Passed pilot test")
    PRODUCTION = "production", N_("Ready for mass production")


class Funding(Labelled):
    """Source of funds (计划来源)."""

    NATIONAL = "national", N_("National science and technology plan")
    MINISTRY = "ministry", N_("Ministry plan")
    PROVINCE = "province", N_("Provincial plan")
    CITY = "city", N_("City or county plan")
    NONE = "none", N_("Outside any plan")


class AssociateRole(Labelled):
    """Others with a say in the result (民法典 859, 860)."""

    CLIENT = "client", N_("Commissioning party")
    CO_DEVELOPER = "co-developer", N_("Co-developing party")


class EncumbranceKind(Labelled):
    """What already lies on a right."""

    PLEDGE = "pledge", N_("Pledge")
    LICENCE = "licence", N_("Existing licence")
    FREEZE = "freeze", N_("Freeze by a court")


class Status(Labelled):
    """Where a listing stands."""

    DRAFT = "draft", N_("Draft")
    SUBMITTED = "submitted", N_("Submitted for publication")
    PUBLISHED = "published", N_("Published")
    TRANSFERRED = "transferred", N_("Off the market: agreed")
    WITHDRAWN = "withdrawn", N_("Withdrawn")


MOVES = {
    (Status.DRAFT, "submit"): Status.SUBMITTED,
    (Status.SUBMITTED, "publish"): Status.PUBLISHED,
    (Status.SUBMITTED, "return"): Status.DRAFT,
    (Status.SUBMITTED, "withdraw"): Status.WITHDRAWN,
    (Status.PUBLISHED, "withdraw"): Status.WITHDRAWN,
    (Status.PUBLISHED, "leave"): Status.TRANSFERRED,
    (Status.WITHDRAWN, "redraft"): Status.DRAFT,
}


@dataclass(frozen=True)
class RightFacts:
    """One right of a result. ``number`` is the application or patent number in normal form."""

    kind: RightKind
    title: str = ""
    number: str | None = None
    publication_number: str | None = None
    filed_on: date | None = None


@dataclass(frozen=True)
class OwnerFacts:
    """One owner and the share in basis points; ``consents`` is a co-owner's recorded consent."""

    name: str
    share_bp: int
    consents: bool = False


@dataclass(frozen=True)
class EncumbranceFacts:
    """Something that lies on the result; ``consents`` is the holder's recorded consent."""

    kind: EncumbranceKind
    holder: str
    note: str = ""
    consents: bool = False


@dataclass(frozen=True)
class Sheet:
    """Everything a seller says of a result: what a form fills, an import brings, a page shows."""

    title: str = ""
    abstract: str = ""
    mode: Mode = Mode.NEGOTIATION
    way: Way | None = None
    licence_type: LicenceType | None = None
    licences_offered: int | None = None
    price: Money | None = None
    technology_field: TechnologyField | None = None
    key_field: KeyField | None = None
    maturity: Maturity | None = None
    funding: Funding | None = None
    ipc: str = ""
    valuation: Money | None = None
    valuation_note: str = ""
    keywords: str = ""
    rights: tuple[RightFacts, ...] = ()
    owners: tuple[OwnerFacts, ...] = ()
    makers: tuple[str, ...] = ()
    associates: tuple[tuple[AssociateRole, str], ...] = ()
    encumbrances: tuple[EncumbranceFacts, ...] = field(default=())

    @property
    def exclusive(self) -> bool:
        """Whether taking it leaves nothing for a second taker."""
        if self.way is Way.LICENSE:
            return self.licence_type in (LicenceType.EXCLUSIVE, LicenceType.SOLE)
        return self.way is Way.ASSIGN


class Gap(Labelled):
    """What a draft still lacks before it can be submitted; shown as a list to its seller."""

    TITLE = "title", N_("a title")
    ABSTRACT = "abstract", N_("an abstract of at least 20 characters")
    FIELD = "field", N_("the technology field")
    MATURITY = "maturity", N_("the maturity")
    FUNDING = "funding", N_("the source of funds")
    WAY = "way", N_("the way of transfer")
    LICENCE_TYPE = "licence-type", N_("the type of licence")
    LICENCES_OFFERED = "licences-offered", N_("how many licences are offered")
    PRICE = "price", N_("the price")
    RIGHTS = "rights", N_("at least one right")
    NUMBER = "number", N_("the application or patent number of each patent")
    FILED_ON = "filed-on", N_("the filing date of each patent")
    OWNERS = "owners", N_("the owners, with shares that add to 100 per cent")
    MAKERS = "makers", N_("the people who made it")


ABSTRACT_LEAST = 20


class ListingRefusal(Refusal):
    """Why a listing does not move."""

    WRONG_STATE = "wrong-state", N_("This listing is not in a state for this step.")
    INCOMPLETE = "incomplete", N_("The draft is not complete yet; see what is still missing.")
    INVESTMENT = (
        "investment",
        N_("Investment at a value (作价投资) is not open on this market yet."),
    )
    SHARES = "shares", N_("The owners' shares must add to exactly 100 per cent.")
    CO_OWNERS = (
        "co-owners",
        N_("Assignment and exclusive or sole licences need the consent of all co-owners."),
    )
    PLEDGED = "pledged", N_("A pledged right needs its pledgee's consent.")
    FROZEN = "frozen", N_("A frozen right cannot be offered.")
    EXPIRED = "expired", N_("The term of a patent in this result has ended.")
    OFFERED_ELSEWHERE = (
        "offered-elsewhere",
        N_("One of these rights is already in another live exclusive offer."),
    )
    GRANTED_ELSEWHERE = (
        "granted-elsewhere",
        N_("One of these rights has been granted exclusively to somebody else."),
    )
    SECRECY = (
        "secrecy",
        N_("The text bears a confidentiality mark (%(mark)s). Nothing classified may enter here."),
    )
    RIGHT_TWICE = "right-twice", N_("This right is in the list already.")
    ALREADY_IMPORTED = "already-imported", N_("This row was imported before.")
    REASON = "reason", N_("Give a reason.")


_SELLER = frozenset({Role.RESEARCHER})
DRAFT = Act("listing.draft", N_("Draft and edit a listing"), _SELLER, Relation.OWN)
SEE_DRAFT = Act("listing.see-draft", N_("See a listing that is not public"), relation=Relation.OWN)
SUBMIT = Act("listing.submit", N_("Submit a listing for publication"), _SELLER, Relation.OWN)
PUBLISH = Act("listing.publish", N_("Publish or send back a listing"), frozenset({Role.OPERATOR}))
WITHDRAW = Act("listing.withdraw", N_("Withdraw a listing"), relation=Relation.OWN)
IMPORT = Act("listing.import", N_("Import listings from a file"), _SELLER, Relation.OWN)
ACTS = (DRAFT, SEE_DRAFT, SUBMIT, PUBLISH, WITHDRAW, IMPORT)

MARKS = ("绝密", "机密", "秘密级", "内部资料", "SECRET//", "TOP SECRET", "CONFIDENTIAL//")


def relations(by: Actor, seller_id: int) -> set[Relation]:
    """How a person stands to a listing; the operator keeps the whole market's order."""
    own = by.party_id == seller_id or by.has(Role.OPERATOR)
    return {Relation.OWN} if own else set()


def gaps(sheet: Sheet) -> list[Gap]:
    """What is still missing, in the order of the form; nothing is ever invented for a seller."""
    licence = sheet.way is Way.LICENSE
    ordinary = licence and sheet.licence_type is LicenceType.ORDINARY
    patents = [r for r in sheet.rights if r.kind in NUMBERED]
    missing = {
        Gap.TITLE: not sheet.title,
        Gap.ABSTRACT: len(sheet.abstract) < ABSTRACT_LEAST,
        Gap.FIELD: sheet.technology_field is None,
        Gap.MATURITY: sheet.maturity is None,
        Gap.FUNDING: sheet.funding is None,
        Gap.WAY: sheet.way is None,
        Gap.LICENCE_TYPE: licence and sheet.licence_type is None,
        Gap.LICENCES_OFFERED: ordinary and not sheet.licences_offered,
        Gap.PRICE: sheet.price is None,
        Gap.RIGHTS: not sheet.rights,
        Gap.NUMBER: any(r.number is None for r in patents),
        Gap.FILED_ON: any(r.filed_on is None for r in patents if r.kind in PATENTS),
        Gap.OWNERS: not sheet.owners,
        Gap.MAKERS: not sheet.makers,
    }
    return [gap for gap, lacks in missing.items() if lacks]


def expired(rights: Iterable[RightFacts], on: date) -> bool:
    """Whether the term of one of the patents has ended (专利法 42, IDN-04)."""
    kinds = {
        RightKind.INVENTION: PatentKind.INVENTION,
        RightKind.UTILITY_MODEL: PatentKind.UTILITY_MODEL,
        RightKind.DESIGN: PatentKind.DESIGN,
    }
    return any(
        r.filed_on is not None and r.kind in kinds and term_ends(kinds[r.kind], r.filed_on) <= on
        for r in rights
    )


def secrecy_mark(sheet: Sheet) -> str | None:
    """The first confidentiality mark in what the public would read."""
    text = f"{sheet.title}\n{sheet.abstract}\n{sheet.keywords}"
    return next((mark for mark in MARKS if mark in text), None)


def fitness_refusal(sheet: Sheet, on: date) -> ListingRefusal | None:
    """Whether what the seller says may stand in the market at all."""
    if sheet.way is Way.INVEST:
        return ListingRefusal.INVESTMENT
    if gaps(sheet):
        return ListingRefusal.INCOMPLETE
    if sum(owner.share_bp for owner in sheet.owners) != WHOLE_BP:
        return ListingRefusal.SHARES
    if sheet.exclusive and any(not owner.consents for owner in sheet.owners[1:]):
        return ListingRefusal.CO_OWNERS  # 专利法 14, PRC-19: the first owner is the seller
    if any(e.kind is EncumbranceKind.FREEZE for e in sheet.encumbrances):
        return ListingRefusal.FROZEN
    if any(e.kind is EncumbranceKind.PLEDGE and not e.consents for e in sheet.encumbrances):
        return ListingRefusal.PLEDGED  # 民法典 444, IPF-03
    if expired(sheet.rights, on):
        return ListingRefusal.EXPIRED
    if secrecy_mark(sheet):
        return ListingRefusal.SECRECY  # 保守国家秘密法 35, MIL-04
    return None


def save_refusal(by: Actor, seller_id: int, status: Status, at: datetime) -> Refusal | None:
    """Only a draft is edited; what others have seen is withdrawn first."""
    who = who_refusal(DRAFT, by, at, relations(by, seller_id))
    if who is not None:
        return who
    return None if status is Status.DRAFT else ListingRefusal.WRONG_STATE


def sheet_refusal(sheet: Sheet) -> ListingRefusal | None:
    """What not even a draft may say: a way that is not open, the same right twice."""
    if sheet.way is Way.INVEST:
        return ListingRefusal.INVESTMENT
    named = [r.number or r.publication_number for r in sheet.rights]
    known = [number for number in named if number]
    return ListingRefusal.RIGHT_TWICE if len(set(known)) < len(known) else None


def import_refusal(by: Actor, seller_id: int, at: datetime) -> Refusal | None:
    """Whoever may draft for a party may import for it; an operator does not import for others."""
    return who_refusal(IMPORT, by, at, {Relation.OWN} if by.party_id == seller_id else set())


def submit_refusal(
    by: Actor, seller_id: int, status: Status, sheet: Sheet, on: date, at: datetime
) -> Refusal | None:
    """A complete and lawful draft goes to the operator."""
    who = who_refusal(SUBMIT, by, at, relations(by, seller_id))
    if who is not None:
        return who
    if (status, "submit") not in MOVES:
        return ListingRefusal.WRONG_STATE
    return fitness_refusal(sheet, on)


def publish_refusal(
    by: Actor,
    status: Status,
    sheet: Sheet,
    on: date,
    at: datetime,
    *,
    offered_elsewhere: bool = False,
    granted_elsewhere: bool = False,
) -> Refusal | None:
    """The operator publishes what is fit, and no right twice in a live exclusive offer."""
    who = who_refusal(PUBLISH, by, at)
    if who is not None:
        return who
    if (status, "publish") not in MOVES:
        return ListingRefusal.WRONG_STATE
    unfit = fitness_refusal(sheet, on)
    if unfit is not None:
        return unfit
    if granted_elsewhere:
        return ListingRefusal.GRANTED_ELSEWHERE
    return ListingRefusal.OFFERED_ELSEWHERE if offered_elsewhere else None


def return_refusal(by: Actor, status: Status, reason: str, at: datetime) -> Refusal | None:
    """The operator sends a submitted listing back, with the reason."""
    who = who_refusal(PUBLISH, by, at)
    if who is not None:
        return who
    if (status, "return") not in MOVES:
        return ListingRefusal.WRONG_STATE
    return None if reason else ListingRefusal.REASON


def withdraw_refusal(by: Actor, seller_id: int, status: Status, at: datetime) -> Refusal | None:
    """The seller or the operator takes a listing off the market while no deal stands on it."""
    who = who_refusal(WITHDRAW, by, at, relations(by, seller_id))
    if who is not None:
        return who
    return None if (status, "withdraw") in MOVES else ListingRefusal.WRONG_STATE


def redraft_refusal(by: Actor, seller_id: int, status: Status, at: datetime) -> Refusal | None:
    """A withdrawn listing becomes a draft again."""
    who = who_refusal(DRAFT, by, at, relations(by, seller_id))
    if who is not None:
        return who
    return None if (status, "redraft") in MOVES else ListingRefusal.WRONG_STATE


def visible(by: Actor, seller_id: int, status: Status) -> bool:
    """Drafts are seen by their seller, the operator and the auditor; strangers learn nothing."""
    if status in (Status.PUBLISHED, Status.TRANSFERRED):
        return True
    return by.party_id == seller_id or by.has(Role.OPERATOR, Role.AUDITOR)


def right_kind(patent: PatentKind) -> RightKind:
    """The right that a patent number stands for."""
    return {
        PatentKind.INVENTION: RightKind.INVENTION,
        PatentKind.UTILITY_MODEL: RightKind.UTILITY_MODEL,
        PatentKind.DESIGN: RightKind.DESIGN,
    }[patent]


def conflicting(holders: Collection[int], seller_id: int) -> bool:
    """Whether somebody else than the seller holds an exclusive grant on one of the rights."""
    return any(holder != seller_id for holder in holders)
