"""What the pages of parties share: the blueprint."""

from flask import Blueprint

bp = Blueprint("parties", __name__, template_folder="templates")
