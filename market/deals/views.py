"""Pages of deals."""

from flask import Blueprint

bp = Blueprint("deals", __name__, template_folder="templates", url_prefix="/deals")
