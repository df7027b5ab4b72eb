"""Forms of places: shape only."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, ValidationError

from market.kernel.forms import (
    Form,
    MultiWordField,
    TextField,
    Unchosen,
    WordField,
)
from market.places.rules import VenueKind


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
