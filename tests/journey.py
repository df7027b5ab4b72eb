"""One whole deal, step by step, told once for two kinds of visitors.

``tests/test_stories.py`` walks it by HTTP, ``tests/browser/`` in a real Chromium. A visitor opens
addresses, follows links, fills the forms that stand on a page, and reads; nothing here touches the
database but the two commands of the machine room (the first administrator, the import).
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Protocol, Self

from market.contracts.terms import Monopoly
from market.demo.numbers import credit_code
from market.factors.codes import code_at, step_of
from market.factors.rules import FactorRefusal
from market.kernel.clock import day_of, now
from market.kernel.i18n import catalogue
from market.listings.identifiers import check_character
from tests import make

PASSWORD = make.PASSWORD
PATENT_SERIAL = 9_876_543

MAIN = {
    "abstract": "本成果已完成中试，连续运行两千小时，指标稳定，可以直接用于生产线改造。",
    "technology_field": "3",
    "key_field": "equipment",
    "maturity": "pilot",
    "funding": "none",
    "way": "assign",
    "price": "1,200,000.00",
}


OFFERED = re.compile(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}")
RECOVERY_CODE = re.compile(r"(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}")


class Visitor(Protocol):
    """Somebody at a browser, real or not."""

    @property
    def path(self) -> str: ...
    @property
    def text(self) -> str: ...
    def go(self, path: str) -> Self: ...
    def follow(self, words: str = "", *, to: str = "") -> Self: ...
    def fill(self, ending: str, **typed: object) -> Self: ...
    def attach(self, ending: str, field: str, name: str, raw: bytes, **typed: object) -> Self: ...
    def search(self, ending: str, **typed: object) -> Self: ...
    def reads(self, *sentences: str) -> Self: ...
    def lacks(self, *sentences: str) -> Self: ...
    def speak(self, language: str) -> Self: ...
    def look(self, name: str) -> Self: ...
    def glance(self, name: str) -> Self: ...
    def fetch(self, path: str) -> bytes: ...


Command = Callable[[Sequence[str], str], str]
"""Runs a command of the market with what is typed into it; gives what it prints."""


@dataclass
class Phone:
    """An authenticator app that somebody carries: each code is used once."""

    secret: str
    used: int = 0

    @classmethod
    def scan(cls, text: str) -> "Phone":
        """Take up the secret that a page offers."""
        found = OFFERED.search(text)
        assert found is not None, text
        return cls(found[0].replace(" ", ""))

    def code(self) -> str:
        """What is to be typed now; somebody in a hurry need not wait for the next half minute."""
        self.used = max(self.used + 1, step_of(now()))
        return code_at(self.secret, self.used)


@dataclass
class Town:
    """Everybody of one journey, all reading the same language."""

    arrive: Callable[[], Visitor]
    command: Command
    language: str
    letter: Callable[[str], str]
    post: Path = Path("mail")
    people: dict[str, Visitor] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)

    def letters(self, name: str) -> list[str]:
        """The letters that somebody got, as plain text, the oldest first."""
        files = sorted(self.post.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        mails = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
        return [
            mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            for mail in mails
            if mail["To"] == f"{name}@people.example"
        ]

    def __getitem__(self, name: str) -> Visitor:
        return self.people[name]

    def said(self, sentence: str, **values: object) -> str:
        """The sentence as this town reads it; one that has no Chinese is a fault."""
        if self.language == "en":
            return sentence % values if values else sentence
        chinese = str(catalogue(self.language).gettext(sentence))
        assert chinese != sentence, f"{sentence!r} has no Chinese"
        return chinese % values if values else chinese

    def join(self, name: str, *roles: str) -> Visitor:
        """Somebody signs up and reads the town's language from then on."""
        visitor = self.arrive()
        visitor.speak(self.language)
        visitor.go("/sign-up").look("sign-up")
        email = f"{name}@people.example"
        visitor.fill("/sign-up", email=email).look("letter-sent")
        visitor.reads(self.said("We have sent a letter to the address you gave."))
        link = self.letter(email)
        visitor.go(link).reads(email).look("join")
        visitor.fill(link, name=NAMES[name], password=PASSWORD, roles=list(roles))
        visitor.reads(self.said("Welcome. Your account is ready."))
        self.people[name] = visitor
        return visitor

    def enter(self, name: str, email: str = "") -> Visitor:
        """Somebody who has an account signs in, with a second factor where they need one."""
        visitor = self.people[name] = self.arrive().speak(self.language)
        typed = email or f"{name}@people.example"
        visitor.go("/sign-in").look("sign-in")
        visitor.fill("/sign-in", email=typed, password=PASSWORD, next="")
        if visitor.path == "/me/second-factor/new":
            self.set_up_factor(name)
        elif visitor.path == "/sign-in/second-factor":
            visitor.look("second-step").fill("/second-factor", code=self.phones[name].code())
        return visitor.go("/home")

    def set_up_factor(self, name: str) -> list[str]:
        """Scan the picture with a telephone (here: read the secret); gives the recovery codes."""
        visitor = self[name].go("/me/second-factor/new").look("set-up-second-factor")
        self.phones[name] = phone = Phone.scan(visitor.text)
        visitor.fill("/second-factor/new", code=phone.code(), password=PASSWORD)
        visitor.reads(self.said("Your recovery codes")).glance("recovery-codes")
        return RECOVERY_CODE.findall(visitor.text)


