"""The public front page, everybody's home page, and the timelines."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.rules import MARKET_ROLES
from market.desk.homes import SHOWN, home
from market.desk.queries import Story, contract_story, contracts_of_listing, listing_story
from market.desk.rules import FOLLOW_CONTRACT, FOLLOW_LISTING, HOME
from market.desk.sentences import note, sentence
from market.kernel.authority import SEE_PUBLIC, asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading
from market.listings.queries import published as listed
from market.turnover.queries import seller_months
from market.turnover.rules import published

bp = Blueprint("desk", __name__, template_folder="templates")

TASKS = 12


@bp.get("/")
@asks(SEE_PUBLIC)
def front() -> ResponseReturnValue:
    """What the market is, its newest results, its published figures, and the ways in."""
    today = day_of(now())
    over = f"{today.year}-{today.month - 1:02d}" if today.month > 1 else f"{today.year - 1}-12"
    with reading() as s:
        page = listed(s, 1)
        return render_template(
            "desk/front.html",
            newest=page.rows[:SHOWN],
            offered=page.total,
            figure=published(seller_months(s, over)),
        )


@bp.get("/home", endpoint="home")
@asks(HOME)
def home_page() -> ResponseReturnValue:
    """What waits for this person, then one part for each of their roles."""
    at, by = now(), current_user.actor
    with reading() as s:
        mine = home(s, by, at)
        founding = by.party_id is None and by.has(*MARKET_ROLES)
        return render_template(
            "desk/home.html", home=mine, at=at, most=TASKS, founding=founding, today=day_of(at)
        )


@bp.get("/contracts/<int:contract_id>/timeline")
@asks(FOLLOW_CONTRACT)
def contract_timeline(contract_id: int) -> ResponseReturnValue:
    """A contract from the offer to the certificate."""
    with reading() as s:
        story = contract_story(s, contract_id, current_user.actor)
        return render_template(
            "desk/contract_timeline.html",
            story=story,
            contract=story.contract,
            lines=lines(story, words=story.lens.words),
        )


@bp.get("/listings/<int:listing_id>/timeline")
@asks(FOLLOW_LISTING)
def listing_timeline(listing_id: int) -> ResponseReturnValue:
    """All that happened on a listing."""
    with reading() as s:
        story = listing_story(s, listing_id, current_user.actor)
        return render_template(
            "desk/listing_timeline.html",
            story=story,
            listing=story.listing,
            contracts=contracts_of_listing(s, listing_id),
            lines=lines(story, words=True),
        )


def lines(story: Story, *, words: bool) -> list[dict[str, object]]:
    """Each entry as a page tells it: stage, sentence, the actor's own words, instant, hash."""
    told = []
    for entry in story.entries:
        person, party = story.who(entry)
        if person and party:
            who = gettext("%(person)s of %(party)s", person=person, party=party)
        else:
            who = person or party or gettext("The market")
        told.append(
            {
                "stage": entry.act.split(".")[0],
                "sentence": sentence(entry, who),
                "note": note(entry) if words else "",
                "at": entry.at,
                "hash": entry.hash,
            }
        )
    return told
