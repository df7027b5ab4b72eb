"""Pages of the bank: statements, and the desk at which what waits is explained."""

from market.bank import desk_views, statement_views
from market.bank.pages import bp

__all__ = ["bp", "desk_views", "statement_views"]  # they hang their routes on bp
