"""What a seller says of a result: the vocabulary of listings, and the sheet with all of it."""

from dataclasses import dataclass, field
from datetime import date

from market.kernel.money import Money
from market.kernel.words import N_, Labelled
from market.listings.identifiers import PatentKind, PublicationNumber


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


def right_kind(patent: PatentKind) -> RightKind:
    """The right that a patent number stands for."""
    return {
        PatentKind.INVENTION: RightKind.INVENTION,
        PatentKind.UTILITY_MODEL: RightKind.UTILITY_MODEL,
        PatentKind.DESIGN: RightKind.DESIGN,
    }[patent]


def published_kind(number: PublicationNumber) -> RightKind:
    """The right that a publication number stands for: A is an application, not yet a patent."""
    return RightKind.APPLICATION if number.code.startswith("A") else right_kind(number.kind)
