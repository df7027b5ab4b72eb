"""Forms of the rulebook: shape only."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired

from market.kernel.forms import ConfirmedForm, DayField, TextField, typed_in

MOST_DIGITS = 15


class WholeField(StringField):
    """A whole number, zero or more, in plain digits; gives an ``int`` or None."""

    data: Any
    number: int | None = None

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Parse strictly; the text stays as typed."""
        self.data = typed_in(self, valuelist)
        self.number = None
        if not self.data:
            return
        if not (self.data.isascii() and self.data.isdigit() and len(self.data) <= MOST_DIGITS):
            raise ValueError(gettext("Write a whole number, zero or more, in digits only."))
        self.number = int(self.data)


class AmendForm(ConfirmedForm):
    """A new value from a day on, with the article it rests on."""

    key = SelectField(_l("Parameter"))
    value = WholeField(
        _l("New value"),
        [InputRequired()],
        description=_l("A whole number in the parameter's unit."),
        render_kw={"inputmode": "numeric"},
    )
    valid_from = DayField(
        _l("Holds from"), [InputRequired()], description=_l("Tomorrow at the earliest.")
    )
    article = TextField(
        _l("Article"),
        [DataRequired()],
        most=120,
        description=_l("The provision on which the new value rests."),
    )