NAMES = {
    "seller": "许明谦",
    "buyer": "唐云",
    "professor": "谭岚",
    "operator": "夏清",
    "registrar1": "严初",
    "registrar2": "柳复",
    "director": "林观",
}
NOTICE_FIRST = (
    "A state university or institute must publish name and proposed price for at least "
    "15 days first (促进科技成果转化法 18). Public notice is not open on this market yet."
)
SELLER_PARTY, BUYER_PARTY, UNIVERSITY = (
    "湘江麓行装备有限公司",
    "长沙云禾机械有限公司",
    "麓川理工学院",
)

BUYER_CODE = credit_code("91", "430121", 902)


# ── the market opens ─────────────────────────────────────────────────────────────────────────────


def open_market(town: Town) -> None:
    """Two administrators by the command line; then venues, a registry and posts by pages."""
    for email, name in (("head@people.example", "段中"), ("other@people.example", "段二")):
        said = town.command(
            ["accounts", "create-administrator", email, "--name", name],
            f"{PASSWORD}\n{PASSWORD}\n",
        )
        assert "may sign in" in said
    third = town.command(
        ["accounts", "create-administrator", "third@people.example", "--name", "段三"],
        f"{PASSWORD}\n{PASSWORD}\n",
    )
    assert "two administrators already" in third
    for name, roles in (
        ("seller", ("researcher",)),
        ("buyer", ("company",)),
        ("operator", ()),
        ("registrar1", ()),
        ("registrar2", ()),
        ("director", ()),
    ):
        town.join(name, *roles)
    admin = town.enter("admin", "HEAD@people.example ").look("home-administrator")
    second = town.enter("admin2", "other@people.example")
    _open_venues(town, admin)
    admin.go("/registries/new").look("open-registry")
    admin.fill(
        "/registries/new",
        code="430100",
        name="长沙技术合同登记处",
        authority="科技主管部门",
        regions=["430100"],
    ).reads(town.said("The registry is open."))
    admin.look("registries")
    for name, role in (
        ("operator", "operator"),
        ("director", "director"),
        ("registrar1", "registrar"),
        ("registrar2", "registrar"),
    ):
        admin.go("/users").follow(to=_roles_of(admin, name))
        chosen = {"registry_id": "长沙技术合同登记处"} if role == "registrar" else {}
        admin.look("grant")
        admin.fill("/roles", role=role, password=PASSWORD, **chosen)
        if role == "registrar":
            admin.reads(town.said("The role is proposed; another administrator confirms it."))
            second.go("/home").follow(to=r"/users/proposals/\d+$").look("proposal")
            second.fill("/confirm", password=PASSWORD).reads(town.said("The role is given."))
        else:
            admin.reads(town.said("The role is given."))
        town.enter(name)


