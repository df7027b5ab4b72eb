"""Who is signed in, and giving the password again for acts that bind.

The browser's cookie keeps a secret of 256 bits, the CSRF token, flashes and the language; who that
is, since when, with which proof and for which party stands in the table (``SignIn``). This is the
only place beneath the views that knows the request: it is the other end of the cookie.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from math import ceil

from flask import Response, after_this_request, current_app, request
from flask import session as cookie
from flask_login import current_user, login_user, logout_user
from sqlalchemy import update
from sqlalchemy.orm import Session

from config import Settings
from market.accounts.devices import KNOWN_FOR, Device, known_device, remembered
from market.accounts.doors import At, door, forgive, has_counted, knock, network_of, pause
from market.accounts.limits import NOTICED_EVERY, Door
from market.accounts.models import SignIn, User
from market.accounts.passwords import Passwords
from market.accounts.queries import confirmed, get_user
from market.accounts.rules import (
    PASSWORD_LEAST,
    PASSWORD_MOST,
    AccountRefusal,
    Profile,
    password_refusal,
    rotation_due,
)
from market.accounts.session_commands import begin_session
from market.accounts.tickets import digest, new_secret
from market.kernel.authority import NEEDS_FACTOR, Actor
from market.kernel.db import apart, reading
from market.kernel.forms import ConfirmedForm
from market.kernel.refusal import Refused, insist

MOST_ADDRESS, MOST_AGENT = 64, 200


class SignedIn:
    """The person of this request, read anew each time: a role taken is gone at once."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(
        self, actor: Actor, sign_in: SignIn, secret: str, *, overdue: bool = False
    ) -> None:
        self.actor, self.overdue = actor, overdue
        self.sign_in_id, self.factor, self.seen_at = sign_in.id, sign_in.factor, sign_in.seen_at
        self._secret = secret

    def get_id(self) -> str:
        """What the cookie keeps of them: nothing but the session's secret."""
        return self._secret


def begin(session: Session, user: User, *, factor: bool, at: datetime) -> SignedIn:
    """A new session of this person, in the transaction in which they proved who they are.

    Give it to ``enter`` once the transaction is through.
    """
    asleep = frozenset() if factor else NEEDS_FACTOR & {held.role for held in user.roles}
    secret, by = new_secret(), Actor(user.id, user.name, asleep=asleep)
    begun = begin_session(
        session,
        user.id,
        token_hash=digest(secret),
        factor=factor,
        address=(request.remote_addr or "")[:MOST_ADDRESS],
        agent=request.user_agent.string[:MOST_AGENT],
        by=by,
        at=at,
    )
    return SignedIn(by, begun, secret)


def enter(person: SignedIn, *, language: str) -> None:
    """Hand the browser its new secret; what was planted before is gone (promises 7 C 47)."""
    cookie.clear()
    cookie.permanent = True
    cookie["language"] = language
    login_user(person)
    after_this_request(partial(_remember_device, person.actor.user_id))


