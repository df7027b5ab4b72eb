"""Pages of second factors for administrators: a lost device."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.queries import get_user
from market.accounts.sessions import confirmed_by
from market.factors.commands import reset_factor
from market.factors.letters import Tidings, tell
from market.factors.pages import bp
from market.factors.queries import factor_of
from market.factors.rules import RESET
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import reading, transaction
from market.kernel.forms import ConfirmedForm


@bp.route("/users/<int:user_id>/second-factor", methods=["GET", "POST"])
@asks(RESET)
def reset(user_id: int) -> ResponseReturnValue:
    """Forget the factor of somebody who lost it; they hear of it by letter."""
    at, form = now(), ConfirmedForm()
    if form.validate_on_submit():
        with form.keeping():
            by = confirmed_by(current_user.actor, form, at)
            with transaction() as s:
                tell(s, reset_factor(s, user_id, by=by, at=at), Tidings.RESET, at=at)
            flash(gettext("The second factor is reset; its owner hears of it by letter."))
            return redirect(url_for("accounts.grant", user_id=user_id))
    with reading() as s:
        user, factor = get_user(s, user_id), factor_of(s, user_id)
        page = render_template("factors/reset.html", form=form, user=user, factor=factor)
    return page, form.answer
