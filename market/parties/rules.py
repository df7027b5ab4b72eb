"""Who the parties are, what is known of them, and who may say so."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from market.accounts.rules import (
    MARKET_ROLES,
    name_refusal,
)
from market.kernel.authority import Act, Actor, Relation, Role, who_refusal
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


class Standing(Labelled):
    """What the market knows of a party, in its own words and never in the party's."""

    UNVERIFIED = "unverified", N_("not verified yet")
    SHOWN = "shown", N_("papers shown, not seen yet")
    RETURNED = "returned", N_("papers sent back")
    VERIFIED = "verified", N_("verified by the market")
    SUSPENDED = "suspended", N_("suspended by the market")


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
    VERIFIED_ALREADY = "verified-already", N_("This party is verified already.")
    PAPERS_MISSING = "papers-missing", N_("Still to be shown and seen: %(papers)s.")
    PAPERS_MANY = "papers-many", N_("A party shows at most %(most)s papers; take one back first.")
    PAPER_SEEN = "paper-seen", N_("This paper was seen by the market's staff and stays.")
    PAPER_DAY = "paper-day", N_("A paper is issued today at the latest.")
    USCC_DOUBTFUL = (
        "uscc-doubtful",
        N_("The credit code fails its check digit; confirm it first, having seen the licence."),
    )
    OWN_PARTY = "own-party", N_("Nobody of the market's staff decides about a party of their own.")
    REASON_MISSING = "party-reason-missing", N_("Say why, in words that the party can act on.")
    SUSPENDED_ALREADY = "party-suspended-already", N_("This party is suspended already.")
    NOT_SUSPENDED = "party-not-suspended", N_("This party is not suspended.")

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
        PartyRefusal.PAPER_DAY,
        PartyRefusal.REASON_MISSING,
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
SEE_PARTIES = Act(
    "party.see-all",
    N_("See all parties"),
    frozenset({Role.OPERATOR, Role.AUDITOR}),
    reads=True,
)
SEE_PARTY = Act(
    "party.see",
    N_("See a party, its members, papers and ties"),
    relation=Relation.OWN,
    reads=True,
    readers=frozenset({(Role.OPERATOR, Relation.ANY), (Role.AUDITOR, Relation.ANY)}),
)
SHOW_PAPERS = Act(
    "party.show-papers",
    N_("Show the papers that verify a party, or take one back"),
    relation=Relation.OWN,
    article="REG-12",
)
VERIFY = Act(
    "party.verify",
    N_("See a party's papers, verify it or send them back"),
    frozenset({Role.OPERATOR}),
    article="REG-12",
)
SUSPEND = Act(
    "party.suspend",
    N_("Suspend a party with a reason, or restore it"),
    frozenset({Role.OPERATOR}),
    su=True,
)
ACTS = (FOUND_PARTY, CONFIRM_USCC, SEE_PARTIES, SEE_PARTY, SHOW_PAPERS, VERIFY, SUSPEND)

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


# ── what the market knows of a party ─────────────────────────────────────────────────────────────

MOST_PAPERS = 20
NEEDED = {
    PartyKind.ORGANISATION: (PaperKind.LICENCE, PaperKind.REPRESENTATIVE),
    PartyKind.PERSON: (PaperKind.PERSON,),
}
"""The papers without which nobody knows who a party is (REG-12)."""


@dataclass(frozen=True)
class Known:
    """What the market knows of a party at one instant, read under its lock."""

    party_id: int
    kind: PartyKind
    uscc_doubtful: bool = False
    shown: frozenset[PaperKind] = frozenset()
    seen: frozenset[PaperKind] = frozenset()
    papers: int = 0
    returned: bool = False
    verified: bool = False
    suspended: bool = False

    @property
    def standing(self) -> Standing:
        """The one word for it."""
        if self.suspended:
            return Standing.SUSPENDED
        if self.verified:
            return Standing.VERIFIED
        if self.returned:
            return Standing.RETURNED
        return Standing.SHOWN if self.papers else Standing.UNVERIFIED

    def lacking(self, among: Collection[PaperKind]) -> tuple[PaperKind, ...]:
        """The papers that are needed and not among these."""
        return tuple(kind for kind in NEEDED[self.kind] if kind not in among)


def relations(by: Actor, party_id: int) -> set[Relation]:
    """A person acts for the party or does not."""
    return {Relation.OWN} if by.party_id == party_id else set()


def show_refusal(by: Actor, known: Known, at: datetime) -> Refusal | None:
    """Any member notes the papers, as long as the party is not verified."""
    who = who_refusal(SHOW_PAPERS, by, at, relations(by, known.party_id))
    if who is not None:
        return who
    if known.verified:
        return PartyRefusal.VERIFIED_ALREADY
    return PartyRefusal.PAPERS_MANY if known.papers >= MOST_PAPERS else None


def take_back_refusal(by: Actor, known: Known, at: datetime, *, seen: bool) -> Refusal | None:
    """What staff have seen is evidence and stays; the rest may be put right."""
    who = who_refusal(SHOW_PAPERS, by, at, relations(by, known.party_id))
    if who is not None:
        return who
    return PartyRefusal.PAPER_SEEN if seen else None


def see_paper_refusal(by: Actor, known: Known, at: datetime, *, seen: bool) -> Refusal | None:
    """An operator of another house marks a paper seen, once."""
    return _staff_refusal(VERIFY, by, known, at) or (PartyRefusal.PAPER_SEEN if seen else None)


def verify_refusal(by: Actor, known: Known, at: datetime) -> Refusal | None:
    """A party is verified once all papers it needs were seen and its code is no longer in doubt."""
    refusal = _staff_refusal(VERIFY, by, known, at)
    if refusal is not None:
        return refusal
    if known.verified:
        return PartyRefusal.VERIFIED_ALREADY
    if known.lacking(known.seen):
        return PartyRefusal.PAPERS_MISSING
    return PartyRefusal.USCC_DOUBTFUL if known.uscc_doubtful else None


def send_back_refusal(by: Actor, known: Known, at: datetime, *, why: str) -> Refusal | None:
    """Papers go back with a reason; what is verified stays so."""
    refusal = _staff_refusal(VERIFY, by, known, at)
    if refusal is not None:
        return refusal
    if known.verified:
        return PartyRefusal.VERIFIED_ALREADY
    return None if why else PartyRefusal.REASON_MISSING


def suspend_refusal(by: Actor, known: Known, at: datetime, *, why: str) -> Refusal | None:
    """A party is suspended with a reason."""
    refusal = _staff_refusal(SUSPEND, by, known, at)
    if refusal is not None:
        return refusal
    if known.suspended:
        return PartyRefusal.SUSPENDED_ALREADY
    return None if why else PartyRefusal.REASON_MISSING


def restore_refusal(by: Actor, known: Known, at: datetime) -> Refusal | None:
    """What was suspended is restored."""
    refusal = _staff_refusal(SUSPEND, by, known, at)
    if refusal is not None:
        return refusal
    return None if known.suspended else PartyRefusal.NOT_SUSPENDED


def _staff_refusal(act: Act, by: Actor, known: Known, at: datetime) -> Refusal | None:
    who = who_refusal(act, by, at)
    if who is not None:
        return who
    return PartyRefusal.OWN_PARTY if known.party_id in by.parties else None
