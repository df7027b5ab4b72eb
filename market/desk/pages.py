"""The blueprint that the pages of the desk share."""

from flask import Blueprint

bp = Blueprint("desk", __name__, template_folder="templates")
