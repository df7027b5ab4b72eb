"""Of which days the ledger is read."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, ValidationError

from market.kernel.forms import DayField, Form, WordField
from market.kernel.spreadsheets import TableKind


class DaysForm(Form):
    """The days and the kind of file, read from the address; nothing is posted."""

    class Meta:
        """A reading form changes nothing."""

        csrf = False

    first = DayField(_l("From"), [InputRequired()])
    last = DayField(_l("To"), [InputRequired()])
    file = WordField(_l("As"), TableKind)

    def validate_last(self, field: Any) -> None:
        """Days in their order."""
        if self.first.data and field.data and field.data < self.first.data:
            raise ValidationError(gettext("The last day lies before the first."))
