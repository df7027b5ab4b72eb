"""What may be offered, and when an offer is fit for the market."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256

from market.kernel.authority import Act, Actor, Relation, Role, reads, who_refusal
from market.kernel.edits import moved
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled
from market.listings.identifiers import PatentKind, filing_year, term_ends
from market.listings.sheet import (
    NUMBERED,
    PATENTS,
    EncumbranceKind,
    LicenceType,
    RightFacts,
    RightKind,
    Sheet,
    Way,
)

WHOLE_BP = 10_000
LICENCES_MOST = 10_000
PARTS = ("rights", "owners", "makers", "associates", "encumbrances")
"""The lists of a sheet; each holds at most ``PARTS_MOST`` rows."""
PARTS_MOST = 60


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
    NOT_OWNER = (
        "not-owner",
        N_("The seller must stand among the owners, under the name of the party."),
    )
    FILED_AHEAD = "filed-ahead", N_("A filing date cannot lie in the future.")
    FILED_YEAR = (
        "filed-year",
        N_("The filing date lies after the year in the patent's number; please compare them."),
    )
    SELF_PUBLISHED = (
        "self-published",
        N_("An operator does not publish the listing of a party that they belong to."),
    )
    DEALT = (
        "dealt",
        N_("A deal was struck on this listing, so its text stays. Draft a new listing instead."),
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
    PARTS_MANY = "parts-many", N_("No list of a draft holds more than 60 rows.")
    EDITED_MEANWHILE = (
        "edited-meanwhile",
        N_(
            "Somebody saved this draft while you were editing. What you typed is still here, and "
            "beside it what now stands: compare, then save again to replace it."
        ),
    )
    PART_MOVED = (
        "part-moved",
        N_("This list was changed meanwhile, so nothing was removed. Please look at it again."),
    )
    RIGHT_TWICE = "right-twice", N_("This right is in the list already.")
    ALREADY_IMPORTED = "already-imported", N_("This row was imported before.")
    REASON = "reason", N_("Give a reason.")


_SELLER = frozenset({Role.RESEARCHER})
DRAFT = Act("listing.draft", N_("Draft and edit a listing"), _SELLER, Relation.OWN)
SEE_DRAFT = Act(
    "listing.see-draft",
    N_("See a listing that is not public"),
    relation=Relation.OWN,
    reads=True,
    readers=frozenset({(Role.OPERATOR, Relation.SUBMITTED), (Role.AUDITOR, Relation.ANY)}),
)
SUBMIT = Act("listing.submit", N_("Submit a listing for publication"), _SELLER, Relation.OWN)
PUBLISH = Act("listing.publish", N_("Publish or send back a listing"), frozenset({Role.OPERATOR}))
WITHDRAW = Act("listing.withdraw", N_("Withdraw a listing"), relation=Relation.OWN)
IMPORT = Act("listing.import", N_("Import listings from a file"), _SELLER, Relation.OWN)
ACTS = (DRAFT, SEE_DRAFT, SUBMIT, PUBLISH, WITHDRAW, IMPORT)

MARKS = ("绝密", "机密", "秘密级", "内部资料", "SECRET//", "TOP SECRET", "CONFIDENTIAL//")

_AFTER_CLOSE = "封码钥匙集度接闭切合实排布致性计"


def relations(by: Actor, seller_id: int) -> set[Relation]:
    """How a person stands to a listing: it is of the party they act for, or it is not."""
    return {Relation.OWN} if by.party_id == seller_id else set()


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


def term_ends_on(rights: Iterable[RightFacts]) -> date | None:
    """The first day on which one of the patents no longer stands (专利法 42, IDN-04)."""
    kinds = {
        RightKind.INVENTION: PatentKind.INVENTION,
        RightKind.UTILITY_MODEL: PatentKind.UTILITY_MODEL,
        RightKind.DESIGN: PatentKind.DESIGN,
    }
    ends = [term_ends(kinds[r.kind], r.filed_on) for r in rights if r.kind in kinds and r.filed_on]
    return min(ends, default=None)


def expired(rights: Iterable[RightFacts], on: date) -> bool:
    """Whether the term of one of the patents has ended."""
    ends_on = term_ends_on(rights)
    return ends_on is not None and ends_on <= on


def secrecy_mark(sheet: Sheet) -> str | None:
    """The first confidentiality mark in anything that the public would read."""
    said = [sheet.title, sheet.abstract, sheet.keywords, sheet.ipc, sheet.valuation_note]
    for right in sheet.rights:
        said += [right.title, right.number or "", right.publication_number or ""]
    said += [owner.name for owner in sheet.owners]
    said += sheet.makers
    said += [name for _, name in sheet.associates]
    for lies in sheet.encumbrances:
        said += [lies.holder, lies.note]
    text = unicodedata.normalize("NFKC", "\n".join(said))
    return next((mark for mark in MARKS if _marked(mark).search(text)), None)


def _marked(mark: str) -> re.Pattern[str]:
    """A mark, but not 机密 within 电机密封 or 随机密钥, nor 绝密 within 隔绝密封."""
    word_goes_on = f"(?![{_AFTER_CLOSE}])" if mark.endswith("密") else ""
    return re.compile(re.escape(mark) + word_goes_on)


def same_name(one: str, other: str) -> bool:
    """Whether two names are one but for spaces, width and case."""
    first, second = (
        "".join(unicodedata.normalize("NFKC", name).split()).casefold() for name in (one, other)
    )
    return first == second


def fitness_refusal(sheet: Sheet, on: date, *, seller_name: str) -> ListingRefusal | None:
    """Whether what the seller says may stand in the market at all."""
    unsayable = sheet_refusal(sheet, on)
    if unsayable is not None:
        return unsayable
    if gaps(sheet):
        return ListingRefusal.INCOMPLETE
    if sum(owner.share_bp for owner in sheet.owners) != WHOLE_BP:
        return ListingRefusal.SHARES
    others = [owner for owner in sheet.owners if not same_name(owner.name, seller_name)]
    if len(others) == len(sheet.owners):
        return ListingRefusal.NOT_OWNER
    if sheet.exclusive and any(not owner.consents for owner in others):
        return ListingRefusal.CO_OWNERS  # 专利法 14, PRC-19
    if any(e.kind is EncumbranceKind.FREEZE for e in sheet.encumbrances):
        return ListingRefusal.FROZEN
    if any(e.kind is EncumbranceKind.PLEDGE and not e.consents for e in sheet.encumbrances):
        return ListingRefusal.PLEDGED  # 民法典 444, IPF-03
    if expired(sheet.rights, on):
        return ListingRefusal.EXPIRED
    return None


def save_refusal(by: Actor, seller_id: int, status: Status, at: datetime) -> Refusal | None:
    """Only a draft is edited; what others have seen is withdrawn first."""
    who = who_refusal(DRAFT, by, at, relations(by, seller_id))
    if who is not None:
        return who
    return None if status is Status.DRAFT else ListingRefusal.WRONG_STATE


def sheet_refusal(sheet: Sheet, on: date) -> ListingRefusal | None:
    """What not even a draft may say on a day.

    A list without end, a way that is not open, the same right twice, a filing date that cannot be
    (it would stretch the term), a confidentiality mark.
    """
    if any(len(getattr(sheet, part)) > PARTS_MOST for part in PARTS):
        return ListingRefusal.PARTS_MANY
    if sheet.way is Way.INVEST:
        return ListingRefusal.INVESTMENT
    named = [r.number or r.publication_number for r in sheet.rights]
    known = [number for number in named if number]
    if len(set(known)) < len(known):
        return ListingRefusal.RIGHT_TWICE
    for right in sheet.rights:
        misfiled = filing_refusal(right, on)
        if misfiled is not None:
            return misfiled
    return ListingRefusal.SECRECY if secrecy_mark(sheet) else None  # 保守国家秘密法 35, MIL-04


def part_mark(sheet: Sheet, part: str, place: int) -> str:
    """What tells one row of a list: its words, and how many rows stand there with it.

    Empty where there is no such row. The button that removes a row carries it.
    """
    rows = getattr(sheet, part)
    if place >= len(rows):
        return ""
    return sha256(repr((len(rows), rows[place])).encode()).hexdigest()[:16]


def edited_refusal(shown: Mapping[str, object], seen: str) -> ListingRefusal | None:
    """A draft is replaced as it was seen: two tabs, or two members, overwrite nothing unseen."""
    return ListingRefusal.EDITED_MEANWHILE if moved(seen, shown) else None


def remove_refusal(sheet: Sheet, part: str, place: int, seen: str) -> ListingRefusal | None:
    """A row is removed as it was seen; after a second click another one stands in its place."""
    there = part_mark(sheet, part, place)
    return None if there and there == seen else ListingRefusal.PART_MOVED


def filing_refusal(right: RightFacts, on: date) -> ListingRefusal | None:
    """A filing date is past, and not after the year that the number carries (IDN-01, IDN-02).

    It may lie before that year: a divisional application keeps its parent's date
    (专利法实施细则 49).
    """
    if right.filed_on is None:
        return None
    if right.filed_on > on:
        return ListingRefusal.FILED_AHEAD
    if right.number is None or right.kind not in PATENTS | {RightKind.APPLICATION}:
        return None
    year = filing_year(right.number)
    return ListingRefusal.FILED_YEAR if year is not None and right.filed_on.year > year else None


def import_refusal(by: Actor, seller_id: int, at: datetime) -> Refusal | None:
    """Whoever may draft for a party may import for it; an operator does not import for others."""
    return who_refusal(IMPORT, by, at, {Relation.OWN} if by.party_id == seller_id else set())


def submit_refusal(
    by: Actor,
    seller_id: int,
    status: Status,
    sheet: Sheet,
    on: date,
    at: datetime,
    *,
    seller_name: str,
) -> Refusal | None:
    """A complete and lawful draft goes to the operator."""
    who = who_refusal(SUBMIT, by, at, relations(by, seller_id))
    if who is not None:
        return who
    if (status, "submit") not in MOVES:
        return ListingRefusal.WRONG_STATE
    return fitness_refusal(sheet, on, seller_name=seller_name)


def publish_refusal(
    by: Actor,
    seller_id: int,
    status: Status,
    sheet: Sheet,
    on: date,
    at: datetime,
    *,
    seller_name: str,
    offered_elsewhere: bool = False,
    granted_elsewhere: bool = False,
) -> Refusal | None:
    """The operator publishes what is fit, never their own party's, no right twice exclusively."""
    who = who_refusal(PUBLISH, by, at)
    if who is not None:
        return who
    if seller_id in by.parties:
        return ListingRefusal.SELF_PUBLISHED
    if (status, "publish") not in MOVES:
        return ListingRefusal.WRONG_STATE
    unfit = fitness_refusal(sheet, on, seller_name=seller_name)
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
    near = {Relation.OWN} if by.has(Role.OPERATOR) else relations(by, seller_id)
    who = who_refusal(WITHDRAW, by, at, near)
    if who is not None:
        return who
    return None if (status, "withdraw") in MOVES else ListingRefusal.WRONG_STATE


def redraft_refusal(
    by: Actor, seller_id: int, status: Status, at: datetime, *, dealt: bool
) -> Refusal | None:
    """A withdrawn listing becomes a draft again, unless a deal rests on what it says."""
    who = who_refusal(DRAFT, by, at, relations(by, seller_id))
    if who is not None:
        return who
    if (status, "redraft") not in MOVES:
        return ListingRefusal.WRONG_STATE
    return ListingRefusal.DEALT if dealt else None


def visible(by: Actor, seller_id: int, status: Status) -> bool:
    """Drafts are seen by their seller and the auditor, by the operator from submission on."""
    if status in (Status.PUBLISHED, Status.TRANSFERRED):
        return True
    return reads(SEE_DRAFT, by, {*relations(by, seller_id), *stage(status)})


def stage(status: Status) -> set[Relation]:
    """How far a listing came: what was submitted once is the operator's business too."""
    return set() if status is Status.DRAFT else {Relation.SUBMITTED}


def conflicting(holders: Collection[int], seller_id: int) -> bool:
    """Whether somebody else than the seller holds an exclusive grant on one of the rights."""
    return any(holder != seller_id for holder in holders)
