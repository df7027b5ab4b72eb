"""The public front page and everybody's home page."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from market.accounts.rules import MARKET_ROLES
from market.desk import board_views
from market.desk.homes import SHOWN, home
from market.desk.pages import bp
from market.desk.rules import HOME
from market.kernel.authority import SEE_PUBLIC, asks
from market.kernel.clock import day_of, now
from market.kernel.db import reading
from market.listings.queries import published as listed
from market.turnover.queries import seller_months
from market.turnover.rules import published

__all__ = ["board_views", "bp"]  # it hangs its routes on bp

TASKS = 12


@bp.get("/")
@asks(SEE_PUBLIC)
def front() -> ResponseReturnValue:
    """What the market is, its newest results, its published figures, and the ways in."""
    today = day_of(now())
    over = f"{today.year}-{today.month - 1:02d}" if today.month > 1 else f"{today.year - 1}-12"
    with reading() as s:
        page = listed(s, 1)
        return render_template(
            "desk/front.html",
            newest=page.rows[:SHOWN],
            offered=page.total,
            figure=published(seller_months(s, over)),
        )


@bp.get("/home", endpoint="home")
@asks(HOME)
def home_page() -> ResponseReturnValue:
    """What waits for this person, then one part for each of their roles."""
    at, by = now(), current_user.actor
    with reading() as s:
        mine = home(s, by, at)
        founding = by.party_id is None and by.has(*MARKET_ROLES)
        return render_template(
            "desk/home.html", home=mine, at=at, most=TASKS, founding=founding, today=day_of(at)
        )
