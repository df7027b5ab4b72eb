import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import unescape
from io import BytesIO
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from market.contracts import commands
from market.contracts.models import Contract
from market.contracts.owing import owed_for
from market.contracts.rules import ContractRefusal, Status
from market.contracts.terms import Kind, Monopoly
from market.kernel.authority import Actor, Role
from market.kernel.clock import set_clock
from market.kernel.db import Database
from market.kernel.edits import glimpse
from market.parties.queries import named_as
from market.payments.queries import obligations_on
from tests import make, web

NEVER = 987_654
# Tables of bad input never reach the database: one engine is enough for them.
one_engine = pytest.mark.parametrize("kit", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _clock(at: datetime) -> Iterator[None]:
    set_clock(lambda: at)
    yield
    set_clock(None)


@pytest.fixture
def database(app: Flask) -> Database:
    found = app.extensions["market.database"]
    assert isinstance(found, Database)
    return found


@dataclass
class Scene:
    """A seller and a buyer with one draft between them, and a stranger, each with a browser."""

    app: Flask
    database: Database
    selling: Actor
    buying: Actor
    strange: Actor
    draft: int
    buyer_named: str

    @cached_property
    def seller(self) -> FlaskClient:
        return enter(self.app, self.selling)

    @cached_property
    def buyer(self) -> FlaskClient:
        return enter(self.app, self.buying)

    @cached_property
    def stranger(self) -> FlaskClient:
        return enter(self.app, self.strange)

    @property
    def path(self) -> str:
        return f"/contracts/{self.draft}"

    def read(self, field: str) -> object:
        with self.database.reading() as s:
            return getattr(s.get_one(Contract, self.draft), field)


def enter(app: Flask, by: Actor, language: str = "en") -> FlaskClient:
    assert by.user_id is not None
    return web.sign_in(app, by.user_id, language=language)


@pytest.fixture
def scene(app: Flask, database: Database, at: datetime) -> Scene:
    with database.transaction() as s:
        (one, selling), (two, buying), (_, strange) = (make.party(s, at=at) for _ in range(3))
        made = commands.draft(s, one.id, two.id, make.terms(), by=selling, at=at)
        draft, named = made.id, named_as(two)
    return Scene(app, database, selling, buying, strange, draft, named)


def sent(scene: Scene, **over: object) -> dict[str, object]:
    """What the edit form sends when nothing is changed but this."""
    with scene.database.reading() as s:
        terms = s.get_one(Contract, scene.draft).terms
    assert terms.technology_field
    assert terms.ip_kind
    assert terms.plan_source
    assert terms.objective
    answers = {f"monopoly_{m.name.lower()}": "no" for m in Monopoly}
    return {
        "seen": glimpse(vars(terms)),
        "kind": terms.kind.value,
        "title": terms.title,
        "subject": terms.subject,
        "licence_type": "",
        "rights": terms.rights,
        "turnover": "1,000,000.00",
        "payment": terms.payment.value,
        "royalty": "",
        "royalty_base": "",
        "royalty_bp": "",
        "royalty_months": "",
        "starts_on": "2026-03-01",
        "ends_on": "2027-12-31",
        "delivery": "",
        "acceptance": terms.acceptance,
        "secrecy": "",
        "improvements": "",
        "liability": "",
        "special": "",
        "technology_field": terms.technology_field.value,
        "ip_kind": terms.ip_kind.value,
        "plan_source": terms.plan_source.value,
        "objective": terms.objective.value,
        "industry": "",
        **answers,
        **over,
    }


def edit(scene: Scene, **over: object) -> TestResponse:
    return web.post(scene.seller, f"{scene.path}/edit", sent(scene, **over))


# ── who ──────────────────────────────────────────────────────────────────────────────────────────

PAGES = ("", "/edit", "/offer-text", "/reopen", "/drop", "/sign", "/recordal", "/pdf")


def test_an_outsider_cannot_tell_a_contract_from_nothing(scene: Scene) -> None:
    for page in PAGES:
        hidden = scene.stranger.get(scene.path + page)
        never = scene.stranger.get(f"/contracts/{NEVER}{page}")
        assert hidden.status_code == 404, page
        assert web.same(hidden, never), page


def test_an_outsider_changes_nothing(scene: Scene) -> None:
    held = {"password": make.PASSWORD, "text_hash": "a" * 64}
    recorded = {"number": "1", "recorded_on": "2026-03-10"}
    for page, body in (
        ("/edit", sent(scene, title="别人")),
        ("/offer-text", {}),
        ("/reopen", {}),
        ("/drop", {}),
        ("/sign", held),
        ("/recordal", recorded),
    ):
        answer = web.post(scene.stranger, scene.path + page, body, page="/contracts/new")
        assert answer.status_code == 404, page
    assert scene.read("status") is Status.DRAFT
    assert scene.read("title") != "别人"


def test_a_visitor_signs_in_first(client: FlaskClient) -> None:
    for page in ("/contracts/", "/contracts/new", "/contracts/1", "/contracts/1/pdf"):
        assert client.get(page).headers["Location"].startswith("/sign-in")


def test_looking_changes_nothing(scene: Scene) -> None:
    before = sent(scene)
    for page in PAGES:
        scene.seller.get(scene.path + page)
    assert scene.read("status") is Status.DRAFT
    assert sent(scene) == before


def test_a_registrar_has_no_business_with_drafting(app: Flask, at: datetime, scene: Scene) -> None:
    with scene.database.transaction() as s:
        registrar = make.registrar(s, make.office(s, at), at)
    browser = enter(app, registrar)
    assert browser.get("/contracts/new").status_code == 403
    assert browser.get(scene.path).status_code == 404


def test_an_auditor_reads_and_changes_nothing(app: Flask, at: datetime, scene: Scene) -> None:
    with scene.database.transaction() as s:
        auditor = make.actor(s, make.user(s, Role.AUDITOR, at=at), at)
    browser = enter(app, auditor)
    page = browser.get(scene.path)
    assert page.status_code == 200
    assert "Edit the draft" not in page.text
    assert browser.get(f"{scene.path}/edit").status_code == 403


# ── lists ────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_says_what_waits_for_whom(scene: Scene, at: datetime) -> None:
    assert "In work" in scene.seller.get("/contracts/").text
    with scene.database.transaction() as s:
        commands.offer_text(s, scene.draft, by=scene.selling, at=at)
    for browser in (scene.seller, scene.buyer):
        assert "Waiting for your signature" in browser.get("/contracts/").text
    assert "There are no contracts yet" in scene.stranger.get("/contracts/").text


def test_a_person_without_a_party_is_told_what_to_do(app: Flask, at: datetime) -> None:
    with app.extensions["market.database"].transaction() as s:
        alone = make.actor(s, make.user(s, Role.RESEARCHER, at=at), at)
    browser = enter(app, alone)
    for page in ("/contracts/", "/contracts/new"):
        assert "Contracts belong to a party" in browser.get(page).text
    assert browser.get("/contracts/new?deal=1").status_code == 404


@one_engine
def test_what_is_no_page_number_is_not_found(scene: Scene) -> None:
    for page in ("0", "-1", "1e3", "abc", "１", "100001", "1000000000", ""):
        assert scene.seller.get(f"/contracts/?page={page}").status_code == 404, page


# ── beginning ────────────────────────────────────────────────────────────────────────────────────


def start(scene: Scene, **over: object) -> TestResponse:
    typed = {
        "side": "seller",
        "other": scene.buyer_named,
        "kind": "CON",
        "title": "技术咨询",
        "turnover": "200000",
        **over,
    }
    return web.post(scene.seller, "/contracts/new", typed)


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_a_contract_from_outside_begins_with_five_answers(scene: Scene, side: str) -> None:
    answer = start(scene, side=side)
    assert answer.status_code == 302
    made = int(answer.headers["Location"].split("/")[2])
    with scene.database.reading() as s:
        contract = s.get_one(Contract, made)
        mine = contract.seller_id if side == "seller" else contract.buyer_id
        assert mine == scene.selling.party_id
        assert (contract.kind, contract.turnover) == (Kind.CON, make.yuan(200_000))
    assert scene.seller.get(answer.headers["Location"]).status_code == 200


def test_an_unknown_counterparty_is_told_how_it_gets_in(scene: Scene) -> None:
    answer = start(scene, other="不存在的公司")
    assert answer.status_code == 409
    assert ContractRefusal.NO_COUNTERPARTY.sentence in unescape(answer.text)
    assert 'value="不存在的公司"' in answer.text


def test_nobody_contracts_with_their_own_party(scene: Scene) -> None:
    with scene.database.reading() as s:
        own = named_as(s.get_one(Contract, scene.draft).seller)
    answer = start(scene, other=own)
    assert answer.status_code == 409
    assert "two different parties" in answer.text


@one_engine
def test_a_beginning_of_the_wrong_shape_is_refused(scene: Scene) -> None:
    wrong: list[dict[str, object]] = [
        {"side": "both"},
        {"side": ""},
        {"side": []},
        {"other": ""},
        {"other": "\u3000"},
        {"kind": "开发"},
        {"kind": ""},
        {"title": " "},
        {"title": "x" * 301},
        {"turnover": "0"},
        {"turnover": "\u3000"},
        {"turnover": ["1", "2"]},
        {"seller_id": "3"},
    ]
    for over in wrong:
        assert start(scene, **over).status_code == 422, over


def struck(scene: Scene, at: datetime) -> int:
    with scene.database.transaction() as s:
        listing = make.listing(s, scene.selling, at=at)
        return make.deal(s, listing, scene.selling, scene.buying, at=at).id


def test_a_contract_from_a_deal_is_filled_in(scene: Scene, at: datetime) -> None:
    deal = struck(scene, at)
    page = scene.buyer.get(f"/contracts/new?deal={deal}")
    assert page.status_code == 200
    for said in ("一种锂硫电池正极材料的制备方法", "1000000.00", "专利号：ZL2020", "readonly"):
        assert said in page.text
    assert re.search(r'<option selected value="TRF-P"', page.text)
    body = {**sent(scene), "kind": "TRF-P", "rights": "发明专利", "seen": ""}
    answer = web.post(scene.buyer, f"/contracts/new?deal={deal}", body)
    assert answer.status_code == 302
    again = scene.seller.get(f"/contracts/new?deal={deal}")
    assert again.headers["Location"] == answer.headers["Location"]


def test_who_drafts_a_deals_contract_second_is_told_and_keeps_what_was_typed(
    scene: Scene, at: datetime
) -> None:
    deal = struck(scene, at)
    path = f"/contracts/new?deal={deal}"
    body = {**sent(scene), "kind": "TRF-P", "rights": "发明专利", "seen": ""}
    late = {**web.carried(scene.seller, path), "special": "后到的一方所写"}
    first = web.post(scene.buyer, path, body)  # while the seller has the page open
    answer = scene.seller.post(path, data={**body, **late})
    assert answer.status_code == 409
    assert ContractRefusal.DEAL_HAS_CONTRACT.sentence in answer.text
    assert f'href="{first.headers["Location"]}"' in answer.text
    assert "后到的一方所写" in answer.text


def test_the_price_of_a_deal_is_not_typed_away(scene: Scene, at: datetime) -> None:
    deal = struck(scene, at)
    body = sent(scene, turnover="999999.99", seen="")
    answer = web.post(scene.buyer, f"/contracts/new?deal={deal}", body)
    assert answer.status_code == 409
    assert "must be the price of the deal" in answer.text


@one_engine
def test_what_is_no_deal_is_not_found(scene: Scene) -> None:
    for deal in ("0", "-1", "abc", "", "1e3", "١", "9" * 30, str(NEVER)):
        assert scene.seller.get(f"/contracts/new?deal={deal}").status_code == 404, deal


def test_a_stranger_does_not_see_a_deal_through_its_contract(scene: Scene, at: datetime) -> None:
    deal = struck(scene, at)
    assert scene.stranger.get(f"/contracts/new?deal={deal}").status_code == 404


# ── editing ──────────────────────────────────────────────────────────────────────────────────────


def test_money_lines_are_saved_and_the_technology_value_computed(scene: Scene) -> None:
    answer = edit(
        scene,
        payment="instalments",
        **{
            "deductions-0-kind": "equipment",
            "deductions-0-amount": "120,000.00",
            "deductions-0-note": "反应釜",
            "deductions-1-kind": "parts",
            "deductions-1-amount": "",
            "instalments-0-due_on": "2026-06-01",
            "instalments-0-amount": "400000",
            "instalments-3-due_on": "2026-09-01",
            "instalments-3-amount": "600000",
        },
    )
    assert answer.status_code == 302
    page = scene.seller.get(scene.path).text
    for said in ("¥1,000,000.00", "¥880,000.00", "¥120,000.00", "反应釜", "¥600,000.00"):
        assert said in page
    assert 'value="120000.00"' in scene.buyer.get(f"{scene.path}/edit").text


def test_a_line_is_taken_away(scene: Scene) -> None:
    line = {"deductions-0-kind": "other", "deductions-0-amount": "5"}
    edit(scene, **line)
    assert scene.read("technology_value") == make.yuan(999_995)
    assert edit(scene, **line, **{"deductions-0-gone": "y"}).status_code == 302
    assert scene.read("technology_value") == make.yuan(1_000_000)


def test_more_lines_come_from_the_server_and_nothing_typed_is_lost(scene: Scene) -> None:
    answer = edit(scene, more="instalments", title="未保存的名称", **{"instalments-0-amount": "7"})
    assert answer.status_code == 200
    assert answer.text.count('name="instalments-') == 3 * 4
    assert 'value="未保存的名称"' in answer.text
    assert scene.read("title") != "未保存的名称"


def test_a_yes_to_a_monopoly_question_blocks_and_names_the_clause(scene: Scene) -> None:
    assert edit(scene, monopoly_tying="yes").status_code == 302
    page = scene.seller.get(scene.path).text
    assert "ties unneeded technology, goods or staff" in page
    assert "Fix the text for signature" not in page
    answer = scene.seller.get(f"{scene.path}/offer-text")
    assert answer.status_code == 409
    assert "ties unneeded technology" in answer.text


def test_a_question_left_open_is_missing_and_none_is_answered_beforehand(
    scene: Scene, at: datetime
) -> None:
    assert edit(scene, monopoly_tying="").status_code == 302
    assert "an answer to each question" in scene.seller.get(scene.path).text
    page = scene.seller.get(f"{scene.path}/edit").text
    assert page.count(" checked") == len(Monopoly) - 1
    assert scene.seller.get(f"{scene.path}/offer-text").status_code == 409
    deal = struck(scene, at)
    assert " checked" not in scene.buyer.get(f"/contracts/new?deal={deal}").text


def test_an_edit_that_does_not_say_what_it_read_saves_nothing(scene: Scene) -> None:
    body = {**sent(scene, title="未存"), "seen": ""}
    answer = web.post(scene.seller, f"{scene.path}/edit", body)
    assert answer.status_code == 409
    assert "Somebody saved this draft" in answer.text
    assert scene.read("title") != "未存"


def test_a_name_alone_opens_nobodys_particulars(scene: Scene) -> None:
    with scene.database.reading() as s:
        name = s.get_one(Contract, scene.draft).buyer.name
    answer = start(scene, other=name)
    assert answer.status_code == 409
    assert ContractRefusal.NO_COUNTERPARTY.sentence in unescape(answer.text)


def test_two_editors_do_not_overwrite_each_other(scene: Scene) -> None:
    old = sent(scene)
    assert web.post(scene.buyer, f"{scene.path}/edit", {**old, "title": "买方"}).status_code == 302
    mine = {**old, "title": "卖方"}
    answer = web.post(scene.seller, f"{scene.path}/edit", mine)
    assert answer.status_code == 409
    assert "Somebody saved this draft" in answer.text
    assert 'value="卖方"' in answer.text
    assert scene.read("title") == "买方"
    assert "Now stands: 买方" in answer.text
    assert answer.text.count("Now stands:") == 1
    seen = web.SEEN.search(answer.text)
    assert seen is not None
    again = web.post(scene.seller, f"{scene.path}/edit", {**mine, "seen": seen[1]})
    assert again.status_code == 302
    assert scene.read("title") == "卖方"


AMOUNTS = [
    "", "0", "-1", "-0", "0.001", "1e6", "0x10", "1_000", "+5", "NaN", "Infinity", "-Infinity",
    "1.000,00", "1 000", "1,00,000", "１０００", "١٠٠٠", "壹佰", "1" + "0" * 15, "9007199254740993",
    "9223372036854775808", "1" + "0" * 40, "1" * 10_000, "1000.", ".5", "null", "<b>5</b>", "5;",
]  # fmt: skip


@one_engine
def test_what_is_no_amount_is_refused_and_kept_as_typed(scene: Scene) -> None:
    for typed in AMOUNTS:
        answer = edit(scene, turnover=typed, title="未存")
        assert answer.status_code == 422, typed
        assert 'value="未存"' in answer.text
        assert not typed or f'value="{typed}"' in unescape(answer.text)
    assert scene.read("title") != "未存"


@one_engine
def test_a_line_takes_only_amounts(scene: Scene) -> None:
    for typed in filter(None, AMOUNTS):
        line = {"deductions-0-kind": "other", "deductions-0-amount": typed}
        assert edit(scene, **line).status_code == 422, typed
    assert scene.read("technology_value") == make.yuan(1_000_000)


DAYS = [
    "2026-02-30", "2025-13-01", "24:60", "0001-01-01", "9999-12-31", "10000-01-01",
    "1767225600000", "-1", "二〇二六年", "2026/06/01", "2026-6-1", "２０２６-06-01",
    "2026-06-01T00:00", "2100-01-02", "2026-W12-2",
]  # fmt: skip


@one_engine
@pytest.mark.parametrize("field", ["starts_on", "ends_on", "instalments-0-due_on"])
def test_what_is_no_day_is_refused(scene: Scene, field: str) -> None:
    line = {"instalments-0-amount": "1000000"} if "due_on" in field else {}
    for typed in DAYS:
        assert edit(scene, title="未存", **line, **{field: typed}).status_code == 422, typed
    assert scene.read("title") != "未存"


SHAPES: list[dict[str, object]] = [
    {"kind": "承揽"},
    {"kind": "DEV"},
    {"kind": ""},
    {"payment": "cash"},
    {"payment": ""},
    {"licence_type": "x"},
    {"technology_field": "12"},
    {"objective": "99"},
    {"ip_kind": "x"},
    {"plan_source": "x"},
    {"monopoly_tying": "perhaps"},
    {"title": ""},
    {"title": " \u3000\u200b"},
    {"title": "x" * 301},
    {"title": "x" * 1_000_000},
    {"title": "a" + "\u0301" * 10_000},
    {"subject": "x" * 5_001},
    {"special": "一行\n" * 200 + "又一行"},
    {"royalty": "一行\n" * 200 + "又一行"},
    {"royalty": "x" * 1001},
    {"industry": "x" * 11},
    {"price": "1"},
    {"technology_value": "1"},
    {"status": "signed"},
    {"turnover": ["1000000", "1000000"]},
    {"deductions-0-kind": "labour", "deductions-0-amount": "5"},
    {"deductions-0-amount": "5"},
    {"deductions-0-kind": "other", "deductions-0-note": "没有金额"},
    {"deductions-0-kind": "other", "deductions-0-amount": ["5", "6"]},
    {"deductions-0-minor": "5"},
    {"deductions-60-amount": "5"},
    {"deductions-x-amount": "5"},
    {"deductions-00-amount": "5"},
    {"deductions-²-amount": "5"},
    {"instalments-١-amount": "5"},
    {f"deductions-{'9' * 5000}-amount": "5"},
    {"deductions-": "5"},
    {"instalments-0": "5"},
    {"deductions": "5"},
    {"instalments-0-amount": "1000000"},
    {"instalments-0-due_on": "2026-06-01"},
    {"instalments-0-note": "x" * 201, "instalments-0-amount": "5"},
]


@one_engine
def test_a_form_of_the_wrong_shape_is_refused(scene: Scene) -> None:
    before = sent(scene)
    for over in SHAPES:
        assert edit(scene, **over).status_code == 422, str(over)[:80]
    assert sent(scene) == before


@one_engine
def test_the_longest_clauses_are_taken_fixed_and_printed(scene: Scene) -> None:
    longest = {"subject": "x" * 5_000, "special": "一行\n" * 199 + "末行"}
    assert edit(scene, **longest).status_code == 302
    offered(scene)
    assert scene.read("special") == longest["special"]
    answer = scene.buyer.get(f"{scene.path}/pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")


@one_engine
@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"deductions-0-kind": "other", "deductions-0-amount": "1000000.01"}, "add up to more"),
        (
            {
                "payment": "instalments",
                "instalments-0-due_on": "2026-06-01",
                "instalments-0-amount": "999999.99",
            },
            "exactly the contract amount",
        ),
        (
            {"instalments-0-due_on": "2026-06-01", "instalments-0-amount": "1000000"},
            "Instalments are listed where",
        ),
        ({"ends_on": "2026-02-28"}, "ends before it begins"),
    ],
)
def test_what_contradicts_itself_is_refused_where_it_stands(
    scene: Scene, over: dict[str, object], said: str
) -> None:
    answer = edit(scene, title="未存", **over)
    assert answer.status_code == 409
    assert said in answer.text
    assert 'value="未存"' in answer.text
    assert scene.read("title") != "未存"


