"""Pages of deals: what was agreed, and what comes next."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from market.deals.queries import deals_page, get_deal
from market.deals.rules import SEE_DEAL
from market.kernel.authority import asks
from market.kernel.clock import now
from market.kernel.db import reading
from market.kernel.paging import page_number

bp = Blueprint("deals", __name__, template_folder="templates", url_prefix="/deals")


@bp.get("/")
@asks(SEE_DEAL)
def index() -> ResponseReturnValue:
    """The deals of the acting party, on either side."""
    number = page_number(request.args.get("page"))
    with reading() as s:
        page = deals_page(s, current_user.actor.party_id, number)
        return render_template("deals/index.html", page=page)


@bp.get("/<int:deal_id>")
@asks(SEE_DEAL)
def show(deal_id: int) -> ResponseReturnValue:
    """One deal, with its terms as they were agreed."""
    with reading() as s:
        deal = get_deal(s, deal_id, current_user.actor, now())
        return render_template("deals/show.html", deal=deal)
