"""Letters to the owner of an account when its second factor changes, whoever changed it."""

from datetime import datetime
from enum import Enum

from flask_babel import gettext
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.i18n import instant
from market.kernel.mail import Words, speaking, write
from market.kernel.words import N_


class Tidings(Enum):
    """What happened: a key, and the subject and the sentence of its letter."""

    ENROLLED = (
        "enrolled",
        N_("A second factor guards your account"),
        N_("A second factor was set up for your account, or moved to another device."),
    )
    DROPPED = (
        "dropped",
        N_("The second factor of your account was turned off"),
        N_("From now on your account is guarded by its password alone."),
    )
    RESET = (
        "reset",
        N_("The second factor of your account was reset"),
        N_(
            "An administrator reset the second factor of your account and ended all its sessions. "
            "Sign in with your password and set it up anew."
        ),
    )
    RECOVERY_USED = (
        "recovery-used",
        N_("A recovery code of your account was used"),
        N_("Somebody signed in to your account with a recovery code, which is spent now."),
    )
    RENEWED = (
        "renewed",
        N_("Your account has new recovery codes"),
        N_("New recovery codes were made for your account; the old ones are void."),
    )


def tell(session: Session, user: User, tidings: Tidings, *, at: datetime) -> None:
    """Put the letter into the post, in the transaction of the act."""
    key, subject, sentence = tidings.value
    with speaking(user.language):
        words = Words(
            subject=gettext(subject),
            lines=(
                gettext(sentence),
                gettext("If it was not you, tell the market's administrator at once."),
            ),
            facts=((gettext("When"), instant(at)),),
        )
    write(
        session,
        words,
        key=f"factor-{key}/{user.id}/{at.isoformat()}",
        to=user.email,
        language=user.language,
        at=at,
    )
