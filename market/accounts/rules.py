"""Who people and parties are, and who may say so."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from market.kernel.authority import STAFF, Act, Actor, Role, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.text import folded
from market.kernel.words import N_, Labelled

PASSWORD_LEAST, PASSWORD_MOST = 12, 256  # ASVS 6.2.1, 6.2.9
MOST_PATH = 2000
MARKET_ROLES = (Role.RESEARCHER, Role.COMPANY, Role.BROKER)
"""Roles that a person takes by signing up; all others are given by an administrator."""


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


class VenueKind(Labelled):
    """The venue tree: market > sub-market of a city > workstation (domain 4.3)."""

    MARKET = "market", N_("Technology market")
    SUB_MARKET = "sub-market", N_("Sub-market")
    WORKSTATION = "workstation", N_("Workstation")


BELOW = {VenueKind.SUB_MARKET: VenueKind.MARKET, VenueKind.WORKSTATION: VenueKind.SUB_MARKET}


class AccountRefusal(Refusal):
    """Why an account, a party or a post is not as asked."""

    EMAIL_TAKEN = "email-taken", N_("This address cannot be used. Sign in, or choose another.")
    PASSWORD_SHORT = "password-short", N_("Use at least %(least)s characters.")
    PASSWORD_LONG = "password-long", N_("Use at most %(most)s characters.")
    PASSWORD_GUESSABLE = (
        "password-guessable",
        N_("This password is too easy to guess. A few unrelated words are a good password."),
    )
    NAME_RESERVED = "name-reserved", N_("This name is reserved. Please choose another.")
    WRONG_PASSWORD = "wrong-password", N_("The address or the password is not right.")
    ADMINISTRATOR_EXISTS = (
        "administrator-exists",
        N_("This market has an administrator already; ask them for the role."),
    )
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
    REGISTRY_MISSING = "registry-missing", N_("A registrar is posted to a registry; choose it.")
    VENUE_MISFIT = (
        "venue-misfit",
        N_("A sub-market stands below a market, a workstation below a sub-market."),
    )
    CODE_TAKEN = "code-taken", N_("This code is in use already.")
    TERRITORY_TAKEN = (
        "territory-taken",
        N_("Another registry already serves a region of this territory."),
    )
    NOT_STAFF = "not-staff", N_("Market-side roles are chosen by their holders.")
    OWN_ROLES = (
        "own-roles",
        N_("Nobody changes their own powers; another administrator does."),
    )
    TWO_POWERS = (
        "two-powers",
        N_("Who audits the market does not administer it: one person holds one of the two."),
    )
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
        AccountRefusal.NAME_RESERVED,
        AccountRefusal.PASSWORD_SHORT,
        AccountRefusal.PASSWORD_LONG,
        AccountRefusal.PASSWORD_GUESSABLE,
        AccountRefusal.USCC_MISSING,
        AccountRefusal.USCC_UNWANTED,
        AccountRefusal.CLASS_MISFIT,
        AccountRefusal.NATURE_MISFIT,
        AccountRefusal.PARK_MISFIT,
        AccountRefusal.REGISTRY_MISSING,
        AccountRefusal.WRONG_PASSWORD,
        AccountRefusal.NAME_SHARED,
    }
)
"""Refusals of what was typed, whatever the state of things."""


SEE_PUBLIC = Act("public.see", N_("See what is public"), public=True)
SIGN_UP = Act("account.sign-up", N_("Sign up, in and out"), public=True)
SEE_OWN = Act("account.see-own", N_("See and keep one's own account"))
FOUND_PARTY = Act("party.found", N_("Found a party to act for"), frozenset(MARKET_ROLES))
CONFIRM_USCC = Act(
    "party.confirm-uscc",
    N_("Confirm a credit code whose check digit fails"),
    frozenset({Role.OPERATOR}),
    article="IDN-08",
)
GRANT_ROLE = Act(
    "account.grant-role", N_("Give or take a staff role"), frozenset({Role.ADMINISTRATOR}), su=True
)
SEE_USERS = Act("account.see-all", N_("See all users"), frozenset({Role.ADMINISTRATOR}))
OPEN_VENUE = Act("venue.open", N_("Open a venue"), frozenset({Role.ADMINISTRATOR}))
OPEN_REGISTRY = Act(
    "registry.open", N_("Open a registry"), frozenset({Role.ADMINISTRATOR}), article="REG-11"
)
SEE_PARTIES = Act("party.see-all", N_("See all parties"), frozenset({Role.OPERATOR, Role.AUDITOR}))
ACTS = (
    SEE_PUBLIC,
    SIGN_UP,
    SEE_OWN,
    FOUND_PARTY,
    CONFIRM_USCC,
    SEE_PARTIES,
    GRANT_ROLE,
    SEE_USERS,
    OPEN_VENUE,
    OPEN_REGISTRY,
)

RESERVED_NAMES = frozenset(
    {"admin", "administrator", "root", "system", "operator", "系统", "技术市场"}
)
"""Names that are reserved whole: the words themselves stand in the names of honest firms."""
RESERVED_WORDS = re.compile("管理员|客服|(?<!上)官方")
"""Words that no name holds; 上官 is a surname."""
_ALIKE = str.maketrans(
    # Cyrillic, Greek and other letters that look like Latin ones, then traditional characters
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u043c\u0442\u043f\u0433"
    "\u03b1\u03b5\u03bf\u03c1\u03f2\u03c5\u03b9\u03f3\u03bc\u03c4\u03bd\u0131\u0251\u0261"
    "統員術場",
    "aeopcyxijsdmtnr" + "aeopcyijmtniag" + "统员术场",
)
GUESSABLE = (
    *("password", "passw0rd", "mima", "qwerty", "asdfgh", "zxcvbn", "abc123", "iloveyou"),
    *("welcome", "admin", "letmein", "dragon", "monkey", "woaini", "5201314"),
    *("changsha", "zhuzhou", "xiangtan", "hunan", "market", "技术市场", "长沙", "株洲", "湘潭"),
)
RUNS = ("01234567890", "09876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl")
LEAST_RUN = 4
LEAST_DISTINCT = 6


def name_refusal(name: str) -> AccountRefusal | None:
    """Names that would speak for the market itself are reserved, however they are spelt."""
    plain = _bare(name)
    if plain in RESERVED_NAMES or RESERVED_WORDS.search(plain):
        return AccountRefusal.NAME_RESERVED
    return None


def _bare(name: str) -> str:
    """A name as the eye takes it: no case, width, accent, space or sign, no foreign look-alikes."""
    letters = unicodedata.normalize("NFD", folded(name)).translate(_ALIKE)
    return "".join(each for each in letters if each.isalnum())


def password_refusal(password: str, *, context: tuple[str, ...] = ()) -> AccountRefusal | None:
    """Length and guessability; no composition rules, spaces and emoji welcome (ASVS 6.2)."""
    if len(password) < PASSWORD_LEAST:
        return AccountRefusal.PASSWORD_SHORT
    if len(password) > PASSWORD_MOST:
        return AccountRefusal.PASSWORD_LONG
    if len(set(_unguessable(password.casefold(), context))) < LEAST_DISTINCT:
        return AccountRefusal.PASSWORD_GUESSABLE
    return None


def _unguessable(password: str, context: tuple[str, ...]) -> str:
    """What is left of a password without well-known words, the person's own and keyboard runs."""
    known = {word.casefold() for word in (*GUESSABLE, *context) if len(word) > 1}
    for word in sorted(known, key=len, reverse=True):
        password = password.replace(word, "")
    for run in RUNS:
        for length in range(len(run), LEAST_RUN - 1, -1):
            for start in range(len(run) - length + 1):
                password = password.replace(run[start : start + length], "")
    return password


