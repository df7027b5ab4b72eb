"""Pages of listings: the public catalogue and page, a seller's own list."""

from flask import abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from market.kernel.authority import SEE_PUBLIC, asks
from market.kernel.db import reading
from market.kernel.i18n import sentence
from market.kernel.paging import page_number
from market.kernel.text import Misread
from market.listings import draft_views as draft_views
from market.listings import step_views as step_views
from market.listings.following import CAP, find
from market.listings.forms import ReasonForm
from market.listings.pages import bp as bp
from market.listings.queries import counts, of_seller, published
from market.listings.rules import SEE_DRAFT, Status
from market.listings.search import TextIndex
from market.listings.step_views import show_page
from market.listings.tokens import read_query


def asked(*names: str) -> dict[str, str]:
    """The query parameters, each known and given once; anything else is refused, not ignored."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise BadRequest
        if name not in names:
            abort(422)
    return request.args.to_dict()


def text_index() -> TextIndex:
    """The text index of the current application."""
    found: TextIndex = current_app.extensions["market.search"]
    return found


@bp.get("/")
@asks(SEE_PUBLIC)
def index() -> ResponseReturnValue:
    """What is on the market, newest first; or what answers a query, best first."""
    given = asked("q", "page")
    number, q = page_number(given.get("page")), given.get("q", "").strip()
    with reading() as s:
        try:
            found = find(s, text_index(), read_query(q)) if q else None
        except Misread as error:
            fault = sentence(error.reason, **error.detail)
            return render_template("listings/index.html", page=None, q=q, fault=fault), 422
        page = published(s, number, found.ids if found else None)
        capped = CAP if found and found.truncated else None
        return render_template("listings/index.html", page=page, q=q, fault=None, capped=capped)


@bp.get("/<int:listing_id>")
@asks(SEE_PUBLIC)
def show(listing_id: int) -> ResponseReturnValue:
    """The page of a result: public once published, before that for its people only."""
    return show_page(listing_id, ReasonForm(formdata=None))


@bp.get("/mine")
@asks(SEE_DRAFT)
def mine() -> ResponseReturnValue:
    """The acting party's listings, by where they stand."""
    given = asked("status", "page")
    number = page_number(given.get("page"))
    states = {status.value: status for status in Status}
    if given.get("status") not in {None, *states}:
        abort(422)
    status = states.get(given.get("status", ""))
    seller_id = current_user.actor.party_id or 0
    with reading() as s:
        return render_template(
            "listings/mine.html",
            page=of_seller(s, seller_id, number, status),
            counted=counts(s, seller_id),
            chosen=status,
            statuses=Status,
        )
