"""Pages of rulebook."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user

from market.accounts.sessions import confirmed_by
from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading, transaction
from market.kernel.i18n import label
from market.kernel.money import Money, format_bp, format_money
from market.kernel.words import N_
from market.rulebook.commands import amend_parameter
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


@bp.get("/")
@asks(SEE_LAW)
def index() -> ResponseReturnValue:
    """Every value of every parameter, which one holds today, and how sure the market is of it."""
    today = day_of(now())
    with reading() as s:
        present = law(s, today)
        rows = [Row(each, shown_value(each), standing(each, present)) for each in parameters(s)]
    return render_template(
        "rulebook/index.html",
        rows=rows,
        marks=[(each, gettext(words)) for each, words in MARKS.items()],
        always=ALWAYS,
        may=current_user.actor.has(*AMEND.roles),
    )


@bp.route("/amend", methods=["GET", "POST"])
@asks(AMEND)
def amend() -> ResponseReturnValue:
    """Set a parameter from a future day on."""
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
            flash(gettext("The new value is set."))
            return redirect(url_for(".index"))
    return render_template("rulebook/amend.html", form=form), form.answer


def _amend(form: AmendForm, at: datetime) -> None:
    assert form.value.data is not None
    assert form.valid_from.data is not None
    by = confirmed_by(current_user.actor, form, at)
    with transaction() as s:
        amend_parameter(
            s,
            form.key.data,
            form.value.data,
            form.valid_from.data,
            article=str(form.article.data),
            by=by,
            at=at,
        )
