"""What people type about money: shape only, the law is in the rules."""

import re
import unicodedata
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select
from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from market.kernel.forms import ConfirmedForm, Form, MoneyField, TextField, WordField
from market.payments.models import Obligation
from market.payments.overview import Side, obligations_found
from market.payments.sheet import ObligationStatus

ACCOUNT_NUMBER = re.compile(r"[0-9A-Z]{8,34}")


class LookForm(Form):
    """Which of a party's obligations are listed, read from the address."""

    class Meta:
        """A reading form changes nothing."""

        csrf = False

    side = WordField(_l("Which side"), Side, blank=_l("Both"))
    state = WordField(_l("State"), ObligationStatus, blank=_l("All"))
    page = StringField()

    def found(self, party_id: int) -> Select[Obligation]:
        """What was asked for."""
        return obligations_found(party_id, self.side.data, self.state.data)

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for, as it stands in the address."""
        chosen = {"side": self.side.data, "state": self.state.data}
        return {name: member.value for name, member in chosen.items() if member}


class AccountForm(ConfirmedForm):
    """To which bank account a party's proceeds are sent."""

    holder = TextField(
        _l("Account holder"),
        [DataRequired()],
        most=120,
        description=_l("The party itself, as its bank spells it."),
    )
    bank = TextField(_l("Bank and branch"), [DataRequired()], most=120)
    number = TextField(
        _l("Account number"),
        [DataRequired()],
        most=60,
        description=_l("As it stands on the card or the opening letter; blanks do not matter."),
    )

    def validate_number(self, field: Any) -> None:
        """Digits and capitals as a bank writes them, blanks and hyphens taken out."""
        field.data = account_number(str(field.data))


def account_number(typed: str) -> str:
    """An account number as a bank writes it; what is none is refused with its sentence."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed).upper())
    if not ACCOUNT_NUMBER.fullmatch(plain):
        raise ValidationError(gettext("Write the account number: 8 to 34 digits or letters."))
    return plain


class PayoutForm(ConfirmedForm):
    """How much of a party's proceeds is to be sent to its account."""

    amount = MoneyField(_l("Amount (yuan)"), [InputRequired()])
