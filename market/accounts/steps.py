"""The steps of signing in: a first proof, and the second factor where its owner has one.

Between the two there is no session, only a note in the signed cookie: who, when, and a mark of the
password that was given.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import session as cookie
from flask import url_for
from flask_babel import get_locale
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.sessions import SignedIn, begin, enter, leave
from market.accounts.tickets import digest
from market.kernel.authority import Actor
from market.kernel.db import reading

HALF_HOLDS = timedelta(minutes=10)
"""How long a first proof waits for the second factor."""


@dataclass(frozen=True)
class Half:
    """Somebody who gave a first proof and owes the second factor; ``mark`` ties it to the password
    of that moment, ``then`` is where they wanted to go."""

    user_id: int
    mark: str
    since: datetime
    then: str

    @property
    def by(self) -> Actor:
        """Who tries to prove themselves."""
        return Actor(self.user_id)


def prove(session: Session, user: User, *, then: str, at: datetime) -> SignedIn | Half:
    """What a first proof leads to (a password, a provider): a session, or the second step.

    Give it to ``admit`` once the transaction is through.
    """
    if user.totp_since is None:
        return begin(session, user, factor=False, at=at)
    return Half(user.id, digest(user.password_hash), at, then)


def admit(person: SignedIn | Half, *, then: str = "", language: str = "") -> str:
    """Let somebody in, all the way or to the second step; gives the address to go to.

    Who needs a factor and has none is led to setting one up.
    """
    language = language or str(get_locale())
    if isinstance(person, SignedIn):
        enter(person, language=language)
        return url_for("factors.enrol") if person.actor.asleep else then or url_for("desk.home")
    leave(language=language)
    known = {"mark": person.mark, "since": person.since.isoformat(), "then": person.then}
    cookie["half"] = {"user": person.user_id, **known}
    return url_for("factors.give")


def half_way(at: datetime) -> Half | None:
    """Who waits for the second step in this browser, unless they took too long, the password was
    changed meanwhile, or the factor is gone."""
    kept = cookie.get("half")
    if kept is None:
        return None
    half = Half(kept["user"], kept["mark"], datetime.fromisoformat(kept["since"]), kept["then"])
    with reading() as session:
        user = session.get(User, half.user_id)
        same = user is not None and secrets.compare_digest(digest(user.password_hash), half.mark)
        ready = user is not None and user.totp_since is not None and user.suspended_at is None
    fresh = timedelta(0) <= at - half.since <= HALF_HOLDS
    return half if same and ready and fresh else None
