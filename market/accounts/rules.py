"""Who people are, by what they prove it, and who may give them powers."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

from market.accounts.guessing import is_guessable
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


class Profile(Labelled):
    """By which rules passwords are judged (MARKET_PASSWORD_PROFILE, docs/operations.md)."""

    ASVS = "asvs", N_("Length and guessability")
    MLPS = "mlps", N_("With kinds of characters and rotation as well")


LEAST_CLASSES = 3
ROTATION = timedelta(days=90)
TICKET_LASTS = {
    Purpose.SIGN_UP: timedelta(days=1),
    Purpose.PASSWORD: timedelta(minutes=30),  # ASVS 6.4.1
    Purpose.ADDRESS: timedelta(minutes=30),
    Purpose.INVITATION: timedelta(days=14),
}
MOST_FIRST_ADMINISTRATORS = 2
"""The command line makes so many: an act of two persons needs two."""


class AccountRefusal(Refusal):
    """Why an account or a role is not as asked."""

    EMAIL_TAKEN = "email-taken", N_("This address cannot be used. Sign in, or choose another.")
    PASSWORD_SHORT = "password-short", N_("Use at least %(least)s characters.")
    PASSWORD_LONG = "password-long", N_("Use at most %(most)s characters.")
    PASSWORD_GUESSABLE = (
        "password-guessable",
        N_("This password is too easy to guess. A few unrelated words are a good password."),
    )
    PASSWORD_CLASSES = (
        "password-classes",
        N_("Mix three of these four: small letters, capital letters, digits, other characters."),
    )
    PASSWORD_SAME = "password-same", N_("This is the password you have. Choose another one.")
    NAME_RESERVED = "name-reserved", N_("This name is reserved. Please choose another.")
    WRONG_PASSWORD = "wrong-password", N_("The address or the password is not right.")
    TICKET_SPENT = (
        "ticket-spent",
        N_("This link no longer works: each opens once and for a short time. Ask for a new one."),
    )
    TOO_MANY = (
        "too-many",
        N_(
            "Too many attempts. Please try again in %(minutes)s min; on a device from which you "
            "signed in before you still get in."
        ),
    )
    TOO_MANY_LETTERS = (
        "too-many-letters",
        N_("Too many letters were asked for. Please try again in %(minutes)s min."),
    )
    ADMINISTRATORS_ENOUGH = (
        "administrators-enough",
        N_("This market has two administrators already; ask them for the role."),
    )
    ACCOUNT_SUSPENDED = (
        "account-suspended",
        N_("This account is suspended. Please turn to the administrator of the market."),
    )
    OWN_ACCOUNT = "own-account", N_("Nobody suspends themselves; another administrator does.")
    SUSPENDED_ALREADY = "suspended-already", N_("This account is suspended already.")
    NOT_SUSPENDED = "not-suspended", N_("This account is not suspended.")
    REGISTRY_MISSING = "registry-missing", N_("A registrar is posted to a registry; choose it.")
    NOT_STAFF = "not-staff", N_("Market-side roles are chosen by their holders.")
    OWN_ROLES = (
        "own-roles",
        N_("Nobody changes their own powers; another administrator does."),
    )
    TWO_PERSONS = (
        "two-persons",
        N_("This role takes two administrators: one proposes it, another confirms."),
    )
    SAME_GRANTER = (
        "same-granter",
        N_("You proposed this role yourself; another administrator confirms it."),
    )
    TWO_POWERS = (
        "two-powers",
        N_("Who audits the market does not administer it: one person holds one of the two."),
    )

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this: 422 where what was typed can never be."""
        return STATUS.get(self, 409)


