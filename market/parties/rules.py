"""Who the parties are, who acts for them, and who may say so."""

from dataclasses import dataclass
from datetime import datetime

from market.accounts.rules import (
    MARKET_ROLES,
    name_refusal,
)
from market.kernel.authority import Act, Actor, Role, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled


class PartyKind(Labelled):
    """A party to a contract is an organisation or a person."""

    ORGANISATION = "organisation", N_("Organisation")
    PERSON = "person", N_("Person")


class SellerClass(Labelled):
    """Which law binds a party when it sells (促进科技成果转化法 18; 企业国有资产法 54)."""

    STATE_INSTITUTE = "state-institute", N_("State research institute or university")
    STATE_ENTERPRISE = "state-enterprise", N_("State-owned enterprise")
    PRIVATE_FIRM = "private-firm", N_("Private firm")
    PERSON = "person", N_("Person")


class PartyNature(Labelled):
    """Nature of a party on the registration form (买卖方性质, domain 1.8)."""

    GOVERNMENT = "010", N_("Government body")
    INSTITUTE = "021", N_("Public institution: research institute")
    UNIVERSITY = "022", N_("Public institution: university")
    MEDICAL = "023", N_("Public institution: medical")
    PUBLIC_OTHER = "024", N_("Public institution: other")
    SOCIETY = "030", N_("Society")
    STATE_OWNED = "110", N_("Domestic firm: state-owned")
    LIMITED = "150", N_("Domestic firm: limited liability company")
    SHARES = "160", N_("Domestic firm: company limited by shares")
    PRIVATE = "170", N_("Domestic firm: private")
    DOMESTIC_OTHER = "180", N_("Domestic firm: other")
    HK_MACAO_TAIWAN = "200", N_("Firm invested from Hong Kong, Macao or Taiwan")
    FOREIGN = "300", N_("Foreign-invested firm")
    SOLE_TRADER = "400", N_("Sole trader")
    NATURAL_PERSON = "900", N_("Natural person")
    OTHER = "990", N_("Other organisation")


class PaperKind(Labelled):
    """A paper that shows who a party is and who speaks for it (REG-12)."""

    LICENCE = "licence", N_("Business licence or certificate of a public institution")
    REPRESENTATIVE = "representative", N_("Identity of the legal representative")
    AUTHORITY = "authority", N_("Written authority of the legal person")
    PERSON = "person", N_("Identity document of a person")


class TieKind(Labelled):
    """How one party stands to another: it controls it, or holds a share of it."""

    CONTROL = "control", N_("controls")
    EQUITY = "equity", N_("holds a share of")


class PartyRefusal(Refusal):
    """Why a party is not as asked."""

    USCC_TAKEN = (
        "uscc-taken",
        N_("A party with this unified social credit code exists already."),
    )
    USCC_MISSING = "uscc-missing", N_("An organisation needs its unified social credit code.")
    USCC_FINE = "uscc-fine", N_("This code needs no confirmation.")
    CLASS_MISFIT = "class-misfit", N_("This class does not fit a party of this kind and nature.")
    NATURE_MISFIT = "nature-misfit", N_("This nature does not fit a party of this kind.")
    USCC_UNWANTED = (
        "uscc-unwanted",
        N_("A person has no unified social credit code; leave it empty."),
    )
    PARK_MISFIT = "park-misfit", N_("This park lies in another city.")
    NAME_SHARED = (
        "name-shared",
        N_("Several parties bear this name; give the credit code or the party's number."),
    )

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this: 422 where what was typed can never be."""
        return 422 if self in NEVER else 409


NEVER = frozenset(
    {
        PartyRefusal.USCC_MISSING,
        PartyRefusal.USCC_UNWANTED,
        PartyRefusal.CLASS_MISFIT,
        PartyRefusal.NATURE_MISFIT,
        PartyRefusal.PARK_MISFIT,
        PartyRefusal.NAME_SHARED,
    }
)
"""Refusals of what was typed, whatever the state of things."""


FOUND_PARTY = Act("party.found", N_("Found a party to act for"), frozenset(MARKET_ROLES))
CONFIRM_USCC = Act(
    "party.confirm-uscc",
    N_("Confirm a credit code whose check digit fails"),
    frozenset({Role.OPERATOR}),
    article="IDN-08",
)
SEE_PARTIES = Act("party.see-all", N_("See all parties"), frozenset({Role.OPERATOR, Role.AUDITOR}))
ACTS = (FOUND_PARTY, CONFIRM_USCC, SEE_PARTIES)

CLASS_OF = {
    PartyNature.INSTITUTE: SellerClass.STATE_INSTITUTE,
    PartyNature.UNIVERSITY: SellerClass.STATE_INSTITUTE,
    PartyNature.STATE_OWNED: SellerClass.STATE_ENTERPRISE,
}
"""Natures that leave no choice of the law which binds a sale (成果转化法 18; 企业国有资产法 54)."""


@dataclass(frozen=True)
class PartyFacts:
    """What a party says of itself when it is founded."""

    kind: PartyKind
    name: str
    seller_class: SellerClass
    nature: PartyNature
    region_code: str
    uscc: str | None = None
    uscc_check_ok: bool = True
    park_code: str | None = None
    name_en: str = ""
    address: str = ""
    representative: str = ""
    contact: str = ""
    phone: str = ""


def party_refusal(by: Actor, facts: PartyFacts, at: datetime) -> Refusal | None:
    """An organisation has a credit code, a person has none; the class follows kind and nature.

    A state institute or enterprise that called itself private would sell without the notice or the
    open sale that the law wants of it.
    """
    who = who_refusal(FOUND_PARTY, by, at)
    if who is not None:
        return who
    person = facts.kind is PartyKind.PERSON
    if not person and facts.uscc is None:
        return PartyRefusal.USCC_MISSING
    if person and facts.uscc is not None:
        return PartyRefusal.USCC_UNWANTED
    if person != (facts.seller_class is SellerClass.PERSON):
        return PartyRefusal.CLASS_MISFIT
    if person != (facts.nature is PartyNature.NATURAL_PERSON):
        return PartyRefusal.NATURE_MISFIT
    if CLASS_OF.get(facts.nature, facts.seller_class) is not facts.seller_class:
        return PartyRefusal.CLASS_MISFIT
    return name_refusal(facts.name)


def park_refusal(city_code: str, park_city_code: str | None) -> PartyRefusal | None:
    """A park is named with the city it lies in, since its figures count for both (domain 7.3)."""
    if park_city_code is not None and park_city_code != city_code:
        return PartyRefusal.PARK_MISFIT
    return None


def uscc_refusal(by: Actor, *, check_ok: bool, at: datetime) -> Refusal | None:
    """Only a code whose check digit fails needs a person's word (IDN-08)."""
    who = who_refusal(CONFIRM_USCC, by, at)
    if who is not None:
        return who
    return PartyRefusal.USCC_FINE if check_ok else None
