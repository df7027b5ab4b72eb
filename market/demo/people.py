"""Everybody of the demo world, by their keys, while the world is told."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.queries import confirmed
from market.demo.numbers import Patents
from market.kernel.authority import Actor


@dataclass
class Stage:
    """The market while the world is told: one transaction, the actors by their keys."""

    session: Session
    actors: dict[str, Actor] = field(default_factory=dict)
    parties: dict[str, int] = field(default_factory=dict)
    listings: dict[str, int] = field(default_factory=dict)
    patents: Patents = field(default_factory=Patents)

    def person(self, key: str, at: datetime) -> Actor:
        """This person, having just given the password."""
        return confirmed(self.actors[key], at)

    def party(self, key: str, at: datetime) -> Actor:
        """The signatory of this party, acting for it."""
        return confirmed(self.actors[f"party {key}"], at)
