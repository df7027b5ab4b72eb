"""Who reads what of the record: timelines, the auditor's search, talks under a case number."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from market.kernel.authority import Act, Actor, Relation, Role, reads, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled
from market.listings.rules import Status, relations, stage

AUDITOR = frozenset({Role.AUDITOR})
FOLLOW_CONTRACT = Act(
    "record.follow-contract",
    N_("Follow a contract from the offer to the certificate"),
    relation=Relation.PARTY,
    article="REG-26",
    reads=True,
    readers=frozenset(
        {
            (Role.AUDITOR, Relation.ANY),
            (Role.REGISTRAR, Relation.OFFICE),
            (Role.DIRECTOR, Relation.REGISTERED),
        }
    ),
)
FOLLOW_LISTING = Act(
    "record.follow-listing",
    N_("Follow everything that happened on a listing"),
    relation=Relation.OWN,
    reads=True,
    readers=frozenset({(Role.OPERATOR, Relation.SUBMITTED), (Role.AUDITOR, Relation.ANY)}),
)
FOLLOW_PARTY = Act(
    "record.follow-party",
    N_("Follow everything that happened to a party"),
    relation=Relation.OWN,
    reads=True,
    readers=frozenset({(Role.OPERATOR, Relation.ANY), (Role.AUDITOR, Relation.ANY)}),
)
FOLLOW_USER = Act(
    "record.follow-user",
    N_("Follow everything that happened to an account"),
    frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    reads=True,
)
OWN_ACTS = Act("record.own-acts", N_("Read one's own acts in the record"), reads=True)
SEARCH = Act("record.search", N_("Search the record"), AUDITOR, reads=True)
EXPORT = Act("record.export", N_("Export entries of the record"), AUDITOR, su=True)
COPY = Act("record.copy-own", N_("Take a copy of one's own data"), su=True, article="个保法 45")
ERASE = Act("record.erase-own", N_("Erase one's own account"), su=True, article="个保法 47")
SEE_OWN_DATA = Act("record.see-own", N_("See what one may do with one's own data"), reads=True)
CASE = Act(
    "record.open-case", N_("Open a case, under which talks may be read, and close it"), AUDITOR
)
ACTS = (
    FOLLOW_CONTRACT,
    FOLLOW_LISTING,
    FOLLOW_PARTY,
    FOLLOW_USER,
    OWN_ACTS,
    SEARCH,
    EXPORT,
    CASE,
    SEE_OWN_DATA,
    COPY,
    ERASE,
)

DEAL_ACTS = frozenset({"deal.struck", "listing.published", "listing.transferred"})

TALKS = frozenset({"negotiation"})
"""Slices whose acts name what was said at the table."""
BARGAINING = TALKS | {"deal"}
"""Slices whose acts name offers and prices."""
TABLES_OF_TALKS = frozenset({"negotiations", "offers"})


class RecordRefusal(Refusal):
    """Why the record is not opened so."""

    CASE_OPEN = "case-open", N_("Close the case that is open first.")
    NO_CASE = "no-case", N_("No case is open.")


class Lens(Enum):
    """How much of a contract's way a reader sees.

    ``WHOLE``: its talks, its deal and the contract's own acts, with the words written there.
    ``SEALED``: all but the talks, which an auditor reads under a case number only.
    ``PAPERS``: what the registry needs: offered, agreed, contracted; nothing of the bargaining.
    ``CODED``: the contract's own acts by their coded facts, no free words (REG-26).
    """

    WHOLE = "whole"
    SEALED = "sealed"
    PAPERS = "papers"
    CODED = "coded"

    @property
    def bargaining(self) -> bool:
        """Whether offers and answers are shown."""
        return self is Lens.WHOLE

    @property
    def listing(self) -> bool:
        """Whether anything before the contract is shown."""
        return self is not Lens.CODED

    @property
    def words(self) -> bool:
        """Whether notes in free words are shown."""
        return self is not Lens.CODED

    @property
    def links(self) -> bool:
        """Whether the contract and its deal open to this reader."""
        return self in (Lens.WHOLE, Lens.SEALED)


def contract_lens(
    by: Actor, *, sides: Collection[int], offices: Collection[int], registered: bool
) -> Lens | None:
    """How much of a contract's timeline this person reads; None: to them there is no such contract.

    ``sides`` are the two parties, ``offices`` the registries it was filed with. A director reads
    what stands in the register, since only that is counted.
    """
    near = {Relation.PARTY} if by.party_id in sides else set()
    if by.registry_id in offices and by.parties.isdisjoint(sides):
        near.add(Relation.OFFICE)
    if registered:
        near.add(Relation.REGISTERED)
    if not reads(FOLLOW_CONTRACT, by, near):
        return None
    if Relation.PARTY in near:
        return Lens.WHOLE
    if by.has(Role.AUDITOR):
        return Lens.WHOLE if by.case_no else Lens.SEALED
    return Lens.PAPERS if Relation.OFFICE in near else Lens.CODED


def follows_listing(by: Actor, seller_id: int, status: Status) -> bool:
    """The seller, the auditor and, from submission on, the operator read what happened."""
    return reads(FOLLOW_LISTING, by, {*relations(by, seller_id), *stage(status)})


def withheld(by: Actor, seller_id: int) -> frozenset[str]:
    """The slices whose acts on a listing this reader does not see.

    Offers and prices agreed are the parties' business: an operator has no need of them, an auditor
    names a case first.
    """
    if by.party_id == seller_id:
        return frozenset()
    if by.has(Role.AUDITOR):
        return frozenset() if by.case_no else TALKS
    return BARGAINING


def follows_party(by: Actor, party_id: int) -> bool:
    """Its members read a party's thread, and so do the operator and the auditor."""
    return reads(FOLLOW_PARTY, by, {Relation.OWN} if party_id in by.parties else ())