def _remember_device(user_id: int | None, answer: Response) -> Response:
    """From now on this browser is known to its person, for a year (promises 6, item 42)."""
    answer.set_cookie(
        device_cookie(),
        remembered(settings().secret_key, _device(), user_id or 0),
        max_age=KNOWN_FOR,
        secure=settings().production,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _device() -> Device:
    return known_device(settings().secret_key, request.cookies.get(device_cookie(), ""))


def device_cookie() -> str:
    """The name of the cookie by which a browser is known."""
    return "__Host-device" if settings().production else "device"


def settings() -> Settings:
    """The settings of the current application."""
    found = current_app.extensions["market.settings"]
    assert isinstance(found, Settings)
    return found


def profile() -> Profile:
    """By which rules this market judges passwords."""
    return Profile.of(settings().password_profile)


def leave(*, language: str) -> None:
    """Forget everything in the browser but the language."""
    logout_user()
    cookie.clear()
    cookie["language"] = language


def notice(at: datetime) -> None:
    """Look who asks, before the view begins; note once a minute that they were here."""
    person = current_user._get_current_object()
    if isinstance(person, SignedIn) and at - person.seen_at >= NOTICED_EVERY:
        with apart() as session:
            mine = update(SignIn).where(SignIn.id == person.sign_in_id)
            session.execute(mine.values(seen_at=at))


def act_for(session: Session, party_id: int) -> None:
    """Act for this party from now on, in this session."""
    mine = update(SignIn).where(SignIn.id == current_user.sign_in_id)
    session.execute(mine.values(party_id=party_id))


def doors_of(email: str, user_id: int | None) -> list[At]:
    """The doors before an account: its own and the network address's.

    A device on which its owner signed in before has a door of its own, so that nobody who guesses
    from elsewhere keeps the owner out.
    """
    key, device = settings().secret_key, _device()
    if user_id is not None and user_id in device.users:
        return [door(Door.DEVICE, f"{device.id}/{user_id}", key)]
    return [door(Door.ACCOUNT, email, key), door(Door.NETWORK, _network(), key)]


def doors_of_factor(user_id: int) -> list[At]:
    """The door before a second factor; where its owner signed in before, a door of their own."""
    device = _device()
    behind = f"{device.id}/{user_id}" if user_id in device.users else str(user_id)
    return [door(Door.FACTOR, behind, settings().secret_key)]


def doors_of_letters(email: str) -> list[At]:
    """The doors before the post: for the address it goes to, and for where the wish comes from."""
    key = settings().secret_key
    return [door(Door.LETTER_TO, email, key), door(Door.LETTER_FROM, _network(), key)]


def _network() -> str:
    return network_of(request.remote_addr or "")


def come_near(
    doors: Sequence[At], at: datetime, refusal: AccountRefusal = AccountRefusal.TOO_MANY
) -> None:
    """Count an attempt at these doors, or refuse it with the time to wait, also in the header.

    In a transaction of its own, through before anything is hashed: an attempt counts however the
    request ends, a thousand at once as well.
    """
    with apart() as session:
        still = knock(session, doors, at)
    refuse_until(still, refusal)


def refuse_until(still: timedelta, refusal: AccountRefusal) -> None:
    """Refuse where somebody must wait yet, and say how long."""
    if still:
        seconds = ceil(still.total_seconds())
        after_this_request(partial(_say_when, seconds))
        raise Refused(refusal, minutes=ceil(seconds / 60))


def _say_when(seconds: int, answer: Response) -> Response:
    answer.headers["Retry-After"] = str(seconds)
    return answer


def passwords() -> Passwords:
    """The hasher of the current application."""
    found = current_app.extensions["market.passwords"]
    assert isinstance(found, Passwords)
    return found


def confirmed_by(by: Actor, form: ConfirmedForm, at: datetime) -> Actor:
    """The person of this request, once the password in the form has proved to be theirs.

    Hashing takes tens of milliseconds: it happens before the writing transaction begins.
    """
    again = [door(Door.AGAIN, str(by.user_id), settings().secret_key)]
    with reading() as session:
        stored = get_user(session, by.user_id or 0).password_hash
        refuse_until(pause(session, again, at), AccountRefusal.TOO_MANY)
        was_wrong = has_counted(session, again)
    if not passwords().check(form.password.data or "", stored):
        with apart() as session:
            knock(session, again, at)
        raise Refused(AccountRefusal.WRONG_PASSWORD, field="password")
    if was_wrong:
        with apart() as session:
            forgive(session, again)
    return confirmed(by, at)


def new_hash(password: str, *, email: str, name: str, field: str = "password") -> str:
    """The hash of a password that its rule accepts, taken exactly as typed.

    The rule comes before the hash, so that a megabyte costs nothing; the hash comes before the
    writing transaction.
    """
    own = (email, email.partition("@")[0], name)
    insist(
        password_refusal(password, context=own, profile=profile()),
        field=field,
        least=PASSWORD_LEAST,
        most=PASSWORD_MOST,
    )
    return passwords().make(password)


def is_overdue(user: User, at: datetime) -> bool:
    """Whether this person must choose a new password before anything else (等保 profile)."""
    roles = {held.role for held in user.roles}
    return rotation_due(profile(), roles, user.password_changed_at or user.created_at, at)
