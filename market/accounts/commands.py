"""Acts on people, parties, venues and registries."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.models import (
    Membership,
    Park,
    Party,
    Region,
    Registry,
    Territory,
    User,
    UserRole,
    Venue,
)
from market.accounts.queries import find_administrator
from market.accounts.rules import (
    MARKET_ROLES,
    OPEN_REGISTRY,
    SEE_OWN,
    AccountRefusal,
    Holder,
    PartyFacts,
    VenueKind,
    grant_refusal,
    name_refusal,
    park_refusal,
    party_refusal,
    take_refusal,
    uscc_refusal,
    venue_refusal,
)
from market.kernel.authority import Actor, Role, Seat, who_refusal
from market.kernel.db import get, lock, witness
from market.kernel.journal import record
from market.kernel.refusal import Refusal, Refused, insist


def sign_up(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str,
    roles: frozenset[Role],
    language: str,
    by: Actor,
    at: datetime,
) -> User:
    """Make an account with market-side roles; an address is used once."""
    insist(name_refusal(name), field="name")
    user = User(email=email, name=name, password_hash=password_hash, language=language)
    user.created_at = at
    user.roles = [UserRole(role=role) for role in MARKET_ROLES if role in roles]
    with witness(session, AccountRefusal.EMAIL_TAKEN):
        session.add(user)
    held = sorted(role.value for role in roles)
    record(session, "account.signed-up", by=by, at=at, thread=("user", user.id), roles=held)
    return user


def create_administrator(
    session: Session, *, email: str, name: str, password_hash: str, by: Actor, at: datetime
) -> User:
    """Make the first administrator, once: later ones are made by those who hold the role."""
    if find_administrator(session) is not None:
        raise Refused(AccountRefusal.ADMINISTRATOR_EXISTS)
    user = sign_up(
        session,
        email=email,
        name=name,
        password_hash=password_hash,
        roles=frozenset(),
        language="zh_Hans",
        by=by,
        at=at,
    )
    user.roles.append(UserRole(role=Role.ADMINISTRATOR))
    record(session, "account.administrator-created", by=by, at=at, thread=("user", user.id))
    return user


def choose_language(
    session: Session, user_id: int, language: str, *, by: Actor, at: datetime
) -> User:
    """Keep the language in which a person is spoken to, on this machine and the next."""
    insist(who_refusal(SEE_OWN, by, at))
    user = lock(session, User, user_id)
    if user.language != language:
        user.language = language
        record(
            session,
            "account.language-chosen",
            by=by,
            at=at,
            thread=("user", user.id),
            language=language,
        )
    return user


def grant_role(
    session: Session,
    user_id: int,
    role: Role,
    *,
    by: Actor,
    at: datetime,
    registry_id: int | None = None,
) -> User:
    """Give a staff role to somebody else; a registrar is posted to one registry."""
    user = lock(session, User, user_id)
    holder = _holder(user)
    refusal = grant_refusal(by, holder, role, at, posted=registry_id is not None)
    insist(refusal, field=_FIELDS.get(refusal, "role"))
    if role not in holder.roles:
        user.roles.append(UserRole(role=role))
    if role is Role.REGISTRAR:
        user.registry_id = registry_id
    record(
        session,
        "account.role-granted",
        by=by,
        at=at,
        thread=("user", user.id),
        role=role.value,
        registry=registry_id,
    )
    return user


def take_role(session: Session, user_id: int, role: Role, *, by: Actor, at: datetime) -> User:
    """Take a staff role away; it is gone on the person's next request."""
    user = lock(session, User, user_id)
    insist(take_refusal(by, _holder(user), role, at), field="role")
    user.roles = [held for held in user.roles if held.role is not role]
    if role is Role.REGISTRAR:
        user.registry_id = None
    record(session, "account.role-taken", by=by, at=at, thread=("user", user.id), role=role.value)
    return user


def _holder(user: User) -> Holder:
    return Holder(user.id, frozenset(held.role for held in user.roles))


_FIELDS: dict[Refusal | None, str] = {
    AccountRefusal.REGISTRY_MISSING: "registry_id",
    AccountRefusal.NAME_RESERVED: "name",
    AccountRefusal.USCC_MISSING: "uscc",
    AccountRefusal.USCC_UNWANTED: "uscc",
    AccountRefusal.CLASS_MISFIT: "seller_class",
    AccountRefusal.NATURE_MISFIT: "nature",
}


def found_party(session: Session, facts: PartyFacts, *, by: Actor, at: datetime) -> Party:
    """Found a party; its founder becomes its first signatory."""
    refusal = party_refusal(by, facts, at)
    insist(refusal, field=_FIELDS.get(refusal))
    region = get(session, Region, facts.region_code)
    park = get(session, Park, facts.park_code) if facts.park_code else None
    insist(
        park_refusal(region.city_code or region.code, park.city_code if park else None),
        field="park_code",
    )
    party = Party(**vars(facts), created_at=at)
    with witness(session, AccountRefusal.USCC_TAKEN):
        session.add(party)
    session.add(Membership(user_id=by.user_id, party_id=party.id, seat=Seat.SIGNATORY))
    record(
        session,
        "party.founded",
        by=by,
        at=at,
        thread=("party", party.id),
        uscc=party.uscc,
        check_ok=party.uscc_check_ok,
    )
    return party


def confirm_uscc(session: Session, party_id: int, *, by: Actor, at: datetime) -> Party:
    """Confirm a credit code whose check digit fails, having seen the licence (IDN-08)."""
    party = lock(session, Party, party_id)
    insist(uscc_refusal(by, check_ok=not party.uscc_doubtful, at=at))
    party.uscc_confirmed_by = by.user_id
    record(
        session, "party.uscc-confirmed", by=by, at=at, thread=("party", party.id), uscc=party.uscc
    )
    return party


def open_venue(
    session: Session,
    *,
    kind: VenueKind,
    name: str,
    region_code: str,
    parent_id: int | None,
    by: Actor,
    at: datetime,
) -> Venue:
    """Add a node to the venue tree."""
    parent = lock(session, Venue, parent_id) if parent_id is not None else None
    insist(venue_refusal(by, kind, parent.kind if parent else None, at))
    venue = Venue(kind=kind, name=name, region_code=region_code, parent_id=parent_id)
    session.add(venue)
    session.flush()
    record(session, "venue.opened", by=by, at=at, thread=("venue", venue.id), kind=kind.value)
    return venue


def open_registry(
    session: Session,
    *,
    code: str,
    name: str,
    authority: str,
    regions: list[str],
    by: Actor,
    at: datetime,
) -> Registry:
    """Open a registry over a territory that no other registry serves (REG-11)."""
    insist(who_refusal(OPEN_REGISTRY, by, at))
    registry = Registry(code=code, name=name, authority=authority)
    with witness(session, AccountRefusal.CODE_TAKEN):
        session.add(registry)
    with witness(session, AccountRefusal.TERRITORY_TAKEN):
        session.add_all(Territory(region_code=r, registry_id=registry.id) for r in regions)
    record(
        session,
        "registry.opened",
        by=by,
        at=at,
        thread=("registry", registry.id),
        code=code,
        regions=sorted(regions),
    )
    return registry
