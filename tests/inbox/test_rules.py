"""Who hears of an act, and what it asks of them: a table of cases, and the table as a whole."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from market.inbox.news import News, Urgency
from market.inbox.rules import (
    OFFER_AHEAD,
    Deed,
    LetterRefusal,
    Matter,
    again_refusal,
    parties_of,
    reminds,
    tidings,
    urgency_for,
    variant,
    waiting_first,
)
from market.inbox.table import LINES, Circle
from market.kernel.authority import Actor, Role, WhoRefusal
from tests.record.test_sentences import acts

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SELLER, BUYER, RIVAL, OFFICE, DOER = 1, 2, 3, 4, 77
SALE = Matter(seller_id=SELLER, buyer_id=BUYER, applicant_id=SELLER, registry_id=OFFICE)


def deed(act: str, by: int | None = SELLER, **facts: object) -> Deed:
    return Deed(9, act, AT, DOER, by, ("contract", 5), facts)


def told(act: str, matter: Matter = SALE, by: int | None = SELLER, **facts: object) -> set[News]:
    return {each.news for each in tidings(deed(act, by, **facts), matter)}


def test_every_line_of_the_table_is_of_an_act_that_some_command_records() -> None:
    assert {act.partition(":")[0] for act in LINES} - acts() == set()


def test_every_news_is_told_by_the_table_or_comes_with_time() -> None:
    by_time = {News.OFFER_ENDS, News.OFFER_EXPIRED, News.SIGNATURE_DUE}
    by_time |= {News.CORRECTION_ENDS, News.REVIEW_ENDS}
    by_time |= {News.OWED_SOON, News.OWED_LATE, News.ROYALTY_SOON, News.ROYALTY_LATE}
    by_time.add(News.CAPTURE_ENDS)
    by_act = {line.news for lines in LINES.values() for line in lines}
    assert by_act | by_time == set(News)
    assert not by_act & by_time


@pytest.mark.parametrize(
    ("circle", "by", "parties"),
    [
        (Circle.SIDES, SELLER, {SELLER, BUYER}),
        (Circle.OWN, BUYER, {BUYER}),
        (Circle.OWN, RIVAL, set()),
        (Circle.OTHER, SELLER, {BUYER}),
        (Circle.OTHER, BUYER, {SELLER}),
        (Circle.OTHER, None, {SELLER, BUYER}),
        (Circle.SELLER, BUYER, {SELLER}),
        (Circle.BUYER, SELLER, {BUYER}),
        (Circle.APPLICANT, None, {SELLER}),
        (Circle.BIDDERS, SELLER, {RIVAL}),
        (Circle.PARTY, SELLER, set()),
        (Circle.PERSON, SELLER, set()),
        (Circle.OFFICE, SELLER, set()),
        (Circle.OPERATORS, SELLER, set()),
        (Circle.ADMINISTRATORS, SELLER, set()),
        (Circle.PROPOSER, SELLER, set()),
    ],
)
def test_a_circle_is_these_parties(circle: Circle, by: int | None, parties: set[int]) -> None:
    matter = replace(SALE, bidders=frozenset({RIVAL, SELLER}))
    assert parties_of(circle, matter, by) == parties


def test_an_offer_waits_for_the_other_side_alone() -> None:
    (offer,) = tidings(deed("negotiation.offer-made", BUYER, price=100, message="secret"), SALE)
    assert (offer.news, offer.urgency, offer.parties) == (
        News.OFFER_MADE,
        Urgency.WAITS,
        frozenset({SELLER}),
    )
    assert offer.facts == {"price": 100, "party": BUYER}, "no free words are kept"
    assert offer.key == "entry-9"


def test_what_waits_for_a_signature_is_information_to_who_may_not_bind() -> None:
    (fixed,) = tidings(deed("contract.text-fixed"), SALE)
    assert urgency_for(fixed, binds=True) is Urgency.WAITS
    assert urgency_for(fixed, binds=False) is Urgency.TOLD
    (returned,) = tidings(deed("listing.returned"), SALE)
    assert urgency_for(returned, binds=False) is Urgency.WAITS


def test_who_did_it_hears_of_it_only_where_it_binds_them() -> None:
    (fixed,) = tidings(deed("contract.text-fixed"), SALE)
    (struck,) = tidings(deed("deal.struck"), SALE)
    assert fixed.without == {DOER}
    assert struck.without == frozenset()


def test_a_concluded_contract_tells_its_seller_what_comes_next() -> None:
    assignment = replace(SALE, needs_recordal=True)
    said = {"side": "buyer", "concluded": True}
    assert variant(deed("contract.signed", BUYER, **said), assignment) == "contract.signed:record"
    assert told("contract.signed", assignment, BUYER, **said) == {News.RECORDAL_DUE, News.CONCLUDED}
    assert told("contract.signed", SALE, BUYER, **said) == {News.FILING_DUE, News.CONCLUDED}
    half = {"side": "buyer", "concluded": False}
    assert told("contract.signed", SALE, BUYER, **half) == {News.OTHER_SIGNED, News.OWN_SIGNED}


def test_facts_make_other_news_of_an_act() -> None:
    assert told("contract.drafted", replaces=None) == {News.CONTRACT_DRAFTED}
    assert told("contract.drafted", replaces=4) == {News.CONTRACT_CORRECTED}
    assert told("registry.revised", kind="change") == {News.REVISED}
    assert told("registry.revised", kind="cancellation") == {News.CANCELLED}
    assert told("party.founded", check_ok=True) == set()
    assert told("party.founded", check_ok=False) == {News.CODE_CAME}
    assert told("listing.drafted") == set()


def test_only_registrars_related_to_neither_side_hear_of_a_file() -> None:
    came = next(t for t in tidings(deed("registry.applied"), SALE) if t.office_id == OFFICE)
    assert (came.news, came.related) == (News.FILE_CAME, frozenset({SELLER, BUYER}))


def test_an_offer_is_reminded_of_within_its_last_day_but_not_right_after_it_was_made() -> None:
    ends = AT + timedelta(days=5)
    assert not reminds(AT, ends, ends - OFFER_AHEAD - timedelta(seconds=1))
    assert reminds(AT, ends, ends - OFFER_AHEAD)
    assert not reminds(AT, ends, ends)
    assert not reminds(AT, AT + timedelta(hours=23), AT + timedelta(hours=1))


def test_a_letter_begins_with_what_waits() -> None:
    came = [Urgency.TOLD, Urgency.BINDS, Urgency.WAITS, Urgency.TOLD, Urgency.WAITS]
    assert waiting_first(came) == [2, 4, 1, 0, 3]


def test_an_operator_has_a_letter_sent_again_unless_it_was_sent_or_destroyed() -> None:
    operator = Actor(1, roles=frozenset({Role.OPERATOR}))
    assert again_refusal(operator, AT, sent=False, wiped=False) is None
    assert again_refusal(operator, AT, sent=True, wiped=False) is LetterRefusal.LETTER_SENT
    assert again_refusal(operator, AT, sent=False, wiped=True) is LetterRefusal.LETTER_WIPED
    other = Actor(1, roles=frozenset({Role.AUDITOR}))
    assert again_refusal(other, AT, sent=False, wiped=False) is WhoRefusal.NOT_YOUR_ROLE
