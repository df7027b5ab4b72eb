"""Forms deal with shape only: missing, too long, not a number. The law is not a form validator."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import (  # type: ignore[attr-defined]  # newer than the stubs
    Choice,
    SelectChoice,
)
from wtforms.validators import InputRequired, Length, Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextArea, TextInput

from market.kernel import once
from market.kernel.i18n import refused
from market.kernel.money import Money, MoneyError, format_bp, percent_bp, plain
from market.kernel.refusal import Refusal, Refused
from market.kernel.text import Misread, TextError, clean_line, clean_text
from market.kernel.words import Labelled

EARLIEST, LATEST = date(1950, 1, 1), date(2100, 1, 1)


class Form(FlaskForm):
    """A form that refuses unknown and doubled fields and files; it keeps what was typed on a no.

    ``files`` names the fields in which a file is taken after all.
    """

    files: frozenset[str] = frozenset()
    strangers: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        """Read the submitted values; note what is a file and the fields this form does not have."""
        data = self.meta.wrap_formdata(self, formdata)
        if data is not None:
            pairs = list(data.items(multi=True))
            given = {k for k, v in pairs if not isinstance(v, str)}
            self.uploads = tuple(sorted(given - self.files))
            if self.uploads:
                formdata = data = MultiDict((k, v) for k, v in pairs if k not in self.uploads)
        super().process(formdata, obj, **kwargs)
        if data is not None:
            names = {key for key in data if key.split("-")[0] not in self._fields}
            self.strangers = tuple(sorted(names - {"submit", once.FIELD}))
            self.doubled = tuple(
                name
                for name, field in self._fields.items()
                if not isinstance(field, SelectMultipleField) and len(data.getlist(name)) > 1
            )

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape only; an unknown or doubled field or a file refuses the whole form."""
        good = super().validate(extra_validators)
        for name in self.strangers:
            self.form_errors.append(gettext("Unknown field: %(name)s", name=name[:60]))
        for name in self.doubled:
            self.form_errors.append(gettext("Given twice: %(name)s", name=name))
        for name in self.uploads:
            self.form_errors.append(gettext("A file is not taken here: %(name)s", name=name[:60]))
        return good and not self.form_errors

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Turn a refusal inside the block into a sentence at its field; the form stays as typed."""
        try:
            yield
        except Refused as error:
            sentence = refused(error)
            self.status, self.refusal = error.refusal.status, error.refusal
            if error.field in self._fields:
                field = self._fields[error.field]
                field.errors = [*field.errors, sentence]
            else:
                self.form_errors.append(sentence)

    def show_beside(self, stands: "Form", names: Iterable[str]) -> None:
        """Mark what is not as it was seen with what stands now; ``seen`` is brought up to date."""
        for name in names:
            if name in self._fields:
                told = gettext("Now stands: %(words)s", words=shown_in(stands._fields[name]))
                self._fields[name].errors = [*self._fields[name].errors, told]
        seen = self._fields["seen"]
        seen.data, seen.raw_data = stands._fields["seen"].data, None

    status: int = 422
    refusal: Refusal | None = None
    """What the market said to this form, where it said no."""

    @property
    def answer(self) -> int:
        """The HTTP status of the page that shows this form: 200 fresh, 422 or a refusal's."""
        return self.status if self.errors else 200


class Unchosen(Optional):
    """A choice may stay open; blanks are no choice, and ``Optional`` would take them for one."""

    def __init__(self) -> None:
        super().__init__(strip_whitespace=False)


class MultiWordField(SelectMultipleField):
    """Several of an enum's members, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ConfirmedForm(Form):
    """A form for an act that binds: the password is asked again."""

    password = PasswordField(
        lazy_gettext("Your password"),
        [InputRequired(), Length(max=256)],
        description=lazy_gettext("Asked again because this act binds."),
        render_kw={"autocomplete": "current-password"},
    )


class TextField(StringField):
    """One line of text, cleaned (NFC, no control or zero-width characters)."""

    widget = TextInput()
    clean = staticmethod(clean_line)

    def __init__(self, label: Any = None, *args: Any, most: int = 200, **kwargs: Any) -> None:
        self.most = most
        super().__init__(label, *args, **kwargs)

    def process_data(self, value: Any) -> None:
        """A text that nobody gave is the empty text, before validation as after it."""
        self.data = "" if value is None else value

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Clean what was typed; what cannot be cleaned is refused with its sentence."""
        if not valuelist:
            return
        self.data = str(valuelist[0])
        try:
            self.data = self.clean(self.data, most=self.most)
        except TextError as error:
            raise ValueError(gettext(error.sentence) % error.detail) from error


class ProseField(TextField):
    """Several lines of text, at most ``lines`` of them where that is given."""

    widget = TextArea()  # type: ignore[assignment]
    clean = staticmethod(clean_text)

    def __init__(
        self, label: Any = None, *args: Any, lines: int | None = None, **kwargs: Any
    ) -> None:
        self.lines = lines
        super().__init__(label, *args, **kwargs)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Clean what was typed and count its lines."""
        super().process_formdata(valuelist)
        if self.lines is not None and str(self.data).count("\n") >= self.lines:
            raise ValueError(
                gettext("The text has too many lines: at most %(most)s.", most=self.lines)
            )


def shown_in(field: Field) -> str:
    """What a field shows, in the reader's words; nothing is a dash."""
    if isinstance(field.data, Labelled):
        return str(gettext(field.data.label))
    if isinstance(field.data, bool):
        return str(gettext("yes") if field.data else gettext("no"))
    return str(field._value() if hasattr(field, "_value") else field.data or "") or "–"


