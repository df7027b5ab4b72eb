"""One's own data: a copy to take along, one's name put right, the account erased for ever."""

import json

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user

from market.accounts.commands import correct_name
from market.accounts.queries import confirmed, get_user
from market.accounts.rules import CORRECT_NAME
from market.accounts.sessions import confirmed_by, leave
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.downloads import kept
from market.kernel.forms import ConfirmedForm
from market.record import commands
from market.record.forms import NameForm
from market.record.pages import bp, just_noted
from market.record.persons import bonds, own_copy
from market.record.rules import COPY, ERASE, SEE_OWN_DATA, erase_refusal


@bp.get("/me/data")
@asks(SEE_OWN_DATA)
def own() -> ResponseReturnValue:
    """What the law lets a person do with the data on themselves, and what stands against it."""
    return _page(ConfirmedForm(), NameForm())


def _page(form: ConfirmedForm, name: NameForm) -> ResponseReturnValue:
    at, by = now(), current_user.actor
    with reading() as s:
        refusal = erase_refusal(confirmed(by, at), bonds(s, by.user_id), at)
        user = get_user(s, by.user_id)
        if name.name.data == "" and not name.is_submitted():
            name.name.data = user.name
        page = render_template("record/own.html", user=user, form=form, name=name, refusal=refusal)
    return page, max(form.answer, name.answer)


@bp.post("/me/data/name")
@asks(CORRECT_NAME)
def correct() -> ResponseReturnValue:
    """Put one's name right (个保法 46)."""
    form, by = NameForm(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                correct_name(s, by.user_id, str(form.name.data), by=by, at=now())
            flash(gettext("Your name is put right."))
            return redirect(url_for(".own"))
    return _page(ConfirmedForm(formdata=None), form)


@bp.post("/me/data/copy")
@asks(COPY)
def copy() -> ResponseReturnValue:
    """Note the copy with the password again, and lead to the file."""
    form, at, by = ConfirmedForm(), now(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                noted = commands.note_copy(s, by=sure, at=at).id
            return redirect(url_for(".copied", entry_id=noted))
    return _page(form, NameForm(formdata=None))


@bp.get("/me/data/copies/<int:entry_id>")
@asks(SEE_OWN_DATA)
def copied(entry_id: int) -> ResponseReturnValue:
    """The file of a copy that this person has just noted; later it is noted anew."""
    by = current_user.actor
    with reading() as s:
        just_noted(s, entry_id, "account.exported", by, now())
        told = json.dumps(own_copy(s, by.user_id), ensure_ascii=False, indent=2)
    return kept(told, f"my-data-{by.user_id}.json", "application/json; charset=utf-8")


@bp.route("/me/data/erase", methods=["GET", "POST"])
@asks(ERASE)
def erase() -> ResponseReturnValue:
    """Erase one's own account with the password again; there is no way back."""
    form, at, by = ConfirmedForm(), now(), current_user.actor
    if request.method == "POST" and form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                commands.erase_own(s, by=sure, at=at)
            leave(language=str(get_locale()))
            flash(gettext("Your account is erased. Farewell."))
            return redirect(url_for("desk.front"))
    with reading() as s:
        refusal = erase_refusal(confirmed(by, at), bonds(s, by.user_id), at)
    status = form.answer if form.errors or refusal is None else refusal.status
    return render_template("record/erase.html", form=form, refusal=refusal), status
