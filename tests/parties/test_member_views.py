"""Pages of members and invitations, papers and ties, by HTTP."""

import re
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from market.accounts.models import User
from market.kernel.authority import Role, Seat
from market.kernel.clock import now
from market.kernel.mail import Letter
from market.parties.models import Invitation, Membership
from market.parties.rules import Standing
from market.parties.seats import SeatRefusal
from tests import make, web


class House:
    """A party with a signatory and an editor, each signed in, and the two beside it."""

    def __init__(self, app: Flask) -> None:
        self.app, at = app, now()
        with app.extensions["market.database"].transaction() as s:
            party, of = make.party(s, at=at)
            editor = make.member(s, of, Seat.EDITOR, at=at)
            operator, guest = make.user(s, Role.OPERATOR, at=at), make.user(s, at=at)
            self.id, self.code, self.name = party.id, party.uscc, party.name
            self.ids = (of.user_id or 0, editor.user_id or 0, operator.id, guest.id)
            self.guest_email = guest.email
        signed = [web.sign_in(app, user_id) for user_id in self.ids]
        self.signatory, self.editor, self.operator, self.guest = signed
        self.path = f"/parties/{self.id}"

    def invite(self, email: str, **over: str) -> TestResponse:
        body = {"email": email, "seat": "editor", "password": make.PASSWORD, **over}
        return web.post(self.signatory, f"{self.path}/invitations", body)

    def letters(self) -> list[Letter]:
        with self.app.extensions["market.database"].reading() as s:
            return list(s.scalars(select(Letter).order_by(Letter.id)))

    def link(self) -> str:
        """The path of the link in the last letter."""
        found = re.search(r"/invitations/[\w-]+", self.letters()[-1].plain)
        assert found is not None
        return found.group()


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def test_a_letter_leads_to_a_seat_and_opens_once(house: House) -> None:
    answer = house.invite(house.guest_email)
    assert (answer.status_code, answer.location) == (302, f"{house.path}/members")
    (letter,) = house.letters()
    assert (letter.to_address, letter.secret) == (house.guest_email, True)
    assert house.name in letter.plain
    link = house.link()
    assert "登录" in house.app.test_client().get(link).text
    page = house.guest.get(link)
    assert house.name in page.text
    taken = web.post(house.guest, f"{link}/accept", page=link)
    assert (taken.status_code, taken.location) == (302, house.path)
    assert house.guest.get(house.path).status_code == 200
    for closed in (house.guest.get(link), web.post(house.guest, f"{link}/accept", page="/me")):
        assert closed.status_code == 404
        assert "This link opens nothing" in closed.text


def test_the_answer_to_an_invitation_tells_nothing_of_the_address(house: House) -> None:
    with house.app.extensions["market.database"].reading() as s:
        own, member, _, stranger = (s.get_one(User, user_id).email for user_id in house.ids)
    pages = []
    for email in (own, member, stranger, "nobody@x.example"):
        answer = house.invite(email)
        assert answer.status_code == 302
        page = house.signatory.get(answer.location).text
        pages.append(re.sub(r"invitations/\d+", "", page.replace(email, "ADDRESS")))
        with house.app.extensions["market.database"].transaction() as s:
            for each in s.scalars(select(Invitation)):
                each.withdrawn_at = now()
            make.unwatched(s)
    shown = {web.masked(page) for page in pages}
    assert len({re.sub(r"\d\d:\d\d", "", page) for page in shown}) == 1
    texts = {re.sub(r"/invitations/[\w-]+", "", letter.plain) for letter in house.letters()}
    assert len(house.letters()) == 4
    assert len(texts) == 1


def test_another_address_is_told_so_and_takes_no_seat(house: House) -> None:
    house.invite("li@x.example")
    link = house.link()
    page = house.guest.get(link)
    assert SeatRefusal.OTHER_ADDRESS.sentence in page.text
    assert "li@x.example" not in page.text
    refused = web.post(house.guest, f"{link}/accept", page="/me")
    assert refused.status_code == 403
    assert house.guest.get(house.path).status_code == 404


