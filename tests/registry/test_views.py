"""The registry's pages: one flow and one refusal each, and strangers who find nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from market.kernel.authority import Actor, Seat
from market.kernel.clock import now
from market.parties.models import Membership
from market.registry import commands as registry
from market.registry.models import Application
from market.registry.rules import Reason, RegistryRefusal, Status
from tests import make, web


@dataclass
class Office:
    """A registry with its people, who are signed in when asked for."""

    app: Flask
    seller: Actor
    buyer: Actor
    first: Actor
    second: Actor
    outsider: Actor
    elsewhere: Actor
    office_id: int

    def client(self, who: Actor, language: str = "en") -> FlaskClient:
        assert who.user_id is not None
        return web.sign_in(self.app, who.user_id, language=language)

    def write(self, act: Callable[..., Any], *arguments: Any, by: Actor) -> Any:
        """Run one command of the registry in a transaction of its own; gives the row's id."""
        with self.app.extensions["market.database"].transaction() as s:
            return act(s, *arguments, by=by, at=now()).id

    def file(self, application_id: int) -> Application:
        with self.app.extensions["market.database"].reading() as s:
            return s.get_one(Application, application_id)  # type: ignore[no-any-return]

    def contract(self, **over: Any) -> int:
        with self.app.extensions["market.database"].transaction() as s:
            over = {"ends_on": date(2045, 12, 31)} | over
            return make.contract(s, self.seller, self.buyer, at=now(), **over).id

    def filed(self, **over: Any) -> int:
        contract_id = self.contract(**over)
        return self.write(registry.apply, contract_id, by=self.seller)  # type: ignore[no-any-return]

    def accepted(self, **over: Any) -> int:
        application_id = self.filed(**over)
        self.write(registry.accept, application_id, by=self.first)
        return application_id

    def passed(self, **over: Any) -> int:
        application_id = self.accepted(**over)
        amounts = (make.yuan(1_000_000), make.yuan(900_000))
        self.write(registry.pass_review, application_id, *amounts, by=self.first)
        return application_id

    def registered(self, **over: Any) -> int:
        application_id = self.passed(**over)
        self.write(registry.certify, application_id, by=self.second)
        return application_id


@pytest.fixture
def office(app: Flask) -> Office:
    at = now()
    with app.extensions["market.database"].transaction() as s:
        place, other = make.office(s, at), make.office(s, at, "430200")
        _, seller = make.party(s, at=at)
        _, buyer = make.party(s, at=at)
        _, outsider = make.party(s, at=at)
        first, second = (make.registrar(s, place, at) for _ in range(2))
        elsewhere = make.registrar(s, other, at)
        office_id = place.id
    return Office(app, seller, buyer, first, second, outsider, elsewhere, office_id)


def path(application_id: int, step: str = "") -> str:
    return f"/registry/applications/{application_id}{step}"


def step(client: FlaskClient, application_id: int, name: str, **typed: object) -> Any:
    """Send a form of the file's page."""
    page = path(application_id)
    return web.post(client, path(application_id, f"/{name}"), typed, page=page)


ONE_ENGINE = pytest.mark.parametrize("kit", ["sqlite"], indirect=True)


# ── parties ──────────────────────────────────────────────────────────────────────────────────────


def test_a_seller_files_a_signed_contract_from_the_list(office: Office) -> None:
    contract_id = office.contract(title="湘江电池项目")
    client = office.client(office.seller)
    page = client.get("/registry/applications")
    assert "湘江电池项目" in page.text
    assert f"/registry/contracts/{contract_id}/applications" in page.text

    answer = web.post(
        client, f"/registry/contracts/{contract_id}/applications", page="/registry/applications"
    )
    assert answer.status_code == 302
    shown = client.get(answer.location)
    assert "What happens next" in shown.text
    assert "Submitted" in shown.text

    again = web.post(
        client, f"/registry/contracts/{contract_id}/applications", page="/registry/applications"
    )
    assert again.status_code == RegistryRefusal.ONCE.status
    assert RegistryRefusal.ONCE.sentence in again.text


