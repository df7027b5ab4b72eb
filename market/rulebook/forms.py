"""Forms of the rulebook: shape only."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import DataRequired, InputRequired

from market.kernel.forms import ConfirmedForm, DayField, TextField, WholeField
from market.rulebook.rules import BOUNDS, Unit


class AmendForm(ConfirmedForm):
    """A new value from a day on, with the article it rests on."""

    key = SelectField(_l("Parameter"))
    value = WholeField(
        _l("New value"),
        [InputRequired()],
        least=0,
        most=BOUNDS[Unit.FEN][-1],
        description=_l("A whole number in the parameter's unit."),
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
