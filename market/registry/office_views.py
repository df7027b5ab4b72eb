"""The registrar's desk: the queue and the decisions on a file."""

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading
from market.kernel.paging import page_number
from market.registry import commands
from market.registry.file_views import decide
from market.registry.forms import (
    CancelForm,
    CertifyForm,
    ChangeForm,
    ConfirmForm,
    CorrectForm,
    PlainForm,
    RefuseForm,
    RejectForm,
    ReviewForm,
    SendBackForm,
    TurnAwayForm,
)
from market.registry.pages import bp
from market.registry.queries import queue_counts, queue_page
from market.registry.rules import ACCEPT, CERTIFY, OPEN, QUEUE, REFUSE, REVIEW, REVISE, Status

TABS: dict[str, tuple[Status, ...]] = {
    "open": tuple(status for status in Status if status in OPEN),
    **{status.value: (status,) for status in Status},
}
FILE = "/registry/applications/<int:application_id>"


@bp.get("/registry/queue")
@asks(QUEUE)
def queue() -> ResponseReturnValue:
    """The registry's files by state: the nearest last day first."""
    chosen, number = request.args.get("tab", "open"), page_number(request.args.get("page"))
    if chosen not in TABS:
        abort(422)
    by = current_user.actor
    with reading() as s:
        return render_template(
            "registry/queue.html",
            page=queue_page(s, by.registry_id or 0, TABS[chosen], number),
            counts=queue_counts(s, by.registry_id or 0),
            tabs=TABS,
            chosen=chosen,
            today=day_of(now()),
            open=OPEN,
        )


@bp.post(FILE + "/accept")
@asks(ACCEPT)
def accept(application_id: int) -> ResponseReturnValue:
    """Accept: the clock starts."""
    return decide(
        application_id, PlainForm(), commands.accept, gettext("Accepted; the review's clock runs.")
    )


@bp.post(FILE + "/turn-away")
@asks(ACCEPT)
def turn_away(application_id: int) -> ResponseReturnValue:
    """Do not accept."""
    form = TurnAwayForm()
    return decide(
        application_id, form, commands.turn_away, gettext("Not accepted."), form.note.data
    )


@bp.post(FILE + "/correction")
@asks(ACCEPT)
def correct(application_id: int) -> ResponseReturnValue:
    """Ask for corrected papers."""
    form = CorrectForm()
    return decide(
        application_id,
        form,
        commands.ask_correction,
        gettext("Correction asked for."),
        form.note.data,
    )


@bp.post(FILE + "/lapse")
@asks(ACCEPT)
def lapse(application_id: int) -> ResponseReturnValue:
    """Close a file whose corrected papers never came."""
    return decide(application_id, PlainForm(), commands.lapse, gettext("Closed as withdrawn."))


@bp.post(FILE + "/review")
@asks(REVIEW)
def review(application_id: int) -> ResponseReturnValue:
    """First review: both amounts verified."""
    form = ReviewForm()
    return decide(
        application_id,
        form,
        commands.pass_review,
        gettext("Passed; another registrar certifies."),
        form.turnover.data,
        form.technology_value.data,
        form.note.data,
    )


@bp.post(FILE + "/send-back")
@asks(ACCEPT)
def send_back(application_id: int) -> ResponseReturnValue:
    """The second registrar does not agree."""
    form = SendBackForm()
    return decide(
        application_id,
        form,
        commands.send_back,
        gettext("Sent back to the first review."),
        form.note.data,
    )


@bp.post(FILE + "/certify")
@asks(CERTIFY)
def certify(application_id: int) -> ResponseReturnValue:
    """Second review: the number and the certificate."""
    return decide(application_id, CertifyForm(), commands.certify, gettext("Registered."))


@bp.post(FILE + "/refuse")
@asks(REFUSE)
def refuse(application_id: int) -> ResponseReturnValue:
    """Refuse with codes and words."""
    form = RefuseForm()
    chosen = form.chosen if form.is_submitted() and form.validate() else frozenset()
    return decide(
        application_id,
        form,
        commands.refuse,
        gettext("Registration refused."),
        chosen,
        form.note.data,
    )


@bp.post(FILE + "/revision")
@asks(REVISE)
def propose(application_id: int) -> ResponseReturnValue:
    """Propose new amounts."""
    form = ChangeForm()
    return decide(
        application_id,
        form,
        commands.propose_revision,
        gettext("Change proposed; another registrar confirms it."),
        (form.turnover.data, form.technology_value.data),
        form.note.data,
    )


@bp.post(FILE + "/cancellation")
@asks(REVISE)
def cancel(application_id: int) -> ResponseReturnValue:
    """Propose a cancellation."""
    form = CancelForm()
    return decide(
        application_id,
        form,
        commands.propose_revision,
        gettext("Cancellation proposed; another registrar confirms it."),
        None,
        form.note.data,
    )


@bp.post(FILE + "/revision/confirm")
@asks(REVISE)
def confirm(application_id: int) -> ResponseReturnValue:
    """Another registrar confirms."""
    return decide(application_id, ConfirmForm(), commands.confirm_revision, gettext("Confirmed."))


@bp.post(FILE + "/revision/reject")
@asks(REVISE)
def reject(application_id: int) -> ResponseReturnValue:
    """Another registrar rejects."""
    return decide(
        application_id,
        RejectForm(),
        commands.reject_revision,
        gettext("Rejected; the registration stays as it was."),
    )