def test_a_withdrawn_invitation_opens_nothing(house: House) -> None:
    members = f"{house.path}/members"
    house.invite(house.guest_email)
    link = house.link()
    action = re.search(r"/parties/\d+/invitations/\d+/withdraw", house.signatory.get(members).text)
    assert action is not None
    assert web.post(house.signatory, action.group(), page=members).status_code == 302
    closed = house.guest.get(link)
    unknown = house.guest.get("/invitations/" + "x" * 43)
    assert closed.status_code == unknown.status_code == 404
    # Only the way back of the language switch names the address that was asked for.
    blank = [
        each.text.replace(path, "")
        for each, path in ((closed, link), (unknown, "/invitations/" + "x" * 43))
    ]
    assert web.masked(blank[0]) == web.masked(blank[1])


def test_declining_says_so_and_gives_no_seat(house: House) -> None:
    house.invite(house.guest_email)
    link = house.link()
    assert web.post(house.guest, f"{link}/decline", page=link).status_code == 302
    assert house.guest.get(house.path).status_code == 404


BAD_INVITATIONS = [
    ({"email": "li.x.example"}, "This is not an e-mail address"),
    ({"email": "li@x.example\r\nBcc: a@x.example"}, "line break or an invisible character"),
    ({"email": ""}, "This field is required"),
    ({"seat": "emperor"}, "Invalid Choice"),
    ({"seat": ""}, "This field is required"),
    ({"password": "not my password"}, "is not right"),
    ({"party_id": "1"}, "Unknown field: party_id"),
]


@pytest.mark.parametrize(("over", "said"), BAD_INVITATIONS)
def test_a_bad_invitation_sends_no_letter(house: House, over: dict[str, str], said: str) -> None:
    answer = house.invite(**{"email": "li@x.example", **over})
    assert answer.status_code == 422
    assert said.casefold() in answer.text.casefold()
    assert house.letters() == []


def test_only_a_signatory_keeps_the_members(house: House, at: datetime) -> None:
    page = house.editor.get(f"{house.path}/members")
    assert page.status_code == 200
    assert "/invitations" not in page.text
    for path in (f"{house.path}/invitations", f"{house.path}/members/{house.ids[0]}"):
        assert house.editor.get(path).status_code == 403
        assert house.guest.get(path).status_code == 404
    body = {"seat": "editor", "password": make.PASSWORD}
    path = f"{house.path}/members/{house.ids[1]}"
    assert web.post(house.editor, f"{path}/remove", body, page="/me").status_code == 403
    assert house.operator.get(f"{house.path}/members").status_code == 200
    assert house.operator.get(path).status_code == 403


def test_a_suspended_member_is_out_on_the_next_request(house: House) -> None:
    path = f"{house.path}/members/{house.ids[1]}"
    body = {"seat": "editor", "authority_ref": "", "authority_until": ""}
    sure = {**body, "password": make.PASSWORD}
    assert house.editor.get(house.path).status_code == 200
    wrong = web.post(house.signatory, f"{path}/suspend", {**body, "password": "no"}, page=path)
    assert wrong.status_code == 422
    assert house.editor.get(house.path).status_code == 200
    assert web.post(house.signatory, f"{path}/suspend", sure, page=path).status_code == 302
    assert house.editor.get(house.path).status_code == 404
    assert web.post(house.signatory, f"{path}/restore", sure, page=path).status_code == 302
    assert house.editor.get(house.path).status_code == 200
    assert web.post(house.signatory, f"{path}/remove", sure, page=path).status_code == 302
    assert house.editor.get(house.path).status_code == 404
    assert house.signatory.get(path).status_code == 404


