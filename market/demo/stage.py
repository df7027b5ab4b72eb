"""The stage of the demo world: its people and parties, and who acts for whom."""

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts import commands as accounts
from market.accounts import role_commands as roles
from market.accounts.identifiers import canonical_email
from market.accounts.models import User
from market.accounts.rules import BY_TWO, MARKET_ROLES
from market.demo.cast import (
    ADMINISTRATOR,
    DOUBTFUL,
    HOST,
    OFFICES,
    PARTIES,
    PEOPLE,
    SECOND,
    STAFF,
    VENUES,
    Person,
    app_secret,
)
from market.demo.houses import seat_people, verify_parties
from market.demo.people import Stage
from market.factors.codes import code_at, step_of
from market.factors.commands import enrol_factor
from market.kernel.authority import NOBODY, Actor
from market.kernel.money import Money
from market.kernel.sealing import Sealer
from market.parties import commands as parties
from market.parties.queries import find_actor
from market.places import commands as places
from market.places.queries import registries


def wan(amount: int) -> Money:
    """So many 万元."""
    return Money(amount * 1_000_000)


def furnish(session: Session, password_hash: str, sealer: Sealer, at: datetime) -> Stage:
    """People, venues, registries, posts and parties: the world's first day."""
    stage = Stage(session)
    _take_in(stage, password_hash, at)
    _open_houses(stage, at)
    _fill_posts(stage, at)
    _hand_out_apps(stage, sealer, at)
    _found_parties(stage, at)
    seat_people(stage, at)
    verify_parties(stage, at)
    return stage


def _address(person: Person) -> str:
    return canonical_email(f"{person.key}@{HOST}")


def _take_in(stage: Stage, password_hash: str, at: datetime) -> None:
    stage_users = [
        accounts.create_administrator(
            stage.session,
            email=_address(each),
            name=each.name,
            password_hash=password_hash,
            by=NOBODY,
            at=at,
        )
        for each in (ADMINISTRATOR, SECOND)
    ]
    stage_users += [
        accounts.sign_up(
            stage.session,
            email=_address(person),
            name=person.name,
            password_hash=password_hash,
            roles=person.roles & frozenset(MARKET_ROLES),
            language=person.language,
            by=NOBODY,
            at=at,
        )
        for person in (*STAFF, *PEOPLE)
    ]
    for person, user in zip((ADMINISTRATOR, SECOND, *STAFF, *PEOPLE), stage_users, strict=True):
        stage.actors[person.key] = _seen(stage.session, user.id)


def _open_houses(stage: Stage, at: datetime) -> None:
    by = stage.person(ADMINISTRATOR.key, at)
    above: dict[str | None, int | None] = {None: None}
    for kind, name, region, parent in VENUES:
        venue = places.open_venue(
            stage.session,
            kind=kind,
            name=name,
            region_code=region,
            parent_id=above[parent],
            by=by,
            at=at,
        )
        above[name] = venue.id
    for code, name, authority in OFFICES:
        places.open_registry(
            stage.session,
            code=code,
            name=name,
            authority=authority,
            regions=[code],
            by=by,
            at=at,
        )


def _fill_posts(stage: Stage, at: datetime) -> None:
    offices = {office.code: office.id for office in registries(stage.session)}
    by, second = stage.person(ADMINISTRATOR.key, at), stage.person(SECOND.key, at)
    for person in STAFF:
        (role,) = person.roles
        user_id = stage.actors[person.key].user_id
        assert user_id is not None, "staff sign in"
        office = offices[person.office] if person.office else None
        if role in BY_TWO:
            proposed = roles.propose_role(
                stage.session, user_id, role, by=by, at=at, registry_id=office
            )
            roles.confirm_role(stage.session, proposed.id, by=second, at=at)
        else:
            accounts.grant_role(stage.session, user_id, role, by=by, at=at)
        stage.actors[person.key] = _seen(stage.session, user_id)


def _hand_out_apps(stage: Stage, sealer: Sealer, at: datetime) -> None:
    """Staff carry a second factor, whose secret anybody can work out from this page of code."""
    for person in (ADMINISTRATOR, *STAFF):
        secret = app_secret(person)
        by = stage.person(person.key, at)
        enrol_factor(stage.session, secret, code_at(secret, step_of(at)), sealer, by=by, at=at)


def _found_parties(stage: Stage, at: datetime) -> None:
    for member in PARTIES:
        by = stage.person(member.founder, at)
        party = parties.found_party(stage.session, member.facts, by=by, at=at)
        stage.parties[member.key] = party.id
    for member in PARTIES:
        user_id = stage.actors[member.founder].user_id
        assert user_id is not None, "founders sign in"
        actor = _seen(stage.session, user_id, stage.parties[member.key])
        stage.actors[f"party {member.key}"] = actor
    confirmed_one = min(DOUBTFUL, key=[member.key for member in PARTIES].index)
    parties.confirm_uscc(
        stage.session, stage.parties[confirmed_one], by=stage.person("operator", at), at=at
    )


def _seen(session: Session, user_id: int, party_id: int | None = None) -> Actor:
    """The person as the market sees them now, with the posts and seats just given."""
    session.flush()
    session.expire(session.get_one(User, user_id))
    return find_actor(session, user_id, party_id)