def typed_in(field: Field, valuelist: Sequence[Any]) -> str:
    """What was typed without the blanks around it.

    Blanks alone (also the wide ones of Chinese) are nothing: the field then holds no input, so
    that ``InputRequired`` says no.
    """
    typed = str(valuelist[0]).strip() if valuelist else ""
    if not typed:
        field.raw_data = []
    return typed


class CanonicalField(StringField):
    """A text that has one canonical form: ``read`` gives it, or raises ``Misread``."""

    def __init__(
        self, label: Any = None, *args: Any, read: Callable[[str], str], **kwargs: Any
    ) -> None:
        self.read = read
        super().__init__(label, *args, **kwargs)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Put what was typed into its one form; what has none is refused with its sentence."""
        self.data = str(valuelist[0]) if valuelist else ""
        try:
            self.data = self.read(self.data)
        except Misread as error:
            raise ValueError(gettext(error.sentence) % error.detail) from error


class MoneyField(Field):
    """An amount of money as people write it: ``1,200,000.00``. Gives ``Money`` or None."""

    widget = TextInput()
    data: Money | None

    def __init__(
        self, label: Any = None, *args: Any, currency: str = "CNY", least: int = 1, **kwargs: Any
    ) -> None:
        self.currency, self.least = currency, least
        super().__init__(label, *args, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return plain(self.data) if self.data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Parse strictly; nothing is guessed."""
        self.data = None
        typed = typed_in(self, valuelist)
        if not typed:
            return
        try:
            self.data = Money.parse(typed, self.currency)
        except MoneyError as error:
            raise ValueError(gettext(error.sentence)) from error

    def pre_validate(self, form: Any) -> None:
        """Amounts are positive unless the field says otherwise."""
        if self.data is not None and self.data.minor < self.least:
            raise ValidationError(gettext("The amount must be greater than zero."))


class PercentField(Field):
    """A percentage with at most two decimals, kept in basis points."""

    widget = TextInput()
    data: int | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_bp(self.data)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Parse strictly."""
        self.data = None
        typed = typed_in(self, valuelist)
        if not typed:
            return
        try:
            self.data = percent_bp(typed)
        except MoneyError as error:
            raise ValueError(gettext(error.sentence)) from error


class WholeField(Field):
    """A whole number from ``least`` to ``most``, ASCII digits only; gives an ``int`` or None."""

    widget = TextInput()
    data: int | None

    def __init__(
        self, label: Any = None, *args: Any, least: int = 1, most: int, **kwargs: Any
    ) -> None:
        self.least, self.most = least, most
        kwargs["render_kw"] = {"inputmode": "numeric", **kwargs.get("render_kw", {})}
        super().__init__(label, *args, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Parse strictly: no sign, no point, nothing guessed."""
        self.data = None
        typed = typed_in(self, valuelist)
        if not typed:
            return
        fits = len(typed) <= len(str(self.most)) and typed.isascii() and typed.isdigit()
        if not fits or not self.least <= int(typed) <= self.most:
            bounds = {"least": f"{self.least:,}", "most": f"{self.most:,}"}
            raise ValueError(gettext("Write a whole number from %(least)s to %(most)s.", **bounds))
        self.data = int(typed)


class DayField(Field):
    """A calendar day ``YYYY-MM-DD`` between 1950 and 2100, read where the market is."""

    widget = TextInput()
    data: date | None

    def __init__(self, label: Any = None, *args: Any, **kwargs: Any) -> None:
        kwargs["render_kw"] = {"type": "date", **kwargs.get("render_kw", {})}
        super().__init__(label, *args, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Parse strictly: ten ASCII characters, a day that exists."""
        self.data = None
        typed = typed_in(self, valuelist)
        if not typed:
            return
        if len(typed) != 10 or not typed.isascii() or typed[7] != "-":  # 2026-W12-2 is a week
            raise ValueError(gettext("Write the day as YYYY-MM-DD."))
        try:
            self.data = date.fromisoformat(typed)
        except ValueError as error:
            raise ValueError(gettext("Write the day as YYYY-MM-DD.")) from error
        if not EARLIEST <= self.data <= LATEST:
            raise ValueError(gettext("The day must lie between 1950 and 2100."))


def option(value: str, label: Any, *, group: str | None = None) -> Any:
    """One choice of a select field, under the heading of its group."""
    return SelectChoice(value, label, optgroup=group)


class WordField(SelectField):
    """A choice among the members of a ``Labelled`` enum; gives the member, None for ``blank``.

    Without ``blank`` a choice must be made, unless the form says that it is not ``needed``.
    """

    def __init__(
        self,
        label: Any,
        enum: type[Labelled],
        *args: Any,
        blank: Any = None,
        needed: bool = True,
        **kwargs: Any,
    ) -> None:
        choices = [(m.value, lazy_gettext(m.label)) for m in enum]
        if blank is not None:
            choices = [("", blank), *choices]
        self.enum, self._words, self.needed = enum, choices, needed and blank is None
        kwargs |= {"choices": [option(*word) for word in choices], "coerce": self._member}
        super().__init__(label, *args, **kwargs)

    def _member(self, value: Any) -> Any:
        if isinstance(value, Labelled) or value in (None, ""):
            return value or None
        return self.enum.of(value)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """A choice that was not sent is none, whatever the form would have offered."""
        self.data = None
        super().process_formdata(list(valuelist))

    def iter_choices(self) -> Iterator[Any]:
        """The choices, with the present one marked."""
        for value, label in self._words:
            chosen = (self.data.value if isinstance(self.data, Labelled) else "") == value
            yield Choice(value, label, chosen, {})

    def pre_validate(self, form: Any) -> None:
        """A choice is made unless there is a blank one; what is no member never became one."""
        if self.needed and self.data is None and not self.errors:
            raise StopValidation(gettext("This field is required."))
