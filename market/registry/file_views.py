"""The file of one application: for its parties to follow, for its registrars to decide on."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from market.accounts.queries import (
    confirmed,
    user_names,
)
from market.accounts.sessions import confirmed_by
from market.contracts.rules import replace_refusal
from market.contracts.terms import Monopoly
from market.kernel.authority import Actor, Relation, asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.forms import ConfirmedForm
from market.kernel.money import Money
from market.kernel.refusal import Refusal
from market.registry.checklist import type_test
from market.registry.forms import (
    CancelForm,
    CertifyForm,
    ChangeForm,
    ConfirmForm,
    CorrectForm,
    DeskForm,
    RefuseForm,
    RejectForm,
    ReviewForm,
    SendBackForm,
    TurnAwayForm,
)
from market.registry.models import Application
from market.registry.pages import bp
from market.registry.queries import (
    duplicates,
    file_of,
    filing,
    find_for_contract,
    get_application,
    next_file,
)
from market.registry.rules import (
    ACCEPT,
    REFUSE,
    REVIEW,
    REVISE,
    SEE,
    File,
    Reason,
    Status,
    accept_refusal,
    applicant_refusal,
    apply_refusal,
    certify_refusal,
    confirm_refusal,
    history_refusal,
    independent,
    lapse_refusal,
    lapsed,
    large,
    office_refusal,
    relations,
    replacement_refusal,
    resubmit_refusal,
)
from market.rulebook.queries import law

FORMS: tuple[type[DeskForm], ...] = (
    TurnAwayForm,
    CorrectForm,
    SendBackForm,
    CertifyForm,
    RefuseForm,
    CancelForm,
    ConfirmForm,
    RejectForm,
)
PARAMETERS = (
    "reg.review_days",
    "reg.large_review_days",
    "reg.large_threshold_tech_value",
    "reg.restart_clock_on_correction",
    "reg.correction_due_days",
)


def today() -> date:
    """The market's day of this request."""
    return day_of(now())


@bp.get("/registry/applications/<int:application_id>")
@asks(SEE)
def show(application_id: int) -> ResponseReturnValue:
    """One application."""
    return file_page(application_id)


def decide(
    application_id: int,
    form: DeskForm,
    command: Callable[..., Any],
    done: str,
    *arguments: Any,
) -> ResponseReturnValue:
    """Carry out one step on a file and come back to it, or show the form as it was typed."""
    at, by = now(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            if isinstance(form, ConfirmedForm):
                by = confirmed_by(by, form, at)
            with transaction() as s:
                get_application(s, application_id, by)
                command(s, application_id, *arguments, by=by, at=at)
            flash(done)
            return redirect(url_for(".show", application_id=application_id, tab=tab(), done=1))
    return file_page(application_id, typed=form)


def tab() -> Status | None:
    """The tab of the queue that the reader came from; what is no tab is refused."""
    typed = request.args.get("tab")
    if typed is None:
        return None
    try:
        return Status.of(typed)
    except ValueError:
        abort(422)


def file_page(application_id: int, typed: DeskForm | None = None) -> ResponseReturnValue:
    """The page of a file; ``typed`` is the form that was sent and could not be carried out."""
    at, by = now(), current_user.actor
    with reading() as s:
        application = get_application(s, application_id, by)
        on = day_of(at)
        file = file_of(s, application, on)
        again = filing(s, application.contract)
        seen: dict[str, Any] = {
            "application": application,
            "contract": application.contract,
            "today": on,
            "lapsed": lapsed(file, on),
            "people": user_names(s, {application.reviewer_id or 0, application.confirmer_id or 0}),
            "typed": typed,
            "mine": Relation.OWN in relations(by, file),
            "resubmit_refusal": resubmit_refusal(by, file, on, at),
            "withdraw_refusal": applicant_refusal(by, file, "withdraw", at),
            "barred": history_refusal(again, on),
            "replace_refusal": replacement_refusal(
                by, file, at, latest=find_for_contract(s, application.contract_id) is application
            )
            or replace_refusal(by, application.contract.paper, at),
            "apply_refusal": apply_refusal(by, again, on, at),
        }
        template = "registry/show.html"
        if Relation.OFFICE in relations(by, file):
            template = "registry/desk.html"
            seen |= _desk(s, application, file, by, at, typed)
        return render_template(template, **seen), typed.answer if typed else 200


def _desk(
    s: Session,
    application: Application,
    file: File,
    by: Actor,
    at: datetime,
    typed: DeskForm | None,
) -> dict[str, Any]:
    """What a registrar decides on, and the forms to decide with."""
    contract, on = application.contract, day_of(at)
    in_force = law(s, application.accepted_on or on)
    asked = application.turnover or contract.turnover
    value = application.technology_value or contract.technology_value
    forms: dict[str, DeskForm] = {kind.act: kind(formdata=None) for kind in FORMS}
    for kind in (ReviewForm, ChangeForm):
        forms[kind.act] = kind(formdata=None, turnover=asked, technology_value=value)
    if typed is not None and typed.act:
        forms[typed.act] = typed
    return {
        "forms": forms,
        "refusals": refusals(file, by, at),
        "independent": independent(by, file),
        "test": type_test(contract.kind),
        "law": in_force,
        "parameters": [in_force.parameters[k] for k in PARAMETERS if k in in_force.parameters],
        "large": large(in_force, value),
        "duplicates": duplicates(s, application),
        "monopoly": Monopoly,
        "reasons": {reason.value: reason for reason in Reason},
        "next_file": next_file(s, by, application, tab(), on),
        "tab": tab(),
        "fen": lambda minor: Money(minor, application.currency),
        "done": request.args.get("done") == "1",
    }


def refusals(file: File, by: Actor, at: datetime) -> dict[str, Refusal | None]:
    """Why each step is closed to this registrar, the password apart; None where it is open."""
    sure, on = confirmed(by, at), day_of(at)
    return {
        "accept": accept_refusal(sure, file, on, at),
        "turn-away": office_refusal(ACCEPT, sure, file, "turn-away", at),
        "correct": office_refusal(ACCEPT, sure, file, "ask-correction", at),
        "lapse": lapse_refusal(sure, file, on, at),
        "review": office_refusal(REVIEW, sure, file, "pass", at),
        "send-back": office_refusal(ACCEPT, sure, file, "send-back", at),
        "certify": certify_refusal(sure, file, on, at),
        "refuse": office_refusal(REFUSE, sure, file, "refuse", at),
        "propose": office_refusal(REVISE, sure, file, "propose", at),
        "confirm": confirm_refusal(sure, file, at),
    }