def test_what_was_turned_away_is_filed_again_from_its_own_page(office: Office) -> None:
    contract_id = office.contract()
    application_id = office.write(registry.apply, contract_id, by=office.seller)
    office.write(registry.turn_away, application_id, "缺页", by=office.first)
    client = office.client(office.seller)
    assert "File again" in client.get(path(application_id)).text
    assert "File again" not in office.client(office.buyer).get(path(application_id)).text
    assert f"/registry/contracts/{contract_id}/applications" in (
        client.get("/registry/applications").text
    )
    answer = web.post(
        client, f"/registry/contracts/{contract_id}/applications", page=path(application_id)
    )
    assert answer.status_code == 302
    assert "File again" not in client.get(path(application_id)).text


def test_a_refused_contract_is_corrected_from_the_page_of_its_application(office: Office) -> None:
    application_id = office.accepted()
    reasons = frozenset({Reason.N03})
    office.write(registry.refuse, application_id, reasons, "价款不明", by=office.first)
    client = office.client(office.buyer)
    page = client.get(path(application_id))
    assert "cannot be filed again as it was signed" in page.text
    assert "Draft a corrected contract" in page.text
    answer = step(client, application_id, "replacement")
    assert answer.status_code == 302
    assert client.get(answer.location).status_code == 200
    old = office.file(application_id).contract_id
    shown = client.get(f"/contracts/{old}")
    assert "stay as evidence" in shown.text
    assert "To the corrected contract" in shown.text
    assert "The contract that it corrects" in client.get(answer.location.removesuffix("/edit")).text
    assert step(client, application_id, "replacement").status_code == 409
    assert "began a corrected contract" in client.get(f"/contracts/{old}/timeline").text


