"""Forms of contracts: shape only; the law stands in ``rules``."""

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList, FormField, HiddenField, RadioField, StringField
from wtforms import Form as Row
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from market.contracts.rules import Side
from market.contracts.terms import (
    Deduction,
    DeductionKind,
    Instalment,
    IpKind,
    Kind,
    Monopoly,
    Objective,
    Payment,
    Terms,
)
from market.kernel.edits import glimpse, moved
from market.kernel.forms import (
    ConfirmedForm,
    DayField,
    Form,
    MoneyField,
    PercentField,
    ProseField,
    TextField,
    WholeField,
    WordField,
    option,
)
from market.kernel.money import Money
from market.kernel.words import N_
from market.listings.sheet import Funding, LicenceType, TechnologyField
from market.payments.royalties import RoyaltyBase

PROSE = {"most": 5_000, "lines": 200}
"""What one clause may hold, so that the whole text always prints as PDF, and quickly."""

LINES_MOST = 60
SPARE = 2
"""Empty lines that stand ready below the filled ones."""

_BELOW = re.compile(r"(deductions|instalments)-(0|[1-9][0-9]?)-([a-z_]+)", re.ASCII)
QUESTIONS = {
    Monopoly.GRANT_BACK: N_(
        "Does the contract bar one side from improving the technology, "
        "or take its improvements without a fair return?"
    ),
    Monopoly.COMPETING: N_(
        "Does it bar one side from obtaining similar or competing technology elsewhere?"
    ),
    Monopoly.LIMITS: N_(
        "Does it unreasonably limit the quantity, variety, price, sales channel or export "
        "of the goods made with the technology?"
    ),
    Monopoly.TYING: N_(
        "Does it make one side take technology, materials, products, equipment, services "
        "or staff that the technology does not need?"
    ),
    Monopoly.SOURCES: N_(
        "Does it unreasonably limit from whom one side may buy materials, parts, "
        "products or equipment?"
    ),
    Monopoly.CHALLENGE: N_(
        "Does it bar one side from challenging the validity of the intellectual property, "
        "or put conditions on a challenge?"
    ),
}


class StartForm(Form):
    """A contract that was agreed outside the market: what is enough to begin."""

    side = RadioField(
        _l("We are the"),
        choices=[
            option(Side.SELLER.value, _l("Seller: we provide or transfer the technology")),
            option(Side.BUYER.value, _l("Buyer: we receive the technology and pay")),
        ],
        validators=[InputRequired()],
        default=Side.SELLER.value,
    )
    other = TextField(
        _l("The other party"),
        [DataRequired()],
        most=120,
        description=_l(
            "Its unified social credit code; without one, its exact name and its number here, "
            "such as “李四 27”. The other side tells you."
        ),
        render_kw={"list": "known-parties", "autocomplete": "off"},
    )
    kind = WordField(_l("Kind of contract"), Kind, [InputRequired()], default=Kind.SRV_G)
    title = TextField(_l("Project name"), [DataRequired()], most=300)
    turnover = MoneyField(
        _l("Contract turnover (yuan)"),
        [InputRequired()],
        description=_l("The total of the contract, such as 1,200,000.00."),
        render_kw={"inputmode": "decimal"},
    )


class _Line(Row):
    """One line of a list; a line in which nothing stands is no line."""

    amount = MoneyField(_l("Amount (yuan)"), render_kw={"inputmode": "decimal"})
    note = TextField(_l("Note"), most=200)
    gone = BooleanField(_l("Remove"))

    @property
    def counts(self) -> bool:
        """Whether something stands in this line and it is to stay."""
        typed = any(f.raw_data and str(f.raw_data[0]).strip() for f in self._typed())
        return typed and not self.gone.data

    def _typed(self) -> Iterable[Any]:
        return (self.amount, self.note)

    def validate(self, extra_validators: Any = None) -> bool:
        """A line that is taken away is not looked at."""
        return bool(self.gone.data) or bool(super().validate(extra_validators))

    def validate_amount(self, field: MoneyField) -> None:
        """A line that counts has an amount."""
        if self.counts and field.data is None and not field.errors:
            raise ValidationError(gettext("Enter the amount, or remove the line."))


