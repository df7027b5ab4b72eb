"""Pages of rulebook."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user

from market.accounts.queries import user_names
from market.accounts.sessions import confirmed_by
from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.forms import ConfirmedForm
from market.kernel.i18n import label
from market.kernel.money import Money, format_bp, format_money
from market.kernel.proposals import HOLDS, Proposal, get_proposal, number, waiting
from market.kernel.words import N_
from market.rulebook import commands
from market.rulebook.commands import propose_amendment
from market.rulebook.forms import AmendForm
from market.rulebook.queries import law, parameters
from market.rulebook.rules import (
    ALWAYS,
    AMEND,
    SEE_LAW,
    SHIPPED,
    Certainty,
    Parameter,
    Unit,
    standing,
)

MARKS = {
    Certainty.FIRM: N_("The text of the law in force was read."),
    Certainty.DRAFT: N_("Taken from a draft put out for comment; the final text may differ."),
    Certainty.UNCERTAIN: N_("Reported, but not yet compared with the text of the law."),
    Certainty.DESIGN: N_("No law says so; the market decided it for itself."),
}

bp = Blueprint("rulebook", __name__, template_folder="templates", url_prefix="/rulebook")


@dataclass(frozen=True)
class Row:
    """One value as the table shows it; ``state`` is past, present or coming."""

    parameter: Parameter
    value: str
    state: str


def shown_value(parameter: Parameter) -> str:
    """A value with its unit, as people read it."""
    if parameter.unit is Unit.FEN:
        return format_money(Money(parameter.value, "CNY"), str(get_locale()))
    if parameter.unit is Unit.FLAG:
        return str(gettext("yes") if parameter.value else gettext("no"))
    if parameter.unit is Unit.BASIS_POINTS:
        return f"{format_bp(parameter.value)}%"
    return f"{parameter.value} {label(parameter.unit)}"


def proposed_parameter(proposal: Proposal) -> Parameter:
    """A proposed value as the table would show it."""
    told = proposal.told
    latest = {each.key: each for each in SHIPPED}[str(told["key"])]
    return replace(
        latest,
        value=number(told["value"]) or 0,
        valid_from=date.fromisoformat(str(told["valid_from"])),
        article=str(told["article"]),
        certainty=Certainty.FIRM,
    )


@bp.get("/")
@asks(SEE_LAW)
def index() -> ResponseReturnValue:
    """Every value of every parameter, which one holds today, and how sure the market is of it."""
    today = day_of(now())
    with reading() as s:
        present = law(s, today)
        rows = [Row(each, shown_value(each), standing(each, present)) for each in parameters(s)]
        may = current_user.actor.has(*AMEND.roles)
        proposed = waiting(s, AMEND) if may else []
    return render_template(
        "rulebook/index.html",
        rows=rows,
        proposed=[(each, proposed_parameter(each)) for each in proposed],
        shown_value=shown_value,
        marks=[(each, gettext(words)) for each, words in MARKS.items()],
        always=ALWAYS,
        may=may,
    )


@bp.route("/amend", methods=["GET", "POST"])
@asks(AMEND)
def amend() -> ResponseReturnValue:
    """Propose a new value of a parameter from a future day on."""
    at, form = now(), AmendForm()
    form.key.choices = {
        each.key: gettext(
            "%(meaning)s, in %(unit)s", meaning=gettext(each.meaning), unit=label(each.unit)
        )
        for each in SHIPPED
    }
    if form.validate_on_submit():
        with form.keeping():
            _amend(form, at)
            flash(gettext("The new value is proposed; another operator confirms it."))
            return redirect(url_for(".index"))
    return render_template("rulebook/amend.html", form=form), form.answer


def _amend(form: AmendForm, at: datetime) -> None:
    assert form.value.data is not None
    assert form.valid_from.data is not None
    by = confirmed_by(current_user.actor, form, at)
    with transaction() as s:
        propose_amendment(
            s,
            form.key.data,
            form.value.data,
            form.valid_from.data,
            article=str(form.article.data),
            by=by,
            at=at,
        )


@bp.get("/proposals/<int:proposal_id>")
@asks(AMEND)
def proposal(proposal_id: int) -> ResponseReturnValue:
    """A proposed value, exactly as it would be set."""
    return _proposal_page(proposal_id, ConfirmedForm(formdata=None))


@bp.post("/proposals/<int:proposal_id>/confirm")
@asks(AMEND)
def confirm(proposal_id: int) -> ResponseReturnValue:
    """Confirm a proposed value."""
    return _decide(proposal_id, commands.confirm_amendment, gettext("The new value is set."))


@bp.post("/proposals/<int:proposal_id>/decline")
@asks(AMEND)
def decline(proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal back, or reject another's."""
    done = gettext("The proposal is declined; nothing was changed.")
    return _decide(proposal_id, commands.decline_amendment, done)


def _decide(proposal_id: int, command: Callable[..., object], done: str) -> ResponseReturnValue:
    at, form = now(), ConfirmedForm()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                command(s, proposal_id, by=by, at=at)
            flash(done)
            return redirect(url_for(".index"))
    return _proposal_page(proposal_id, form)


def _proposal_page(proposal_id: int, form: ConfirmedForm) -> ResponseReturnValue:
    with reading() as s:
        found = get_proposal(s, proposal_id, AMEND)
        wanted = proposed_parameter(found)
        page = render_template(
            "rulebook/proposal.html",
            form=form,
            proposal=found,
            wanted=wanted,
            value=shown_value(wanted),
            present=shown_value(law(s, day_of(now()))[wanted.key]),
            names=user_names(s, {found.proposed_by}),
            until=found.proposed_at + HOLDS,
        )
        return page, form.answer
