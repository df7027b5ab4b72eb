"""Pages of the registry for the parties: file, follow, correct, withdraw; the certificate."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.contracts.queries import get_contract
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import Missing, reading, transaction
from market.kernel.downloads import opened
from market.kernel.paging import page_number
from market.kernel.refusal import Refused
from market.registry import commands, file_views, office_views, public_views
from market.registry.forms import PlainForm
from market.registry.pages import bp
from market.registry.papers import certificate_pdf
from market.registry.queries import applications_page, fileable, get_application
from market.registry.rules import APPLY, OPEN, REPLACE, SEE

__all__ = [
    "bp",
    "file_views",
    "office_views",
    "public_views",
]  # all of them hang their routes on bp


@bp.get("/registry/applications")
@asks(SEE)
def index() -> ResponseReturnValue:
    """The acting party's applications, and its signed contracts that wait to be filed."""
    number = page_number(request.args.get("page"))
    party_id = current_user.actor.party_id or 0
    with reading() as s:
        return render_template(
            "registry/index.html",
            page=applications_page(s, party_id, number),
            waiting=fileable(s, party_id, file_views.today()),
            today=file_views.today(),
            open=OPEN,
        )


@bp.post("/registry/contracts/<int:contract_id>/applications")
@asks(APPLY)
def apply(contract_id: int) -> ResponseReturnValue:
    """File a signed contract; where the law says no, its reason and the way on."""
    at, by = now(), current_user.actor
    try:
        with transaction() as s:
            get_contract(s, contract_id, by, at)
            filed = commands.apply(s, contract_id, by=by, at=at)
            office, application_id = filed.office.name, filed.id
    except Refused as refused:
        page = render_template(
            "registry/not_filed.html", contract_id=contract_id, refusal=refused.refusal
        )
        return page, refused.refusal.status
    flash(gettext("Filed with %(office)s.", office=office))
    return redirect(url_for(".show", application_id=application_id))


@bp.post("/registry/applications/<int:application_id>/resubmit")
@asks(APPLY)
def resubmit(application_id: int) -> ResponseReturnValue:
    """Say that the corrected papers are in."""
    return file_views.decide(
        application_id, PlainForm(), commands.resubmit, gettext("Handed in again.")
    )


@bp.post("/registry/applications/<int:application_id>/withdraw")
@asks(APPLY)
def withdraw(application_id: int) -> ResponseReturnValue:
    """Take the application back."""
    return file_views.decide(application_id, PlainForm(), commands.withdraw, gettext("Withdrawn."))


@bp.post("/registry/applications/<int:application_id>/replacement")
@asks(REPLACE)
def replace(application_id: int) -> ResponseReturnValue:
    """Begin a corrected contract in place of the one that was not registered."""
    at, by, form = now(), current_user.actor, PlainForm()
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                get_application(s, application_id, by)
                made = commands.replace_contract(s, application_id, by=by, at=at).id
            flash(gettext("The corrected draft begins with the terms of the old contract."))
            return redirect(url_for("contracts.edit", contract_id=made))
    return file_views.file_page(application_id, typed=form)


@bp.get("/registry/applications/<int:application_id>/certificate.pdf")
@asks(SEE)
def certificate(application_id: int) -> ResponseReturnValue:
    """The certificate as a PDF with the QR code to its public page."""
    settings = current_app.extensions["market.settings"]
    with reading() as s:
        application = get_application(s, application_id, current_user.actor)
        if application.number is None:
            raise Missing("certificate", application_id)
        pdf = certificate_pdf(s, application, settings.base_url)
        return opened(pdf, f"{application.number}.pdf", "application/pdf")
