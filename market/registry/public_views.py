"""The public check of a certificate: what a stranger with the code may know, and nothing else."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from market.kernel.authority import asks
from market.kernel.clock import day_of
from market.kernel.db import reading
from market.registry.forms import VerifyForm
from market.registry.pages import bp
from market.registry.queries import find_certificate
from market.registry.rules import VERIFY


@bp.route("/verify", methods=["GET", "POST"])
@asks(VERIFY)
def verify() -> ResponseReturnValue:
    """Take a check code, or the link of the QR code."""
    form = VerifyForm()
    if form.validate_on_submit():
        return redirect(url_for(".verified", check_code=form.check_code))
    return render_template("registry/verify.html", form=form), form.answer


@bp.get("/verify/<check_code>")
@asks(VERIFY)
def verified(check_code: str) -> ResponseReturnValue:
    """The registration that a code stands for; any other text stands for none."""
    with reading() as s:
        application = find_certificate(s, check_code)
        if application is None:
            return render_template("registry/unknown_code.html"), 404
        assert application.registered_at is not None, "only what is registered has a code"
        on = day_of(application.registered_at)
        return render_template("registry/verified.html", application=application, registered_on=on)
