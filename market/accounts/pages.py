"""What the pages of accounts share: the blueprint and the places to choose from."""

from flask import Blueprint
from flask_babel import get_locale
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
    """The regions in force today, a district behind its city's name."""
    known = regions(session, day_of(now()))
    city = {region.code: place_name(region) for region in known}
    return {region.code: " · ".join([*_city(city, region), place_name(region)]) for region in known}


def _city(known: dict[str, str], region: Region) -> list[str]:
    if region.city_code in (None, region.code):
        return []
    return [known.get(str(region.city_code), "")]
