"""Before and after of an entry, as a reader may see them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from market.kernel.journal import Entry
from market.kernel.words import N_
from market.record.rules import Sight

TABLES: dict[str, str] = {
    "users": N_("Account"),
    "user_roles": N_("Role"),
    "recovery_codes": N_("Recovery code"),
    "identities": N_("Outside identity"),
    "parties": N_("Party"),
    "memberships": N_("Seat"),
    "invitations": N_("Invitation"),
    "party_papers": N_("Paper of a party"),
    "party_ties": N_("Tie between parties"),
    "proposals": N_("Proposal to a second person"),
    "venues": N_("Venue"),
    "registries": N_("Registry"),
    "registry_territories": N_("Territory of a registry"),
    "rulebook_amendments": N_("Amendment of a parameter"),
    "listings": N_("Result"),
    "rights": N_("Right"),
    "listing_rights": N_("Right in a result"),
    "listing_owners": N_("Owner"),
    "listing_makers": N_("Maker"),
    "listing_associates": N_("Associate"),
    "listing_encumbrances": N_("Encumbrance"),
    "deals": N_("Deal"),
    "deal_rights": N_("Right in a deal"),
    "negotiations": N_("Talks"),
    "offers": N_("Offer"),
    "contracts": N_("Contract"),
    "contract_deductions": N_("Deduction"),
    "contract_instalments": N_("Instalment"),
    "contract_signatures": N_("Signature"),
    "registry_applications": N_("Application"),
    "register_entries": N_("Row of the register"),
    "legal_holds": N_("Legal hold"),
}
"""What a row of each table is called."""


@dataclass(frozen=True)
class RowTold:
    """One changed row in words: what it is, its number, and each column before and after."""

    name: str
    number: str
    columns: tuple[tuple[str, str, str], ...]


def changes(entry: Entry, seen: Sight) -> list[RowTold]:
    """The rows that an act changed, as far as the reader sees them."""
    return list(_rows(entry, seen)) if entry.changes else []


def tables(entry: Entry) -> set[str]:
    """The tables whose rows an act changed."""
    return {str(row["table"]) for row in entry.changed}


def _rows(entry: Entry, seen: Sight) -> Iterator[RowTold]:
    for row in entry.changed:
        table = str(row["table"])
        if not seen.shows(table):
            continue
        before, after = _columns(row.get("before")), _columns(row.get("after"))
        columns = tuple(
            (name, value(before.get(name)), value(after.get(name)))
            for name in sorted(before | after)
            if seen.shows_column(name)
        )
        key = row["key"]
        assert isinstance(key, list)
        if columns:
            yield RowTold(str(gettext(TABLES.get(table, table))), "/".join(map(str, key)), columns)


def _columns(told: object) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}


def value(told: object) -> str:
    """A value of the record in words: secrets and people's own stay what they are."""
    if told is None or told == "":
        return "–"
    if isinstance(told, bool):
        return str(gettext("yes") if told else gettext("no"))
    if isinstance(told, dict):
        if "secret" in told:
            return str(gettext("secret"))
        if "commitment" in told:
            begins = str(told["commitment"])[:12]
            return str(gettext("personal, commitment %(hash)s…", hash=begins))
        begins, length = str(told["sha256"])[:12], told["length"]
        return str(gettext("%(length)s characters, SHA-256 %(hash)s…", length=length, hash=begins))
    return str(told)
