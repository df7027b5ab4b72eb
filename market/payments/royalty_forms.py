"""What people type about royalties: shape only, the law is in the rules."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired, InputRequired

from market.kernel.forms import ConfirmedForm, Form, MoneyField, ProseField, TextField, WholeField
from market.kernel.money import Money


class StatementForm(Form):
    """What a royalty is reckoned from in one period, and where the figure stands."""

    place = WholeField(_l("Period"), [InputRequired()], most=10_000)
    base = MoneyField(
        _l("What it is reckoned from (yuan)"),
        [InputRequired()],
        least=0,
        description=_l("The whole figure of the period, 0 where there was none."),
    )
    evidence = TextField(
        _l("Where the figure stands"),
        [DataRequired()],
        most=500,
        description=_l("Books, vouchers or reports, with their numbers; they may be inspected."),
    )

    @property
    def declared(self) -> tuple[int, Money, str]:
        """Period, figure and evidence, once the form reads well."""
        place, base = self.place.data, self.base.data
        assert place is not None, "the form asked for it"
        assert base is not None, "the form asked for it"
        return place, base, self.evidence.data or ""


class SureForm(StatementForm, ConfirmedForm):
    """The same figure, with the password again, once what it earns was shown."""


class InspectForm(Form):
    """Why the books are to be seen."""

    words = ProseField(_l("What you wish to see, and why"), [DataRequired()], most=1000, lines=20)


class AnswerForm(Form):
    """When and how the books are shown."""

    words = ProseField(
        _l("Your answer: when and where the books can be seen, or why not"),
        [DataRequired()],
        most=1000,
        lines=20,
    )
