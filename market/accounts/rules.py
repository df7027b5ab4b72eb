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


class MailChoice(Labelled):
    """When a person hears by mail of what concerns them."""

    AT_ONCE = "at-once", N_("At once")
    DAILY = "daily", N_("Once a day")
    NEVER = "never", N_("Not by mail")


class Purpose(Labelled):
    """What a ticket sent by mail opens."""

    SIGN_UP = "sign-up", N_("Make an account")
    PASSWORD = "password", N_("Set a new password")
    ADDRESS = "address", N_("Confirm a new address")
    INVITATION = "invitation", N_("Take a seat in a party")


class AccountRefusal(Refusal):
    """Why an account or a role is not as asked."""

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
    REGISTRY_MISSING = "registry-missing", N_("A registrar is posted to a registry; choose it.")
    NOT_STAFF = "not-staff", N_("Market-side roles are chosen by their holders.")
    OWN_ROLES = (
        "own-roles",
        N_("Nobody changes their own powers; another administrator does."),
    )
    TWO_POWERS = (
        "two-powers",
        N_("Who audits the market does not administer it: one person holds one of the two."),
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
        AccountRefusal.REGISTRY_MISSING,
        AccountRefusal.WRONG_PASSWORD,
    }
)
"""Refusals of what was typed, whatever the state of things."""
SIGN_UP = Act("account.sign-up", N_("Sign up, in and out"), public=True)
SEE_OWN = Act("account.see-own", N_("See and keep one's own account"))
GRANT_ROLE = Act(
    "account.grant-role", N_("Give or take a staff role"), frozenset({Role.ADMINISTRATOR}), su=True
)
SEE_USERS = Act("account.see-all", N_("See all users"), frozenset({Role.ADMINISTRATOR}))
END_SESSIONS = Act(
    "account.end-sessions", N_("End all sessions of a person"), frozenset({Role.ADMINISTRATOR})
)
ACTS = (SIGN_UP, SEE_OWN, GRANT_ROLE, SEE_USERS, END_SESSIONS)
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
