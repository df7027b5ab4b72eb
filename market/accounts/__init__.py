"""People of the market, their roles and their keys."""
