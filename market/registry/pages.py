"""The blueprint that the pages of the registry share."""

from flask import Blueprint

bp = Blueprint("registry", __name__, template_folder="templates")
