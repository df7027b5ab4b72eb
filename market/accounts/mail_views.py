"""When letters come: a person's own choice."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from werkzeug.exceptions import UnprocessableEntity

from market.accounts.commands import choose_mail
from market.accounts.forms import MailForm
from market.accounts.pages import bp
from market.accounts.rules import SEE_OWN, MailChoice
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import transaction


@bp.post("/me/mail")
@asks(SEE_OWN)
def mail() -> ResponseReturnValue:
    """Keep when letters come; the choices stand on the page, so another one was never offered."""
    form = MailForm()
    if not form.validate_on_submit():
        raise UnprocessableEntity
    with transaction() as s:
        by = current_user.actor
        choose_mail(s, by.user_id, MailChoice.of(form.choice.data), by=by, at=now())
    flash(gettext("Your choice is kept."))
    return redirect(url_for(".me"))
