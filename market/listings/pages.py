"""The blueprint that all pages of listings share."""

from flask import Blueprint

bp = Blueprint("listings", __name__, template_folder="templates", url_prefix="/listings")
