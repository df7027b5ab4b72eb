"""Papers, verification and suspension: the law case by case, and the acts on both engines."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.contracts import commands as contracts
from market.contracts.rules import ContractRefusal
from market.contracts.rules import Status as ContractStatus
from market.kernel.authority import NOBODY, Actor, Role, Seat, WhoRefusal
from market.kernel.clock import day_of
from market.kernel.db import Missing
from market.kernel.journal import timeline
from market.kernel.refusal import Refusal, Refused
from market.listings import commands as listings
from market.negotiation import commands as negotiation
from market.parties import commands
from market.parties.models import Party, PartyPaper
from market.parties.queries import find_actor, parties_page, waiting_parties
from market.parties.rules import (
    MOST_PAPERS,
    NEEDED,
    Known,
    PaperKind,
    PartyKind,
    PartyRefusal,
    Standing,
    restore_refusal,
    see_paper_refusal,
    send_back_refusal,
    show_refusal,
    suspend_refusal,
    take_back_refusal,
    verify_refusal,
)
from market.rulebook.models import Amendment
from market.rulebook.rules import VERIFIED_FIRST, Unit
from tests import make

MEMBER = Actor(1, party_id=7, seat=Seat.EDITOR, parties=frozenset({7}))
OPERATOR = Actor(2, roles=frozenset({Role.OPERATOR}))
KIN = replace(OPERATOR, parties=frozenset({7}))
BOTH = frozenset(NEEDED[PartyKind.ORGANISATION])
NEW = Known(7, PartyKind.ORGANISATION)
SHOWN = replace(NEW, shown=BOTH, papers=2)
SEEN = replace(SHOWN, seen=BOTH)


def refused(said: Refusal, field: str | None = None) -> "pytest.RaisesExc[Refused]":
    def fits(error: Refused) -> bool:
        return error.refusal is said and field in (None, error.field)

    return pytest.RaisesExc(Refused, check=fits)


def standing(party: Party) -> Standing:
    """The one word for the party, asked anew."""
    return party.known.standing


def paper(s: Session, party: Party, by: Actor, at: datetime, **over: object) -> PartyPaper:
    told = {"kind": PaperKind.LICENCE, "reference": "430104-7", **over}
    kind, reference = told.pop("kind"), told.pop("reference")
    told = {"issued_by": "长沙市市场监督管理局", "issued_on": None, **told}
    return commands.show_paper(s, party.id, kind, reference, by=by, at=at, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (NEW, Standing.UNVERIFIED),
        (SHOWN, Standing.SHOWN),
        (replace(SHOWN, returned=True), Standing.RETURNED),
        (replace(SEEN, verified=True), Standing.VERIFIED),
        (replace(SEEN, verified=True, suspended=True), Standing.SUSPENDED),
    ],
)
def test_the_market_has_one_word_for_a_party(known: Known, said: Standing) -> None:
    assert known.standing is said


@pytest.mark.parametrize(
    ("by", "known", "said"),
    [
        (MEMBER, NEW, None),
        (MEMBER, replace(SEEN, verified=True), PartyRefusal.VERIFIED_ALREADY),
        (MEMBER, replace(NEW, papers=MOST_PAPERS), PartyRefusal.PAPERS_MANY),
        (replace(MEMBER, party_id=8), NEW, WhoRefusal.NOT_YOURS),
        (replace(MEMBER, suspended_party=True), NEW, WhoRefusal.PARTY_SUSPENDED),
        (OPERATOR, NEW, WhoRefusal.NO_PARTY),
        (NOBODY, NEW, WhoRefusal.SIGN_IN),
    ],
)
def test_any_member_shows_papers_until_the_party_is_verified(
    by: Actor, known: Known, said: Refusal | None, at: datetime
) -> None:
    assert show_refusal(by, known, at) is said


def test_what_was_seen_stays_and_is_seen_once(at: datetime) -> None:
    assert take_back_refusal(MEMBER, SHOWN, at, seen=False) is None
    assert take_back_refusal(MEMBER, SHOWN, at, seen=True) is PartyRefusal.PAPER_SEEN
    assert take_back_refusal(OPERATOR, SHOWN, at, seen=False) is WhoRefusal.NO_PARTY
    assert see_paper_refusal(OPERATOR, SHOWN, at, seen=False) is None
    assert see_paper_refusal(OPERATOR, SHOWN, at, seen=True) is PartyRefusal.PAPER_SEEN
    assert see_paper_refusal(MEMBER, SHOWN, at, seen=False) is WhoRefusal.NOT_YOUR_ROLE


@pytest.mark.parametrize(
    ("by", "known", "said"),
    [
        (OPERATOR, SEEN, None),
        (OPERATOR, SHOWN, PartyRefusal.PAPERS_MISSING),
        (OPERATOR, replace(SEEN, seen=BOTH - {PaperKind.LICENCE}), PartyRefusal.PAPERS_MISSING),
        (OPERATOR, replace(SEEN, uscc_doubtful=True), PartyRefusal.USCC_DOUBTFUL),
        (OPERATOR, replace(SEEN, verified=True), PartyRefusal.VERIFIED_ALREADY),
        (KIN, SEEN, PartyRefusal.OWN_PARTY),
        (MEMBER, SEEN, WhoRefusal.NOT_YOUR_ROLE),
        (OPERATOR, Known(7, PartyKind.PERSON, seen=BOTH), PartyRefusal.PAPERS_MISSING),
        (OPERATOR, Known(7, PartyKind.PERSON, seen=frozenset({PaperKind.PERSON})), None),
    ],
)
def test_a_party_is_verified_once_all_its_papers_were_seen_by_another_house(
    by: Actor, known: Known, said: Refusal | None, at: datetime
) -> None:
    assert verify_refusal(by, known, at) is said


def test_papers_go_back_and_parties_are_suspended_with_a_reason_only(at: datetime) -> None:
    sure = replace(OPERATOR, confirmed_at=at)
    assert send_back_refusal(OPERATOR, SHOWN, at, why="模糊") is None
    assert send_back_refusal(OPERATOR, SHOWN, at, why="") is PartyRefusal.REASON_MISSING
    done = replace(SEEN, verified=True)
    assert send_back_refusal(OPERATOR, done, at, why="x") is PartyRefusal.VERIFIED_ALREADY
    assert send_back_refusal(KIN, SHOWN, at, why="x") is PartyRefusal.OWN_PARTY
    assert suspend_refusal(sure, SEEN, at, why="虚假材料") is None
    assert suspend_refusal(sure, SEEN, at, why="") is PartyRefusal.REASON_MISSING
    assert suspend_refusal(OPERATOR, SEEN, at, why="x") is WhoRefusal.PASSWORD_AGAIN
    off = replace(SEEN, suspended=True)
    assert suspend_refusal(sure, off, at, why="x") is PartyRefusal.SUSPENDED_ALREADY
    assert restore_refusal(sure, off, at) is None
    assert restore_refusal(sure, SEEN, at) is PartyRefusal.NOT_SUSPENDED
    assert PartyRefusal.REASON_MISSING.status == PartyRefusal.PAPER_DAY.status == 422


def test_a_party_shows_papers_and_is_verified(session: Session, at: datetime) -> None:
    party, by = make.party(session, at=at)
    assert party not in waiting_parties(session)
    operator = make.operator(session, at)
    licence = paper(session, party, by, at)
    assert party in waiting_parties(session)
    assert party in parties_page(session, 1, waiting=True).rows
    with refused(PartyRefusal.PAPERS_MISSING) as no:
        commands.verify_party(session, party.id, by=operator, at=at)
    assert no.value.detail == {"papers": (PaperKind.LICENCE, PaperKind.REPRESENTATIVE)}
    commands.see_paper(session, party.id, licence.id, by=operator, at=at)
    second = paper(session, party, by, at, kind=PaperKind.REPRESENTATIVE)
    commands.see_paper(session, party.id, second.id, by=operator, at=at)
    commands.verify_party(session, party.id, by=operator, at=at)
    assert (party.standing, party.verified_by) == (Standing.VERIFIED, operator.user_id)
    assert party not in waiting_parties(session)
    acts = [entry.act for entry in timeline(session, [("party", party.id)])]
    assert acts[-1] == "party.verified"
    assert acts.count("party.paper-seen") == 2


def test_papers_sent_back_wait_again_once_another_is_shown(session: Session, at: datetime) -> None:
    party, by = make.party(session, at=at)
    blurred = paper(session, party, by, at)
    operator = make.operator(session, at)
    commands.send_papers_back(session, party.id, "执照照片模糊", by=operator, at=at)
    assert standing(party) is Standing.RETURNED
    assert party not in waiting_parties(session)
    commands.take_back_paper(session, party.id, blurred.id, by=by, at=at)
    paper(session, party, by, at)
    assert standing(party) is Standing.SHOWN
    assert party in waiting_parties(session)


def test_a_paper_is_of_today_at_the_latest_and_of_its_own_party(
    session: Session, at: datetime
) -> None:
    (party, by), (other, stranger) = (make.party(session, at=at) for _ in range(2))
    with refused(PartyRefusal.PAPER_DAY, "issued_on"):
        paper(session, party, by, at, issued_on=day_of(at) + timedelta(days=1))
    own = paper(session, party, by, at, issued_on=day_of(at))
    with pytest.raises(Missing):
        commands.take_back_paper(session, other.id, own.id, by=stranger, at=at)


def test_an_operator_does_not_decide_about_their_own_party(session: Session, at: datetime) -> None:
    party, by = make.party(session, at=at)
    person = make.user(session, Role.OPERATOR, at=at)
    kin = make.member(session, by, Seat.EDITOR, at=at, person=person)
    shown = paper(session, party, by, at)
    with refused(PartyRefusal.OWN_PARTY):
        commands.see_paper(session, party.id, shown.id, by=kin, at=at)


def test_a_suspended_party_acts_on_nothing_from_the_next_request_on(
    session: Session, at: datetime
) -> None:
    (party, seller), (_, buyer) = (make.party(session, at=at) for _ in range(2))
    listing = make.listing(session, seller, at=at)
    talks = make.talks(session, listing, buyer, at=at)
    signed = contracts.draft(session, party.id, buyer.party_id or 0, make.terms(), by=seller, at=at)
    operator = make.operator(session, at)
    commands.suspend_party(session, party.id, "虚假材料", by=operator, at=at)
    now = replace(find_actor(session, seller.user_id or 0, party.id), confirmed_at=at)
    assert now.suspended_party
    for act in (
        lambda: listings.draft(session, party.id, make.sheet(), by=now, at=at),
        lambda: listings.withdraw(session, listing.id, by=now, at=at),
        lambda: negotiation.end_talks(session, talks, by=now, at=at),
        lambda: contracts.drop(session, signed.id, by=now, at=at),
        lambda: contracts.offer_text(session, signed.id, by=now, at=at),
        lambda: paper(session, party, now, at),
    ):
        with refused(WhoRefusal.PARTY_SUSPENDED):
            act()
    commands.restore_party(session, party.id, by=operator, at=at)
    again = find_actor(session, seller.user_id or 0, party.id)
    negotiation.end_talks(session, talks, by=again, at=at)


@pytest.mark.parametrize(
    "values", [{"suspended_why": "x"}, {"verified_by": 1}, {"suspended_why": "", "off": True}]
)
def test_the_database_ties_a_standing_to_its_evidence(
    session: Session, at: datetime, values: dict[str, object]
) -> None:
    party, by = make.party(session, at=at)
    row: dict[str, object] = {**values}
    if "verified_by" in row:
        row["verified_by"] = by.user_id
    if row.pop("off", False):
        row["suspended_at"] = at
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Party).where(Party.id == party.id).values(**row))


def test_where_the_rulebook_says_so_only_a_verified_party_signs(
    session: Session, at: datetime
) -> None:
    (one, seller), (two, buyer) = (make.party(session, at=at) for _ in range(2))
    made = contracts.draft(session, one.id, two.id, make.terms(), by=seller, at=at)
    contracts.offer_text(session, made.id, by=seller, at=at)
    assert made.text_hash is not None
    switched = Amendment(key=VERIFIED_FIRST, value=1, unit=Unit.FLAG, article="REG-12")
    switched.valid_from, switched.amended_by, switched.amended_at = day_of(at), 1, at
    switched.amended_by = seller.user_id or 0
    session.add(switched)
    with refused(ContractRefusal.NOT_VERIFIED):
        contracts.sign(session, made.id, made.text_hash, by=seller, at=at)
    for party, by in ((one, seller), (two, buyer)):
        make.verified(session, party, by, at=at)
        contracts.sign(session, made.id, made.text_hash, by=by, at=at)
    assert made.status is ContractStatus.SIGNED
