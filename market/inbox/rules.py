"""Whom an act concerns, and how much it matters to them."""

from market.kernel.words import N_, Labelled


class Urgency(Labelled):
    """What a message asks of its reader."""

    WAITS = "waits", N_("Waits for you")
    BINDS = "binds", N_("Binds your party")
    TOLD = "told", N_("For your information")
