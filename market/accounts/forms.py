"""Forms of accounts: shape only."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from market.accounts.identifiers import (
    canonical_email,
    canonical_phone,
    parse_uscc,
)
from market.accounts.rules import (
    PASSWORD_MOST,
    PartyKind,
    PartyNature,
    SellerClass,
    VenueKind,
)
from market.kernel.authority import STAFF, Role
from market.kernel.forms import (
    ConfirmedForm,
    Form,
    MultiWordField,
    TextField,
    WordField,
    option,
)
from market.kernel.text import Misread

ROLE_WORDS = (
    (Role.RESEARCHER.value, _l("I offer results: inventions, software, know-how")),
    (Role.COMPANY.value, _l("I look for results to use")),
    (Role.BROKER.value, _l("I bring the two sides together as a technology broker")),
)


class Unchosen(Optional):
    """A choice may stay open; blanks are no choice, and ``Optional`` would take them for one."""

    def __init__(self) -> None:
        super().__init__(strip_whitespace=False)


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


class PhoneField(StringField):
    """A telephone number in its one canonical form, or nothing."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Refuse what is no telephone number."""
        self.data = str(valuelist[0]) if valuelist else ""
        try:
            self.data = canonical_phone(self.data)
        except Misread as error:
            raise ValueError(gettext(error.sentence) % error.detail) from error


class UsccField(StringField):
    """A unified social credit code, or nothing; ``check_ok`` tells whether its checks hold."""

    check_ok = True

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Refuse what is no code; a failed check digit only warns (IDN-08)."""
        self.data = str(valuelist[0]) if valuelist else ""
        if not self.data.strip():
            self.data = ""
            return
        try:
            read = parse_uscc(self.data)
        except Misread as error:
            raise ValueError(gettext(error.sentence) % error.detail) from error
        self.data, self.check_ok = read.code, read.check_ok and read.subject_ok


class SignUpForm(Form):
    """Who somebody is and what brings them here."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired()],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    name = TextField(
        _l("Your name"),
        [DataRequired()],
        most=80,
        description=_l("As the other side of a contract knows you."),
        render_kw={"autocomplete": "name"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired()],
        description=_l("12 to 256 characters. A few unrelated words are best; spaces count."),
        render_kw={"autocomplete": "new-password"},
    )
    roles = MultiWordField(
        _l("What brings you here?"),
        choices=[option(role, words) for role, words in ROLE_WORDS],
        coerce=_role,
        description=_l("Tick all that fit. Staff of the market tick none."),
    )


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


class PartyForm(Form):
    """What a party says of itself."""

    kind = WordField(_l("The party is"), PartyKind, [InputRequired()], blank=_l("Please choose"))
    name = TextField(
        _l("Name"),
        [DataRequired()],
        most=120,
        description=_l("In full, as on the business licence or the identity card."),
    )
    name_en = TextField(_l("Name in English"), most=160)
    uscc = UsccField(
        _l("Unified social credit code"),
        description=_l("18 characters, for an organisation only."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters"},
    )
    seller_class = WordField(
        _l("Class when it sells"),
        SellerClass,
        [InputRequired()],
        blank=_l("Please choose"),
        description=_l("Decides which law binds a sale: state owners publish a notice first."),
    )
    nature = WordField(
        _l("Nature on the registration form"),
        PartyNature,
        [InputRequired()],
        blank=_l("Please choose"),
    )
    region_code = SelectField(_l("Region"), [InputRequired()])
    park_code = SelectField(_l("Park"), description=_l("Only where it is seated in one."))
    address = TextField(_l("Address"), most=200, render_kw={"autocomplete": "street-address"})
    representative = TextField(_l("Legal representative"), most=80)
    contact = TextField(_l("Contact person"), most=80)
    phone = PhoneField(
        _l("Telephone"),
        description=_l("Mobile, or landline with area code and extension."),
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
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


class VenueForm(Form):
    """A node of the venue tree."""

    kind = WordField(_l("Kind"), VenueKind, [InputRequired()], blank=_l("Please choose"))
    parent_id = SelectField(_l("Stands below"), [Unchosen()])
    name = TextField(_l("Name"), [DataRequired()], most=120)
    region_code = SelectField(_l("Region"), [InputRequired()])


class RegistryForm(Form):
    """A registry and the regions it serves."""

    code = StringField(
        _l("Code"),
        [InputRequired()],
        description=_l("Six digits; they open each number that it issues."),
        render_kw={"inputmode": "numeric", "maxlength": "6"},
    )
    name = TextField(_l("Name"), [DataRequired()], most=120)
    authority = TextField(
        _l("Authority"),
        [DataRequired()],
        most=120,
        description=_l("The department of science and technology that it answers to."),
    )
    regions = MultiWordField(
        _l("Territory"),
        [InputRequired()],
        description=_l("Each region is served by one registry only."),
    )

    def validate_code(self, field: StringField) -> None:
        """Six ASCII digits."""
        code = field.data or ""
        if not (len(code) == 6 and code.isascii() and code.isdigit()):
            raise ValidationError(gettext("Write six digits."))
