"""The pages of listings: one flow and one refusal each, and what bad input gets."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from market.kernel.authority import Role
from market.kernel.db import Database
from market.kernel.journal import Entry
from market.listings import commands
from market.listings.identifiers import check_character
from market.listings.models import Listing
from market.listings.rules import ListingRefusal, Status, part_mark
from market.listings.sheet import RightKind, Sheet
from tests import make, web

NUMBER = f"201710601862.{check_character('201710601862')}"


@dataclass
class Place:
    """A market with a seller, its draft and its published listing."""

    app: Flask
    ids: dict[str, int]
    draft: int
    listing: int

    def _of(self, name: str) -> FlaskClient:
        return web.sign_in(self.app, self.ids[name])

    @cached_property
    def seller(self) -> FlaskClient:
        return self._of("seller")

    @cached_property
    def rival(self) -> FlaskClient:
        return self._of("rival")

    @cached_property
    def buyer(self) -> FlaskClient:
        return self._of("buyer")

    @cached_property
    def operator(self) -> FlaskClient:
        return self._of("operator")

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions["market.database"]
        return found

    def sheet(self, listing_id: int) -> Sheet:
        with self.database.reading() as s:
            return s.get_one(Listing, listing_id).sheet

    def status(self, listing_id: int) -> Status:
        with self.database.reading() as s:
            return s.get_one(Listing, listing_id).status

    def entries(self) -> int:
        with self.database.reading() as s:
            told = select(func.count()).where(Entry.thread_kind != "user")  # who came is no matter
            return s.scalar(told) or 0


@pytest.fixture
def place(app: Flask, at: datetime) -> Place:
    with app.extensions["market.database"].transaction() as s:
        party, seller = make.party(s, at=at, name="湘江材料公司")
        _, rival = make.party(s, at=at)
        _, buyer = make.party(s, Role.COMPANY, at=at)
        people = {"seller": seller, "rival": rival, "buyer": buyer}
        people["operator"] = make.operator(s, at)
        draft = commands.draft(s, party.id, Sheet(title="一种传感器"), by=seller, at=at)
        listing = make.listing(s, seller, at=at)
        ids = {name: who.user_id or 0 for name, who in people.items()}
        return Place(app, ids, draft.id, listing.id)


# ── the public pages ─────────────────────────────────────────────────────────────────────────────


def test_the_market_shows_what_is_published_and_nothing_else(
    place: Place, client: FlaskClient
) -> None:
    page = client.get("/listings/").text
    assert "一种锂硫电池正极材料的制备方法" in page
    assert "一种传感器" not in page


def test_an_empty_market_says_so(client: FlaskClient) -> None:
    assert client.get("/listings/").status_code == 200
    assert "result-card" not in client.get("/listings/").text


def test_a_search_finds_words_of_any_length(place: Place, client: FlaskClient) -> None:
    for q in ["锂硫", "电池", "硫", "一种锂硫电池", "湘江材料公司"]:
        assert "result-card" in client.get("/listings/", query_string={"q": q}).text


def test_a_search_by_patent_number_finds_its_listing(place: Place, client: FlaskClient) -> None:
    number = place.sheet(place.listing).rights[0].number
    assert number is not None
    page = client.get("/listings/", query_string={"q": f"ZL {number[:4]} {number[4:]}"})
    assert "result-card" in page.text


HARMLESS = ['"', "(", "AND", "NOT", "NEAR(", "title:电池", "^", "*", "%", "_", "?" * 50,
            "%a%b%c%", "(a+)+$", "' OR 1=1--", '"); DROP', "{{7771*7771}}", "传感器"]  # fmt: skip


def test_signs_and_operators_are_words_that_find_nothing(place: Place, client: FlaskClient) -> None:
    for q in HARMLESS:
        answer = client.get("/listings/", query_string={"q": q})
        assert answer.status_code == 200
        assert "result-card" not in answer.text, q
        assert "60388441" not in answer.text.split("<main")[1].split("</form>")[0]


def test_too_long_a_search_gets_a_sentence(place: Place, client: FlaskClient) -> None:
    for q in ["电" * 201, "x" * 10_000, " ".join("abcdefghij" * 7)]:
        answer = client.get("/listings/", query_string={"q": q})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


def test_what_the_page_does_not_know_is_refused(place: Place, client: FlaskClient) -> None:
    for asked, status in [
        ("page=0", 404),
        ("page=-1", 404),
        ("page=1000000000", 404),
        ("page=abc", 404),
        ("page=１", 404),
        ("page=", 404),
        ("per_page=1000000", 422),
        ("sort=password", 422),
        ("reserve_price=1", 422),
        ("q=a&q=b", 400),
        ("page[]=1", 422),
        ("q=%00", 400),
        ("q=%ff", 400),
    ]:
        assert client.get(f"/listings/?{asked}").status_code == status


def test_the_page_after_the_last_is_empty(place: Place, client: FlaskClient) -> None:
    assert "result-card" not in client.get("/listings/?page=2").text


def test_the_public_page_tells_what_is_for_sale(place: Place, client: FlaskClient) -> None:
    page = client.get(f"/listings/{place.listing}").text
    number = place.sheet(place.listing).rights[0].number
    for words in ("1,200,000.00", number, "李四", "湘江材料公司", "/negotiation"):
        assert str(words) in page
    assert "/withdraw" not in page


def test_a_draft_is_like_nothing_to_strangers(place: Place, client: FlaskClient) -> None:
    for who in (client, place.rival, place.buyer, place.operator):
        assert web.same(who.get(f"/listings/{place.draft}"), who.get("/listings/999999"))
    assert place.seller.get(f"/listings/{place.draft}").status_code == 200
    assert place.rival.get(f"/listings/{place.draft}/edit").status_code == 404


def test_no_act_on_a_draft_is_open_to_a_stranger(place: Place) -> None:
    for path in [
        "edit",
        "submit",
        "publish",
        "withdraw",
        "redraft",
        "send-back",
        "rights",
        "makers",
    ]:
        before = place.entries()
        data = {"name": "x", "title": "x", "reason": "x"}
        answer = web.post(
            place.rival, f"/listings/{place.draft}/{path}", data, page="/listings/new"
        )
        assert answer.status_code in (403, 404)
        assert place.entries() == before


# ── the seller's pages ───────────────────────────────────────────────────────────────────────────


def test_a_seller_sees_its_own_by_state(place: Place) -> None:
    page = place.seller.get("/listings/mine").text
    assert "一种传感器" in page
    assert "一种锂硫电池" in page
    drafts = place.seller.get("/listings/mine?status=draft").text
    assert "一种锂硫电池" not in drafts
    assert place.rival.get("/listings/mine").text.count("<tr>") == 0
    assert place.seller.get("/listings/mine?status=sold").status_code == 422


def test_a_title_begins_a_draft(place: Place) -> None:
    answer = web.post(place.seller, "/listings/new", {"title": "一种新材料", "mode": "negotiation"})
    assert answer.status_code == 302
    assert "一种新材料" in place.seller.get("/listings/mine").text


def test_whoever_has_no_party_founds_one_first(app: Flask, at: datetime) -> None:
    with app.extensions["market.database"].transaction() as s:
        loner = make.user(s, Role.RESEARCHER, at=at).id
    answer = web.sign_in(app, loner).get("/listings/new")
    assert (answer.status_code, "/parties" in answer.location) == (302, True)


def test_a_buyer_lists_nothing(place: Place) -> None:
    assert place.buyer.get("/listings/new").status_code == 403


MAIN = {
    "title": "一种传感器", "abstract": "一种用于高温环境的光纤传感器及其封装方法，精度高。",
    "technology_field": "1", "maturity": "lab", "funding": "none", "way": "assign",
    "mode": "negotiation", "price": "1,200,000.00", "ipc": "g01k 11/32；G01K",
    "keywords": "光纤; 传感",
}  # fmt: skip


def remove(place: Place, part: str, row: int, **over: object) -> TestResponse:
    """Press *Remove* at a row of the draft as it stands."""
    seen = part_mark(place.sheet(place.draft), part, row)
    path, edit = f"/listings/{place.draft}/{part}/{row}/remove", f"/listings/{place.draft}/edit"
    return web.post(place.seller, path, {"mark": seen, **over}, page=edit)


def test_a_draft_grows_by_its_small_forms_until_it_is_published(place: Place) -> None:
    at = f"/listings/{place.draft}"
    edit = f"{at}/edit"
    steps: list[tuple[str, dict[str, str]]] = [
        (edit, MAIN),
        (f"{at}/rights", {"number": f"zl {NUMBER}", "filed_on": "2017-07-21"}),
        (f"{at}/owners", {"name": "湘江材料公司", "share": "60"}),
        (f"{at}/owners", {"name": "乙", "share": "40", "consents": "y"}),
        (f"{at}/makers", {"name": "李四"}),
        (f"{at}/makers", {"name": "写错了"}),
        (f"{at}/associates", {"role": "client", "name": "丙公司"}),
        (f"{at}/encumbrances", {"kind": "licence", "holder": "丁公司", "note": "至2030年"}),
    ]
    for path, data in steps:
        answer = web.post(place.seller, path, data, page=edit)
        assert answer.status_code == 302, (path, answer.text)
    assert remove(place, "makers", 1).status_code == 302
    sheet = place.sheet(place.draft)
    assert (sheet.ipc, sheet.makers, len(sheet.owners)) == ("G01K 11/32; G01K", ("李四",), 2)
    assert (sheet.rights[0].number, sheet.rights[0].kind.value) == (NUMBER, "invention")
    assert web.post(place.seller, f"{at}/submit", page=edit).status_code == 302
    assert "一种传感器" in place.operator.get("/listings/submitted").text
    assert web.post(place.operator, f"{at}/publish", page=at).status_code == 302
    assert place.status(place.draft) is Status.PUBLISHED


def test_an_unfinished_draft_says_what_is_missing_and_does_not_go(place: Place) -> None:
    at = f"/listings/{place.draft}"
    page = place.seller.get(f"{at}/edit").text
    for words in ("the price", "the maturity", "at least one right", "disabled"):
        assert words in page
    assert web.post(place.seller, f"{at}/submit", page=f"{at}/edit").status_code == 409
    assert place.status(place.draft) is Status.DRAFT


def test_the_operator_sends_back_with_a_reason_that_the_seller_reads(
    place: Place, at: datetime
) -> None:
    with place.database.transaction() as s:
        listing = s.get_one(Listing, place.draft)
        listing.status = Status.SUBMITTED
        make.unwatched(s)
    path = f"/listings/{place.draft}"
    empty = web.post(place.operator, f"{path}/send-back", {"reason": " "}, page=path)
    assert (empty.status_code, place.status(place.draft)) == (422, Status.SUBMITTED)
    web.post(place.operator, f"{path}/send-back", {"reason": "请补充摘要"}, page=path)
    assert "请补充摘要" in place.seller.get(f"{path}/edit").text
    again = web.post(place.operator, f"{path}/send-back", {"reason": "x"}, page="/listings/")
    assert again.status_code == 404  # a draft again, and drafts are not the operator's to see


def test_a_published_listing_is_withdrawn_and_drafted_again(place: Place) -> None:
    path = f"/listings/{place.listing}"
    assert place.seller.get(f"{path}/edit").status_code == 409
    assert web.post(place.seller, f"{path}/withdraw", page=path).status_code == 302
    assert web.post(place.seller, f"{path}/redraft", page=path).status_code == 302
    assert place.status(place.listing) is Status.DRAFT


def test_a_right_that_stands_elsewhere_is_named(place: Place) -> None:
    """D 68: a warning; publishing decides."""
    number = place.sheet(place.listing).rights[0].number
    edit = f"/listings/{place.draft}/edit"
    typed = {"number": f"ZL{number}"}
    web.post(place.seller, f"/listings/{place.draft}/rights", typed, page=edit)
    assert f'href="/listings/{place.listing}"' in place.seller.get(edit).text


def test_investment_is_refused_with_its_sentence(place: Place) -> None:
    answer = web.post(place.seller, f"/listings/{place.draft}/edit", {**MAIN, "way": "invest"})
    assert answer.status_code == 409
    assert "not open on this market yet" in answer.text
    assert place.sheet(place.draft) == Sheet(title="一种传感器")


# ── bad input (promises, section 7) ──────────────────────────────────────────────────────────────

AMOUNTS = ["0", "-1", "-0", "0.001", "1e6", "0x10", "1_000", "+5", "NaN", "Infinity", "-Infinity",
           "1.000,00", "1 000", "１０００", "١٢٣", "壹佰", str(10**15), str(2**53 + 1), str(2**63),
           "1" + "0" * 40, "9" * 10_000, "null", "12,00", "¥5"]  # fmt: skip
COUNTS = ["0", "-1", "1.5", str(2**31), "１", "1e1", "many"]
TEXTS = ["", " ", "\u200b", "\u3000\u3000", "长" * 301, "a" * 2**19, "a" + "\u0301" * 10_000]
MAIN_BAD = [
    *(("price", text) for text in AMOUNTS),
    *(("valuation", text) for text in AMOUNTS[:6]),
    *(("licences_offered", text) for text in COUNTS),
    *(("title", text) for text in TEXTS),
    ("abstract", "长" * 5001),
    ("ipc", "Z99Z"),
    ("ipc", "A61K; nonsense"),
    ("ipc", "a" * 199 + "!"),
    ("maturity", "finished"),
    ("technology_field", "12"),
    ("way", "gift"),
    ("mode", "auction"),
    ("mode", ""),
    ("status", "published"),
    ("seller_id", "1"),
    ("price_minor", "1"),
]


def test_bad_input_to_the_main_form_changes_nothing_and_is_kept(place: Place) -> None:
    for name, typed in MAIN_BAD:
        before = place.entries()
        answer = web.post(place.seller, f"/listings/{place.draft}/edit", {**MAIN, name: typed})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert "光纤; 传感" in answer.text, "the form stays as typed"
        assert place.entries() == before


def test_a_value_given_twice_is_refused(place: Place) -> None:
    edit = f"/listings/{place.draft}/edit"
    data = {**MAIN, "price": ["1", "2"], "csrf_token": web.token(place.seller, edit)}
    assert place.seller.post(edit, data=data).status_code == 422


def test_well_formed_amounts_are_taken(place: Place) -> None:
    for typed in ["1200000", "1,200,000", "1,200,000.00", "1200000.0"]:
        edit = f"/listings/{place.draft}/edit"
        assert web.post(place.seller, edit, {**MAIN, "price": typed}).status_code == 302
        assert place.sheet(place.draft).price == make.yuan(1_200_000)


WRONG = f"{NUMBER[:-1]}{'X' if NUMBER[-1] != 'X' else '1'}"
RIGHTS_BAD = [
    ({"number": "CN1234"}, "number"),
    ({"number": WRONG}, f"would be {NUMBER[-1]}"),
    ({"number": NUMBER[:-2]}, f"would be {NUMBER[-1]}"),
    ({"number": "CN114129661A"}, "publication number"),
    ({"number": "CN114129661"}, "kind code"),
    ({"publication_number": "CN114129661"}, "kind code"),
    ({"publication_number": NUMBER}, "publication number"),
    ({"number": "９" * 60}, "too long"),
    ({"number": "a" * 40 + "!"}, "too long"),
    ({"number": NUMBER}, "not granted yet"),
    ({"number": NUMBER, "kind": "design"}, "Invention patent"),
    ({"number": f"ZL{NUMBER}", "kind": "application"}, "Invention patent"),
    ({"publication_number": "CN114129661B", "kind": "application"}, "Invention patent"),
    ({"publication_number": "CN215667380U", "kind": "invention"}, "Utility model"),
    ({}, "kind of right"),
    ({"kind": "foreign-patent", "number": "US 13/33,085"}, "13/033,085"),
    ({"number": NUMBER, "kind": "trademark"}, "alert"),
    *(
        ({"number": f"ZL{NUMBER}", "filed_on": day}, "day")
        for day in ("2026-02-30", "2025-13-01", "0001-01-01", "9999-12-31", "10000-01-01",
                    "二〇二六年", "1767225600", "-1", "２０２６-01-01", "2026-1-1", "01/02/2026")
    ),
]  # fmt: skip


def test_a_bad_right_gets_a_hint_and_is_kept_as_typed(place: Place) -> None:
    for data, hint in RIGHTS_BAD:
        before = place.entries()
        edit = f"/listings/{place.draft}/edit"
        answer = web.post(
            place.seller, f"/listings/{place.draft}/rights", {"title": "名称", **data}, page=edit
        )
        assert answer.status_code == 422
        assert hint in answer.text
        assert 'value="名称"' in answer.text
        assert place.entries() == before


def test_the_same_right_twice_is_said_at_its_number(place: Place) -> None:
    path, edit = f"/listings/{place.draft}/rights", f"/listings/{place.draft}/edit"
    assert web.post(place.seller, path, {"number": f"ZL{NUMBER}"}, page=edit).status_code == 302
    again = web.post(place.seller, path, {"number": f"ZL {NUMBER}"}, page=edit)
    assert (again.status_code, "already" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ({"number": f"ZL{NUMBER}"}, RightKind.INVENTION),
        ({"number": NUMBER, "kind": "invention"}, RightKind.INVENTION),
        ({"number": NUMBER, "kind": "application"}, RightKind.APPLICATION),
        ({"publication_number": "CN114129661A"}, RightKind.APPLICATION),
        ({"publication_number": "CN114129661A", "number": NUMBER}, RightKind.APPLICATION),
        ({"publication_number": "CN114129661A", "number": f"ZL{NUMBER}"}, RightKind.INVENTION),
        ({"publication_number": "CN114129661B"}, RightKind.INVENTION),
        ({"publication_number": "CN215667380U"}, RightKind.UTILITY_MODEL),
    ],
)
def test_an_application_becomes_a_patent_only_where_something_shows_the_grant(
    place: Place, typed: dict[str, str], kind: RightKind
) -> None:
    path, edit = f"/listings/{place.draft}/rights", f"/listings/{place.draft}/edit"
    assert web.post(place.seller, path, typed, page=edit).status_code == 302
    assert [right.kind for right in place.sheet(place.draft).rights] == [kind]


def test_a_filing_date_that_cannot_be_is_said_at_its_field(place: Place) -> None:
    path, edit = f"/listings/{place.draft}/rights", f"/listings/{place.draft}/edit"
    for day, hint in (("2018-01-01", "after the year"), ("2099-01-01", "in the future")):
        typed = {"number": f"ZL{NUMBER}", "filed_on": day}
        answer = web.post(place.seller, path, typed, page=edit)
        assert answer.status_code in (409, 422)
        assert hint in answer.text
        assert f'value="{day}"' in answer.text
    assert place.sheet(place.draft).rights == ()


def test_a_bad_share_is_refused(place: Place) -> None:
    for share in ["", "0", "-5", "100.1", "101", "33.333", "1e1", "NaN", "５０", "9" * 10_000]:
        path, edit = f"/listings/{place.draft}/owners", f"/listings/{place.draft}/edit"
        answer = web.post(place.seller, path, {"name": "甲", "share": share}, page=edit)
        assert answer.status_code == 422
        assert place.sheet(place.draft).owners == ()


def test_a_nameless_part_is_refused(place: Place) -> None:
    edit = f"/listings/{place.draft}/edit"
    for part, name in product(("owners", "makers", "associates", "encumbrances"), TEXTS[:4]):
        typed = {"name": name, "holder": name}
        answer = web.post(place.seller, f"/listings/{place.draft}/{part}", typed, page=edit)
        assert answer.status_code == 422, (part, name)


def test_removing_what_another_tab_removed_changes_nothing(place: Place) -> None:
    path, edit = f"/listings/{place.draft}/makers/3/remove", f"/listings/{place.draft}/edit"
    before = place.entries()
    assert web.post(place.seller, path, page=edit).status_code == 409
    assert place.entries() == before


HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}",
           "{% raw %}", "%s%n", "' OR 1=1--", '"); DROP', "%(name)s",
           "\U00020000\U0002a6d6"]  # fmt: skip


def test_hostile_text_is_text_everywhere(place: Place) -> None:
    for typed in HOSTILE:
        edit = f"/listings/{place.draft}/edit"
        web.post(place.seller, edit, {**MAIN, "title": typed, "keywords": typed})
        web.post(place.seller, f"/listings/{place.draft}/makers", {"name": typed}, page=edit)
        assert place.sheet(place.draft).title == typed
        for path in (edit, f"/listings/{place.draft}", "/listings/mine"):
            page = place.seller.get(path).text
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert page.count("49") == page.replace("{{7*7}}", "").count("49")


def test_two_spellings_of_one_text_are_stored_as_one(place: Place) -> None:
    edit = f"/listings/{place.draft}/edit"
    web.post(place.seller, edit, {**MAIN, "title": "cafe\u0301 \u202etest\u200b"})
    assert place.sheet(place.draft).title == "caf\u00e9 test"


def test_a_confidentiality_mark_keeps_a_draft_from_the_market(place: Place) -> None:
    for word in ["机密", "绝密", "内部资料"]:
        with place.database.transaction() as s:
            listing = s.get_one(Listing, place.listing)
            listing.abstract = f"本成果某某某某某某某某某某某某某某某某，{word}。"
            listing.status = Status.DRAFT
            make.unwatched(s)
        path = f"/listings/{place.listing}"
        assert word in place.seller.get(f"{path}/edit").text.split("<aside")[1]
        assert web.post(place.seller, f"{path}/submit", page=f"{path}/edit").status_code == 409


def test_pages_speak_both_languages(place: Place) -> None:
    chinese = web.sign_in(place.app, place.ids["seller"], language="zh_Hans")
    for path in ("/listings/", "/listings/mine", f"/listings/{place.draft}/edit", "/listings/new"):
        assert 'lang="zh-Hans"' in chinese.get(path).text
        assert 'lang="en"' in place.seller.get(path).text


def test_a_double_click_removes_one_row_and_is_told_so(place: Place) -> None:
    edit = f"/listings/{place.draft}/edit"
    for name in ("甲", "甲", "丙"):
        added = f"/listings/{place.draft}/makers"
        assert web.post(place.seller, added, {"name": name}, page=edit).status_code == 302
    seen = part_mark(place.sheet(place.draft), "makers", 0)
    assert f'name="mark" value="{seen}"' in place.seller.get(edit).text
    assert remove(place, "makers", 0).status_code == 302
    again = remove(place, "makers", 0, mark=seen)
    assert again.status_code == 409
    assert ListingRefusal.PART_MOVED.sentence in again.text
    assert place.sheet(place.draft).makers == ("甲", "丙")


def test_a_choice_that_a_part_needs_is_asked_for(place: Place) -> None:
    at = f"/listings/{place.draft}"
    for part, typed in (("associates", {"name": "丙"}), ("encumbrances", {"holder": "丁"})):
        answer = web.post(place.seller, f"{at}/{part}", typed, page=f"{at}/edit")
        assert answer.status_code == 422, part
        assert "This field is required." in answer.text


def test_two_tabs_on_one_draft_overwrite_nothing_unseen(place: Place) -> None:
    """Promises 7 H 121: the later save is told what stands now, and may then replace it."""
    edit = f"/listings/{place.draft}/edit"
    first, second = (web.shown(place.seller, edit) for _ in range(2))
    body = {**MAIN, "title": "先到的名称", **first}
    assert web.post(place.seller, edit, body).status_code == 302
    late = {**MAIN, "title": "后到的名称", **second}
    answer = web.post(place.seller, edit, late)
    assert answer.status_code == 409
    assert ListingRefusal.EDITED_MEANWHILE.sentence in answer.text
    assert "Now stands: 先到的名称" in answer.text
    assert 'value="后到的名称"' in answer.text
    assert place.sheet(place.draft).title == "先到的名称"
    seen = web.SEEN.search(answer.text)
    assert seen is not None
    assert web.post(place.seller, edit, {**late, "seen": seen[1]}).status_code == 302
    assert place.sheet(place.draft).title == "后到的名称"


def test_an_owner_added_meanwhile_does_not_stop_the_main_form(place: Place) -> None:
    edit = f"/listings/{place.draft}/edit"
    seen = web.shown(place.seller, edit)
    owner = {"name": "某大学", "share": "10"}
    web.post(place.seller, f"/listings/{place.draft}/owners", owner, page=edit)
    assert web.post(place.seller, edit, {**MAIN, **seen}).status_code == 302
