"""The letter that invites to a seat."""

from flask_babel import gettext

from market.kernel.clock import day_of
from market.kernel.i18n import day, label
from market.kernel.mail import Words
from market.parties.models import Invitation


def invitation_words(invitation: Invitation, host: str, link: str) -> Words:
    """What the invited person reads; the same for everybody, known to the market or not."""
    party = invitation.party.name
    return Words(
        subject=gettext("%(party)s invites you to act for it", party=party),
        lines=(
            gettext("%(person)s of %(party)s offers you a seat.", person=host, party=party),
            gettext(
                "Open the link and sign in, or sign up with this address; then accept or decline. "
                "If you expected no such letter, leave it be: nothing happens without you."
            ),
        ),
        facts=(
            (gettext("Seat"), label(invitation.seat)),
            (gettext("The link opens once, until"), day(day_of(invitation.ticket.expires_at))),
        ),
        link=link,
        link_words=gettext("Look at the invitation"),
    )
