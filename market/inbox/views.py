"""The inbox, and for the operator the letters that could not be sent."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.inbox.commands import send_again
from market.inbox.delivery import catch_up
from market.inbox.following import behind
from market.inbox.marking import mark_all_read, mark_read
from market.inbox.queries import lines, messages_page, newest
from market.inbox.rules import SEE, SEE_LETTERS, again_refusal
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import database, reading, transaction
from market.kernel.outbox import MOST_TRIES, WIPED, undelivered
from market.kernel.paging import page_number

bp = Blueprint("inbox", __name__, template_folder="templates")


@bp.get("/inbox")
@asks(SEE)
def index() -> ResponseReturnValue:
    """One's messages, unread first: all, or what waited for oneself."""
    at, by, waiting = now(), current_user.actor, request.args.get("show") == "waiting"
    number = page_number(request.args.get("page"))
    _hear(at)
    with reading() as s:
        page = messages_page(s, by, number, waiting=waiting)
        return render_template(
            "inbox/index.html",
            page=page,
            lines=lines(s, page.rows, by, at),
            waiting=waiting,
            newest=newest(s, by),
        )


def _hear(at: datetime) -> None:
    """Who looks into the inbox does not wait for the next tick."""
    with reading() as s:
        late = behind(s)
    if late:
        catch_up(database(), at)


@bp.get("/inbox/<int:message_id>")
@asks(SEE)
def show(message_id: int) -> ResponseReturnValue:
    """Open a message: it is read then, and leads to where it stands.

    A page of its own says what is in the way, where something is.
    """
    at, by = now(), current_user.actor
    with transaction() as s:
        message = mark_read(s, message_id, by=by, at=at)
        line = lines(s, [message], by, at)[0]
        if line.place is not None and message.party_id in (None, by.party_id):
            endpoint, needed = line.place
            return redirect(url_for(endpoint, **needed))
        return render_template("inbox/show.html", line=line)


@bp.post("/inbox/read")
@asks(SEE)
def read_all() -> ResponseReturnValue:
    """Mark as read what stood on the page, and nothing that came since."""
    upto = max(0, request.form.get("upto", 0, type=int))
    with transaction() as s:
        mark_all_read(s, upto, by=current_user.actor, at=now())
    return redirect(url_for(".index"))


@bp.get("/inbox/letters")
@asks(SEE_LETTERS)
def letters() -> ResponseReturnValue:
    """Letters that could not be sent so far, each with the reason."""
    at, by = now(), current_user.actor
    with reading() as s:
        kept = [
            (letter, again_refusal(by, at, sent=False, wiped=letter.plain == WIPED))
            for letter in undelivered(s)
        ]
        return render_template("inbox/letters.html", kept=kept, most=MOST_TRIES)


@bp.post("/inbox/letters/<int:letter_id>/again")
@asks(SEE_LETTERS)
def again(letter_id: int) -> ResponseReturnValue:
    """Have a letter sent again."""
    with transaction() as s:
        send_again(s, letter_id, by=current_user.actor, at=now())
    flash(gettext("The letter is on its way again."))
    return redirect(url_for(".letters"))
