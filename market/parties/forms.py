"""Forms of parties: shape only."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired

from market.accounts.identifiers import (
    canonical_phone,
    parse_uscc,
)
from market.kernel.forms import (
    Form,
    TextField,
    WordField,
)
from market.kernel.text import Misread
from market.parties.rules import (
    PartyKind,
    PartyNature,
    SellerClass,
)


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
