"""The request that a line of the matrix stands for: its address, and a body that is lawful, so that
only authority or the state of the object can say no."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from market.kernel.clock import day_of
from market.kernel.once import FIELD
from tests import make, web
from tests.pages import forms_of
from tests.security.matrix import Line
from tests.security.rehearsal import Change
from tests.security.world import AT, NEVER, World

PARAMETER = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
FIRST = {"part": "makers", "place": "0"}
WORDS = {"kind": "csv", "purpose": "credit", "channel": "play"}
"""Parameters that take one of a few words: asked for by one of them, or by a word that is none."""
TEXTS = {"bootstrap": "css/bootstrap.min.css", "static": "market.css", "never": "0" * 32}
PARTY_CHILD = re.compile(r"/parties/<int:party_id>/.*<int:")
"""Routes to something of a party: it is asked for under party A."""
PARENTS = {"accept": "talks", "remove": "draft"}
"""Under which parent a child of another is asked for, by the end of the route."""

Body = Mapping[str, object]


def path_of(world: World, line: Line) -> str:
    """The address: the object's id at the first parameter, the first place at the others."""
    name = line.object
    if name == "of-another":
        name = PARENTS[line.route.rpartition("/")[2]]
    target = NEVER if name == "never" else world.objects.get(name, "")

    house = world.parties["ra"] if PARTY_CHILD.search(line.route) else target

    def fill(found: re.Match[str]) -> str:
        if found[1] in ("filename", "check_code", "token"):
            return str(TEXTS.get(name, target))
        if found[1] == "party_id":
            return str(house)
        if found[1] in WORDS:
            asked_by_id = "<int:" in line.route
            return "never" if name == "never" and not asked_by_id else WORDS[found[1]]
        return FIRST.get(found[1], str(target))

    path = PARAMETER.sub(fill, line.route)
    if path == "/money/board/ledger":
        path += "?first=2026-03-01&last=2026-03-31&file=csv"
    if path == "/contracts/new" and name != "-":
        path += "?" + urlencode({"deal": target})
    return path


class Again(BytesIO):
    """A file that can be sent once more: whoever closes it finds its beginning."""

    def close(self) -> None:
        self.seek(0)


def body_of(world: World, line: Line) -> Body:
    """What is posted by whoever posts it."""
    if line.method != "POST":
        return {}
    body: dict[str, object] = dict(
        BODIES.get(f"{line.route} [{line.object}]", BODIES.get(line.route, {}))
    )
    if line.su:
        body["password"] = make.PASSWORD
    return {**body, **_seen(world, line)}


def _seen(world: World, line: Line) -> Body:
    """What a page had shown before: marks, fingerprints, the standing offer; a file, fresh."""
    if line.route.startswith("/bank/statements/"):
        return {"file": (Again(STATEMENT.encode()), "statement.csv"), "mapping": ""}
    ends = line.route.rpartition("/")[2]
    if ends == "remove" and line.route.startswith("/listings/"):
        foreign = line.object == "of-another"
        page = f"/listings/{world.objects['draft-rb' if foreign else 'draft']}/edit"
        return shown(world, "rb" if foreign else "ra", page, "/makers/0/remove", "mark")
    if line.route == f"{LISTING}/edit":
        return shown(world, "ra", f"/listings/{world.objects['draft']}/edit", "/edit", "seen")
    if line.route == "/contracts/<int:contract_id>/edit":
        return shown(world, "ra", f"/contracts/{world.objects['contract']}/edit", "", "seen")
    if ends == "sign":
        page = f"/contracts/{world.objects['contract-signing']}/sign"
        return shown(world, "ra", page, "", "text_hash")
    if line.route == "/negotiation/<int:negotiation_id>/accept":
        who = "ca" if line.object == "talks-countered" else "ra"
        others = {"of-another": "talks-cb", "talks-countered": "talks-countered"}
        page = f"/negotiation/{world.objects[others.get(line.object, 'talks')]}/accept"
        return shown(world, who, page, "/accept", "offer_id", "price")
    if line.route.startswith(f"{PARTY}/ties") and ends != "end":
        return {"other": world.codes["cb"]}
    if line.route == "/me/party":
        return {"party_id": world.objects.get(line.object, NEVER)}
    if line.route == "/contracts/new" and line.object == "-":
        return {"other": world.codes["cb"]}
    if line.route.startswith("/money/sending") and "<int" not in line.route:
        return {"payouts": world.objects.get(line.object, NEVER)}
    if line.route == "/verify":
        return {"code": world.objects["code"]}
    return {}


