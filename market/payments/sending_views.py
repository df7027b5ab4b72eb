"""What is on its way out: handed to the bank, come back, ordered once more; by its clock."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.queries import confirmed
from market.accounts.sessions import confirmed_by
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import get, reading, transaction
from market.kernel.downloads import kept
from market.kernel.paging import page_number, paged
from market.kernel.spreadsheets import TableKind, written
from market.payments import payout_commands as commands
from market.payments.backoffice import CAPTURE_AHEAD, authorised, filed, just_taken, outgoing
from market.payments.desk_forms import AgainForm, OutgoingForm, ReasonForm, SendForm, beside
from market.payments.gateways import Channel
from market.payments.pages import bp
from market.payments.payout_models import Payout
from market.payments.queries import find_again
from market.payments.rules import SEE_DESK, SEND, again_refusal, send_refusal
from market.payments.sheet import PayoutStatus
from market.payments.tables import transfer_table

KINDS = "<any(xlsx, csv):kind>"


@bp.get("/sending")
@asks(SEE_DESK)
def sending() -> ResponseReturnValue:
    """What is ordered or handed over and not proven, by its clock; what is only authorised."""
    return _list(SendForm(formdata=None))


@bp.post("/sending")
@asks(SEND)
def send() -> ResponseReturnValue:
    """Note that what was ticked is handed to the bank."""
    form, at = SendForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            by, ids = confirmed_by(current_user.actor, form, at), form.ticked
            with transaction() as s:
                for each in ids:
                    commands.send_payout(s, each, by=by, at=at)
            flash(gettext("Noted as handed to the bank: %(many)s.", many=len(ids)))
            return redirect(url_for(".sending"))
    return _list(form)


@bp.post(f"/sending.{KINDS}")
@asks(SEND)
def take_file(kind: str) -> ResponseReturnValue:
    """Note that what was ticked is taken to the bank as a file, and lead to the file."""
    form, at = SendForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                noted = commands.take_transfer_file(s, form.ticked, kind, by=by, at=at).id
            return redirect(url_for(".transfer_file", entry_id=noted))
    return _list(form)


@bp.get("/sending/files/<int:entry_id>")
@asks(SEND)
def transfer_file(entry_id: int) -> ResponseReturnValue:
    """The file that this operator has just taken; later it is taken anew."""
    at = now()
    with reading() as s:
        entry = just_taken(s, entry_id, current_user.actor, at)
        ids = entry.told["payouts"]
        assert isinstance(ids, list)
        table, kind = transfer_table(filed(s, ids)), TableKind.of(str(entry.told["form"]))
    name = f"{table.name}-{entry_id}.{kind.value}"
    return kept(written(table, kind, dated=entry.at), name, kind.mimetype)


def _list(form: SendForm) -> ResponseReturnValue:
    looking, at = OutgoingForm(request.args), now()
    number = page_number(request.args.get("page"))
    good = looking.validate()
    with reading() as s:
        page = render_template(
            "payments/sending.html",
            looking=looking,
            form=form,
            page=paged(s, outgoing(looking.state.data), number) if good else None,
            authorised=authorised(s),
            soon=at + CAPTURE_AHEAD,
            sends=current_user.actor.has(*SEND.roles),
            bank=Channel.BANK,
            at=at,
        )
        return page, max(looking.answer, form.answer)


# ── one of them ──────────────────────────────────────────────────────────────────────────────────


@bp.get("/sending/<int:payout_id>")
@asks(SEE_DESK)
def outgoing_payout(payout_id: int) -> ResponseReturnValue:
    """One payout; its account in full for the operator who sends it, and as long as it is sent."""
    return _page(payout_id, ReasonForm(formdata=None), AgainForm(formdata=None))


@bp.post("/sending/<int:payout_id>/return")
@asks(SEND)
def return_payout(payout_id: int) -> ResponseReturnValue:
    """Note that a transfer came back: its money is the party's again."""
    form, at = ReasonForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                commands.return_payout(s, payout_id, str(form.why.data), by=by, at=at)
            flash(gettext("Noted. The money is the party's again; order it once more, or not."))
            return redirect(url_for(".outgoing_payout", payout_id=payout_id))
    return _page(payout_id, form, AgainForm(formdata=None))


@bp.post("/sending/<int:payout_id>/again")
@asks(SEND, creates=True)
def order_again(payout_id: int) -> ResponseReturnValue:
    """Order once more what came back: the same way, or to another bank account."""
    form, at = AgainForm(), now()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                again = commands.order_again(s, payout_id, form.route, by=by, at=at).id
            flash(gettext("Ordered once more. The money is reserved again."))
            return redirect(url_for(".outgoing_payout", payout_id=again))
    return _page(payout_id, ReasonForm(formdata=None), form)


def _page(payout_id: int, returning: ReasonForm, again: AgainForm) -> ResponseReturnValue:
    by, at = confirmed(current_user.actor, now()), now()
    with reading() as s:
        payout = get(s, Payout, payout_id)
        anew, sends = find_again(s, payout.id), by.has(*SEND.roles)
        page = render_template(
            "payments/outgoing.html",
            payout=payout,
            anew=anew,
            number=payout.number if sends and not payout.ended else payout.masked,
            sends=sends,
            may_send=send_refusal(by, payout.channel, payout.status, at),
            may_again=again_refusal(by, payout.status, at, done=anew is not None),
            send=beside(SendForm(formdata=None), "send"),
            returning=beside(returning, "return"),
            again=again,
            failed=payout.status is PayoutStatus.FAILED,
            at=at,
        )
        return page, max(returning.answer, again.answer)
