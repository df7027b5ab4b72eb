"""What the pages of places share: the blueprint, and a place's name for every page."""

from flask import Blueprint

from market.places.queries import place_name

bp = Blueprint("places", __name__, template_folder="templates")


@bp.app_context_processor
def _places() -> dict[str, object]:
    return {"place_name": place_name}