def test_a_term_that_is_over_is_not_fixed(scene: Scene) -> None:
    assert edit(scene, ends_on="2026-03-09").status_code == 302
    answer = scene.seller.get(f"{scene.path}/offer-text")
    assert answer.status_code == 409
    assert "already be over" in answer.text


@one_engine
def test_bytes_that_are_no_text_are_malformed(scene: Scene) -> None:
    body = sent(scene, csrf_token=web.token(scene.seller, f"{scene.path}/edit"))
    for field in ("title", "subject", "deductions-0-note"):
        for hidden in (b"a\x00b", b"\xed\xa0\x80", b"\xff", "锂".encode("gb18030")):
            form = urlencode({**body, field: hidden})
            kind = "application/x-www-form-urlencoded"
            answer = scene.seller.post(f"{scene.path}/edit", data=form, content_type=kind)
            assert answer.status_code == 400, (field, hidden)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "{{7*7}}",
    "${7*7}",
    "{% raw %}",
    "%s%n %(title)s",
    "' OR 1=1--",
    '"); DROP TABLE contracts',
    '#read("/etc/passwd")',
    "#{7*7} $x^2$ *b* _i_ @ref <label> \\ // --- = Titel",
    "a&amp;b",
]
FIELDS = ("title", "subject", "rights", "delivery", "acceptance", "secrecy", "improvements",
          "liability", "special")  # fmt: skip