def _roles_of(admin: Visitor, name: str) -> str:
    """The address of a person's staff roles: people are listed newest first."""
    admin.reads(f"{name}@people.example")
    order = re.findall(r"(\w+)@people\.example", admin.text)
    return rf"/users/{len(order) - order.index(name)}/roles"


def _open_venues(town: Town, admin: Visitor) -> None:
    for kind, name, region, below in (
        ("market", "长株潭技术交易市场", "430000", ""),
        ("sub-market", "长沙分市场", "430100", "长株潭技术交易市场"),
        ("workstation", "岳麓工作站", "430104", "长沙分市场"),
    ):
        admin.go("/venues/new")
        admin.fill("/venues/new", kind=kind, name=name, region_code=region, parent_id=below)
        admin.reads(town.said("The venue is open."), name)
    admin.look("venues")


def found_parties(town: Town) -> None:
    """A private seller in a park of Changsha, and a company that buys."""
    for who, name, code, park in (
        ("seller", SELLER_PARTY, credit_code("91", "430104", 901), "P43010001"),
        ("buyer", BUYER_PARTY, BUYER_CODE, ""),
    ):
        town[who].go("/parties/new").look("new-party")
        town[who].fill(
            "/parties/new",
            kind="organisation",
            name=name,
            uscc=code.lower(),
            seller_class="private-firm",
            nature="150",
            region_code="430104",
            park_code=park,
            address="长沙市岳麓区",
            representative=NAMES[who],
        )
        town[who].reads(town.said("The party is founded. You act for it now."), code)
    town["seller"].look("party")


# ── a result finds a buyer ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Row:
    """A row of the file of patent titles."""

    publication: str
    title: str

    @property
    def patent(self) -> str:
        """A made-up patent number of the same kind."""
        kind = {"A": "1", "B": "1", "U": "2", "S": "3"}[self.publication[-1]]
        digits = f"2021{kind}{PATENT_SERIAL}"
        return f"{digits}.{check_character(digits)}"


def rows_of(source: Path) -> list[Row]:
    """The rows with one publication number each."""
    with source.open(encoding="utf-8", newline="") as opened:
        return [
            Row(row["publication_numbers"], row["title"])
            for row in csv.DictReader(opened)
            if "|" not in row["publication_numbers"]
        ]


def import_titles(town: Town, source: Path) -> Row:
    """The file becomes drafts of the seller, once; gives the row that stands first among them."""
    said = town.command(["listings", "import", str(source), "--for", SELLER_PARTY], "")
    assert "0 already there" in said, said
    again = town.command(["listings", "import", str(source), "--for", SELLER_PARTY], "")
    assert re.search(r": 0 taken, [1-9]\d* already there", again), again
    row = rows_of(source)[-1]
    seller = town["seller"].go("/listings/mine?status=draft").reads(row.title)
    seller.look("my-drafts")
    return row


