"""Pages of money: what is owed, each obligation, paying it, what is paid out, royalties."""

from market.payments import (
    money_views,
    obligation_views,
    paying_views,
    payout_views,
    royalty_views,
)
from market.payments.pages import bp

__all__ = [
    "bp",
    "money_views",
    "obligation_views",
    "paying_views",
    "payout_views",
    "royalty_views",
]  # all of them hang their routes on bp