def pdf_words(answer: TestResponse) -> str:
    pages = PdfReader(BytesIO(answer.data)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


@one_engine
def test_what_looks_like_code_stays_text_on_every_page_and_on_paper(scene: Scene) -> None:
    typed = " ".join(HOSTILE)
    notes = {
        "payment": "instalments",
        "deductions-0-kind": "other",
        "deductions-0-amount": "5",
        "deductions-0-note": " ".join(HOSTILE[:5]),
        "instalments-0-due_on": "2026-06-01",
        "instalments-0-amount": "1000000",
        "instalments-0-note": " ".join(HOSTILE[5:10]),
    }
    assert edit(scene, **dict.fromkeys(FIELDS, typed), **notes).status_code == 302
    pages = [scene.buyer.get(scene.path + page).text for page in ("", "/edit", "/offer-text")]
    offered(scene)
    pages += [scene.buyer.get(page).text for page in (f"{scene.path}/sign", "/contracts/")]
    for page in pages:
        assert typed in unescape(page)
        assert not [each for each in HOSTILE if "<" in each and each in page]
    printed = pdf_words(scene.buyer.get(f"{scene.path}/pdf"))
    for each in HOSTILE:
        assert printed.count(re.sub(r"\s", "", each)) >= len(FIELDS), each
    assert "root:" not in printed


def test_what_hides_in_text_is_dropped(scene: Scene) -> None:
    typed = "\u202e反向\u200b名\u0007称 e\u0301 𠀀\n第二行"
    assert edit(scene, title=typed).status_code == 302
    assert scene.read("title") == "反向名称 é 𠀀 第二行"


# ── signing ──────────────────────────────────────────────────────────────────────────────────────


def offered(scene: Scene) -> str:
    assert web.post(scene.seller, f"{scene.path}/offer-text").status_code == 302
    return str(scene.read("text_hash"))


def sign(browser: FlaskClient, path: str, seen: str, **over: object) -> TestResponse:
    body = {"text_hash": seen, "password": make.PASSWORD, **over}
    return web.post(browser, f"{path}/sign", body, page="/contracts/new")


def test_a_contract_goes_from_draft_to_concluded_by_its_pages(scene: Scene) -> None:
    seen = offered(scene)
    page = scene.buyer.get(f"{scene.path}/sign").text
    assert unescape(page).count(str(scene.read("text"))) == 1
    assert page.count(seen) == 2
    assert "¥1,000,000.00" in page
    assert sign(scene.buyer, scene.path, seen).status_code == 302
    assert "Your side has signed" in scene.buyer.get(scene.path).text
    assert "The other side has signed" in scene.seller.get(f"{scene.path}/sign").text
    assert sign(scene.seller, scene.path, seen).status_code == 302
    assert scene.read("status") is Status.SIGNED
    assert "File for registration" in scene.seller.get(scene.path).text
    assert "The seller files it" in scene.buyer.get(scene.path).text


@pytest.mark.parametrize(
    ("over", "status", "said"),
    [
        ({"password": "wrong"}, 422, "password"),
        ({"password": ""}, 422, ""),
        ({"text_hash": "b" * 64}, 409, "not the one you read"),
        ({"text_hash": ""}, 422, ""),
        ({"side": "buyer"}, 422, "Unknown field"),
        ({"text_hash": ["a" * 64, "b" * 64]}, 422, "Given twice"),
    ],
)
def test_a_signature_that_does_not_hold_is_not_given(
    scene: Scene, over: dict[str, object], status: int, said: str
) -> None:
    answer = sign(scene.buyer, scene.path, offered(scene), **over)
    assert answer.status_code == status or (status == 409 and answer.status_code == 403)
    assert said in answer.text
    with scene.database.reading() as s:
        assert s.get_one(Contract, scene.draft).signatures == []


def test_after_a_changed_text_the_page_shows_the_new_one_to_sign(scene: Scene) -> None:
    old = offered(scene)
    web.post(scene.seller, f"{scene.path}/reopen")
    edit(scene, title="换过的名称")
    new = offered(scene)
    answer = sign(scene.buyer, scene.path, old)
    assert answer.status_code == 409
    assert "换过的名称" in answer.text
    assert f'value="{new}"' in answer.text
    assert f'value="{old}"' not in answer.text


def test_an_editor_does_not_bind(scene: Scene, at: datetime) -> None:
    offered(scene)
    with scene.database.transaction() as s:
        s.connection().exec_driver_sql(
            f"UPDATE memberships SET seat = 'editor' WHERE party_id = {scene.buying.party_id}"
        )
    answer = scene.buyer.get(f"{scene.path}/sign")
    assert answer.status_code == 403
    assert "Read and sign" not in scene.buyer.get(scene.path).text


def test_reopening_says_that_signatures_fall_and_lets_them_fall(scene: Scene) -> None:
    sign(scene.buyer, scene.path, offered(scene))
    assert "falls with it" in scene.seller.get(f"{scene.path}/reopen").text
    assert web.post(scene.seller, f"{scene.path}/reopen").status_code == 302
    assert scene.read("status") is Status.DRAFT
    with scene.database.reading() as s:
        assert s.get_one(Contract, scene.draft).signatures == []


def test_a_dropped_contract_is_at_its_end(scene: Scene) -> None:
    assert "for good" in scene.buyer.get(f"{scene.path}/drop").text
    assert web.post(scene.buyer, f"{scene.path}/drop").status_code == 302
    assert "Nothing more happens" in scene.seller.get(scene.path).text
    for page in ("/edit", "/offer-text", "/reopen", "/drop", "/sign"):
        assert scene.seller.get(scene.path + page).status_code == 409


@one_engine
def test_nothing_is_posted_without_the_pages_token(scene: Scene) -> None:
    for page in PAGES[1:-1]:
        answer = scene.seller.post(scene.path + page, data={"password": make.PASSWORD})
        assert answer.status_code in (400, 403), page
    assert scene.read("status") is Status.DRAFT


# ── words ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The contract still lacks: the technical content, the socio-economic objective."),
        ("zh_Hans", "合同还缺少：标的的内容、社会经济目标。"),
    ],
)
def test_what_is_missing_is_said_in_the_readers_language(
    scene: Scene, language: str, said: str
) -> None:
    assert edit(scene, subject="", objective="").status_code == 302
    browser = enter(scene.app, scene.buying, language)
    assert said in browser.get(f"{scene.path}/offer-text").text
    answer = web.post(browser, f"{scene.path}/offer-text", page="/contracts/new")
    assert answer.status_code == 409
    assert said in answer.text