def complete_draft(town: Town, row: Row, *, who: str = "seller", owner: str = SELLER_PARTY) -> int:
    """The draft says what is missing; the seller supplies it and submits. Gives the id."""
    seller = town[who].follow(row.title)
    if not seller.path.endswith("/edit"):
        seller.follow(to=r"/edit$")
    listing_id = int(seller.path.split("/")[2])
    seller.reads(town.said("Still missing:"), town.said("the price"), row.publication)
    seller.look("draft-with-gaps")
    here = f"/listings/{listing_id}"
    seller.fill(f"{here}/edit", **MAIN)
    seller.go(f"{here}/edit").fill("/rights/0/remove")
    wrong = row.patent[:-1] + ("0" if row.patent[-1] != "0" else "1")
    seller.go(f"{here}/edit").fill("/rights", number=wrong, filed_on="2021-05-06", title=row.title)
    seller.reads(wrong[-1], row.patent[-1])
    seller.go(f"{here}/edit").fill(
        "/rights",
        number=f"ZL {row.patent}",
        publication_number=row.publication,
        filed_on="2021-05-06",
        title=row.title,
    )
    seller.go(f"{here}/edit").fill("/owners", name=owner, share="100")
    seller.go(f"{here}/edit").fill("/makers", name="李石")
    seller.go(f"{here}/edit").reads(town.said("Nothing is missing."), row.patent)
    seller.look("draft-complete")
    seller.fill("/submit")
    return listing_id


def publish(town: Town, row: Row, listing_id: int) -> None:
    """The operator finds it waiting and puts it on the market; anybody finds it by its words."""
    town["operator"].go("/listings/submitted").reads(row.title).look("submitted")
    town["operator"].follow(row.title).look("listing-submitted").fill("/publish")
    stranger = town.arrive().speak(town.language)
    stranger.go("/").look("front")
    stranger.search("/listings/", q=row.title[2:8]).reads(row.title).look("search")
    stranger.follow(row.title).reads("¥1,200,000.00", row.patent, SELLER_PARTY)
    assert stranger.path == f"/listings/{listing_id}"
    stranger.look("listing")


def haggle(town: Town, listing_id: int) -> int:
    """Offer, counter-offer, acceptance of exactly the price seen. Gives the deal's id."""
    until = (day_of(now()) + timedelta(days=10)).isoformat()
    buyer, seller = town["buyer"], town["seller"]
    buyer.go(f"/listings/{listing_id}").follow(to=rf"/negotiation/listings/{listing_id}$")
    buyer.look("open-talks")
    buyer.fill(
        f"/listings/{listing_id}", price="800,000", expires_on=until, message="我方有意受让。"
    )
    buyer.reads(town.said("Your offer is on the table."), "¥800,000.00")
    table = buyer.path
    hear_of_the_offer(town)
    seller.go("/negotiation/").look("my-talks")
    seller.go(table).reads("¥800,000.00", "我方有意受让。").look("table")
    seller.fill("/offers", price="1000000.00", expires_on=until, message="")
    seller.reads(town.said("Your offer is on the table."), "¥1,000,000.00")
    buyer.go(table).follow(to=r"/accept$").reads("¥1,000,000.00")
    buyer.reads(town.said("This is final. It cannot be taken back here.")).look("accept")
    buyer.fill("/accept", password="not my password at all")
    buyer.reads(town.said("The address or the password is not right."))
    buyer.fill("/accept", password=PASSWORD).reads(town.said("The deal is struck."))
    assert re.fullmatch(r"/deals/\d+", buyer.path), buyer.path
    buyer.look("deal")
    deal_id = int(buyer.path.rpartition("/")[2])
    town.arrive().go(f"/deals/{deal_id}").lacks("¥1,000,000.00")
    return deal_id


def hear_of_the_offer(town: Town) -> None:
    """The seller finds a message, and a letter in their own language; the buyer finds neither."""
    seller = town["seller"].go("/inbox").look("inbox")
    said = town.said("%(party)s offers %(price)s, standing until %(until)s.")
    offer = said.partition("%(until)s")[0] % {"party": BUYER_PARTY, "price": "¥800,000.00"}
    seller.reads(offer, town.said("Waits for you"))
    town["buyer"].go("/inbox").lacks("¥800,000.00")
    told = town.command(["inbox", "deliver"], "")
    assert re.search(r"[1-9]\d* letters sent, 0 kept", told), told
    assert offer in town.letters("seller")[-1]
    assert not any("¥800,000.00" in letter for letter in town.letters("buyer"))
    seller.go("/inbox").follow("¥800,000.00", to="^/inbox/")
    assert seller.path.startswith("/negotiation/"), seller.path


