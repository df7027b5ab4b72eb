"""The follower tells each act to those whom it concerns, and to nobody else."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.contracts import commands as contracts
from market.contracts.terms import Kind
from market.inbox.following import behind, follow
from market.inbox.models import Message
from market.inbox.news import News, Urgency
from market.inbox.rules import HISTORY
from market.kernel.authority import Actor, Role, Seat
from market.kernel.db import get
from market.listings import commands as listings
from market.negotiation import commands as negotiation
from market.negotiation.models import Negotiation
from market.parties.commands import confirm_uscc
from market.parties.models import Membership, Party
from market.registry import commands as registry
from tests import make
from tests.inbox.town import asked, heard, messages, tell_all


def join(s: Session, party_id: int, seat: Seat, at: datetime, **over: object) -> int:
    """Somebody with this seat in the party."""
    person = make.user(s, Role.RESEARCHER, Role.COMPANY, at=at)
    s.add(Membership(user_id=person.id, party_id=party_id, seat=seat, **over))
    s.flush()
    return person.id


def sides(s: Session, at: datetime) -> tuple[Actor, Actor]:
    return make.party(s, at=at)[1], make.party(s, at=at)[1]


def test_an_offer_reaches_the_other_side_and_an_answer_comes_back(
    session: Session, at: datetime
) -> None:
    seller, buyer = sides(session, at)
    on = make.listing(session, seller, at=at)
    talks_id = make.talks(session, on, buyer, at=at)
    tell_all(session, at)
    assert heard(session, seller) == [News.RESULT_PUBLISHED, News.OFFER_MADE]
    assert asked(session, seller)[News.OFFER_MADE] is Urgency.WAITS
    assert heard(session, buyer) == []
    negotiation.refuse_offer(session, talks_id, by=seller, at=at)
    tell_all(session, at)
    assert heard(session, buyer) == [News.OFFER_REFUSED]
    assert heard(session, seller) == [News.RESULT_PUBLISHED, News.OFFER_MADE]


def test_a_message_holds_ids_and_coded_facts_and_no_words(session: Session, at: datetime) -> None:
    seller, buyer = sides(session, at)
    on = make.listing(session, seller, at=at)
    negotiation.open_talks(
        session,
        on.id,
        make.yuan(800_000),
        at + timedelta(days=7),
        by=buyer,
        at=at,
        message="绝密的附言",
    )
    tell_all(session, at)
    message = messages(session, seller)[-1]
    assert message.told["price"] == 80_000_000
    assert message.told["party"] == buyer.party_id
    assert "绝密" not in message.facts
    assert on.title not in message.facts


def test_the_striking_of_a_deal_reaches_who_struck_it_too(session: Session, at: datetime) -> None:
    seller, buyer = sides(session, at)
    make.deal(session, make.listing(session, seller, at=at), seller, buyer, at=at)
    tell_all(session, at)
    for person in (seller, buyer):
        assert asked(session, person)[News.DEAL_STRUCK] is Urgency.BINDS


def test_other_buyers_hear_that_the_result_has_left_the_market(
    session: Session, at: datetime
) -> None:
    seller, buyer = sides(session, at)
    _, rival = make.party(session, at=at)
    on = make.listing(session, seller, at=at)
    make.talks(session, on, rival, at=at)
    later = at + timedelta(minutes=5)
    make.deal(session, on, seller, buyer, at=later)
    tell_all(session, later)
    assert heard(session, rival) == [News.OFF_MARKET]
    assert News.OFF_MARKET not in heard(session, buyer)


def test_seats_decide_what_a_fixed_text_asks(session: Session, at: datetime) -> None:
    seller, buyer = sides(session, at)
    assert seller.party_id is not None
    assert buyer.party_id is not None
    editor = join(session, buyer.party_id, Seat.EDITOR, at)
    with_paper = join(
        session,
        buyer.party_id,
        Seat.TRANSFER_OFFICE,
        at,
        authority_ref="授权书 1 号",
        authority_until=make.day("2026-12-31"),
    )
    paper_over = join(
        session,
        buyer.party_id,
        Seat.TRANSFER_OFFICE,
        at,
        authority_ref="授权书 2 号",
        authority_until=make.day("2026-03-09"),
    )
    away = join(session, buyer.party_id, Seat.SIGNATORY, at, suspended_at=at)
    made = contracts.draft(session, seller.party_id, buyer.party_id, make.terms(), by=seller, at=at)
    contracts.offer_text(session, made.id, by=seller, at=at)
    tell_all(session, at)
    assert asked(session, buyer)[News.TEXT_FIXED] is Urgency.WAITS
    assert asked(session, with_paper)[News.TEXT_FIXED] is Urgency.WAITS
    assert asked(session, editor)[News.TEXT_FIXED] is Urgency.TOLD
    assert asked(session, paper_over)[News.TEXT_FIXED] is Urgency.TOLD
    assert heard(session, away) == []
    assert News.TEXT_FIXED not in heard(session, seller), "who did it knows"


def test_each_signature_is_told_and_the_last_says_what_comes_next(
    session: Session, at: datetime
) -> None:
    seller, buyer = sides(session, at)
    make.contract(session, seller, buyer, at=at)
    assignment = make.contract(
        session, seller, buyer, at=at, kind=Kind.TRF_P, rights="一项发明专利。"
    )
    tell_all(session, at)
    assert heard(session, buyer)[:4] == [
        News.CONTRACT_DRAFTED,
        News.TEXT_FIXED,
        News.OTHER_SIGNED,
        News.CONCLUDED,
    ]
    assert heard(session, seller)[:2] == [News.OWN_SIGNED, News.FILING_DUE]
    assert News.RECORDAL_DUE in heard(session, seller)
    contracts.note_recordal(session, assignment.id, "1", make.day("2026-03-10"), by=seller, at=at)
    tell_all(session, at)
    assert heard(session, buyer)[-1] is News.RECORDAL_NOTED


def test_the_way_through_the_registry_reaches_parties_and_registrars(
    session: Session, at: datetime
) -> None:
    seller, buyer = sides(session, at)
    office = make.office(session, at)
    first, second = (make.registrar(session, office, at) for _ in range(2))
    elsewhere = make.registrar(session, make.office(session, at, "430200"), at)
    signed = make.contract(session, seller, buyer, at=at)
    tell_all(session, at)
    before = len(heard(session, buyer)), len(heard(session, seller))
    filed = registry.apply(session, signed.id, by=seller, at=at)
    registry.ask_correction(session, filed.id, "请补正", by=first, at=at)
    registry.resubmit(session, filed.id, by=seller, at=at)
    registry.accept(session, filed.id, by=first, at=at)
    amounts = signed.turnover, signed.technology_value
    registry.pass_review(session, filed.id, *amounts, by=first, at=at)
    registry.certify(session, filed.id, by=second, at=at)
    tell_all(session, at)
    assert heard(session, buyer)[before[0] :] == [
        News.FILED,
        News.CORRECTION_ASKED,
        News.ACCEPTED,
        News.REGISTERED,
    ]
    assert heard(session, seller)[before[1] :] == [
        News.CORRECTION_ASKED,
        News.ACCEPTED,
        News.REGISTERED,
    ]
    assert asked(session, seller)[News.CORRECTION_ASKED] is Urgency.WAITS
    assert asked(session, buyer)[News.CORRECTION_ASKED] is Urgency.TOLD
    assert heard(session, first) == [News.ROLE_GIVEN, News.FILE_CAME, News.PAPERS_CAME]
    assert heard(session, second)[-1] is News.SECOND_DUE
    assert heard(session, elsewhere) == [News.ROLE_GIVEN]


def test_a_registrar_of_one_of_the_parties_hears_nothing_of_its_file(
    session: Session, at: datetime
) -> None:
    seller, buyer = sides(session, at)
    related = make.registrar(session, make.office(session, at), at)
    session.add(Membership(user_id=related.user_id, party_id=buyer.party_id, seat=Seat.EDITOR))
    signed = make.contract(session, seller, buyer, at=at)
    registry.apply(session, signed.id, by=seller, at=at)
    tell_all(session, at)
    assert News.FILE_CAME not in heard(session, related)
    assert News.FILED in heard(session, related), "as a member of the buyer they hear of it"


def test_operators_hear_of_results_and_codes_that_wait(session: Session, at: datetime) -> None:
    operator = make.operator(session, at)
    party, seller = make.party(session, at=at, uscc_check_ok=False)
    on = listings.draft(
        session, party.id, make.sheet(owners=make.owned_by(party)), by=seller, at=at
    )
    listings.submit(session, on.id, by=seller, at=at)
    listings.return_to_draft(session, on.id, "请补充", by=operator, at=at)
    tell_all(session, at)
    assert heard(session, operator) == [News.ROLE_GIVEN, News.CODE_CAME, News.RESULT_CAME]
    assert heard(session, seller) == [News.RESULT_RETURNED]


def test_who_lost_the_seat_before_the_telling_hears_nothing(session: Session, at: datetime) -> None:
    seller, buyer = sides(session, at)
    make.talks(session, make.listing(session, seller, at=at), buyer, at=at)
    session.execute(delete(Membership).where(Membership.user_id == seller.user_id))
    tell_all(session, at)
    assert heard(session, seller) == []


def test_suspended_and_erased_people_hear_nothing(session: Session, at: datetime) -> None:
    seller, buyer = sides(session, at)
    make.talks(session, make.listing(session, seller, at=at), buyer, at=at)
    assert seller.user_id is not None
    get(session, User, seller.user_id).suspended_at = at
    operator = make.operator(session, at)
    assert operator.user_id is not None
    get(session, User, operator.user_id).erased_at = at
    make.party(session, at=at, uscc_check_ok=False)
    tell_all(session, at)
    assert heard(session, seller) == heard(session, operator) == []


def test_somebody_in_both_parties_is_told_once(session: Session, at: datetime) -> None:
    seller, buyer = sides(session, at)
    session.add(Membership(user_id=buyer.user_id, party_id=seller.party_id, seat=Seat.EDITOR))
    make.deal(session, make.listing(session, seller, at=at), seller, buyer, at=at)
    tell_all(session, at)
    assert heard(session, buyer).count(News.DEAL_STRUCK) == 1


def test_telling_again_from_the_beginning_tells_nobody_twice(
    session: Session, at: datetime
) -> None:
    seller, buyer = sides(session, at)
    make.talks(session, make.listing(session, seller, at=at), buyer, at=at)
    first = tell_all(session, at)
    assert not behind(session)
    from_scratch(session)
    assert behind(session)
    assert tell_all(session, at) == []
    assert len(first) == session.query(Message).count()


def from_scratch(s: Session) -> None:
    """The follower forgets its place."""
    s.connection().exec_driver_sql("UPDATE followers SET upto = 0, seen = '[]'")
    s.expire_all()


def test_an_entry_that_came_late_with_a_smaller_id_is_told(session: Session, at: datetime) -> None:
    """On PostgreSQL ids are given before commit."""
    seller, buyer = sides(session, at)
    make.talks(session, make.listing(session, seller, at=at), buyer, at=at)
    tell_all(session, at)
    session.execute(delete(Message))
    late = (
        session.connection()
        .exec_driver_sql("SELECT id FROM journal_entries WHERE act = 'negotiation.offer-made'")
        .scalar_one()
    )
    seen = [
        row
        for row in session.connection().exec_driver_sql("SELECT id FROM journal_entries").scalars()
        if row != late
    ]
    session.connection().exec_driver_sql(f"UPDATE followers SET seen = '{seen}'")
    session.expire_all()
    assert follow(session, at=at)[0] == 1
    assert heard(session, seller) == [News.OFFER_MADE]


def test_what_happened_long_before_the_first_look_is_history(
    session: Session, at: datetime
) -> None:
    seller, buyer = sides(session, at)
    make.talks(session, make.listing(session, seller, at=at), buyer, at=at)
    assert tell_all(session, at + HISTORY + timedelta(days=1)) == [], "no letters about it"
    told = messages(session, seller)
    assert [m.news for m in told] == [News.RESULT_PUBLISHED, News.OFFER_MADE]
    assert all(m.read_at == m.at == at for m in told)


def test_talks_opened_after_a_publication_are_not_told_of_it(
    session: Session, at: datetime
) -> None:
    seller, buyer = sides(session, at)
    on = make.listing(session, seller, at=at)
    talks_id = make.talks(session, on, buyer, at=at + timedelta(minutes=1))
    tell_all(session, at + timedelta(minutes=2))
    assert heard(session, buyer) == []
    assert get(session, Negotiation, talks_id).listing_id == on.id


def test_parties_hear_that_their_code_was_confirmed(session: Session, at: datetime) -> None:
    party, seller = make.party(session, at=at, uscc_check_ok=False)
    make_confirmed(session, party, at)
    tell_all(session, at)
    assert heard(session, seller) == [News.CODE_CONFIRMED]


def make_confirmed(s: Session, party: Party, at: datetime) -> None:
    confirm_uscc(s, party.id, by=make.operator(s, at), at=at)
