"""Letters to the owner of an account when an outside identity opens it, or no longer does."""

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

    LINKED = (
        "linked",
        N_("Your account was linked to %(provider)s"),
        N_("From now on you may sign in to the market by %(provider)s, as you asked."),
    )
    UNLINKED = (
        "unlinked",
        N_("Your account is no longer linked to %(provider)s"),
        N_("From now on %(provider)s does not open your account any more."),
    )


def tell(session: Session, user: User, tidings: Tidings, provider: str, *, at: datetime) -> None:
    """Put the letter into the post, in the transaction of the act."""
    key, subject, sentence = tidings.value
    with speaking(user.language):
        words = Words(
            subject=gettext(subject, provider=provider),
            lines=(
                gettext(sentence, provider=provider),
                gettext("If it was not you, tell the market's administrator at once."),
            ),
            facts=((gettext("When"), instant(at)),),
        )
    write(
        session,
        words,
        key=f"identity-{key}/{user.id}/{at.isoformat()}",
        to=user.email,
        language=user.language,
        at=at,
    )
