"""Who needs a second factor, and what may be done with one.

A factor is required of those who decide for others (``NEEDS_FACTOR``, ASVS 6.3.3) and offered to
everybody. Only its owner sets it up or turns it off; an administrator may reset another's.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from market.kernel.authority import NEEDS_FACTOR, Act, Actor, Role, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_

RECOVERY_CODES = 10
FEW_CODES = 3
"""So many left, and the owner is asked to make new ones."""
OFFER_HOLDS = timedelta(minutes=30)
"""How long a secret that was offered for setting up may be confirmed."""


class FactorRefusal(Refusal):
    """Why a second factor is not as asked."""

    WRONG_CODE = (
        "wrong-code",
        N_("This code is not right, or it was used already. Wait for the next one and try again."),
    )
    WRONG_RECOVERY_CODE = (
        "wrong-recovery-code",
        N_("This recovery code is not right, or it was used already."),
    )
    OFFER_OVER = (
        "offer-over",
        N_("This page was open for too long. Here is a new QR code; scan this one."),
    )
    NOT_ENROLLED = "not-enrolled", N_("No second factor is set up for this account.")
    NEEDED = (
        "factor-needed",
        N_("Your role needs a second factor. Move it to another device instead."),
    )
    OWN_FACTOR = (
        "own-factor",
        N_("Nobody resets their own second factor; another administrator does."),
    )

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this: 401 where who it is was not proved."""
        return 401 if self in UNPROVED else 409


UNPROVED = frozenset({FactorRefusal.WRONG_CODE, FactorRefusal.WRONG_RECOVERY_CODE})
ENROL = Act("account.enrol-factor", N_("Set up one's own second factor"), su=True)
RENEW_CODES = Act("account.renew-codes", N_("Make new recovery codes for oneself"), su=True)
DROP = Act("account.drop-factor", N_("Turn off one's own second factor"), su=True)
RESET = Act(
    "account.reset-factor",
    N_("Reset another person's second factor"),
    frozenset({Role.ADMINISTRATOR}),
    su=True,
)
ACTS = (ENROL, RENEW_CODES, DROP, RESET)


def code_refusal(step: int | None, last_step: int | None) -> FactorRefusal | None:
    """A code counts once: its half minute comes after the last one given (ASVS 6.5.1)."""
    if last_step is None:
        return FactorRefusal.NOT_ENROLLED
    if step is None or step <= last_step:
        return FactorRefusal.WRONG_CODE
    return None


def offer_refusal(offered_at: datetime | None, at: datetime) -> FactorRefusal | None:
    """An offered secret is confirmed soon, or another is offered."""
    fresh = offered_at is not None and timedelta(0) <= at - offered_at <= OFFER_HOLDS
    return None if fresh else FactorRefusal.OFFER_OVER


def enrol_refusal(
    by: Actor, step: int | None, last_step: int | None, at: datetime
) -> Refusal | None:
    """A factor is set up, or moved to another device, by its owner and with a first right code."""
    who = who_refusal(ENROL, by, at)
    if who is not None:
        return who
    return code_refusal(step, -1 if last_step is None else last_step)


def renew_refusal(by: Actor, at: datetime, *, enrolled: bool) -> Refusal | None:
    """New recovery codes are made by who has a factor."""
    return who_refusal(RENEW_CODES, by, at) or _unless(enrolled)


def drop_refusal(
    by: Actor, held: Iterable[Role], at: datetime, *, enrolled: bool
) -> Refusal | None:
    """A factor is turned off by its owner, unless a role that they hold needs one."""
    who = who_refusal(DROP, by, at)
    if who is not None:
        return who
    if not NEEDS_FACTOR.isdisjoint(held):
        return FactorRefusal.NEEDED
    return _unless(enrolled)


def reset_refusal(by: Actor, owner_id: int, at: datetime, *, enrolled: bool) -> Refusal | None:
    """A lost factor is reset by an administrator, never by its owner."""
    who = who_refusal(RESET, by, at)
    if who is not None:
        return who
    if owner_id == by.user_id:
        return FactorRefusal.OWN_FACTOR
    return _unless(enrolled)


def forget_refusal(*, enrolled: bool) -> FactorRefusal | None:
    """Whoever sits in the machine room could write the row itself; the command at least tells."""
    return _unless(enrolled)


def _unless(enrolled: bool) -> FactorRefusal | None:
    return None if enrolled else FactorRefusal.NOT_ENROLLED
