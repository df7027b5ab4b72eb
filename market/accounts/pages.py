"""What the pages of accounts share: the blueprint and the places to choose from."""

from flask import Blueprint
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from market.accounts.models import Park, Region
from market.accounts.queries import regions
from market.kernel.clock import day_of, now

bp = Blueprint("accounts", __name__, template_folder="templates")


def place_name(place: Region | Park) -> str:
    """A region or park in the reader's language."""
    return place.name if str(get_locale()) == "zh_Hans" else place.name_en


@bp.app_context_processor
def _places() -> dict[str, object]:
    return {"place_name": place_name}


def region_choices(session: Session) -> dict[str, str]:
    """The regions in force today: cities and their districts first, then the rest of the world."""
    known = regions(session, day_of(now()))
    far = {region.code: place_name(region) for region in known if region.city_code is None}
    return {"": gettext("Please choose"), **district_choices(session), **far}


def district_choices(session: Session) -> dict[str, str]:
    """The cities and districts of the zone, a district behind its city's name."""
    known = [r for r in regions(session, day_of(now())) if r.city_code is not None]
    city = {region.code: place_name(region) for region in known}
    return {
        r.code: city[r.code] if r.code == r.city_code else f"{city[r.city_code]} · {place_name(r)}"
        for r in known
        if r.city_code is not None
    }