# ── paper and recordal ───────────────────────────────────────────────────────────────────────────


def test_the_paper_is_served_inline_under_a_good_name(scene: Scene) -> None:
    answer = scene.buyer.get(f"{scene.path}/pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"].startswith('inline; filename="TC-2026-')
    assert "草稿" in pdf_words(answer)
    assert scene.seller.get(f"{scene.path}/pdf").data == answer.data


@pytest.fixture
def assigned(scene: Scene, at: datetime) -> str:
    with scene.database.transaction() as s:
        made = make.contract(
            s, scene.selling, scene.buying, at=at, kind=Kind.TRF_P, rights="发明专利"
        )
        return f"/contracts/{made.id}"


def test_the_recordal_of_an_assignment_is_noted(scene: Scene, assigned: str) -> None:
    assert "Note the recordal" in scene.seller.get(assigned).text
    typed = {"number": "2026031000123", "recorded_on": "2026-03-10"}
    assert web.post(scene.seller, f"{assigned}/recordal", typed).status_code == 302
    page = scene.seller.get(assigned).text
    assert "2026031000123" in page
    assert "File for registration" in page


@pytest.mark.parametrize(
    ("over", "status"),
    [
        ({"recorded_on": "2026-03-09"}, 409),
        ({"recorded_on": "2026-03-11"}, 409),
        ({"recorded_on": "2026-02-30"}, 422),
        ({"recorded_on": ""}, 422),
        ({"recorded_on": "\u3000"}, 422),
        ({"number": "　"}, 422),
        ({"number": "1" * 61}, 422),
    ],
)
def test_a_recordal_that_cannot_be_is_refused(
    scene: Scene, assigned: str, over: dict[str, str], status: int
) -> None:
    typed = {"number": "12", "recorded_on": "2026-03-10", **over}
    answer = web.post(scene.seller, f"{assigned}/recordal", typed)
    assert answer.status_code == status
    with scene.database.reading() as s:
        assert s.get_one(Contract, int(assigned.rsplit("/", maxsplit=1)[-1])).recorded_on is None