def test_the_last_signatory_stays_and_keeps_what_was_typed(house: House) -> None:
    path = f"{house.path}/members/{house.ids[0]}"
    page = house.signatory.get(path).text
    assert "last active signatory" in page
    assert "/remove" not in page
    body = {"seat": "editor", "authority_ref": "", "authority_until": "", "password": make.PASSWORD}
    answer = web.post(house.signatory, path, body)
    assert answer.status_code == 409
    assert SeatRefusal.LAST_SIGNATORY.sentence in answer.text
    leave = f"{house.path}/leave"
    assert house.signatory.get(leave).status_code == 409
    sure = {"password": make.PASSWORD}
    assert web.post(house.editor, leave, sure).status_code == 302
    assert house.editor.get(house.path).status_code == 404


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"authority_ref": "授权书 7"}, "give both, or neither"),
        ({"authority_until": "2099-01-01"}, "give both, or neither"),
        ({"authority_ref": "授权书 7", "authority_until": "2020-01-01"}, "lies in the past"),
        ({"seat": "signatory", "authority_ref": "授权书 7"}, "Only a transfer office"),
        ({"authority_until": "2026-02-30"}, "Write the day as YYYY-MM-DD"),
    ],
)
def test_half_an_authority_is_refused_at_its_field(
    house: House, over: dict[str, str], said: str
) -> None:
    body = {"seat": "transfer-office", "authority_ref": "", "authority_until": "", **over}
    path = f"{house.path}/members/{house.ids[1]}"
    answer = web.post(house.signatory, path, {**body, "password": make.PASSWORD})
    assert answer.status_code == 422
    assert said in answer.text
    with house.app.extensions["market.database"].reading() as s:
        member = s.scalars(select(Membership).where(Membership.user_id == house.ids[1])).one()
        assert (member.seat, member.authority_ref) == (Seat.EDITOR, "")


# ── papers, verification, suspension ─────────────────────────────────────────────────────────────


def paper(kind: str, **over: str) -> dict[str, str]:
    return {"kind": kind, "reference": "430104-7", "issued_by": "", "issued_on": "", **over}


def test_papers_are_shown_seen_and_the_party_verified(house: House) -> None:
    path = f"{house.path}/papers"
    assert "not verified yet" in house.editor.get(house.path).text
    for kind in ("licence", "representative"):
        assert web.post(house.editor, path, paper(kind)).status_code == 302
    assert house.name in house.operator.get("/parties?waiting=1").text
    page = house.operator.get(path).text
    assert "Still to be shown and seen" in page
    for action in re.findall(r"/parties/\d+/papers/\d+/seen", page):
        assert web.post(house.operator, action, page=path).status_code == 302
    assert web.post(house.editor, f"{house.path}/verify", page=path).status_code == 403
    assert web.post(house.operator, f"{house.path}/verify", page=path).status_code == 302
    assert "verified by the market" in house.editor.get(house.path).text
    assert house.name not in house.operator.get("/parties?waiting=1").text
    late = paper("licence", reference="430104-8")
    assert web.post(house.editor, path, late, page="/me").status_code == 409


def test_papers_sent_back_show_the_reason(house: House) -> None:
    path = f"{house.path}/papers"
    web.post(house.editor, path, paper("licence"))
    empty = web.post(house.operator, f"{path}/return", {"why": ""}, page=path)
    assert empty.status_code == 422
    body = {"why": "<b>执照</b>已过期"}
    assert web.post(house.operator, f"{path}/return", body, page=path).status_code == 302
    shown = house.editor.get(path).text
    assert "&lt;b&gt;执照&lt;/b&gt;已过期" in shown
    assert "papers sent back" in shown


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"kind": "passport"}, "Invalid Choice"),
        ({"reference": ""}, "This field is required"),
        ({"reference": "n" * 121}, "too long: at most 120"),
        ({"issued_on": "2099-01-01"}, "issued today at the latest"),
        ({"seen_at": "2026-01-01"}, "Unknown field: seen_at"),
    ],
)
def test_a_bad_paper_is_kept_as_typed(house: House, over: dict[str, str], said: str) -> None:
    answer = web.post(house.editor, f"{house.path}/papers", {**paper("licence"), **over})
    assert answer.status_code == 422
    assert said.casefold() in answer.text.casefold()
    assert "No paper was shown yet" in answer.text