@ONE_ENGINE
def test_a_stranger_cannot_tell_a_foreign_contract_from_none(office: Office) -> None:
    contract_id = office.contract()
    client = office.client(office.outsider)
    answers = [
        web.post(client, f"/registry/contracts/{i}/applications", page="/registry/applications")
        for i in (contract_id, 999_999)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert web.same(*answers)


@ONE_ENGINE
def test_the_buyer_reads_and_does_not_file(office: Office) -> None:
    contract_id = office.contract()
    client = office.client(office.buyer)
    answer = web.post(
        client, f"/registry/contracts/{contract_id}/applications", page="/registry/applications"
    )
    assert answer.status_code == 403
    application_id = office.filed()
    assert client.get(path(application_id)).status_code == 200
    assert step(client, application_id, "withdraw").status_code == 403
    assert office.file(application_id).status is Status.SUBMITTED


@ONE_ENGINE
def test_corrected_papers_are_handed_in_again(office: Office) -> None:
    application_id = office.filed()
    office.write(registry.ask_correction, application_id, "请补充附件二", by=office.first)
    client = office.client(office.seller)
    assert "请补充附件二" in client.get(path(application_id)).text
    assert step(client, application_id, "resubmit").status_code == 302
    assert office.file(application_id).status is Status.SUBMITTED

    answer = step(client, application_id, "resubmit")
    assert answer.status_code == 409
    assert RegistryRefusal.WRONG_STATE.sentence in answer.text


@ONE_ENGINE
def test_papers_after_the_last_day_get_their_sentence(office: Office) -> None:
    application_id = office.filed()
    office.write(registry.ask_correction, application_id, "请补充附件二", by=office.first)
    with office.app.extensions["market.database"].transaction() as s:
        s.get_one(Application, application_id).correction_due_on = date(2026, 1, 1)
        make.unwatched(s)
    client = office.client(office.seller)
    assert RegistryRefusal.CORRECTION_LAPSED.sentence in client.get(path(application_id)).text
    answer = step(client, application_id, "resubmit")
    assert answer.status_code == 409
    assert RegistryRefusal.CORRECTION_LAPSED.sentence in answer.text

    registrar = office.client(office.first)
    assert step(registrar, application_id, "lapse").status_code == 302
    assert office.file(application_id).status is Status.WITHDRAWN


@ONE_ENGINE
def test_outsiders_and_other_registries_find_nothing(office: Office) -> None:
    application_id = office.registered()
    for who in (office.outsider, office.elsewhere):
        client = office.client(who)
        for place in ("", "/certificate.pdf"):
            there, nowhere = client.get(path(application_id, place)), client.get(path(999, place))
            assert (there.status_code, nowhere.status_code) == (404, 404)
            assert web.same(there, nowhere)
    client = office.client(office.elsewhere)
    waiting = office.accepted()
    for name in ("review", "correction", "refuse"):
        answer = web.post(
            client,
            path(waiting, f"/{name}"),
            {"note": "x", "password": make.PASSWORD, "reasons": "N01"}
            | {"turnover": "1", "technology_value": "1"},
            page="/verify",
        )
        assert answer.status_code == 404, name
    assert office.file(waiting).status is Status.ACCEPTED


@ONE_ENGINE
def test_a_reader_without_the_role_has_no_queue(office: Office) -> None:
    assert office.client(office.seller).get("/registry/queue").status_code == 403
    assert office.app.test_client().get("/registry/queue").status_code == 302


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
def test_the_queue_shows_the_nearest_last_day_first_and_marks_what_is_late(
    office: Office,
) -> None:
    names = ("未受理项目", "大额项目", "逾期项目", "普通项目")
    ids = [
        office.filed(title=names[0]),
        office.accepted(title=names[1], turnover=make.yuan(6_000_000)),
        office.accepted(title=names[2]),
        office.accepted(title=names[3]),
    ]
    with office.app.extensions["market.database"].transaction() as s:
        late = s.get_one(Application, ids[2])
        late.due_on, late.due_provisional = date(2026, 1, 5), True
        make.unwatched(s)
    page = office.client(office.first).get("/registry/queue").text
    places = [page.index(names[n]) for n in (2, 3, 1, 0)]
    assert places == sorted(places)
    assert page.count("Overdue by") == 1
    assert "holiday calendar not yet published" in page

    tab = office.client(office.first).get("/registry/queue?tab=submitted").text
    assert names[0] in tab
    assert names[1] not in tab


@ONE_ENGINE
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("tab=submitted", 200),
        ("tab=passed&page=1", 200),
        ("page=7", 200),
        ("tab=nonsense", 422),
        ("page=0", 404),
        ("page=abc", 404),
        ("page=-1", 404),
        ("page=1000000000", 404),
    ],
)
def test_the_queue_takes_only_tabs_and_pages_that_exist(
    office: Office, query: str, status: int
) -> None:
    assert office.client(office.first).get(f"/registry/queue?{query}").status_code == status


def test_two_registrars_take_a_file_to_its_certificate(office: Office) -> None:
    application_id, other = office.filed(title="甲项目"), office.filed(title="乙项目")
    first, second = office.client(office.first), office.client(office.second)

    answer = web.post(
        first,
        path(application_id, "/accept?tab=submitted"),
        page=path(application_id, "?tab=submitted"),
    )
    assert answer.status_code == 302
    shown = first.get(answer.location)
    assert path(other, "?tab=submitted") in shown.text, "the next file of the same tab"

    amounts = {"turnover": "1,000,000.00", "technology_value": "800000"}
    done = step(
        first, application_id, "review", note="核减设备费", password=make.PASSWORD, **amounts
    )
    assert done.status_code == 302
    own = first.get(path(application_id)).text
    assert RegistryRefusal.SAME_PERSON.sentence in own

    seen = second.get(path(application_id)).text
    assert RegistryRefusal.SAME_PERSON.sentence not in seen
    assert "核减设备费" in seen
    assert step(second, application_id, "certify", password=make.PASSWORD).status_code == 302
    file = office.file(application_id)
    assert file.status is Status.REGISTERED
    assert file.technology_value == make.yuan(800_000)

    pdf = second.get(path(application_id, "/certificate.pdf"))
    assert pdf.mimetype == "application/pdf"
    assert pdf.data.startswith(b"%PDF")
    assert (
        pdf.data == office.client(office.buyer).get(path(application_id, "/certificate.pdf")).data
    )


