"""Pages of contracts."""

from flask import Blueprint

bp = Blueprint("contracts", __name__, template_folder="templates", url_prefix="/contracts")
