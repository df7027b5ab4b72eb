"""Who may act: acts are rows of one table, an actor is held against a row.

Each slice declares its acts beside its laws (``ACTS`` in ``rules.py``); ``app.py`` collects them,
prints them as ``docs/acts.md`` and refuses to start with a route that has none.
"""

from collections.abc import Callable, Collection, Iterable
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


NEEDS_FACTOR = frozenset({Role.REGISTRAR, Role.OPERATOR, Role.AUDITOR, Role.ADMINISTRATOR})
"""Roles that hold only in a session with a second factor (ASVS 6.3.3)."""

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
    SUBMITTED = "submitted", N_("once it was submitted to the market")
    REGISTERED = "registered", N_("once it stands in the register")


class WhoRefusal(Denial):
    """Why this person may not, whatever the state of things."""

    SIGN_IN = "sign-in", N_("Please sign in first.")
    NOT_YOUR_ROLE = "not-your-role", N_("Your role does not include this act.")
    FACTOR_NEEDED = (
        "factor-needed",
        N_("Your staff role sleeps in this session: set up a second factor first."),
    )
    NO_PARTY = "no-party", N_("Choose the party you act for first.")
    NOT_YOURS = "not-yours", N_("Only the parties concerned may do this.")
    NOT_SIGNATORY = (
        "not-signatory",
        N_("Only a signatory of the party, or its transfer office with authority, may bind it."),
    )
    PARTY_SUSPENDED = (
        "party-suspended",
        N_("The operator has suspended this party: it reads, but acts on nothing."),
    )
    CASE_NEEDED = "case-needed", N_("Open a case first: this is read under a case number only.")
    PASSWORD_AGAIN = "password-again", N_("Enter your password again to confirm this act.")


@dataclass(frozen=True)
class Actor:
    """A person as the market sees them in one request: roles, the party acted for, the seat in it.

    ``parties`` are all parties the person belongs to (for independence, REG-15);
    ``bound_before`` is when a transfer office's written authority ends (REG-12), ``case_no``
    the case under which an auditor reads, ``confirmed_at`` when the password was last given again;
    ``asleep`` are roles that do not count in this session, for want of a second factor.
    """

    user_id: int | None
    name: str = ""
    roles: frozenset[Role] = frozenset()
    party_id: int | None = None
    seat: Seat | None = None
    bound_before: datetime | None = None
    suspended_party: bool = False
    parties: frozenset[int] = frozenset()
    registry_id: int | None = None
    case_no: str = ""
    confirmed_at: datetime | None = None
    asleep: frozenset[Role] = frozenset()

    def has(self, *roles: Role) -> bool:
        """Whether the person holds one of these roles."""
        return not self.roles.isdisjoint(roles)

    def binds(self, at: datetime) -> bool:
        """Whether the person may bind the party: its signatory, or its transfer office while the
        party's written authority holds (REG-12)."""
        if self.seat is Seat.TRANSFER_OFFICE:
            return self.bound_before is not None and at < self.bound_before
        return self.seat is Seat.SIGNATORY


NOBODY = Actor(None)


@dataclass(frozen=True)
class Act:
    """One row of the table of authority.

    ``roles`` empty means everybody who signed in; ``public`` opens it to strangers too.
    ``binding`` wants who may bind the party, ``su`` the password again within five minutes, ``two``
    a second person (which the act's own rule compares).

    ``reads`` marks an act that changes nothing. ``readers`` are the staff who may read beside those
    whom ``roles`` and ``relation`` name, each with the relation that they need; ``case`` wants them
    to name a case first.
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
    reads: bool = False
    readers: frozenset[tuple[Role, Relation]] = frozenset()
    case: bool = False


OF_PARTIES = frozenset({Relation.OWN, Relation.PARTY})
"""Relations in which a person acts for a party."""


def between(by: Actor, sides: Collection[int]) -> set[Relation]:
    """How a person stands to what is between these parties."""
    return {Relation.PARTY} if by.party_id in sides else set()


def who_refusal(
    act: Act, by: Actor, at: datetime, relations: Iterable[Relation] = ()
) -> WhoRefusal | None:
    """Hold an actor against a row of the table: the first question of every rule."""
    stands = _stands_refusal(act, by, {Relation.ANY, *relations})
    if stands is not None or act.public or act.reads:
        return stands
    if act.binding and not by.binds(at):
        return WhoRefusal.NOT_SIGNATORY
    if act.su and not _recently_confirmed(by, at):
        return WhoRefusal.PASSWORD_AGAIN
    return None


def reads(act: Act, by: Actor, relations: Iterable[Relation] = ()) -> bool:
    """Whether a person reads by this row; an act that changes nothing asks for no instant."""
    assert act.reads or act.public, f"{act.name} changes something"
    return _stands_refusal(act, by, {Relation.ANY, *relations}) is None


def _stands_refusal(act: Act, by: Actor, near: set[Relation]) -> WhoRefusal | None:
    if act.public:
        return None
    if by.user_id is None:
        return WhoRefusal.SIGN_IN
    if any(by.has(role) and relation in near for role, relation in act.readers):
        theirs = act.relation is not Relation.ANY and act.relation in near
        sealed = act.case and not by.case_no and not theirs
        return WhoRefusal.CASE_NEEDED if sealed else None
    if act.roles and by.roles.isdisjoint(act.roles):
        return role_refusal(act, by)
    if act.relation not in near:
        missing_party = act.relation is Relation.OWN and by.party_id is None
        return WhoRefusal.NO_PARTY if missing_party else WhoRefusal.NOT_YOURS
    if act.relation in OF_PARTIES and by.suspended_party and not act.reads:
        return WhoRefusal.PARTY_SUSPENDED
    return None


def role_refusal(act: Act, by: Actor) -> WhoRefusal:
    """Why somebody's roles do not include an act: they hold none that does, or it sleeps."""
    asleep = by.asleep & (act.roles | {role for role, _ in act.readers})
    return WhoRefusal.FACTOR_NEEDED if asleep else WhoRefusal.NOT_YOUR_ROLE


def _recently_confirmed(by: Actor, at: datetime) -> bool:
    return by.confirmed_at is not None and timedelta(0) <= at - by.confirmed_at <= PASSWORD_HOLDS


SEE_PUBLIC = Act("public.see", N_("See what is public"), public=True)


View = TypeVar("View", bound=Callable[..., object])


def asks(act: Act, *, creates: bool = False) -> Callable[[View], View]:
    """Name the act that a view carries out; without one the application does not start.

    A view that ``creates`` something takes the same words of the same person for the same thing
    (``kernel.once``).
    """

    def name_act(view: View) -> View:
        view.act, view.creates = act, creates  # type: ignore[attr-defined]
        return view

    return name_act
