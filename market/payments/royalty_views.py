"""Pages of royalties: what was agreed, each statement, declaring, correcting, inspecting."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.queries import confirmed, user_names
from market.accounts.sessions import confirmed_by
from market.kernel.authority import Actor, asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.forms import Form
from market.kernel.i18n import sentence
from market.kernel.money import Money
from market.kernel.paging import page_number
from market.kernel.refusal import Refusal, insist
from market.payments import royalty_commands as commands
from market.payments.pages import acting_party, bp
from market.payments.royalties import (
    ANSWER,
    DECLARE,
    INSPECT,
    SEE_ROYALTY,
    Period,
    answer_refusal,
    correct_statement_refusal,
    declare_refusal,
    earned,
    inspect_refusal,
)
from market.payments.royalty_forms import AnswerForm, InspectForm, StatementForm, SureForm
from market.payments.royalty_models import RoyaltyAgreement
from market.payments.royalty_queries import get_royalty, get_statement, paid_beyond, royalties_of


@bp.get("/royalties")
@asks(SEE_ROYALTY)
def royalties() -> ResponseReturnValue:
    """The royalties that the acting party pays or is paid."""
    number, party_id = page_number(request.args.get("page")), acting_party(current_user.actor)
    with reading() as s:
        page = royalties_of(s, party_id, number)
        return render_template("payments/royalties.html", page=page, party_id=party_id)


@bp.get("/royalties/<int:agreement_id>")
@asks(SEE_ROYALTY)
def royalty(agreement_id: int) -> ResponseReturnValue:
    """One royalty: its terms, the period to declare next, every statement and inspection."""
    by, at = current_user.actor, now()
    with reading() as s:
        agreement = get_royalty(s, agreement_id, by, at)
        people = {each.declared_by for each in agreement.statements}
        return render_template(
            "payments/royalty.html",
            agreement=agreement,
            names=user_names(s, people),
            beyond=paid_beyond(s, agreement),
            **_steps(agreement, by, at),
        )


def _steps(agreement: RoyaltyAgreement, by: Actor, at: datetime) -> dict[str, object]:
    """Whether this reader may take each step, asked of the rules that the commands ask."""
    known, sure = agreement.royalty, confirmed(by, at)
    upcoming = agreement.upcoming
    may_declare = declare_refusal(sure, known, day_of(at), at)
    why = {"over_on": upcoming.last_on} if upcoming else {}
    return {
        "today": day_of(at),
        "may_declare": may_declare,
        "declare_reason": sentence(may_declare, **why) if may_declare else "",
        "may_correct": correct_statement_refusal(sure, known, at, superseded=False),
        "may_inspect": inspect_refusal(by, known, at, waiting=False),
        "may_answer": answer_refusal(by, known, at, waiting=True),
    }


@bp.route("/royalties/<int:agreement_id>/declare", methods=["GET", "POST"])
@asks(DECLARE)
def declare(agreement_id: int) -> ResponseReturnValue:
    """Declare the next period: the figure first, then what it earns with the password again."""
    by, at, form = current_user.actor, now(), _form()
    if form.validate_on_submit() and isinstance(form, SureForm):
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                get_royalty(s, agreement_id, by, at)
                commands.declare_royalty(s, agreement_id, *form.declared, by=sure, at=at)
            flash(gettext("Declared. What is due is among what you have to pay."))
            return redirect(url_for(".royalty", agreement_id=agreement_id))
    with reading() as s:
        agreement = get_royalty(s, agreement_id, by, at)
        period = agreement.upcoming
        if not form.refusal:
            refusal = declare_refusal(confirmed(by, at), agreement.royalty, day_of(at), at)
            insist(refusal, over_on=period.last_on if period else None)
        return _page(form, agreement, period, gettext("Declare a royalty"))


@bp.route("/statements/<int:statement_id>/correct", methods=["GET", "POST"])
@asks(DECLARE)
def correct(statement_id: int) -> ResponseReturnValue:
    """Replace what stands for a period by a later statement; both stay to be read."""
    by, at, form = current_user.actor, now(), _form()
    if form.validate_on_submit() and isinstance(form, SureForm):
        _, base, evidence = form.declared
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                on = get_statement(s, statement_id, by, at).agreement_id
                commands.correct_statement(s, statement_id, base, evidence, by=sure, at=at)
            flash(gettext("Corrected. The earlier statement stays to be read."))
            return redirect(url_for(".royalty", agreement_id=on))
    with reading() as s:
        old = get_statement(s, statement_id, by, at)
        if not form.refusal:
            superseded, known = old.superseded_at is not None, old.agreement.royalty
            insist(correct_statement_refusal(confirmed(by, at), known, at, superseded=superseded))
        period = Period(old.place, old.first_on, old.last_on)
        return _page(form, old.agreement, period, gettext("Correct a statement"))


def _form() -> StatementForm:
    """The figure alone, or with the password once what it earns was shown."""
    return SureForm() if "password" in request.form else StatementForm()


def _page(
    form: StatementForm, agreement: RoyaltyAgreement, period: Period | None, title: str
) -> ResponseReturnValue:
    """The figure to be typed or, once it reads as one, what it earns for confirmation."""
    base = form.base.data
    asking = form.is_submitted() and not form.errors and not form.form_errors
    if asking and not isinstance(form, SureForm):
        form = SureForm(formdata=None, data=form.data)
    if form.place.data is None and period is not None:
        form.place.data = period.place
    return render_template(
        "payments/statement.html",
        form=form,
        agreement=agreement,
        period=period,
        title=title,
        earned=earned(Money(base.minor, agreement.currency), agreement.rate_bp) if base else None,
    ), 200 if asking else form.answer


@bp.route("/statements/<int:statement_id>/inspection", methods=["GET", "POST"])
@asks(INSPECT)
def inspection(statement_id: int) -> ResponseReturnValue:
    """Ask to see the books behind a statement (民法典 846)."""
    by, at, form = current_user.actor, now(), InspectForm()
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                on = get_statement(s, statement_id, by, at).agreement_id
                commands.request_inspection(s, statement_id, form.words.data or "", by=by, at=at)
            flash(gettext("Asked. The other side hears of it and answers here."))
            return redirect(url_for(".royalty", agreement_id=on))
    return _asked(form, statement_id, gettext("Ask to inspect the books"), inspect_refusal)


@bp.route("/statements/<int:statement_id>/answer", methods=["GET", "POST"])
@asks(ANSWER)
def answer(statement_id: int) -> ResponseReturnValue:
    """Answer when and how the books behind a statement are shown."""
    by, at, form = current_user.actor, now(), AnswerForm()
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                on = get_statement(s, statement_id, by, at).agreement_id
                commands.answer_inspection(s, statement_id, form.words.data or "", by=by, at=at)
            flash(gettext("Answered. The other side hears of it."))
            return redirect(url_for(".royalty", agreement_id=on))
    title = gettext("Answer who asks to inspect the books")
    return _asked(form, statement_id, title, answer_refusal)


Rule = Callable[..., Refusal | None]


def _asked(form: Form, statement_id: int, title: str, rule: Rule) -> ResponseReturnValue:
    by, at = current_user.actor, now()
    with reading() as s:
        statement = get_statement(s, statement_id, by, at)
        waiting = statement.waiting
        if not form.refusal:
            insist(rule(by, statement.agreement.royalty, at, waiting=waiting is not None))
        return render_template(
            "payments/inspection.html", form=form, statement=statement, asked=waiting, title=title
        ), form.answer