# ── a contract, its registration, its figure ─────────────────────────────────────────────────────


def contract_from_deal(town: Town, deal_id: int, row: Row) -> int:
    """The deal fills the contract in; the seller adds the rest. Gives the contract's id."""
    seller = town["seller"].go(f"/deals/{deal_id}").follow(to=r"/contracts/new")
    seller.look("contract-from-deal")
    _write_contract(town, "/contracts/new", row.title, rights=f"发明创造名称：{row.title}。")
    return int(seller.path.split("/")[2])


def contract_by_instalments(town: Town, deal_id: int, row: Row) -> int:
    """The same, paid in two parts: one in a month, the rest in two. Gives the contract's id."""
    seller = town["seller"].go(f"/deals/{deal_id}").follow(to=r"/contracts/new")
    month, today = timedelta(days=30), day_of(now())
    parts: dict[str, object] = {"payment": "instalments"}
    for nth, amount in enumerate(("400,000", "600,000")):
        parts |= {
            f"instalments-{nth}-amount": amount,
            f"instalments-{nth}-due_on": (today + (nth + 1) * month).isoformat(),
        }
    rights = f"发明创造名称：{row.title}。"
    _write_contract(town, "/contracts/new", row.title, rights=rights, **parts)
    return int(seller.path.split("/")[2])


def contract_from_outside(town: Town) -> int:
    """A contract that was agreed without the market. Gives its id."""
    seller = town["seller"].go("/contracts/new").look("new-contract")
    seller.fill(
        "/contracts/new",
        side="seller",
        other=BUYER_CODE,
        kind="SRV-G",
        title="总装线节能改造技术服务",
        turnover="500000",
    )
    assert seller.path.endswith("/edit"), seller.path
    _write_contract(
        town,
        "/edit",
        "总装线节能改造技术服务",
        **{"deductions-0-kind": "equipment", "deductions-0-amount": "80,000"},
    )
    return int(seller.path.split("/")[2])


def _write_contract(town: Town, ending: str, title: str, **more: object) -> None:
    today = day_of(now())
    town["seller"].fill(
        ending,
        title=title,
        subject="交付全套技术资料并指导实施，单位产品能耗降低百分之十。",
        starts_on=today.isoformat(),
        ends_on=(today + timedelta(days=400)).isoformat(),
        acceptance="按双方确认的测试大纲验收。",
        technology_field="3",
        ip_kind="none" if "deductions-0-kind" in more else "invention",
        plan_source="none",
        objective="10",
        **{f"monopoly_{clause.name.lower()}": "no" for clause in Monopoly},
        **more,
    )
    town["seller"].reads(town.said("The draft is saved."))


def conclude(town: Town, contract_id: int) -> None:
    """Fix the text; each side signs exactly it, with the password."""
    seller, buyer = town["seller"], town["buyer"]
    seller.go(f"/contracts/{contract_id}").look("contract-draft")
    seller.follow(to="/offer-text$").look("offer-text")
    seller.fill("/offer-text").reads(
        town.said("The text is fixed. Both sides can sign it now."), "SHA-256"
    )
    for who in (seller, buyer):
        who.go(f"/contracts/{contract_id}/sign").look("sign")
        who.fill("/sign", password=PASSWORD)
    buyer.reads(town.said("Signed by both parties")).look("contract-signed")
    assert buyer.fetch(f"/contracts/{contract_id}/pdf").startswith(b"%PDF-")


# ── money ────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = "交易日期,收入金额,支出金额,余额,对方户名,对方账号,附言"


def pay_a_deal(town: Town, source: Path) -> None:
    """A market opens, a deal is struck and signed, its price paid in two parts in two ways."""
    open_market(town)
    found_parties(town)
    row = import_titles(town, source)
    listing_id = complete_draft(town, row)
    publish(town, row, listing_id)
    contract_id = contract_by_instalments(town, haggle(town, listing_id), row)
    conclude(town, contract_id)
    pay_at_a_click(town, contract_id)
    pay_by_bank(town, contract_id)
    read_zero(town)


