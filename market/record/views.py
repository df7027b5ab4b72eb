"""Timelines: what happened to a contract, a result, a party, an account; one's own acts."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from market.kernel.authority import Role, asks
from market.kernel.db import reading
from market.record import personal_views, search_views
from market.record.finding import cursor, own_acts
from market.record.pages import bp, lines
from market.record.queries import (
    Story,
    contract_story,
    contracts_of_listing,
    listing_story,
    names_in,
    party_story,
    user_story,
)
from market.record.rules import (
    FOLLOW_CONTRACT,
    FOLLOW_LISTING,
    FOLLOW_PARTY,
    FOLLOW_USER,
    NOTHING,
    OWN_ACTS,
)

__all__ = ["bp", "personal_views", "search_views"]


@bp.get("/contracts/<int:contract_id>/timeline")
@asks(FOLLOW_CONTRACT)
def contract(contract_id: int) -> ResponseReturnValue:
    """A contract from the offer to the certificate."""
    with reading() as s:
        story = contract_story(s, contract_id, current_user.actor)
        return render_template(
            "record/contract.html",
            story=story,
            contract=story.contract,
            lines=lines(story, words=story.lens.words),
        )


@bp.get("/listings/<int:listing_id>/timeline")
@asks(FOLLOW_LISTING)
def listing(listing_id: int) -> ResponseReturnValue:
    """All that happened on a listing."""
    with reading() as s:
        story = listing_story(s, listing_id, current_user.actor)
        return render_template(
            "record/listing.html",
            story=story,
            listing=story.listing,
            contracts=contracts_of_listing(s, listing_id),
            lines=lines(story, words=True),
        )


@bp.get("/parties/<int:party_id>/timeline")
@asks(FOLLOW_PARTY)
def party(party_id: int) -> ResponseReturnValue:
    """All that happened to a party."""
    with reading() as s:
        story = party_story(s, party_id, current_user.actor)
        return render_template(
            "record/party.html", party=story.party, lines=lines(story, words=True)
        )


@bp.get("/users/<int:user_id>/timeline")
@asks(FOLLOW_USER)
def user(user_id: int) -> ResponseReturnValue:
    """All that happened to an account; an administrator reads sentences, an auditor all of it."""
    by = current_user.actor
    with reading() as s:
        story = user_story(s, user_id, by)
        return render_template(
            "record/user.html",
            user=story.user,
            lines=lines(story, words=by.has(Role.AUDITOR)),
        )


@bp.get("/me/record")
@asks(OWN_ACTS)
def mine() -> ResponseReturnValue:
    """What one did oneself, the newest first."""
    before = cursor(request.args.get("before"))
    with reading() as s:
        hits = own_acts(s, current_user.actor.user_id, before)
        story = Story(hits.entries, *names_in(s, hits.entries), NOTHING)
        return render_template("record/mine.html", lines=lines(story, words=True), hits=hits)
