"""What a reader of figures may ask for: a dimension, a period, the day to look back from."""

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import ValidationError

from market.contracts.terms import Kind5
from market.kernel.forms import DayField, Form, WordField
from market.turnover.rules import By

KEYS = {
    By.CITY: re.compile(r"[0-9]{6}"),
    By.PARK: re.compile(r"-|[0-9A-Z-]{1,12}"),
    By.KIND: re.compile("|".join(kind.value for kind in Kind5)),
    By.MONTH: re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])"),
}


class PeriodForm(Form):
    """The period of a report, read from the address; nothing is posted, so no token is needed."""

    class Meta:
        """A reading form changes nothing."""

        csrf = False

    by = WordField(_l("Broken down by"), By, needed=False)
    first = DayField(_l("From"))
    last = DayField(_l("To"))
    as_of = DayField(
        _l("As the register stood on"),
        description=_l("Leave it empty for the register as it stands now."),
    )


class FigureForm(PeriodForm):
    """One figure: a period and, unless it is the total, the key of its row."""

    key = StringField()
    page = StringField()

    def validate_key(self, field: Any) -> None:
        """A key is of the shape of its dimension."""
        if field.data and (self.by.data is None or not KEYS[self.by.data].fullmatch(field.data)):
            raise ValidationError(gettext("There is no such figure."))
