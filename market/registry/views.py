"""Pages of registry."""

from flask import Blueprint

bp = Blueprint("registry", __name__, template_folder="templates", url_prefix="/registry")
