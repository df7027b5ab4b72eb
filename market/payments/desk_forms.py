"""What the market's staff type about money: shape only, the law is in the rules."""

from typing import Any, TypeVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from market.kernel.forms import (
    ConfirmedForm,
    Form,
    MoneyField,
    ProseField,
    TextField,
    WholeField,
    WordField,
)
from market.kernel.money import Money
from market.kernel.words import N_, Labelled
from market.payments.forms import account_number
from market.payments.gateways import Channel
from market.payments.settling import Route
from market.payments.sheet import DepositStatus, PayoutStatus

FormOf = TypeVar("FormOf", bound=Form)
ID_MOST = 2**63 - 1
MOST_AT_ONCE = 100


class DepositsForm(Form):
    """Which deposits are listed, read from the address."""

    class Meta:
        """A reading form changes nothing."""

        csrf = False

    state = WordField(_l("State"), DepositStatus, blank=_l("All"))
    page = StringField()


class OutgoingForm(Form):
    """Which payouts are listed, read from the address."""

    class Meta:
        """A reading form changes nothing."""

        csrf = False

    state = WordField(_l("State"), PayoutStatus, blank=_l("Under way"))
    page = StringField()


class ReasonForm(ConfirmedForm):
    """An act of weight with its reason."""

    why = ProseField(
        _l("Reason"),
        [DataRequired()],
        most=300,
        lines=5,
        description=_l("It stands in the record; of a deposit, its party reads it too."),
    )


def beside(form: FormOf, name: str) -> FormOf:
    """The form with ids of its own, to stand beside another one on a page."""
    for each in form:
        each.id = each.label.field_id = f"{name}-{each.short_name}"
    return form


# ── forfeiting ───────────────────────────────────────────────────────────────────────────────────


class Rest(Labelled):
    """Whose what remains of a forfeited deposit is, as the notice of the sale said."""

    SELLER = "seller", N_("the seller's")
    MARKET = "market", N_("the market's")


class ClaimsForm(Form):
    """What is claimed of a deposit, in the law's order; amounts in the deposit's own currency."""

    costs = MoneyField(_l("Costs of the sale"), least=0, description=_l("Paid to the market."))
    buyer_commission = MoneyField(_l("Commission of the buyer's side"), least=0)
    buyer_broker = TextField(
        _l("Owed to"),
        most=120,
        description=_l("Credit code, or the exact name, of a broker; empty: the market."),
    )
    seller_commission = MoneyField(_l("Commission of the seller's side"), least=0)
    seller_broker = TextField(
        _l("Owed to"),
        most=120,
        description=_l("Credit code, or the exact name, of a broker; empty: the market."),
    )
    shortfall = MoneyField(
        _l("Shortfall of the resale"),
        least=0,
        description=_l("By how much the second sale brought less than the first."),
    )
    seller = TextField(
        _l("The seller"), most=120, description=_l("Credit code, or the exact name.")
    )
    rest = WordField(_l("What remains is"), Rest, [InputRequired()], blank=_l("Please choose"))

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Read amounts in the deposit's currency."""
        for each in self:
            if isinstance(each, MoneyField):
                each.currency = self.currency
        super().process(*args, **kwargs)

    @property
    def is_asked(self) -> bool:
        """Whether claims were sent at all."""
        return any(each.raw_data for each in self if each.name in CLAIMED)

    @property
    def claimed(self) -> dict[str, str]:
        """The claims as they were typed, to be sent again."""
        typed = {name: self._fields[name]._value() for name in CLAIMED if name != "rest"}
        return {**typed, "rest": self.rest.data.value if self.rest.data else ""}

    def amount(self, name: str) -> Money:
        """What is claimed under this name; nothing where it was left open."""
        return self._fields[name].data or Money(0, self.currency)


CLAIMED = (
    *("costs", "buyer_commission", "buyer_broker", "seller_commission", "seller_broker"),
    *("shortfall", "seller", "rest"),
)


class LookAtForfeitForm(ClaimsForm):
    """The claims as they stand in the address, to see who would get what."""

    class Meta:
        """A reading form changes nothing."""

        csrf = False


class ForfeitForm(ClaimsForm, ReasonForm):
    """Exactly the claims that were looked at, proposed with a reason."""


# ── sending ──────────────────────────────────────────────────────────────────────────────────────


def _number(typed: Any) -> int:
    """A payout's number, as an id can be."""
    text = str(typed)
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 19 and int(text) <= ID_MOST):
        raise ValueError("no number of a payout")
    return int(text)


class SendForm(ConfirmedForm):
    """Which payouts are handed to the bank, or taken along as a file."""

    payouts = SelectMultipleField(_l("Payouts"), coerce=_number, validate_choice=False)

    @property
    def ticked(self) -> list[int]:
        """The numbers of what was ticked, each once, in their order."""
        return sorted(set(self.payouts.data or []))

    def validate_payouts(self, field: Any) -> None:
        """One at least, and no more than a page could show."""
        if not field.data:
            raise ValidationError(gettext("Tick at least one payout."))
        if len(field.data) > MOST_AT_ONCE:
            raise ValidationError(gettext("Tick at most %(most)s payouts.", most=MOST_AT_ONCE))


class Way(Labelled):
    """By which way money that came back is sent once more."""

    SAME = "same", N_("By the same way as before")
    OTHER = "other", N_("To another bank account, where the first is closed")


class AgainForm(ConfirmedForm):
    """By which way, and for another account which."""

    way = WordField(_l("How"), Way, [InputRequired()])
    holder = TextField(_l("Account holder"), most=120)
    bank = TextField(_l("Bank and branch"), most=120)
    number = TextField(_l("Account number"), most=60)

    def validate(self, extra_validators: Any = None) -> bool:
        """Another account is named whole; its number is written as a bank writes it."""
        good = super().validate(extra_validators)
        if self.way.data is Way.OTHER:
            for each in (self.holder, self.bank, self.number):
                if not each.data:
                    each.errors = [*each.errors, gettext("This field is required.")]
            if self.number.data:
                self._read_number()
        return good and not self.errors

    def _read_number(self) -> None:
        try:
            self.number.data = account_number(str(self.number.data))
        except ValidationError as error:
            self.number.errors = [*self.number.errors, str(error)]

    @property
    def route(self) -> Route | None:
        """The other account; None for the same way as before."""
        if self.way.data is not Way.OTHER:
            return None
        told = (str(each.data) for each in (self.holder, self.bank, self.number))
        return Route(Channel.BANK, *told)


# ── corrections ──────────────────────────────────────────────────────────────────────────────────


class EntryForm(Form):
    """Which entry of the ledger is meant, by its number."""

    class Meta:
        """A reading form changes nothing."""

        csrf = False

    number = WholeField(_l("Number of the entry"), [InputRequired()], most=ID_MOST)
