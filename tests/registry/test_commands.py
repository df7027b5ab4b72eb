"""The whole way of an application, on both engines, and what the database refuses by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from market.contracts import commands as contracts
from market.contracts.commands import note_recordal
from market.contracts.models import Contract
from market.contracts.rules import ContractRefusal
from market.contracts.terms import Kind
from market.kernel.authority import Actor, Role, WhoRefusal
from market.kernel.clock import day_of
from market.kernel.journal import timeline, verify
from market.kernel.money import Money
from market.kernel.refusal import Refusal, Refused
from market.registry import commands as registry
from market.registry.models import Application, NumberCounter, RegisterEntry
from market.registry.queries import (
    duplicates,
    fileable,
    find_certificate,
    get_application,
    next_file,
    queue,
)
from market.registry.rules import EntryKind, Reason, RegistryRefusal, Status
from tests import make

BEFORE = datetime(2026, 2, 10, 2, 0, tzinfo=UTC)  # by the Measures of 2000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Desk:
    """A seller, a buyer, and a registry with two registrars."""

    seller: Actor
    buyer: Actor
    first: Actor
    second: Actor
    office_id: int

    def at(self, at: datetime) -> "Desk":
        """The same people, having just given their passwords at another instant."""
        fresh = {
            name: replace(getattr(self, name), confirmed_at=at)
            for name in ("seller", "buyer", "first", "second")
        }
        return replace(self, **fresh)


def desk(s: Session, at: datetime) -> Desk:
    office = make.office(s, at)
    _, seller = make.party(s, at=at)
    _, buyer = make.party(s, at=at)
    first, second = (make.registrar(s, office, at) for _ in range(2))
    return Desk(seller, buyer, first, second, office.id)


def filed(s: Session, of: Desk, at: datetime, **over: object) -> Application:
    signed = make.contract(s, of.seller, of.buyer, at=at, **over)  # type: ignore[arg-type]
    return registry.apply(s, signed.id, by=of.seller, at=at)


def passed(s: Session, of: Desk, at: datetime, **over: object) -> Application:
    file = filed(s, of, at, **over)
    registry.accept(s, file.id, by=of.first, at=at)
    contract = file.contract
    return registry.pass_review(
        s, file.id, contract.turnover, contract.technology_value, by=of.first, at=at
    )


def registered(s: Session, of: Desk, at: datetime, **over: object) -> Application:
    return registry.certify(s, passed(s, of, at, **over).id, by=of.second, at=at)


def refused(refusal: Refusal, act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.refusal is refusal
    return caught.value


def rows(s: Session, file: Application) -> Sequence[RegisterEntry]:
    found = select(RegisterEntry).where(RegisterEntry.application_id == file.id)
    return s.scalars(found.order_by(RegisterEntry.version)).all()


def test_a_contract_goes_the_whole_way(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = registered(session, of, at)

    assert file.status is Status.REGISTERED
    assert file.number == "2026430100000001"
    assert file.check_code is not None
    assert find_certificate(session, file.check_code) is file
    (row,) = rows(session, file)
    assert (row.kind, row.turnover_minor, row.technology_minor) == (
        EntryKind.REGISTRATION,
        100_000_000,
        100_000_000,
    )
    assert (row.registered_on, row.city_code) == (date(2026, 3, 10), "430100")
    told = [entry.act for entry in timeline(session, [("contract", file.contract_id)])]
    assert told[-4:] == [
        "registry.applied",
        "registry.accepted",
        "registry.passed",
        "registry.certified",
    ]
    assert not verify(session).findings


def test_a_contract_is_filed_once(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = filed(session, of, at)

    def again() -> Application:
        return registry.apply(session, file.contract_id, by=of.seller, at=at)

    refused(RegistryRefusal.ONCE, again)

    registry.withdraw(session, file.id, by=of.seller, at=at)
    assert again().status is Status.SUBMITTED


def test_a_refused_contract_is_not_filed_again_as_it_was_signed(
    session: Session, at: datetime
) -> None:
    of = desk(session, at)
    file = filed(session, of, at)
    registry.accept(session, file.id, by=of.first, at=at)
    reasons = frozenset({Reason.N10, Reason.N02})
    registry.refuse(session, file.id, reasons, "属于一般加工", by=of.first, at=at)

    assert file.reason_codes == [Reason.N02, Reason.N10]
    refused(
        RegistryRefusal.REFUSED_BEFORE,
        lambda: registry.apply(session, file.contract_id, by=of.seller, at=at),
    )


def test_after_a_refusal_a_corrected_contract_takes_the_place_of_the_refused_one(
    session: Session, at: datetime
) -> None:
    of = desk(session, at)
    deal = make.deal(session, make.listing(session, of.seller, at=at), of.seller, of.buyer, at=at)
    signed = make.contract(
        session, of.seller, of.buyer, at=at, deal=deal, kind=Kind.TRF_P, rights="专利权"
    )
    note_recordal(session, signed.id, "2026030500123", at.date(), by=of.seller, at=at)
    file = registry.apply(session, signed.id, by=of.seller, at=at)

    def replacing(by: Actor = of.buyer) -> Contract:
        return registry.replace_contract(session, file.id, by=by, at=at)

    refused(RegistryRefusal.WRONG_STATE, replacing)
    registry.accept(session, file.id, by=of.first, at=at)
    registry.refuse(session, file.id, frozenset({Reason.N03}), "价款不明", by=of.first, at=at)
    refused(WhoRefusal.NOT_YOUR_ROLE, lambda: replacing(of.first))
    new = replacing()
    assert signed.status.value == "replaced"
    refused(ContractRefusal.WRONG_STATE, replacing)
    refused(
        RegistryRefusal.NOT_SIGNED,
        lambda: registry.apply(session, signed.id, by=of.seller, at=at),
    )
    contracts.offer_text(session, new.id, by=of.seller, at=at)
    assert new.text_hash is not None
    for by in (of.seller, of.buyer):
        contracts.sign(session, new.id, new.text_hash, by=by, at=at)
    again = registry.apply(session, new.id, by=of.seller, at=at)
    assert (again.contract_id, again.status) == (new.id, Status.SUBMITTED)


def test_only_the_seller_files(session: Session, at: datetime) -> None:
    of = desk(session, at)
    signed = make.contract(session, of.seller, of.buyer, at=at)
    for by, refusal in (
        (of.buyer, WhoRefusal.NOT_YOURS),
        (of.first, WhoRefusal.NOT_YOUR_ROLE),
    ):
        refused(refusal, lambda by=by: registry.apply(session, signed.id, by=by, at=at))  # type: ignore[misc]


def test_an_assignment_of_a_patent_waits_for_its_recordal(session: Session, at: datetime) -> None:
    of = desk(session, at)
    signed = make.contract(session, of.seller, of.buyer, at=at, kind=Kind.TRF_P, rights="专利权")

    def filing() -> Application:
        return registry.apply(session, signed.id, by=of.seller, at=at)

    refused(RegistryRefusal.NOT_RECORDED, filing)

    note_recordal(session, signed.id, "2026030500123", date(2026, 3, 10), by=of.seller, at=at)
    assert filing().status is Status.SUBMITTED


def test_a_seller_outside_every_territory_has_no_registry(session: Session, at: datetime) -> None:
    make.office(session, at)
    _, seller = make.party(session, at=at, region="430204")
    _, buyer = make.party(session, at=at)
    signed = make.contract(session, seller, buyer, at=at)
    refused(
        RegistryRefusal.NO_REGISTRY,
        lambda: registry.apply(session, signed.id, by=seller, at=at),
    )


def test_the_first_registrar_does_not_certify(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = passed(session, of, at)
    refused(
        RegistryRefusal.SAME_PERSON,
        lambda: registry.certify(session, file.id, by=of.first, at=at),
    )
    assert rows(session, file) == []


def test_the_database_too_wants_two_registrars(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = passed(session, of, at)
    same = update(Application).values(confirmer_id=Application.reviewer_id)
    with pytest.raises(IntegrityError, match="two_different_registrars"), session.begin_nested():
        session.execute(same.where(Application.id == file.id))


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_a_registrar_of_a_party_decides_nothing(session: Session, at: datetime, side: str) -> None:
    of = desk(session, at)
    file = passed(session, of, at)
    party_id = getattr(of, side).party_id
    near = replace(of.second, parties=frozenset({party_id}))
    for act in (
        lambda: registry.certify(session, file.id, by=near, at=at),
        lambda: registry.send_back(session, file.id, "说明", by=near, at=at),
        lambda: registry.refuse(session, file.id, frozenset(Reason), "说明", by=near, at=at),
    ):
        refused(RegistryRefusal.NOT_INDEPENDENT, act)


def test_a_registrar_who_signed_the_contract_decides_nothing(
    session: Session, at: datetime
) -> None:
    of = desk(session, at)
    file = passed(session, of, at)
    signer = replace(of.second, user_id=of.buyer.user_id, parties=frozenset())
    refused(
        RegistryRefusal.NOT_INDEPENDENT,
        lambda: registry.certify(session, file.id, by=signer, at=at),
    )


def test_a_registrar_of_another_registry_decides_nothing(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = passed(session, of, at)
    elsewhere = make.registrar(session, make.office(session, at, "430200"), at)
    refused(
        WhoRefusal.NOT_YOURS,
        lambda: registry.certify(session, file.id, by=elsewhere, at=at),
    )


def test_what_is_sent_back_is_reviewed_anew(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = passed(session, of, at)
    registry.send_back(session, file.id, "设备费未扣除", by=of.second, at=at)
    assert (file.status, file.reviewer_id, file.turnover) == (Status.ACCEPTED, None, None)

    registry.pass_review(
        session, file.id, make.yuan(1_000_000), make.yuan(800_000), by=of.second, at=at
    )
    registry.certify(session, file.id, by=of.first, at=at)
    assert file.technology_value == make.yuan(800_000)


@pytest.mark.parametrize(
    ("turnover", "value", "refusal", "field"),
    [
        (0, 0, RegistryRefusal.TURNOVER_RANGE, "turnover"),
        (100, 101, RegistryRefusal.VALUE_RANGE, "technology_value"),
    ],
)
def test_amounts_out_of_range_are_refused_at_their_field(
    session: Session, at: datetime, turnover: int, value: int, refusal: Refusal, field: str
) -> None:
    of = desk(session, at)
    file = filed(session, of, at)
    registry.accept(session, file.id, by=of.first, at=at)
    said = refused(
        refusal,
        lambda: registry.pass_review(
            session, file.id, Money(turnover), Money(value), by=of.first, at=at
        ),
    )
    assert said.field == field


def test_a_note_without_words_is_refused_at_its_field(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = filed(session, of, at)
    for act in (registry.turn_away, registry.ask_correction):
        said = refused(
            RegistryRefusal.NO_REASON,
            lambda act=act: act(session, file.id, "", by=of.first, at=at),  # type: ignore[misc]
        )
        assert said.field == "note"


def test_the_registrar_may_turn_away_what_is_no_contract(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = filed(session, of, at)
    registry.turn_away(session, file.id, "口头约定", by=of.first, at=at)
    assert (file.status, file.reason_note) == (Status.NOT_ACCEPTED, "口头约定")
    assert registry.apply(session, file.contract_id, by=of.seller, at=at).id != file.id


# ── the clock ────────────────────────────────────────────────────────────────────────────────────


def corrected(
    s: Session, of: Desk, accepted_at: datetime, asked_at: datetime, back_at: datetime
) -> Application:
    """Accepted, sent for correction, handed in again, accepted again the day after."""
    file = filed(s, of.at(accepted_at), accepted_at)
    registry.accept(s, file.id, by=of.first, at=accepted_at)
    registry.ask_correction(s, file.id, "补充验收标准", by=of.first, at=asked_at)
    registry.resubmit(s, file.id, by=of.seller, at=back_at)
    return registry.accept(s, file.id, by=of.first, at=back_at + DAY)


def test_by_the_measures_of_2000_a_correction_leaves_the_clock_running(session: Session) -> None:
    of = desk(session, BEFORE)
    file = corrected(session, of, BEFORE, BEFORE + 2 * DAY, BEFORE + 6 * DAY)
    # 30 calendar days after 10 February
    assert (file.accepted_on, file.due_on) == (date(2026, 2, 10), date(2026, 3, 12))


def test_by_the_measures_of_2026_a_correction_starts_the_clock_anew(
    session: Session, at: datetime
) -> None:
    of = desk(session, at)
    file = corrected(session, of, at, at + 2 * DAY, at + 6 * DAY)
    # 15 working days after 16 March, when the papers came in, not after their second acceptance
    assert (file.accepted_on, file.due_on) == (date(2026, 3, 16), date(2026, 4, 7))


def test_a_correction_over_the_first_of_march_follows_the_law_of_the_day_of_acceptance(
    session: Session,
) -> None:
    of = desk(session, BEFORE)
    file = corrected(session, of, BEFORE, BEFORE + 14 * DAY, BEFORE + 20 * DAY)
    assert (file.accepted_on, file.due_on) == (date(2026, 2, 10), date(2026, 3, 12))


def test_a_large_contract_has_thirty_working_days(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = filed(session, of, at, turnover=make.yuan(6_000_000))
    registry.accept(session, file.id, by=of.first, at=at)
    assert file.due_on == date(2026, 4, 22)


def test_papers_that_come_too_late_are_refused_and_the_office_closes_the_file(
    session: Session, at: datetime
) -> None:
    of = desk(session, at)
    file = filed(session, of, at)
    registry.ask_correction(session, file.id, "缺少附件", by=of.first, at=at)
    assert file.correction_due_on == date(2026, 3, 25)
    last, late = at + 15 * DAY, at + 16 * DAY

    refused(
        RegistryRefusal.NOT_LAPSED,
        lambda: registry.lapse(session, file.id, by=of.first, at=last),
    )
    refused(
        RegistryRefusal.CORRECTION_LAPSED,
        lambda: registry.resubmit(session, file.id, by=of.seller, at=late),
    )
    registry.lapse(session, file.id, by=of.first, at=late)
    assert file.status is Status.WITHDRAWN
    assert registry.apply(session, file.contract_id, by=of.seller, at=late).id != file.id


def test_the_applicant_may_withdraw_after_the_last_day_too(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = filed(session, of, at)
    registry.ask_correction(session, file.id, "缺少附件", by=of.first, at=at)
    registry.withdraw(session, file.id, by=of.seller, at=at + 30 * DAY)
    assert file.status is Status.WITHDRAWN


def test_overdue_is_a_flag_and_no_approval(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = filed(session, of, at)
    registry.accept(session, file.id, by=of.first, at=at)
    assert file.due_on is not None
    assert not file.overdue(file.due_on)
    assert file.overdue(file.due_on + DAY)
    assert file.status is Status.ACCEPTED


# ── numbers and the register ─────────────────────────────────────────────────────────────────────


def test_numbers_run_by_registry_and_year_and_are_not_used_again(
    session: Session, at: datetime
) -> None:
    of = desk(session, at)
    one, two = (registered(session, of, at) for _ in range(2))
    assert [one.number, two.number] == ["2026430100000001", "2026430100000002"]

    registry.propose_revision(session, two.id, None, "合同解除", by=of.first, at=at)
    registry.confirm_revision(session, two.id, by=of.second, at=at)
    assert registered(session, of, at).number == "2026430100000003"

    later = at + 365 * DAY
    assert registered(session, of.at(later), later).number == "2027430100000001"


def test_a_number_that_exists_is_refused_by_the_database(session: Session, at: datetime) -> None:
    of = desk(session, at)
    registered(session, of, at)
    file = passed(session, of, at)
    counter = session.get(NumberCounter, (of.office_id, 2026))
    assert counter is not None
    counter.last = 0  # as if the counter had been set back
    session.flush()
    with pytest.raises(Refused) as said, session.begin_nested():
        registry.certify(session, file.id, by=of.second, at=at)
    assert said.value.refusal is RegistryRefusal.NUMBER_TAKEN


def test_a_change_appends_the_difference(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = registered(session, of, at)
    later = at + 40 * DAY
    of = of.at(later)
    new = (make.yuan(1_500_000), make.yuan(900_000))
    registry.propose_revision(session, file.id, new, "补充协议", by=of.first, at=later)
    assert (file.proposed, file.turnover) == (new, make.yuan(1_000_000))

    refused(
        RegistryRefusal.SAME_PERSON,
        lambda: registry.confirm_revision(session, file.id, by=of.first, at=later),
    )
    registry.confirm_revision(session, file.id, by=of.second, at=later)
    first, second = rows(session, file)
    assert first.turnover_minor == 100_000_000
    assert (second.kind, second.turnover_minor, second.technology_minor) == (
        EntryKind.CHANGE,
        50_000_000,
        -10_000_000,
    )
    assert second.registered_on == date(2026, 4, 19)
    assert (file.turnover, file.technology_value, file.changed) == (*new, True)
    assert file.status is Status.REGISTERED


def test_a_cancellation_appends_the_whole_amount_with_a_minus(
    session: Session, at: datetime
) -> None:
    of = desk(session, at)
    file = registered(session, of, at)
    registry.propose_revision(session, file.id, None, "合同解除", by=of.first, at=at)
    refused(
        RegistryRefusal.PROPOSED_ALREADY,
        lambda: registry.propose_revision(session, file.id, None, "再次", by=of.second, at=at),
    )
    registry.confirm_revision(session, file.id, by=of.second, at=at)
    assert sum(row.turnover_minor for row in rows(session, file)) == 0
    assert sum(row.technology_minor for row in rows(session, file)) == 0
    assert (file.status, file.number) == (Status.CANCELLED, "2026430100000001")
    refused(
        RegistryRefusal.REGISTERED_BEFORE,
        lambda: registry.apply(session, file.contract_id, by=of.seller, at=at),
    )
    assert of.seller.party_id is not None
    assert fileable(session, of.seller.party_id, at.date()) == []
    second = registered(session, of, at)
    twice = update(Application).values(contract_id=file.contract_id)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(twice.where(Application.id == second.id))


def test_a_rejected_revision_changes_nothing(session: Session, at: datetime) -> None:
    of = desk(session, at)
    file = registered(session, of, at)
    refused(
        RegistryRefusal.NOTHING_PROPOSED,
        lambda: registry.reject_revision(session, file.id, by=of.second, at=at),
    )
    registry.propose_revision(session, file.id, None, "误报", by=of.first, at=at)
    registry.reject_revision(session, file.id, by=of.second, at=at)
    assert file.proposed_kind is None
    assert file.status is Status.REGISTERED
    assert len(rows(session, file)) == 1


@pytest.mark.parametrize(
    "sql", ["UPDATE register_entries SET turnover_minor = 1", "DELETE FROM register_entries"]
)
def test_the_register_is_never_rewritten(session: Session, at: datetime, sql: str) -> None:
    registered(session, desk(session, at), at)
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(sql))


# ── what the desk reads ──────────────────────────────────────────────────────────────────────────


def test_the_queue_begins_with_the_nearest_last_day(session: Session, at: datetime) -> None:
    of = desk(session, at)
    unaccepted = filed(session, of, at)
    large = filed(session, of, at, turnover=make.yuan(6_000_000))
    small = filed(session, of, at)
    for file in (large, small):
        registry.accept(session, file.id, by=of.first, at=at)
    assert queue(session, of.office_id) == [small, large, unaccepted]


def test_the_next_file_is_one_this_registrar_can_decide(session: Session, at: datetime) -> None:
    of = desk(session, at)
    here, mine, near, open_one = (
        filed(session, of, at),
        passed(session, of, at),
        filed(session, replace(of, seller=make.party(session, at=at)[1]), at),
        filed(session, of, at),
    )
    assert near.contract.seller_id != here.contract.seller_id
    first = replace(of.first, parties=frozenset({near.contract.seller_id}))
    assert next_file(session, first, here, Status.SUBMITTED, day_of(at)) is open_one
    assert next_file(session, first, open_one, Status.PASSED, day_of(at)) is here
    assert next_file(session, of.second, here, Status.PASSED, day_of(at)) is mine
    assert next_file(session, of.second, here, None, day_of(at)) is mine


def test_contracts_alike_in_every_fact_are_shown_to_the_registrar(
    session: Session, at: datetime
) -> None:
    of = desk(session, at)
    one, two = (filed(session, of, at) for _ in range(2))
    other = filed(session, of, at, title="另一个项目")
    assert duplicates(session, two) == [one]
    assert duplicates(session, other) == []


def test_a_signed_contract_waits_to_be_filed_until_it_is(session: Session, at: datetime) -> None:
    of = desk(session, at)
    signed: Contract = make.contract(session, of.seller, of.buyer, at=at)
    assert of.seller.party_id is not None
    seller, today = of.seller.party_id, at.date()

    def again() -> Application:
        return registry.apply(session, signed.id, by=of.seller, at=at)

    def ready() -> list[Contract]:
        return fileable(session, seller, today)

    assert ready() == [signed]
    file = again()
    assert ready() == []
    registry.withdraw(session, file.id, by=of.seller, at=at)
    assert ready() == [signed]
    registry.turn_away(session, again().id, "缺页", by=of.first, at=at)
    assert ready() == [signed]
    for reason, still in ((Reason.N05, [signed]), (Reason.N10, [])):
        file = again()
        registry.accept(session, file.id, by=of.first, at=at)
        registry.refuse(session, file.id, frozenset({reason}), "不符", by=of.first, at=at)
        assert ready() == still
    assert fileable(session, seller, date(2027, 12, 31)) == []
    other = make.contract(session, of.seller, of.buyer, at=at)
    assert fileable(session, seller, date(2027, 12, 31)) == [other]
    assert fileable(session, seller, date(2028, 1, 1)) == []


def test_what_expired_meanwhile_is_neither_accepted_nor_certified(
    session: Session, at: datetime
) -> None:
    of = desk(session, at)
    short = {"ends_on": date(2026, 3, 10)}
    waiting, reviewed = filed(session, of, at, **short), passed(session, of, at, **short)
    late = at + DAY
    later = of.at(late)
    refused(
        RegistryRefusal.EXPIRED,
        lambda: registry.accept(session, waiting.id, by=later.first, at=late),
    )
    refused(
        RegistryRefusal.EXPIRED,
        lambda: registry.certify(session, reviewed.id, by=later.second, at=late),
    )
    ended = frozenset({Reason.N12})
    registry.refuse(session, reviewed.id, ended, "合同已届满", by=later.second, at=late)
    assert reviewed.status is Status.REFUSED


@pytest.mark.parametrize("code", ["", "x", "A" * 32, "g" * 32, "0" * 31, "0" * 33, "%" * 32])
def test_other_shapes_are_no_check_code(session: Session, code: str) -> None:
    assert find_certificate(session, code) is None


def test_the_auditor_reads_every_file(session: Session, at: datetime) -> None:
    file = filed(session, desk(session, at), at)
    auditor = make.actor(session, make.user(session, Role.AUDITOR, at=at), at)
    assert get_application(session, file.id, auditor) is file