def pay_at_a_click(town: Town, contract_id: int) -> None:
    """The buyer hears what is owed, finds it on the contract and pays the first part by play."""
    buyer = town["buyer"].go(f"/contracts/{contract_id}").reads("¥400,000.00", "¥600,000.00")
    buyer.follow("1/2", to="/money/obligations/").reads("¥400,000.00").look("to-pay")
    buyer.fill("/pay/play").reads(town.said("Paid in full.")).look("paid-at-a-click")
    seller = town["seller"].go(buyer.path).reads("¥396,000.00", "¥4,000.00").look("the-split")
    seller.go("/money").reads("¥396,000.00").look("my-money")


def pay_by_bank(town: Town, contract_id: int) -> None:
    """The buyer pays the rest by bank with its reference; the operator brings the statement in."""
    buyer = town["buyer"].go(f"/contracts/{contract_id}").follow("2/2", to="/money/obligations/")
    paper = buyer.fetch(f"{buyer.path}/instructions.pdf")
    assert paper.startswith(b"%PDF-")
    found = re.search(r"JS\d{10}", buyer.text)
    assert found is not None, buyer.text
    row = f"{day_of(now())},600000.00,,600000.00,{BUYER_PARTY},6217000000000902,{found[0]}"
    raw, here = f"{COLUMNS}\n{row}\n".encode("gb18030"), buyer.path
    operator = town["operator"].go("/bank/statements/import").look("bring-statement")
    operator.attach("/import", "file", "明细.csv", raw, password=PASSWORD)
    operator.reads(town.said("Reference and payer agree"), "¥600,000.00").look("statement")
    operator.go("/bank/statements/import").attach(
        "/import", "file", "明细.csv", raw, password=PASSWORD
    )
    operator.reads(town.said("This file was brought in before; nothing was changed."))
    buyer.go(here).reads(town.said("Paid in full."))
    town["seller"].go(here).reads("¥594,000.00", "¥6,000.00")
    town["seller"].go("/money").reads("¥990,000.00")
    town["seller"].go(f"/contracts/{contract_id}").reads("¥1,000,000.00").look("contract-paid")


def read_zero(town: Town) -> None:
    """The operator's board reads zero, and a recount of all money finds no difference."""
    town["operator"].go("/money/board").reads(town.said("Everything reads zero")).look("board")
    told = town.command(["payments", "verify"], "")
    assert told.endswith("adds up: 0 differences\n"), told


# ── the register ─────────────────────────────────────────────────────────────────────────────────


def note_recordal(town: Town, contract_id: int) -> None:
    """An assignment is filed only after its recordal at the patent office (REG-13)."""
    seller = town["seller"].go(f"/contracts/{contract_id}/recordal").look("recordal")
    seller.fill("/recordal", number="2026-000123", recorded_on=day_of(now()).isoformat())
    seller.reads(town.said("The recordal is noted. The contract can be filed for registration."))


def register(town: Town, contract_id: int, turnover: str, technology_value: str) -> tuple[str, str]:
    """Filed, accepted, reviewed, certified by another. Gives the number and the check code."""
    seller = town["seller"].go(f"/contracts/{contract_id}")
    seller.fill("/applications")
    filing = _application(seller)
    first, second = town["registrar1"], town["registrar2"]
    first.go("/registry/queue").look("queue")
    first.go(filing).look("file-submitted").fill("/accept")
    first.go(filing).look("file-accepted")
    first.fill("/review", turnover=turnover, technology_value=technology_value, password=PASSWORD)
    first.go(filing).reads(
        town.said("The second review is made by another registrar than the first (REG-15).")
    )
    second.go(filing).look("file-passed").fill("/certify", password=PASSWORD)
    seller.go(filing).reads(town.said("Registered")).look("application-registered")
    assert seller.fetch(f"{filing}/certificate.pdf").startswith(b"%PDF-")
    for side in ("seller", "buyer"):
        told = town.said("The contract is registered under the number %(number)s.")
        town[side].go("/inbox").reads(told.partition("%(number)s")[0])
    town.command(["inbox", "deliver"], "")
    for side in ("seller", "buyer"):
        assert told.partition("%(number)s")[0] in town.letters(side)[-1]
    seller.go(filing).follow(to=r"/verify/[0-9a-f]{32}$")
    code = seller.path.rpartition("/")[2]
    found = re.search(r"20\d{2}430100\d{6}", seller.text)
    assert found, seller.text
    return found[0], code


