"""What the parties of a technology contract agree: its kinds (民法典 843), its money, its terms."""

from dataclasses import dataclass
from datetime import date

from market.kernel.money import Money
from market.kernel.words import N_, Labelled
from market.listings.sheet import Funding, LicenceType, RightKind, TechnologyField, Way
from market.payments.royalties import RoyaltyBase


class Kind5(Labelled):
    """The five kinds (民法典 843; licensing stands apart since 2021)."""

    DEVELOPMENT = "development", N_("Technology development")
    TRANSFER = "transfer", N_("Technology transfer")
    LICENCE = "licence", N_("Technology licence")
    CONSULTING = "consulting", N_("Technology consulting")
    SERVICE = "service", N_("Technology service")


class Kind(Labelled):
    """The fine codes of technology contracts (domain 1.2)."""

    DEV_C = "DEV-C", N_("Commissioned development")
    DEV_J = "DEV-J", N_("Joint development")
    DEV_V = "DEV-V", N_("Conversion contract")
    TRF_P = "TRF-P", N_("Patent assignment")
    TRF_A = "TRF-A", N_("Patent-application assignment")
    TRF_S = "TRF-S", N_("Technical-secret assignment")
    TRF_O = "TRF-O", N_("Other assignment")
    LIC_P = "LIC-P", N_("Patent licence")
    LIC_S = "LIC-S", N_("Technical-secret licence")
    LIC_O = "LIC-O", N_("Other licence")
    CON = "CON", N_("Consulting")
    SRV_G = "SRV-G", N_("General technical service")
    SRV_T = "SRV-T", N_("Training")
    SRV_I = "SRV-I", N_("Intermediary contract")

    @property
    def kind5(self) -> Kind5:
        """The kind in five-kind statistics; in four-kind ones licence joins transfer (REG-07)."""
        return _FIVE[self.value[:3]]

    @property
    def needs_recordal(self) -> bool:
        """Assignments of patents and applications take effect by recordal (专利法 10)."""
        return self in (Kind.TRF_P, Kind.TRF_A)


_FIVE = {
    "DEV": Kind5.DEVELOPMENT,
    "TRF": Kind5.TRANSFER,
    "LIC": Kind5.LICENCE,
    "CON": Kind5.CONSULTING,
    "SRV": Kind5.SERVICE,
}


class Payment(Labelled):
    """How the price is paid (民法典 846, REG-21)."""

    ONCE = "once", N_("One total, paid once")
    INSTALMENTS = "instalments", N_("One total, by instalments")
    ROYALTY = "royalty", N_("Royalty")
    ENTRY_ROYALTY = "entry-royalty", N_("Entry fee plus royalty")

    @property
    def fixed(self) -> bool:
        """Whether the total is known at signing (REG-20)."""
        return self in (Payment.ONCE, Payment.INSTALMENTS)


class DeductionKind(Labelled):
    """Non-technical cost inside the turnover (REG-19)."""

    EQUIPMENT = "equipment", N_("Equipment")
    INSTRUMENTS = "instruments", N_("Instruments")
    PARTS = "parts", N_("Spare parts")
    MATERIALS = "materials", N_("Raw materials")
    OTHER = "other", N_("Other non-technical cost")


class IpKind(Labelled):
    """Intellectual property the contract concerns (知识产权类型, domain 1.8)."""

    SECRET = "secret", N_("Technical secret")
    INVENTION = "invention", N_("Invention patent")
    UTILITY_MODEL = "utility-model", N_("Utility model patent")
    DESIGN = "design", N_("Design patent")
    SOFTWARE = "software", N_("Software copyright")
    IC_LAYOUT = "ic-layout", N_("IC layout-design right")
    PLANT_VARIETY = "plant-variety", N_("Plant-variety right")
    BIO_VARIETY = "bio-variety", N_("New variety in biology or medicine")
    NONE = "none", N_("No intellectual property concerned")


class Objective(Labelled):
    """Socio-economic objective (GB/T 24450-2009)."""

    ENVIRONMENT = "01", N_("Environment, ecology and pollution control")
    ENERGY = "02", N_("Energy")
    HEALTH = "03", N_("Health")
    EDUCATION = "04", N_("Education")
    INFRASTRUCTURE = "05", N_("Infrastructure and planning")
    SOCIETY = "06", N_("Social development and services")
    EARTH = "07", N_("Earth and atmosphere")
    SPACE = "08", N_("Civil space")
    AGRICULTURE = "09", N_("Agriculture, forestry and fishery")
    INDUSTRY = "10", N_("Industry and commerce")
    UNDIRECTED = "11", N_("Non-oriented research")
    OTHER = "12", N_("Other civil objectives")


