"""What the pages of the record share: the blueprint, entries as lines of a story."""

from datetime import datetime

from flask import Blueprint
from flask_babel import gettext
from sqlalchemy.orm import Session

from market.kernel.authority import PASSWORD_HOLDS, Actor
from market.kernel.db import Missing
from market.kernel.journal import Entry
from market.record.queries import Story
from market.record.sentences import note, sentence
from market.record.telling import changes

bp = Blueprint("record", __name__, template_folder="templates")


def lines(story: Story, *, words: bool) -> list[dict[str, object]]:
    """Each entry as a page tells it: sentence, the actor's own words, instant, hash, changes."""
    return [line(story, entry, words=words) for entry in story.entries]


def line(story: Story, entry: Entry, *, words: bool) -> dict[str, object]:
    """One entry as a page tells it."""
    return {
        "id": entry.id,
        "act": entry.act,
        "stage": entry.act.split(".")[0],
        "sentence": sentence(entry, who(story, entry)),
        "note": note(entry) if words else "",
        "at": entry.at,
        "hash": entry.hash,
        "changes": changes(entry, story.sight) if words else [],
    }


def who(story: Story, entry: Entry) -> str:
    """Who acted, and for whom."""
    person, party = story.who(entry)
    if person and party:
        return str(gettext("%(person)s of %(party)s", person=person, party=party))
    return person or party or str(gettext("The market"))


def just_noted(session: Session, entry_id: int, act: str, by: Actor, at: datetime) -> Entry:
    """The entry by which this person took something out a moment ago; later they note it anew."""
    noted = session.get(Entry, entry_id)
    if noted is None or (noted.act, noted.user_id) != (act, by.user_id):
        raise Missing("entry", entry_id)
    if at - noted.at > PASSWORD_HOLDS:
        raise Missing("entry", entry_id)
    return noted
