"""The blueprint that all pages of contracts share."""

from flask import Blueprint

bp = Blueprint("contracts", __name__, template_folder="templates", url_prefix="/contracts")
