"""The demo world: a market some fourteen months old, told through the market's own commands.

Everything in it is invented. The same instant gives the same world.
"""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ConfigError, Settings
from market.accounts.models import User
from market.accounts.passwords import Passwords
from market.demo import changsha, xiangtan, zhuzhou
from market.demo.cast import ADMINISTRATOR, HOST
from market.demo.contracting import outside_contract
from market.demo.diary import Diary
from market.demo.guard import LOADED
from market.demo.houses import late_acts
from market.demo.paying import money
from market.demo.people import Stage
from market.demo.selling import publication, talks
from market.demo.stage import furnish
from market.kernel.db import transaction
from market.kernel.journal import checkpoint, record
from market.kernel.sealing import Sealer, sealer

PASSWORD = "three cities one river"  # noqa: S105  # printed for everybody, in demo mode only
SIGN_INS = f"""
This is a demo. Everybody's password is: {PASSWORD}
Staff are asked for a code as well; in the demo the page itself says which.

  administrator   administrator@{HOST}, administrator2@{HOST} confirms
  operator        operator@{HOST}, operator2@{HOST} confirms
  director        director@{HOST}
  auditor         auditor@{HOST}
  registrar       registrar1@{HOST} reviews, registrar2@{HOST} certifies (Changsha)
  researcher      researcher@{HOST} sells for a private firm, university@{HOST} for a university,
                  office@{HOST} is its transfer office, editor@{HOST} prepares for the firm
  company         company@{HOST} buys
  broker          broker@{HOST}
"""


def load_if_empty(at: datetime) -> bool:
    """Load the world into a market that has no users yet; whether it did.

    Refuses (``ConfigError``) outside demo mode: everybody knows the password.
    """
    settings: Settings = current_app.extensions["market.settings"]
    if not settings.demo:
        raise ConfigError("The demo world is for demo mode only: set MARKET_DEMO=1.")
    passwords: Passwords = current_app.extensions["market.passwords"]
    with transaction() as session:
        if session.scalars(select(User.id).limit(1)).first() is not None:
            return False
        load(session, passwords.make(PASSWORD), sealer(), at)
    return True


def load(session: Session, password_hash: str, sealer: Sealer, at: datetime) -> Stage:
    """Tell the whole world up to ``at``, mark it as the demo's, tie its journal together."""
    diary = Diary(at)
    first = diary.instant(0)
    stage = furnish(session, password_hash, sealer, first)
    by = stage.person(ADMINISTRATOR.key, first)
    record(session, LOADED, by=by, at=first, thread=("demo", 1))
    cities = (changsha, zhuzhou, xiangtan)
    results = [result for city in cities for result in city.RESULTS]
    works = [work for city in cities for work in city.WORKS]
    diary.tell(
        [
            *(publication(stage, result) for result in results),
            *(talks(stage, result, nth) for result in results for nth in range(len(result.talks))),
            *(outside_contract(stage, work) for work in works),
            *money(stage, results),
        ]
    )
    late_acts(stage, at - timedelta(minutes=30))
    checkpoint(session, at=at)
    return stage
