"""Roles that take two administrators, from the proposal to the role."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from market.accounts.commands import grant_role
from market.accounts.queries import confirmed
from market.accounts.role_commands import confirm_role, decline_role, propose_role
from market.accounts.rules import GRANT_POWER, AccountRefusal
from market.kernel.authority import Actor, Role, WhoRefusal
from market.kernel.db import Missing
from market.kernel.journal import timeline
from market.kernel.proposals import HOLDS, Outcome, ProposalRefusal, waiting
from market.kernel.refusal import Refusal, Refused
from tests import make, web


def refused(said: Refusal) -> "pytest.RaisesExc[Refused]":
    return pytest.RaisesExc(Refused, check=lambda error: error.refusal is said)


def two(s: Session, at: datetime) -> tuple[Actor, Actor]:
    one, other = (make.actor(s, make.user(s, Role.ADMINISTRATOR, at=at), at) for _ in range(2))
    return one, other


def test_one_proposes_and_another_confirms_exactly_that(session: Session, at: datetime) -> None:
    one, other = two(session, at)
    person, office = make.user(session, at=at), make.office(session, at)
    proposal = propose_role(
        session, person.id, Role.REGISTRAR, by=one, at=at, registry_id=office.id
    )
    assert make.actor(session, person, at).roles == frozenset()
    with refused(ProposalRefusal.SAME_PERSON):
        confirm_role(session, proposal.id, by=one, at=at)
    confirm_role(session, proposal.id, by=other, at=at)
    made = make.actor(session, person, at)
    assert made.roles == {Role.REGISTRAR}
    assert made.registry_id == office.id
    assert (proposal.outcome, proposal.decided_by) == (Outcome.CONFIRMED, other.user_id)
    acts = [entry.act for entry in timeline(session, [("user", person.id)])]
    assert acts[1:] == ["account.role-proposed", "account.role-seconded", "account.role-granted"]
    for again in (confirm_role, decline_role):
        with refused(ProposalRefusal.DECIDED):
            again(session, proposal.id, by=other, at=at)


def test_nobody_seconds_their_own_power(session: Session, at: datetime) -> None:
    one, other = two(session, at)
    person = make.user(session, Role.ADMINISTRATOR, at=at)
    third = make.actor(session, person, at)
    with refused(AccountRefusal.OWN_ROLES):
        propose_role(session, other.user_id or 0, Role.ADMINISTRATOR, by=other, at=at)
    office = make.office(session, at)
    proposal = propose_role(
        session, person.id, Role.REGISTRAR, by=one, at=at, registry_id=office.id
    )
    with refused(AccountRefusal.OWN_ROLES):
        confirm_role(session, proposal.id, by=third, at=at)


def test_one_proposal_at_a_time_waits_for_a_person(session: Session, at: datetime) -> None:
    one, other = two(session, at)
    person = make.user(session, at=at)
    first = propose_role(session, person.id, Role.AUDITOR, by=one, at=at)
    with refused(ProposalRefusal.WAITING):
        propose_role(session, person.id, Role.ADMINISTRATOR, by=other, at=at)
    decline_role(session, first.id, by=one, at=at)
    assert first.outcome is Outcome.WITHDRAWN
    second = propose_role(session, person.id, Role.ADMINISTRATOR, by=other, at=at)
    decline_role(session, second.id, by=one, at=at)
    assert second.outcome is Outcome.REJECTED


def test_a_proposal_is_stale_once_the_person_changed(session: Session, at: datetime) -> None:
    one, other = two(session, at)
    person = make.user(session, at=at)
    proposal = propose_role(session, person.id, Role.AUDITOR, by=one, at=at)
    grant_role(session, person.id, Role.DIRECTOR, by=one, at=at)
    with refused(ProposalRefusal.STALE):
        confirm_role(session, proposal.id, by=other, at=at)
    assert make.actor(session, person, at).roles == {Role.DIRECTOR}


def test_a_proposal_lapses_after_thirty_days_and_makes_room(session: Session, at: datetime) -> None:
    one, other = two(session, at)
    person, late = make.user(session, at=at), at + HOLDS
    old = propose_role(session, person.id, Role.AUDITOR, by=one, at=at)
    in_time = late - timedelta(seconds=1)
    with refused(ProposalRefusal.WAITING):
        propose_role(session, person.id, Role.AUDITOR, by=confirmed(one, in_time), at=in_time)
    with refused(ProposalRefusal.STALE):
        confirm_role(session, old.id, by=confirmed(other, late), at=late)
    new = propose_role(session, person.id, Role.AUDITOR, by=confirmed(one, late), at=late)
    assert (old.outcome, old.decided_by) == (Outcome.LAPSED, None)
    assert waiting(session, GRANT_POWER)[-1] is new


@pytest.mark.parametrize(
    ("role", "said"),
    [(Role.OPERATOR, AccountRefusal.NOT_STAFF), (Role.COMPANY, AccountRefusal.NOT_STAFF)],
)
def test_only_the_roles_of_power_are_proposed(
    session: Session, at: datetime, role: Role, said: Refusal
) -> None:
    one, _ = two(session, at)
    with refused(said):
        propose_role(session, make.user(session, at=at).id, role, by=one, at=at)


def test_a_proposal_is_decided_by_an_administrator_with_the_password(
    session: Session, at: datetime
) -> None:
    one, other = two(session, at)
    proposal = propose_role(session, make.user(session, at=at).id, Role.AUDITOR, by=one, at=at)
    operator = make.operator(session, at)
    for decide in (confirm_role, decline_role):
        with refused(WhoRefusal.NOT_YOUR_ROLE):
            decide(session, proposal.id, by=operator, at=at)
        with refused(WhoRefusal.PASSWORD_AGAIN):
            decide(session, proposal.id, by=other, at=at + timedelta(minutes=6))
        with pytest.raises(Missing):
            decide(session, 10**9, by=other, at=at)


def test_two_administrators_make_an_auditor_by_pages(app: Flask, at: datetime) -> None:
    with app.extensions["market.database"].transaction() as s:
        ids = [make.user(s, Role.ADMINISTRATOR, at=at).id for _ in range(2)]
        person, name = (made := make.user(s, at=at)).id, made.name
    one, other = (web.sign_in(app, each) for each in ids)
    body = {"role": "auditor", "registry_id": "", "password": make.PASSWORD}
    answer = web.post(one, f"/users/{person}/roles", body)
    assert answer.status_code == 302
    assert "another administrator confirms" in one.get(answer.location).text
    path, sure = "/users/proposals/1", {"password": make.PASSWORD}
    assert path in other.get("/home").text
    assert path not in one.get("/home").text
    assert path in other.get("/users").text
    page = other.get(path).text
    assert name in page
    assert "Auditor" in page
    assert web.post(one, f"{path}/confirm", sure, page=path).status_code == 409
    assert web.post(other, f"{path}/confirm", {"password": "no"}, page=path).status_code == 422
    assert web.post(other, f"{path}/confirm", sure, page=path).status_code == 302
    auditor = web.sign_in(app, person)
    assert auditor.get("/parties").status_code == 200
    assert other.get("/users/proposals/987654321").status_code == 404
    assert auditor.get(path).status_code == 403