def _application(visitor: Visitor) -> str:
    """The address of the application that the page leads to, or is."""
    here = re.fullmatch(r"/registry/applications/\d+", visitor.path.partition("?")[0])
    if here is None:
        visitor.follow(to=r"/registry/applications/\d+$")
    return visitor.path.partition("?")[0]


def verify_publicly(town: Town, number: str, code: str) -> None:
    """Anybody checks a certificate by its code; a wrong code says so."""
    stranger = town.arrive().speak(town.language)
    stranger.go("/verify").look("verify").fill("/verify", code=code.upper())
    stranger.reads(number, town.said("This certificate is in the register."), SELLER_PARTY)
    stranger.look("verified")
    stranger.go(f"/verify/{'0' * 32}").lacks(number)


def read_figures(town: Town, *titles: str, turnover: str, technology_value: str) -> None:
    """The director sees both figures side by side and opens them down to a timeline."""
    director = town["director"].go("/home").look("home-director")
    director.go("/turnover").reads(turnover, technology_value).look("turnover")
    director.follow(turnover, to=r"/turnover/entries").reads(*titles).look("entries")
    director.follow(titles[0], to=r"/contracts/\d+/timeline$").reads(
        titles[0], town.said("From the offer to the certificate")
    )
    director.look("timeline")


def prove_journal(town: Town) -> None:
    """Every act was recorded, and the record holds."""
    town.command(["journal", "checkpoint"], "")
    assert town.command(["journal", "verify"], "").strip().endswith("holds")


def recover(town: Town, name: str = "seller") -> None:
    """A forgotten password: a letter, a new one; whoever sat in the account is out."""
    email, new = f"{name}@people.example", "four calm green lanterns"
    visitor = town.arrive().speak(town.language)
    visitor.go("/sign-in").follow(to=r"/reset$").look("forgot")
    visitor.fill("/reset", email=email)
    visitor.reads(town.said("We have sent a letter to the address you gave."))
    link = town.letter(email)
    visitor.go(link).reads(email).look("reset")
    visitor.fill(link, password="password1234")
    visitor.reads(
        town.said("This password is too easy to guess. A few unrelated words are a good password.")
    )
    visitor.fill(link, password=new)
    visitor.reads(town.said("The new password is set. Sign in with it."))
    town[name].go("/home").reads(town.said("Forgotten password?"))
    visitor.go(link).reads(
        town.said(
            "This link no longer works: each opens once and for a short time. Ask for a new one."
        )
    )
    visitor.go("/sign-in").fill("/sign-in", email=email, password=PASSWORD, next="")
    visitor.reads(town.said("The address or the password is not right."))
    visitor.fill("/sign-in", email=email, password=new)
    visitor.go("/me").reads(NAMES[name]).follow(to=r"/me/sessions$").look("sessions")
    visitor.reads(town.said("this one"))
    visitor.go("/me/password").look("password")
    visitor.go("/me/address").look("address")


