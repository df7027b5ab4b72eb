"""Forms of second factors: shape only. What is no code at all is answered like a wrong one."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from market.kernel.forms import ConfirmedForm, Form

AS_DIGITS = {"inputmode": "numeric", "autocomplete": "one-time-code"}


class CodeForm(Form):
    """The app's code."""

    code = StringField(_l("Six-digit code"), [InputRequired()], render_kw=AS_DIGITS)


class RecoveryForm(Form):
    """A recovery code."""

    code = StringField(
        _l("Recovery code"),
        [InputRequired()],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


class EnrolForm(ConfirmedForm):
    """The secret that was offered, sealed, and a first code of the app that took it."""

    offer = HiddenField()
    code = StringField(
        _l("Six-digit code"),
        [InputRequired()],
        description=_l("What the app shows for this account now."),
        render_kw=AS_DIGITS,
    )
