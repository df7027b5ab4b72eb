"""Where the demo world may be, and where never."""

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from config import ConfigError
from market.kernel.journal import Entry

LOADED = "demo.loaded"
"""The act that marks a demo world. Nobody can bring it about by signing up, so nobody can keep a
real market from starting; and the journal never loses it."""


def refuse_demo_world(session: Session) -> None:
    """Refuse a database that holds the demo's accounts: their password is printed for everybody."""
    if not inspect(session.connection()).has_table(Entry.__tablename__):
        return  # not migrated yet: nobody is in it
    if session.scalars(select(Entry.id).where(Entry.act == LOADED).limit(1)).first() is not None:
        raise ConfigError("This database holds the demo world, whose password everybody knows.")
