"""``flask listings``."""

from flask.cli import AppGroup

listings = AppGroup("listings")