def shown(world: World, identity: str, page: str, ending: str, *names: str) -> Body:
    """What the form with this ending shows this person in these fields."""
    told = world.shown.get((identity, page, ending))
    if told is None:
        answer = world.client(identity).get(page)
        fitting = [
            form
            for form in forms_of(answer.text)
            if form.method == "post"
            and (form.action.endswith(ending) if ending else not form.action)
        ]
        assert fitting, f"{page} shows {identity} no form for {ending!r}: {answer.status}"
        told = world.shown[identity, page, ending] = dict(fitting[0].values)
    return {name: told[name] for name in names}


@dataclass(frozen=True)
class Answer:
    """What a request came to: its class, the rows it changed, and the answer itself."""

    said: str
    changes: tuple[Change, ...]
    response: TestResponse


def ask(world: World, line: Line, identity: str, **over: object) -> Answer:
    """Send a line's request as this person; what it changed is told and then undone."""
    body = {**body_of(world, line), **over}
    return send(world, identity, line.method, path_of(world, line), data=body)


def send(
    world: World, identity: str, method: str, path: str, *, data: Body | None = None, **more: Any
) -> Answer:
    """Send any request as this person, with the token of their pages where something is posted."""
    unseen = {"csrf_token": world.tokens[identity], FIELD: web.key()}
    body = {**unseen, **(data or {})} if method == "POST" else None
    with world.database.undone():
        client = world.client(identity)
        response = client.open(path, method=method, data=body, buffered=True, **more)
        return Answer(said_by(response), tuple(world.database.changes()), response)


def said_by(response: TestResponse) -> str:
    """The class of an answer, in the words of the matrix."""
    code = response.status_code
    if code in (302, 303) and (response.location or "").startswith("/sign-in"):
        return "in"
    return "may" if code < 400 else str(code)


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────

