"""What the pages of parties share: the blueprint, and the party that a page is about."""

from flask import Blueprint

from market.kernel.authority import Actor
from market.parties.models import Party
from market.parties.rules import Known, Standing

bp = Blueprint("parties", __name__, template_folder="templates")


def frame(party: Party, by: Actor) -> dict[str, object]:
    """What the head of each of a party's pages shows: its name, its standing, who reads."""
    known: Known = party.known
    return {
        "party": party,
        "known": known,
        "standing": known.standing,
        "returned": known.standing is Standing.RETURNED,
        "mine": party.id in by.parties,
        "acting": party.id == by.party_id,
    }