_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f]*")


def local_path(wanted: str | None) -> str | None:
    """An address within the market to go on to, or None: never another host (promises 7 G 104).

    Held to the same pattern as typed and with its escapes undone, since a proxy may undo them.
    """
    if not wanted or len(wanted) > MOST_PATH or not _LOCAL.fullmatch(wanted):
        return None
    path = unquote(wanted.partition("?")[0])
    return wanted if _LOCAL.fullmatch(path) else None


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
        return AccountRefusal.USCC_MISSING
    if person and facts.uscc is not None:
        return AccountRefusal.USCC_UNWANTED
    if person != (facts.seller_class is SellerClass.PERSON):
        return AccountRefusal.CLASS_MISFIT
    if person != (facts.nature is PartyNature.NATURAL_PERSON):
        return AccountRefusal.NATURE_MISFIT
    if CLASS_OF.get(facts.nature, facts.seller_class) is not facts.seller_class:
        return AccountRefusal.CLASS_MISFIT
    return name_refusal(facts.name)


def park_refusal(city_code: str, park_city_code: str | None) -> AccountRefusal | None:
    """A park is named with the city it lies in, since its figures count for both (domain 7.3)."""
    if park_city_code is not None and park_city_code != city_code:
        return AccountRefusal.PARK_MISFIT
    return None


def venue_refusal(
    by: Actor, kind: VenueKind, parent: VenueKind | None, at: datetime
) -> Refusal | None:
    """The tree has three levels and one kind on each."""
    who = who_refusal(OPEN_VENUE, by, at)
    if who is not None:
        return who
    if BELOW.get(kind) is not parent:
        return AccountRefusal.VENUE_MISFIT
    return None


@dataclass(frozen=True)
class Holder:
    """Whose roles are changed, and which they hold."""

    user_id: int
    roles: frozenset[Role] = frozenset()


POWERS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
"""Who gives the roles and who watches: never one person."""


def grant_refusal(
    by: Actor, holder: Holder, role: Role, at: datetime, *, posted: bool = True
) -> Refusal | None:
    """Staff roles are given by another, a registrar's with a registry; others are chosen."""
    who = who_refusal(GRANT_ROLE, by, at)
    if who is not None:
        return who
    if role not in STAFF:
        return AccountRefusal.NOT_STAFF
    if holder.user_id == by.user_id:
        return AccountRefusal.OWN_ROLES
    if role in POWERS and holder.roles & (POWERS - {role}):
        return AccountRefusal.TWO_POWERS
    if role is Role.REGISTRAR and not posted:
        return AccountRefusal.REGISTRY_MISSING
    return None


def take_refusal(by: Actor, holder: Holder, role: Role, at: datetime) -> Refusal | None:
    """Staff roles are taken; nobody lays down their own administration, so one always stays."""
    who = who_refusal(GRANT_ROLE, by, at)
    if who is not None:
        return who
    if role not in STAFF:
        return AccountRefusal.NOT_STAFF
    if role is Role.ADMINISTRATOR and holder.user_id == by.user_id:
        return AccountRefusal.OWN_ROLES
    return None


def uscc_refusal(by: Actor, *, check_ok: bool, at: datetime) -> Refusal | None:
    """Only a code whose check digit fails needs a person's word (IDN-08)."""
    who = who_refusal(CONFIRM_USCC, by, at)
    if who is not None:
        return who
    return AccountRefusal.USCC_FINE if check_ok else None