def sealed(by: Actor, act: str, tables: Collection[str]) -> bool:
    """Whether an auditor must name a case before this entry opens (matrix row 16)."""
    talks = act.split(".", maxsplit=1)[0] in TALKS or not TABLES_OF_TALKS.isdisjoint(tables)
    return talks and not by.case_no


# ── before and after ─────────────────────────────────────────────────────────────────────────────

OF_SELLER = frozenset(
    {
        *("listings", "listing_rights", "listing_owners", "listing_makers", "rights"),
        *("listing_associates", "listing_encumbrances"),
    }
)
OF_SIDES = frozenset(
    {
        *("contracts", "contract_deductions", "contract_instalments", "contract_signatures"),
        *("deals", "deal_rights", "registry_applications", *TABLES_OF_TALKS),
    }
)
OF_MEMBERS = frozenset({"parties", "memberships", "invitations", "party_papers"})
OF_OFFICE = frozenset(
    {
        *("review_note", "reviewer_id", "confirmer_id", "proposer_id", "duplicate_key"),
        *("proposed_kind", "proposed_turnover_minor", "proposed_technology_minor"),
        "proposed_note",
    }
)
"""Columns of an application that stay with its registry until they are decided."""


@dataclass(frozen=True)
class Sight:
    """Whose rows a reader of before and after sees: tables by name, None for every table."""

    tables: frozenset[str] | None = frozenset()
    hidden: frozenset[str] = frozenset()

    def shows(self, table: str) -> bool:
        """Whether rows of a table are shown."""
        return table in self.tables if self.tables is not None else table not in self.hidden

    def shows_column(self, column: str) -> bool:
        """Whether a column of a shown row is shown."""
        return self.tables is None or column not in OF_OFFICE


NOTHING = Sight()


def sight(by: Actor, *, seller: bool = False, side: bool = False, member: bool = False) -> Sight:
    """An auditor sees every table (of talks under a case only), parties see what is theirs."""
    tables = frozenset().union(
        OF_SELLER if seller else (), OF_SIDES if side else (), OF_MEMBERS if member else ()
    )
    if by.has(Role.AUDITOR) and not tables:
        return Sight(None, frozenset() if by.case_no else TABLES_OF_TALKS)
    return Sight(tables)


# ── searching ────────────────────────────────────────────────────────────────────────────────────

MOST_EXPORTED = 100_000


class FileKind(Labelled):
    """How entries leave the market."""

    CSV = "csv", N_("CSV, for a table")
    LINES = "jsonl", N_("JSON Lines, to prove the hashes again")


