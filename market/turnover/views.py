"""Pages of turnover: the figures, and the rows of the register behind each."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from market.contracts.terms import Kind5
from market.kernel.authority import asks
from market.kernel.clock import day_of, end_of, now
from market.kernel.db import reading
from market.kernel.money import Money
from market.kernel.paging import Page, page_number
from market.kernel.refusal import insist
from market.registry.models import RegisterEntry
from market.turnover.forms import FigureForm, PeriodForm
from market.turnover.queries import NO_PARK, entries_page, figures, places, total
from market.turnover.rules import (
    READ,
    By,
    Figure,
    Period,
    scale,
    share_bp,
    usual_periods,
    without_gaps,
)
from market.turnover.units import FILTERS, month_words

bp = Blueprint("turnover", __name__, template_folder="templates", url_prefix="/turnover")
for name, write in FILTERS.items():
    bp.add_app_template_filter(write, name)


@dataclass(frozen=True)
class Row:
    """One figure as a page shows it."""

    figure: Figure
    name: str
    turnover_bp: int | None
    technology_bp: int | None


@bp.get("")
@asks(READ)
def index() -> ResponseReturnValue:
    """The two figures of a period by city, park, kind or month."""
    at = now()
    form = PeriodForm(request.args)
    rows: list[Row] = []
    whole = Figure("", 0, Money(0), Money(0))
    with reading() as s:
        if form.validate():
            period, as_of = _asked(form, at)
            with form.keeping():
                insist(period.refusal(), field="last")
                whole = total(s, period, as_of)
                names = names_of(s, form.by.data)
                found = figures(s, form.by.data, period, as_of)
                if form.by.data is By.MONTH:
                    found = without_gaps(found)
                rows = [_row(form.by.data, figure, whole, names) for figure in found]
        amounts = [a for r in rows for a in (r.figure.turnover, r.figure.technology_value)]
        return render_template(
            "turnover/index.html",
            form=form,
            rows=rows,
            whole=whole,
            axis=scale(amounts),
            usual=usual_periods(day_of(at)),
            at=_looked_back(form, at),
            by_month=form.by.data is By.MONTH,
        ), form.answer


@bp.get("/entries", endpoint="entries")
@asks(READ)
def behind_figure() -> ResponseReturnValue:
    """The rows of the register behind one figure; their sum is the figure."""
    at = now()
    form = FigureForm(request.args)
    found: Page[RegisterEntry] = Page([], 1, 0)
    turnover = technology_value = Money(0)
    number, name = page_number(request.args.get("page")), ""
    with reading() as s:
        if form.validate():
            period, as_of = _asked(form, at)
            with form.keeping():
                insist(period.refusal(), field="last")
                key = form.key.data or None
                found, turnover, technology_value = entries_page(
                    s, period, form.by.data, key, as_of, number
                )
                if form.key.data:
                    names = names_of(s, form.by.data)
                    name = names.get(form.key.data) or _plain_name(form.by.data, form.key.data)
        return render_template(
            "turnover/entries.html",
            form=form,
            found=found,
            name=name,
            turnover=turnover,
            technology_value=technology_value,
            at=_looked_back(form, at),
        ), form.answer


def names_of(session: Session, by: By) -> dict[str, str]:
    """What each key of a dimension is called in the reader's language."""
    if by is By.MONTH:
        return {}
    if by is By.KIND:
        return {kind.value: gettext(kind.label) for kind in Kind5}
    english = str(get_locale()) == "en"
    named = {code: pair[english] for code, pair in places(session, by).items()}
    return {**named, NO_PARK: gettext("Outside the parks")}


def _asked(form: PeriodForm, at: datetime) -> tuple[Period, datetime | None]:
    """The period and instant asked for; left open: this year up to today, as it stands now."""
    today = day_of(at)
    form.by.data = form.by.data or By.CITY
    form.last.data = form.last.data or today
    form.first.data = form.first.data or date(form.last.data.year, 1, 1)
    looked_back = _looked_back(form, at)
    return Period(form.first.data, form.last.data), looked_back if looked_back != at else None


def _looked_back(form: PeriodForm, at: datetime) -> datetime:
    """The instant as of which the register is read: the end of the day asked for, at most now."""
    if form.as_of.data is None:
        return at
    midnight = end_of(form.as_of.data)
    return min(midnight - timedelta(microseconds=1), at)


def _row(by: By, figure: Figure, whole: Figure, names: dict[str, str]) -> Row:
    return Row(
        figure,
        names.get(figure.key) or _plain_name(by, figure.key),
        share_bp(figure.turnover, whole.turnover),
        share_bp(figure.technology_value, whole.technology_value),
    )


def _plain_name(by: By, key: str) -> str:
    """What a key without a name is called: a month by its words, a lost code by itself."""
    return month_words(key) if by is By.MONTH else key