@ONE_ENGINE
def test_a_file_is_read_on_one_page(office: Office) -> None:
    page = office.client(office.first).get(path(office.accepted())).text
    for words in (
        "Text as signed",
        "第一条",
        "Expertise solves a specific technical problem.",
        "from a consultation draft",
        "bars or unequally takes improvements",
        "N12",
        'value="1000000.00"',
    ):
        assert words in page, words


@ONE_ENGINE
def test_a_file_alike_in_every_fact_and_a_large_one_are_flagged(office: Office) -> None:
    office.filed(turnover=make.yuan(6_000_000))
    page = office.client(office.first).get(path(office.filed(turnover=make.yuan(6_000_000)))).text
    assert "Possible duplicate" in page
    assert "Large contract" in page


@ONE_ENGINE
def test_the_first_registrar_cannot_certify_by_hand_either(office: Office) -> None:
    application_id = office.passed()
    answer = step(office.client(office.first), application_id, "certify", password=make.PASSWORD)
    assert answer.status_code == 409
    assert RegistryRefusal.SAME_PERSON.sentence in answer.text
    assert office.file(application_id).status is Status.PASSED


@ONE_ENGINE
def test_a_registrar_of_a_party_reads_why_not(office: Office) -> None:
    application_id = office.filed()
    with office.app.extensions["market.database"].transaction() as s:
        s.add(
            Membership(
                user_id=office.first.user_id, party_id=office.buyer.party_id, seat=Seat.EDITOR
            )
        )
        make.unwatched(s)
    client = office.client(office.first)
    assert "another registrar decides" in client.get(path(application_id)).text
    answer = step(client, application_id, "accept")
    assert answer.status_code == 409
    assert RegistryRefusal.NOT_INDEPENDENT.sentence in answer.text


@ONE_ENGINE
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("review", {"turnover": "1000000", "technology_value": "900000"}),
        ("refuse", {"reasons": "N01", "note": "主体不明"}),
    ],
)
def test_a_wrong_password_is_refused_at_its_field(
    office: Office, name: str, typed: dict[str, object]
) -> None:
    application_id = office.accepted()
    answer = step(office.client(office.first), application_id, name, password="wrong", **typed)
    assert answer.status_code in (403, 409, 422)
    assert 'role="alert"' in answer.text
    assert office.file(application_id).status is Status.ACCEPTED


@ONE_ENGINE
def test_refusing_names_codes_and_words_and_keeps_what_was_typed(office: Office) -> None:
    application_id = office.accepted()
    client = office.client(office.first)
    bare = step(client, application_id, "refuse", note="合同内容为设备销售", password=make.PASSWORD)
    assert bare.status_code == 422
    assert "合同内容为设备销售" in bare.text
    wrong = step(client, application_id, "refuse", reasons="N99", note="x", password=make.PASSWORD)
    assert wrong.status_code == 422
    assert office.file(application_id).status is Status.ACCEPTED

    both = step(
        client,
        application_id,
        "refuse",
        reasons=["N02", "N10"],
        note="合同内容为设备销售",
        password=make.PASSWORD,
    )
    assert both.status_code == 302
    assert office.file(application_id).reasons == "N02 N10"
    told = office.client(office.seller).get(path(application_id)).text
    assert "Not a technology contract" in told
    assert "合同内容为设备销售" in told


@ONE_ENGINE
@pytest.mark.parametrize(
    ("name", "status"), [("turn-away", Status.NOT_ACCEPTED), ("correction", Status.CORRECTION)]
)
def test_a_note_goes_with_what_is_not_accepted_yet(
    office: Office, name: str, status: Status
) -> None:
    application_id = office.filed()
    client = office.client(office.first)
    for note in ("", "   ", "\u3000", "字" * 1001):
        answer = step(client, application_id, name, note=note)
        assert answer.status_code == 422, note[:5]
    assert office.file(application_id).status is Status.SUBMITTED
    assert step(client, application_id, name, note="缺少附件").status_code == 302
    assert office.file(application_id).status is status


