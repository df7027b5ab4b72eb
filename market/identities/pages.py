"""What the pages of outside identities share: the blueprint."""

from flask import Blueprint

bp = Blueprint("identities", __name__, template_folder="templates")