class Monopoly(Labelled):
    """Six clauses that illegally monopolise technology (最高法技术合同解释 10, REG-18)."""

    GRANT_BACK = "grant-back", N_("bars or unequally takes improvements")
    COMPETING = "competing", N_("bars technology from competing sources")
    LIMITS = "limits", N_("unreasonably limits quantity, variety, price, channel or export")
    TYING = "tying", N_("ties unneeded technology, goods or staff")
    SOURCES = "sources", N_("unreasonably limits sources of materials")
    CHALLENGE = "challenge", N_("bars or conditions a challenge to validity")


@dataclass(frozen=True)
class Deduction:
    """One line of non-technical cost."""

    kind: DeductionKind
    amount: Money
    note: str = ""


@dataclass(frozen=True)
class Instalment:
    """One payment that is due on a day."""

    due_on: date
    amount: Money
    note: str = ""


@dataclass(frozen=True)
class Reckoning:
    """How a royalty is reckoned: a share of a base, declared every so many months."""

    base: RoyaltyBase
    rate_bp: int
    every_months: int


ROYALTY_DAYS = 30
"""Within how many days after its period a royalty is declared and paid."""


@dataclass(frozen=True)
class Terms:
    """All that the parties agree; what the form fills, what is signed, what is registered."""

    kind: Kind
    title: str
    turnover: Money
    payment: Payment = Payment.ONCE
    royalty: str = ""
    royalty_base: RoyaltyBase | None = None
    royalty_bp: int | None = None
    royalty_months: int | None = None
    deductions: tuple[Deduction, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    licence_type: LicenceType | None = None
    subject: str = ""
    rights: str = ""
    delivery: str = ""
    acceptance: str = ""
    secrecy: str = ""
    improvements: str = ""
    liability: str = ""
    special: str = ""
    technology_field: TechnologyField | None = None
    ip_kind: IpKind | None = None
    plan_source: Funding | None = None
    objective: Objective | None = None
    industry: str = ""
    related: bool = False
    monopoly: frozenset[Monopoly] = frozenset()
    """Clauses that the parties say stand in the contract."""
    no_monopoly: frozenset[Monopoly] = frozenset()
    """Clauses that they say do not; silence is no answer."""

    @property
    def technology_value(self) -> Money:
        """技术交易额 = turnover minus every line of non-technical cost (REG-19)."""
        value = self.turnover
        for line in self.deductions:
            value = value - line.amount
        return value

    @property
    def reckoning(self) -> Reckoning | None:
        """How a royalty is reckoned, where one is paid and that is not left to words alone."""
        base, rate, months = self.royalty_base, self.royalty_bp, self.royalty_months
        if self.payment.fixed or base is None or not rate or not months:
            return None
        return Reckoning(base, rate, months)

    @property
    def royalty_said(self) -> bool:
        """Whether a royalty is told in words, or by base, rate and months; never by half."""
        begun = any((self.royalty_base, self.royalty_bp, self.royalty_months))
        return self.reckoning is not None or (bool(self.royalty) and not begun)


_PATENTS = frozenset({RightKind.INVENTION, RightKind.UTILITY_MODEL, RightKind.DESIGN})


def kind_for(way: Way, rights: frozenset[RightKind]) -> Kind:
    """The kind a deal's contract starts from; the parties may correct it within ``kinds_for``."""
    if way is Way.COOPERATE:
        return Kind.DEV_V
    assign = way is Way.ASSIGN
    if rights & _PATENTS:
        return Kind.TRF_P if assign else Kind.LIC_P
    if RightKind.APPLICATION in rights:
        return Kind.TRF_A if assign else Kind.LIC_P
    if rights == {RightKind.SECRET}:
        return Kind.TRF_S if assign else Kind.LIC_S
    return Kind.TRF_O if assign else Kind.LIC_O


def kinds_for(way: Way, rights: frozenset[RightKind]) -> frozenset[Kind]:
    """The kinds that carry a deal: a patent assignment stays one, and waits for its recordal."""
    if way is Way.COOPERATE:
        return frozenset({Kind.DEV_C, Kind.DEV_J, Kind.DEV_V})
    recorded = bool(rights & (_PATENTS | {RightKind.APPLICATION}))
    assigned = {Kind.TRF_P, Kind.TRF_A} if recorded else {Kind.TRF_S, Kind.TRF_O}
    licensed = {Kind.LIC_P} if recorded else {Kind.LIC_S, Kind.LIC_O}
    ways = {Way.ASSIGN: assigned, Way.LICENSE: licensed}
    return frozenset(ways.get(way, assigned | licensed))