@ONE_ENGINE
def test_a_file_goes_back_to_the_first_review(office: Office) -> None:
    application_id = office.passed()
    client = office.client(office.second)
    assert step(client, application_id, "send-back", note="请核减设备费").status_code == 302
    assert office.file(application_id).reviewer_id is None
    assert step(client, application_id, "send-back", note="再次").status_code == 409


BAD_AMOUNTS = [
    "",
    "   ",
    "-1",
    "-0",
    "0.001",
    "1e6",
    "0x10",
    "1_000",
    "+5",
    "NaN",
    "Infinity",
    "-Infinity",
    "1.000,00",
    "1 000",
    "1,00.00",
    "１０００",
    "١٠٠٠",
    "壹佰",
    str(10**15),
    str(2**63),
    str(10**40),
    "9" * 10_000,
    "1000000.01 CNY",
]


@ONE_ENGINE
@pytest.mark.parametrize("field", ["turnover", "technology_value"])
def test_bad_amounts_are_refused_and_kept_as_typed(office: Office, field: str) -> None:
    application_id = office.accepted()
    client = office.client(office.first)
    for amount in [*BAD_AMOUNTS, *(["0"] if field == "turnover" else [])]:
        typed = {"turnover": "1000000", "technology_value": "900000"} | {field: amount}
        answer = step(client, application_id, "review", password=make.PASSWORD, **typed)
        assert answer.status_code == 422, amount[:30]
        assert "error" in answer.text
        assert f'value="{amount}"' in answer.text or not amount.strip(), amount[:30]
    assert office.file(application_id).status is Status.ACCEPTED


@ONE_ENGINE
def test_a_review_needs_no_note_not_even_an_empty_one(office: Office) -> None:
    application_id = office.accepted()
    typed = {"turnover": "1000000", "technology_value": "900000", "password": make.PASSWORD}
    assert step(office.client(office.first), application_id, "review", **typed).status_code == 302
    assert office.file(application_id).status is Status.PASSED


@ONE_ENGINE
def test_a_technology_value_above_the_turnover_is_refused_at_its_field(office: Office) -> None:
    application_id = office.accepted()
    answer = step(
        office.client(office.first),
        application_id,
        "review",
        turnover="100",
        technology_value="100.01",
        password=make.PASSWORD,
    )
    assert answer.status_code == 409
    assert RegistryRefusal.VALUE_RANGE.sentence in answer.text
    assert 'value="100.01"' in answer.text


@ONE_ENGINE
@pytest.mark.parametrize(
    "extra", [{"number": "2026430200000001"}, {"turnover": ["1", "2"]}, {"reviewer_id": "1"}]
)
def test_fields_that_the_form_does_not_have_are_refused(
    office: Office, extra: dict[str, object]
) -> None:
    application_id = office.accepted()
    typed = {"turnover": "1000000", "technology_value": "900000", "password": make.PASSWORD}
    answer = step(office.client(office.first), application_id, "review", **(typed | extra))
    assert answer.status_code == 422
    assert office.file(application_id).status is Status.ACCEPTED


@ONE_ENGINE
def test_two_registrars_change_a_registration_and_the_public_page_says_so(
    office: Office,
) -> None:
    application_id = office.registered()
    first, second = office.client(office.first), office.client(office.second)
    code = office.file(application_id).check_code
    assert (
        step(
            first,
            application_id,
            "revision",
            turnover="1200000",
            technology_value="1100000",
            note="补充协议",
            password=make.PASSWORD,
        ).status_code
        == 302
    )
    assert "¥1,000,000.00" in office.app.test_client().get(f"/verify/{code}").text
    mine = step(first, application_id, "revision/confirm", password=make.PASSWORD)
    assert mine.status_code == 409
    assert RegistryRefusal.SAME_PERSON.sentence in mine.text
    theirs = step(second, application_id, "revision/confirm", password=make.PASSWORD)
    assert theirs.status_code == 302
    public = web_english(office.app).get(f"/verify/{code}").text
    assert "¥1,200,000.00" in public
    assert "¥1,100,000.00" in public
    assert "Valid, changed" in public


