"""Forms of accounts: shape only."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length

from market.accounts.identifiers import canonical_email
from market.accounts.rules import PASSWORD_MOST, MailChoice
from market.kernel.authority import STAFF, Role
from market.kernel.forms import (
    ConfirmedForm,
    Form,
    MultiWordField,
    TextField,
    Unchosen,
    option,
)
from market.kernel.text import Misread

ROLE_WORDS = (
    (Role.RESEARCHER.value, _l("I offer results: inventions, software, know-how")),
    (Role.COMPANY.value, _l("I look for results to use")),
    (Role.BROKER.value, _l("I bring the two sides together as a technology broker")),
)


def _role(value: str) -> Role:
    return Role.of(value)


class EmailField(StringField):
    """An e-mail address in its one canonical form."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Refuse what is no address; two spellings become one."""
        self.data = str(valuelist[0]) if valuelist else ""
        try:
            self.data = canonical_email(self.data)
        except Misread as error:
            raise ValueError(gettext(error.sentence) % error.detail) from error


class AddressForm(Form):
    """An address to which a letter goes."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired()],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )


class NewPasswordForm(Form):
    """A password that its owner chooses."""

    password = PasswordField(
        _l("Password"),
        [InputRequired()],
        description=_l("12 to 256 characters. A few unrelated words are best; spaces count."),
        render_kw={"autocomplete": "new-password"},
    )


class JoinForm(NewPasswordForm):
    """Who somebody is and what brings them here."""

    name = TextField(
        _l("Your name"),
        [DataRequired()],
        most=80,
        description=_l("As the other side of a contract knows you."),
        render_kw={"autocomplete": "name"},
    )
    roles = MultiWordField(
        _l("What brings you here?"),
        choices=[option(role, words) for role, words in ROLE_WORDS],
        coerce=_role,
        description=_l("Tick all that fit. Staff of the market tick none."),
    )


class PasswordForm(ConfirmedForm):
    """The password of before, and another one."""

    new_password = PasswordField(
        _l("New password"),
        [InputRequired()],
        description=_l("12 to 256 characters. A few unrelated words are best; spaces count."),
        render_kw={"autocomplete": "new-password"},
    )
    others = BooleanField(_l("Sign me out everywhere else"), default=True)


class ChangeAddressForm(ConfirmedForm, AddressForm):
    """Another address, with the password."""


class SignInForm(Form):
    """Address and password."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired()],
        render_kw={"autocomplete": "username", "inputmode": "email"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(), Length(max=PASSWORD_MOST)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class MailForm(Form):
    """When letters come."""

    choice = RadioField(
        _l("Letters about what concerns you"),
        [InputRequired()],
        choices=[option(choice.value, _l(choice.label)) for choice in MailChoice],
        description=_l("The inbox holds everything in any case. Letters on security always come."),
    )


class RoleForm(ConfirmedForm):
    """One staff role; the button says whether it is given or taken."""

    role = SelectField(
        _l("Role"),
        [InputRequired()],
        choices=[
            option("", _l("Please choose")),
            *(option(role.value, _l(role.label)) for role in Role if role in STAFF),
        ],
    )
    registry_id = SelectField(
        _l("Registry"),
        [Unchosen()],
        description=_l("For a registrar only: the registry they are posted to."),
    )