def meet_the_notice(town: Town, source: Path) -> None:
    """A state university's result is published, but its price is not talked over yet (PRC-03)."""
    professor = town.join("professor", "researcher")
    professor.go("/parties/new")
    professor.fill(
        "/parties/new",
        kind="organisation",
        name=UNIVERSITY,
        uscc=credit_code("12", "430000", 903),
        seller_class="state-institute",
        nature="022",
        region_code="430104",
    )
    town.command(["listings", "import", str(source), "--for", UNIVERSITY], "")
    row = rows_of(source)[-1]
    professor.go("/listings/mine?status=draft")
    listing_id = complete_draft(town, row, who="professor", owner=UNIVERSITY)
    town["operator"].go(f"/listings/{listing_id}").fill("/publish")
    buyer = town["buyer"].go(f"/negotiation/listings/{listing_id}")
    buyer.reads(town.said(NOTICE_FIRST)).look("notice-first")
    buyer.lacks(town.said("Open talks with a first offer"))


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────


def carry_two_keys(town: Town) -> None:
    """A second factor from setting it up to a recovery code, which opens once."""
    seller = town.join("seller", "researcher")
    seller.go("/me").look("me").follow(to="/second-factor$").look("second-factor-off")
    seller.reads(town.said("Whoever learns your password can act as you."))
    codes = town.set_up_factor("seller")
    assert len(codes) == 10
    seller.go("/me/second-factor").reads(town.said("Recovery codes left")).look("second-factor-on")
    for page in ("recovery-codes/new", "off"):
        seller.go(f"/me/second-factor/{page}").look(f"second-factor-{page.partition('/')[0]}")
    seller.fill("/sign-out")
    town.enter("seller").reads(NAMES["seller"]).fill("/sign-out")
    hurried = half_way_in(town, "seller").fill("/second-factor", code="000000")
    hurried.reads(town.said(FactorRefusal.WRONG_CODE.sentence)).glance("second-step-wrong")
    hurried.follow(to="/recovery-code$").look("recovery-code").fill("/recovery-code", code=codes[0])
    hurried.reads(NAMES["seller"], town.said(LEFT, left=9)).fill("/sign-out")
    again = half_way_in(town, "seller").follow(to="/recovery-code$")
    again.fill("/recovery-code", code=codes[0]).lacks(NAMES["seller"])
    again.reads(town.said(FactorRefusal.WRONG_RECOVERY_CODE.sentence))


LEFT = "That recovery code is spent. Recovery codes left: %(left)s."


def half_way_in(town: Town, name: str) -> Visitor:
    """Somebody at another browser, who knows the password and owes the second factor."""
    visitor = town.arrive().speak(town.language).go("/sign-in")
    visitor.fill("/sign-in", email=f"{name}@people.example", password=PASSWORD)
    return visitor.lacks(NAMES[name])


def come_by_provider(town: Town, provider: str) -> None:
    """Signing in by the provider: unknown at first, then linked, then undone."""
    buyer = town.join("buyer", "company")
    buyer.fill("/sign-out").go("/sign-in").look("sign-in-by-provider").fill("/sign-in/openid")
    buyer.reads(town.said(UNKNOWN, provider=provider)).look("unknown-identity")
    buyer.fill("/sign-in", email="buyer@people.example", password=PASSWORD)
    assert buyer.path == "/me/identities"
    buyer.look("no-identities").follow(to="/identities/new$").look("link-identity")
    buyer.fill("/identities/new", password=PASSWORD)
    buyer.reads(town.said(LINKED, provider=provider)).look("identities")
    buyer.fill("/sign-out").go("/sign-in").fill("/sign-in/openid").reads(NAMES["buyer"])
    buyer.go("/me/identities").follow(to=r"/undo$").look("unlink-identity")
    buyer.fill("/undo", password=PASSWORD).reads(town.said("The link is undone."))
    buyer.fill("/sign-out").go("/sign-in").fill("/sign-in/openid").lacks(NAMES["buyer"])


LINKED = "You may sign in by %(provider)s from now on."
UNKNOWN = (
    "No account here is linked to this one at %(provider)s. Sign in with your password, or "
    "sign up, and link the two on the page you come to."
)