def test_a_suspended_party_reads_and_acts_on_nothing(house: House) -> None:
    path = f"{house.path}/suspend"
    body = {"why": "虚假材料", "password": make.PASSWORD}
    assert house.signatory.get(path).status_code == 403
    assert web.post(house.operator, path, {**body, "password": "no"}).status_code == 422
    assert web.post(house.operator, path, body).status_code == 302
    page = house.signatory.get(house.path)
    assert page.status_code == 200
    assert "虚假材料" in page.text
    assert Standing.SUSPENDED.label in page.text
    noted = web.post(house.signatory, f"{house.path}/ties", tie("x"), page="/me")
    assert (noted.status_code, "act on nothing" in noted.text) == (403, True)
    assert house.signatory.get(f"{house.path}/invitations").status_code == 403
    assert (
        web.post(house.editor, f"{house.path}/papers", paper("licence"), page="/me").status_code
        == 403
    )
    restored = web.post(house.operator, f"{house.path}/restore", {"password": make.PASSWORD})
    assert restored.status_code == 302
    assert house.signatory.get(f"{house.path}/invitations").status_code == 200


# ── ties ─────────────────────────────────────────────────────────────────────────────────────────


def tie(other: str, **over: str) -> dict[str, str]:
    told = {"way": "holder-equity", "other": other, "share_bp": "33.4", "since_on": "2025-01-01"}
    return {**told, "source": "公示系统", **over}


def test_a_signatory_and_the_operator_note_and_end_ties(house: House, app: Flask) -> None:
    other = House(app)
    path = f"{house.path}/ties"
    assert web.post(house.signatory, path, tie(other.code or "")).status_code == 302
    seen = other.editor.get(f"{other.path}/ties").text
    assert "33.4" in seen
    assert house.name in seen
    assert web.post(house.editor, path, tie(other.code or ""), page="/me").status_code == 403
    found = tie(house.code or "", way="holder-control", share_bp="")
    done = web.post(house.operator, f"{other.path}/ties/found", found, page=f"{other.path}/ties")
    assert done.status_code == 302
    end = re.search(rf"{path}/\d+/end", house.signatory.get(path).text)
    assert end is not None
    late = web.post(house.signatory, end.group(), {"ended_on": "2099-01-01"})
    assert late.status_code == 422
    assert web.post(house.signatory, end.group(), {"ended_on": "2026-01-01"}).status_code == 302
    assert house.signatory.get(end.group()).status_code == 404
    strange = end.group().replace(house.path, "/parties/987654")
    assert house.signatory.get(strange).status_code == 404


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"other": "没有的公司"}, "knows no party"),
        ({"other": "1"}, "knows no party"),
        ({"other": "OWN"}, "not tied to itself"),
        ({"way": "friend"}, "Not a valid choice"),
        ({"share_bp": ""}, "A holding has a share"),
        ({"share_bp": "0"}, "A holding has a share"),
        ({"way": "held-control"}, "Control has no share"),
        ({"since_on": "2099-01-01"}, "from the day on which it began"),
        ({"source": ""}, "This field is required"),
    ],
)
def test_a_bad_tie_is_kept_as_typed(house: House, over: dict[str, str], said: str) -> None:
    typed = {name: house.code or "" if each == "OWN" else each for name, each in over.items()}
    with house.app.extensions["market.database"].transaction() as s:
        other, _ = make.party(s, at=now())
        code = other.uscc or ""
    answer = web.post(house.signatory, f"{house.path}/ties", {**tie(code), **typed})
    assert answer.status_code == 422
    assert said.casefold() in answer.text.casefold()
    assert "No tie is noted" in answer.text


PAGES = ["members", "papers", "ties", "invitations", "leave", "suspend", "members/1"]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_of_others_are_as_ones_that_never_were(house: House, page: str) -> None:
    for client in (house.guest, web.sign_in(house.app, _staff(house.app))):
        theirs = client.get(f"{house.path}/{page}")
        nobodys = client.get(f"/parties/987654321/{page}")
        assert theirs.status_code == nobodys.status_code
        assert theirs.status_code in (403, 404)
        blank = theirs.text.replace(f"{house.path}/", "/parties/987654321/")
        assert web.masked(blank) == web.masked(nobodys.text)


def _staff(app: Flask) -> int:
    """An administrator: keeps people, and has no need of a party's papers or telephone."""
    with app.extensions["market.database"].transaction() as s:
        return make.user(s, Role.ADMINISTRATOR, at=now()).id


def test_a_stranger_signs_in_first(house: House, client: FlaskClient) -> None:
    for page in ("members", "papers", "ties"):
        assert client.get(f"{house.path}/{page}").status_code == 302
