"""Pages of a party's members: who sits in it, who is invited, what each may do."""

from collections.abc import Callable
from datetime import datetime

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user

from config import Settings
from market.accounts.queries import confirmed
from market.accounts.sessions import confirmed_by
from market.accounts.tickets import digest, new_secret
from market.kernel.authority import Actor, asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.mail import speaking, write
from market.kernel.refusal import insist
from market.parties import member_commands as commands
from market.parties.forms import InviteForm, SeatForm, SureForm
from market.parties.letters import invitation_words
from market.parties.pages import bp, frame
from market.parties.queries import (
    get_member,
    get_party,
    get_visible_party,
    members,
    open_invitations,
    sitting,
)
from market.parties.rules import SEE_PARTY
from market.parties.seats import (
    KEEP_MEMBERS,
    LEAVE,
    WITHDRAW_INVITATION,
    Holding,
    keep_refusal,
    leave_refusal,
)


@bp.get("/parties/<int:party_id>/members")
@asks(SEE_PARTY)
def party_members(party_id: int) -> ResponseReturnValue:
    """Who sits in a party, and who is invited."""
    at, by = now(), current_user.actor
    with reading() as s:
        found = get_visible_party(s, party_id, by)
        return render_template(
            "parties/members.html",
            members=members(s, party_id),
            invitations=open_invitations(s, party_id),
            keep=keep_refusal(confirmed(by, at), sitting(s, found), at),
            at=at,
            today=day_of(at),
            **frame(found, by),
        )


@bp.route("/parties/<int:party_id>/invitations", methods=["GET", "POST"])
@asks(KEEP_MEMBERS, creates=True)
def invite(party_id: int) -> ResponseReturnValue:
    """Offer a seat to an address; the answer is the same whoever has it (7 C 53)."""
    at, form, by = now(), InviteForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            _invite(party_id, form, confirmed_by(by, form, at), at)
            flash(gettext("The invitation is on its way, if the address takes letters."))
            return redirect(url_for(".party_members", party_id=party_id))
    return _keeping(party_id, "parties/invite.html", form, at)


def _invite(party_id: int, form: InviteForm, by: Actor, at: datetime) -> None:
    settings: Settings = current_app.extensions["market.settings"]
    token, language = new_secret(), str(get_locale())
    link = settings.base_url + url_for(".invitation", token=token)
    with transaction() as s:
        get_visible_party(s, party_id, by)
        invited = commands.invite(
            s,
            party_id,
            str(form.email.data),
            form.seat.data,
            token_hash=digest(token),
            by=by,
            at=at,
        )
        with speaking(language):
            words = invitation_words(invited, by.name, link)
        key = f"invitation {invited.id}"
        write(s, words, key=key, to=invited.email, language=language, at=at, secret=True)


@bp.post("/parties/<int:party_id>/invitations/<int:invitation_id>/withdraw")
@asks(WITHDRAW_INVITATION)
def withdraw_invitation(party_id: int, invitation_id: int) -> ResponseReturnValue:
    """Withdraw an invitation."""
    by = current_user.actor
    with transaction() as s:
        get_visible_party(s, party_id, by)
        commands.withdraw_invitation(s, party_id, invitation_id, by=by, at=now())
    flash(gettext("The invitation is withdrawn; its link opens nothing any more."))
    return redirect(url_for(".party_members", party_id=party_id))


@bp.route("/parties/<int:party_id>/members/<int:user_id>", methods=["GET", "POST"])
@asks(KEEP_MEMBERS)
def member(party_id: int, user_id: int) -> ResponseReturnValue:
    """Change a member's seat."""
    at, form, by = now(), SeatForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            holding = Holding(
                form.seat.data, str(form.authority_ref.data), form.authority_until.data
            )
            with transaction() as s:
                get_visible_party(s, party_id, by)
                commands.change_seat(s, party_id, user_id, holding, by=sure, at=at)
            flash(gettext("The seat is changed; it holds from the member's next click."))
            return redirect(url_for(".party_members", party_id=party_id))
    return _keeping(party_id, "parties/member.html", form, at, user_id)


@bp.post("/parties/<int:party_id>/members/<int:user_id>/suspend")
@asks(KEEP_MEMBERS)
def suspend_member(party_id: int, user_id: int) -> ResponseReturnValue:
    """Suspend a member; they are out on their next request."""
    done = gettext("The member is suspended and out from the next click.")
    return _change(party_id, user_id, commands.suspend_member, done)


@bp.post("/parties/<int:party_id>/members/<int:user_id>/restore")
@asks(KEEP_MEMBERS)
def restore_member(party_id: int, user_id: int) -> ResponseReturnValue:
    """Give a suspended member their seat back."""
    return _change(party_id, user_id, commands.restore_member, gettext("The member is back."))


@bp.post("/parties/<int:party_id>/members/<int:user_id>/remove")
@asks(KEEP_MEMBERS)
def remove_member(party_id: int, user_id: int) -> ResponseReturnValue:
    """End a member's seat."""
    return _change(party_id, user_id, commands.remove_member, gettext("The seat is ended."))


def _change(
    party_id: int, user_id: int, command: Callable[..., object], done: str
) -> ResponseReturnValue:
    at, form, by = now(), SeatForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                get_visible_party(s, party_id, by)
                command(s, party_id, user_id, by=sure, at=at)
            flash(done)
            return redirect(url_for(".party_members", party_id=party_id))
    return _keeping(party_id, "parties/member.html", form, at, user_id)


def _keeping(
    party_id: int,
    template: str,
    form: InviteForm | SeatForm,
    at: datetime,
    user_id: int | None = None,
) -> ResponseReturnValue:
    """A page of who keeps the members; for all others it does not exist or says why not."""
    by = current_user.actor
    with reading() as s:
        found = get_visible_party(s, party_id, by)
        who = sitting(s, found)
        insist(keep_refusal(confirmed(by, at), who, at))
        one = get_member(s, party_id, user_id) if user_id else None
        if isinstance(form, SeatForm) and one is not None and not form.is_submitted():
            form.process(obj=one)
        last = user_id is not None and who.orphaned_by(user_id)
        page = render_template(template, form=form, member=one, last=last, **frame(found, by))
        return page, form.answer


@bp.route("/parties/<int:party_id>/leave", methods=["GET", "POST"])
@asks(LEAVE)
def leave(party_id: int) -> ResponseReturnValue:
    """Lay one's own seat down."""
    at, form, by = now(), SureForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                get_member(s, party_id, by.user_id)  # a stranger learns nothing, by time neither
                commands.leave_party(s, party_id, by=sure, at=at)
            flash(gettext("You have left the party."))
            return redirect(url_for(".mine"))
    with reading() as s:
        get_member(s, party_id, by.user_id)
        found = get_party(s, party_id)
        if not form.errors:
            insist(leave_refusal(confirmed(by, at), sitting(s, found), at))
        return render_template("parties/leave.html", form=form, **frame(found, by)), form.answer