@dataclass(frozen=True)
class Wanted:
    """What an auditor looks for; what is None or empty is not asked for."""

    first: date | None = None
    last: date | None = None
    act: str = ""
    person: int | None = None
    party: int | None = None
    kind: str = ""
    number: int | None = None
    hash: str = ""

    def facts(self) -> dict[str, object]:
        """The question as the journal keeps it."""
        asked = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in vars(self).items()
        }
        return {name: value for name, value in asked.items() if value not in (None, "")}

    @classmethod
    def of(cls, facts: dict[str, object]) -> "Wanted":
        """The question that the journal kept."""
        days = {"first", "last"}
        known = {name: value for name, value in facts.items() if name in vars(cls())}
        return cls(
            **{
                name: date.fromisoformat(str(value)) if name in days else value
                for name, value in known.items()
            }  # type: ignore[arg-type]
        )


def export_refusal(by: Actor, at: datetime) -> Refusal | None:
    """Only an auditor takes entries out of the market, with the password again."""
    return who_refusal(EXPORT, by, at)


def open_case_refusal(by: Actor, at: datetime) -> Refusal | None:
    """One case at a time: what is read is read under one number."""
    who = who_refusal(CASE, by, at)
    if who is not None:
        return who
    return RecordRefusal.CASE_OPEN if by.case_no else None


def close_case_refusal(by: Actor, at: datetime) -> Refusal | None:
    """Only an open case is closed."""
    who = who_refusal(CASE, by, at)
    if who is not None:
        return who
    return None if by.case_no else RecordRefusal.NO_CASE


# ── erasing a person ─────────────────────────────────────────────────────────────────────────────


class ErasureRefusal(Refusal):
    """Why an account cannot be erased yet; each goes by itself, and then it can."""

    ERASED = "erased", N_("This account was erased already.")
    HELD = (
        "legal-hold",
        N_("A legal hold lies on this account: its data must stay until the hold is lifted."),
    )
    DEAL_LIVES = (
        "deal-lives",
        N_("A deal of your party has no signed contract yet. Conclude it, or leave the party."),
    )
    CONTRACT_OPEN = (
        "contract-open",
        N_("A contract of your party is not signed yet. Sign it, drop it, or leave the party."),
    )
    APPLICATION_OPEN = (
        "application-open",
        N_("An application for registration is still open; wait until it is decided."),
    )
    LAST_SIGNATORY = (
        "last-signatory",
        N_("You are the last signatory of your organisation. Hand the seat to somebody first."),
    )
    LAST_ADMINISTRATOR = (
        "last-administrator",
        N_("You are the last administrator of this market. Give the role to somebody first."),
    )


@dataclass(frozen=True)
class Bonds:
    """What still ties a person to the market."""

    erased: bool = False
    held: bool = False
    deals: int = 0
    contracts: int = 0
    applications: int = 0
    last_signatory: bool = False
    last_administrator: bool = False


def bonds_refusal(bonds: Bonds) -> ErasureRefusal | None:
    """What others rely on stays until it is concluded; then the right to erasure has its way.

    个保法 47 lets data stay while a law wants them kept or the purpose is not yet reached.
    """
    if bonds.erased:
        return ErasureRefusal.ERASED
    if bonds.held:
        return ErasureRefusal.HELD
    if bonds.deals:
        return ErasureRefusal.DEAL_LIVES
    if bonds.contracts:
        return ErasureRefusal.CONTRACT_OPEN
    if bonds.applications:
        return ErasureRefusal.APPLICATION_OPEN
    if bonds.last_signatory:
        return ErasureRefusal.LAST_SIGNATORY
    return ErasureRefusal.LAST_ADMINISTRATOR if bonds.last_administrator else None


def erase_refusal(by: Actor, bonds: Bonds, at: datetime) -> Refusal | None:
    """A person erases their own account, with the password again, when nothing ties them."""
    return who_refusal(ERASE, by, at) or bonds_refusal(bonds)


def copy_refusal(by: Actor, at: datetime) -> Refusal | None:
    """A copy of one's own data is given with the password again."""
    return who_refusal(COPY, by, at)
