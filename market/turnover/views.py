"""Pages of turnover."""

from flask import Blueprint

bp = Blueprint("turnover", __name__, template_folder="templates", url_prefix="/turnover")
