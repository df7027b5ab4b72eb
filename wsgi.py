"""The market as a WSGI application: ``gunicorn wsgi:app``, ``flask --app wsgi …``."""

from config import Settings
from market.app import create_app

app = create_app(Settings.from_env())
