"""Statements: looked into, brought in, read."""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.queries import user_names
from market.accounts.sessions import confirmed_by
from market.bank.commands import import_statement
from market.bank.forms import ImportForm
from market.bank.models import Statement
from market.bank.pages import CURRENCY, bp, own_account
from market.bank.queries import lines_of, standing
from market.bank.queries import statements as statements_of
from market.bank.reading import read_statement
from market.bank.rules import IMPORT, SEE
from market.bank.sheet import Extract
from market.kernel.authority import asks
from market.kernel.clock import day_of, now
from market.kernel.db import get, reading, transaction
from market.kernel.delimited import FileError
from market.kernel.i18n import sentence
from market.kernel.paging import page_number
from market.kernel.text import clean_line

SHOWN = 50
"""How many lines a look shows."""


@bp.get("/statements")
@asks(SEE)
def statements() -> ResponseReturnValue:
    """All statements that were brought in, the latest first."""
    with reading() as s:
        page = statements_of(s, page_number(request.args.get("page")))
        may = current_user.actor.has(*IMPORT.roles)
        return render_template("bank/statements.html", page=page, may=may, told=standing(s))


@bp.get("/statements/<int:statement_id>")
@asks(SEE)
def statement(statement_id: int) -> ResponseReturnValue:
    """One statement: its lines, and its rows that are none."""
    with reading() as s:
        found = get(s, Statement, statement_id)
        page = lines_of(s, found.id, page_number(request.args.get("page")))
        names = user_names(s, {found.imported_by})
        return render_template("bank/statement.html", statement=found, page=page, names=names)


@bp.route("/statements/import", methods=["GET", "POST"])
@asks(IMPORT)
def bring() -> ResponseReturnValue:
    """Bring a statement in, with the password again."""
    form, at, by = ImportForm(), now(), current_user.actor
    account = own_account()
    if form.validate_on_submit():
        raw = form.file.data.read()
        found = _read(form, raw, at)
        with form.keeping():
            sure = confirmed_by(by, form, at) if found else None
            if found and sure:
                with transaction() as s:
                    made, new = import_statement(s, found, raw, _name(form), by=sure, at=at)
                    key, count = made.id, len(found.lines) - made.known
                flash(_said(new, count))
                return redirect(url_for(".statement", statement_id=key))
    return render_template("bank/import.html", form=form, account=account, found=None), form.answer


@bp.post("/statements/look")
@asks(IMPORT)
def look() -> ResponseReturnValue:
    """Look into a file and change nothing."""
    form, at = ImportForm(), now()
    form.password.validators = ()  # looking binds nothing
    account = own_account()
    found = _read(form, form.file.data.read(), at) if form.validate_on_submit() else None
    page = render_template("bank/import.html", form=form, account=account, found=found, most=SHOWN)
    return page, form.answer


def _read(form: ImportForm, raw: bytes, at: datetime) -> Extract | None:
    """What the file says; a fault of it is said at its field."""
    named = form.mapping.data or None
    number = own_account().number
    try:
        return read_statement(raw, number, currency=CURRENCY, today=day_of(at), named=named)
    except FileError as fault:
        form.file.errors = [*form.file.errors, sentence(fault.reason, **fault.detail)]
        return None


def _name(form: ImportForm) -> str:
    """The file's own name, as far as it is kept."""
    return clean_line(str(form.file.data.filename or "")[-120:], most=120) or "–"


def _said(new: bool, count: int) -> str:
    if not new:
        return str(gettext("This file was brought in before; nothing was changed."))
    return str(gettext("Brought in. New lines: %(count)s.", count=count))
