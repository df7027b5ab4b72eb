"""Pages of negotiation."""

from flask import Blueprint

bp = Blueprint("negotiation", __name__, template_folder="templates", url_prefix="/negotiations")
