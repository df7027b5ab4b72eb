"""Who hears of parties, of proposals and of accounts: nobody of what they did themselves."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from market.accounts import commands as accounts
from market.accounts.role_commands import confirm_role, decline_role, propose_role
from market.accounts.session_commands import end_all_sessions
from market.factors.commands import reset_factor
from market.inbox.news import News, Urgency
from market.inbox.queries import lines
from market.inbox.rules import Deed, Matter, tidings
from market.kernel.authority import Actor, Role, Seat
from market.kernel.clock import day_of
from market.parties import commands as parties
from market.parties import member_commands as members
from market.parties import tie_commands as ties
from market.parties.rules import PaperKind
from market.parties.seats import Holding
from market.parties.ties import Bond, TieKind
from market.rulebook.commands import confirm_amendment, decline_amendment, propose_amendment
from tests import make
from tests.inbox.town import asked, heard, messages, tell_all

KEY = "prc.publicity_days"
PARTY, PERSON, PROPOSER, DOER = 1, 21, 22, 77


@pytest.mark.parametrize(
    ("act", "parties", "person", "staff"),
    [
        ("party.paper-shown", set(), None, Role.OPERATOR),
        ("party.papers-returned", {PARTY}, None, None),
        ("party.verified", {PARTY}, None, None),
        ("party.suspended", {PARTY}, None, None),
        ("party.restored", {PARTY}, None, None),
        ("party.invitation-accepted", {PARTY}, None, None),
        ("party.invitation-declined", {PARTY}, None, None),
        ("party.seat-changed", set(), PERSON, None),
        ("party.member-suspended", set(), PERSON, None),
        ("party.member-restored", set(), PERSON, None),
        ("party.member-removed", set(), PERSON, None),
        ("party.tie-noted", {3}, None, None),
        ("party.tie-ended", {3}, None, None),
        ("payment.payout-done", {PARTY}, None, None),
        ("rulebook.amendment-proposed", set(), None, Role.OPERATOR),
        ("rulebook.amendment-declined", set(), PROPOSER, None),
        ("rulebook.amended", set(), PROPOSER, None),
        ("account.role-proposed", set(), None, Role.ADMINISTRATOR),
        ("account.role-declined", set(), PROPOSER, None),
        ("account.role-seconded", set(), PROPOSER, None),
        ("account.all-signed-out", set(), PERSON, None),
        ("account.restored", set(), PERSON, None),
    ],
)
def test_an_act_is_told_to_its_circle_and_never_to_its_doer(
    act: str, parties: set[int], person: int | None, staff: Role | None, at: datetime
) -> None:
    matter = Matter(
        party_id=PARTY,
        person_id=PERSON,
        proposer_id=PROPOSER,
        tied=frozenset({PARTY, 3}),
    )
    (told,) = tidings(Deed(9, act, at, DOER, PARTY, ("x", 5), {}), matter)
    assert (told.parties, told.person_id, told.staff) == (frozenset(parties), person, staff)
    assert DOER in told.without


@pytest.mark.parametrize("act", ["account.factor-reset", "account.suspended"])
def test_what_a_letter_tells_or_nobody_can_hear_is_told_by_no_message(
    act: str, at: datetime
) -> None:
    assert tidings(Deed(9, act, at, DOER, None, ("user", 5), {}), Matter(person_id=5)) == []


def test_papers_wait_for_operators_of_other_parties_and_their_answer_reaches_all_members(
    session: Session, at: datetime
) -> None:
    party, signatory = make.party(session, at=at)
    editor = make.member(session, signatory, Seat.EDITOR, at=at)
    operator, related = make.operator(session, at), make.user(session, Role.OPERATOR, at=at)
    make.member(session, signatory, Seat.EDITOR, at=at, person=related)
    parties.show_paper(
        session, party.id, PaperKind.LICENCE, "1", issued_by="", issued_on=None, by=signatory, at=at
    )
    parties.send_papers_back(session, party.id, "不清楚", by=operator, at=at)
    parties.suspend_party(session, party.id, "有疑", by=operator, at=at)
    parties.restore_party(session, party.id, by=operator, at=at)
    tell_all(session, at)
    assert asked(session, operator)[News.PAPER_SHOWN] is Urgency.WAITS
    assert News.PAPER_SHOWN not in heard(session, related.id)
    for person in (signatory, editor):
        assert heard(session, person)[-3:] == [
            News.PARTY_PAPERS_RETURNED,
            News.PARTY_SUSPENDED,
            News.PARTY_RESTORED,
        ]
    assert News.PAPER_SHOWN not in heard(session, signatory)


def test_a_verified_party_hears_of_it(session: Session, at: datetime) -> None:
    party, signatory = make.party(session, at=at)
    make.verified(session, party, signatory, at=at)
    tell_all(session, at)
    assert heard(session, signatory) == [News.PARTY_VERIFIED]


def test_a_member_hears_what_becomes_of_their_seat_and_the_party_of_the_answer(
    session: Session, at: datetime
) -> None:
    party, signatory = make.party(session, at=at)
    member = make.member(session, signatory, Seat.EDITOR, at=at)
    guest = make.user(session, at=at)
    asked_in = members.invite(
        session, party.id, guest.email, Seat.EDITOR, token_hash="f" * 64, by=signatory, at=at
    )
    members.decline_invitation(session, asked_in.id, by=make.actor(session, guest, at), at=at)
    user_id = member.user_id or 0
    holding = Holding(Seat.SIGNATORY, "", None)
    members.change_seat(session, party.id, user_id, holding, by=signatory, at=at)
    members.suspend_member(session, party.id, user_id, by=signatory, at=at)
    members.restore_member(session, party.id, user_id, by=signatory, at=at)
    members.remove_member(session, party.id, user_id, by=signatory, at=at)
    tell_all(session, at)
    assert heard(session, member) == [
        News.SEAT_CHANGED,
        News.SEAT_SUSPENDED,
        News.SEAT_RESTORED,
        News.SEAT_ENDED,
    ], "also once the seat is gone"
    assert heard(session, signatory) == [News.INVITATION_ACCEPTED, News.INVITATION_DECLINED]
    assert heard(session, guest.id) == []


def test_a_tie_binds_the_other_party_by_its_signatories(session: Session, at: datetime) -> None:
    (one, by), (other, across) = make.party(session, at=at), make.party(session, at=at)
    editor = make.member(session, across, Seat.EDITOR, at=at)
    bond = Bond(one.id, other.id, TieKind.CONTROL)
    tie = ties.note_tie(session, bond, day_of(at), source="章程", by=by, at=at)
    ties.end_tie(session, tie.id, day_of(at), by=make.operator(session, at), at=at)
    tell_all(session, at)
    assert asked(session, across)[News.TIE_NOTED] is Urgency.BINDS
    assert asked(session, editor)[News.TIE_NOTED] is Urgency.TOLD
    assert heard(session, by) == [News.TIE_ENDED], "the operator's word reaches both"


def administrators(s: Session, at: datetime) -> list[Actor]:
    return [make.actor(s, make.user(s, Role.ADMINISTRATOR, at=at), at) for _ in range(3)]


def test_a_proposed_role_waits_for_other_administrators_and_its_end_reaches_who_proposed(
    session: Session, at: datetime
) -> None:
    one, other, third = administrators(session, at)
    person = make.user(session, at=at)
    declined = propose_role(session, person.id, Role.AUDITOR, by=one, at=at)
    decline_role(session, declined.id, by=other, at=at)
    confirmed = propose_role(session, person.id, Role.AUDITOR, by=one, at=at)
    confirm_role(session, confirmed.id, by=other, at=at)
    withdrawn = propose_role(session, third.user_id or 0, Role.ADMINISTRATOR, by=one, at=at)
    decline_role(session, withdrawn.id, by=one, at=at)
    tell_all(session, at)
    given = [News.ROLE_GIVEN]
    assert heard(session, one) == [*given, News.PROPOSAL_REJECTED, News.PROPOSAL_CONFIRMED]
    assert heard(session, other) == given + 3 * [News.ROLE_DUE]
    assert heard(session, third) == given + 2 * [News.ROLE_DUE], "nobody decides on themselves"
    assert asked(session, other)[News.ROLE_DUE] is Urgency.WAITS
    assert heard(session, person.id) == given


def test_a_proposed_value_waits_for_other_operators(session: Session, at: datetime) -> None:
    one, other = make.operator(session, at), make.operator(session, at)
    day = day_of(at) + timedelta(days=30)
    declined = propose_amendment(session, KEY, 20, day, article="某条例 9", by=one, at=at)
    decline_amendment(session, declined.id, by=other, at=at)
    confirmed = propose_amendment(session, KEY, 21, day, article="某条例 9", by=one, at=at)
    confirm_amendment(session, confirmed.id, by=other, at=at)
    tell_all(session, at)
    assert heard(session, one)[1:] == [News.PROPOSAL_REJECTED, News.PROPOSAL_CONFIRMED]
    assert heard(session, other)[1:] == 2 * [News.AMENDMENT_DUE]


def test_an_account_hears_what_an_administrator_did_unless_a_letter_tells_it(
    session: Session, at: datetime
) -> None:
    by, person = administrators(session, at)[0], make.user(session, at=at)
    make.factor(session, person, at)
    reset_factor(session, person.id, by=by, at=at)
    tell_all(session, at)
    assert heard(session, person.id) == [], "the letter on security tells it"
    end_all_sessions(session, person.id, by=by, at=at)
    accounts.suspend_user(session, person.id, by=by, at=at)
    accounts.restore_user(session, person.id, by=by, at=at)
    tell_all(session, at)
    assert heard(session, person.id) == [News.SESSIONS_ENDED, News.ACCOUNT_RESTORED]


def test_each_new_matter_leads_to_its_page_for_those_who_may_see_it(
    app: Flask, session: Session, at: datetime
) -> None:
    (party, by), (other, across) = make.party(session, at=at), make.party(session, at=at)
    make.member(session, by, Seat.EDITOR, at=at)
    operator, second = make.operator(session, at), make.operator(session, at)
    first, another, _ = administrators(session, at)
    bond = Bond(party.id, other.id, TieKind.CONTROL)
    ties.note_tie(session, bond, day_of(at), source="章程", by=by, at=at)
    parties.show_paper(
        session, party.id, PaperKind.LICENCE, "1", issued_by="", issued_on=None, by=by, at=at
    )
    day = day_of(at) + timedelta(days=30)
    value = propose_amendment(session, KEY, 20, day, article="某条例 9", by=second, at=at)
    confirm_amendment(session, value.id, by=operator, at=at)
    person = make.user(session, at=at)
    propose_role(session, person.id, Role.AUDITOR, by=first, at=at)
    tell_all(session, at)

    def last(reader: Actor, news: News) -> tuple[str, str]:
        (found,) = [each for each in messages(session, reader) if each.news is news]
        with app.test_request_context():
            (line,) = lines(session, [found], reader, at)
        return line.title, line.place[0] if line.place else ""

    assert last(across, News.TIE_NOTED) == (party.name, "parties.party_ties")
    assert last(by, News.INVITATION_ACCEPTED) == (party.name, "parties.party_members")
    assert last(operator, News.PAPER_SHOWN) == (party.name, "parties.papers")
    assert last(operator, News.AMENDMENT_DUE) == (KEY, "rulebook.proposal")
    assert last(second, News.PROPOSAL_CONFIRMED) == (KEY, "rulebook.index")
    assert last(another, News.ROLE_DUE) == (person.name, "accounts.proposal")
    stripped = Actor(another.user_id)
    assert last(stripped, News.ROLE_DUE) == ("", ""), "who lost the role sees no name any more"


def test_everybody_in_a_party_hears_that_its_payout_account_changed_and_nobody_else(
    session: Session, app: Flask, at: datetime
) -> None:
    """Promises 5.1, row 35: who took a session over is seen while the new account waits."""
    _, signatory = make.party(session, at=at)
    editor = make.member(session, signatory, Seat.EDITOR, at=at)
    _, stranger = make.party(session, at=at)
    tell_all(session, at)
    make.payout_account(session, signatory, at=at)
    tell_all(session, at)
    for by in (signatory, editor):
        assert by.user_id is not None
        said = messages(session, by.user_id)[-1]
        assert (said.news, said.urgency) == (News.ACCOUNT_SET, Urgency.BINDS)
        with app.test_request_context():
            (line,) = lines(session, [said], by, at)
        assert "2026-03-11 10:00" in line.sentence
        assert line.place == ("payments.payouts", {})
        assert "6222" not in line.title
    assert stranger.user_id is not None
    heard_of = {each.news for each in messages(session, stranger.user_id)}
    assert News.ACCOUNT_SET not in heard_of


def test_an_amount_due_waits_for_who_pays_and_what_came_is_told_to_who_is_paid(
    session: Session, app: Flask, at: datetime
) -> None:
    (payer, paying), (payee, paid) = make.party(session, at=at), make.party(session, at=at)
    tell_all(session, at)
    due = make.owed(session, payer, payee, 1_000, at)
    make.paid_by_bank(session, due, 600, at)
    tell_all(session, at)
    assert paying.user_id is not None
    assert paid.user_id is not None
    waits, came = messages(session, paying.user_id)[-2], messages(session, paid.user_id)[-1]
    assert (waits.news, waits.urgency) == (News.OWED, Urgency.WAITS)
    assert came.news is News.MONEY_CAME
    with app.test_request_context():
        (line,) = lines(session, [waits], paying, at)
        assert "1,000.00" in line.sentence
        assert line.place == ("payments.show", {"obligation_id": due.id})
        (line,) = lines(session, [came], paid, at)
        assert "600.00" in line.sentence