CLAUSES = ("grant_back", "competing", "limits", "tying", "sources", "challenge")
CONTRACT = {
    "title": "电池产线节能改造技术服务",
    "subject": "交付全套技术资料并指导实施。",
    "turnover": "1,000,000.00",
    "payment": "once",
    "starts_on": "2026-03-01",
    "acceptance": "按双方确认的测试大纲验收。",
    "technology_field": "3",
    "plan_source": "none",
    "objective": "10",
    **{f"monopoly_{clause}": "no" for clause in CLAUSES},
}
SERVICE = {**CONTRACT, "kind": "SRV-G", "ip_kind": "none", "ends_on": "2045-12-31"}
ASSIGNMENT = {
    **CONTRACT,
    "kind": "TRF-P",
    "ip_kind": "invention",
    "ends_on": "2027-12-31",
    "rights": "发明专利一项。",
}
OFFER = {"price": "900,000.00", "expires_on": "2026-03-15", "message": "请考虑。"}
AMOUNTS = {"turnover": "1000000.00", "technology_value": "900000.00"}
NOTE = {"note": "说明如下。"}
WHY = {"why": "理由如下。"}
LISTING, FILE, PARTS = (
    "/listings/<int:listing_id>",
    "/registry/applications/<int:application_id>",
    "<any(rights, owners, makers, associates, encumbrances):part>",
)
PARTY = "/parties/<int:party_id>"
MEMBER = f"{PARTY}/members/<int:user_id>"
SEAT = {"seat": "editor", "authority_ref": "", "authority_until": ""}
TIE = {"way": "holder-control", "since_on": "2026-01-01", "source": "章程"}
STATEMENT = "交易日期,收入金额,支出金额,对方户名\n20260309,9.00,,某公司\n"
DECLARED = {"base": "1000.00", "evidence": "销售明细账第2期"}
BODIES: dict[str, Body] = {
    "/bank/lines/<int:line_id>": {"use": "interest", "target": "", "why": "结息。"},
    "/contracts/<int:contract_id>/edit": SERVICE,
    "/contracts/<int:contract_id>/recordal": {
        "number": "2026031000123",
        "recorded_on": day_of(AT).isoformat(),
    },
    "/contracts/new": {
        "side": "buyer",
        "kind": "SRV-G",
        "title": "节能改造技术服务",
        "turnover": "500000",
    },
    "/contracts/new [deal-open]": ASSIGNMENT,
    "/contracts/new [never]": ASSIGNMENT,
    "/inbox/read": {"upto": "999999"},
    "/language": {"language": "en", "next": "/"},
    f"{LISTING}/{PARTS}": {"name": "王五"},
    f"{LISTING}/edit": {"title": "一种新的制备方法", "mode": "negotiation"},
    f"{LISTING}/send-back": {"reason": "请补充指标。"},
    "/listings/new": {"title": "一种新的制备方法", "mode": "negotiation"},
    "/me/mail": {"choice": "daily"},
    "/me/second-factor/new": {"offer": "", "code": "000000"},
    "/money/deposits/<int:deposit_id>/forfeit": {**WHY, "costs": "100", "rest": "market"},
    "/money/deposits/<int:deposit_id>/refund": WHY,
    "/money/entries/<int:transfer_id>/reverse": WHY,
    "/money/sending/<int:payout_id>/again": {"way": "same"},
    "/money/sending/<int:payout_id>/return": WHY,
    "/money/payout-account": {
        "holder": "湘江某公司",
        "bank": "某银行",
        "number": "6222020000001234",
    },
    "/money/payouts": {"amount": "1.00"},
    "/money/royalties/<int:agreement_id>/declare": {**DECLARED, "place": "2"},
    "/money/royalties/<int:agreement_id>/declare [royalty-running]": {**DECLARED, "place": "3"},
    "/money/statements/<int:statement_id>/answer": {"words": "下周一可查阅。"},
    "/money/statements/<int:statement_id>/correct": {**DECLARED, "place": "1"},
    "/money/statements/<int:statement_id>/inspection": {"words": "请出示出库单。"},
    "/negotiation/<int:negotiation_id>/offers": OFFER,
    "/negotiation/listings/<int:listing_id>": OFFER,
    "/parties/new": {
        "kind": "organisation",
        "name": "湘江新设公司",
        "uscc": make.uscc(888_888),
        "seller_class": "private-firm",
        "nature": "150",
        "region_code": "430104",
        "park_code": "",
    },
    f"{PARTY}/invitations": {"email": "new@x.example", "seat": "editor"},
    **{f"{MEMBER}{end}": SEAT for end in ("", "/suspend", "/restore", "/remove")},
    f"{PARTY}/papers": {"kind": "licence", "reference": "430104-7"},
    f"{PARTY}/papers/return": {"why": "请补充材料。"},
    f"{PARTY}/suspend": {"why": "虚假材料。"},
    f"{PARTY}/ties": TIE,
    f"{PARTY}/ties/found": TIE,
    f"{PARTY}/ties/<int:tie_id>/end": {"ended_on": day_of(AT).isoformat()},
    "/me/data/name": {"name": "李雷"},
    "/record/case": {"number": "审2026-7", "reason": "举报"},
    "/record/exports": {"file": "csv"},
    "/registries/new": {
        "code": "430300",
        "name": "湘潭技术合同登记处",
        "authority": "市科学技术局",
        "regions": ["430300"],
    },
    f"{FILE}/cancellation": NOTE,
    f"{FILE}/correction": NOTE,
    f"{FILE}/refuse": {**NOTE, "reasons": ["N02"]},
    f"{FILE}/review": {**AMOUNTS, **NOTE},
    f"{FILE}/revision": {**AMOUNTS, **NOTE},
    f"{FILE}/send-back": NOTE,
    f"{FILE}/turn-away": NOTE,
    "/rulebook/amend": {
        "key": "neg.offer_days_most",
        "value": "20",
        "valid_from": "2026-04-01",
        "article": "平台规则",
    },
    "/sign-in": {"email": "newcomer@x.example", "password": make.PASSWORD, "next": ""},
    "/me/address": {"email": "elsewhere@x.example"},
    "/me/password": {"new_password": "four calm green lanterns"},
    "/reset": {"email": "newcomer@x.example"},
    "/reset/<secret>": {"password": "four calm green lanterns"},
    "/sign-up": {"email": "new@x.example"},
    "/sign-up/<secret>": {"name": "新人", "password": make.PASSWORD, "roles": ["company"]},
    "/users/<int:user_id>/roles": {"role": "director", "registry_id": ""},
    "/users/<int:user_id>/roles/take": {"role": "operator", "registry_id": ""},
    "/venues/new": {
        "kind": "market",
        "name": "长株潭技术交易市场",
        "region_code": "430000",
        "parent_id": "",
    },
}
