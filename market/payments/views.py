"""Pages of money: what a party owes and is owed, each obligation, paying it, what is paid out."""

from market.payments import money_views, obligation_views, paying_views, payout_views
from market.payments.pages import bp

__all__ = [
    "bp",
    "money_views",
    "obligation_views",
    "paying_views",
    "payout_views",
]  # all of them hang their routes on bp
