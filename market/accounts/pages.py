"""What the pages of accounts share: the blueprint."""

from flask import Blueprint

bp = Blueprint("accounts", __name__, template_folder="templates")
