"""Signing in by an outside provider, and which account an outside identity belongs to.

An identity is a provider's name for a person: issuer and subject, nothing else. It opens an account
only where its owner, signed in, has linked it; equal e-mail addresses prove nothing.
"""

from datetime import datetime, timedelta

from market.kernel.authority import Act, Actor, WhoRefusal, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_

FLOW_HOLDS = timedelta(minutes=10)
"""How long a person may take at the provider."""
LEEWAY = timedelta(seconds=60)
"""How far the provider's clock may be from the market's."""
MOST_SUBJECT = 255


class IdentityRefusal(Refusal):
    """Why a sign-in by the provider, or a link to it, is not as asked."""

    FLOW_LOST = (
        "flow-lost",
        N_("This sign-in was not begun in this browser, or it took too long. Please begin anew."),
    )
    NOT_PROVED = (
        "not-proved",
        N_("%(provider)s did not confirm who you are. Please begin anew, or use your password."),
    )
    PROVIDER_SILENT = (
        "provider-silent",
        N_("%(provider)s does not answer just now. Please try again later, or use your password."),
    )
    TAKEN = (
        "identity-taken",
        N_("This account at %(provider)s is linked to another account of the market."),
    )

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this."""
        return STATUS[self]


STATUS = {
    IdentityRefusal.FLOW_LOST: 400,
    IdentityRefusal.NOT_PROVED: 401,
    IdentityRefusal.PROVIDER_SILENT: 503,
    IdentityRefusal.TAKEN: 409,
}
LINK = Act("account.link-identity", N_("Link one's own outside identity"), su=True)
UNLINK = Act("account.unlink-identity", N_("Undo the link to an outside identity"), su=True)
ACTS = (LINK, UNLINK)


def flow_refusal(begun_at: datetime, at: datetime) -> IdentityRefusal | None:
    """A flow comes to its end within minutes."""
    fresh = timedelta(0) <= at - begun_at <= FLOW_HOLDS
    return None if fresh else IdentityRefusal.FLOW_LOST


def link_refusal(by: Actor, owner_id: int | None, at: datetime) -> Refusal | None:
    """An identity is linked by a person to their own account, and belongs to one account only."""
    who: WhoRefusal | None = who_refusal(LINK, by, at)
    if who is not None:
        return who
    return None if owner_id in (None, by.user_id) else IdentityRefusal.TAKEN


def unlink_refusal(by: Actor, at: datetime) -> WhoRefusal | None:
    """A link is undone by its owner; the password stays a way in."""
    return who_refusal(UNLINK, by, at)