@ONE_ENGINE
def test_two_registrars_cancel_a_registration_or_leave_it(office: Office) -> None:
    application_id = office.registered()
    first, second = office.client(office.first), office.client(office.second)
    typed = {"note": "合同解除", "password": make.PASSWORD}
    assert step(first, application_id, "cancellation", **typed).status_code == 302
    again = step(first, application_id, "cancellation", **typed)
    assert again.status_code == 409
    assert (
        step(second, application_id, "revision/reject", password=make.PASSWORD).status_code == 302
    )
    assert office.file(application_id).status is Status.REGISTERED
    assert step(first, application_id, "cancellation", **typed).status_code == 302
    assert (
        step(second, application_id, "revision/confirm", password=make.PASSWORD).status_code == 302
    )
    assert office.file(application_id).status is Status.CANCELLED
    code = office.file(application_id).check_code
    assert "Cancelled" in web_english(office.app).get(f"/verify/{code}").text


@ONE_ENGINE
def test_a_certificate_is_there_only_after_registration(office: Office) -> None:
    client = office.client(office.seller)
    assert client.get(path(office.passed(), "/certificate.pdf")).status_code == 404


@ONE_ENGINE
@pytest.mark.parametrize(
    "name",
    [
        "accept",
        "turn-away",
        "correction",
        "lapse",
        "review",
        "send-back",
        "certify",
        "refuse",
        "revision",
        "cancellation",
        "revision/confirm",
        "revision/reject",
        "resubmit",
        "withdraw",
    ],
)
def test_reading_an_address_of_an_act_changes_nothing(office: Office, name: str) -> None:
    application_id = office.filed()
    answer = office.client(office.first).get(path(application_id, f"/{name}"))
    assert answer.status_code == 405
    assert office.file(application_id).status is Status.SUBMITTED


# ── the public ───────────────────────────────────────────────────────────────────────────────────


def web_english(app: Flask) -> FlaskClient:
    """A stranger who reads English."""
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["language"] = "en"
    return client


def test_anybody_verifies_a_certificate_by_code_or_link(office: Office) -> None:
    application_id = office.registered(title="湘江电池项目")
    file = office.file(application_id)
    code = file.check_code
    assert code is not None
    client = web_english(office.app)
    for typed in (
        code,
        code.upper(),
        f" {code[:16]} {code[16:]} ",
        f"https://m.example/verify/{code}",
    ):
        answer = web.post(client, "/verify", {"code": typed})
        assert answer.status_code == 302
        assert answer.location.endswith(f"/verify/{code}")
    page = client.get(f"/verify/{code}").text
    for words in (
        file.number,
        "湘江电池项目",
        "¥1,000,000.00",
        "¥900,000.00",
        "Valid",
        "技术合同登记处",
    ):
        assert words is not None
        assert words in page, words
    for private in ("91430104", "TC-2", "张三", "第一条", "TC-"):
        assert private not in page, private


@ONE_ENGINE
@pytest.mark.parametrize(
    "code", ["0" * 32, "x", "A" * 32, "0" * 31, "0" * 33, "../../etc", "%27%20OR%201=1--", "甲"]
)
def test_a_code_that_stands_for_nothing_is_plainly_not_found(office: Office, code: str) -> None:
    office.registered()
    assert web_english(office.app).get(f"/verify/{code}").status_code == 404


@ONE_ENGINE
@pytest.mark.parametrize("typed", ["", "  ", "abc", "g" * 32, "0" * 33, "f" * 301, "<script>"])
def test_what_is_no_code_is_refused_at_its_field(app: Flask, typed: str) -> None:
    answer = web.post(web_english(app), "/verify", {"code": typed})
    assert answer.status_code == 422
    assert "error" in answer.text
