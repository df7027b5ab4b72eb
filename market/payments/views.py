"""Pages of money: what is owed, each obligation, paying it, what is paid out, royalties.

And what the staff do: deposits, payouts under way, corrections.
"""

from market.payments import (
    correction_views,
    deposit_views,
    forfeit_views,
    money_views,
    obligation_views,
    paying_views,
    payout_views,
    royalty_views,
    sending_views,
)
from market.payments.pages import bp

__all__ = [
    "bp",
    "correction_views",
    "deposit_views",
    "forfeit_views",
    "money_views",
    "obligation_views",
    "paying_views",
    "payout_views",
    "royalty_views",
    "sending_views",
]  # all of them hang their routes on bp
