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

from market.accounts.identifiers import canonical_email, canonical_phone, parse_uscc
from market.kernel.authority import Seat
from market.kernel.forms import (
    CanonicalField,
    ConfirmedForm,
    DayField,
    Form,
    PercentField,
    ProseField,
    TextField,
    WordField,
    option,
)
from market.kernel.text import Misread
from market.parties.rules import PaperKind, PartyKind, PartyNature, SellerClass
from market.parties.ties import TieKind


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
    phone = CanonicalField(
        _l("Telephone"),
        read=canonical_phone,
        description=_l("Mobile, or landline with area code and extension."),
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )


SEAT_WORDS = _l(
    "An editor prepares; a signatory binds the party and keeps its members; a transfer office "
    "prepares, and binds while the party's written authority holds."
)


class InviteForm(ConfirmedForm):
    """A seat offered to an address."""

    email = CanonicalField(
        _l("E-mail address"),
        [InputRequired()],
        read=canonical_email,
        render_kw={"autocomplete": "off", "inputmode": "email"},
    )
    seat = WordField(
        _l("Seat"), Seat, [InputRequired()], blank=_l("Please choose"), description=SEAT_WORDS
    )


class SeatForm(ConfirmedForm):
    """A member's seat, and a transfer office's written authority."""

    seat = WordField(_l("Seat"), Seat, [InputRequired()], description=SEAT_WORDS)
    authority_ref = TextField(
        _l("Written authority: reference"),
        most=120,
        description=_l("Of a transfer office only: number or date of the paper (REG-12)."),
    )
    authority_until = DayField(
        _l("Written authority: last day"),
        description=_l("After this day the office prepares, but binds no more."),
    )


class SureForm(ConfirmedForm):
    """An act that needs nothing but the password."""


class PaperForm(Form):
    """A paper that shows who a party is."""

    kind = WordField(_l("Paper"), PaperKind, [InputRequired()], blank=_l("Please choose"))
    reference = TextField(
        _l("Reference"),
        [DataRequired()],
        most=120,
        description=_l("The number on the paper. Of an identity card the last four digits only."),
    )
    issued_by = TextField(_l("Issued by"), most=120)
    issued_on = DayField(_l("Issued on"))


class WhyForm(Form):
    """A reason that the party reads."""

    why = ProseField(
        _l("Reason"),
        [DataRequired()],
        most=500,
        description=_l("The party reads it: say what to put right."),
    )


class SuspendForm(ConfirmedForm):
    """A reason that the party reads, with the password."""

    why = ProseField(
        _l("Reason"), [DataRequired()], most=500, description=_l("The party's members read it.")
    )


class TieForm(Form):
    """How this party stands to another."""

    way = SelectField(
        _l("How they stand"),
        [InputRequired()],
        choices=[
            option("", _l("Please choose")),
            option("holder-control", _l("this party controls the other")),
            option("held-control", _l("the other controls this party")),
            option("holder-equity", _l("this party holds a share of the other")),
            option("held-equity", _l("the other holds a share of this party")),
        ],
    )
    other = TextField(
        _l("The other party"),
        [DataRequired()],
        most=160,
        description=_l("Its unified social credit code, or its name and number."),
    )
    share_bp = PercentField(
        _l("Share in percent"), description=_l("For a holding only, for instance 33.4.")
    )
    since_on = DayField(_l("Since"), [InputRequired()])
    source = TextField(
        _l("Shown by"),
        [DataRequired()],
        most=200,
        description=_l("The register or paper it rests on."),
    )

    @property
    def kind(self) -> TieKind:
        """Control or equity."""
        return TieKind.of(self.way.data.partition("-")[2])

    @property
    def holds(self) -> bool:
        """Whether this party is the holder."""
        return str(self.way.data).startswith("holder")


class EndTieForm(Form):
    """The day on which a tie ended."""

    ended_on = DayField(_l("Ended on"), [InputRequired()])
