"""Who may act: acts are rows of one table, an actor is held against a row.

Each slice declares its acts beside its laws (``ACTS`` in ``rules.py``); ``app.py`` collects them,
prints them as ``docs/acts.md`` and refuses to start with a route that has none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from market.kernel.refusal import Denial
from market.kernel.words import N_, Labelled

PASSWORD_HOLDS = timedelta(minutes=5)


class Role(Labelled):
    """What a person is in the market. One person may hold several market-side roles."""

    RESEARCHER = "researcher", N_("Researcher")
    COMPANY = "company", N_("Company")
    BROKER = "broker", N_("Technology broker")
    REGISTRAR = "registrar", N_("Registrar")
    OPERATOR = "operator", N_("Operator")
    DIRECTOR = "director", N_("Director")
    AUDITOR = "auditor", N_("Auditor")
    ADMINISTRATOR = "administrator", N_("Administrator")


STAFF = frozenset({Role.REGISTRAR, Role.OPERATOR, Role.DIRECTOR, Role.AUDITOR, Role.ADMINISTRATOR})


class Seat(Labelled):
    """What a member may do for a party: prepare, or bind."""

    EDITOR = "editor", N_("Editor")
    SIGNATORY = "signatory", N_("Signatory")
    TRANSFER_OFFICE = "transfer-office", N_("Technology transfer office")


class Relation(Labelled):
    """How the actor must stand to the object of an act."""

    ANY = "any", N_("any")
    OWN = "own", N_("of the acting party")
    PARTY = "party", N_("party to it")
    OFFICE = "office", N_("at the actor's own registry, related to no party")


class WhoRefusal(Denial):
    """Why this person may not, whatever the state of things."""

    SIGN_IN = "sign-in", N_("Please sign in first.")
    NOT_YOUR_ROLE = "not-your-role", N_("Your role does not include this act.")
    NO_PARTY = "no-party", N_("Choose the party you act for first.")
    NOT_YOURS = "not-yours", N_("Only the parties concerned may do this.")
    NOT_SIGNATORY = "not-signatory", N_("Only a signatory of the party may bind it.")
    PASSWORD_AGAIN = "password-again", N_("Enter your password again to confirm this act.")


@dataclass(frozen=True)
class Actor:
    """A person as the market sees them in one request: roles, the party acted for, the seat in it.

    ``parties`` are all parties the person belongs to (for independence, REG-15);
    ``confirmed_at`` is when the password was last given again.
    """

    user_id: int | None
    name: str = ""
    roles: frozenset[Role] = frozenset()
    party_id: int | None = None
    seat: Seat | None = None
    parties: frozenset[int] = frozenset()
    registry_id: int | None = None
    confirmed_at: datetime | None = None

    def has(self, *roles: Role) -> bool:
        """Whether the person holds one of these roles."""
        return not self.roles.isdisjoint(roles)


NOBODY = Actor(None)


@dataclass(frozen=True)
class Act:
    """One row of the table of authority.

    ``roles`` empty means everybody who signed in; ``public`` opens it to strangers too.
    ``binding`` wants a signatory, ``su`` the password again within five minutes, ``two`` a second
    person (which the act's own rule compares).
    """

    name: str
    sentence: str
    roles: frozenset[Role] = frozenset()
    relation: Relation = Relation.ANY
    public: bool = False
    binding: bool = False
    su: bool = False
    two: bool = False
    article: str = ""


def who_refusal(
    act: Act, by: Actor, at: datetime, relations: Iterable[Relation] = ()
) -> WhoRefusal | None:
    """Hold an actor against a row of the table: the first question of every rule."""
    if act.public:
        return None
    if by.user_id is None:
        return WhoRefusal.SIGN_IN
    if act.roles and by.roles.isdisjoint(act.roles):
        return WhoRefusal.NOT_YOUR_ROLE
    if act.relation is not Relation.ANY and act.relation not in set(relations):
        missing_party = act.relation is Relation.OWN and by.party_id is None
        return WhoRefusal.NO_PARTY if missing_party else WhoRefusal.NOT_YOURS
    if act.binding and by.seat is not Seat.SIGNATORY:
        return WhoRefusal.NOT_SIGNATORY
    if act.su and not _recently_confirmed(by, at):
        return WhoRefusal.PASSWORD_AGAIN
    return None


def _recently_confirmed(by: Actor, at: datetime) -> bool:
    return by.confirmed_at is not None and timedelta(0) <= at - by.confirmed_at <= PASSWORD_HOLDS


View = TypeVar("View", bound=Callable[..., object])


def asks(act: Act) -> Callable[[View], View]:
    """Name the act that a view carries out; without one the application does not start."""

    def name_act(view: View) -> View:
        view.act = act  # type: ignore[attr-defined]
        return view

    return name_act
