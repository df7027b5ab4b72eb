"""Pages of rulebook."""

from flask import Blueprint

bp = Blueprint("rulebook", __name__, template_folder="templates", url_prefix="/rulebook")