class DeductionLineForm(_Line):
    """One non-technical cost inside the turnover (REG-19)."""

    kind = WordField(
        _l("Kind of cost"), DeductionKind, default=DeductionKind.EQUIPMENT, needed=False
    )

    def validate_kind(self, field: WordField) -> None:
        """A line that counts has a kind."""
        if self.counts and field.data is None and not field.errors:
            raise ValidationError(gettext("Choose the kind of cost."))


class InstalmentLineForm(_Line):
    """One payment that is due on a day."""

    due_on = DayField(_l("Due on"))

    def _typed(self) -> Iterable[Any]:
        return (self.amount, self.note, self.due_on)

    def validate_due_on(self, field: DayField) -> None:
        """A line that counts has a day."""
        if self.counts and field.data is None and not field.errors:
            raise ValidationError(gettext("Enter the day on which it is due."))


class ContractForm(Form):
    """All that two parties agree, in sections."""

    seen = HiddenField()
    more = StringField()

    kind = WordField(_l("Kind of contract"), Kind, [InputRequired()])
    title = TextField(_l("Project name"), [DataRequired()], most=300)
    subject = ProseField(
        _l("Technical content, scope and requirements"),
        **PROSE,
        render_kw={
            "placeholder": _l("What is developed, transferred or done; its goal and figures.")
        },
    )
    licence_type = WordField(
        _l("Type of licence"),
        LicenceType,
        blank=_l("not a licence"),
        description=_l("Licence contracts only; silence means an ordinary licence."),
    )
    rights = ProseField(
        _l("Rights transferred or licensed"),
        **PROSE,
        description=_l(
            "For each patent: invention name, applicant and owner, filing date, application "
            "number, patent number, term (REG-14)."
        ),
    )
    turnover = MoneyField(
        _l("Contract turnover (yuan)"), [InputRequired()], render_kw={"inputmode": "decimal"}
    )
    payment = WordField(_l("Payment"), Payment, [InputRequired()])
    royalty = ProseField(
        _l("Royalty: base, rate and settlement"),
        most=1000,
        lines=PROSE["lines"],
        description=_l("Only where a royalty is paid."),
        render_kw={"placeholder": _l("Such as 3% of net sales, settled every 30 June.")},
    )
    royalty_base = WordField(
        _l("Reckoned from"),
        RoyaltyBase,
        blank=_l("told in words above"),
        description=_l(
            "With base, rate and months the market asks for each period's figure and reckons what "
            "is due."
        ),
    )
    royalty_bp = PercentField(_l("Rate in percent"), [Optional()])
    royalty_months = WholeField(_l("Months in a period"), [Optional()], most=120)
    deductions = FieldList(FormField(DeductionLineForm))
    instalments = FieldList(FormField(InstalmentLineForm))
    starts_on = DayField(_l("First day"))
    ends_on = DayField(_l("Last day"))
    delivery = ProseField(
        _l("Delivery: plan, place and manner"),
        **PROSE,
        description=_l("Left open: documents go to the buyer's seat in writing, with a receipt."),
    )
    acceptance = ProseField(
        _l("Standards and manner of acceptance"),
        **PROSE,
        render_kw={
            "placeholder": _l("By which test or standard, by whom and within how many days.")
        },
    )
    secrecy = ProseField(
        _l("Secrecy of technical information"),
        **PROSE,
        description=_l("Left open: both sides keep what they learn until it is lawfully public."),
    )
    improvements = ProseField(
        _l("Ownership of results and improvements"),
        **PROSE,
        description=_l("Left open: the rule of the Civil Code for this kind (859-861, 875, 885)."),
    )
    liability = ProseField(
        _l("Liability for breach"),
        **PROSE,
        description=_l("Left open: performance, cure or damages; late payment bears interest."),
    )
    special = ProseField(_l("Special agreements"), **PROSE)
    technology_field = WordField(_l("Technology field"), TechnologyField, blank=_l("choose"))
    ip_kind = WordField(_l("Intellectual property concerned"), IpKind, blank=_l("choose"))
    plan_source = WordField(_l("Plan source"), Funding, blank=_l("choose"))
    objective = WordField(_l("Socio-economic objective"), Objective, blank=_l("choose"))
    industry = TextField(
        _l("Industry code"), most=10, description=_l("GB/T 4754, such as C3841; may stay empty.")
    )
    related = BooleanField(_l("The parties are related to each other"))
    monopoly_grant_back = RadioField(validators=[Optional()])
    monopoly_competing = RadioField(validators=[Optional()])
    monopoly_limits = RadioField(validators=[Optional()])
    monopoly_tying = RadioField(validators=[Optional()])
    monopoly_sources = RadioField(validators=[Optional()])
    monopoly_challenge = RadioField(validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for member, field in self.questions:
            field.label.text = gettext(QUESTIONS[member])

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        """Read what was typed; also lines may not hold unknown, doubled or countless fields."""
        for _member, field in self.questions:
            field.choices = [option("no", gettext("No")), option("yes", gettext("Yes"))]
        # Looked at before WTForms reads them: it takes every number between the dashes for a line.
        sent = self.meta.wrap_formdata(self, formdata) or MultiDict()
        below = [name for name in sent if name.split("-")[0] in _FIELDS_OF]
        known = {name for name in below if _is_line(name)}
        strange = sorted(set(below) - known)
        if strange:
            formdata = MultiDict((k, v) for k, v in sent.items(multi=True) if k not in strange)
        super().process(formdata, obj, **kwargs)
        self.strangers += tuple(strange)
        self.doubled += tuple(name for name in known if len(sent.getlist(name)) > 1)

    @property
    def questions(self) -> list[tuple[Monopoly, Any]]:
        """The six questions whose yes would make the contract void (REG-18)."""
        return [(m, self._fields[f"monopoly_{m.name.lower()}"]) for m in Monopoly]

    def add_spare_lines(self, *names: str) -> None:
        """Let empty lines stand ready below the filled ones."""
        for name in names:
            for _ in range(SPARE):
                if len(self._fields[name]) < LINES_MOST:
                    self._fields[name].append_entry()

    def compare(self, terms: Terms) -> None:
        """Show beside what was typed what somebody else wrote meanwhile; it is seen now."""
        stands = ContractForm(formdata=None)
        stands.fill(terms)
        self.show_beside(stands, moved(self.seen.data or "", vars(terms)))

    def fill(self, terms: Terms) -> None:
        """Show these terms."""
        given: dict[str, Any] = {
            **vars(terms),
            "seen": glimpse(vars(terms)),
            "deductions": [vars(line) for line in terms.deductions],
            "instalments": [vars(line) for line in terms.instalments],
        }
        answers = dict.fromkeys(given.pop("monopoly"), "yes")
        answers |= dict.fromkeys(given.pop("no_monopoly"), "no")
        given |= {f"monopoly_{m.name.lower()}": said for m, said in answers.items()}
        self.process(None, **given)

    @property
    def terms(self) -> Terms:
        """What was typed, as the value that commands take."""
        plain = {
            name: self._fields[name].data
            for name in vars(_NOTHING)
            if name not in ("deductions", "instalments", "monopoly", "no_monopoly")
        }
        return Terms(
            **plain,
            deductions=tuple(
                Deduction(line.kind.data, line.amount.data, line.note.data)
                for line in self._lines("deductions")
            ),
            instalments=tuple(
                Instalment(line.due_on.data, line.amount.data, line.note.data)
                for line in self._lines("instalments")
            ),
            monopoly=self._answered("yes"),
            no_monopoly=self._answered("no"),
        )

    def _answered(self, answer: str) -> frozenset[Monopoly]:
        return frozenset(member for member, field in self.questions if field.data == answer)

    def _lines(self, name: str) -> Iterable[Any]:
        return (entry.form for entry in self._fields[name] if entry.form.counts)


def _is_line(name: str) -> bool:
    """Whether this names a field of one of the lines: ``deductions-3-amount``."""
    found = _BELOW.fullmatch(name)
    if found is None or int(found[2]) >= LINES_MOST:
        return False
    return found[3] in _FIELDS_OF[found[1]]


_NOTHING = Terms(Kind.SRV_G, "", Money(1))
_FIELDS_OF = {
    "deductions": {"kind", "amount", "note", "gone"},
    "instalments": {"due_on", "amount", "note", "gone"},
}


class StepForm(Form):
    """A button and nothing else."""


class SignForm(ConfirmedForm):
    """The password, and the hash of the text that was read."""

    text_hash = HiddenField(validators=[InputRequired()])


class RecordalForm(Form):
    """The patent office's recordal of an assignment (REG-13)."""

    number = TextField(
        _l("Number of the recordal notice"),
        [DataRequired()],
        most=60,
        description=_l("As printed on the patent office's notice (手续合格通知书)."),
    )
    recorded_on = DayField(_l("Day of recordal"), validators=[InputRequired()])
