"""Pages of the invited person: what is offered, and the answer."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from market.accounts.queries import get_user, user_names
from market.accounts.tickets import digest
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.parties import member_commands as commands
from market.parties.models import Invitation
from market.parties.pages import bp
from market.parties.queries import find_invitation, sitting
from market.parties.seats import ANSWER_INVITATION, OPEN_INVITATION, SeatRefusal, accept_refusal


@bp.get("/invitations/<token>")
@asks(OPEN_INVITATION)
def invitation(token: str) -> ResponseReturnValue:
    """What is offered; a link that opens nothing says the same whatever became of it."""
    at, by = now(), current_user.actor
    with reading() as s:
        found = find_invitation(s, digest(token), at)
        if found is None:
            return _closed()
        refusal = None
        if by.user_id is not None:
            seated = sitting(s, found.party)
            email = get_user(s, by.user_id).email
            refusal = accept_refusal(by, email, seated, found.offered, at)
        return render_template(
            "parties/invitation.html",
            invitation=found,
            token=token,
            host=user_names(s, {found.invited_by}).get(found.invited_by, ""),
            refusal=refusal,
            elsewhere=refusal is SeatRefusal.OTHER_ADDRESS,
        )


@bp.post("/invitations/<token>/accept")
@asks(ANSWER_INVITATION)
def accept_invitation(token: str) -> ResponseReturnValue:
    """Take the seat."""
    with transaction() as s:
        party_id = _answer(s, token, commands.accept_invitation)
    if party_id is None:
        return _closed()
    flash(gettext("You have a seat now. What you do for this party stands in its name."))
    return redirect(url_for(".party", party_id=party_id))


@bp.post("/invitations/<token>/decline")
@asks(ANSWER_INVITATION)
def decline_invitation(token: str) -> ResponseReturnValue:
    """Say no."""
    with transaction() as s:
        party_id = _answer(s, token, commands.decline_invitation)
    if party_id is None:
        return _closed()
    flash(gettext("You have declined the invitation."))
    return redirect(url_for("desk.home"))


def _answer(s: Session, token: str, command: Callable[..., object]) -> int | None:
    """Carry the answer out; gives the party, or None where the link opens nothing."""
    at = now()
    found: Invitation | None = find_invitation(s, digest(token), at)
    if found is None:
        return None
    command(s, found.id, by=current_user.actor, at=at)
    return found.party_id


def _closed() -> ResponseReturnValue:
    return render_template("parties/invitation_closed.html"), 404
