"""What the pages of statements share: the blueprint, and the account that statements are of."""

from flask import Blueprint, current_app
from flask_babel import gettext

from config import BankAccount
from market.bank.mappings import MAPPINGS
from market.bank.rules import BankRefusal
from market.bank.sheet import BadRow
from market.kernel.i18n import sentence
from market.kernel.refusal import Refused

bp = Blueprint("bank", __name__, template_folder="templates", url_prefix="/bank")
CURRENCY = "CNY"


def own_account() -> BankAccount:
    """The account of the settings; without one there are no statements."""
    account = current_app.extensions["market.settings"].bank
    if account is None:
        raise Refused(BankRefusal.NO_ACCOUNT)
    assert isinstance(account, BankAccount)
    return account


@bp.app_template_filter()
def why_not_taken(row: BadRow) -> str:
    """The sentence of a row that is no line, in the reader's language."""
    return sentence(row.why.reason, **row.why.detail)


@bp.app_template_filter()
def in_words_of_kind(kind: str) -> str:
    """The mapping by which rows were read, in the reader's language; another kind is its name."""
    labels = {each.name: each.label for each in MAPPINGS}
    return str(gettext(labels[kind])) if kind in labels else kind
