"""``flask accounts``."""

from flask.cli import AppGroup

accounts = AppGroup("accounts")
