"""Forms of the registry: shape only. Several stand on one page, so each keeps its own ids."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field
from wtforms.validators import DataRequired, InputRequired, StopValidation

from market.kernel.forms import (
    ConfirmedForm,
    Form,
    MoneyField,
    MultiWordField,
    ProseField,
    TextField,
    option,
)
from market.registry.queries import CODE
from market.registry.rules import Reason

NOTE_MOST = 1000


class DeskForm(Form):
    """A form beside others on one page."""

    act = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.id = f"{self.act}-{field.name}"
            field.label.field_id = field.id


class PlainForm(DeskForm):
    """One button."""


class NoteForm(DeskForm):
    """A step that is explained in words."""

    note = ProseField(_l("In words, for the applicant"), [DataRequired()], most=NOTE_MOST)


class TurnAwayForm(NoteForm):
    """Not accepted, with the reason."""

    act = "turn-away"


class CorrectForm(NoteForm):
    """What is to be corrected."""

    act = "correct"


class SendBackForm(NoteForm):
    """Why the second registrar does not agree."""

    act = "send-back"
    note = ProseField(_l("In words, for the first registrar"), [DataRequired()], most=NOTE_MOST)


class ReviewForm(ConfirmedForm, DeskForm):
    """Both amounts as verified (REG-19)."""

    act = "review"
    turnover = MoneyField(_l("Verified turnover (yuan)"), [InputRequired()])
    technology_value = MoneyField(
        _l("Verified technology value (yuan)"), [InputRequired()], least=0
    )
    note = ProseField(_l("Note for the second registrar"), most=NOTE_MOST)


class CertifyForm(ConfirmedForm, DeskForm):
    """The second registrar's word."""

    act = "certify"


class RefuseForm(ConfirmedForm, DeskForm):
    """Refused with codes and words (REG-17)."""

    act = "refuse"
    reasons = MultiWordField(
        _l("Reasons"),
        [InputRequired()],
        choices=[option(reason.value, reason.value) for reason in Reason],
    )
    note = ProseField(_l("In words, for the applicant"), [DataRequired()], most=NOTE_MOST)

    @property
    def chosen(self) -> frozenset[Reason]:
        """The reasons as members."""
        return frozenset(Reason.of(code) for code in self.reasons.data or [])


class ChangeForm(ConfirmedForm, DeskForm):
    """New amounts for a registration (REG-23)."""

    act = "change"
    turnover = MoneyField(_l("New turnover (yuan)"), [InputRequired()])
    technology_value = MoneyField(_l("New technology value (yuan)"), [InputRequired()], least=0)
    note = ProseField(_l("What the parties have changed"), [DataRequired()], most=NOTE_MOST)


class CancelForm(ConfirmedForm, DeskForm):
    """A registration ends (REG-24)."""

    act = "cancel"
    note = ProseField(
        _l("Why it ends: terminated, annulled, void"), [DataRequired()], most=NOTE_MOST
    )


class ConfirmForm(ConfirmedForm, DeskForm):
    """Another registrar confirms a revision."""

    act = "confirm"


class RejectForm(ConfirmedForm, DeskForm):
    """Another registrar rejects a revision."""

    act = "reject"


class VerifyForm(Form):
    """A check code, or the link that the certificate's QR code holds."""

    code = TextField(
        _l("Check code or link"),
        [DataRequired()],
        most=300,
        description=_l("32 characters, 0–9 and a–f; spaces and capitals do not matter."),
    )

    def validate_code(self, field: Field) -> None:
        """Only the shape; whether it exists is the next page's answer."""
        if self.check_code is None:
            raise StopValidation(
                gettext("This is not a check code: it has 32 characters, 0–9, a–f.")
            )

    @property
    def check_code(self) -> str | None:
        """The code in what was typed or pasted."""
        typed = "".join((self.code.data or "").split()).lower().rstrip("/")
        last = typed.rpartition("/verify/")[2]
        return last if CODE.fullmatch(last) else None
