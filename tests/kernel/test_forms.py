"""Forms: what is blank, absent or a file is no value, and is refused before anything is read."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms.validators import InputRequired

from market.kernel.forms import (
    DayField,
    Form,
    MoneyField,
    PercentField,
    ProseField,
    TextField,
    WholeField,
    WordField,
)
from market.kernel.words import Labelled


class Colour(Labelled):
    """Two members to choose from."""

    RED = "red", "Red"
    BLUE = "blue", "Blue"


class Sample(Form):
    """One required field of each kind that reads what was typed, and the texts."""

    class Meta:
        """No token: nothing is posted."""

        csrf = False

    amount = MoneyField("Amount", [InputRequired()])
    share = PercentField("Share", [InputRequired()])
    day = DayField("Day", [InputRequired()])
    number = WholeField("Number", [InputRequired()], least=0, most=999)
    colour = WordField("Colour", Colour, default=Colour.BLUE)
    other = WordField("Other", Colour, blank="none")
    line = TextField("Line")
    prose = ProseField("Prose", lines=3)


GOOD = {
    "amount": "1",
    "share": "5",
    "day": "2026-03-10",
    "number": "7",
    "colour": "red",
    "other": "",
    "line": "a",
    "prose": "a\nb\nc",
}
NUMBERS = ["amount", "share", "day", "number"]


@pytest.fixture(autouse=True)
def request_() -> Iterator[None]:
    """A request: forms speak the reader's language."""
    app = Flask("sample")
    app.secret_key = "sample"
    Babel(app)
    with app.test_request_context("/", method="POST"):
        yield


def sample(**over: object) -> Sample:
    typed = MultiDict({k: v for k, v in {**GOOD, **over}.items() if v is not None})
    return Sample(typed)


def test_what_is_given_whole_is_taken() -> None:
    form = sample()
    assert form.validate(), form.errors
    assert form.colour.data is Colour.RED
    assert form.other.data is None


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("blank", ["", " ", "\t \n", "\u3000", "\u3000 \u00a0", None])
def test_blanks_in_a_required_field_are_no_value(name: str, blank: str | None) -> None:
    form = sample(**{name: blank})
    assert not form.validate()
    assert list(form.errors) == [name]


@pytest.mark.parametrize("absent", [None, ""])
def test_a_choice_without_a_blank_one_must_be_made(absent: str | None) -> None:
    form = sample(colour=absent)
    assert not form.validate()
    assert form.errors == {"colour": ["This field is required."]}


def test_what_is_no_member_has_one_sentence() -> None:
    form = sample(colour="green")
    assert not form.validate()
    assert len(form.colour.errors) == 1


@pytest.mark.parametrize("name", ["line", "prose"])
def test_an_absent_text_is_the_empty_text_even_before_validation(name: str) -> None:
    assert sample(**{name: None})[name].data == ""
    assert Sample(formdata=None)[name].data == ""


def test_more_lines_than_a_text_may_have_are_refused() -> None:
    form = sample(prose="a\r\nb\nc\nd")
    assert not form.validate()
    assert form.errors == {"prose": ["The text has too many lines: at most 3."]}


@pytest.mark.parametrize("name", [*GOOD, "stranger"])
def test_a_file_refuses_the_form_and_is_never_a_text(name: str) -> None:
    form = sample(**{name: FileStorage(BytesIO(b"x"), "x.txt", name)})
    assert not form.validate()
    assert form.form_errors == [f"A file is not taken here: {name}"]
    assert not any("FileStorage" in str(field.data) for field in form)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        *(("0", 0), ("007", 7), ("999", 999), (" 7 ", 7)),
        *((bad, None) for bad in ("1000", "-1", "+1", "1.0", "1e2", "７", "٧", "0x1", "9" * 5000)),
    ],
)
def test_a_whole_number_is_plain_digits_within_its_bounds(typed: str, read: int | None) -> None:
    form = sample(number=typed)
    assert form.validate() is (read is not None)
    assert form.number.data == read
    if read is None:
        assert form.number.errors == ["Write a whole number from 0 to 999."]
