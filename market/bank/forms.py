"""What people type at the matching desk: shape only, the law is in the rules."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.validators import DataRequired, ValidationError

from market.bank.mappings import MAPPINGS
from market.bank.rules import Use
from market.kernel.forms import ConfirmedForm, ProseField, TextField, WordField, option
from market.kernel.text import typed_id
from market.payments.references import ReferenceKind, found_references, key_of

KINDS = {Use.OBLIGATION: ReferenceKind.OBLIGATION, Use.PAYOUT: ReferenceKind.PAYOUT}


class ImportForm(ConfirmedForm):
    """A statement file, and the columns that it has."""

    files = frozenset({"file"})

    file = FileField(
        _l("Statement file"),
        [FileRequired(_l("Choose the file that the bank gave you."))],
        description=_l("CSV, XLSX or ISO 20022 camt.053 (XML), as downloaded; at most 1 MiB."),
        render_kw={"accept": ".csv,.txt,.tsv,.xlsx,.xml"},
    )
    mapping = SelectField(
        _l("Columns"),
        choices=[
            option("", _l("Recognised by the header")),
            *(option(mapping.name, _l(mapping.label)) for mapping in MAPPINGS),
        ],
        description=_l("Only for files of rows: what their columns are called."),
    )


class MatchForm(ConfirmedForm):
    """What a waiting line is, and why one thinks so."""

    use = WordField(_l("What it is"), Use)
    target = TextField(
        _l("Reference or number"),
        most=40,
        description=_l("Of the obligation or payout, such as JS0000004275; or the party's number."),
    )
    why = ProseField(_l("Why"), [DataRequired()], most=300, lines=5)

    key: int | None = None

    def validate_target(self, field: Any) -> None:
        """A reference of the kind that is wanted, or a plain number."""
        typed = str(field.data or "").strip()
        if not typed:
            return
        kind = KINDS.get(self.use.data)
        keys = [key_of(kind, each) for each in found_references(typed)] if kind else []
        self.key = keys[0] if keys else typed_id([typed])
        if self.key is None:
            raise ValidationError(gettext("That is no reference and no number of this kind."))
