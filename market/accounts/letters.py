"""The letters of accounts: what each says, in its reader's language."""

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from market.accounts.rules import Purpose
from market.kernel.i18n import DEFAULT_LANGUAGE
from market.kernel.mail import Words, speaking, write


def send(
    session: Session,
    words: Callable[[], Words],
    *,
    key: str,
    to: str,
    language: str,
    at: datetime,
    secret: bool = False,
) -> None:
    """Write a letter in its reader's language."""
    language = language or DEFAULT_LANGUAGE
    with speaking(language):
        said = words()
    write(session, said, key=key, to=to, language=language, at=at, secret=secret)


def on_request(wanted: Purpose, *, known: bool, link: str) -> Words:
    """What somebody who asked for an account or a new password hears: only their mailbox knows."""
    if wanted is Purpose.SIGN_UP:
        return _you_are_known(link) if known else _sign_up(link)
    return _new_password(link) if known else _you_are_unknown(link)


def _unasked() -> str:
    return str(_("If it was not you, do nothing: without this letter nobody gets further."))


def _sign_up(link: str) -> Words:
    return Words(
        _("Open your account on the technology market"),
        (
            _("Somebody, probably you, wants to open an account with this address."),
            _("The button leads to the last step. It works once, within a day."),
            _unasked(),
        ),
        link=link,
        link_words=_("Open the account"),
    )


def _you_are_known(link: str) -> Words:
    return Words(
        _("You have an account on the technology market"),
        (
            _(
                "Somebody, probably you, wanted to open an account with this address. There is "
                "one already: simply sign in."
            ),
            _(
                "If you no longer know the password, the button lets you set a new one. It works "
                "once, within half an hour."
            ),
            _unasked(),
        ),
        link=link,
        link_words=_("Set a new password"),
    )


def _new_password(link: str) -> Words:
    return Words(
        _("Set a new password"),
        (
            _("Somebody, probably you, asked for a new password for this address."),
            _("The button lets you set one. It works once, within half an hour."),
            _unasked(),
        ),
        link=link,
        link_words=_("Set a new password"),
    )


def _you_are_unknown(link: str) -> Words:
    return Words(
        _("There is no account with this address"),
        (
            _("Somebody, probably you, asked for a new password for this address."),
            _(
                "The market has no account with it; perhaps yours has another address. If you "
                "would like to open one, the button leads there. It works once, within a day."
            ),
            _unasked(),
        ),
        link=link,
        link_words=_("Open the account"),
    )


def new_address(link: str) -> Words:
    """To the new address: confirm that it is yours."""
    return Words(
        _("Confirm your new address"),
        (
            _("You asked to sign in to the technology market with this address from now on."),
            _("The button confirms it. It works once, within half an hour, and only signed in."),
            _unasked(),
        ),
        link=link,
        link_words=_("Confirm the address"),
    )


def address_in_use() -> Words:
    """To an address that has an account of its own and is wanted for another."""
    return Words(
        _("This address has an account already"),
        (
            _(
                "Somebody wanted to use this address for another account. One address opens one "
                "account, so nothing was changed."
            ),
        ),
    )


def password_changed() -> Words:
    """To the owner: the password is another one."""
    return Words(
        _("Your password was changed"),
        (
            _("The password of your account on the technology market was changed just now."),
            _(
                "If it was not you, ask for a new password at once on the page where you sign in, "
                "and tell the administrator of the market."
            ),
        ),
    )


def address_changed() -> Words:
    """To the old address: it no longer opens the account."""
    return Words(
        _("Your address was changed"),
        (
            _("Your account on the technology market has another e-mail address from now on."),
            _("If it was not you, tell the administrator of the market at once."),
        ),
    )