def test_a_contract_that_needs_no_recordal_takes_none(scene: Scene, at: datetime) -> None:
    with scene.database.transaction() as s:
        made = make.contract(s, scene.selling, scene.buying, at=at)
        path = f"/contracts/{made.id}"
    assert scene.seller.get(f"{path}/recordal").status_code == 409


def test_the_contract_of_a_deal_says_what_is_owed_and_what_was_received(
    scene: Scene, at: datetime
) -> None:
    with scene.database.transaction() as s:
        found = make.listing(s, scene.selling, at=at)
        deal = make.deal(s, found, scene.selling, scene.buying, at=at)
        over = {"kind": Kind.TRF_P, "rights": "发明专利"}
        signed = make.contract(s, scene.selling, scene.buying, at=at, deal=deal, **over)
        (owed,) = obligations_on(s, owed_for(deal))
        make.paid_by_bank(s, owed, 400_000, at)
        path = f"/contracts/{signed.id}"
    for reader in (scene.seller, scene.buyer):
        page = reader.get(path).text
        assert re.search(r"Received so far</p>\s*<p[^>]*>¥400,000.00<", page)
        assert all(words in page for words in ("Price", "March 17, 2026", "¥1,000,000.00"))
    assert "Received so far" not in scene.seller.get(scene.path).text
