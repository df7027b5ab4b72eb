"""What an auditor may ask for, take out, and under which number."""

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import DataRequired, ValidationError

from market.kernel.forms import (
    ConfirmedForm,
    DayField,
    Form,
    TextField,
    WholeField,
    WordField,
    option,
)
from market.record.rules import FileKind, Wanted
from market.record.table import SENTENCES

THREADS = (
    *("listing", "negotiation", "deal", "contract", "application"),
    *("party", "user", "venue", "registry"),
)
MOST_NUMBER = 2**63 - 1
HASH = re.compile(r"[0-9a-f]{4,64}")


ACTS = sorted({act.partition(":")[0] for act in SENTENCES})


def _any_of(values: Iterable[str]) -> list[Any]:
    return [option("", _l("any")), *(option(value, value) for value in values)]


class WantedFields(Form):
    """The fields of a question to the record."""

    first = DayField(_l("From"))
    last = DayField(_l("To"))
    act = SelectField(_l("Act"), choices=_any_of(ACTS), default="")
    person = WholeField(_l("Person (number)"), most=MOST_NUMBER)
    party = WholeField(_l("Party (number)"), most=MOST_NUMBER)
    kind = SelectField(_l("Thread or subject"), choices=_any_of(THREADS), default="")
    number = WholeField(_l("Its number"), most=MOST_NUMBER)
    hash = TextField(
        _l("Hash begins with"), most=64, description=_l("At least four characters of it.")
    )

    def validate_hash(self, field: Any) -> None:
        """A hash is hexadecimal."""
        if field.data and not HASH.fullmatch(field.data):
            raise ValidationError(gettext("Write four to 64 characters out of 0-9 and a-f."))

    @property
    def wanted(self) -> Wanted:
        """The question."""
        names = ("first", "last", "act", "person", "party", "kind", "number", "hash")
        asked = {name: self[name].data for name in names}
        return Wanted(**{name: value for name, value in asked.items() if value is not None})


class SearchForm(WantedFields):
    """A question read from the address; nothing is posted, so no token is needed."""

    class Meta:
        """A reading form changes nothing."""

        csrf = False

    before = WholeField(_l("Before"), most=MOST_NUMBER)


class ExportForm(WantedFields, ConfirmedForm):
    """Take what is asked for out of the market."""

    file = WordField(_l("As"), FileKind)


class NameForm(Form):
    """One's own name."""

    name = TextField(_l("Your name"), [DataRequired()], most=80)


class CaseForm(Form):
    """Open a case."""

    number = TextField(_l("Case number"), [DataRequired()], most=60)
    reason = TextField(_l("Why the talks must be read"), [DataRequired()], most=500)