STATUS = {
    AccountRefusal.NAME_RESERVED: 422,
    AccountRefusal.PASSWORD_SHORT: 422,
    AccountRefusal.PASSWORD_LONG: 422,
    AccountRefusal.PASSWORD_GUESSABLE: 422,
    AccountRefusal.PASSWORD_CLASSES: 422,
    AccountRefusal.PASSWORD_SAME: 422,
    AccountRefusal.REGISTRY_MISSING: 422,
    AccountRefusal.WRONG_PASSWORD: 422,
    AccountRefusal.TICKET_SPENT: 400,
    AccountRefusal.ACCOUNT_SUSPENDED: 403,
    AccountRefusal.TOO_MANY: 429,
    AccountRefusal.TOO_MANY_LETTERS: 429,
}
"""The statuses of refusals that are no matter of the state of things."""
SIGN_UP = Act("account.sign-up", N_("Sign up, in and out"), public=True)
CORRECT_NAME = Act("account.correct-name", N_("Put one's own name right"), article="个保法 46")
SEE_OWN = Act("account.see-own", N_("See and keep one's own account"))
GRANT_ROLE = Act(
    "account.grant-role", N_("Give or take a staff role"), frozenset({Role.ADMINISTRATOR}), su=True
)
GRANT_POWER = Act(
    "account.grant-power",
    N_("Propose or confirm the role of a registrar, an auditor or an administrator"),
    frozenset({Role.ADMINISTRATOR}),
    su=True,
    two=True,
)
SEE_USERS = Act("account.see-all", N_("See all users"), frozenset({Role.ADMINISTRATOR}))
END_SESSIONS = Act(
    "account.end-sessions", N_("End all sessions of a person"), frozenset({Role.ADMINISTRATOR})
)
SUSPEND = Act(
    "account.suspend",
    N_("Suspend an account, or let it in again"),
    frozenset({Role.ADMINISTRATOR}),
    su=True,
)
CHANGE_KEYS = Act("account.change-keys", N_("Change one's own password or address"), su=True)
ACTS = (
    SIGN_UP,
    SEE_OWN,
    CORRECT_NAME,
    CHANGE_KEYS,
    GRANT_ROLE,
    GRANT_POWER,
    SEE_USERS,
    END_SESSIONS,
    SUSPEND,
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


def password_refusal(
    password: str, *, context: tuple[str, ...] = (), profile: Profile = Profile.ASVS
) -> AccountRefusal | None:
    """Length and guessability; no composition rules, spaces and emoji welcome (ASVS 6.2).

    Length comes first: nothing walks through a megabyte.
    """
    if len(password) < PASSWORD_LEAST:
        return AccountRefusal.PASSWORD_SHORT
    if len(password) > PASSWORD_MOST:
        return AccountRefusal.PASSWORD_LONG
    if is_guessable(password, context):
        return AccountRefusal.PASSWORD_GUESSABLE
    if profile is Profile.MLPS and _classes(password) < LEAST_CLASSES:
        return AccountRefusal.PASSWORD_CLASSES
    return None


def entry_refusal(*, stale: bool, suspended: bool) -> AccountRefusal | None:
    """Who gave the right password comes in, unless it was changed meanwhile or they are out."""
    if stale:
        return AccountRefusal.WRONG_PASSWORD
    return AccountRefusal.ACCOUNT_SUSPENDED if suspended else None


def change_refusal(old: str, new: str) -> AccountRefusal | None:
    """A new password is another one."""
    return AccountRefusal.PASSWORD_SAME if old == new else None


def _classes(password: str) -> int:
    """How many of four kinds of characters a password mixes: a-z, A-Z, 0-9, all others."""
    kinds = {
        "lower" if each.islower() else "upper" if each.isupper() else "digit"
        for each in password
        if each.isalnum() and each.isascii()
    }
    return len(kinds) + any(not (each.isalnum() and each.isascii()) for each in password)


def rotation_due(
    profile: Profile, roles: Iterable[Role], changed_at: datetime, at: datetime
) -> bool:
    """Whether a password has served its time: staff under the 等保 profile, after 90 days."""
    is_staff = not STAFF.isdisjoint(roles)
    return profile is Profile.MLPS and is_staff and at - changed_at >= ROTATION


def ticket_refusal(
    expires_at: datetime, used_at: datetime | None, at: datetime
) -> AccountRefusal | None:
    """A ticket opens once and for a while; whatever is wrong with it, it is told the same."""
    spent = used_at is not None or at >= expires_at
    return AccountRefusal.TICKET_SPENT if spent else None


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


BY_TWO = frozenset({Role.REGISTRAR, Role.AUDITOR, Role.ADMINISTRATOR})
"""Roles that one administrator proposes and another gives (promises 5.1, row 47)."""


def grant_refusal(
    by: Actor,
    holder: Holder,
    role: Role,
    at: datetime,
    *,
    posted: bool = True,
    proposed_by: int | None = None,
) -> Refusal | None:
    """Staff roles are given by another, a registrar's with a registry; others are chosen.

    A registrar, an auditor and an administrator are made by two: ``proposed_by`` is the first.
    """
    refusal = propose_refusal(by, holder, role, at, posted=posted)
    if refusal is not None:
        return refusal
    if role in BY_TWO and proposed_by is None:
        return AccountRefusal.TWO_PERSONS
    if role in BY_TWO and proposed_by == by.user_id:
        return AccountRefusal.SAME_GRANTER
    return None


def propose_refusal(
    by: Actor, holder: Holder, role: Role, at: datetime, *, posted: bool = True
) -> Refusal | None:
    """Who may be given a staff role, whoever confirms it."""
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


def suspend_refusal(by: Actor, user_id: int, at: datetime, *, suspended: bool) -> Refusal | None:
    """An administrator suspends another's account, once; so one who lets in again always stays."""
    who = who_refusal(SUSPEND, by, at)
    if who is not None:
        return who
    if user_id == by.user_id:
        return AccountRefusal.OWN_ACCOUNT
    return AccountRefusal.SUSPENDED_ALREADY if suspended else None


def restore_refusal(by: Actor, at: datetime, *, suspended: bool) -> Refusal | None:
    """A suspended account is let in again."""
    who = who_refusal(SUSPEND, by, at)
    if who is not None:
        return who
    return None if suspended else AccountRefusal.NOT_SUSPENDED
