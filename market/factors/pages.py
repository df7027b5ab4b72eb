"""What the pages of second factors share: the blueprint."""

from flask import Blueprint

bp = Blueprint("factors", __name__, template_folder="templates")
