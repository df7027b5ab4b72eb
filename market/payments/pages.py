"""What the pages of money share: the blueprint, a step of its story in plain words."""

from flask import Blueprint
from flask_babel import gettext

from market.kernel.authority import Actor
from market.kernel.db import Missing
from market.kernel.i18n import in_words
from market.payments.telling import Told

bp = Blueprint("payments", __name__, template_folder="templates", url_prefix="/money")
KIND = "<any(xlsx, csv):kind>"


def acting_party(by: Actor) -> int:
    """The party somebody acts for; who acts for none has no money here."""
    if by.party_id is None:
        raise Missing("money", "of nobody")
    return by.party_id


@bp.app_template_filter()
def in_plain_words(step: Told) -> str:
    """The sentence of a step in the reader's language."""
    return str(gettext(step.step.label)) % {name: in_words(v) for name, v in step.facts.items()}
