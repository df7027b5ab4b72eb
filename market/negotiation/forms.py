"""Forms at the table: an offer, and the acceptance of the one that was seen."""

from datetime import date, datetime, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import InputRequired

from market.kernel.clock import day_of, end_of
from market.kernel.forms import ConfirmedForm, DayField, Form, MoneyField, ProseField
from market.kernel.money import Money, MoneyError

MESSAGE_MOST = 2000


def last_day_for(at: datetime, days_most: int) -> date:
    """The last day on which an offer made now may end."""
    return day_of(at + timedelta(days=days_most)) - timedelta(days=1)


class OfferForm(Form):
    """A price, the day with whose end the offer ends, and a word to the other side."""

    price = MoneyField(
        _l("Your price (yuan)"), [InputRequired()], render_kw={"inputmode": "decimal"}
    )
    expires_on = DayField(_l("The offer stands until the end of"), [InputRequired()])
    message = ProseField(_l("Message to the other side"), most=MESSAGE_MOST)

    def say_until(self, last_day: date) -> None:
        """Tell people, at the field, the last day that they may choose."""
        self.expires_on.description = gettext(
            "An offer stands for at least one hour; the last day you may choose is %(day)s.",
            day=last_day.isoformat(),
        )

    @property
    def terms(self) -> tuple[Money, datetime]:
        """What is offered, and the instant from which it can no longer be accepted."""
        assert self.price.data is not None, "validation saw an amount"
        assert self.expires_on.data is not None, "validation saw a day"
        return self.price.data, end_of(self.expires_on.data)

    @property
    def words(self) -> str:
        """The message, empty where none was written."""
        return self.message.data or ""


class AcceptForm(ConfirmedForm):
    """Which offer, at which price, the person had before their eyes; and the password."""

    offer_id = HiddenField()
    price = HiddenField()

    @property
    def seen(self) -> tuple[int, Money]:
        """The offer and the price as the page showed them; nonsense is an offer nobody made."""
        typed = self.offer_id.data or ""
        plain = typed.isascii() and typed.isdigit() and len(typed) < 19
        try:
            price = Money.parse(self.price.data or "", "CNY")
        except MoneyError:
            return 0, Money(0, "CNY")
        return int(typed) if plain else 0, price
